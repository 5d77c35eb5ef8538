//! The port [`Resolver`]: DID documents and resources from the ledger, with a bounded cache.
//!
//! A document version and a resource's bytes never change, but their metadata does: a successor sets
//! `nextVersionId`, a deactivation marks every version. So an entry counts as settled only once nothing about it can
//! change any more; everything else is kept for a moment and only for callers that accept that.

use crate::{
    CheqdLedger,
    message::{did, resource},
};
use app::{
    Fault,
    port::{
        Resolver,
        chain::ChainFault,
        resolver::{self, Freshness, ResolvedDid, ResolvedResource, ResourceMetadata, WebDid},
    },
};
use async_trait::async_trait;
use domain::id::Did;
use moka::future::Cache;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc, time::Duration};

domain::limits! {
    /// Most bytes of each cache of what the ledger said.
    pub CACHE_BYTES_MAX: u64 = 64 * 1024 * 1024, "bytes";
    /// How long a cached answer may be old that could have changed.
    pub CACHE_RECENT_SECONDS: u64 = 5, "seconds";
    /// How long a settled answer is kept without being asked for.
    pub CACHE_SETTLED_IDLE_SECONDS: u64 = 6 * 60 * 60, "seconds";
}

/// What an entry weighs besides its data, in bytes.
const ENTRY_BYTES: usize = 1_024;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Did(Did, Option<String>),
    Resource(Did, String),
    Latest(Did, String, String),
    Resources(Did),
}

#[derive(Clone)]
enum Entry {
    Did(Arc<ResolvedDid>),
    Resource(Arc<ResolvedResource>),
    Resources(Arc<Vec<ResourceMetadata>>),
}

impl Entry {
    fn bytes(&self) -> usize {
        ENTRY_BYTES
            + match self {
                // A document is some kilobytes; its text is the best measure at hand.
                Self::Did(did) => did.document.to_string().len(),
                Self::Resource(resource) => resource.data.len(),
                Self::Resources(list) => list.len() * ENTRY_BYTES,
            }
    }
}

/// Resolves from the ledger.
pub struct CheqdResolver {
    ledger: Arc<CheqdLedger>,
    recent: Cache<Key, Entry>,
    settled: Cache<Key, Entry>,
}

impl CheqdResolver {
    /// A resolver with empty caches.
    pub fn new(ledger: Arc<CheqdLedger>) -> Self {
        let bounded = || {
            Cache::builder()
                .max_capacity(CACHE_BYTES_MAX)
                .weigher(|_: &Key, entry: &Entry| u32::try_from(entry.bytes()).unwrap_or(u32::MAX))
        };
        Self {
            ledger,
            recent: bounded().time_to_live(Duration::from_secs(CACHE_RECENT_SECONDS)).build(),
            settled: bounded().time_to_idle(Duration::from_secs(CACHE_SETTLED_IDLE_SECONDS)).build(),
        }
    }

    async fn cached(&self, key: &Key, freshness: Freshness) -> Option<Entry> {
        if let Some(entry) = self.settled.get(key).await {
            return Some(entry);
        }
        match freshness {
            Freshness::Cached => self.recent.get(key).await,
            Freshness::Fresh => None,
        }
    }

    async fn keep(&self, key: Key, entry: Entry, is_settled: bool) {
        if is_settled {
            self.settled.insert(key, entry).await;
        } else {
            self.recent.insert(key, entry).await;
        }
    }
}

fn incomplete(did: &Did, what: &str) -> Fault {
    unexpected(did, &format!("{what} is incomplete"))
}

fn unexpected(did: &Did, why: &str) -> Fault {
    ChainFault::Unexpected { network: did.network(), detail: format!("{did}: {why}") }.into()
}

#[async_trait]
impl Resolver for CheqdResolver {
    async fn did(
        &self,
        did: &Did,
        version_id: Option<&str>,
        freshness: Freshness,
    ) -> Result<Option<ResolvedDid>, Fault> {
        let key = Key::Did(did.clone(), version_id.map(str::to_lowercase));
        if let Some(Entry::Did(found)) = self.cached(&key, freshness).await {
            return Ok(Some(ResolvedDid::clone(&found)));
        }
        let Some(answer) = self.ledger.node(did.network())?.did_doc(did, version_id).await? else {
            return Ok(None);
        };
        let found = did::resolved(answer).ok_or_else(|| incomplete(did, "the document"))?;
        // The end of a DID is final, and it is marked in every version.
        let is_settled = found.deactivated;
        self.keep(key, Entry::Did(Arc::new(found.clone())), is_settled).await;
        Ok(Some(found))
    }

