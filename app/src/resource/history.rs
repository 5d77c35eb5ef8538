//! The versions of a resource as the ledger has them: who wrote which is the doors' to add, from what Studio wrote down.

use super::change::{self, Change};
use crate::{
    Fault, Studio,
    port::resolver::{Freshness, ResolvedResource, ResourceMetadata},
};
use chrono::SecondsFormat;
use credentials::did_url::{encode, resource_by_name};
use domain::{
    id::{Did, Instant},
    instant::covers,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

domain::limits! {
    /// Most versions on one page of a resource's history, and the default: each is read from the ledger with its contents.
    pub HISTORY_ROWS_MAX: u32 = 25, "versions";
    /// Contents that a page of a history reads from the ledger at the same time.
    CONTENTS_AT_ONCE: usize = 8, "questions";
}

/// What makes versions of a resource: the same DID, name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The DID.
    pub did: Did,
    /// The name, as it is and not escaped.
    pub name: String,
    /// The type.
    pub resource_type: String,
}

impl Line {
    fn holds(&self, metadata: &ResourceMetadata) -> bool {
        metadata.name == self.name && metadata.resource_type == self.resource_type
    }

    /// DID URL of whichever version is the newest.
    pub fn latest_url(&self) -> String {
        resource_by_name(self.did.as_str(), &self.name, &self.resource_type)
    }

    /// DID URL of the version that was the newest at this time. The time is told to the nanosecond: versions of one second are told
    /// apart.
    pub fn url_at(&self, at: Instant) -> String {
        // A time without a fraction would stand for its whole second.
        let at = at.to_rfc3339_opts(SecondsFormat::Nanos, true);
        format!("{}&resourceVersionTime={}", self.latest_url(), encode(&at))
    }
}

/// A version with its contents, and how it differs from the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// What the ledger says of it.
    pub metadata: ResourceMetadata,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// What changed.
    pub change: Change,
}

/// A page of the versions of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// How many there are on all pages.
    pub total: u64,
    /// The page, newest first.
    pub versions: Vec<Version>,
}

/// The versions of a line that the ledger has, newest first: `rows` of them after the first `skipped`. `None` if it has none.
/// Faults: `ledger/…`.
pub async fn history(
    studio: &Studio,
    line: &Line,
    skipped: u64,
    rows: u32,
) -> Result<Option<History>, Fault> {
    let mut versions = versions(studio, line).await?;
    if versions.is_empty() {
        return Ok(None);
    }
    versions.reverse();
    let total = versions.len() as u64;
    let rows = rows.min(HISTORY_ROWS_MAX) as usize;
    let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
    // The one behind the page is what its last one is compared with.
    let wanted = versions.into_iter().skip(skipped).take(rows + 1);
    let read = |metadata: ResourceMetadata| contents(studio, line, metadata);
    let found: Vec<ResolvedResource> =
        stream::iter(wanted.map(read)).buffered(CONTENTS_AT_ONCE).try_collect().await?;
    let versions = found.iter().take(rows).enumerate().map(|(place, version)| Version {
        metadata: version.metadata.clone(),
        size_bytes: version.data.len() as u64,
        change: change::between(found.get(place + 1), version),
    });
    Ok(Some(History { total, versions: versions.collect() }))
}

/// The newest version of a line that was there at this time; a whole second stands for all of it, as everywhere. Faults: `ledger/…`.
pub async fn version_at(
    studio: &Studio,
    line: &Line,
    at: Instant,
) -> Result<Option<ResolvedResource>, Fault> {
    let versions = versions(studio, line).await?;
    let found = versions.into_iter().rfind(|metadata| covers(at, metadata.created));
    match found {
        Some(metadata) => contents(studio, line, metadata).await.map(Some),
        None => Ok(None),
    }
}

/// The versions of a line, oldest first.
async fn versions(studio: &Studio, line: &Line) -> Result<Vec<ResourceMetadata>, Fault> {
    let mut all = studio.resolver.resources(&line.did, Freshness::Fresh).await?;
    all.retain(|metadata| line.holds(metadata));
    Ok(all)
}

/// A version with its bytes. What the list says of it is newer than what is kept beside the bytes.
async fn contents(
    studio: &Studio,
    line: &Line,
    metadata: ResourceMetadata,
) -> Result<ResolvedResource, Fault> {
    let found = studio.resolver.resource(&line.did, &metadata.id).await?;
    let found = found.ok_or_else(|| {
        let detail = format!("{}/resources/{} is listed and not there", line.did, metadata.id);
        Fault::unavailable("ledger/unexpected", "The ledger gave an unexpected answer.", detail)
    })?;
    Ok(ResolvedResource { data: found.data, metadata })
}
