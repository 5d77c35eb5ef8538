//! Interventions in ledger operations that do not move.

use crate::Fault;
use async_trait::async_trait;
use domain::id::{CustomerId, OperationId};
use serde::Serialize;

/// What somebody wants to happen to an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Intervention {
    /// Try it again now, with all its attempts before it; takes back a request to cancel it.
    Retry,
    /// Give it up although it waits for an operator, so that what waits behind it on the same DID goes on.
    Skip,
    /// End it without effect, if it can still be kept from having one.
    Cancel,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intervened {
    /// The worker of its lane sees to it.
    Done,
    /// It is in no state for that, but not over: on its way, about to be recorded, or (for a skip) not waiting for an
    /// operator.
    Moving,
    /// It has ended.
    Over,
    /// There is no such operation (of this customer).
    NotFound,
}

/// The outbox, as far as people may meddle with it.
#[async_trait]
pub trait Interventions: Send + Sync {
    /// Asks for it. Without a customer (an operator's door) any operation will do. Fault: `store/unavailable`.
    async fn intervene(
        &self,
        operation: OperationId,
        customer: Option<CustomerId>,
        what: Intervention,
    ) -> Result<Intervened, Fault>;
}