    async fn did_versions(&self, did: &Did) -> Result<Vec<ResolvedDid>, Fault> {
        let versions = self.ledger.node(did.network())?.did_versions(did).await?;
        let versions: Vec<ResolvedDid> = versions
            .into_iter()
            .map(|metadata| did::version(metadata).ok_or_else(|| incomplete(did, "a version")))
            .collect::<Result<_, _>>()?;
        Ok(oldest_first(versions))
    }

    async fn resource(&self, did: &Did, id: &str) -> Result<Option<ResolvedResource>, Fault> {
        let key = Key::Resource(did.clone(), id.to_lowercase());
        if let Some(Entry::Resource(found)) = self.cached(&key, Freshness::Cached).await {
            return Ok(Some(ResolvedResource::clone(&found)));
        }
        let Some(answer) = self.ledger.node(did.network())?.resource(did, id).await? else {
            return Ok(None);
        };
        let found = resource::resolved(answer).map_err(|why| unexpected(did, why))?;
        // The link to its successor is the only thing about a resource version that can still change.
        let is_settled = found.metadata.next_version_id.is_some();
        self.keep(key, Entry::Resource(Arc::new(found.clone())), is_settled).await;
        Ok(Some(found))
    }

    async fn latest_resource(
        &self,
        did: &Did,
        name: &str,
        resource_type: &str,
        freshness: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault> {
        let key = Key::Latest(did.clone(), name.to_owned(), resource_type.to_owned());
        if let Some(Entry::Resource(found)) = self.cached(&key, freshness).await {
            return Ok(Some(ResolvedResource::clone(&found)));
        }
        let answer = self.ledger.node(did.network())?.latest_resource(did, name, resource_type).await?;
        let Some(answer) = answer else { return Ok(None) };
        let found = resource::resolved(answer).map_err(|why| unexpected(did, why))?;
        self.keep(key, Entry::Resource(Arc::new(found.clone())), false).await;
        Ok(Some(found))
    }

    async fn resources(&self, did: &Did, freshness: Freshness) -> Result<Vec<ResourceMetadata>, Fault> {
        let key = Key::Resources(did.clone());
        if let Some(Entry::Resources(found)) = self.cached(&key, freshness).await {
            return Ok(Vec::clone(&found));
        }
        let answer = self.ledger.node(did.network())?.collection(did).await?;
        let found: Vec<ResourceMetadata> = answer
            .into_iter()
            .map(|metadata| resource::metadata(metadata).ok_or_else(|| incomplete(did, "a resource")))
            .collect::<Result<_, _>>()?;
        let found = resolver::oldest_first(found);
        self.keep(key, Entry::Resources(Arc::new(found.clone())), false).await;
        Ok(found)
    }

    async fn web(&self, did: &WebDid) -> Result<Option<Value>, Fault> {
        Err(resolver::method_unsupported(did.as_str()))
    }
}

/// Chronological order by following the links (the ledger lists versions by their random ids); what the
/// links do not reach goes by time.
fn oldest_first(mut versions: Vec<ResolvedDid>) -> Vec<ResolvedDid> {
    versions.sort_by_key(|version| version.updated.unwrap_or(version.created));
    let order: Vec<String> = {
        let by_id: HashMap<&str, &ResolvedDid> =
            versions.iter().map(|version| (version.version_id.as_str(), version)).collect();
        let mut order = Vec::with_capacity(versions.len());
        let mut next = versions.iter().find(|version| version.previous_version_id.is_none());
        while let Some(version) = next {
            order.push(version.version_id.clone());
            next = version.next_version_id.as_deref().and_then(|id| by_id.get(id).copied());
            if order.len() > versions.len() {
                break;
            }
        }
        order
    };
    if order.len() == versions.len() {
        let place: HashMap<&str, usize> =
            order.iter().enumerate().map(|(index, id)| (id.as_str(), index)).collect();
        versions.sort_by_key(|version| place.get(version.version_id.as_str()).copied().unwrap_or(usize::MAX));
    }
    versions
}

#[cfg(test)]
mod tests;
