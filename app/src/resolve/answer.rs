//! The JSON bodies (docs/resolver.md#bodies).

use super::{
    Accept, Problem, RETRY_AFTER_SECONDS, Response,
    accept::{Kind, Profile},
};
use crate::port::resolver::{ResolvedDid, ResolvedResource, ResourceMetadata};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::SecondsFormat;
use domain::id::{Did, Instant};
use serde_json::{Map, Value, json};

const RESOLUTION_CONTEXT: &str = "https://w3id.org/did-resolution/v1";

/// In which of the two shapes failures are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Resolution,
    Dereferencing,
}

/// Everything about an answer that is settled before it is found.
pub(super) struct Answering {
    did: String,
    retrieved: String,
    section: Section,
    pub(super) accept: Accept,
}

/// Whole seconds, as cheqd's resolver writes times.
fn seconds(instant: Instant) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Answering {
    pub(super) fn new(did: &str, now: Instant, section: Section) -> Self {
        Self { did: did.to_owned(), retrieved: seconds(now), section, accept: Accept::DEFAULT }
    }

    /// A JSON body of the agreed type.
    pub(super) fn json(&self, status: u16, body: &Value) -> Response {
        Response {
            status,
            content_type: self.accept.content_type(),
            headers: Vec::new(),
            // Serialising a JSON value cannot fail; if it did, an empty body would say nothing false.
            body: serde_json::to_vec_pretty(body).unwrap_or_default(),
        }
    }

    /// `didResolutionMetadata` or `dereferencingMetadata`.
    fn process(&self, error: Option<&str>) -> Value {
        let mut metadata = Map::new();
        metadata.insert("contentType".to_owned(), json!(self.accept.inner_content_type()));
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
        let is_ld = self.accept.kind == Kind::DidLdJson
            || (self.accept.kind == Kind::LdJson && self.accept.profile != Profile::None);
        if is_ld {
            body.insert("@context".to_owned(), json!(RESOLUTION_CONTEXT));
        }
        body
    }

    /// A DID resolution result; without a document the member is left out.
    pub(super) fn resolution(&self, document: Option<&Value>, metadata: &Value) -> Response {
        let mut body = self.body();
        if let Some(document) = document {
            let mut document = document.clone();
            if self.accept.kind == Kind::DidJson {
                fit_context(&mut document, self.accept.kind);
            }

            body.insert("didDocument".to_owned(), document);
        }
        body.insert("didResolutionMetadata".to_owned(), self.process(None));
        body.insert("didDocumentMetadata".to_owned(), metadata.clone());
        self.json(200, &Value::Object(body))
    }

    /// A DID URL dereferencing result.
    pub(super) fn dereferenced(&self, status: u16, content: &Value, metadata: &Value) -> Response {
        let mut body = self.body();
        body.insert("dereferencingMetadata".to_owned(), self.process(None));
        body.insert("contentStream".to_owned(), content.clone());
        body.insert("contentMetadata".to_owned(), metadata.clone());
        self.json(status, &Value::Object(body))
    }

    /// A failure, or a redirect.
    pub(super) fn problem(&self, problem: &Problem) -> Response {
        let (status, error) = match problem {
            Problem::InvalidDid => (400, "invalidDid"),
            Problem::InvalidDidUrl => (400, "invalidDidUrl"),
            Problem::NotFound => (404, "notFound"),
            Problem::NotAcceptable => (406, "representationNotSupported"),
            Problem::MethodNotSupported => (501, "methodNotSupported"),
            Problem::Away => (503, "internalError"),
            Problem::Internal => (500, "internalError"),
            Problem::Elsewhere(status, address) => {
                return Response {
                    status: *status,
                    content_type: self.accept.content_type(),
                    headers: vec![("location", address.clone())],
                    body: Vec::new(),
                };
            }
        };
        let mut body = self.body();
        match self.section {
            Section::Resolution => {
                body.insert("didDocument".to_owned(), Value::Null);
                body.insert("didResolutionMetadata".to_owned(), self.process(Some(error)));
                body.insert("didDocumentMetadata".to_owned(), json!({}));
            }
            Section::Dereferencing => {
                body.insert("dereferencingMetadata".to_owned(), self.process(Some(error)));
                body.insert("contentStream".to_owned(), Value::Null);
                body.insert("contentMetadata".to_owned(), json!({}));
            }
        }
        let mut response = self.json(status, &Value::Object(body));
        if *problem == Problem::Away {
            response.headers.push(("retry-after", RETRY_AFTER_SECONDS.to_string()));
        }
        response
    }
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

/// The data of a resource as it is, in its own media type.
pub(super) fn raw(resource: ResolvedResource) -> Response {
    // The type comes from the ledger's detection; one that cannot stand in a header is replaced by the unspecific one.
    let is_header = |text: &str| !text.is_empty() && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let content_type = Some(resource.metadata.media_type)
        .filter(|text| is_header(text))
        .unwrap_or_else(|| "application/octet-stream".to_owned());
    Response { status: 200, content_type, headers: Vec::new(), body: resource.data }
}
