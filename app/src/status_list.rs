//! Status lists of customers.

mod change;
mod check;
mod create;
mod render;
mod search;

pub use change::{Applied, CHANGES_MAX, ChangeStatusList, StatusSelector, change};
pub(crate) use change::{Change, apply};
pub(crate) use check::fetch as fetch_list;
pub use check::{CHECKED_ENTRIES_MAX, CheckStatus, CheckedEntry, Selection, check};
pub use create::{CreateStatusList, CreatedStatusList, create};
pub(crate) use render::sign_credential;
pub use search::{FoundStatusList, search};

use crate::Fault;
use credentials::status_list as wire;
use domain::status_list::{ListType, StatusPurpose};

/// The wire's name of a list family.
pub const fn wire_type(list_type: ListType) -> wire::ListType {
    match list_type {
        ListType::BitstringStatusList => wire::ListType::BitstringStatusList,
        ListType::StatusList2021 => wire::ListType::StatusList2021,
    }
}

/// The wire's name of a purpose.
pub const fn wire_purpose(purpose: StatusPurpose) -> wire::Purpose {
    match purpose {
        StatusPurpose::Revocation => wire::Purpose::Revocation,
        StatusPurpose::Suspension => wire::Purpose::Suspension,
        StatusPurpose::Message => wire::Purpose::Message,
        StatusPurpose::Refresh => wire::Purpose::Refresh,
    }
}

/// The resource type of a list; fault for a purpose its family does not have.
pub fn resource_type(list_type: ListType, purpose: StatusPurpose) -> Result<&'static str, Fault> {
    wire_type(list_type)
        .resource_type(wire_purpose(purpose))
        .map_err(|error| Fault::invalid("status-list/purpose-unsupported", error.to_string()))
}
