//! What can happen to a key.

use super::{KeyAlgorithm, KeyPurpose};
use crate::id::{CustomerId, Instant, KeyId, Sealed};
use serde::{Deserialize, Serialize};

/// Events of [`super::Key`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum KeyEvent {
    /// The vault holds a key pair; its public half is known.
    KeyCreated {
        /// The key.
        kid: KeyId,
        /// Whose it is.
        customer: CustomerId,
        /// Which curve.
        algorithm: KeyAlgorithm,
        /// What it may sign.
        purpose: KeyPurpose,
        /// Lower-case hex of the public key.
        public_key_hex: String,
        /// The customer's name for it in the clear, as events of earlier versions have it; none is written any more.
        alias: Option<String>,
        /// The customer's name for it, sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed_alias: Option<Sealed>,
        /// Whether somebody brought it: its private half is known outside of the vault.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        imported: bool,
        /// When.
        at: Instant,
    },
    /// Its holder wants it gone: nothing new is done with it, and its private half is destroyed.
    KeyDeleted {
        /// The key.
        kid: KeyId,
        /// Whose it is.
        customer: CustomerId,
        /// When.
        at: Instant,
    },
    /// It stands in a DID document after all, which a request brought on its way just before: it stays.
    KeyRestored {
        /// The key.
        kid: KeyId,
        /// Whose it is.
        customer: CustomerId,
        /// When.
        at: Instant,
    },
}

crate::event_kinds!(KeyEvent { KeyCreated, KeyDeleted, KeyRestored });
