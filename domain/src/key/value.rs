//! Values a key is made of.

use serde::{Deserialize, Serialize};

/// Which curve a key is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyAlgorithm {
    /// Identity keys.
    Ed25519,
    /// Payer accounts.
    Secp256k1,
}

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyPurpose {
    /// DID documents, resources, credentials.
    Identity,
    /// Ledger transactions.
    Payer,
}
