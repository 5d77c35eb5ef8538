//! Public keys as DID documents carry them, and the signature check each kind allows.

use ed25519_dalek::VerifyingKey as Ed25519Key;
use k256::ecdsa::signature::Verifier as _;
use serde_json::{Value, json};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::json::text;
use crate::jwt::Algorithm;

/// Multicodec varint of an Ed25519 public key (0xed).
const MULTICODEC_ED25519: [u8; 2] = [0xed, 0x01];
/// Multicodec varint of an X25519 public key (0xec).
const MULTICODEC_X25519: [u8; 2] = [0xec, 0x01];
/// Multicodec varint of a compressed secp256k1 public key (0xe7).
const MULTICODEC_SECP256K1: [u8; 2] = [0xe7, 0x01];
/// Multicodec varint of a compressed P-256 public key (0x1200).
const MULTICODEC_P256: [u8; 2] = [0x80, 0x24];
/// Multicodec varint of a compressed P-384 public key (0x1201).
const MULTICODEC_P384: [u8; 2] = [0x81, 0x24];
/// Multicodec varint of a compressed P-521 public key (0x1202).
const MULTICODEC_P521: [u8; 2] = [0x82, 0x24];

/// Bytes of `r‖s` of P-256.
const ES256_SIGNATURE_BYTES: usize = 64;

domain::limits! {
    /// Longest textual key material read, in characters (an uncompressed point in base58 has fewer than 100).
    MAX_KEY_TEXT_CHARS: usize = 256, "characters";
}

/// Why key material could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The verification method has none of the members that carry a key.
    #[error("the verification method carries no public key")]
    NoMaterial,
    /// The text is not the encoding its member promises.
    #[error("the public key is not valid {0}")]
    Encoding(&'static str),
    /// The bytes are not a key of that kind.
    #[error("the bytes are not a valid {0} public key")]
    Invalid(&'static str),
    /// A kind of key that Studio does not know.
    #[error("unsupported key type")]
    Unsupported,
}

/// The signature does not belong to this key and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match")]
pub struct SignatureInvalid;

/// A public key; every value is a valid point of its curve (X25519: any 32 bytes, as RFC 7748 says).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PublicKey {
    /// 32 bytes, RFC 8032.
    Ed25519([u8; 32]),
    /// 32 bytes, key agreement only.
    X25519([u8; 32]),
    /// SEC1 compressed, 33 bytes.
    Secp256k1(Vec<u8>),
    /// SEC1 compressed, 33 bytes.
    P256(Vec<u8>),
    /// SEC1 compressed, 49 bytes.
    P384(Vec<u8>),
    /// SEC1 compressed, 67 bytes.
    P521(Vec<u8>),
}

/// Whether a JWK has a member of a private or a shared key (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1), in whatever case: names have
/// one, and somebody who misspells it has published his key all the same.
pub fn is_private(jwk: &Value) -> bool {
    let is_private = |name: &String| {
        ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].contains(&name.to_ascii_lowercase().as_str())
    };
    jwk.as_object().is_some_and(|members| members.keys().any(is_private))
}

