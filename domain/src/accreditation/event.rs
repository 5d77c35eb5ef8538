//! What can happen to a line of accreditations.

use super::AccreditationDescription;
use crate::{
    id::{AccreditationId, CustomerId, Instant, OperationId, ResourceId},
    ledger::{Inclusion, LedgerWrite, Rejection},
};
use serde::{Deserialize, Serialize};

/// Events of [`super::Accreditation`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
#[expect(
    clippy::large_enum_variant,
    reason = "made once per request and moved, never kept in bulk; a box would only cost clarity"
)]
pub enum AccreditationEvent {
    /// A version is on its way to the ledger.
    AccreditationRequested {
        /// The line.
        accreditation: AccreditationId,
        /// Whose it is.
        customer: CustomerId,
        /// What it says.
        description: AccreditationDescription,
        /// The signed message.
        write: LedgerWrite,
        /// When.
        at: Instant,
    },
    /// The version is on the ledger, where everybody can read it.
    AccreditationPublished {
        /// The line.
        accreditation: AccreditationId,
        /// The version.
        resource: ResourceId,
        /// The write.
        operation: OperationId,
        /// The block it is in.
        inclusion: Inclusion,
    },
    /// The version will not come to be.
    AccreditationRejected {
        /// The line.
        accreditation: AccreditationId,
        /// The version.
        resource: ResourceId,
        /// The write that failed.
        operation: OperationId,
        /// Why.
        rejection: Rejection,
        /// When it was recorded.
        at: Instant,
    },
    /// The version is revoked for good.
    AccreditationRevoked {
        /// The line.
        accreditation: AccreditationId,
        /// The version.
        resource: ResourceId,
        /// The publication that shows it.
        publication: Option<OperationId>,
        /// When.
        at: Instant,
    },
    /// The version is suspended until reinstated.
    AccreditationSuspended {
        /// The line.
        accreditation: AccreditationId,
        /// The version.
        resource: ResourceId,
        /// The publication that shows it.
        publication: Option<OperationId>,
        /// When.
        at: Instant,
    },
    /// The suspension of the version is over.
    AccreditationReinstated {
        /// The line.
        accreditation: AccreditationId,
        /// The version.
        resource: ResourceId,
        /// The publication that shows it.
        publication: Option<OperationId>,
        /// When.
        at: Instant,
    },
}

crate::event_kinds!(AccreditationEvent {
    AccreditationRequested: asks AccreditationPublish,
    AccreditationPublished: included,
    AccreditationRejected: rejected,
    AccreditationRevoked,
    AccreditationSuspended,
    AccreditationReinstated,
});
