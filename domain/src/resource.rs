//! A line of versions of one resource: same DID, name and type.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod value;

pub use command::*;
pub use event::*;
pub use refusal::*;
pub use value::*;

use crate::Aggregate;
use crate::id::{CustomerId, Instant, OperationId, ResourceId};
use crate::ledger::{LedgerOutcome, Settled};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A line of versions of one resource: same DID, name and type. Streams are `resource-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ResourceLine {
    /// Whose it is; `None` before the first request.
    pub customer: Option<CustomerId>,
    /// What all its versions share; `None` before the first request.
    pub line: Option<LineKey>,
    /// Versions on their way, by operation.
    pub pending: BTreeMap<OperationId, ResourceId>,
    /// Versions on the ledger, oldest first.
    pub versions: Vec<ResourceId>,
    /// Writes that have ended.
    pub settled: Settled,
}

impl Aggregate for ResourceLine {
    const TYPE: &'static str = "resource";
    type Command = ResourceCommand;
    type Event = ResourceEvent;
    type Refusal = ResourceRefusal;

    fn decide(&self, command: ResourceCommand) -> Result<Vec<ResourceEvent>, ResourceRefusal> {
        decide::decide(self, command)
    }

    fn evolve(&mut self, event: &ResourceEvent) {
        evolve::evolve(self, event);
    }

    fn outcome(operation: OperationId, outcome: LedgerOutcome, at: Instant) -> Option<ResourceCommand> {
        Some(ResourceCommand::RecordOutcome { operation, outcome, at })
    }
}

#[cfg(test)]
mod tests;
