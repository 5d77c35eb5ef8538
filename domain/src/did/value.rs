//! Values a DID record is made of.

use crate::id::KeyId;
use serde::{Deserialize, Serialize};

/// Which vault key stands behind a verification method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ControllerKey {
    /// The whole DID URL of the verification method, e.g. `did:cheqd:testnet:…#key-1`.
    pub verification_method: String,
    /// The vault key.
    pub kid: KeyId,
}

/// Where a DID stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DidPhase {
    /// Nobody asked for it.
    #[default]
    Absent,
    /// On its way to the ledger.
    Creating,
    /// On the ledger.
    Active,
    /// Deactivated for good.
    Deactivated,
    /// The ledger refused to create it.
    Failed,
}

/// An update or deactivation on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingChange {
    /// The write.
    pub operation: crate::id::OperationId,
    /// The version it makes.
    pub version: crate::id::VersionId,
    /// The new document and keys; `None` for a deactivation.
    pub document: Option<(serde_json::Value, Vec<ControllerKey>)>,
}
