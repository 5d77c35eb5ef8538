//! Values a key is made of.

use serde::{Deserialize, Serialize};

/// Which curve a key is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyAlgorithm {
    /// Identity keys.
    Ed25519,
    /// Payer accounts.
    Secp256k1,
    /// P-256, for identities: the one curve besides Ed25519 whose signatures the ledger and the vault both know.
    Secp256r1,
}

impl KeyAlgorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ed25519, Self::Secp256k1, Self::Secp256r1];

    /// Its name, as doors say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Secp256k1 => "Secp256k1",
            Self::Secp256r1 => "Secp256r1",
        }
    }

    /// The algorithm of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// Whether the ledger takes its signatures for those of a DID (docs/ledger.md#key-types).
    pub const fn controls_dids(self) -> bool {
        matches!(self, Self::Ed25519 | Self::Secp256r1)
    }
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
