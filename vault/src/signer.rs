//! Private keys and what they do.

use crate::{
    aead::NotAuthentic,
    secret::{SECRET_BYTES, Secret},
};
use domain::{id::KeyId, key::KeyAlgorithm};
use ed25519_dalek::Signer as _;
use zeroize::Zeroizing;

/// A private key ready to sign. All kinds wipe themselves on drop.
pub(crate) enum SigningKey {
    /// RFC 8032, signs the message itself.
    Ed25519(Box<ed25519_dalek::SigningKey>),
    /// ECDSA with RFC 6979 nonces over SHA-256 of the message.
    Secp256k1(Box<k256::ecdsa::SigningKey>),
    /// The same on P-256.
    Secp256r1(Box<p256::ecdsa::SigningKey>),
}

impl SigningKey {
    /// A key from its 32 secret bytes: the Ed25519 seed, or the scalar of another curve (which not every 32 bytes are).
    pub(crate) fn from_secret(algorithm: KeyAlgorithm, secret: &Secret) -> Result<Self, NotAuthentic> {
        Ok(match algorithm {
            KeyAlgorithm::Ed25519 => {
                Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(secret.expose())))
            }
            KeyAlgorithm::Secp256k1 => Self::Secp256k1(Box::new(
                k256::ecdsa::SigningKey::from_slice(secret.expose()).map_err(|_| NotAuthentic)?,
            )),
            KeyAlgorithm::Secp256r1 => Self::Secp256r1(Box::new(
                p256::ecdsa::SigningKey::from_slice(secret.expose()).map_err(|_| NotAuthentic)?,
            )),
        })
    }

    /// Fresh secret bytes that are a key.
    pub(crate) fn generate(algorithm: KeyAlgorithm) -> (Secret, Self) {
        loop {
            let secret = Secret::random();
            // Fails for a scalar of zero or past the order: once in 2^128 for secp256k1, in 2^32 for P-256.
            if let Ok(key) = Self::from_secret(algorithm, &secret) {
                return (secret, key);
            }
        }
    }

    /// Which curve.
    pub(crate) const fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Ed25519(_) => KeyAlgorithm::Ed25519,
            Self::Secp256k1(_) => KeyAlgorithm::Secp256k1,
            Self::Secp256r1(_) => KeyAlgorithm::Secp256r1,
        }
    }

    /// The public half, always computed from the private one: 32 bytes, or 33 compressed.
    pub(crate) fn public_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.verifying_key().to_bytes().to_vec(),
            Self::Secp256k1(key) => key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
            Self::Secp256r1(key) => key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
        }
    }

    /// The public half of a curve that has two coordinates, both of them: 04, x, y. As [`Self::public_bytes`] for Ed25519.
    pub(crate) fn uncompressed_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(_) => self.public_bytes(),
            Self::Secp256k1(key) => key.verifying_key().to_encoded_point(false).as_bytes().to_vec(),
            Self::Secp256r1(key) => key.verifying_key().to_encoded_point(false).as_bytes().to_vec(),
        }
    }

    /// The private half, 32 bytes.
    pub(crate) fn secret_bytes(&self) -> Zeroizing<[u8; SECRET_BYTES]> {
        Zeroizing::new(match self {
            Self::Ed25519(key) => key.to_bytes(),
            Self::Secp256k1(key) => key.to_bytes().into(),
            Self::Secp256r1(key) => key.to_bytes().into(),
        })
    }

    /// The key id: the public half in lower-case hex.
    pub(crate) fn kid(&self) -> KeyId {
        KeyId(hex::encode(self.public_bytes()))
    }

    /// 64 bytes: an Ed25519 signature, or `r‖s`; of secp256k1 with a low s, which transactions want.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.sign(bytes).to_bytes().to_vec(),
            Self::Secp256k1(key) => {
                let signature: k256::ecdsa::Signature = key.sign(bytes);
                signature.normalize_s().unwrap_or(signature).to_bytes().to_vec()
            }
            Self::Secp256r1(key) => {
                let signature: p256::ecdsa::Signature = key.sign(bytes);
                signature.to_bytes().to_vec()
            }
        }
    }
}

#[cfg(test)]
mod tests;
