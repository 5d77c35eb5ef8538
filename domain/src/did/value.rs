//! Values a DID record is made of.

use crate::{id::KeyId, key::KeyAlgorithm};
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

impl ControllerKey {
    /// The algorithm of the key: its id is its public half, and of the curves that control DIDs only Ed25519 has keys of 32 bytes.
    pub fn algorithm(&self) -> KeyAlgorithm {
        if self.kid.0.len() == ED25519_HEX_CHARS { KeyAlgorithm::Ed25519 } else { KeyAlgorithm::Secp256r1 }
    }
}

/// Hexadecimal characters of an Ed25519 public key.
const ED25519_HEX_CHARS: usize = 64;

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

/// What a DID is called here, and what it stands for. On the ledger it is only what its owner publishes of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DidLabel {
    /// A name for people.
    pub name: Option<String>,
    /// `organisation`, `agent`, or a word of the account's own.
    pub kind: Option<String>,
}

impl DidLabel {
    /// Whether it says nothing.
    pub const fn is_empty(&self) -> bool {
        self.name.is_none() && self.kind.is_none()
    }

    /// With what another one says where this one says nothing.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        let or = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Self { name: or(self.name, &other.name), kind: or(self.kind, &other.kind) }
    }
}

/// How the ledger differs from the log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerDrift {
    /// What is wrong with the document; `None` if it is as it should be.
    pub document: Option<DocumentDrift>,
    /// Ids of resources that the log has under the DID and the ledger has not, or has with other content. Ascending.
    pub missing_resources: Vec<String>,
}

/// What is wrong with a document on the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DocumentDrift {
    /// The DID is not there.
    Absent,
    /// Its newest version is one that Studio did not write.
    OtherVersion {
        /// That version's id.
        version_id: String,
    },
    /// It is deactivated, and nobody asked Studio for that.
    Deactivated,
    /// It is active, although the log has it deactivated.
    NotDeactivated,
}

/// The newest document of a DID, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenDocument {
    /// Its version id.
    pub version_id: String,
    /// Whether the DID is deactivated.
    pub deactivated: bool,
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
