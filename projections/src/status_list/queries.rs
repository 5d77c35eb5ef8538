//! What the doors ask about status lists.

use super::{StatusEntryRow, StatusListRow};
use crate::{
    error::Result,
    page::{Filter, Page, Paging, Param},
    views::{Below, Views, listed, listed_below},
};
use domain::{
    id::{CustomerId, Did, Network, StatusListId},
    status_list::{ListPhase, ListType},
};

/// Which status lists to list.
#[derive(Debug, Clone, Default)]
pub struct StatusListFilter {
    /// Only of this DID.
    pub did: Option<Did>,
    /// Only on this network.
    pub network: Option<Network>,
    /// Only with this name.
    pub name: Option<String>,
    /// Only of this resource type.
    pub resource_type: Option<String>,
    /// Only of this format.
    pub list_type: Option<ListType>,
    /// Only in these phases; empty means all. The contract's list shows `Live` ones.
    pub phases: Vec<ListPhase>,
}

/// Queries about status lists.
#[derive(Debug, Clone, Copy)]
pub struct StatusLists<'a>(&'a Views);

impl Views {
    /// Status lists.
    pub fn status_lists(&self) -> StatusLists<'_> {
        StatusLists(self)
    }
}

fn conditions(customer: CustomerId, filter: &StatusListFilter) -> Filter {
    let types: Vec<ListType> = filter.list_type.into_iter().collect();
    Filter::of(customer)
        .is("did", filter.did.as_ref().map(Did::as_str))
        .is("network", filter.network.map(Network::as_str))
        .is("name", filter.name.as_deref())
        .is("resource_type", filter.resource_type.as_deref())
        .one_of("list_type", &types)
        .one_of("phase", &filter.phases)
}

/// What status lists hang on: their DID.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusListsOf(pub Did);

impl From<&StatusListsOf> for Below {
    fn from(of: &StatusListsOf) -> Self {
        Self { column: "did", value: of.0.to_string() }
    }
}

listed!(StatusLists: StatusListFilter => StatusListRow);
listed_below!(StatusLists: StatusListsOf => StatusListRow, Filter::of);

impl StatusLists<'_> {
    /// A list of the customer.
    pub async fn get(&self, customer: CustomerId, list: StatusListId) -> Result<Option<StatusListRow>> {
        self.0.one(&Filter::of(customer).is("list", Some(list.0))).await
    }

    /// Several at once, for dataloaders.
    pub async fn get_many(&self, customer: CustomerId, lists: &[StatusListId]) -> Result<Vec<StatusListRow>> {
        self.0.many(Filter::of(customer), "list", lists).await
    }

    /// Lists of a DID of the customer with this name, whatever their type; at most [`crate::LIST_ROWS_MAX`].
    pub async fn named(&self, customer: CustomerId, did: &str, name: &str) -> Result<Vec<StatusListRow>> {
        let filter = Filter::of(customer).is("did", Some(did)).is("name", Some(name));
        let page: Page<StatusListRow> =
            self.0.list(&filter, Paging::first(crate::LIST_ROWS_MAX, None)).await?;
        Ok(page.rows)
    }

    /// An entry of a list of the customer, if it is allocated or was ever set.
    pub async fn entry(
        &self,
        customer: CustomerId,
        list: StatusListId,
        index: u32,
    ) -> Result<Option<StatusEntryRow>> {
        let filter =
            Filter::of(customer).is("list", Some(list.0)).is("index", Some(Param::Number(index.into())));
        self.0.one(&filter).await
    }

    /// Entries of a list of the customer in the order of their indexes, from `from` on, at most `limit` and
    /// [`crate::LIST_ROWS_MAX`].
    pub async fn entries(
        &self,
        customer: CustomerId,
        list: StatusListId,
        from: u32,
        limit: u32,
    ) -> Result<Vec<StatusEntryRow>> {
        let filter = Filter::of(customer).is("list", Some(list.0)).when(
            "index",
            ">=",
            Some(Param::Number(from.into())),
        );
        self.0.ordered(&filter, "index", limit).await
    }

    /// The same entries of several lists, in the order of the lists; as [`StatusLists::entries`].
    pub async fn entries_of(
        &self,
        customer: CustomerId,
        lists: &[StatusListId],
        from: u32,
        limit: u32,
    ) -> Result<Vec<Vec<StatusEntryRow>>> {
        let filter = Filter::of(customer).when("index", ">=", Some(Param::Number(from.into())));
        let lists: Vec<Below> =
            lists.iter().map(|list| Below { column: "list", value: list.to_string() }).collect();
        self.0.ordered_below(&filter, &lists, "index", limit).await
    }
}
