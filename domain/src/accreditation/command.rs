//! What can be asked of a line of accreditations.

use super::{AccreditationDescription, AccreditationStatusAction};
use crate::{
    id::{AccreditationId, CustomerId, Instant, OperationId, ResourceId},
    ledger::{LedgerOutcome, LedgerWrite},
};

/// Commands of [`super::Accreditation`].
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once per request and moved, never kept in bulk; a box would only cost clarity"
)]
pub enum AccreditationCommand {
    /// Asks to publish a new version; it supersedes the one before on the same line.
    Request {
        /// The line.
        accreditation: AccreditationId,
        /// Who asks; the first version makes the owner.
        customer: CustomerId,
        /// What it says.
        description: AccreditationDescription,
        /// The signed message, which holds the signed credential.
        write: LedgerWrite,
        /// Now.
        at: Instant,
    },
    /// Revokes, suspends or reinstates one version; its status list was changed before.
    ChangeStatus {
        /// Who asks; must own the line.
        customer: CustomerId,
        /// Which version.
        resource: ResourceId,
        /// What to do.
        action: AccreditationStatusAction,
        /// The publication of the list that shows it, if it was published.
        publication: Option<OperationId>,
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