impl PublicKey {
    /// An Ed25519 key from its 32 raw bytes.
    pub fn ed25519(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Invalid("Ed25519"))?;
        Ed25519Key::from_bytes(&bytes).map_err(|_| KeyError::Invalid("Ed25519"))?;
        Ok(Self::Ed25519(bytes))
    }

    /// A secp256k1 key from SEC1 bytes (compressed or not).
    pub fn secp256k1(bytes: &[u8]) -> Result<Self, KeyError> {
        let key =
            k256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| KeyError::Invalid("secp256k1"))?;
        Ok(Self::Secp256k1(key.to_encoded_point(true).as_bytes().to_vec()))
    }

    /// A P-256 key from SEC1 bytes (compressed or not).
    pub fn p256(bytes: &[u8]) -> Result<Self, KeyError> {
        let key =
            p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| KeyError::Invalid("P-256"))?;
        Ok(Self::P256(key.to_encoded_point(true).as_bytes().to_vec()))
    }

    /// A P-384 key from SEC1 bytes (compressed or not).
    pub fn p384(bytes: &[u8]) -> Result<Self, KeyError> {
        let key =
            p384::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| KeyError::Invalid("P-384"))?;
        Ok(Self::P384(key.to_encoded_point(true).as_bytes().to_vec()))
    }

    /// A P-521 key from SEC1 bytes (compressed or not).
    pub fn p521(bytes: &[u8]) -> Result<Self, KeyError> {
        let key =
            p521::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| KeyError::Invalid("P-521"))?;
        Ok(Self::P521(key.to_encoded_point(true).as_bytes().to_vec()))
    }

    /// From multicodec-prefixed bytes.
    pub fn from_multicodec(bytes: &[u8]) -> Result<Self, KeyError> {
        let (prefix, key) = bytes.split_at_checked(2).ok_or(KeyError::Unsupported)?;
        match <[u8; 2]>::try_from(prefix) {
            Ok(MULTICODEC_ED25519) => Self::ed25519(key),
            Ok(MULTICODEC_X25519) => {
                Ok(Self::X25519(key.try_into().map_err(|_| KeyError::Invalid("X25519"))?))
            }
            Ok(MULTICODEC_SECP256K1) => Self::secp256k1(key),
            Ok(MULTICODEC_P256) => Self::p256(key),
            Ok(MULTICODEC_P384) => Self::p384(key),
            Ok(MULTICODEC_P521) => Self::p521(key),
            _ => Err(KeyError::Unsupported),
        }
    }

    /// From `publicKeyMultibase`: `z` base58btc or `u` base64url of multicodec-prefixed bytes.
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        Self::from_multicodec(&decode_multibase(text)?)
    }

    /// From a JWK (RFC 7517/8037): `OKP` Ed25519 or X25519, `EC` P-256, P-384, P-521 or secp256k1. Private members are refused, so
    /// that a leaked private key is never treated as an ordinary public document.
    pub fn from_jwk(jwk: &Value) -> Result<Self, KeyError> {
        if is_private(jwk) {
            return Err(KeyError::Invalid("JWK (it holds a private key)"));
        }
        let coordinate = |name: &str| -> Result<Vec<u8>, KeyError> {
            let encoded = text(jwk, name).ok_or(KeyError::Encoding("JWK"))?;
            URL_SAFE_NO_PAD.decode(encoded.trim_end_matches('=')).map_err(|_| KeyError::Encoding("JWK"))
        };
        let point = |size: usize| -> Result<Vec<u8>, KeyError> {
            let mut bytes = vec![0x04];
            bytes.extend(left_padded(&coordinate("x")?, size)?);
            bytes.extend(left_padded(&coordinate("y")?, size)?);
            Ok(bytes)
        };
        match (text(jwk, "kty"), text(jwk, "crv")) {
            (Some("OKP"), Some("Ed25519")) => Self::ed25519(&coordinate("x")?),
            (Some("OKP"), Some("X25519")) => Ok(Self::X25519(
                coordinate("x")?.as_slice().try_into().map_err(|_| KeyError::Invalid("X25519"))?,
            )),
            (Some("EC"), Some("P-256")) => Self::p256(&point(32)?),
            (Some("EC"), Some("P-384")) => Self::p384(&point(48)?),
            (Some("EC"), Some("P-521")) => Self::p521(&point(66)?),
            (Some("EC"), Some("secp256k1")) => Self::secp256k1(&point(32)?),
            _ => Err(KeyError::Unsupported),
        }
    }

    /// From a verification method of a DID document. Precedence of the members as did-jwt has it: `publicKeyBase58`,
    /// `publicKeyHex`, `publicKeyJwk`, `publicKeyMultibase`. Bare key bytes are read as the curve the method's `type`
    /// names.
    pub fn from_verification_method(method: &Value) -> Result<Self, KeyError> {
        let kind = text(method, "type").unwrap_or_default();
        if let Some(encoded) = text(method, "publicKeyBase58") {
            return Self::from_bare(kind, &decode_base58(encoded)?);
        }
        if let Some(encoded) = text(method, "publicKeyHex") {
            return Self::from_bare(kind, &hex::decode(encoded).map_err(|_| KeyError::Encoding("hex"))?);
        }
        if let Some(jwk) = method.get("publicKeyJwk") {
            return Self::from_jwk(jwk);
        }
        if let Some(encoded) = text(method, "publicKeyMultibase") {
            let bytes = decode_multibase(encoded)?;
            // 32, 33 and 65 bytes cannot be a prefixed key: some documents carry the bare key here.
            return match bytes.len() {
                32 | 33 | 65 => Self::from_bare(kind, &bytes),
                _ => Self::from_multicodec(&bytes),
            };
        }
        Err(KeyError::NoMaterial)
    }

    fn from_bare(kind: &str, bytes: &[u8]) -> Result<Self, KeyError> {
        if kind.contains("X25519") {
            Ok(Self::X25519(bytes.try_into().map_err(|_| KeyError::Invalid("X25519"))?))
        } else if kind.to_ascii_lowercase().contains("ed25519") {
            Self::ed25519(bytes)
        } else if kind.to_ascii_lowercase().contains("secp256k1") {
            Self::secp256k1(bytes)
        } else if kind.to_ascii_lowercase().contains("secp256r1") {
            Self::p256(bytes)
        } else if kind.to_ascii_lowercase().contains("secp384r1") {
            Self::p384(bytes)
        } else if kind.to_ascii_lowercase().contains("secp521r1") {
            Self::p521(bytes)
        } else if bytes.len() == 32 {
            Self::ed25519(bytes)
        } else {
            Err(KeyError::Unsupported)
        }
    }

    /// The key's bytes without any prefix (32, or one more than a coordinate for a compressed point).
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) | Self::X25519(bytes) => bytes,
            Self::Secp256k1(bytes) | Self::P256(bytes) | Self::P384(bytes) | Self::P521(bytes) => bytes,
        }
    }

    /// `z` + base58btc of the multicodec-prefixed bytes: `publicKeyMultibase`, and the id of a did:key.
    pub fn to_multibase(&self) -> String {
        let prefix = match self {
            Self::Ed25519(_) => MULTICODEC_ED25519,
            Self::X25519(_) => MULTICODEC_X25519,
            Self::Secp256k1(_) => MULTICODEC_SECP256K1,
            Self::P256(_) => MULTICODEC_P256,
            Self::P384(_) => MULTICODEC_P384,
            Self::P521(_) => MULTICODEC_P521,
        };
        let prefixed = [prefix.as_slice(), self.bytes()].concat();
        format!("z{}", bs58::encode(prefixed).into_string())
    }

    /// Base58btc of the bare bytes: `publicKeyBase58`.
    pub fn to_base58(&self) -> String {
        bs58::encode(self.bytes()).into_string()
    }

    /// The JWK with its members in alphabetical order, as cheqd's SDK writes them.
    pub fn to_jwk(&self) -> Value {
        match self {
            Self::Ed25519(bytes) => {
                json!({"crv": "Ed25519", "kty": "OKP", "x": URL_SAFE_NO_PAD.encode(bytes)})
            }
            Self::X25519(bytes) => json!({"crv": "X25519", "kty": "OKP", "x": URL_SAFE_NO_PAD.encode(bytes)}),
            Self::Secp256k1(bytes) => {
                let point =
                    k256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map(|key| key.to_encoded_point(false));
                ec_jwk("secp256k1", point.as_ref().map_or(&[], |point| point.as_bytes()))
            }
            Self::P256(bytes) => {
                let point =
                    p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map(|key| key.to_encoded_point(false));
                ec_jwk("P-256", point.as_ref().map_or(&[], |point| point.as_bytes()))
            }
            Self::P384(bytes) => {
                let point =
                    p384::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map(|key| key.to_encoded_point(false));
                ec_jwk("P-384", point.as_ref().map_or(&[], |point| point.as_bytes()))
            }
            Self::P521(bytes) => {
                let point =
                    p521::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map(|key| key.to_encoded_point(false));
                ec_jwk("P-521", point.as_ref().map_or(&[], |point| point.as_bytes()))
            }
        }
    }

    /// Whether the ledger takes signatures of this kind of key for those of a DID, and somebody here can make them
    /// (docs/ledger.md#key-types).
    pub const fn controls_dids(&self) -> bool {
        matches!(self, Self::Ed25519(_) | Self::P256(_))
    }

    /// A signature by this key as the ledger wants it: of P-256 the ASN.1 DER (RFC 3279, 2.2.3) of what JOSE writes as `r‖s`. The
    /// others stay as they are, and so does what is no signature.
    pub fn ledger_signature(&self, signature: &[u8]) -> Vec<u8> {
        let der = match self {
            Self::P256(_) => p256::ecdsa::Signature::from_slice(signature).ok().map(|pair| pair.to_der()),
            _ => None,
        };
        der.map_or_else(|| signature.to_vec(), |der| der.as_bytes().to_vec())
    }

    /// A signature as JOSE writes it (RFC 7518, 3.4), from that or from ASN.1 DER, which other tools write for P-256.
    pub fn jose_signature(&self, signature: &[u8]) -> Vec<u8> {
        let pair = match self {
            Self::P256(_) if signature.len() != ES256_SIGNATURE_BYTES => {
                p256::ecdsa::Signature::from_der(signature).ok()
            }
            _ => None,
        };
        pair.map_or_else(|| signature.to_vec(), |pair| pair.to_bytes().to_vec())
    }

    /// The one JWS algorithm this key may sign with; `None` for key-agreement keys.
    pub const fn algorithm(&self) -> Option<Algorithm> {
        match self {
            Self::Ed25519(_) => Some(Algorithm::EdDsa),
            Self::X25519(_) => None,
            Self::Secp256k1(_) => Some(Algorithm::Es256k),
            Self::P256(_) => Some(Algorithm::Es256),
            Self::P384(_) => Some(Algorithm::Es384),
            Self::P521(_) => Some(Algorithm::Es512),
        }
    }

    /// Checks a signature (RFC 8032, or `r‖s` for ECDSA over the curve's hash) with this key's own algorithm. Ed25519 is
    /// checked strictly: no small-order keys, no malleable encodings. Of the two signatures that ECDSA gives for a message
    /// both count (RFC 7518 section 3.4 and RFC 8812 section 3.2 know no low-S rule; OpenSSL writes either).
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureInvalid> {
        match self {
            Self::Ed25519(bytes) => {
                let key = Ed25519Key::from_bytes(bytes).map_err(|_| SignatureInvalid)?;
                let signature =
                    ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureInvalid)?;
                key.verify_strict(message, &signature).map_err(|_| SignatureInvalid)
            }
            Self::X25519(_) => Err(SignatureInvalid),
            Self::Secp256k1(bytes) => {
                let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| SignatureInvalid)?;
                let signature =
                    k256::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureInvalid)?;
                // k256 itself takes only the low one of the two.
                let signature = signature.normalize_s().unwrap_or(signature);
                key.verify(message, &signature).map_err(|_| SignatureInvalid)
            }
            Self::P256(bytes) => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| SignatureInvalid)?;
                let signature =
                    p256::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureInvalid)?;
                key.verify(message, &signature).map_err(|_| SignatureInvalid)
            }
            Self::P384(bytes) => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| SignatureInvalid)?;
                let signature =
                    p384::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureInvalid)?;
                key.verify(message, &signature).map_err(|_| SignatureInvalid)
            }
            Self::P521(bytes) => {
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| SignatureInvalid)?;
                let signature =
                    p521::ecdsa::Signature::from_slice(signature).map_err(|_| SignatureInvalid)?;
                key.verify(message, &signature).map_err(|_| SignatureInvalid)
            }
        }
    }
}

