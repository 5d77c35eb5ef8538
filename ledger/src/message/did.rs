//! DID documents: JSON (DID Core) to `cheqd.did.v2.DidDoc` and back.
//!
//! The way in refuses what the ledger cannot hold instead of dropping it silently; the way out renders as cheqd's DID
//! resolver does (docs/resolver.md#bodies), except that `capabilityDelegation` has its real name.

use app::port::resolver::ResolvedDid;
use chrono::DateTime;
use domain::id::Instant;
use proto::{
    cheqd::did::v2::{
        DidDoc, DidDocWithMetadata, Metadata, MsgCreateDidDocPayload, MsgUpdateDidDocPayload, Service,
        VerificationMethod,
    },
    google::protobuf::Timestamp,
};
use serde_json::{Map, Value, json};

const DID_CONTEXT: &str = "https://www.w3.org/ns/did/v1";
const LINKED_DOMAINS_CONTEXT: &str = "https://identity.foundation/.well-known/did-configuration/v1";
const LINKED_DOMAINS: &str = "LinkedDomains";

/// The key types of the ledger (docs/ledger.md#key-types): name, JSON-LD context, member with the key.
const KEY_TYPES: [(&str, &str, &str); 3] = [
    ("Ed25519VerificationKey2020", "https://w3id.org/security/suites/ed25519-2020/v1", "publicKeyMultibase"),
    ("Ed25519VerificationKey2018", "https://w3id.org/security/suites/ed25519-2018/v1", "publicKeyBase58"),
    ("JsonWebKey2020", "https://w3id.org/security/suites/jws-2020/v1", "publicKeyJwk"),
];

/// Why a document cannot be put on the ledger; names the member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {why}")]
pub struct Unholdable {
    /// Path of the member, e.g. `service[0].serviceEndpoint`.
    pub member: String,
    /// What the ledger could hold there.
    pub why: String,
}

fn unholdable(member: impl Into<String>, why: impl Into<String>) -> Unholdable {
    Unholdable { member: member.into(), why: why.into() }
}

/// Reads a JSON DID document. `controller`, `@context`, `serviceEndpoint` and `alsoKnownAs` may be a string or a list.
/// Assertion methods may be objects; the ledger keeps those as escaped JSON strings.
pub fn from_json(document: &Value) -> Result<DidDoc, Unholdable> {
    let members = document.as_object().ok_or_else(|| unholdable("didDocument", "must be an object"))?;
    let mut doc = DidDoc::default();
    for (name, value) in members {
        match name.as_str() {
            "@context" => doc.context = strings(value, name)?,
            "id" => doc.id = string(value, name)?,
            "controller" => doc.controller = strings(value, name)?,
            "verificationMethod" => doc.verification_method = list(value, name, verification_method)?,
            "authentication" => doc.authentication = strings(value, name)?,
            "assertionMethod" => doc.assertion_method = list(value, name, assertion_method)?,
            "capabilityInvocation" => doc.capability_invocation = strings(value, name)?,
            // The second name is what cheqd's resolver writes; a document read there must be accepted back.
            "capabilityDelegation" | "capability_delegation" => {
                doc.capability_delegation = strings(value, name)?;
            }
            "keyAgreement" => doc.key_agreement = strings(value, name)?,
            "service" => doc.service = list(value, name, service)?,
            "alsoKnownAs" => doc.also_known_as = strings(value, name)?,
            _ => return Err(unholdable(name, "the ledger has no place for this member")),
        }
    }
    if doc.id.is_empty() {
        return Err(unholdable("id", "is missing"));
    }
    Ok(doc)
}

/// The two messages that carry a whole document have the same members.
macro_rules! payloads {
    ($($(#[doc = $doc:literal])+ $name:ident: $message:ident;)+) => {$(
        $(#[doc = $doc])+
        pub fn $name(doc: DidDoc, version_id: String) -> $message {
            $message {
                context: doc.context,
                id: doc.id,
                controller: doc.controller,
                verification_method: doc.verification_method,
                authentication: doc.authentication,
                assertion_method: doc.assertion_method,
                capability_invocation: doc.capability_invocation,
                capability_delegation: doc.capability_delegation,
                key_agreement: doc.key_agreement,
                service: doc.service,
                also_known_as: doc.also_known_as,
                version_id,
            }
        }
    )+};
}

payloads! {
    /// The payload of a new DID.
    create_payload: MsgCreateDidDocPayload;
    /// The payload of a whole new document of a DID.
    update_payload: MsgUpdateDidDocPayload;
}

fn string(value: &Value, member: &str) -> Result<String, Unholdable> {
    value.as_str().map(str::to_owned).ok_or_else(|| unholdable(member, "must be a string"))
}

fn list<T>(
    value: &Value,
    member: &str,
    read: impl Fn(&Value, &str) -> Result<T, Unholdable>,
) -> Result<Vec<T>, Unholdable> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(entries) => entries
            .iter()
            .enumerate()
            .map(|(index, entry)| read(entry, &format!("{member}[{index}]")))
            .collect(),
        _ => Err(unholdable(member, "must be a list")),
    }
}

