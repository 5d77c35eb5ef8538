//! `POST /credential-status/check`, and reading any list for a verdict.

use super::{list_fault, resource_type};
use crate::{
    Fault, FaultKind, Studio,
    port::resolver::{Freshness, ResolvedResource, ResourceMetadata},
    trust::{did_document_at, newest_of_line, resource_at},
};
use credentials::{
    did_url::{DidUrl, ResourceRef, resource_by_name},
    status_list::{Published, StatusEntry, StatusList, StatusListError, StatusResult, check as check_entry},
};
use domain::{
    id::{Did, Instant, status_list_id},
    status_list::{ListType, StatusPurpose},
};

domain::limits! {
    /// Most entries told by one request.
    pub CHECKED_ENTRIES_MAX: usize = 10_000, "entries";
}

/// Which entries to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// One.
    One(u32),
    /// Several, in any order; told sorted and once each.
    Many(Vec<u32>),
}

/// A question about entries of a list.
#[derive(Debug, Clone)]
pub struct CheckStatus {
    /// The DID of the list.
    pub did: Did,
    /// Its name.
    pub name: String,
    /// Its family.
    pub list_type: ListType,
    /// The purpose asked about.
    pub purpose: StatusPurpose,
    /// Which entries.
    pub selection: Selection,
}

/// What one entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedEntry {
    /// Which entry.
    pub index: u32,
    /// Its value, or why it has none.
    pub value: Result<u8, String>,
    /// The text of the value, if the list has texts.
    pub message: Option<String>,
}

/// Reads entries from the latest version on the ledger, never from a cache. Faults: `status-list/not-found`,
/// `status-list/encrypted`, `status-list/invalid`, `status-list/proof-invalid`, `status-list/expired`, `ledger/…`.
pub async fn check(studio: &Studio, input: &CheckStatus) -> Result<Vec<CheckedEntry>, Fault> {
    let resource_type = resource_type(input.list_type, input.purpose)?;
    let name = &input.name;
    let found = studio
        .resolver
        .latest_resource(&input.did, name, resource_type, Freshness::Fresh)
        .await?
        .ok_or_else(|| {
            Fault::not_found("status-list/not-found", format!("check: error: status list '{name}' not found"))
        })?;
    let (published, list) = read(&found)?;
    require_trustworthy(studio, &published, input.did.as_str(), &found.metadata, None).await?;
    let declared = published.purposes().contains(&input.purpose);
    if !declared {
        return Err(Fault::invalid(
            "status-list/purpose-mismatch",
            StatusListError::PurposeMismatch.to_string(),
        ));
    }
    let indices = match &input.selection {
        Selection::One(index) => vec![*index],
        Selection::Many(many) => {
            let mut sorted = many.clone();
            sorted.sort_unstable();
            sorted.dedup();
            sorted
        }
    };
    if indices.len() > CHECKED_ENTRIES_MAX {
        return Err(Fault::invalid(
            "status-list/indices-invalid",
            format!("indices: at most {CHECKED_ENTRIES_MAX} entries can be checked at once"),
        ));
    }
    let messages = published.messages();
    let told = indices.into_iter().map(|index| {
        let value = list.get(index as usize).map_err(|error| error.to_string());
        let text = value.as_ref().ok().map(|value| format!("0x{value:x}"));
        let message =
            text.and_then(|text| messages.iter().find(|m| m.status == text)).map(|m| m.message.clone());
        CheckedEntry { index, value, message }
    });
    Ok(told.collect())
}

fn read(found: &ResolvedResource) -> Result<(Published, StatusList), Fault> {
    let invalid = |error: StatusListError| match error {
        StatusListError::Encrypted => {
            Fault::invalid("status-list/encrypted", "The status list is encrypted.")
        }
        other => list_fault(&other),
    };
    let published = Published::read(&found.data).map_err(invalid)?;
    let list = published.list().map_err(invalid)?;
    Ok((published, list))
}

