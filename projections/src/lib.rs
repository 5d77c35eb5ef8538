//! The read side: one file, one read model: its tables, how events change them, and the queries the doors ask.
//!
//! [`Projections`] keeps the models up to date and rebuilds them; [`Views`] reads them. Every query about private things
//! takes the tenant. Lists are newest first and paged by [`Paging`]. Nothing here decides anything, talks to anything but
//! Postgres, or knows HTTP; whatever is here can be thrown away and built again from the log.

mod account;
mod accreditation;
mod activity;
mod analytics;
mod checksum;
mod credential;
mod did;
mod difference;
mod error;
mod fits;
mod follow;
mod generation;
mod job;
mod model;
pub mod operation;
mod order;
mod page;
mod people;
mod registry;
mod rehearsal;
mod resource;
mod rows;
mod status_list;
mod table;
mod tally;
mod views;

pub use account::{Accounts, ApiKeyRow, CustomerRow, KeyRow};
pub use accreditation::{AccreditationFilter, AccreditationRow, Accreditations, AccreditationsOf};
pub use activity::{
    Activities, ActivityAction, ActivityCategory, ActivityFilter, ActivityRow, ActivityStatus, KeyUseFilter,
    KeyUseRow,
};
pub use analytics::Analytics;
pub use checksum::Checksum;
pub use credential::{CredentialCategory, CredentialFilter, CredentialRow, Credentials, CredentialsOf};
pub use did::{DidColumn, DidFilter, DidRow, DidVersionRow, Dids, PendingDid, VersionsOf};
pub use difference::{RowDifference, RowFault};
pub use error::ProjectionError;
pub use follow::{Follower, Projections, Verification};
pub use job::{JobFilter, JobRow, JobStanding, JobState, Jobs};
pub use order::{Column, Order, Sortable};
pub use page::{Cursor, LIST_ROWS_MAX, PAGE_OFFSET_ROWS_MAX, Page, Paging, Placed};
pub use people::{
    InvitationRow, InvitationStanding, InvitationState, MemberRow, PeopleViews, RoleRow, UserRow,
};
pub use registry::{MODEL_NAMES, is_ours};
pub use rehearsal::Rehearsal;
pub use resource::{
    AuthoredRow, ResourceColumn, ResourceFilter, ResourceRow, ResourceSource, Resources, ResourcesOf,
};
pub use status_list::{
    PendingPublication, StatusEntryRow, StatusListFilter, StatusListRow, StatusLists, StatusListsOf,
};
pub use views::Views;

/// The limits of this room.
pub fn limits() -> Vec<domain::limit::Limit> {
    [page::LIMITS, fits::LIMITS].concat()
}

#[cfg(test)]
mod tests;
