//! Task-style changes of a DID document.

use super::{ServiceInput, invalid};
use crate::view::kind::{VerificationMethodType, VerificationRelationship};
use app::{
    Fault,
    did::{
        Change, DidChange, GivenChanges, KeyWish, NewKey, Relationship, RotatedKey,
        changes::{CHANGES_FIELD, about},
    },
};
use async_graphql::{InputObject, OneofObject};
use domain::id::{Did, KeyId};

/// A change of a DID document. Keys and services are named by what stands after `#` in their id, or by the whole of it.
#[derive(Debug, Clone, OneofObject)]
pub(crate) enum DidChangeInput {
    /// One more verification method.
    AddKey(AddKeyInput),
    /// A verification method goes, and every relationship that names it.
    RemoveKey(String),
    /// Another key under the same id, with the same relationships.
    RotateKey(RotateKeyInput),
    /// One more service.
    AddService(ServiceInput),
    /// A service goes.
    RemoveService(String),
    /// One more DID that may change the document.
    AddController(String),
    /// A DID may not change the document any more.
    RemoveController(String),
    /// One more name of the DID, a URI.
    AddAlsoKnownAs(String),
    /// A name goes.
    RemoveAlsoKnownAs(String),
    /// `true`: what the DID is called here stands in a service of type `PublicProfile`, in the place of what stood there before.
    /// Everybody reads it there for ever.
    PublishName(bool),
    /// `true`: that service goes. Older versions of the document keep it.
    WithdrawName(bool),
}

/// A verification method to add. Without `kid` and `publicKeyMultibase` a key is made for it.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct AddKeyInput {
    /// Fragment of its id; `key-` and the number after the highest by default.
    id: Option<String>,
    /// An Ed25519 key of the account's.
    kid: Option<String>,
    /// An Ed25519 key that is kept elsewhere.
    public_key_multibase: Option<String>,
    /// Its type; `ED25519_VERIFICATION_KEY_2020` by default.
    verification_method_type: Option<VerificationMethodType>,
    /// Which relationships name it; `AUTHENTICATION` and `ASSERTION_METHOD` by default.
    relationships: Option<Vec<VerificationRelationship>>,
}

/// A verification method whose key is replaced. Without `kid` and `publicKeyMultibase` a key is made for it.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RotateKeyInput {
    /// Fragment of its id.
    id: String,
    /// An Ed25519 key of the account's.
    kid: Option<String>,
    /// An Ed25519 key that is kept elsewhere.
    public_key_multibase: Option<String>,
    /// Its type; as before by default.
    verification_method_type: Option<VerificationMethodType>,
}

/// The changes, if they are some. Fault `request/invalid`; the member `change` says about which of them, counted from 0.
pub(crate) fn changes(did: Did, given: Vec<DidChangeInput>) -> Result<GivenChanges, Fault> {
    let numbered = given.into_iter().enumerate();
    let changes = numbered
        .map(|(number, change)| self::change(change).map_err(|fault| about(number, fault)))
        .collect::<Result<_, _>>()?;
    GivenChanges::new(did, changes)
}

fn change(input: DidChangeInput) -> Result<DidChange, Fault> {
    Ok(match input {
        DidChangeInput::AddKey(key) => Change::AddKey(NewKey {
            id: key.id,
            method_type: key.verification_method_type.unwrap_or_default().into(),
            relationships: key.relationships.map_or_else(
                || Relationship::USUAL.to_vec(),
                |named| named.into_iter().map(Into::into).collect(),
            ),
            key: wish(key.kid, key.public_key_multibase)?,
        }),
        DidChangeInput::RemoveKey(id) => Change::RemoveKey(id),
        DidChangeInput::RotateKey(key) => Change::RotateKey(RotatedKey {
            id: key.id,
            method_type: key.verification_method_type.map(Into::into),
            key: wish(key.kid, key.public_key_multibase)?,
        }),
        DidChangeInput::AddService(service) => Change::AddService(service.request()?),
        DidChangeInput::RemoveService(id) => Change::RemoveService(id),
        DidChangeInput::AddController(did) => Change::AddController(did),
        DidChangeInput::RemoveController(did) => Change::RemoveController(did),
        DidChangeInput::AddAlsoKnownAs(uri) => Change::AddAlsoKnownAs(uri),
        DidChangeInput::RemoveAlsoKnownAs(uri) => Change::RemoveAlsoKnownAs(uri),
        DidChangeInput::PublishName(true) => Change::PublishName(()),
        DidChangeInput::WithdrawName(true) => Change::WithdrawName,
        DidChangeInput::PublishName(false) => {
            return Err(invalid(CHANGES_FIELD, "publishName should be true"));
        }
        DidChangeInput::WithdrawName(false) => {
            return Err(invalid(CHANGES_FIELD, "withdrawName should be true"));
        }
    })
}

/// The key as both doors name it, so that the same request is the same at either.
fn wish(kid: Option<String>, public_key_multibase: Option<String>) -> Result<KeyWish, Fault> {
    let is_hexadecimal = |kid: &String| !kid.is_empty() && kid.bytes().all(|byte| byte.is_ascii_hexdigit());
    if kid.as_ref().is_some_and(|kid| !is_hexadecimal(kid)) {
        return Err(invalid(CHANGES_FIELD, "keyId should be a hexadecimal string"));
    }
    KeyWish::new(kid.map(|kid| KeyId(kid.to_ascii_lowercase())), public_key_multibase)
}
