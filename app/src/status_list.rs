//! Status lists of customers.

mod apply;
mod change;
mod check;
mod create;
mod publish;
mod search;
mod serve;
mod turns;

pub(crate) use apply::{apply, publication_of};
pub(crate) use change::Change;
pub use change::{Applied, CHANGES_MAX, ChangeStatusList, StatusSelector, change};
pub(crate) use check::fetch as fetch_list;
pub use check::{CHECKED_ENTRIES_MAX, CheckStatus, CheckedEntry, Selection, check};
pub use create::{CreateStatusList, CreatedStatusList, create};
pub use search::{FoundStatusList, search};
pub use serve::{ServedStatusList, addresses, serve};
pub use turns::StatusTurns;

use crate::{Fault, Studio, port::resolver::ResourceMetadata, resource, sign};
use credentials::status_list::{Published, StatusListError, Token};
use domain::{
    id::{Did, ResourceId},
    json::Refused,
    status_list::{ListType, StatusPurpose},
};
use serde_json::Value;

/// The limits of these modules.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [change::LIMITS, check::LIMITS, create::LIMITS, publish::LIMITS, serve::LIMITS, turns::LIMITS].concat()
}

/// The resource type of a list; fault for a purpose its family does not have.
pub fn resource_type(list_type: ListType, purpose: StatusPurpose) -> Result<&'static str, Fault> {
    credentials::status_list::format(list_type)
        .resource_type(purpose)
        .map_err(|error| Fault::invalid("status-list/purpose-unsupported", error.to_string()))
}

/// What the ledger holds of a list, as it is shown: a token with what it says beside it, JSON as it is.
fn shown(data: &[u8]) -> Result<Value, Refused> {
    if Token::of(data).is_some()
        && let Ok(published) = Published::read(data)
    {
        return Ok(published.shown());
    }
    domain::json::read(data)
}

/// A version of a list that was just included, as it is shown.
async fn published(
    studio: &Studio,
    did: &Did,
    resource: ResourceId,
) -> Result<(Value, ResourceMetadata), Fault> {
    let found = resource::published(studio, did, resource).await?;
    Ok((shown(&found.data).map_err(|why| Fault::bug(why.to_string()))?, found.metadata))
}

/// Why a list, an entry of it or its address could not be read or written.
pub(crate) fn list_fault(error: &StatusListError) -> Fault {
    let code = match error {
        StatusListError::Address => "status-list/name-invalid",
        StatusListError::UnsupportedEncoding => "status-list/encoding-unsupported",
        StatusListError::Credential(error) => return sign::invalid(error),
        StatusListError::NoPurpose => return Fault::bug(error),
        _ => "status-list/invalid",
    };
    Fault::invalid(code, error.to_string())
}

#[cfg(test)]
mod tests;
