//! A line of accreditations: same issuer, name and type; the newest published version counts as latest.

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
use crate::id::{AccreditationId, CustomerId, Instant, OperationId};
use crate::ledger::{LedgerOutcome, Settled};
use serde::{Deserialize, Serialize};

/// A line of accreditations: same issuer, name and type; the newest published version counts as latest. Streams are `accreditation-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Accreditation {
    /// The line; `None` before the first request.
    pub accreditation: Option<AccreditationId>,
    /// Whose it is; `None` before the first request.
    pub customer: Option<CustomerId>,
    /// Versions, oldest first.
    pub versions: Vec<AccreditationVersion>,
    /// Writes that have ended.
    pub settled: Settled,
}

impl Aggregate for Accreditation {
    const TYPE: &'static str = "accreditation";
    type Command = AccreditationCommand;
    type Event = AccreditationEvent;
    type Refusal = AccreditationRefusal;

    fn decide(&self, command: AccreditationCommand) -> Result<Vec<AccreditationEvent>, AccreditationRefusal> {
        decide::decide(self, command)
    }

    fn evolve(&mut self, event: &AccreditationEvent) {
        evolve::evolve(self, event);
    }

    fn outcome(operation: OperationId, outcome: LedgerOutcome, at: Instant) -> Option<AccreditationCommand> {
        Some(AccreditationCommand::RecordOutcome { operation, outcome, at })
    }
}

#[cfg(test)]
mod tests;
