//! The single validator. Its key is public knowledge: the devnet has no consensus to protect.

use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

fn key() -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(b"cheqd devnet validator: not a secret").into())
}

/// Public key, 32 bytes.
pub fn public_key() -> [u8; 32] {
    key().verifying_key().to_bytes()
}

/// Signature of a block id in a commit.
pub fn sign(message: &[u8]) -> [u8; 64] {
    key().sign(message).to_bytes()
}
