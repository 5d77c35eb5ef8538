//! Ledger operations. Their table belongs to the store's outbox, which keeps it exact to the event; here the doors find its
//! queries beside all others.

use crate::{
    error::Result,
    page::{Cursor, LIST_ROWS_MAX, Page, Paging, Placed},
    views::Views,
};
use domain::id::{CustomerId, OperationId};
use store::outbox::OperationRange;
pub use store::outbox::{
    Attempt, MAX_PAGE_OPERATIONS, Operation, OperationDetail, OperationFilter, OperationState,
};

impl Placed for Operation {
    fn cursor(&self) -> Cursor {
        Cursor(self.position)
    }
}

/// Queries about operations.
#[derive(Debug, Clone, Copy)]
pub struct Operations<'a>(&'a Views);

impl Views {
    /// Operations.
    pub fn operations(&self) -> Operations<'_> {
        Operations(self)
    }
}

impl Operations<'_> {
    /// An operation of the customer, with what was in its way.
    pub async fn get(&self, customer: CustomerId, operation: OperationId) -> Result<Option<OperationDetail>> {
        Ok(self.get_many(customer, &[operation]).await?.into_iter().next())
    }

    /// Several at once, for dataloaders; unknown ones are left out, at most [`crate::LIST_ROWS_MAX`].
    pub async fn get_many(
        &self,
        customer: CustomerId,
        operations: &[OperationId],
    ) -> Result<Vec<OperationDetail>> {
        let operations = operations.get(..LIST_ROWS_MAX as usize).unwrap_or(operations);
        let _turn = self.0.turn().await;
        Ok(store::outbox::get_many(self.0.pool(), Some(customer), operations).await?)
    }

    /// Those of these operations that there are, whoever's they are: for watching what somebody was shown already.
    pub async fn of_anybody(&self, operations: &[OperationId]) -> Result<Vec<Operation>> {
        let _turn = self.0.turn().await;
        Ok(store::outbox::of_anybody(self.0.pool(), operations).await?)
    }

    /// Operations of the customer, newest first.
    pub async fn list(
        &self,
        customer: CustomerId,
        filter: &OperationFilter,
        paging: Paging,
    ) -> Result<Page<Operation>> {
        let range = OperationRange {
            older_than: paging.after_place(),
            newer_than: paging.before_place(),
            oldest: paging.is_from_end(),
            limit: paging.limit().saturating_add(1),
        };
        let rows = {
            let _turn = self.0.turn().await;
            store::outbox::list_range(self.0.pool(), Some(customer), filter, &range).await?
        };
        let total = if paging.counts() { Some(self.count(customer, filter).await?) } else { None };
        Ok(Page::cut(rows, &paging, total))
    }

    /// How many operations of the customer there are.
    pub async fn count(&self, customer: CustomerId, filter: &OperationFilter) -> Result<u64> {
        let _turn = self.0.turn().await;
        Ok(store::outbox::count(self.0.pool(), Some(customer), filter).await?)
    }
}
