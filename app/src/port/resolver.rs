//! The ledger as a place to read from: DID documents and resources, as they stand or stood. Beside it the web, if the operator
//! lets it be asked for documents of did:web.

use crate::Fault;
use async_trait::async_trait;
pub use credentials::did_web::WebDid;
use domain::id::{Did, Instant};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;

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

/// Resources oldest first. Versions of one block have one time; then the later of a line is the one that follows the other.
pub fn oldest_first(mut resources: Vec<ResourceMetadata>) -> Vec<ResourceMetadata> {
    let followers: HashMap<&str, &str> =
        resources.iter().filter_map(|one| Some((one.id.as_str(), one.next_version_id.as_deref()?))).collect();
    let mut places: HashMap<String, usize> = HashMap::with_capacity(resources.len());
    for first in resources.iter().filter(|one| one.previous_version_id.is_none()) {
        let mut next = Some(first.id.as_str());
        let mut place = 0;
        while let Some(id) = next.filter(|id| !places.contains_key(*id)) {
            places.insert(id.to_owned(), place);
            place += 1;
            next = followers.get(id).copied();
        }
    }
    let place = |one: &ResourceMetadata| places.get(&one.id).copied().unwrap_or_default();
    resources.sort_by(|a, b| {
        a.created.cmp(&b.created).then_with(|| place(a).cmp(&place(b))).then_with(|| a.id.cmp(&b.id))
    });
    resources
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

/// What this Studio does not resolve. Fault `did/method-unsupported`.
pub fn method_unsupported(did: &str) -> Fault {
    Fault::invalid("did/method-unsupported", format!("{did} is of a DID method that is not supported."))
}

/// Reads. Every fault is `ledger/…`, or of did:web `did/…`, and means "no answer"; absence is `None`.
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
    /// The document of a did:web as it is now, or was some seconds ago. Faults: `did/method-unsupported` where that is off,
    /// `did/web-unreachable`.
    async fn web(&self, did: &WebDid) -> Result<Option<Value>, Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(id: &str, previous: Option<&str>, next: Option<&str>, second: i64) -> ResourceMetadata {
        ResourceMetadata {
            collection_id: String::new(),
            id: id.to_owned(),
            name: "n".to_owned(),
            resource_type: "T".to_owned(),
            version: String::new(),
            also_known_as: Vec::new(),
            media_type: String::new(),
            created: Instant::from_timestamp(second, 0).unwrap(),
            checksum: String::new(),
            previous_version_id: previous.map(str::to_owned),
            next_version_id: next.map(str::to_owned),
        }
    }

    #[test]
    fn versions_of_one_block_stand_in_the_order_of_their_line() {
        let first = version("c", None, Some("b"), 1);
        let second = version("b", Some("c"), Some("a"), 1);
        let third = version("a", Some("b"), None, 1);
        let earlier = version("z", None, None, 0);
        let all = vec![third.clone(), second.clone(), first.clone(), earlier.clone()];
        assert_eq!(oldest_first(all), [earlier, first, second, third]);
    }

    #[test]
    fn links_that_lead_round_in_a_circle_do_not_keep_anybody() {
        let (one, other) = (version("a", None, Some("b"), 1), version("b", Some("a"), Some("a"), 1));
        assert_eq!(oldest_first(vec![other.clone(), one.clone()]), [one, other]);
    }
}