fn strings(value: &Value, member: &str) -> Result<Vec<String>, Unholdable> {
    match value {
        Value::String(one) => Ok(vec![one.clone()]),
        _ => list(value, member, string),
    }
}

fn assertion_method(value: &Value, member: &str) -> Result<String, Unholdable> {
    match value {
        Value::String(reference) => Ok(reference.clone()),
        // A quoted JSON text, quotes included: JSON encoded twice.
        Value::Object(_) => Ok(Value::String(value.to_string()).to_string()),
        _ => Err(unholdable(member, "must be a reference or an object")),
    }
}

fn verification_method(value: &Value, member: &str) -> Result<VerificationMethod, Unholdable> {
    let members = value.as_object().ok_or_else(|| unholdable(member, "must be an object"))?;
    let at = |name: &str| format!("{member}.{name}");
    let required = |name: &str| {
        members.get(name).ok_or_else(|| unholdable(at(name), "is missing")).and_then(|v| string(v, &at(name)))
    };
    let kind = required("type")?;
    let Some((_, _, key_member)) = KEY_TYPES.iter().find(|(name, _, _)| *name == kind) else {
        let known = KEY_TYPES.map(|(name, _, _)| name).join(", ");
        return Err(unholdable(at("type"), format!("must be one of {known}")));
    };
    for name in members.keys() {
        if !["id", "type", "controller", *key_member].contains(&name.as_str()) {
            return Err(unholdable(
                at(name),
                format!("a key of type {kind} has no such member on the ledger"),
            ));
        }
    }
    let key = members.get(*key_member).ok_or_else(|| unholdable(at(key_member), "is missing"))?;
    let verification_material = match (*key_member, key) {
        ("publicKeyJwk", Value::Object(_)) => key.to_string(),
        ("publicKeyJwk", _) => return Err(unholdable(at(key_member), "must be a JWK object")),
        _ => string(key, &at(key_member))?,
    };
    Ok(VerificationMethod {
        id: required("id")?,
        controller: required("controller")?,
        verification_method_type: kind,
        verification_material,
    })
}

fn service(value: &Value, member: &str) -> Result<Service, Unholdable> {
    let members = value.as_object().ok_or_else(|| unholdable(member, "must be an object"))?;
    let mut service = Service::default();
    for (name, value) in members {
        let at = format!("{member}.{name}");
        match name.as_str() {
            "id" => service.id = string(value, &at)?,
            "type" => service.service_type = string(value, &at)?,
            "serviceEndpoint" => service.service_endpoint = strings(value, &at)?,
            "recipientKeys" => service.recipient_keys = strings(value, &at)?,
            "routingKeys" => service.routing_keys = strings(value, &at)?,
            "accept" => service.accept = strings(value, &at)?,
            "priority" => {
                service.priority = value
                    .as_u64()
                    .and_then(|priority| u32::try_from(priority).ok())
                    .ok_or_else(|| unholdable(at, "must be a whole number from 0 to 4294967295"))?;
            }
            _ => return Err(unholdable(at, "the ledger has no place for this member")),
        }
    }
    Ok(service)
}

