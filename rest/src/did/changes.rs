//! `changes` of `POST /did/update`.

use crate::{
    Input, check,
    input::{invalid, without_nulls},
    schema::ServiceRequest,
};
use app::{
    Fault,
    did::{
        Change, DidChange, GivenChanges, KeyWish, NewKey, Relationship, RotatedKey, UpdateDid,
        VerificationMethodType,
        changes::{CHANGES_FIELD, about, few},
        document::service_sentences,
    },
};
use domain::id::Did;
use serde_json::{Map, Value};
use utoipa::ToSchema;

const NAMES: [&str; 11] = [
    "addKey",
    "removeKey",
    "rotateKey",
    "addService",
    "removeService",
    "addController",
    "removeController",
    "addAlsoKnownAs",
    "removeAlsoKnownAs",
    "publishName",
    "withdrawName",
];

/// A change of a DID document: exactly one of these members. Keys and services are named by what stands after `#` in their id, or by
/// the whole of it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DidChangeBody {
    /// One more verification method.
    pub add_key: Option<AddKeyBody>,
    /// A verification method goes, and every relationship that names it.
    pub remove_key: Option<String>,
    /// Another key under the same id, with the same relationships.
    pub rotate_key: Option<RotateKeyBody>,
    /// One more service.
    pub add_service: Option<ServiceRequest>,
    /// A service goes.
    pub remove_service: Option<String>,
    /// One more DID that may change the document.
    pub add_controller: Option<String>,
    /// A DID may not change the document any more.
    pub remove_controller: Option<String>,
    /// One more name of the DID, a URI.
    pub add_also_known_as: Option<String>,
    /// A name goes.
    pub remove_also_known_as: Option<String>,
    /// `true`: what the DID is called here stands in a service of type `PublicProfile`, in the place of what stood there before.
    /// Everybody reads it there for ever.
    pub publish_name: Option<bool>,
    /// `true`: that service goes. Older versions of the document keep it.
    pub withdraw_name: Option<bool>,
}

/// A verification method to add. Without `kid` and `publicKeyMultibase` a key is made for it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct AddKeyBody {
    /// Fragment of its id; `key-` and the number after the highest by default.
    pub id: Option<String>,
    /// An Ed25519 key of the caller's in the vault.
    pub kid: Option<String>,
    /// An Ed25519 key that is kept elsewhere.
    pub public_key_multibase: Option<String>,
    /// `Ed25519VerificationKey2018`, `Ed25519VerificationKey2020` (default) or `JsonWebKey2020`.
    pub verification_method_type: Option<String>,
    /// Which of `authentication`, `assertionMethod`, `capabilityInvocation`, `capabilityDelegation` and `keyAgreement` name it; the first
    /// two by default.
    pub relationships: Option<Vec<String>>,
}

/// A verification method whose key is replaced. Without `kid` and `publicKeyMultibase` a key is made for it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RotateKeyBody {
    /// Fragment of its id.
    pub id: String,
    /// An Ed25519 key of the caller's in the vault.
    pub kid: Option<String>,
    /// An Ed25519 key that is kept elsewhere.
    pub public_key_multibase: Option<String>,
    /// Its type; as before by default.
    pub verification_method_type: Option<String>,
}

/// Reads them. Fault `request/invalid` about `changes`; the member `change` says which of them, counted from 0.
pub(super) fn read(input: &Input, did: Did) -> Result<UpdateDid, Fault> {
    let items = input.array(CHANGES_FIELD, "changes should be an array")?.unwrap_or_default();
    few(items.len())?;
    let items = items.into_iter().map(without_nulls).enumerate();
    let changes = items
        .map(|(number, item)| change(item).map_err(|fault| about(number, fault)))
        .collect::<Result<_, _>>()?;
    GivenChanges::new(did, changes).map(UpdateDid::Changes)
}

fn wrong(sentence: impl Into<String>) -> Fault {
    invalid(CHANGES_FIELD, sentence)
}

fn change(item: Value) -> Result<DidChange, Fault> {
    let unknown = || wrong(format!("a change is an object with exactly one of {}", NAMES.join(", ")));
    let Value::Object(members) = item else { return Err(unknown()) };
    let mut members = members.into_iter();
    let (Some((name, value)), None) = (members.next(), members.next()) else { return Err(unknown()) };
    Ok(match name.as_str() {
        "addKey" => Change::AddKey(new_key(&name, value)?),
        "removeKey" => Change::RemoveKey(text(&name, value)?),
        "rotateKey" => Change::RotateKey(rotated_key(&name, value)?),
        "addService" => Change::AddService(service(&name, value)?),
        "removeService" => Change::RemoveService(text(&name, value)?),
        "addController" => Change::AddController(text(&name, value)?),
        "removeController" => Change::RemoveController(text(&name, value)?),
        "addAlsoKnownAs" => Change::AddAlsoKnownAs(text(&name, value)?),
        "removeAlsoKnownAs" => Change::RemoveAlsoKnownAs(text(&name, value)?),
        "publishName" => yes(&name, &value).map(Change::PublishName)?,
        "withdrawName" => yes(&name, &value).map(|()| Change::WithdrawName)?,
        _ => return Err(unknown()),
    })
}

