//! DID documents that callers give, whole or in sections. The sentences are cheqd Studio's; both doors use them.

use super::{
    CreateDid, NewDocument,
    sentence::{cheqd_did, did_sentence},
};
use crate::{Fault, FaultKind};
use credentials::{
    did_document::{FIRST_KEY_FRAGMENT, VerificationMethodType, normalised},
    key::{PublicKey, is_private},
};
use domain::{
    did::DidLabel,
    id::{Did, KeyId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

domain::limits! {
    /// Most verification methods of a document that a caller gives: each is looked for in the vault.
    pub VERIFICATION_METHODS_MAX: usize = 200, "verification methods";
}

const DOCUMENT: &str = "didDocument";
const METHODS: &str = "verificationMethod";

/// Sections of a document that may be replaced one by one (docs/api.md#what-differs-on-purpose).
pub const SECTIONS: [&str; 10] = [
    "@context",
    "controller",
    METHODS,
    "authentication",
    "assertionMethod",
    "capabilityInvocation",
    "capabilityDelegation",
    "keyAgreement",
    "service",
    "alsoKnownAs",
];

/// A document of a caller's that has passed every rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenDocument {
    did: Did,
    document: Value,
}

impl GivenDocument {
    /// For a new DID. Its verification methods may be left out: they are replaced by `#key-1`, which `authentication`
    /// must name if it is given, because that is the key that signs.
    pub fn for_creation(given: &Map<String, Value>) -> Result<Self, Fault> {
        check(given)?;
        let (did, mut document) = own(given)?;
        let first_key = format!("{did}#{FIRST_KEY_FRAGMENT}");
        controlled(&did, &mut document);
        let authentication = document.entry("authentication").or_insert_with(|| json!([first_key]));
        let names_first_key = |items: &Vec<Value>| items.iter().any(|item| item.as_str() == Some(&first_key));
        if !authentication.as_array().is_some_and(names_first_key) {
            let sentence = format!("didDocument.authentication should name {first_key}, the key that signs");
            return Err(Fault::about(DOCUMENT, sentence));
        }
        Ok(Self { did, document: Value::Object(document) })
    }

    /// For a new DID whose keys the caller names in it. Without `authentication`, all of them authenticate.
    pub fn with_own_keys(given: &Map<String, Value>) -> Result<Self, Fault> {
        check(given)?;
        let (did, mut document) = own(given)?;
        let methods = named_methods(&document);
        if methods.is_empty() {
            let sentence = "didDocument.verificationMethod should name the keys that are kept elsewhere";
            return Err(Fault::about(METHODS, sentence));
        }
        let ids: Vec<Value> = methods.iter().filter_map(|method| method.get("id").cloned()).collect();
        document.entry("authentication").or_insert(Value::Array(ids));
        controlled(&did, &mut document);
        Ok(Self { did, document: Value::Object(document) })
    }

    /// To replace the present document.
    pub fn for_update(given: &Map<String, Value>) -> Result<Self, Fault> {
        check(given)?;
        not_empty(given.get(METHODS))?;
        let (did, document) = own(given)?;
        Ok(Self { did, document: Value::Object(document) })
    }

    /// The DID it is about.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The document.
    pub fn document(&self) -> &Value {
        &self.document
    }
}

/// Sections of a caller's that have passed every rule, to replace those of the present document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenSections {
    did: Did,
    sections: Map<String, Value>,
}

impl GivenSections {
    /// Members that are no section of a document are a fault; so are no sections at all.
    pub fn new(did: Did, given: &Map<String, Value>) -> Result<Self, Fault> {
        if given.is_empty() {
            return Err(Fault::about(DOCUMENT, "Provide a DID Document or atleast one field to update"));
        }
        for (name, content) in given {
            section(name, content)?;
        }
        let mut sections = normalised(given);
        for name in ["@context", "controller"] {
            if let Some(one @ Value::String(_)) = sections.get_mut(name) {
                *one = json!([one]);
            }
        }
        Ok(Self { did, sections })
    }

