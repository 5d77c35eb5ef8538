//! `GET /credential-status/search`: the latest version of a list, as the ledger has it.

use super::{resource_type, shown};
use crate::{
    Fault, Studio,
    port::resolver::{Freshness, ResourceMetadata},
};
use domain::{
    id::Did,
    json::Refused,
    status_list::{ListType, StatusPurpose},
};
use serde_json::Value;

/// A list found on the ledger.
#[derive(Debug, Clone)]
pub struct FoundStatusList {
    /// Its content.
    pub resource: Value,
    /// Its metadata.
    pub metadata: ResourceMetadata,
}

/// Looks the list up by name; `None` if there is none.
pub async fn search(
    studio: &Studio,
    did: &Did,
    name: &str,
    list_type: ListType,
    purpose: StatusPurpose,
) -> Result<Option<FoundStatusList>, Fault> {
    let resource_type = resource_type(list_type, purpose)?;
    let Some(found) = studio.resolver.latest_resource(did, name, resource_type, Freshness::Fresh).await?
    else {
        return Ok(None);
    };
    let resource = shown(&found.data).map_err(|why| {
        let sentence = match why {
            Refused::Malformed(_) => format!("search: error: the resource '{name}' is not JSON"),
            limit => format!("search: error: the resource '{name}' is not read: {limit}"),
        };
        Fault::invalid("status-list/unreadable", sentence)
    })?;
    Ok(Some(FoundStatusList { resource, metadata: found.metadata }))
}
