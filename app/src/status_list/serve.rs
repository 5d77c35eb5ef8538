//! `GET /status-lists/{statusListId}`: a list for readers who know its address and nothing of the ledger.
//!
//! What is served is what the ledger holds: it was signed when it was published, and reading signs nothing.

use super::list_fault;
use crate::{
    Fault, Studio,
    port::{
        Execute,
        resolver::{Freshness, ResourceMetadata},
    },
    trust::newest_of_line,
};
use credentials::status_list::{Published, format};
use domain::{
    id::{Did, Instant, StatusListId, status_list_id},
    status_list::{ListPhase, ListType, StatusList, StatusPurpose},
};
use std::collections::BTreeSet;

domain::limits! {
    /// Most lists of one issuer that are named together.
    pub ADDRESSES_MAX: usize = 1_000, "lists";
}

/// A version of a list.
#[derive(Debug, Clone)]
pub struct ServedStatusList {
    /// The list.
    pub published: Published,
    /// Its bytes on the ledger.
    pub data: Vec<u8>,
    /// What the ledger says of them.
    pub metadata: ResourceMetadata,
}

/// The version of a list that is in force, or was at an instant; `None` if there is none. Lists are public, whoever's they are.
/// Faults `ledger/…`, `status-list/invalid`.
pub async fn serve(
    studio: &Studio,
    list: StatusListId,
    at: Option<Instant>,
) -> Result<Option<ServedStatusList>, Fault> {
    let state = Execute::<StatusList>::load(&*studio.commands, &list.to_string()).await?.state;
    let Some(description) = state.description.filter(|_| state.phase == ListPhase::Live) else {
        return Ok(None);
    };
    let (did, name) = (&description.did, &description.name);
    let found = newest_of_line(studio, did, name, &description.resource_type, at).await?;
    let Some(found) = found else { return Ok(None) };
    let published = Published::read(&found.data).map_err(|error| list_fault(&error))?;
    Ok(Some(ServedStatusList { published, data: found.data, metadata: found.metadata }))
}

/// The addresses of the Token Status Lists of a DID that were made here, by name
/// (draft-ietf-oauth-status-list, section 9.3).
pub async fn addresses(studio: &Studio, issuer: &Did) -> Result<Vec<String>, Fault> {
    let resource_type = format(ListType::TokenStatusList)
        .resource_type(StatusPurpose::Revocation)
        .map_err(|error| list_fault(&error))?;
    let resources = studio.resolver.resources(issuer, Freshness::Cached).await?;
    let lists = resources.into_iter().filter(|metadata| metadata.resource_type == resource_type);
    let names: BTreeSet<String> = lists.map(|metadata| metadata.name).collect();
    let mut addresses = Vec::new();
    for name in names.into_iter().take(ADDRESSES_MAX) {
        let id = status_list_id(issuer, &name, resource_type).to_string();
        let state = Execute::<StatusList>::load(&*studio.commands, &id).await?.state;
        addresses.extend(state.description.and_then(|description| description.address().map(str::to_owned)));
    }
    Ok(addresses)
}
