//! What the registrar tells of itself, and a document to begin with: `GET /1.0/methods`, `/1.0/properties`, `/1.0/traits` and
//! `/1.0/did-document`. Anybody may ask.

use super::{METHOD, method};
use crate::{
    Answer, Problem, Visit, check,
    input::{Query, invalid},
    schema::AnyObject,
};
use app::Fault;
use credentials::{
    did_document::{
        FIRST_KEY_FRAGMENT, IdentifierFormat, Template, VerificationMethodType, did_from_public_key,
        did_from_uuid,
    },
    key::PublicKey,
};
use domain::{
    id::{Did, Network},
    job::JOB_DAYS,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;
/// Hex characters of an Ed25519 public key.
const PUBLIC_KEY_CHARS: usize = 64;
const RESOLVER: &str = "/1.0/identifiers/";

/// What is known of a DID method.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrarProperties {
    /// Types of verification methods that a document may have.
    pub supported_verification_methods: [&'static str; 3],
    /// How the identifier of a new DID can be made.
    pub supported_algorithm: [&'static str; 2],
    /// How long a registration waits for its signatures, in seconds.
    #[serde(rename = "localStoreTTL")]
    pub local_store_ttl: u64,
    /// Where DIDs are resolved.
    pub resolver_url: String,
}

/// A document to begin with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewDidDocument {
    /// The document of a DID that is not registered yet.
    #[schema(value_type = AnyObject)]
    pub did_doc: Value,
    /// Its key.
    pub key: KeyOfDocument,
}

/// The key of a document.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyOfDocument {
    /// DID URL of its verification method.
    pub kid: String,
    /// The public key, hex.
    pub public_key_hex: String,
}

/// The DID methods that can be registered.
#[utoipa::path(get, path = "/1.0/methods",
    params(("method" = Option<String>, Query, description = "`cheqd`.")),
    responses((status = 200, body = Vec<String>)))]
pub(crate) async fn methods(visit: Visit) -> Result<Answer, Problem> {
    method(&visit.query)?;
    Answer::ok(&[METHOD])
}

/// What can be registered, by DID method.
#[utoipa::path(get, path = "/1.0/properties",
    params(("method" = Option<String>, Query, description = "`cheqd`.")),
    responses((status = 200, body = BTreeMap<String, RegistrarProperties>)))]
pub(crate) async fn properties(visit: Visit) -> Result<Answer, Problem> {
    method(&visit.query)?;
    let base = visit.house.settings.base_url.as_deref().unwrap_or_default();
    let known = RegistrarProperties {
        supported_verification_methods: [
            VerificationMethodType::Ed25519VerificationKey2020.as_str(),
            VerificationMethodType::Ed25519VerificationKey2018.as_str(),
            VerificationMethodType::JsonWebKey2020.as_str(),
        ],
        supported_algorithm: ["base58btc", "uuid"],
        local_store_ttl: u64::from(JOB_DAYS) * SECONDS_PER_DAY,
        resolver_url: format!("{}{RESOLVER}", base.trim_end_matches('/')),
    };
    Answer::ok(&BTreeMap::from([(METHOD, known)]))
}

/// Traits of the DID method, by the names of DIF's DID Traits.
#[utoipa::path(get, path = "/1.0/traits",
    params(("method" = Option<String>, Query, description = "`cheqd`.")),
    responses((status = 200, body = AnyObject)))]
pub(crate) async fn traits(visit: Visit) -> Result<Answer, Problem> {
    method(&visit.query)?;
    let mut told = serde_json::Map::from_iter([("name".to_owned(), json!(METHOD))]);
    told.extend(TRAITS.map(|(name, holds)| (name.to_owned(), json!(holds))));
    Answer::ok(&told)
}

