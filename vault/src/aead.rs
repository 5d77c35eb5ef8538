//! Authenticated encryption bound to a place.

use crate::secret::{Secret, random_bytes};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

/// Length of an XChaCha20-Poly1305 nonce, in bytes. Long enough to be random for ever.
pub(crate) const NONCE_BYTES: usize = 24;

/// The bytes do not open here: tampered, moved, or under another key. Says nothing more on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAuthentic;

/// The place a ciphertext belongs to: its kind, then the identifying values, each length-prefixed so that no two
/// different places look the same.
pub(crate) struct Place(Vec<u8>);

impl Place {
    /// A place of this kind (e.g. `vault.keys`) with these identifying values.
    pub(crate) fn new(kind: &str, values: &[&[u8]]) -> Self {
        let mut bytes = Vec::with_capacity(192);
        for value in
            [b"studio/vault/v1".as_slice(), kind.as_bytes()].into_iter().chain(values.iter().copied())
        {
            bytes.extend_from_slice(&(value.len() as u64).to_be_bytes());
            bytes.extend_from_slice(value);
        }
        Self(bytes)
    }
}

/// `nonce‖ciphertext‖tag` of `plaintext` at `place`, with a fresh random nonce.
pub(crate) fn encrypt(key: &Secret, place: &Place, plaintext: &[u8]) -> Result<Vec<u8>, NotAuthentic> {
    encrypt_with_nonce(key, random_bytes(), &place.0, plaintext)
}

/// As [`encrypt`], with a given nonce and raw associated data; on its own only for known answers.
pub(crate) fn encrypt_with_nonce(
    key: &Secret,
    nonce: [u8; NONCE_BYTES],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, NotAuthentic> {
    let cipher = XChaCha20Poly1305::new(key.expose().into());
    let sealed = cipher
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: plaintext, aad })
        .map_err(|_| NotAuthentic)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// The plaintext of what [`encrypt`] made at the same place with the same key.
pub(crate) fn decrypt(key: &Secret, place: &Place, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or(NotAuthentic)?;
    let cipher = XChaCha20Poly1305::new(key.expose().into());
    cipher
        .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: &place.0 })
        .map(Zeroizing::new)
        .map_err(|_| NotAuthentic)
}

/// Unwraps a 256-bit key.
pub(crate) fn unwrap_secret(key: &Secret, place: &Place, bytes: &[u8]) -> Result<Secret, NotAuthentic> {
    Secret::from_slice(&decrypt(key, place, bytes)?).ok_or(NotAuthentic)
}

#[cfg(test)]
mod tests;
