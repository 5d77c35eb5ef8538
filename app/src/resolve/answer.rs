//! The JSON bodies: DID resolution results, DID URL dereferencing results, and failures in the shape of either
//! (docs/resolver.md#bodies).

use super::{
    Accept, Problem, RETRY_AFTER_SECONDS, Response,
    accept::{Envelope, Kind},
};
use crate::port::resolver::{ResolvedDid, ResolvedResource, ResourceMetadata};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::SecondsFormat;
use domain::id::{Did, Instant};
use serde_json::{Map, Value, json};

const RESOLUTION_CONTEXT: &str = "https://w3id.org/did-resolution/v1";

/// Everything about an answer that is settled before it is found.
pub(super) struct Answering {
    did: String,
    retrieved: String,
    /// The shape in which failures are told.
    pub(super) envelope: Envelope,
    pub(super) accept: Accept,
}

/// Whole seconds, as cheqd's resolver writes times.
fn seconds(instant: Instant) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Answering {
    pub(super) fn new(did: &str, now: Instant, envelope: Envelope) -> Self {
        Self { did: did.to_owned(), retrieved: seconds(now), envelope, accept: Accept::DEFAULT }
    }

    /// A document that stands for itself, in the agreed type.
    pub(super) fn bare(&self, document: &Value) -> Response {
        json_response(200, self.accept.kind.as_str().to_owned(), document)
    }

    fn enveloped(&self, status: u16, envelope: Envelope, body: Map<String, Value>) -> Response {
        json_response(status, self.accept.envelope_type(envelope), &Value::Object(body))
    }

    /// `didResolutionMetadata` or `dereferencingMetadata`.
    fn process(&self, content_type: &str, error: Option<&str>) -> Value {
        let mut metadata = Map::new();
        metadata.insert("contentType".to_owned(), json!(content_type));
        if let Some(error) = error {
            metadata.insert("error".to_owned(), json!(error));
        }
        metadata.insert("retrieved".to_owned(), json!(self.retrieved));
        let mut parts = self.did.splitn(3, ':').skip(1);
        let method = parts.next().unwrap_or_default();
        let id = parts.next().unwrap_or_default();
        // For did:cheqd the namespace is not part of the method specific id in this place.
        let id = id.split_once(':').filter(|_| method == "cheqd").map_or(id, |(_, unique)| unique);
        if !self.did.is_empty() {
            let did = json!({"didString": self.did, "methodSpecificId": id, "method": method});
            metadata.insert("did".to_owned(), did);
        }
        Value::Object(metadata)
    }

    fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        if self.accept.kind.is_json_ld() {
            body.insert("@context".to_owned(), json!(RESOLUTION_CONTEXT));
        }
        body
    }

    /// What is found for a DID, with its document or only its metadata: a DID resolution result, or a dereferencing
    /// result if one was asked for.
    pub(super) fn resolution(&self, document: Option<&Value>, metadata: &Value) -> Response {
        let content_type = self.accept.document_type();
        let document = document.map(|document| {
            let mut document = document.clone();
            fit_context(&mut document, self.accept.kind);
            document
        });
        if self.accept.is_dereferencing_asked_for() {
            return self.dereferenced(content_type, &document.unwrap_or_default(), metadata);
        }
        let mut body = self.body();
        if let Some(document) = document {
            body.insert("didDocument".to_owned(), document);
        }
        body.insert("didResolutionMetadata".to_owned(), self.process(content_type, None));
        body.insert("didDocumentMetadata".to_owned(), metadata.clone());
        self.enveloped(200, Envelope::Resolution, body)
    }

    /// A DID URL dereferencing result, whose content is of this type.
    pub(super) fn dereferenced(&self, content_type: &str, content: &Value, metadata: &Value) -> Response {
        let mut body = self.body();
        body.insert("dereferencingMetadata".to_owned(), self.process(content_type, None));
        body.insert("contentStream".to_owned(), content.clone());
        body.insert("contentMetadata".to_owned(), metadata.clone());
        self.enveloped(200, Envelope::Dereferencing, body)
    }

    /// A part of a document. In JSON-LD it takes the document's context with it, without which its terms mean nothing.
    pub(super) fn part(&self, document: &Value, part: Map<String, Value>, metadata: &Value) -> Response {
        let mut content = Map::new();
        if let Some(context) = document.get("@context").filter(|_| self.accept.kind.is_json_ld()) {
            content.insert("@context".to_owned(), context.clone());
        }
        content.extend(part);
        self.dereferenced(self.accept.part_type(), &Value::Object(content), metadata)
    }

    /// Only metadata.
    pub(super) fn described(&self, metadata: &Value) -> Response {
        self.dereferenced(self.accept.part_type(), &Value::Null, metadata)
    }

    /// Addresses that HTTP cannot follow, one a line (RFC 2483).
    pub(super) fn addresses(addresses: &[String]) -> Response {
        let mut text = addresses.join("\r\n");
        text.push_str("\r\n");
        Response {
            status: 200,
            content_type: "text/uri-list".to_owned(),
            headers: Vec::new(),
            body: text.into_bytes(),
        }
    }

    /// A failure, or a redirect.
    pub(super) fn problem(&self, problem: &Problem) -> Response {
        let (status, error) = match problem {
            Problem::InvalidDid => (400, "invalidDid"),
            Problem::InvalidDidUrl => (400, "invalidDidUrl"),
            Problem::InvalidOptions => (400, "invalidOptions"),
            Problem::NotFound => (404, "notFound"),
            Problem::NotAcceptable => (406, "representationNotSupported"),
            Problem::MethodNotSupported => (501, "methodNotSupported"),
            Problem::Away => (503, "internalError"),
            Problem::Internal => (500, "internalError"),
            Problem::Elsewhere(status, address) => {
                return Response {
                    status: *status,
                    content_type: "text/uri-list".to_owned(),
                    headers: vec![("location", address.clone())],
                    body: Vec::new(),
                };
            }
        };
        let mut body = self.body();
        let process = self.process(self.accept.failure_type(), Some(error));
        match self.envelope {
            Envelope::Resolution => {
                body.insert("didDocument".to_owned(), Value::Null);
                body.insert("didResolutionMetadata".to_owned(), process);
                body.insert("didDocumentMetadata".to_owned(), json!({}));
            }
            Envelope::Dereferencing => {
                body.insert("dereferencingMetadata".to_owned(), process);
                body.insert("contentStream".to_owned(), Value::Null);
                body.insert("contentMetadata".to_owned(), json!({}));
            }
        }
        let mut response = self.enveloped(status, self.envelope, body);
        if *problem == Problem::Away {
            response.headers.push(("retry-after", RETRY_AFTER_SECONDS.to_string()));
        }
        response
    }
}

