//! The account's lists, as the read models answer them.

use crate::page::{Rooted, RootedInOrder};
use domain::{id::CustomerId, key::KeyPurpose};
use projections::{
    AccreditationFilter, AccreditationRow, ActivityFilter, ActivityRow, CredentialFilter, CredentialRow,
    DidColumn, DidFilter, DidRow, JobFilter, JobRow, KeyRow, KeyUseFilter, KeyUseRow, Order, Page, Paging,
    ProjectionError, ResourceColumn, ResourceFilter, ResourceRow, StatusListFilter, StatusListRow, Views,
    operation::{Operation, OperationFilter},
};

macro_rules! rooted {
    ($($filter:ty => $row:ty, $model:ident;)+) => {
        $(impl Rooted for $filter {
            type Row = $row;
            async fn page(
                &self,
                views: &Views,
                customer: CustomerId,
                paging: Paging,
            ) -> Result<Page<$row>, ProjectionError> {
                views.$model().list(customer, self, paging).await
            }
            async fn count(&self, views: &Views, customer: CustomerId) -> Result<u64, ProjectionError> {
                views.$model().count(customer, self).await
            }
        })+
    };
}
rooted! {
    DidFilter => DidRow, dids;
    ResourceFilter => ResourceRow, resources;
    StatusListFilter => StatusListRow, status_lists;
    CredentialFilter => CredentialRow, credentials;
    AccreditationFilter => AccreditationRow, accreditations;
    OperationFilter => Operation, operations;
    ActivityFilter => ActivityRow, activities;
    JobFilter => JobRow, jobs;
}

macro_rules! sorted {
    ($($filter:ty => $row:ty, $column:ty, $model:ident;)+) => {
        $(impl RootedInOrder for $filter {
            async fn sorted(
                &self,
                views: &Views,
                customer: CustomerId,
                order: &Order<$column>,
                paging: Paging,
            ) -> Result<Page<$row>, ProjectionError> {
                views.$model().sorted(customer, self, order, paging).await
            }
        })+
    };
}
sorted! {
    DidFilter => DidRow, DidColumn, dids;
    ResourceFilter => ResourceRow, ResourceColumn, resources;
}

impl Rooted for KeyUseFilter {
    type Row = KeyUseRow;
    async fn page(
        &self,
        views: &Views,
        customer: CustomerId,
        paging: Paging,
    ) -> Result<Page<KeyUseRow>, ProjectionError> {
        views.activities().key_uses(customer, self, paging).await
    }
    async fn count(&self, views: &Views, customer: CustomerId) -> Result<u64, ProjectionError> {
        views.activities().key_use_count(customer, self).await
    }
}

/// Keys, maybe only those for one purpose.
pub(super) struct KeysFor(pub(super) Option<KeyPurpose>);

impl Rooted for KeysFor {
    type Row = KeyRow;
    async fn page(
        &self,
        views: &Views,
        customer: CustomerId,
        paging: Paging,
    ) -> Result<Page<KeyRow>, ProjectionError> {
        views.accounts().keys(customer, self.0, paging).await
    }
    async fn count(&self, views: &Views, customer: CustomerId) -> Result<u64, ProjectionError> {
        views.accounts().key_count(customer, self.0).await
    }
}
