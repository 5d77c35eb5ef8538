//! What can happen to a line of resource versions.

use super::ResourceDescription;
use crate::{
    id::{CustomerId, Instant, OperationId, ResourceId},
    ledger::{Inclusion, LedgerWrite, Rejection},
};
use serde::{Deserialize, Serialize};

/// Events of [`super::ResourceLine`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
#[expect(
    clippy::large_enum_variant,
    reason = "made once per request and moved, never kept in bulk; a box would only cost clarity"
)]
pub enum ResourceEvent {
    /// A version is on its way to the ledger.
    ResourceVersionRequested {
        /// Whose it is.
        customer: CustomerId,
        /// What it is.
        description: ResourceDescription,
        /// The signed message, which holds the data.
        write: LedgerWrite,
        /// When.
        at: Instant,
    },
    /// The version is on the ledger.
    ResourceVersionCreated {
        /// The version.
        resource: ResourceId,
        /// The write.
        operation: OperationId,
        /// The block it is in.
        inclusion: Inclusion,
    },
    /// The version will not come to be.
    ResourceVersionRejected {
        /// The version.
        resource: ResourceId,
        /// The write that failed.
        operation: OperationId,
        /// Why.
        rejection: Rejection,
        /// When it was recorded.
        at: Instant,
    },
}

crate::event_kinds!(ResourceEvent {
    ResourceVersionRequested: asks ResourceCreate,
    ResourceVersionCreated: included,
    ResourceVersionRejected: rejected,
});
