//! What can be asked of a key.

use super::{KeyAlgorithm, KeyPurpose};
use crate::id::{CustomerId, Instant, KeyId, Sealed};

/// Commands of [`super::Key`].
#[derive(Debug, Clone)]
pub enum KeyCommand {
    /// Notes that the vault holds a new key pair.
    Create {
        /// The key.
        kid: KeyId,
        /// Whose it is.
        customer: CustomerId,
        /// Which curve.
        algorithm: KeyAlgorithm,
        /// What it may sign.
        purpose: KeyPurpose,
        /// Lower-case hex of the public key (32 bytes Ed25519, 33 bytes compressed secp256k1).
        public_key_hex: String,
        /// The customer's name for it, sealed (personal data).
        alias: Option<Sealed>,
        /// Whether somebody brought it, who may have it still, or gave it to others.
        imported: bool,
        /// Now.
        at: Instant,
    },
    /// Takes it out of use for good.
    Delete {
        /// The key.
        kid: KeyId,
        /// Who asks.
        customer: CustomerId,
        /// Now.
        at: Instant,
    },
    /// Takes that back, before the private half is destroyed.
    Restore {
        /// The key.
        kid: KeyId,
        /// Who asks.
        customer: CustomerId,
        /// Now.
        at: Instant,
    },
}
