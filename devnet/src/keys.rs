//! Public keys of verification methods: parsing with the ledger's complaints, and signature checks (docs/ledger.md#key-types).

pub mod jwk;
mod rsa;

use crate::failure::Failure;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};

/// Bytes of an Ed25519 public key.
const ED25519_KEY_BYTES: usize = 32;

/// The three accepted verification method types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// Multibase with the `0xed01` prefix.
    Ed25519VerificationKey2020,
    /// Bare base58.
    Ed25519VerificationKey2018,
    /// A JWK as a JSON string.
    JsonWebKey2020,
}

impl KeyType {
    /// From the type name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "Ed25519VerificationKey2020" => Some(Self::Ed25519VerificationKey2020),
            "Ed25519VerificationKey2018" => Some(Self::Ed25519VerificationKey2018),
            "JsonWebKey2020" => Some(Self::JsonWebKey2020),
            _ => None,
        }
    }
}

/// A complaint about key material, or a panic of the node.
pub enum Bad {
    /// Text for the validation report.
    Text(String),
    /// The node panics on this material.
    Panic(String),
}

impl From<String> for Bad {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Longest base58 text that is decoded, in characters. The work grows with the square of the length (35 seconds for
/// 200,000 characters), and no accepted key is near it.
const MAX_BASE58_CHARS: usize = 256;
/// Bytes that one base58 character carries: 7,322,476 ten-millionths.
const BYTES_PER_TEN_MILLION_BASE58_CHARS: usize = 7_322_476;

fn ed25519(bytes: &[u8]) -> Result<VerifyingKey, String> {
    let key: [u8; ED25519_KEY_BYTES] =
        bytes.try_into().map_err(|_| format!("ed25519: bad public key length: {}", bytes.len()))?;
    VerifyingKey::from_bytes(&key).map_err(|_| "edwards25519: invalid point encoding".to_owned())
}

fn base58(text: &str) -> Result<Vec<u8>, String> {
    if text.is_empty() {
        return Err("zero length string".into());
    }
    if text.len() > MAX_BASE58_CHARS {
        return oversized_base58(text);
    }
    bs58::decode(text).into_vec().map_err(|e| match e {
        bs58::decode::Error::InvalidCharacter { character, .. } => {
            format!("invalid base58 digit ('{character}')")
        }
        other => other.to_string(),
    })
}

/// Zeros in place of what a long text would decode to. It is no key either way; only the complaint, which names its length
/// and first bytes, differs from the node's.
fn oversized_base58(text: &str) -> Result<Vec<u8>, String> {
    let digit = |c: char| c.is_ascii_alphanumeric() && !"0OIl".contains(c);
    if let Some(bad) = text.chars().find(|c| !digit(*c)) {
        return Err(format!("invalid base58 digit ('{bad}')"));
    }
    let digits = text.trim_start_matches('1').len();
    let zeros = text.len() - digits;
    Ok(vec![0; zeros + digits.saturating_mul(BYTES_PER_TEN_MILLION_BASE58_CHARS) / 10_000_000 + 1])
}

/// Name of a multibase code, for the ones the node knows.
fn multibase_name(code: char) -> Option<&'static str> {
    Some(match code {
        '\0' => "identity",
        '0' => "base2",
        '7' => "base8",
        '9' => "base10",
        'f' => "base16",
        'F' => "base16upper",
        'b' => "base32",
        'B' => "base32upper",
        'c' => "base32pad",
        'C' => "base32padupper",
        'v' => "base32hex",
        'V' => "base32hexupper",
        't' => "base32hexpad",
        'T' => "base32hexpadupper",
        'k' => "base36",
        'K' => "base36upper",
        'Z' => "base58flickr",
        'z' => "base58btc",
        'm' => "base64",
        'u' => "base64url",
        'M' => "base64pad",
        'U' => "base64urlpad",
        _ => return None,
    })
}

fn ed2020(material: &str) -> Result<VerifyingKey, Bad> {
    let mut chars = material.chars();
    let name =
        chars.next().and_then(multibase_name).ok_or_else(|| "selected encoding not supported".to_owned())?;
    if name != "base58btc" {
        let text =
            format!("invalid encoding for Ed25519VerificationKey2020. expected: base58btc actual: {name}");
        return Err(Bad::Text(text));
    }
    let bytes = base58(chars.as_str())?;
    match bytes.as_slice() {
        [] => Err(Bad::Panic("runtime error: index out of range [0] with length 0".into())),
        [_] => Err(Bad::Panic("runtime error: index out of range [1] with length 1".into())),
        // The ledger refuses only when both prefix bytes are wrong.
        [a, b, ..] if *a != 0xed && *b != 0x01 => Err(Bad::Text(format!(
            "invalid two-byte prefix for Ed25519VerificationKey2020. expected: 0xed01 actual: 0x{a:02x}{b:02x}"
        ))),
        [_, _, key @ ..] => Ok(ed25519(key)?),
    }
}

/// A public key ready to verify.
#[derive(Debug)]
pub enum PublicKey {
    /// Ed25519.
    Ed25519(VerifyingKey),
    /// A key from a JWK other than Ed25519.
    Jwk(jwk::Jwk),
}

fn parse(kind: KeyType, material: &str) -> Result<PublicKey, Bad> {
    match kind {
        KeyType::Ed25519VerificationKey2020 => ed2020(material).map(PublicKey::Ed25519),
        KeyType::Ed25519VerificationKey2018 => {
            Ok(base58(material).and_then(|b| ed25519(&b)).map(PublicKey::Ed25519)?)
        }
        KeyType::JsonWebKey2020 => Ok(jwk::parse(material)?),
    }
}

/// Complains about key material; material on which the node panics is a failure.
pub fn check_material(kind: KeyType, material: &str) -> Result<Option<String>, Failure> {
    match parse(kind, material) {
        Ok(_) => Ok(None),
        Err(Bad::Text(text)) => Ok(Some(text)),
        Err(Bad::Panic(text)) => Err(Failure::Panic(text)),
    }
}

/// Whether a signature over a message is good.
pub fn verify(kind: KeyType, material: &str, message: &[u8], signature: &[u8]) -> bool {
    match parse(kind, material) {
        Ok(PublicKey::Ed25519(key)) => {
            Signature::from_slice(signature).is_ok_and(|s| key.verify(message, &s).is_ok())
        }
        Ok(PublicKey::Jwk(key)) => key.verify(message, signature),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_refused_without_being_decoded() {
        let exact = base58(&"z".repeat(MAX_BASE58_CHARS)).unwrap();
        let about = oversized_base58(&"z".repeat(MAX_BASE58_CHARS)).unwrap();
        assert_eq!(exact.len(), about.len());
        let long = "z".repeat(1_000_000);
        for kind in [KeyType::Ed25519VerificationKey2020, KeyType::Ed25519VerificationKey2018] {
            assert!(matches!(check_material(kind, &long), Ok(Some(_))));
        }
        let broken = format!("{long}0");
        let complaint = check_material(KeyType::Ed25519VerificationKey2018, &broken);
        assert!(matches!(complaint, Ok(Some(text)) if text == "invalid base58 digit ('0')"));
    }
}
