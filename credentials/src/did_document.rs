//! did:cheqd DID documents: the templates of `/did/create` (docs/credentials.md#did-document-templates), and the conversion between the JSON form
//! and the strings-only form that the ledger stores (`cheqd.did.v2.DidDoc`).

mod changes;
mod ledger_form;
mod profile;
mod signers;

pub use changes::{Change, ChangeError, NewKey, Parts, Relationship, RotatedKey, apply, apply_parts};
pub(crate) use ledger_form::LIMITS as FORM_LIMITS;
pub use ledger_form::{DidDoc, DidDocumentError, MAX_LIST_ENTRIES, Service, VerificationMethod};
pub use profile::{PROFILE_FRAGMENT, PROFILE_SERVICE, Profile};
pub use signers::{Signer, normalised, other_controllers, signers_of, signers_of_update};

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::json::{list, text};
use crate::jwt::Algorithm;
use crate::key::PublicKey;

/// The fragment of the one key that a new DID has.
pub const FIRST_KEY_FRAGMENT: &str = "key-1";
/// Bytes of the public key's SHA-256 that make a base58btc identifier.
const IDENTIFIER_BYTES: usize = 16;

/// The verification method types did:cheqd accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VerificationMethodType {
    /// `publicKeyBase58`.
    Ed25519VerificationKey2018,
    /// `publicKeyMultibase`.
    Ed25519VerificationKey2020,
    /// `publicKeyJwk`.
    JsonWebKey2020,
}

impl VerificationMethodType {
    /// The name, as on the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519VerificationKey2018 => "Ed25519VerificationKey2018",
            Self::Ed25519VerificationKey2020 => "Ed25519VerificationKey2020",
            Self::JsonWebKey2020 => "JsonWebKey2020",
        }
    }

    /// The member that carries the key.
    pub const fn material_member(self) -> &'static str {
        match self {
            Self::Ed25519VerificationKey2018 => "publicKeyBase58",
            Self::Ed25519VerificationKey2020 => "publicKeyMultibase",
            Self::JsonWebKey2020 => "publicKeyJwk",
        }
    }

    /// The context of this type.
    pub(crate) const fn context(self) -> &'static str {
        match self {
            Self::Ed25519VerificationKey2018 => "https://w3id.org/security/suites/ed25519-2018/v1",
            Self::Ed25519VerificationKey2020 => "https://w3id.org/security/suites/ed25519-2020/v1",
            Self::JsonWebKey2020 => "https://w3id.org/security/suites/jws-2020/v1",
        }
    }

    /// Whether a key of this kind can be written down so.
    pub const fn fits(self, key: &PublicKey) -> bool {
        matches!(self, Self::JsonWebKey2020) || matches!(key, PublicKey::Ed25519(_))
    }

    /// The key in the form of this type.
    pub fn material(self, key: &PublicKey) -> Value {
        match self {
            Self::Ed25519VerificationKey2018 => Value::from(key.to_base58()),
            Self::Ed25519VerificationKey2020 => Value::from(key.to_multibase()),
            Self::JsonWebKey2020 => key.to_jwk(),
        }
    }
}

/// The text names none of the known choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownName(pub &'static str);

impl FromStr for VerificationMethodType {
    type Err = UnknownName;
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "Ed25519VerificationKey2018" => Ok(Self::Ed25519VerificationKey2018),
            "Ed25519VerificationKey2020" => Ok(Self::Ed25519VerificationKey2020),
            "JsonWebKey2020" => Ok(Self::JsonWebKey2020),
            _ => Err(UnknownName("Unsupported verificationMethod type")),
        }
    }
}

/// How the identifier of a new DID is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentifierFormat {
    /// A UUID that is handed in.
    #[default]
    Uuid,
    /// Derived from the public key.
    Base58btc,
}

impl FromStr for IdentifierFormat {
    type Err = UnknownName;
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "uuid" => Ok(Self::Uuid),
            "base58btc" => Ok(Self::Base58btc),
            _ => Err(UnknownName("Invalid identifierFormatType")),
        }
    }
}

/// `did:cheqd:<network>:<uuid>`.
pub fn did_from_uuid(network: &str, id: Uuid) -> String {
    format!("did:cheqd:{network}:{id}")
}

/// `did:cheqd:<network>:<base58btc of the first 16 bytes of SHA-256(public key)>`.
pub fn did_from_public_key(network: &str, public_key: &[u8]) -> String {
    let digest = Sha256::digest(public_key);
    let id: Vec<u8> = digest.iter().copied().take(IDENTIFIER_BYTES).collect();
    format!("did:cheqd:{network}:{}", bs58::encode(id).into_string())
}

