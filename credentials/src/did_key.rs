//! did:key and did:jwk: DIDs that are their own key and resolve without asking anybody (docs/credentials.md#didkey-and-didjwk).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use crate::json::text;
use crate::key::{PublicKey, is_private};

domain::limits! {
    /// Longest did:key or did:jwk read, in bytes.
    pub MAX_SELF_CERTIFYING_DID_BYTES: usize = 2048, "bytes";
}

const DID_CONTEXT: &str = "https://www.w3.org/ns/did/v1";
const JWS_2020_CONTEXT: &str = "https://w3id.org/security/suites/jws-2020/v1";
const MULTIKEY_CONTEXT: &str = "https://w3id.org/security/multikey/v1";

/// Multicodec varint of an RSA public key (0x1205), PKCS #1 in DER.
const MULTICODEC_RSA: [u8; 2] = [0x85, 0x24];
/// Multicodec varint of a canonical JWK (0xeb51), as EBSI's natural persons have it.
const MULTICODEC_JWK: [u8; 3] = [0xd1, 0xd6, 0x03];
/// Multicodec varints of compressed points of BLS12-381 (0xea, 0xeb), with their lengths.
const MULTICODEC_BLS: [([u8; 2], usize); 2] = [([0xea, 0x01], 48), ([0xeb, 0x01], 96)];
/// The shortest modulus of an RSA key: 2048 bits.
const RSA_BYTES_LEAST: usize = 256;
/// Tags of DER.
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

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
/// X25519 key for key agreement). Keys of BLS12-381, for which JWK has no settled form, are `Multikey`. What this crate cannot verify
/// with (RSA, BLS12-381) still resolves.
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
    let unsupported = || DidKeyError::Invalid("unsupported key type for did:key".to_owned());
    let bytes = id.strip_prefix('z').and_then(|text| bs58::decode(text).into_vec().ok());
    let bytes = bytes.ok_or_else(unsupported)?;
    if let Some(written) = bytes.strip_prefix(&MULTICODEC_JWK) {
        return by_jwk(did, id, &canonical_jwk(written).ok_or_else(unsupported)?);
    }
    if let Some(der) = bytes.strip_prefix(&MULTICODEC_RSA) {
        return by_jwk(did, id, &rsa_jwk(der).ok_or_else(unsupported)?);
    }
    let is_bls = |(codec, length): &([u8; 2], usize)| {
        bytes.strip_prefix(codec).is_some_and(|point| point.len() == *length)
    };
    if MULTICODEC_BLS.iter().any(is_bls) {
        let main_id = format!("{did}#{id}");
        let method = json!({"id": main_id, "type": "Multikey", "controller": did, "publicKeyMultibase": id});
        return Ok(document(did, MULTIKEY_CONTEXT, vec![method], &[json!(main_id)], Vec::new()));
    }
    let key = PublicKey::from_multicodec(&bytes).map_err(|_| unsupported())?;
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
    Ok(document(did, JWS_2020_CONTEXT, methods, &signing, agreement))
}

fn resolve_jwk(did: &str, id: &str) -> Result<Value, DidKeyError> {
    let invalid = |why: &str| DidKeyError::Invalid(format!("did:jwk: {why}"));
    let bytes = URL_SAFE_NO_PAD.decode(id).map_err(|_| invalid("not base64url"))?;
    let jwk: Value = domain::json::read(&bytes).map_err(|_| invalid("not a JWK"))?;
    by_jwk(did, "0", &jwk)
}

/// The document of a DID that is this JWK.
fn by_jwk(did: &str, fragment: &str, jwk: &Value) -> Result<Value, DidKeyError> {
    let is_rsa = text(jwk, "kty") == Some("RSA") && !is_private(jwk);
    let is_shown = is_rsa && ["n", "e"].iter().all(|name| is_base64url(text(jwk, name)));
    if !is_shown {
        PublicKey::from_jwk(jwk).map_err(|error| DidKeyError::Invalid(format!("JWK: {error}")))?;
    }
    let id = format!("{did}#{fragment}");
    let method = json!({"id": id, "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": jwk});
    let (for_signing, for_agreement) = match text(jwk, "use") {
        Some("sig") => (true, false),
        Some("enc") => (false, true),
        _ if text(jwk, "crv") == Some("X25519") => (false, true),
        _ if text(jwk, "crv") == Some("Ed25519") => (true, false),
        _ => (true, true),
    };
    let reference = |wanted: bool| if wanted { vec![Value::from(id.clone())] } else { Vec::new() };
    Ok(document(did, JWS_2020_CONTEXT, vec![method], &reference(for_signing), reference(for_agreement)))
}

fn is_base64url(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty() && URL_SAFE_NO_PAD.decode(text).is_ok())
}

/// A JWK of texts in the one order that is canonical (RFC 8785), so that one key has one DID.
fn canonical_jwk(written: &[u8]) -> Option<Value> {
    let members: BTreeMap<String, String> = serde_json::from_slice(written).ok()?;
    let is_canonical = serde_json::to_vec(&members).is_ok_and(|canonical| canonical == written);
    is_canonical.then(|| json!(members))
}

/// The JWK of an `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn rsa_jwk(der: &[u8]) -> Option<Value> {
    let (inner, rest) = element(der, SEQUENCE)?;
    let (modulus, more) = element(inner, INTEGER)?;
    let (exponent, end) = element(more, INTEGER)?;
    let (modulus, exponent) = (unsigned(modulus)?, unsigned(exponent)?);
    let is_whole = rest.is_empty() && end.is_empty() && modulus.len() >= RSA_BYTES_LEAST;
    let written = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    is_whole.then(|| json!({"e": written(exponent), "kty": "RSA", "n": written(modulus), "use": "sig"}))
}

/// The content of the element at the beginning, and what is behind it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (_, rest) = der.split_first().filter(|(found, _)| **found == tag)?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?)), rest.get(2..)?),
        short if short < 0x80 => (usize::from(short), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// A positive integer without the zero that keeps it from being a negative one.
fn unsigned(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [0, rest @ ..] if rest.first().is_some_and(|first| first & 0x80 != 0) => Some(rest),
        [first, ..] if (1..0x80).contains(first) => Some(integer),
        _ => None,
    }
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

fn document(
    did: &str,
    context: &str,
    methods: Vec<Value>,
    signing: &[Value],
    agreement: Vec<Value>,
) -> Value {
    let mut document = Map::new();
    document.insert("@context".to_owned(), json!([DID_CONTEXT, context]));
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
