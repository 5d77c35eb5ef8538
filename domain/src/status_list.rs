//! A status list: who holds which entry, what each entry says, and what of it is published.

mod command;
mod event;
mod refusal;
mod value;

pub use command::*;
pub use event::*;
pub use refusal::*;
pub use value::*;

use crate::Aggregate;
use crate::id::{CredentialId, CustomerId, OperationId, ResourceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A status list: who holds which entry, what each entry says, and what of it is published. Streams are `status-list-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StatusList {
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
    /// Publications on their way, by operation: their revision and resource version.
    pub pending: BTreeMap<OperationId, (u64, ResourceId)>,
}

impl Aggregate for StatusList {
    const TYPE: &'static str = "status-list";
    type Command = StatusListCommand;
    type Event = StatusListEvent;
    type Refusal = StatusListRefusal;

    fn decide(&self, command: StatusListCommand) -> Result<Vec<StatusListEvent>, StatusListRefusal> {
        let _ = command;
        Ok(Vec::new()) // replaced by the domain helper
    }

    fn evolve(&mut self, event: &StatusListEvent) {
        let _ = event;
    }
}
