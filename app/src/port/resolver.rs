//! The ledger as a place to read from: DID documents and resources, as they stand or stood.

use crate::Fault;
use async_trait::async_trait;
use domain::id::{Did, Instant};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A DID document with its metadata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResolvedDid {
    /// The document as JSON-LD (`@context`, `id`, `verificationMethod`, …).
    pub document: Value,
    /// Its version id.
    pub version_id: String,
    /// When the DID was created.
    pub created: Instant,
    /// When this version was written; `None` for the first.
    pub updated: Option<Instant>,
    /// Whether the DID is deactivated.
    pub deactivated: bool,
    /// Version before.
    pub previous_version_id: Option<String>,
    /// Version after.
    pub next_version_id: Option<String>,
}

/// Metadata of one resource version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceMetadata {
    /// The unique id of the DID it hangs on.
    pub collection_id: String,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub resource_type: String,
    /// Version label.
    pub version: String,
    /// Other addresses: `(uri, description)`.
    pub also_known_as: Vec<(String, String)>,
    /// Media type as the ledger detected it.
    pub media_type: String,
    /// When it was written.
    pub created: Instant,
    /// Lower-case hex SHA-256.
    pub checksum: String,
    /// Version before.
    pub previous_version_id: Option<String>,
    /// Version after.
    pub next_version_id: Option<String>,
}

/// A resource version with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedResource {
    /// Its bytes.
    pub data: Vec<u8>,
    /// Its metadata.
    pub metadata: ResourceMetadata,
}

/// How old an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Freshness {
    /// From the node, now: anything a verdict hangs on.
    Fresh,
    /// From the bounded cache if it is there.
    Cached,
}

/// Reads. Every fault is `ledger/…` and means "no answer"; absence is `None`.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// The latest document of a DID, or the version with this id.
    async fn did(
        &self,
        did: &Did,
        version_id: Option<&str>,
        freshness: Freshness,
    ) -> Result<Option<ResolvedDid>, Fault>;
    /// Metadata of all versions of a DID's document (document is `Null`), oldest first.
    async fn did_versions(&self, did: &Did) -> Result<Vec<ResolvedDid>, Fault>;
    /// One resource version; immutable, so always cacheable.
    async fn resource(&self, did: &Did, id: &str) -> Result<Option<ResolvedResource>, Fault>;
    /// The latest version of a line.
    async fn latest_resource(
        &self,
        did: &Did,
        name: &str,
        resource_type: &str,
        freshness: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault>;
    /// Metadata of every resource of a DID, oldest first.
    async fn resources(&self, did: &Did, freshness: Freshness) -> Result<Vec<ResourceMetadata>, Fault>;
}
