//! A DID of a customer, from the request to its deactivation.

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
use crate::id::{CustomerId, Did, Instant, OperationId, VersionId};
use crate::ledger::{LedgerOutcome, Settled};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A DID of a customer, from the request to its deactivation. Streams are `did-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DidRecord {
    /// The DID; `None` before it was requested.
    pub did: Option<Did>,
    /// Whose it is; `None` before it was requested.
    pub customer: Option<CustomerId>,
    /// Where it stands.
    pub phase: DidPhase,
    /// The confirmed (or, while creating, requested) document.
    pub document: Value,
    /// Keys behind its verification methods.
    pub keys: Vec<ControllerKey>,
    /// The version of that document.
    pub version: Option<VersionId>,
    /// The update or deactivation on its way, if any; one at a time.
    pub pending: Option<PendingChange>,
    /// The write that creates it, until it has ended.
    pub creation: Option<OperationId>,
    /// How the ledger differed from the log when it was last looked at.
    pub drift: Option<LedgerDrift>,
    /// Writes that have ended.
    pub settled: Settled,
    /// The request that its keys were exported for last.
    #[serde(default)]
    pub last_export: Option<Uuid>,
    /// What it is called here.
    #[serde(default)]
    pub label: DidLabel,
}

impl Aggregate for DidRecord {
    const TYPE: &'static str = "did";
    type Command = DidCommand;
    type Event = DidEvent;
    type Refusal = DidRefusal;

    fn decide(&self, command: DidCommand) -> Result<Vec<DidEvent>, DidRefusal> {
        decide::decide(self, command)
    }

    fn evolve(&mut self, event: &DidEvent) {
        evolve::evolve(self, event);
    }

    fn outcome(operation: OperationId, outcome: LedgerOutcome, at: Instant) -> Option<DidCommand> {
        Some(DidCommand::RecordOutcome { operation, outcome, at })
    }
}

#[cfg(test)]
mod tests;
