//! The outbox: carries every ledger write from the event that asked for it to the event that says how it ended, exactly
//! once, whatever breaks on the way (docs/ledger.md#states-of-a-write).
//!
//! - [`classify`] and [`fate`] are the rules: pure, total, tested row by row.
//! - [`OutboxStore`] is what must be durable, and [`Worker`] moves one lane per payer along: prepare, broadcast, confirm,
//!   settle. It holds no transaction open while it talks to the node, and bytes, hash and sequence are durable before the
//!   first byte leaves.
//! - A lane may have several transactions on their way, one sequence after the other (ADR 11). They are seen through in that
//!   order. Whatever goes wrong while others are on their way, nothing new is signed until they are through.
//! - Unknown is a state. Three things keep a write from taking effect twice: a transaction is given up only when the node
//!   refused its only sending, or when the chain is past its `timeout_height` without it; before signing again the worker
//!   asks for the account first and for the effect second, so that older bytes either show or share the new sequence and
//!   exclude each other, and waits where they do neither; and the ledger itself refuses a second version or resource with the same id.

pub mod classify;
pub mod crash;
pub mod fate;
pub mod port;
pub mod worker;

pub use classify::{Stage, Verdict, classify};
pub use crash::{AbortAt, CrashPoint, CrashPoints, Crashing, NoCrash};
pub use fate::{Absence, Fate, backoff, fate};
pub use port::{
    Behind, Conclusion, Former, Hold, Lease, Limits, LiveTx, NewTx, Note, OutboxFault, OutboxStore, QueuedOp,
    Requeue, TxEnd, Work,
};
pub use worker::{CANCELLED, Settings, Worker};

/// The limits of these modules.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [classify::LIMITS, worker::limits().as_slice()].concat()
}

#[cfg(test)]
mod tests;
