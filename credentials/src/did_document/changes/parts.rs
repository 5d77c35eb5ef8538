//! Parts of a document that are added or taken out, as DIF's DID Registration has them: each says which document has the parts, and
//! everything else stays as it is.

use super::{CONTROLLERS, ChangeError, Draft, METHODS, SERVICES, named};
use crate::json::{list, text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Parts, by their section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Parts {
    /// They come in. What is there already in the same words stays once.
    Add(Map<String, Value>),
    /// They go, each by its id, or by itself if it has none; a key goes from every relationship too.
    Remove(Map<String, Value>),
}

/// The document with these parts added and taken out, one after the other. An error says which of them it is about, counted from 0;
/// that no key or no controller is left is looked at in the end, and about none.
pub fn apply_parts(document: &Value, parts: &[Parts]) -> Result<Value, (Option<usize>, ChangeError)> {
    let mut draft = Draft::of(document);
    for (number, parts) in parts.iter().enumerate() {
        let done = match parts {
            Parts::Add(sections) => every(sections).try_for_each(|(name, part)| draft.add_part(name, part)),
            Parts::Remove(sections) => {
                every(sections).try_for_each(|(name, part)| draft.remove_part(name, part))
            }
        };
        done.map_err(|why| (Some(number), why))?;
    }
    draft.finished().map_err(|why| (None, why))
}

/// Every part with its section; keys come last, so that relationships name them as long as they are there.
fn every(sections: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    let (keys, others): (Vec<_>, Vec<_>) = sections.iter().partition(|(name, _)| *name == METHODS);
    let all = others.into_iter().chain(keys);
    all.flat_map(|(name, content)| list(Some(content)).into_iter().map(move |part| (name.as_str(), part)))
}

impl Draft {
    fn add_part(&mut self, section: &str, part: &Value) -> Result<(), ChangeError> {
        if section == CONTROLLERS {
            let did = part.as_str().unwrap_or_default().to_owned();
            let controllers = self.controllers();
            if !controllers.contains(&did) {
                controllers.push(did);
            }
            return Ok(());
        }
        let id = known_by(part);
        let there = list(self.members.get(section)).into_iter().find(|other| known_by(other) == id);
        match there {
            Some(same) if same == part => return Ok(()),
            Some(_) => return Err(ChangeError::Present(id)),
            None => {}
        }
        if [METHODS, SERVICES].contains(&section) {
            self.absent(&id)?;
        }
        self.put(section, part.clone());
        Ok(())
    }

    fn remove_part(&mut self, section: &str, part: &Value) -> Result<(), ChangeError> {
        let id = known_by(part);
        match section {
            CONTROLLERS => self.remove_controller(&id),
            METHODS => self.remove_key_of(&id),
            _ => {
                let was_there = self.take(section, |other| known_by(other) == id);
                was_there.then_some(()).ok_or(ChangeError::Absent { what: "entry", name: id })
            }
        }
    }
}

/// What tells a part from the others of its section: the id that it has or is, or else all of it.
fn known_by(part: &Value) -> String {
    let id = text(part, "id").map(str::to_owned).or_else(|| named(part));
    id.unwrap_or_else(|| part.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        did_document::{VerificationMethodType, verification_method},
        key::PublicKey,
    };
    use serde_json::json;

    const DID: &str = "did:cheqd:testnet:7add15db-96b0-4ab0-8172-168277915658";

    fn method(fragment: &str, seed: u8) -> Value {
        let signing = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let key = PublicKey::Ed25519(*signing.verifying_key().as_bytes());
        verification_method(DID, fragment, VerificationMethodType::Ed25519VerificationKey2020, &key)
    }

    fn id(fragment: &str) -> String {
        format!("{DID}#{fragment}")
    }

    fn plain() -> Value {
        json!({"id": DID, "controller": [DID], "verificationMethod": [method("key-1", 1)],
            "authentication": [id("key-1")], "assertionMethod": [id("key-1")]})
    }

    fn add(sections: &Value) -> Parts {
        Parts::Add(sections.as_object().unwrap().clone())
    }

    fn remove(sections: &Value) -> Parts {
        Parts::Remove(sections.as_object().unwrap().clone())
    }

    #[test]
    fn what_is_added_and_taken_out_again_was_never_there() {
        let service = json!({"id": id("web"), "type": "T", "serviceEndpoint": ["https://e.example"]});
        for part in [
            json!({"service": [service]}),
            json!({"verificationMethod": [method("key-2", 2)], "assertionMethod": [id("key-2")]}),
            json!({"verificationMethod": [method("key-2", 2)], "authentication": [id("key-2")], "keyAgreement": [id("key-2")]}),
            json!({"controller": [DID.replace('7', "8")]}),
            json!({"alsoKnownAs": ["https://me.example"]}),
            json!({"@context": ["https://c.example", {"a": "b"}]}),
        ] {
            let added = apply_parts(&plain(), &[add(&part)]).unwrap();
            assert_ne!(added, plain());
            assert_eq!(apply_parts(&added, &[add(&part)]).unwrap(), added, "once is enough");
            assert_eq!(apply_parts(&added, &[remove(&part)]).unwrap(), plain(), "{part}");
            assert_eq!(apply_parts(&plain(), &[add(&part), remove(&part)]).unwrap(), plain());
        }
    }

    #[test]
    fn a_part_goes_by_its_id_and_a_key_from_everywhere() {
        let second = json!({"verificationMethod": [method("key-2", 2)], "authentication": [id("key-2")]});
        let by_id = remove(&json!({"verificationMethod": [{"id": id("key-2")}]}));
        assert_eq!(apply_parts(&plain(), &[add(&second), by_id]).unwrap(), plain());
        let by_name = remove(&json!({"verificationMethod": [id("key-2")]}));
        assert_eq!(apply_parts(&plain(), &[add(&second), by_name]).unwrap(), plain());
    }

    #[test]
    fn what_does_not_fit_is_told_by_its_number() {
        let fine = add(&json!({"alsoKnownAs": ["https://me.example"]}));
        let table = [
            (add(&json!({"verificationMethod": [method("key-1", 2)]})), Some(1)),
            (
                add(&json!({"service": [{"id": id("key-1"), "type": "T", "serviceEndpoint": ["a:b"]}]})),
                Some(1),
            ),
            (remove(&json!({"service": [{"id": id("web")}]})), Some(1)),
            (remove(&json!({"keyAgreement": [id("key-1")]})), Some(1)),
            (remove(&json!({"controller": [DID.replace('7', "8")]})), Some(1)),
            (remove(&json!({"verificationMethod": [{"id": id("key-1")}]})), None),
            (remove(&json!({"controller": [DID]})), None),
        ];
        for (parts, number) in table {
            let told = apply_parts(&plain(), &[fine.clone(), parts.clone()]).unwrap_err();
            assert_eq!(told.0, number, "{parts:?}: {told:?}");
        }
    }
}
