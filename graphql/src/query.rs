//! Queries: the account's things, and questions about trust to the ledger.

mod people;
mod resources;
pub(crate) mod things;
mod trust;

pub(crate) use trust::TrustedRoots;

use async_graphql::MergedObject;

/// Everything that can be asked.
#[derive(Default, MergedObject)]
pub(crate) struct Query(things::ThingQuery, people::PeopleQuery, resources::ResourceQuery, trust::TrustQuery);
