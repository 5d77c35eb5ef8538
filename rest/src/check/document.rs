//! DID documents and their parts.

use super::did::did_sentence;
use crate::input::invalid;
use app::Fault;
use credentials::{did_document::ServiceRequest, key::PublicKey};
use domain::resource::AlternativeUri;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A whole document, its rules in the contract's order.
pub fn did_document(document: &Map<String, Value>) -> Result<(), Fault> {
    let field = "didDocument";
    let id = document.get("id").filter(|id| !is_nothing(id));
    let id = id.ok_or_else(|| invalid(field, "didDocument.id is required"))?;
    let methods = document.get("verificationMethod").and_then(Value::as_array);
    let methods = methods.ok_or_else(|| invalid(field, "didDocument.verificationMethod must be an array"))?;
    super::did(field, id)?;
    if let Some(controller) = document.get("controller") {
        self::controller(controller)?;
    }
    verification_methods(methods)?;
    if let Some(services) = document.get("service") {
        services_of_document(services)?;
    }
    document.get("alsoKnownAs").map_or(Ok(()), also_known_as)
}

fn controller(controller: &Value) -> Result<(), Fault> {
    let items = match controller {
        Value::String(_) => vec![controller.clone()],
        Value::Array(items) => items.clone(),
        _ => return Err(invalid("didDocument", "didDocument.controller should be an array or just string")),
    };
    let wrong: Vec<String> = items.iter().filter_map(sentence_of).collect();
    if wrong.is_empty() { Ok(()) } else { Err(invalid("didDocument", wrong.join(", "))) }
}

fn sentence_of(did: &Value) -> Option<String> {
    did.as_str().map_or_else(|| Some("DID should be a string".to_owned()), did_sentence)
}

/// What is wrong with `did#fragment`.
fn section_id(section: &str, id: &Value) -> Option<String> {
    let Some(id) = id.as_str() else { return Some(format!("didDocument.{section}.id should be a string")) };
    let Some((did, fragment)) = id
        .split_once('#')
        .filter(|(did, fragment)| !did.is_empty() && !fragment.is_empty() && !fragment.contains('#'))
    else {
        return Some(format!("didDocument.{section}.id does not have right format. Expected DID#keyId"));
    };
    let _ = fragment;
    did_sentence(did)
        .map(|why| format!("Invalid format of DID Document Section ID. DID has unexpected format: {why}"))
}

/// `null` and the empty text count as missing where something is required.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn are_unique<'a>(ids: impl Iterator<Item = Option<&'a Value>>) -> bool {
    let mut seen = BTreeSet::new();
    ids.flatten().all(|id| seen.insert(id.to_string()))
}

/// `verificationMethod` entries.
pub fn verification_methods(methods: &[Value]) -> Result<(), Fault> {
    let field = "verificationMethod";
    if !are_unique(methods.iter().map(|method| method.get("id"))) {
        return Err(invalid(field, "verificationMethod.id values are not unique"));
    }
    let wrong: Vec<String> = methods.iter().filter_map(verification_method).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let sentence = "verificationMethod entries are not valid. Failed verification method checks: ";
    Err(invalid(field, format!("{sentence}{}", wrong.join(", "))))
}

fn verification_method(method: &Value) -> Option<String> {
    let present = |name: &str| method.get(name).filter(|value| !is_nothing(value));
    let Some(id) = present("id") else { return Some("verificationMethod.id is required".to_owned()) };
    let Some(kind) = present("type").and_then(Value::as_str) else {
        return Some("verificationMethod.type is required".to_owned());
    };
    if let Some(why) = section_id("verificationMethod", id) {
        return Some(format!("verificationMethod.id has validation error: {why}"));
    }
    if let Some(why) = sentence_of(method.get("controller").unwrap_or(&Value::Null)) {
        return Some(format!("verificationMethod.controller has validation error: {why}"));
    }
    match kind {
        "Ed25519VerificationKey2020" => material(method, kind, "publicKeyMultibase"),
        "Ed25519VerificationKey2018" => material(method, kind, "publicKeyBase58"),
        "JsonWebKey2020" => jwk(method),
        other => Some(format!("verificationMethod.type {other} is not supported")),
    }
}

fn material(method: &Value, kind: &str, member: &str) -> Option<String> {
    if method.get(member).and_then(Value::as_str).is_none_or(str::is_empty) {
        return Some(format!("{member} is required for {kind}"));
    }
    match PublicKey::from_verification_method(method) {
        Ok(PublicKey::Ed25519(_)) => None,
        Ok(_) => Some(format!("{member} is not valid {kind}. The first byte is not 0xED")),
        Err(why) => Some(format!("{member} is not valid {kind}. {why}")),
    }
}

fn jwk(method: &Value) -> Option<String> {
    let not_valid = |why: &str| Some(format!("publicKeyJwk is not valid JsonWebKey2020. {why}"));
    let Some(jwk) = method.get("publicKeyJwk").filter(|jwk| jwk.is_object()) else {
        return Some("publicKeyJwk is required for JsonWebKey2020".to_owned());
    };
    match jwk.get("kty").and_then(Value::as_str) {
        Some("RSA" | "EC") => None,
        Some("OKP") if jwk.get("crv").and_then(Value::as_str) != Some("Ed25519") => {
            Some("Cheqd ledger supports only Ed25519 curve for JsonWebKey2020".to_owned())
        }
        Some("OKP") if jwk.get("x").and_then(Value::as_str).is_none_or(str::is_empty) => {
            not_valid("x is required")
        }
        Some("OKP") => PublicKey::from_jwk(jwk).err().and_then(|why| not_valid(&why.to_string())),
        _ => not_valid("kty is not OKP or RSA or EC"),
    }
}

