//! Status lists of customers.

mod apply;
mod change;
mod check;
mod create;
mod publish;
mod search;
mod turns;

pub(crate) use apply::{apply, publication_of};
pub(crate) use change::Change;
pub use change::{Applied, CHANGES_MAX, ChangeStatusList, StatusSelector, change};
pub(crate) use check::fetch as fetch_list;
pub use check::{CHECKED_ENTRIES_MAX, CheckStatus, CheckedEntry, Selection, check};
pub use create::{CreateStatusList, CreatedStatusList, create};
pub use search::{FoundStatusList, search};
pub use turns::StatusTurns;

use crate::{Fault, sign};
use credentials::status_list::StatusListError;
use domain::status_list::{ListType, StatusPurpose};

/// The limits of these modules.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [change::LIMITS, check::LIMITS, publish::LIMITS, turns::LIMITS].concat()
}

/// The resource type of a list; fault for a purpose its family does not have.
pub fn resource_type(list_type: ListType, purpose: StatusPurpose) -> Result<&'static str, Fault> {
    credentials::status_list::format(list_type)
        .resource_type(purpose)
        .map_err(|error| Fault::invalid("status-list/purpose-unsupported", error.to_string()))
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
