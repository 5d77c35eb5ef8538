//! Public keys as authenticators write them (RFC 9052 7, RFC 9053): with the algorithm they are for, and nothing else.

use super::{Judged, cbor};
use app::port::authenticators::{CoseAlgorithm, Flaw};
use ciborium::Value;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};

domain::limits! {
    /// Longest public key.
    PUBLIC_KEY_BYTES_MAX: usize = 1_024, "bytes";
    /// Longest modulus of an RSA key: 4096 bits.
    RSA_MODULUS_BYTES_MAX: usize = 512, "bytes";
    /// Shortest modulus of an RSA key: 2048 bits.
    RSA_MODULUS_BYTES_MIN: usize = 256, "bytes";
}

/// `EdDSA` over Ed25519.
const EDDSA: CoseAlgorithm = -8;
/// ECDSA over P-256 with SHA-256.
const ES256: CoseAlgorithm = -7;
/// RSASSA-PKCS1-v1_5 with SHA-256: the keys that TPMs make for Windows Hello.
const RS256: CoseAlgorithm = -257;

/// What is taken, the best first.
pub(super) const ALGORITHMS: &[CoseAlgorithm] = &[EDDSA, ES256, RS256];

/// Names of a key's members: its type and algorithm, and what they are by type.
const TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const MODULUS: i64 = -1;
const EXPONENT: i64 = -2;

/// Types of keys.
const OCTET_KEY_PAIR: i64 = 1;
const ELLIPTIC: i64 = 2;
const RSA: i64 = 3;

const P256: i64 = 1;
const ED25519_CURVE: i64 = 6;
const COORDINATE_BYTES: usize = 32;
/// An uncompressed point of a curve begins with this (SEC 1, 2.3.3).
const UNCOMPRESSED: u8 = 4;
/// 65537, the exponent that everybody uses.
const USUAL_EXPONENT: &[u8] = &[1, 0, 1];

/// A public key, bound to its algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    Es256(Vec<u8>),
    EdDsa(Vec<u8>),
    Rs256(Vec<u8>),
}

impl PublicKey {
    /// The key that these bytes are, in their one spelling.
    pub(super) fn read(bytes: &[u8]) -> Judged<Self> {
        if bytes.len() > PUBLIC_KEY_BYTES_MAX {
            return Err(Flaw("the public key is too long"));
        }
        let members = Members(cbor::canonical_map(bytes)?);
        let key = match (members.number(TYPE), members.number(ALGORITHM), members.number(CURVE)) {
            (Some(ELLIPTIC), Some(ES256), Some(P256)) if members.count() == 5 => members.point(),
            (Some(OCTET_KEY_PAIR), Some(EDDSA), Some(ED25519_CURVE)) if members.count() == 4 => {
                members.coordinate(X).map(|x| Self::EdDsa(x.to_vec()))
            }
            (Some(RSA), Some(RS256), None) if members.count() == 4 => members.modulus(),
            (Some(_), Some(algorithm), _) if !ALGORITHMS.contains(&algorithm) => {
                return Err(Flaw("it signs with an algorithm that is not taken here"));
            }
            _ => None,
        };
        key.ok_or(Flaw("the public key is not of its kind"))
    }

    /// Whether it made this signature.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let check = |with: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(with, key).verify(message, signature).is_ok()
        };
        match self {
            Self::Es256(point) => check(&ECDSA_P256_SHA256_ASN1, point),
            Self::EdDsa(bytes) => check(&ED25519, bytes),
            Self::Rs256(n) => RsaPublicKeyComponents { n: n.as_slice(), e: USUAL_EXPONENT }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

struct Members(Vec<(Value, Value)>);

impl Members {
    const fn count(&self) -> usize {
        self.0.len()
    }

    fn get(&self, name: i64) -> Option<&Value> {
        let name = Value::from(name);
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    fn number(&self, name: i64) -> Option<i64> {
        self.get(name)?.as_integer()?.try_into().ok()
    }

    fn bytes(&self, name: i64) -> Option<&[u8]> {
        self.get(name)?.as_bytes().map(Vec::as_slice)
    }

    fn coordinate(&self, name: i64) -> Option<&[u8]> {
        self.bytes(name).filter(|bytes| bytes.len() == COORDINATE_BYTES)
    }

    fn point(&self) -> Option<PublicKey> {
        let (x, y) = (self.coordinate(X)?, self.coordinate(Y)?);
        Some(PublicKey::Es256([&[UNCOMPRESSED], x, y].concat()))
    }

    fn modulus(&self) -> Option<PublicKey> {
        let n = self.bytes(MODULUS)?;
        let is_fine = (RSA_MODULUS_BYTES_MIN..=RSA_MODULUS_BYTES_MAX).contains(&n.len())
            && n.first() != Some(&0)
            && self.bytes(EXPONENT)? == USUAL_EXPONENT;
        is_fine.then(|| PublicKey::Rs256(n.to_vec()))
    }
}