/// `uncompressed` is `04 ‖ x ‖ y`; coordinates always keep their leading zeros.
fn ec_jwk(curve: &str, uncompressed: &[u8]) -> Value {
    let (x, y) = uncompressed.get(1..).map_or((&[][..], &[][..]), |both| both.split_at(both.len() / 2));
    json!({"crv": curve, "kty": "EC", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
}

/// Some writers drop leading zero bytes of a coordinate; put them back.
fn left_padded(coordinate: &[u8], size: usize) -> Result<Vec<u8>, KeyError> {
    let missing = size.checked_sub(coordinate.len()).ok_or(KeyError::Encoding("JWK"))?;
    let mut padded = vec![0_u8; missing];
    padded.extend_from_slice(coordinate);
    Ok(padded)
}

fn decode_base58(text: &str) -> Result<Vec<u8>, KeyError> {
    if text.len() > MAX_KEY_TEXT_CHARS {
        return Err(KeyError::Encoding("base58btc"));
    }
    bs58::decode(text).into_vec().map_err(|_| KeyError::Encoding("base58btc"))
}

fn decode_multibase(text: &str) -> Result<Vec<u8>, KeyError> {
    if let Some(encoded) = text.strip_prefix('z') {
        decode_base58(encoded)
    } else if let Some(encoded) = text.strip_prefix('u').filter(|encoded| encoded.len() <= MAX_KEY_TEXT_CHARS)
    {
        URL_SAFE_NO_PAD.decode(encoded).map_err(|_| KeyError::Encoding("multibase"))
    } else {
        Err(KeyError::Encoding("multibase"))
    }
}