fn json_response(status: u16, content_type: String, body: &Value) -> Response {
    // Serialising a JSON value cannot fail; if it did, an empty body would say nothing false.
    let body = serde_json::to_vec_pretty(body).unwrap_or_default();
    Response { status, content_type, headers: Vec::new(), body }
}

/// Takes `@context` out of a document that is not asked for as JSON-LD.
pub(super) fn fit_context(document: &mut Value, kind: Kind) {
    if let Some(members) = document.as_object_mut().filter(|_| !kind.is_json_ld()) {
        members.shift_remove("@context");
    }
}

/// `didDocumentMetadata`: what is empty or false is left out.
pub(super) fn did_metadata(found: &ResolvedDid, resources: Option<&[Value]>) -> Value {
    let mut metadata = Map::new();
    metadata.insert("created".to_owned(), json!(seconds(found.created)));
    if let Some(updated) = found.updated {
        metadata.insert("updated".to_owned(), json!(seconds(updated)));
    }
    if found.deactivated {
        metadata.insert("deactivated".to_owned(), json!(true));
    }
    metadata.insert("versionId".to_owned(), json!(found.version_id));
    if let Some(next) = &found.next_version_id {
        metadata.insert("nextVersionId".to_owned(), json!(next));
    }
    if let Some(previous) = &found.previous_version_id {
        metadata.insert("previousVersionId".to_owned(), json!(previous));
    }
    if let Some(resources) = resources.filter(|resources| !resources.is_empty()) {
        metadata.insert("linkedResourceMetadata".to_owned(), json!(resources));
    }
    Value::Object(metadata)
}

/// One entry of `linkedResourceMetadata`.
pub(super) fn resource_item(did: &Did, resource: &ResourceMetadata) -> Value {
    json!({
        "resourceURI": format!("{did}/resources/{}", resource.id),
        "resourceCollectionId": resource.collection_id,
        "resourceId": resource.id,
        "resourceName": resource.name,
        "resourceType": resource.resource_type,
        "mediaType": resource.media_type,
        "resourceVersion": resource.version,
        "created": seconds(resource.created),
        "checksum": resource.checksum,
        "previousVersionId": resource.previous_version_id,
        "nextVersionId": resource.next_version_id,
    })
}

pub(super) fn resource_items(did: &Did, resources: &[ResourceMetadata]) -> Vec<Value> {
    resources.iter().map(|resource| resource_item(did, resource)).collect()
}

/// The data of a resource inside a JSON answer: an object as such, everything else as base64.
pub(super) fn content(resource: &ResolvedResource) -> Value {
    let may_be_inline = matches!(resource.metadata.media_type.as_str(), "application/json" | "text/plain");
    may_be_inline
        .then(|| domain::json::read(&resource.data).ok())
        .flatten()
        .filter(Value::is_object)
        .unwrap_or_else(|| json!(STANDARD.encode(&resource.data)))
}

const CONTENT_SECURITY_POLICY: &str = "content-security-policy";
/// A page of its own, of no origin, which loads and runs nothing (Content Security Policy Level 3).
const SANDBOX: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// The data of a resource as it is, in its own media type.
pub(super) fn raw(resource: ResolvedResource) -> Response {
    // The type comes from the ledger's detection; one that cannot stand in a header is replaced by the unspecific one.
    let is_header = |text: &str| !text.is_empty() && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let content_type = Some(resource.metadata.media_type)
        .filter(|text| is_header(text))
        .unwrap_or_else(|| "application/octet-stream".to_owned());
    // Whoever publishes a page or a picture on the ledger runs no script in the name of whoever serves it.
    let headers = vec![(CONTENT_SECURITY_POLICY, SANDBOX.to_owned())];
    Response { status: 200, content_type, headers, body: resource.data }
}
