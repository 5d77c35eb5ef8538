//! A status list: who holds which entry, what each entry says, and what of it is published.

mod allocate;
mod change;
mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod value;

pub use command::*;
pub(crate) use decide::LIMITS;
pub use decide::LIST_BITS_MAX;
pub use event::*;
pub use refusal::*;
pub use value::*;

use crate::Aggregate;
use crate::id::{CredentialId, CustomerId, Instant, OperationId, ResourceId, StatusListId};
use crate::ledger::{LedgerOutcome, Settled};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A status list: who holds which entry, what each entry says, and what of it is published. Streams are `status-list-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StatusList {
    /// The list; `None` before it was requested.
    pub list: Option<StatusListId>,
    /// Whose it is; `None` before it was requested.
    pub customer: Option<CustomerId>,
    /// What it is; `None` before it was requested.
    pub description: Option<ListDescription>,
    /// Where it stands.
    pub phase: ListPhase,
    /// Entry of each credential.
    pub allocated: BTreeMap<CredentialId, u32>,
    /// Entries that are not zero.
    pub entries: BTreeMap<u32, u8>,
    /// Counts changes; a publication is encoded from one revision.
    pub revision: u64,
    /// The newest revision verifiers can see.
    pub published_revision: u64,
    /// The publication that shows it, and its resource version; `None` until one beyond the empty list.
    #[serde(default)]
    pub shown: Option<(OperationId, ResourceId)>,
    /// Publications on their way, by operation: their revision and resource version.
    pub pending: BTreeMap<OperationId, (u64, ResourceId)>,
    /// The write that creates it, until it has ended: its operation and resource version.
    pub creation: Option<(OperationId, ResourceId)>,
    /// Writes that have ended.
    pub settled: Settled,
}

impl Aggregate for StatusList {
    const TYPE: &'static str = "status-list";
    type Command = StatusListCommand;
    type Event = StatusListEvent;
    type Refusal = StatusListRefusal;

    fn decide(&self, command: StatusListCommand) -> Result<Vec<StatusListEvent>, StatusListRefusal> {
        decide::decide(self, command)
    }

    fn evolve(&mut self, event: &StatusListEvent) {
        evolve::evolve(self, event);
    }

    fn outcome(operation: OperationId, outcome: LedgerOutcome, at: Instant) -> Option<StatusListCommand> {
        Some(StatusListCommand::RecordOutcome { operation, outcome, at })
    }
}

#[cfg(test)]
mod tests;
