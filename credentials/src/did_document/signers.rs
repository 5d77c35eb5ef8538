//! Who must sign a DID document (docs/ledger.md#who-must-sign), and the one spelling of the DIDs in it.
//!
//! The ledger asks a signature of every controller of a document and of the controller of every key. For an update, the
//! stored version of a DID and its new version are two signers: the stored one must agree to be replaced, the new one
//! must prove that it can sign. Keys that stay as they are need no signature of their own.

use super::VerificationMethod;
use crate::{
    did_url::normalised_did,
    json::{list, text, texts},
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Members that hold references to verification methods.
const RELATIONSHIPS: [&str; 5] =
    ["authentication", "assertionMethod", "capabilityInvocation", "capabilityDelegation", "keyAgreement"];

/// Somebody who must sign.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signer {
    /// The DID itself, with a key of the version on the ledger.
    Stored,
    /// The DID itself, with a key of the version that is written.
    New,
    /// Another DID, with any key of its document.
    Other(String),
}

/// DIDs that a document gives control to, itself left out: its controllers and those of its keys.
pub fn other_controllers(document: &Value) -> BTreeSet<String> {
    let mut all: BTreeSet<String> =
        texts(document.get("controller")).into_iter().map(str::to_owned).collect();
    all.extend(methods(document).into_iter().map(|method| method.controller));
    if let Some(did) = text(document, "id") {
        all.remove(did);
    }
    all
}

/// Who must sign a new document, and whatever is done under a stored one that does not change it.
pub fn signers_of(document: &Value) -> BTreeSet<Signer> {
    let keys = methods(document).into_iter().map(|method| method.controller);
    let did = text(document, "id").unwrap_or_default();
    controllers(document, did).into_iter().chain(keys).map(|signer| named(signer, did, Signer::New)).collect()
}

/// Who must sign the change from the stored document to the new one.
pub fn signers_of_update(stored: &Value, new: &Value) -> BTreeSet<Signer> {
    let did = text(new, "id").unwrap_or_default();
    let by_stored = |signer: String| named(signer, did, Signer::Stored);
    let by_new = |signer: String| named(signer, did, Signer::New);
    let mut signers: BTreeSet<Signer> = controllers(stored, did).into_iter().map(by_stored).collect();
    signers.extend(controllers(new, did).into_iter().map(by_new));
    let (before, after) = (methods(stored), methods(new));
    for method in &after {
        match before.iter().find(|old| fragment(&old.id) == fragment(&method.id)) {
            None => {
                signers.insert(by_new(method.controller.clone()));
            }
            Some(old) if old != method => {
                signers.insert(by_stored(old.controller.clone()));
                signers.insert(by_new(method.controller.clone()));
            }
            Some(_) => {}
        }
    }
    let is_gone = |old: &&VerificationMethod| !after.iter().any(|new| fragment(&new.id) == fragment(&old.id));
    signers.extend(before.iter().filter(is_gone).map(|old| by_stored(old.controller.clone())));
    signers
}

fn named(signer: String, did: &str, own: Signer) -> Signer {
    if signer == did { own } else { Signer::Other(signer) }
}

/// The document's own list, or the DID itself.
fn controllers(document: &Value, did: &str) -> Vec<String> {
    let listed = texts(document.get("controller"));
    if listed.is_empty() { vec![did.to_owned()] } else { listed.into_iter().map(str::to_owned).collect() }
}

fn methods(document: &Value) -> Vec<VerificationMethod> {
    let all = list(document.get("verificationMethod")).into_iter();
    all.filter_map(|method| VerificationMethod::from_json(method).ok()).collect()
}

fn fragment(id: &str) -> &str {
    id.rsplit_once('#').map_or("", |(_, fragment)| fragment)
}

/// The document with every UUID of a did:cheqd in lower case, as the ledger stores it. A document that spells its own DID
/// in two ways would be refused there.
pub fn normalised(document: &Map<String, Value>) -> Map<String, Value> {
    let mut document = document.clone();
    for (name, member) in &mut document {
        match name.as_str() {
            "id" => lower(member),
            "controller" => each(member, lower),
            "verificationMethod" => each(member, |method| members(method, &["id", "controller"])),
            "service" => each(member, |service| members(service, &["id"])),
            name if RELATIONSHIPS.contains(&name) => each(member, |entry| {
                lower(entry);
                members(entry, &["id", "controller"]);
            }),
            _ => {}
        }
    }
    document
}