/// What is so of did:cheqd, and what is not.
const TRAITS: [(&str, bool); 21] = [
    ("updateable", true),
    ("updateableServiceEndpoints", true),
    ("updateableVerificationMethods", true),
    ("deactivatable", true),
    ("deletable", false),
    ("history", true),
    ("historySigned", true),
    ("enumerable", true),
    ("humanreadable", false),
    ("selfCertifying", true),
    ("prerotationOfKeys", false),
    ("multisigVerificationMethod", false),
    ("transactionalFees", true),
    ("resolvableLocally", false),
    ("resolvableGlobally", true),
    ("hostingNotRequired", false),
    ("hostedCentrally", false),
    ("hostedDecentrally", true),
    ("cryptographyPrivacyPreserving", false),
    ("cryptographyGovernmentApproved", true),
    ("dataProtectionCompliant", false),
];

/// The document of a new DID with this key, to be registered with `POST /1.0/create`. Nothing is written.
#[utoipa::path(get, path = "/1.0/did-document",
    params(
        ("verificationMethod" = String, Query, description = "`Ed25519VerificationKey2020`, `Ed25519VerificationKey2018` or `JsonWebKey2020`."),
        ("methodSpecificIdAlgo" = String, Query, description = "`uuid`, or `base58btc` for an identifier that follows from the key."),
        ("publicKeyHex" = String, Query, description = "An Ed25519 public key, 64 hexadecimal characters."),
        ("network" = Option<String>, Query, description = "`testnet` (default) or `mainnet`."),
        ("method" = Option<String>, Query, description = "`cheqd`."),
    ),
    responses((status = 200, body = NewDidDocument)))]
pub(crate) async fn did_document(visit: Visit) -> Result<Answer, Problem> {
    // The registrar's failures of this route have one member, `message`.
    let told = |fault: Fault| {
        let sentence = fault.public.clone();
        Problem::from(fault).with("message", sentence)
    };
    method(&visit.query).map_err(told)?;
    let wish = Wish::parse(&visit.query).map_err(told)?;
    let did = match wish.identifier {
        IdentifierFormat::Uuid => did_from_uuid(wish.network.as_str(), visit.house.studio.ids.next()),
        IdentifierFormat::Base58btc => did_from_public_key(wish.network.as_str(), &wish.key),
    };
    let did = Did::parse(&did).map_err(Fault::bug)?;
    let template = Template {
        did: did.as_str(),
        method_type: wish.method,
        public_key: &PublicKey::Ed25519(wish.key),
        services: &[],
        contexts: &[],
        assertion_method: false,
    };
    let key =
        KeyOfDocument { kid: format!("{did}#{FIRST_KEY_FRAGMENT}"), public_key_hex: hex::encode(wish.key) };
    Answer::ok(&NewDidDocument { did_doc: template.to_json(), key })
}

/// What the document of a new DID is made from.
#[derive(Debug)]
pub(super) struct Wish {
    method: VerificationMethodType,
    identifier: IdentifierFormat,
    network: Network,
    key: [u8; 32],
}

impl Wish {
    /// Faults `request/invalid`, with the registrar's sentences.
    pub(super) fn parse(query: &Query) -> Result<Self, Fault> {
        let method = query.text("verificationMethod").and_then(|text| text.parse().ok());
        let method = check::required("verificationMethod", method, "Invalid verificationMethod")?;
        let identifier = query.text("methodSpecificIdAlgo").and_then(|text| text.parse().ok());
        let identifier = check::required("methodSpecificIdAlgo", identifier, "Invalid methodSpecificIdAlgo")?;
        let network = query.text("network").map_or(Ok(Network::Testnet), check::network)?;
        let text = check::required("publicKeyHex", query.text("publicKeyHex"), "PublicKeyHex is required")?;
        if text.len() != PUBLIC_KEY_CHARS {
            return Err(invalid("publicKeyHex", "PublicKeyHex should be of length 64"));
        }
        let bytes = hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = check::required("publicKeyHex", bytes, "PublicKeyHex should be hexadecimal")?;
        Ok(Self { method, identifier, network, key })
    }
}
