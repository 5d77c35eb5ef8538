//! What can be asked of a line of resource versions.

use super::ResourceDescription;
use crate::{
    id::{CustomerId, Instant, OperationId},
    ledger::{LedgerOutcome, LedgerWrite},
};

/// Commands of [`super::ResourceLine`].
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once per request and moved, never kept in bulk; a box would only cost clarity"
)]
pub enum ResourceCommand {
    /// Asks for a new version on the ledger.
    RequestVersion {
        /// Who asks; the first version makes the owner.
        customer: CustomerId,
        /// What it is.
        description: ResourceDescription,
        /// The signed message, which holds the data.
        write: LedgerWrite,
        /// Now.
        at: Instant,
    },
    /// Records how a requested write ended (from the outbox).
    RecordOutcome {
        /// The write.
        operation: OperationId,
        /// Its end.
        outcome: LedgerOutcome,
        /// Now.
        at: Instant,
    },
}
