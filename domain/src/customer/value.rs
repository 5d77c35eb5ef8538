//! Values a customer is made of.

use crate::id::{Instant, Network};
use serde::{Deserialize, Serialize};

/// An account on the ledger that pays the fees of a customer's writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PayerAccount {
    /// Which chain.
    pub network: Network,
    /// Bech32 address, `cheqd1…`.
    pub address: String,
    /// The vault key behind it: lower-case hex of the compressed secp256k1 public key.
    pub kid: crate::id::KeyId,
}

/// Which part of a customer's log was shown in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revealed {
    /// Only this stream, as `<type>-<id>`; all of them if absent.
    pub stream: Option<String>,
    /// Only up to this position of the log.
    pub until_position: Option<i64>,
    /// Only what was written up to this instant.
    pub until: Option<Instant>,
}

/// An API key as the customer aggregate knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Keyed hash of its secret, lower-case hex.
    pub hash: String,
    /// What the customer calls it.
    #[serde(default)]
    pub name: String,
    /// When it stops working.
    pub expires_at: Instant,
    /// Whether it was revoked.
    pub revoked: bool,
}

impl ApiKey {
    /// Whether it opens doors at `at`.
    pub fn works(&self, at: Instant) -> bool {
        !self.revoked && self.expires_at > at
    }
}