fn each(value: &mut Value, change: impl Fn(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(change),
        single => change(single),
    }
}

fn members(value: &mut Value, names: &[&str]) {
    for name in names {
        if let Some(member) = value.get_mut(*name) {
            lower(member);
        }
    }
}

/// A DID or DID URL.
fn lower(value: &mut Value) {
    let Value::String(text) = value else { return };
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let (did, rest) = text.split_at(end);
    *text = format!("{}{rest}", normalised_did(did));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const A: &str = "did:cheqd:testnet:b1b61eec-b864-4544-a95d-0ace7798cfbd";
    const B: &str = "did:cheqd:testnet:7add15db-96b0-4ab0-8172-168277915658";
    const KEY: &str = "z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX";
    const OTHER_KEY: &str = "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

    fn method(fragment: &str, controller: &str, key: &str) -> Value {
        json!({"id": format!("{A}#{fragment}"), "type": "Ed25519VerificationKey2020", "controller": controller,
            "publicKeyMultibase": key})
    }

    fn document(controllers: &[&str], methods: &[Value]) -> Value {
        json!({"id": A, "controller": controllers, "verificationMethod": methods})
    }

    fn other(did: &str) -> Signer {
        Signer::Other(did.to_owned())
    }

    #[test]
    fn controllers_and_the_controllers_of_keys_sign_a_new_document() {
        let signers = |document: &Value| signers_of(document).into_iter().collect::<Vec<_>>();
        assert_eq!(signers(&document(&[], &[])), [Signer::New], "without a controller the DID is its own");
        assert_eq!(signers(&document(&[B], &[])), [other(B)]);
        assert_eq!(signers(&document(&[B], &[method("k", A, KEY)])), [Signer::New, other(B)]);
        assert_eq!(signers(&document(&[A], &[method("k", B, KEY)])), [Signer::New, other(B)]);
        assert_eq!(
            other_controllers(&document(&[A], &[method("k", B, KEY)])),
            BTreeSet::from([B.to_owned()])
        );
    }

    #[test]
    fn an_update_is_signed_by_the_stored_and_the_new_version_and_by_whom_changed_keys_concern() {
        let one = method("k", A, KEY);
        let stored = document(&[A], std::slice::from_ref(&one));
        let signers = |new: &Value| signers_of_update(&stored, new).into_iter().collect::<Vec<_>>();
        let both = [Signer::Stored, Signer::New];
        assert_eq!(signers(&stored), both);
        assert_eq!(signers(&document(&[A], &[method("k", A, OTHER_KEY)])), both);
        assert_eq!(signers(&document(&[B], std::slice::from_ref(&one))), [Signer::Stored, other(B)]);
        let foreign_key = method("two", B, OTHER_KEY);
        assert_eq!(
            signers(&document(&[A], &[one, foreign_key.clone()])),
            [Signer::Stored, Signer::New, other(B)]
        );
        let with_foreign_key = document(&[A], &[method("k", A, KEY), foreign_key]);
        let unchanged: Vec<Signer> =
            signers_of_update(&with_foreign_key, &with_foreign_key).into_iter().collect();
        assert_eq!(unchanged, both, "a key that stays needs no signature of its controller");
        assert_eq!(
            signers_of_update(&with_foreign_key, &stored).into_iter().collect::<Vec<_>>(),
            [Signer::Stored, Signer::New, other(B)],
            "one that goes does"
        );
    }

    #[test]
    fn a_document_spells_its_did_in_one_way() {
        let upper = A.to_uppercase().replace("DID:CHEQD:TESTNET", "did:cheqd:testnet");
        let given = json!({"id": upper, "controller": upper, "verificationMethod": [{"id": format!("{upper}#K"),
            "controller": upper}], "authentication": [format!("{upper}#K")], "assertionMethod": format!("{upper}#K"),
            "service": [{"id": format!("{upper}#S"), "serviceEndpoint": upper}], "alsoKnownAs": [upper]});
        let made = Value::Object(normalised(given.as_object().unwrap()));
        let expected = json!({"id": A, "controller": A, "verificationMethod": [{"id": format!("{A}#K"),
            "controller": A}], "authentication": [format!("{A}#K")], "assertionMethod": format!("{A}#K"),
            "service": [{"id": format!("{A}#S"), "serviceEndpoint": upper}], "alsoKnownAs": [upper]});
        assert_eq!(made, expected, "fragments, addresses and other names stay as they are");
    }
}