/// Renders a document as JSON-LD. The context on the ledger is not used: the right one follows from the content.
pub fn to_json(doc: &DidDoc) -> Value {
    let mut contexts = vec![DID_CONTEXT];
    if doc.service.iter().any(|service| service.service_type == LINKED_DOMAINS) {
        contexts.push(LINKED_DOMAINS_CONTEXT);
    }
    for method in &doc.verification_method {
        let known = KEY_TYPES.iter().find(|(name, _, _)| *name == method.verification_method_type);
        if let Some((_, context, _)) = known.filter(|(_, context, _)| !contexts.contains(context)) {
            contexts.push(context);
        }
    }
    let mut json = Map::new();
    json.insert("@context".to_owned(), json!(contexts));
    json.insert("id".to_owned(), json!(doc.id));
    put(&mut json, "controller", &doc.controller, |text| json!(text));
    put(&mut json, "verificationMethod", &doc.verification_method, verification_method_json);
    put(&mut json, "authentication", &doc.authentication, |text| json!(text));
    put(&mut json, "assertionMethod", &doc.assertion_method, assertion_method_json);
    put(&mut json, "capabilityInvocation", &doc.capability_invocation, |text| json!(text));
    put(&mut json, "capabilityDelegation", &doc.capability_delegation, |text| json!(text));
    put(&mut json, "keyAgreement", &doc.key_agreement, |text| json!(text));
    put(&mut json, "service", &doc.service, service_json);
    put(&mut json, "alsoKnownAs", &doc.also_known_as, |text| json!(text));
    Value::Object(json)
}

fn put<T>(json: &mut Map<String, Value>, name: &str, entries: &[T], render: impl Fn(&T) -> Value) {
    if !entries.is_empty() {
        json.insert(name.to_owned(), Value::Array(entries.iter().map(render).collect()));
    }
}

fn verification_method_json(method: &VerificationMethod) -> Value {
    let mut json = Map::new();
    json.insert("id".to_owned(), json!(method.id));
    json.insert("type".to_owned(), json!(method.verification_method_type));
    json.insert("controller".to_owned(), json!(method.controller));
    let known = KEY_TYPES.iter().find(|(name, _, _)| *name == method.verification_method_type);
    match known.map(|(_, _, member)| *member) {
        Some("publicKeyJwk") => {
            let jwk = domain::json::read(method.verification_material.as_bytes())
                .unwrap_or_else(|_| json!(method.verification_material));
            json.insert("publicKeyJwk".to_owned(), jwk);
        }
        Some(member) => {
            json.insert(member.to_owned(), json!(method.verification_material));
        }
        None => {}
    }
    Value::Object(json)
}

/// An escaped JSON object becomes that object; everything else is a reference.
fn assertion_method_json(text: &String) -> Value {
    serde_json::from_str::<String>(text)
        .ok()
        .and_then(|inner| domain::json::read(inner.as_bytes()).ok())
        .filter(Value::is_object)
        .unwrap_or_else(|| json!(text))
}

fn service_json(service: &Service) -> Value {
    let mut json = Map::new();
    json.insert("id".to_owned(), json!(service.id));
    json.insert("type".to_owned(), json!(service.service_type));
    let endpoint = match service.service_endpoint.as_slice() {
        [one] => json!(one),
        several => json!(several),
    };
    json.insert("serviceEndpoint".to_owned(), endpoint);
    put(&mut json, "recipientKeys", &service.recipient_keys, |text| json!(text));
    put(&mut json, "routingKeys", &service.routing_keys, |text| json!(text));
    put(&mut json, "accept", &service.accept, |text| json!(text));
    if service.priority > 0 {
        json.insert("priority".to_owned(), json!(service.priority));
    }
    Value::Object(json)
}

/// A document with its metadata as the ledger answers it; `None` if a part is missing.
pub fn resolved(answer: DidDocWithMetadata) -> Option<ResolvedDid> {
    let document = to_json(&answer.did_doc?);
    with_metadata(document, answer.metadata?)
}

/// Metadata of a version; the document is `Null`.
pub fn version(metadata: Metadata) -> Option<ResolvedDid> {
    with_metadata(Value::Null, metadata)
}

fn with_metadata(document: Value, metadata: Metadata) -> Option<ResolvedDid> {
    let updated = match metadata.updated {
        Some(updated) => Some(instant(updated)?),
        None => None,
    };
    Some(ResolvedDid {
        document,
        version_id: metadata.version_id,
        created: instant(metadata.created?)?,
        updated,
        deactivated: metadata.deactivated,
        previous_version_id: Some(metadata.previous_version_id).filter(|id| !id.is_empty()),
        next_version_id: Some(metadata.next_version_id).filter(|id| !id.is_empty()),
    })
}

/// A protobuf timestamp, to the nanosecond; none if no store could hold it.
pub(crate) fn instant(timestamp: Timestamp) -> Option<Instant> {
    let at = DateTime::from_timestamp(timestamp.seconds, u32::try_from(timestamp.nanos).ok()?)?;
    domain::calendar::within(at).ok()
}

#[cfg(test)]
mod tests;