/// Services of a document.
pub fn services_of_document(services: &Value) -> Result<(), Fault> {
    let items = services.as_array().ok_or_else(|| invalid("service", "Service should be an array"))?;
    if !are_unique(items.iter().map(|service| service.get("id"))) {
        return Err(invalid("service", "service.id entries are not unique"));
    }
    let mut wrong = Vec::new();
    for service in items {
        wrong.extend(service_sentences(service, "id"));
        if let Some(id) = service.get("id").filter(|id| !is_nothing(id)) {
            wrong.extend(
                section_id("service", id).map(|why| format!("service.id has validation error: {why}")),
            );
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(invalid("service", format!("Service has validation errors: {}", wrong.join(", "))))
}

/// Services as `/did/create` takes them: one or an array, with `idFragment` for an id.
pub fn service_for_create(services: &Value) -> Result<Vec<ServiceRequest>, Fault> {
    let items = match services {
        Value::Array(items) => items.clone(),
        single => vec![single.clone()],
    };
    if !are_unique(items.iter().map(|service| service.get("idFragment"))) {
        return Err(invalid("service", "Service for Create DID Request does not have unique service."));
    }
    let failed = |why: &str| {
        invalid("service", format!("Service for Create DID Request has validation errors: {why}"))
    };
    let mut wrong = Vec::new();
    for (index, service) in items.iter().enumerate() {
        let sentences = service_sentences(service, "idFragment");
        wrong.extend(sentences.into_iter().map(|why| format!("{why} in object {index}")));
    }
    if !wrong.is_empty() {
        return Err(failed(&wrong.join(", ")));
    }
    items
        .into_iter()
        .map(|item| serde_json::from_value(item).map_err(|why| failed(&why.to_string())))
        .collect()
}

fn service_sentences(service: &Value, id: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let present = |name: &str| service.get(name).filter(|value| !is_nothing(value));
    for (member, name) in [(id, "id"), ("type", "type"), ("serviceEndpoint", "serviceEndpoint")] {
        if present(member).is_none() {
            wrong.push(format!("service.{name} is required"));
        }
    }
    let is_text_or_texts = |value: &Value| value.is_string() || is_texts(value);
    if present("serviceEndpoint").is_some_and(|value| !is_text_or_texts(value)) {
        wrong.push("service.serviceEndpoint should be an array or a string".to_owned());
    }
    let is_priority = |value: &Value| value.as_u64().is_some_and(|number| u32::try_from(number).is_ok());
    if service.get("priority").is_some_and(|value| !is_priority(value)) {
        wrong.push("service.priority should be a non-negative number".to_owned());
    }
    for member in ["accept", "routingKeys", "recipientKeys"] {
        if service.get(member).is_some_and(|value| !is_texts(value)) {
            wrong.push(format!("service.{member} should be an array of strings"));
        }
    }
    wrong
}

fn is_texts(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(Value::is_string))
}

fn also_known_as(value: &Value) -> Result<(), Fault> {
    let items = value.as_array().ok_or_else(|| invalid("alsoKnownAs", "alsoKnownAs must be an array."))?;
    let is_uri = |item: &Value| {
        let text = item.as_str().unwrap_or_default();
        text.split_once(':').is_some_and(|(scheme, rest)| {
            let mut scheme = scheme.chars();
            scheme.next().is_some_and(|first| first.is_ascii_alphabetic())
                && scheme.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
                && !rest.is_empty()
                && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
        })
    };
    if items.iter().all(is_uri) {
        return Ok(());
    }
    let sentence = "alsoKnownAs has validation errors: did-uri has validation error: not a URI";
    Err(invalid("alsoKnownAs", sentence))
}

/// `alsoKnownAs` of a resource. A description may be left out, as the documentation says.
pub fn resource_also_known_as(items: &[Value]) -> Result<Vec<AlternativeUri>, Fault> {
    let mut wrong = Vec::new();
    let mut uris = Vec::with_capacity(items.len());
    for item in items {
        let text = |name: &str| item.get(name).filter(|value| !is_nothing(value));
        match text("uri") {
            None => wrong.push("alsoKnownAs.uri field is required"),
            Some(uri) if !uri.is_string() => wrong.push("alsoKnownAs.uri field must be a string"),
            Some(_) => {}
        }
        if text("description").is_some_and(|value| !value.is_string()) {
            wrong.push("alsoKnownAs.description field must be a string");
        }
        let owned = |name: &str| text(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        uris.push(AlternativeUri { uri: owned("uri"), description: owned("description") });
    }
    if wrong.is_empty() {
        return Ok(uris);
    }
    Err(invalid("alsoKnownAs", format!("alsoKnownAs has validation errors: {}", wrong.join(", "))))
}
