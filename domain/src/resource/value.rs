//! Values a line of resource versions is made of.

use crate::id::{Did, ResourceId};
use serde::{Deserialize, Serialize};

/// What a resource version is (its data travels in the signed message and ends up public on the ledger).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceDescription {
    /// The DID it hangs on.
    pub did: Did,
    /// Its id, chosen before.
    pub resource: ResourceId,
    /// Its name; the version line is `(did, name, type)`.
    pub name: String,
    /// Its type.
    pub resource_type: String,
    /// A human-readable version label, may be empty.
    pub version: String,
    /// Other addresses of the same thing.
    #[serde(default)]
    pub also_known_as: Vec<AlternativeUri>,
    /// Size of the data in bytes.
    pub size_bytes: u64,
    /// Lower-case hex SHA-256 of the data, as the ledger computes it.
    pub checksum: String,
    /// The media type the ledger will detect, if we could tell (docs/ledger.md#media-types).
    pub media_type: String,
}

/// Another address of a resource (cheqd.resource.v2.AlternativeUri).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlternativeUri {
    /// The address.
    pub uri: String,
    /// What it is.
    pub description: String,
}

/// What all versions of a line share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineKey {
    /// The DID the line hangs on.
    pub did: Did,
    /// The resource name.
    pub name: String,
    /// The resource type.
    pub resource_type: String,
}

impl ResourceDescription {
    /// The line this version belongs to.
    pub fn line_key(&self) -> LineKey {
        LineKey { did: self.did.clone(), name: self.name.clone(), resource_type: self.resource_type.clone() }
    }
}