fn text(name: &str, value: Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(wrong(format!("{name} should be a text"))),
    }
}

fn yes(name: &str, value: &Value) -> Result<(), Fault> {
    if *value == Value::Bool(true) { Ok(()) } else { Err(wrong(format!("{name} should be true"))) }
}

/// The members of a change, of which none is overlooked: a key of the wrong type could not be taken back for nothing.
fn members<const N: usize>(name: &str, value: Value, known: [&str; N]) -> Result<Map<String, Value>, Fault> {
    let Value::Object(members) = value else { return Err(wrong(format!("{name} should be an object"))) };
    match members.keys().find(|member| !known.contains(&member.as_str())) {
        Some(other) => Err(wrong(format!("{name} has no member {other}; it takes {}", known.join(", ")))),
        None => Ok(members),
    }
}

fn new_key(name: &str, value: Value) -> Result<NewKey<KeyWish>, Fault> {
    const KNOWN: [&str; 5] = ["id", "kid", "publicKeyMultibase", "verificationMethodType", "relationships"];
    let input = Input::json(members(name, value, KNOWN)?);
    Ok(NewKey {
        id: input.text("id", "id should be a text")?.map(str::to_owned),
        method_type: method_type(&input)?.unwrap_or(VerificationMethodType::Ed25519VerificationKey2020),
        relationships: relationships(&input)?,
        key: wish(&input)?,
    })
}

fn rotated_key(name: &str, value: Value) -> Result<RotatedKey<KeyWish>, Fault> {
    const KNOWN: [&str; 4] = ["id", "kid", "publicKeyMultibase", "verificationMethodType"];
    let input = Input::json(members(name, value, KNOWN)?);
    let id = input.text("id", "id should be a text")?.ok_or_else(|| wrong("rotateKey.id is required"))?;
    Ok(RotatedKey { id: id.to_owned(), method_type: method_type(&input)?, key: wish(&input)? })
}

fn method_type(input: &Input) -> Result<Option<VerificationMethodType>, Fault> {
    let name = input.text("verificationMethodType", "Unsupported verificationMethod type")?;
    name.map(str::parse).transpose().map_err(|why: credentials::did_document::UnknownName| wrong(why.0))
}

fn wish(input: &Input) -> Result<KeyWish, Fault> {
    let kid = input.text("kid", "keyId should be a hexadecimal string")?.map(check::kid).transpose()?;
    let elsewhere = input.text("publicKeyMultibase", "publicKeyMultibase should be a text")?;
    KeyWish::new(kid, elsewhere.map(str::to_owned))
}

fn relationships(input: &Input) -> Result<Vec<Relationship>, Fault> {
    let names = Relationship::ALL.map(Relationship::as_str).join(", ");
    let sentence = format!("relationships should be an array of {names}");
    let Some(items) = input.array("relationships", &sentence)? else {
        return Ok(Relationship::USUAL.to_vec());
    };
    let known = |item: &Value| item.as_str()?.parse().ok();
    items.iter().map(|item| known(item).ok_or_else(|| wrong(sentence.as_str()))).collect()
}

