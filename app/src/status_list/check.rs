//! `POST /credential-status/check`, and reading any list for a verdict.

use super::resource_type;
use crate::{
    Fault, FaultKind, Studio,
    port::resolver::{Freshness, ResolvedResource},
    trust::resource_at,
};
use credentials::status_list::{
    Published, StatusEntry, StatusList, StatusListError, StatusResult, check as check_entry,
};
use domain::{
    id::{Did, Instant},
    status_list::{ListType, StatusPurpose},
};
use serde_json::Value;

/// Most entries told by one request.
pub const CHECKED_ENTRIES_MAX: usize = 10_000;

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
/// `status-list/encrypted`, `status-list/invalid`, `ledger/…`.
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
    let declared = published.purposes().contains(&super::wire_purpose(input.purpose));
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
        other => Fault::invalid("status-list/invalid", other.to_string()),
    };
    let document: Value = serde_json::from_slice(&found.data)
        .map_err(|_| Fault::invalid("status-list/invalid", "The status list resource is not JSON."))?;
    let published = Published::parse(&document).map_err(invalid)?;
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
    let url = entry.list.as_ref().ok_or_else(|| {
        Fault::invalid(
            "status-list/address-unsupported",
            "The credential's status list is not a DID-Linked Resource, and nothing else is fetched.",
        )
    })?;
    let found = resource_at(studio, url, at).await?.ok_or_else(|| {
        Fault::new(
            FaultKind::NotFound,
            "status-list/not-found",
            format!("STATUS_RETRIEVAL_ERROR: {url} is not on the ledger"),
        )
    })?;
    // A list that the issuer does not control says nothing about the issuer's credentials.
    if url.did() != issuer {
        return Err(Fault::invalid(
            "status-list/foreign",
            format!("The status list hangs on {}, not on the issuer {issuer}.", url.did()),
        ));
    }
    let document: Value = serde_json::from_slice(&found.data)
        .map_err(|_| Fault::invalid("status-list/invalid", "The status list resource is not JSON."))?;
    let published = Published::parse(&document)
        .map_err(|error| Fault::invalid("status-list/invalid", error.to_string()))?;
    check_entry(entry, &published).map_err(|error| Fault::invalid("status-list/invalid", error.to_string()))
}