/// A service as `/did/create` takes it: everything but the fragment goes into the document unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRequest {
    /// Fragment of the service's id.
    pub id_fragment: String,
    /// Service type.
    #[serde(rename = "type")]
    pub service_type: String,
    /// One or several endpoints.
    #[serde(deserialize_with = "one_or_many")]
    pub service_endpoint: Vec<String>,
    /// `DIDComm` recipients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipient_keys: Vec<String>,
    /// `DIDComm` routing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routing_keys: Vec<String>,
    /// `DIDComm` order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// `DIDComm` profiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<String>,
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(single) => vec![single],
        OneOrMany::Many(many) => many,
    })
}

impl ServiceRequest {
    /// The service of the document of `did`.
    pub fn to_json(&self, did: &str) -> Value {
        Service {
            id: format!("{did}#{}", self.id_fragment),
            service_type: self.service_type.clone(),
            service_endpoint: self.service_endpoint.clone(),
            recipient_keys: self.recipient_keys.clone(),
            routing_keys: self.routing_keys.clone(),
            accept: self.accept.clone(),
            priority: self.priority.unwrap_or_default(),
        }
        .to_json(false)
    }
}

/// A new DID document with one Ed25519 key (form mode of `/did/create`).
#[derive(Debug, Clone)]
pub struct Template<'a> {
    /// The DID.
    pub did: &'a str,
    /// How its key is written down.
    pub method_type: VerificationMethodType,
    /// The key.
    pub public_key: &'a PublicKey,
    /// Services of the request.
    pub services: &'a [ServiceRequest],
    /// `@context` of the request; none is written when empty.
    pub contexts: &'a [String],
    /// Whether the key may sign credentials (on by default in Studio).
    pub assertion_method: bool,
}

impl Template<'_> {
    /// The document.
    pub fn to_json(&self) -> Value {
        let key_id = format!("{}#{FIRST_KEY_FRAGMENT}", self.did);
        let mut document = Map::new();
        if !self.contexts.is_empty() {
            document.insert("@context".to_owned(), json!(self.contexts));
        }
        document.insert("id".to_owned(), Value::from(self.did));
        document.insert("controller".to_owned(), json!([self.did]));
        let method = verification_method(self.did, FIRST_KEY_FRAGMENT, self.method_type, self.public_key);
        document.insert("verificationMethod".to_owned(), json!([method]));
        document.insert("authentication".to_owned(), json!([key_id]));
        if self.assertion_method {
            document.insert("assertionMethod".to_owned(), json!([key_id]));
        }
        if !self.services.is_empty() {
            let services = self.services.iter().map(|service| service.to_json(self.did)).collect();
            document.insert("service".to_owned(), Value::Array(services));
        }
        Value::Object(document)
    }
}

/// `{id, type, controller, <material>}` of a key under `did`.
pub fn verification_method(
    did: &str,
    fragment: &str,
    kind: VerificationMethodType,
    key: &PublicKey,
) -> Value {
    let mut method = Map::new();
    method.insert("id".to_owned(), Value::from(format!("{did}#{fragment}")));
    method.insert("type".to_owned(), Value::from(kind.as_str()));
    method.insert("controller".to_owned(), Value::from(did));
    method.insert(kind.material_member().to_owned(), kind.material(key));
    Value::Object(method)
}

/// Document mode of `/did/create`: the caller's document with its verification methods replaced by one `#key-1`.
pub fn with_key(
    document: &Value,
    kind: VerificationMethodType,
    key: &PublicKey,
) -> Result<Value, DidDocumentError> {
    let mut members = document.as_object().cloned().ok_or(DidDocumentError::NotAnObject)?;
    let did = text(document, "id").ok_or(DidDocumentError::MissingId)?.to_owned();
    let method = verification_method(&did, FIRST_KEY_FRAGMENT, kind, key);
    members.insert("verificationMethod".to_owned(), json!([method]));
    Ok(Value::Object(members))
}

/// A verification method whose key can sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningMethod {
    /// Its DID URL.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// Its key.
    pub public_key: PublicKey,
    /// What that key signs with.
    pub algorithm: Algorithm,
}

/// Every verification method whose key can be read and can sign, from a document in JSON form.
pub fn signing_methods(did_document: &Value) -> Vec<SigningMethod> {
    let methods = list(did_document.get("verificationMethod")).into_iter();
    let signing = methods.filter_map(|method| {
        let public_key = PublicKey::from_verification_method(method).ok()?;
        let algorithm = public_key.algorithm()?;
        let (id, kind) = (text(method, "id")?.to_owned(), text(method, "type")?.to_owned());
        Some(SigningMethod { id, kind, public_key, algorithm })
    });
    signing.collect()
}

/// Every verification method whose key can be read, with its id, from a document in JSON form.
pub fn public_keys(did_document: &Value) -> Vec<(String, PublicKey)> {
    list(did_document.get("verificationMethod"))
        .into_iter()
        .filter_map(|method| {
            let id = text(method, "id")?.to_owned();
            Some((id, PublicKey::from_verification_method(method).ok()?))
        })
        .collect()
}