fn service(name: &str, value: Value) -> Result<credentials::did_document::ServiceRequest, Fault> {
    const KNOWN: [&str; 7] =
        ["idFragment", "type", "serviceEndpoint", "recipientKeys", "routingKeys", "priority", "accept"];
    let service = Value::Object(members(name, value, KNOWN)?);
    let sentences = service_sentences(&service, "idFragment");
    if !sentences.is_empty() {
        return Err(wrong(sentences.join(", ")));
    }
    serde_json::from_value(service).map_err(|why| wrong(why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DID: &str = "did:cheqd:testnet:7add15db-96b0-4ab0-8172-168277915658";

    fn given(changes: Value) -> Result<Vec<DidChange>, Fault> {
        let input = Input::json([(CHANGES_FIELD.to_owned(), changes)].into_iter().collect());
        let UpdateDid::Changes(given) = read(&input, Did::parse(DID).unwrap())? else { panic!("changes") };
        Ok(given.changes().to_vec())
    }

    #[test]
    fn every_change_is_read() {
        let key = "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
        let service =
            json!({"idFragment": "s", "type": "T", "serviceEndpoint": "https://e.example", "priority": 1});
        let read = given(json!([
            {"addKey": {}},
            {"addKey": {"id": "key-9", "kid": "AB", "verificationMethodType": "JsonWebKey2020", "relationships": ["keyAgreement"]}},
            {"removeKey": "key-2", "addKey": null},
            {"rotateKey": {"id": format!("{DID}#key-1"), "publicKeyMultibase": key}},
            {"addService": service},
            {"removeService": "#s"},
            {"addController": DID},
            {"removeController": DID},
            {"addAlsoKnownAs": "a:b"},
            {"removeAlsoKnownAs": "a:b"},
            {"publishName": true},
            {"withdrawName": true},
        ]));
        let minted = NewKey {
            id: None,
            method_type: VerificationMethodType::Ed25519VerificationKey2020,
            relationships: vec![Relationship::Authentication, Relationship::AssertionMethod],
            key: KeyWish::Minted,
        };
        let held = NewKey {
            id: Some("key-9".to_owned()),
            method_type: VerificationMethodType::JsonWebKey2020,
            relationships: vec![Relationship::KeyAgreement],
            key: KeyWish::Held(domain::id::KeyId("ab".to_owned())),
        };
        let elsewhere = KeyWish::Elsewhere(key.to_owned());
        let rotated = RotatedKey { id: "key-1".to_owned(), method_type: None, key: elsewhere };
        let expected = [
            Change::AddKey(minted),
            Change::AddKey(held),
            Change::RemoveKey("key-2".to_owned()),
            Change::RotateKey(rotated),
            Change::AddService(serde_json::from_value(service).unwrap()),
            Change::RemoveService("s".to_owned()),
            Change::AddController(DID.to_owned()),
            Change::RemoveController(DID.to_owned()),
            Change::AddAlsoKnownAs("a:b".to_owned()),
            Change::RemoveAlsoKnownAs("a:b".to_owned()),
            Change::PublishName(()),
            Change::WithdrawName,
        ];
        assert_eq!(read.unwrap(), expected);
    }

    #[test]
    fn what_is_no_change_is_told_by_its_number() {
        let one_of = format!("changes[1]: a change is an object with exactly one of {}", NAMES.join(", "));
        for (wrong, sentence) in [
            (json!("addKey"), one_of.as_str()),
            (json!({}), &one_of),
            (json!({"addKeys": {}}), &one_of),
            (json!({"removeKey": "a", "removeService": "b"}), &one_of),
            (json!({"removeKey": ["a"]}), "changes[1]: removeKey should be a text"),
            (json!({"removeKey": ""}), "changes[1]: \"\" is no id of"),
            (json!({"addKey": "key-2"}), "changes[1]: addKey should be an object"),
            (
                json!({"addKey": {"type": "JsonWebKey2020"}}),
                "changes[1]: addKey has no member type; it takes id,",
            ),
            (json!({"addKey": {"kid": "xyz"}}), "changes[1]: keyId should be a hexadecimal string"),
            (json!({"addKey": {"kid": "ab", "publicKeyMultibase": "z"}}), "changes[1]: Give either kid"),
            (
                json!({"addKey": {"verificationMethodType": "x"}}),
                "changes[1]: Unsupported verificationMethod type",
            ),
            (
                json!({"addKey": {"relationships": ["verificationMethod"]}}),
                "changes[1]: relationships should be an array of authentication, ",
            ),
            (json!({"rotateKey": {}}), "changes[1]: rotateKey.id is required"),
            (json!({"addService": {"idFragment": "s"}}), "changes[1]: service.type is required, service"),
            (json!({"publishName": "Zoë"}), "changes[1]: publishName should be true"),
            (json!({"withdrawName": false}), "changes[1]: withdrawName should be true"),
            (json!({"addController": "x"}), "changes[1]: Invalid format of DID."),
        ] {
            let fault = given(json!([{"removeKey": "a"}, wrong])).unwrap_err();
            let told = (fault.code, &fault.members["field"], &fault.members["change"]);
            assert_eq!(told, ("request/invalid", &json!("changes"), &json!(1)), "{wrong}");
            assert!(fault.public.starts_with(sentence), "{wrong}: {}", fault.public);
        }
        for wrong in [json!([]), json!({}), json!(vec![json!({"removeKey": "a"}); 33])] {
            assert!(given(wrong).unwrap_err().public.starts_with("changes should be an array"));
        }
    }
}
