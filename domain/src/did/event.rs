//! What can happen to a DID.

use super::{ControllerKey, DidLabel, LedgerDrift};
use crate::{
    id::{CustomerId, Did, Instant, KeyId, OperationId, VersionId},
    ledger::{Inclusion, LedgerWrite, Rejection},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Events of [`super::DidRecord`]. Every `…Requested` ends in exactly one fact or one `…Rejected`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum DidEvent {
    /// A new DID is on its way to the ledger.
    DidCreateRequested {
        /// The DID.
        did: Did,
        /// Whose it is.
        customer: CustomerId,
        /// The document.
        document: Value,
        /// Keys behind its verification methods.
        keys: Vec<ControllerKey>,
        /// The document version.
        version: VersionId,
        /// The signed message.
        write: LedgerWrite,
        /// When.
        at: Instant,
    },
    /// The DID is on the ledger.
    DidCreated {
        /// The DID.
        did: Did,
        /// The write that made it.
        operation: OperationId,
        /// The block it is in.
        inclusion: Inclusion,
    },
    /// The DID will not come to be.
    DidCreateRejected {
        /// The DID.
        did: Did,
        /// The write that failed.
        operation: OperationId,
        /// Why.
        rejection: Rejection,
        /// When it was recorded.
        at: Instant,
    },
    /// The DID was made, or changed, elsewhere, and is managed here from now on.
    DidImported {
        /// The DID.
        did: Did,
        /// Whose it is.
        customer: CustomerId,
        /// Its document, as the ledger has it.
        document: Value,
        /// Keys behind its verification methods.
        keys: Vec<ControllerKey>,
        /// The version of that document.
        version: VersionId,
        /// When.
        at: Instant,
    },
    /// Its private keys were given to its owner, locked under a password of his.
    DidExported {
        /// The DID.
        did: Did,
        /// The request that asked for them.
        request: Uuid,
        /// Which keys.
        keys: Vec<KeyId>,
        /// When.
        at: Instant,
    },
    /// A new document is on its way to the ledger.
    DidUpdateRequested {
        /// The DID.
        did: Did,
        /// The whole new document.
        document: Value,
        /// Keys behind its verification methods.
        keys: Vec<ControllerKey>,
        /// The new version.
        version: VersionId,
        /// The signed message.
        write: LedgerWrite,
        /// When.
        at: Instant,
    },
    /// The new document is on the ledger.
    DidUpdated {
        /// The DID.
        did: Did,
        /// The write.
        operation: OperationId,
        /// The block it is in.
        inclusion: Inclusion,
    },
    /// The document stays as it was.
    DidUpdateRejected {
        /// The DID.
        did: Did,
        /// The write that failed.
        operation: OperationId,
        /// Why.
        rejection: Rejection,
        /// When it was recorded.
        at: Instant,
    },
    /// The end of the DID is on its way to the ledger.
    DidDeactivateRequested {
        /// The DID.
        did: Did,
        /// The version that deactivates it.
        version: VersionId,
        /// The signed message.
        write: LedgerWrite,
        /// When.
        at: Instant,
    },
    /// The DID is deactivated for good.
    DidDeactivated {
        /// The DID.
        did: Did,
        /// The write.
        operation: OperationId,
        /// The block it is in.
        inclusion: Inclusion,
    },
    /// The DID stays active.
    DidDeactivateRejected {
        /// The DID.
        did: Did,
        /// The write that failed.
        operation: OperationId,
        /// Why.
        rejection: Rejection,
        /// When it was recorded.
        at: Instant,
    },
    /// The DID is called something else here.
    DidLabelled {
        /// The DID.
        did: Did,
        /// All of what it is called now.
        label: DidLabel,
        /// When.
        at: Instant,
    },
    /// The ledger was found to differ from the log.
    DidDriftFound {
        /// The DID.
        did: Did,
        /// In what.
        drift: LedgerDrift,
        /// Height at which it was looked at.
        height: u64,
        /// When.
        at: Instant,
    },
    /// The ledger was found to agree with the log again.
    DidDriftResolved {
        /// The DID.
        did: Did,
        /// Height at which it was looked at.
        height: u64,
        /// When.
        at: Instant,
    },
}

crate::event_kinds!(DidEvent {
    DidCreateRequested: asks DidCreate,
    DidCreated: included,
    DidCreateRejected: rejected,
    DidImported,
    DidExported,
    DidUpdateRequested: asks DidUpdate,
    DidUpdated: included,
    DidUpdateRejected: rejected,
    DidDeactivateRequested: asks DidDeactivate,
    DidDeactivated: included,
    DidDeactivateRejected: rejected,
    DidLabelled,
    DidDriftFound,
    DidDriftResolved,
});
