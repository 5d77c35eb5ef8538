//! Who asks, and under which ids: the context every use case gets.

use crate::{Desk, act::Principal};
use domain::id::{Instant, OperationId, derived_uuid};
use uuid::Uuid;

/// One request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who asks, for which tenant.
    pub who: Principal,
    /// Unique to this request, or derived from its idempotency key so that a repeat is the same command.
    pub command_id: Uuid,
    /// Ties everything that follows from one request together.
    pub correlation_id: Uuid,
    /// W3C trace context, if the caller sent one.
    pub traceparent: Option<String>,
    /// Now.
    pub at: Instant,
    /// How long to wait for the ledger before answering 202, in seconds; zero with `Prefer: respond-async`.
    pub wait_seconds: u64,
    /// Only tell the price of the write, and change nothing.
    pub dry_run: bool,
    /// Refuse to pay more than this (ncheq) for the write.
    pub fee_max: Option<domain::id::Ncheq>,
    /// Where signatures come from that the vault cannot give.
    pub desk: Desk,
}

/// A further id of the request with this id.
pub(crate) fn derived_of(command_id: Uuid, what: &str) -> Uuid {
    derived_uuid("command", &[&command_id.to_string(), what])
}

impl Call {
    /// A further id of this request, the same on every repeat: `what` names its use.
    pub fn derived(&self, what: &str) -> Uuid {
        derived_of(self.command_id, what)
    }

    /// The time that stands in what this request signs.
    pub(crate) fn signing_time(&self) -> Instant {
        self.desk.signing_time(self.at)
    }

    /// The ledger operation of this request; its only one is called `""`.
    pub fn operation(&self, what: &str) -> OperationId {
        if what.is_empty() { OperationId(self.command_id) } else { OperationId(self.derived(what)) }
    }
}
