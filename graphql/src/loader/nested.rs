//! Lists below things: fifty DIDs with their resources are one question for rows and one for numbers, not a hundred.

use super::{Loaded, Rows};
use crate::page::read;
use app::Fault;
use async_graphql::dataloader::Loader;
use domain::id::{CustomerId, StatusListId};
use projections::{
    AccreditationRow, AccreditationsOf, CredentialRow, CredentialsOf, DidVersionRow, Page, Paging, Placed,
    ProjectionError, ResourceRow, ResourcesOf, StatusEntryRow, StatusListRow, StatusListsOf, VersionsOf,
    Views,
};
use std::{collections::HashMap, hash::Hash};

/// A list below a thing, and how a read model answers those of many things at once.
pub(crate) trait Nested: Clone + Eq + Hash + Send + Sync + 'static {
    type Row: Placed + Clone + Send + Sync + 'static;

    /// The same page of each, in their order.
    fn pages(
        views: &Views,
        customer: CustomerId,
        things: &[Self],
        paging: Paging,
    ) -> impl Future<Output = Result<Vec<Page<Self::Row>>, ProjectionError>> + Send;

    /// How many rows each has, in their order.
    fn counts(
        views: &Views,
        customer: CustomerId,
        things: &[Self],
    ) -> impl Future<Output = Result<Vec<u64>, ProjectionError>> + Send;
}

/// A page of a list below a thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PageOf<L> {
    pub(crate) of: L,
    pub(crate) paging: Paging,
}

/// The number of rows of a list below a thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct CountOf<L>(pub(crate) L);

/// The things of keys that are asked the same question.
fn grouped<K: Clone, L, Q: Eq + Hash>(
    keys: &[K],
    split: impl Fn(&K) -> (L, Q),
) -> HashMap<Q, (Vec<K>, Vec<L>)> {
    let mut groups: HashMap<Q, (Vec<K>, Vec<L>)> = HashMap::new();
    for key in keys {
        let (thing, question) = split(key);
        let (keys, things) = groups.entry(question).or_default();
        keys.push(key.clone());
        things.push(thing);
    }
    groups
}

impl<L: Nested> Loader<PageOf<L>> for Rows {
    type Value = Page<L::Row>;
    type Error = Fault;
    async fn load(&self, keys: &[PageOf<L>]) -> Loaded<PageOf<L>, Page<L::Row>> {
        let mut found = HashMap::with_capacity(keys.len());
        for (paging, (keys, things)) in grouped(keys, |key| (key.of.clone(), key.paging)) {
            let pages = read(L::pages(&self.house.views, self.customer, &things, paging).await)?;
            found.extend(keys.into_iter().zip(pages));
        }
        Ok(found)
    }
}

impl<L: Nested> Loader<CountOf<L>> for Rows {
    type Value = u64;
    type Error = Fault;
    async fn load(&self, keys: &[CountOf<L>]) -> Loaded<CountOf<L>, u64> {
        let things: Vec<L> = keys.iter().map(|key| key.0.clone()).collect();
        let counts = read(L::counts(&self.house.views, self.customer, &things).await)?;
        Ok(keys.iter().cloned().zip(counts).collect())
    }
}

macro_rules! nested {
    ($($of:ty => $row:ty, $model:ident;)+) => {
        $(impl Nested for $of {
            type Row = $row;
            async fn pages(
                views: &Views,
                customer: CustomerId,
                things: &[Self],
                paging: Paging,
            ) -> Result<Vec<Page<$row>>, ProjectionError> {
                views.$model().below(customer, things, paging).await
            }
            async fn counts(
                views: &Views,
                customer: CustomerId,
                things: &[Self],
            ) -> Result<Vec<u64>, ProjectionError> {
                views.$model().counts_below(customer, things).await
            }
        })+
    };
}
nested! {
    VersionsOf => DidVersionRow, dids;
    StatusListsOf => StatusListRow, status_lists;
    ResourcesOf => ResourceRow, resources;
    CredentialsOf => CredentialRow, credentials;
    AccreditationsOf => AccreditationRow, accreditations;
}

/// Entries of a status list, in the order of their indexes, from an index on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct EntriesOf {
    pub(crate) list: StatusListId,
    pub(crate) from: u32,
    pub(crate) rows: u32,
}

impl Loader<EntriesOf> for Rows {
    type Value = Vec<StatusEntryRow>;
    type Error = Fault;
    async fn load(&self, keys: &[EntriesOf]) -> Loaded<EntriesOf, Vec<StatusEntryRow>> {
        let mut found = HashMap::with_capacity(keys.len());
        for ((from, rows), (keys, lists)) in grouped(keys, |key| (key.list, (key.from, key.rows))) {
            let lists = self.house.views.status_lists().entries_of(self.customer, &lists, from, rows).await;
            found.extend(keys.into_iter().zip(read(lists)?));
        }
        Ok(found)
    }
}