/// Reads what the list of a credential's status entry says, from the list's own DID on the ledger: no other address is
/// ever fetched. Faults: `status-list/address-unsupported`, `status-list/foreign`, as [`check`].
pub(crate) async fn fetch(
    studio: &Studio,
    entry: &StatusEntry,
    issuer: &str,
    at: Option<Instant>,
) -> Result<StatusResult, Fault> {
    let located;
    let url = if let Some(url) = &entry.list {
        url
    } else {
        located = locate(studio, entry, issuer).await?;
        &located
    };
    if let Some(stray) = url.stray_parameter() {
        let shown: String = stray.chars().take(64).collect();
        return Err(Fault::invalid(
            "status-list/address-ambiguous",
            format!(
                "The address of the credential's status list has a parameter '{shown}' that names nothing, or names it \
                 twice: which list is meant cannot be told. Names must be percent-encoded."
            ),
        ));
    }
    // A list that the issuer does not control says nothing about the issuer's credentials.
    if url.did() != issuer {
        return Err(foreign(url.did(), issuer));
    }
    let found = resource_at(studio, url, at).await?.ok_or_else(|| {
        Fault::new(
            FaultKind::NotFound,
            "status-list/not-found",
            format!("STATUS_RETRIEVAL_ERROR: {url} is not on the ledger"),
        )
    })?;
    let found = newest(studio, url, found, at).await?;
    let published = Published::read(&found.data).map_err(|error| list_fault(&error))?;
    require_trustworthy(studio, &published, issuer, &found.metadata, at).await?;
    check_entry(entry, &published).map_err(|error| list_fault(&error))
}

/// The list behind an address that a Studio serves it at. Its host is not asked: the id in it is made of the DID, name and type of a
/// line of resources, and only a line of the issuer's can be meant.
async fn locate(studio: &Studio, entry: &StatusEntry, issuer: &str) -> Result<DidUrl, Fault> {
    let unsupported = || {
        Fault::invalid(
            "status-list/address-unsupported",
            "The credential's status list is not a DID-Linked Resource, and nothing else is fetched.",
        )
    };
    let (Some(wanted), Ok(did)) = (entry.list_id(), Did::parse(issuer)) else { return Err(unsupported()) };
    let resources = studio.resolver.resources(&did, Freshness::Fresh).await?;
    let is_meant = |m: &ResourceMetadata| status_list_id(&did, &m.name, &m.resource_type).0 == wanted;
    let found = resources.iter().find(|metadata| is_meant(metadata)).ok_or_else(|| {
        let sentence = format!("STATUS_RETRIEVAL_ERROR: {} is no list of {issuer}", entry.address);
        Fault::not_found("status-list/not-found", sentence)
    })?;
    let url = resource_by_name(issuer, &found.name, &found.resource_type);
    DidUrl::parse(&url).map_err(|_| unsupported())
}

/// Whoever points to one version of a list cannot hide by it what the list says now, or said at the instant asked.
async fn newest(
    studio: &Studio,
    url: &DidUrl,
    found: ResolvedResource,
    at: Option<Instant>,
) -> Result<ResolvedResource, Fault> {
    if matches!(url.resource(), Some(ResourceRef::ByName { pin: None, .. })) {
        return Ok(found);
    }
    let ResourceMetadata { name, resource_type, .. } = &found.metadata;
    let newest = newest_of_line(studio, &Did::parse(url.did())?, name, resource_type, at).await?;
    Ok(newest.unwrap_or(found))
}

fn foreign(holder: &str, issuer: &str) -> Fault {
    Fault::invalid(
        "status-list/foreign",
        format!("The status list hangs on {holder}, not on the issuer {issuer}."),
    )
}

/// A list counts only while it is valid, and, where it is a credential, only with its issuer's proof. The ledger vouches
/// for the bytes of the resource; the proof vouches for what they are. A list of the StatusList2021 family has no proof
/// at cheqd.
async fn require_trustworthy(
    studio: &Studio,
    published: &Published,
    issuer: &str,
    metadata: &ResourceMetadata,
    at: Option<Instant>,
) -> Result<(), Fault> {
    let evaluated_at = at.unwrap_or_else(|| studio.clock.now());
    require_current(published, evaluated_at)?;
    if !published.has_proof() {
        return Ok(());
    }
    let mut failure = None;
    // Rotating a key must not undo what it signed while it was in force: the document of the day of publication counts
    // too, because on that day the ledger took this version from the DID's controller.
    for when in [at, Some(metadata.created)] {
        let Some(found) = did_document_at(studio, issuer, when).await? else { continue };
        match published.proof_failure(issuer, &found.document, evaluated_at.timestamp()) {
            None => return Ok(()),
            Some(reason) => failure = failure.or(Some(reason)),
        }
    }
    let reason = failure.unwrap_or_else(|| format!("resolver_error: {issuer} is not on the ledger"));
    Err(Fault::invalid("status-list/proof-invalid", format!("STATUS_VERIFICATION_ERROR: {reason}")))
}

fn require_current(published: &Published, at: Instant) -> Result<(), Fault> {
    let end = published.ends().map_err(|error| list_fault(&error))?;
    match end.filter(|end| *end <= at) {
        None => Ok(()),
        Some(end) => {
            let end = end.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            let sentence = format!("STATUS_VERIFICATION_ERROR: the status list was valid until {end}");
            Err(Fault::invalid("status-list/expired", sentence))
        }
    }
}

#[cfg(test)]
mod tests;
