//! Queries: the account's things, and questions about trust to the ledger.

pub(crate) mod things;
mod trust;

pub(crate) use trust::TrustedRoots;

use async_graphql::MergedObject;

/// Everything that can be asked.
#[derive(Default, MergedObject)]
pub(crate) struct Query(things::ThingQuery, trust::TrustQuery);