    /// The DID whose document changes.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// Section name → content.
    pub fn sections(&self) -> &Map<String, Value> {
        &self.sections
    }
}

fn named_methods(document: &Map<String, Value>) -> &[Value] {
    document.get(METHODS).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl CreateDid {
    /// A new DID with this document, if its verification methods name the keys and none of the vault is asked for beside them: the
    /// vault signs with those of them that it has. `None` if one is asked for, or none is named. Fault `request/invalid`.
    pub fn with_named_keys(
        given: &Map<String, Value>,
        method: Option<VerificationMethodType>,
        key: Option<&KeyId>,
    ) -> Result<Option<Self>, Fault> {
        let is_asked_for = method.is_some() || key.is_some();
        if is_asked_for || named_methods(given).is_empty() {
            return Ok(None);
        }
        Ok(Some(Self::brought(GivenDocument::with_own_keys(given)?)))
    }

    /// A new DID whose document is as it is.
    const fn brought(given: GivenDocument) -> Self {
        // No key is made for it, so what it would be written as decides nothing.
        let method = VerificationMethodType::Ed25519VerificationKey2020;
        Self {
            document: NewDocument::Brought(given),
            method,
            key: None,
            label: DidLabel { name: None, kind: None },
        }
    }

    /// A new DID with this document, of somebody who signs himself: its verification methods name his keys. If it has none, it gets
    /// the key of the vault that is asked for, and jobs are for its controllers. Faults `request/invalid`: both are there, or neither.
    pub fn by_client(
        given: &Map<String, Value>,
        method: Option<VerificationMethodType>,
        key: Option<KeyId>,
    ) -> Result<Self, Fault> {
        let is_asked_for = method.is_some() || key.is_some();
        if is_asked_for && !named_methods(given).is_empty() {
            let sentence = "With mode client, verificationMethod of didDocument names the keys: a key of the vault or its type cannot be asked for beside it";
            return Err(Fault::about("mode", sentence));
        }
        if !is_asked_for {
            return GivenDocument::with_own_keys(given).map(Self::brought);
        }
        let document = NewDocument::Given(GivenDocument::for_creation(given)?);
        let method = method.unwrap_or(VerificationMethodType::Ed25519VerificationKey2020);
        Ok(Self { document, method, key, label: DidLabel::default() })
    }
}

/// A document without a controller is controlled by its DID.
fn controlled(did: &Did, document: &mut Map<String, Value>) {
    let controller = match document.get("controller") {
        None => json!([did.as_str()]),
        Some(Value::String(one)) => json!([one]),
        Some(many) => many.clone(),
    };
    document.insert("controller".to_owned(), controller);
}

/// The DID of a document and the document in the ledger's spelling.
fn own(given: &Map<String, Value>) -> Result<(Did, Map<String, Value>), Fault> {
    let id = given.get("id").and_then(Value::as_str).unwrap_or_default();
    Ok((cheqd_did(DOCUMENT, id)?, normalised(given)))
}

/// A whole document, its rules in the contract's order. Verification methods may be left out.
pub fn check(document: &Map<String, Value>) -> Result<(), Fault> {
    document.iter().try_for_each(|(name, content)| without_secrets(name, content))?;
    let id = document.get("id").filter(|id| !is_nothing(id));
    let id = id.ok_or_else(|| Fault::about(DOCUMENT, "didDocument.id is required"))?;
    let methods = match document.get(METHODS) {
        None => &[],
        Some(methods) => methods
            .as_array()
            .ok_or_else(|| Fault::about(DOCUMENT, "didDocument.verificationMethod must be an array"))?
            .as_slice(),
    };
    if let Some(sentence) = sentence_of(id) {
        return Err(Fault::about(DOCUMENT, sentence));
    }
    if let Some(controller) = document.get("controller") {
        self::controller(controller)?;
    }
    verification_methods(methods)?;
    if let Some(services) = document.get("service") {
        services_of_document(services)?;
    }
    document.get("alsoKnownAs").map_or(Ok(()), also_known_as)
}

/// Refuses private keys, wherever in a section they stand: a document is public, and nothing that was written down of it can be
/// taken back. A method that `assertionMethod` holds written out in JSON once more is read too.
pub(super) fn without_secrets(section: &str, content: &Value) -> Result<(), Fault> {
    let holds = |members: &Map<String, Value>| {
        let is_secret = |name: &String| {
            let name = name.to_ascii_lowercase();
            name.starts_with("privatekey") || name.starts_with("secretkey")
        };
        members.keys().any(is_secret) || (members.contains_key("kty") && is_private(content))
    };
    match content {
        Value::Object(members) if holds(members) => {
            let sentence = format!(
                "{section} holds a private key: a DID document is public, and names public keys only"
            );
            Err(Fault::about(section, sentence))
        }
        Value::Object(members) => members.values().try_for_each(|value| without_secrets(section, value)),
        Value::Array(items) => items.iter().try_for_each(|item| without_secrets(section, item)),
        Value::String(text) if text.trim_start().starts_with(['"', '{', '[']) => {
            match serde_json::from_str::<Value>(text) {
                Ok(inner) => without_secrets(section, &inner),
                Err(_) => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn section(name: &str, content: &Value) -> Result<(), Fault> {
    without_secrets(name, content)?;
    let texts = |sentence: &str| match content {
        Value::Array(items) if items.iter().all(Value::is_string) => Ok(items),
        _ => Err(Fault::about(name, sentence)),
    };
    match name {
        "service" => services_of_document(content),
        METHODS => {
            let sentence =
                "VerificationMethod should be an array of objects for updating DID-VerificationMethod";
            let methods = content.as_array().filter(|methods| methods.iter().all(Value::is_object));
            verification_methods(methods.ok_or_else(|| Fault::about(name, sentence))?)?;
            not_empty(Some(content))
        }
        "authentication" => {
            let items =
                texts("Authentication should be an array of strings for updating DID-Authentication")?;
            // Relationships name verification methods: DID URLs with a fragment.
            let mut dids =
                items.iter().filter_map(Value::as_str).map(|url| url.split('#').next().unwrap_or(url));
            let wrong = dids.find_map(did_sentence);
            wrong.map_or(Ok(()), |sentence| Err(Fault::about(name, sentence)))
        }
        "controller" => controller(content),
        "@context" if content.is_string() || is_texts(content) => Ok(()),
        "@context" => Err(Fault::about(name, "@context should be an array or just string")),
        "alsoKnownAs" => also_known_as(content),
        name if SECTIONS.contains(&name) && content.is_array() => Ok(()),
        name if SECTIONS.contains(&name) => Err(Fault::about(name, format!("{name} should be an array"))),
        name => Err(Fault::about(name, format!("{name} is no section of a DID document"))),
    }
}

fn not_empty(methods: Option<&Value>) -> Result<(), Fault> {
    if methods.and_then(Value::as_array).is_none_or(Vec::is_empty) {
        let sentence =
            "updateDID: error: [updateIdentifier]: VerificationMethod should be placed and not be empty";
        return Err(Fault::about(METHODS, sentence));
    }
    Ok(())
}

fn controller(controller: &Value) -> Result<(), Fault> {
    let items = match controller {
        Value::String(_) => vec![controller.clone()],
        Value::Array(items) => items.clone(),
        _ => {
            return Err(Fault::about(
                "didDocument",
                "didDocument.controller should be an array or just string",
            ));
        }
    };
    let wrong: Vec<String> = items.iter().filter_map(sentence_of).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Fault::about("didDocument", wrong.join(", "))) }
}

fn sentence_of(did: &Value) -> Option<String> {
    did.as_str().map_or_else(|| Some("DID should be a string".to_owned()), did_sentence)
}

/// What is wrong with `did#fragment`.
fn section_id(section: &str, id: &Value) -> Option<String> {
    let Some(id) = id.as_str() else { return Some(format!("didDocument.{section}.id should be a string")) };
    let Some((did, _)) = id
        .split_once('#')
        .filter(|(did, fragment)| !did.is_empty() && !fragment.is_empty() && !fragment.contains('#'))
    else {
        return Some(format!("didDocument.{section}.id does not have right format. Expected DID#keyId"));
    };
    did_sentence(did)
        .map(|why| format!("Invalid format of DID Document Section ID. DID has unexpected format: {why}"))
}

/// Whether a member is as good as missing: `null` and the empty text count as missing where something is required.
pub fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// Whether no id stands twice; missing ones do not count.
pub fn are_unique<'a>(ids: impl Iterator<Item = Option<&'a Value>>) -> bool {
    let mut seen = BTreeSet::new();
    ids.flatten().all(|id| seen.insert(id.to_string()))
}

/// Fault `did/too-large` if there are more verification methods than are looked for in the vault.
pub(super) fn few_enough(methods: usize) -> Result<(), Fault> {
    if methods <= VERIFICATION_METHODS_MAX {
        return Ok(());
    }
    let sentence =
        format!("A DID document may have at most {VERIFICATION_METHODS_MAX} verification methods.");
    Err(Fault::new(FaultKind::TooLarge, "did/too-large", sentence).with("field", METHODS))
}

/// `verificationMethod` entries.
fn verification_methods(methods: &[Value]) -> Result<(), Fault> {
    let field = METHODS;
    few_enough(methods.len())?;
    if !are_unique(methods.iter().map(|method| method.get("id"))) {
        return Err(Fault::about(field, "verificationMethod.id values are not unique"));
    }
    let wrong: Vec<String> = methods.iter().filter_map(verification_method).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let sentence = "verificationMethod entries are not valid. Failed verification method checks: ";
    Err(Fault::about(field, format!("{sentence}{}", wrong.join(", "))))
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
    let text = |name: &str| jwk.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let curve = text("crv");
    match text("kty") {
        Some("RSA") if text("n").is_none() || text("e").is_none() => not_valid("n and e are required"),
        Some("RSA") => None,
        Some("EC") if !["P-256", "P-384", "P-521"].iter().any(|known| curve == Some(known)) => {
            not_valid("Cheqd ledger supports only the curves P-256, P-384 and P-521 for EC")
        }
        Some("EC") => PublicKey::from_jwk(jwk).err().and_then(|why| not_valid(&why.to_string())),
        Some("OKP") if curve != Some("Ed25519") => {
            Some("Cheqd ledger supports only Ed25519 curve for JsonWebKey2020".to_owned())
        }
        Some("OKP") if text("x").is_none() => not_valid("x is required"),
        Some("OKP") => PublicKey::from_jwk(jwk).err().and_then(|why| not_valid(&why.to_string())),
        _ => not_valid("kty is not OKP or RSA or EC"),
    }
}

/// Services of a document.
fn services_of_document(services: &Value) -> Result<(), Fault> {
    let items = services.as_array().ok_or_else(|| Fault::about("service", "Service should be an array"))?;
    if !are_unique(items.iter().map(|service| service.get("id"))) {
        return Err(Fault::about("service", "service.id entries are not unique"));
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
    Err(Fault::about("service", format!("Service has validation errors: {}", wrong.join(", "))))
}

/// What is wrong with a service, whose id is this member.
pub fn service_sentences(service: &Value, id: &str) -> Vec<String> {
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

/// Other names of a DID: a list of URIs.
pub(super) fn also_known_as(value: &Value) -> Result<(), Fault> {
    let items =
        value.as_array().ok_or_else(|| Fault::about("alsoKnownAs", "alsoKnownAs must be an array."))?;
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
    Err(Fault::about("alsoKnownAs", sentence))
}

#[cfg(test)]
mod tests;
