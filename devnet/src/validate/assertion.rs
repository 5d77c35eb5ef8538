//! Entries of `assertionMethod`: key references, or inline keys as escaped JSON.

use super::Namespace;
use super::did::{check_did, check_did_url, split_url};
use proto::cheqd::did::v2::DidDoc;
use serde_json::{Map, Value};

const SHAPE: &str =
    "assertionMethod should be a valid DIDUrl or an Escaped JSON string with id, type and controller values";
const REFERENCE: &str =
    "assertionMethod should be a valid key reference within the DID document's verification method";
const UNIQUE: &str = "assertionMethod should be a unique inline key fragment definition";

/// Decodes the outer quoting and the object inside.
fn unescape(entry: &str) -> Option<Map<String, Value>> {
    let inner: String = serde_json::from_str(entry).ok()?;
    serde_json::from_str(&inner).ok()
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}

fn inline(object: &Map<String, Value>, doc: &DidDoc, ns: Namespace<'_>) -> Option<String> {
    for (key, value) in object {
        if key != "metadata" && (value.is_object() || value.is_array()) {
            return Some(format!("field {key} is not protobuf-supported"));
        }
    }
    let (id, kind, controller) = (text(object, "id"), text(object, "type"), text(object, "controller"));
    if id.is_empty() || controller.is_empty() {
        return Some(SHAPE.into());
    }
    if let Some(complaint) = check_did(split_url(id).did, ns) {
        return Some(complaint);
    }
    if !id.starts_with(&doc.id) {
        return Some(format!("must have prefix: {}", doc.id));
    }
    if let Some(complaint) = check_did(controller, ns) {
        return Some(complaint);
    }
    let materials = ["publicKeyBase58", "publicKeyMultibase", "publicKeyJwk"].map(|k| text(object, k));
    let same = doc.verification_method.iter().any(|vm| {
        vm.id == id
            && vm.verification_method_type == kind
            && vm.controller == controller
            && materials.contains(&vm.verification_material.as_str())
    });
    same.then(|| UNIQUE.into())
}

/// Complains about an entry that is neither a reference to a key of the document nor an inline key.
pub fn check(entry: &str, doc: &DidDoc, ns: Namespace<'_>) -> Option<String> {
    if let Some(object) = unescape(entry) {
        return inline(&object, doc, ns);
    }
    if split_url(entry).did.starts_with("did:") {
        if let Some(complaint) = check_did_url(entry, ns) {
            return Some(complaint);
        }
        if !entry.starts_with(&doc.id) {
            return Some(format!("must have prefix: {}", doc.id));
        }
        let known = doc.verification_method.iter().any(|vm| vm.id == entry);
        return (!known).then(|| REFERENCE.into());
    }
    Some(SHAPE.into())
}
