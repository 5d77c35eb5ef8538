//! Ledger operations. Their table belongs to the store's outbox, which keeps it exact to the event; here the doors find its
//! queries beside all others.

use crate::{
    error::Result,
    page::{Cursor, Placed},
    views::Views,
};
use domain::id::{CustomerId, OperationId};
pub use store::outbox::{
    Attempt, MAX_PAGE_OPERATIONS, Operation, OperationDetail, OperationFilter, OperationPage, OperationState,
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
        Ok(store::outbox::get(self.0.pool(), Some(customer), operation).await?)
    }

    /// Operations of the customer, newest first; those after a cursor if one is given (it replaces `filter.before`).
    pub async fn list(
        &self,
        customer: CustomerId,
        filter: &OperationFilter,
        after: Option<Cursor>,
    ) -> Result<OperationPage> {
        let before = after.map(|cursor| cursor.0).or(filter.before);
        let filter = OperationFilter { before, ..filter.clone() };
        Ok(store::outbox::list(self.0.pool(), Some(customer), &filter).await?)
    }
}
