//! JSON Web Keys: Ed25519, P-256, P-384, P-521 and RSA public keys.

use super::{PublicKey, ed25519, rsa};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Bytes of a P-521 field element.
const P521_FIELD_BYTES: usize = 66;

/// A parsed key. A point that is not on its curve passes validation on the ledger and then verifies nothing.
#[derive(Debug)]
pub enum Jwk {
    /// NIST P-256, SEC1 point.
    P256(Vec<u8>),
    /// NIST P-384, SEC1 point.
    P384(Vec<u8>),
    /// NIST P-521, SEC1 point.
    P521(Vec<u8>),
    /// RSA modulus and exponent, big endian.
    Rsa(Vec<u8>, Vec<u8>),
}

fn unsupported(kind: &str) -> String {
    format!("unsupported jwk type: {kind}. supported types are: rsa/pub, ecdsa/pub, ed25519/pub")
}

fn unparsable(text: &str) -> String {
    format!("can't parse jwk: {text}")
}

/// Go's complaint about text that is not JSON, for its first character.
fn go_json_error(text: &str) -> String {
    match text.trim_start().chars().next() {
        Some(c) if !"{[\"-0123456789tfn".contains(c) => {
            format!("invalid character '{c}' looking for beginning of value")
        }
        _ => "unexpected end of JSON input".into(),
    }
}

fn bytes(object: &Map<String, Value>, key: &str) -> Result<Vec<u8>, String> {
    let text = object.get(key).and_then(Value::as_str).unwrap_or("");
    let decoded = URL_SAFE_NO_PAD.decode(text).or_else(|_| URL_SAFE.decode(text));
    match decoded {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(unparsable(&format!(
            "failed to unmarshal JSON into key: required field {key} is missing or invalid"
        ))),
    }
}

/// SEC1 uncompressed point from two coordinates of at most `size` bytes.
fn point(object: &Map<String, Value>, size: usize) -> Result<Vec<u8>, String> {
    let mut out = vec![4_u8];
    for key in ["x", "y"] {
        let coordinate = bytes(object, key)?;
        let pad = size.saturating_sub(coordinate.len());
        out.extend(std::iter::repeat_n(0, pad));
        out.extend(coordinate);
    }
    Ok(out)
}

fn elliptic(object: &Map<String, Value>) -> Result<Jwk, String> {
    match object.get("crv").and_then(Value::as_str).unwrap_or("") {
        "P-256" => point(object, 32).map(Jwk::P256),
        "P-384" => point(object, 48).map(Jwk::P384),
        "P-521" => point(object, 66).map(Jwk::P521),
        other => Err(unparsable(&format!(
            "failed to assign to raw key variable: failed to build public key: invalid curve algorithm {other}"
        ))),
    }
}

/// Parses a public JWK.
pub fn parse(material: &str) -> Result<PublicKey, String> {
    let value: Value = serde_json::from_str(material).map_err(|_| {
        let hint = "failed to parse key: failed to unmarshal JSON into key hint";
        unparsable(&format!("{hint}: {}", go_json_error(material)))
    })?;
    let Some(object) = value.as_object() else {
        return Err(unparsable("failed to parse key: failed to unmarshal JSON into key hint"));
    };
    let private = object.contains_key("d");
    match object.get("kty").and_then(Value::as_str).unwrap_or("") {
        "OKP" => match object.get("crv").and_then(Value::as_str).unwrap_or("") {
            "Ed25519" | "X25519" if private => Err(unsupported("PrivateKey")),
            "Ed25519" => bytes(object, "x").and_then(|b| ed25519(&b)).map(PublicKey::Ed25519),
            "X25519" => Err(unsupported("PublicKey")),
            other => Err(unparsable(&format!("invalid curve algorithm {other}"))),
        },
        "EC" | "RSA" if private => Err(unsupported("PrivateKey")),
        "EC" => elliptic(object).map(PublicKey::Jwk),
        "RSA" => Ok(PublicKey::Jwk(Jwk::Rsa(bytes(object, "n")?, bytes(object, "e")?))),
        "oct" => Err(unsupported("")),
        other => Err(unparsable(&format!("failed to parse key: invalid key type from JSON ({other})"))),
    }
}

impl Jwk {
    /// Verifies an ASN.1 DER ECDSA signature over SHA-256 (all curves), or RSA-PSS with SHA-256.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let digest = Sha256::digest(message);
        match self {
            Self::P256(point) => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point);
                let signature = p256::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(k), Ok(s)) if k.verify_prehash(&digest, &s).is_ok())
            }
            Self::P384(point) => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point);
                let signature = p384::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(k), Ok(s)) if k.verify_prehash(&digest, &s).is_ok())
            }
            Self::P521(point) => {
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point);
                let signature = p521::ecdsa::Signature::from_der(signature);
                // The digest is shorter than half the field, which the library refuses; zeros in front keep its value.
                let mut padded = [0_u8; P521_FIELD_BYTES];
                for (to, from) in padded.iter_mut().rev().zip(digest.iter().rev()) {
                    *to = *from;
                }
                matches!((key, signature), (Ok(k), Ok(s)) if k.verify_prehash(&padded, &s).is_ok())
            }
            Self::Rsa(n, e) => rsa::verify_pss(n, e, &digest, signature),
        }
    }
}
