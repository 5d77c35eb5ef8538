//! did:key and did:jwk: DIDs that are their own key and resolve without asking anybody (docs/credentials.md#didkey-and-didjwk).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::json::text;
use crate::key::PublicKey;

domain::limits! {
    /// Longest did:key or did:jwk read, in bytes.
    pub MAX_SELF_CERTIFYING_DID_BYTES: usize = 2048, "bytes";
}

const DID_CONTEXT: &str = "https://www.w3.org/ns/did/v1";
const JWS_2020_CONTEXT: &str = "https://w3id.org/security/suites/jws-2020/v1";

/// Why a DID does not resolve locally.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DidKeyError {
    /// The method is neither key nor jwk.
    #[error("unsupportedDidMethod: {0}")]
    UnsupportedMethod(String),
    /// The identifier does not encode a supported public key.
    #[error("invalidDid: {0}")]
    Invalid(String),
}

/// True for the methods [`resolve`] knows.
pub fn is_local(did: &str) -> bool {
    did.starts_with("did:key:") || did.starts_with("did:jwk:")
}

/// The did:key of a public key.
pub fn did_key_of(key: &PublicKey) -> String {
    format!("did:key:{}", key.to_multibase())
}

/// The DID document of a did:key or did:jwk, in the form Veramo gives it (`JsonWebKey2020`; for Ed25519 with the derived
/// X25519 key for key agreement).
pub fn resolve(did: &str) -> Result<Value, DidKeyError> {
    if did.len() > MAX_SELF_CERTIFYING_DID_BYTES {
        return Err(DidKeyError::Invalid("the DID is too long".to_owned()));
    }
    if let Some(id) = did.strip_prefix("did:key:") {
        resolve_key(did, id)
    } else if let Some(id) = did.strip_prefix("did:jwk:") {
        resolve_jwk(did, id)
    } else {
        Err(DidKeyError::UnsupportedMethod(did.split(':').nth(1).unwrap_or_default().to_owned()))
    }
}

fn resolve_key(did: &str, id: &str) -> Result<Value, DidKeyError> {
    let unsupported = |_| DidKeyError::Invalid("unsupported key type for did:key".to_owned());
    if !id.starts_with('z') {
        return Err(DidKeyError::Invalid("unsupported key type for did:key".to_owned()));
    }
    let key = PublicKey::from_multibase(id).map_err(unsupported)?;
    let (mut methods, mut signing, mut agreement) = (Vec::new(), Vec::new(), Vec::new());
    let main_id = format!("{did}#{id}");
    methods.push(method(&main_id, did, &key));
    match &key {
        PublicKey::X25519(_) => agreement.push(Value::from(main_id)),
        PublicKey::Ed25519(bytes) => {
            signing.push(Value::from(main_id));
            let point = ed25519_dalek::VerifyingKey::from_bytes(bytes)
                .map_err(|_| DidKeyError::Invalid("not an Ed25519 key".to_owned()))?
                .to_montgomery();
            let derived = PublicKey::X25519(point.to_bytes());
            let derived_id = format!("{did}#{}", derived.to_multibase());
            methods.push(method(&derived_id, did, &derived));
            agreement.push(Value::from(derived_id));
        }
        PublicKey::Secp256k1(_) | PublicKey::P256(_) | PublicKey::P384(_) | PublicKey::P521(_) => {
            signing.push(Value::from(main_id.clone()));
            agreement.push(Value::from(main_id));
        }
    }
    Ok(document(did, methods, &signing, agreement))
}

fn resolve_jwk(did: &str, id: &str) -> Result<Value, DidKeyError> {
    let invalid = |why: &str| DidKeyError::Invalid(format!("did:jwk: {why}"));
    let bytes = URL_SAFE_NO_PAD.decode(id).map_err(|_| invalid("not base64url"))?;
    let jwk: Value = domain::json::read(&bytes).map_err(|_| invalid("not a JWK"))?;
    PublicKey::from_jwk(&jwk).map_err(|error| invalid(&error.to_string()))?;
    let id = format!("{did}#0");
    let method = json!({"id": id, "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": jwk});
    let (for_signing, for_agreement) = match text(&jwk, "use") {
        Some("sig") => (true, false),
        Some("enc") => (false, true),
        _ if text(&jwk, "crv") == Some("X25519") => (false, true),
        _ if text(&jwk, "crv") == Some("Ed25519") => (true, false),
        _ => (true, true),
    };
    let reference = |wanted: bool| if wanted { vec![Value::from(id.clone())] } else { Vec::new() };
    Ok(document(did, vec![method], &reference(for_signing), reference(for_agreement)))
}

/// `publicKeyJwk` with `alg` and `use`, members in alphabetical order.
fn method(id: &str, did: &str, key: &PublicKey) -> Value {
    let (alg, usage) = match key.algorithm() {
        Some(alg) => (alg.as_str(), "sig"),
        None => ("ECDH-ES", "enc"),
    };
    let mut jwk = Map::new();
    jwk.insert("alg".to_owned(), Value::from(alg));
    if let Value::Object(members) = key.to_jwk() {
        for (name, value) in members {
            if name == "x" {
                jwk.insert("use".to_owned(), Value::from(usage));
            }
            jwk.insert(name, value);
        }
    }
    json!({"id": id, "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": jwk})
}

fn document(did: &str, methods: Vec<Value>, signing: &[Value], agreement: Vec<Value>) -> Value {
    let mut document = Map::new();
    document.insert("@context".to_owned(), json!([DID_CONTEXT, JWS_2020_CONTEXT]));
    document.insert("id".to_owned(), Value::from(did));
    document.insert("verificationMethod".to_owned(), Value::Array(methods));
    // An empty list stays, so that a key for agreement only can never be taken for a signing key.
    for relationship in ["authentication", "assertionMethod", "capabilityDelegation", "capabilityInvocation"]
    {
        document.insert(relationship.to_owned(), Value::Array(signing.to_vec()));
    }
    if !agreement.is_empty() {
        document.insert("keyAgreement".to_owned(), Value::Array(agreement));
    }
    Value::Object(document)
}
