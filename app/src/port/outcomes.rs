//! Waiting: for an operation's end, and for read models to catch up.

use crate::{Fault, port::commands::Token};
use async_trait::async_trait;
use domain::{id::OperationId, ledger::LedgerOutcome};
use std::time::Duration;

/// How an operation ended, or that it did not yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited {
    /// It ended, and its outcome is in the log.
    Ended(LedgerOutcome),
    /// Somebody cancelled it.
    Cancelled,
    /// It goes on; the waiter's time is over. `reason` is the last known obstacle, e.g. missing funds.
    Pending {
        /// Stable slug of the obstacle, e.g. `ledger/insufficient-funds`.
        code: Option<String>,
        /// A sentence about it.
        reason: Option<String>,
    },
}

/// Bounded waits.
#[async_trait]
pub trait Outcomes: Send + Sync {
    /// Waits for the end of a ledger operation, at most `limit`. Ends early with `Pending` when the operation is held
    /// for missing funds.
    async fn ended(&self, operation: OperationId, limit: Duration) -> Result<Waited, Fault>;
    /// Whether the operation was requested before: the present request is a repeat of one that died.
    async fn known(&self, operation: OperationId) -> Result<bool, Fault>;
    /// Waits until every read model has passed `token`, at most a few seconds; `false` if they have not by then.
    async fn visible(&self, token: Token) -> Result<bool, Fault>;
    /// Waits until every read model shows everything appended so far.
    async fn all_visible(&self) -> Result<bool, Fault>;
}
