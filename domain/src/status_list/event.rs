//! What can happen to a status list.

use super::{EntryChange, ListDescription, Publication};
use crate::{
    id::{CredentialId, CustomerId, Instant, OperationId, ResourceId, StatusListId},
    ledger::{Inclusion, LedgerWrite, Rejection},
};
use serde::{Deserialize, Serialize};

/// Events of [`super::StatusList`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum StatusListEvent {
    /// A list is on its way to the ledger.
    StatusListCreateRequested {
        /// The list.
        list: StatusListId,
        /// Whose it is.
        customer: CustomerId,
        /// What it is.
        description: ListDescription,
        /// Its first resource version.
        publication: Publication,
        /// The signed message.
        write: LedgerWrite,
        /// When.
        at: Instant,
    },
    /// The list is on the ledger.
    StatusListCreated {
        /// The list.
        list: StatusListId,
        /// Its resource version.
        resource: ResourceId,
        /// The write.
        operation: OperationId,
        /// The block it is in.
        inclusion: Inclusion,
    },
    /// The list will not come to be.
    StatusListCreateRejected {
        /// The list.
        list: StatusListId,
        /// The write that failed.
        operation: OperationId,
        /// Why.
        rejection: Rejection,
        /// When it was recorded.
        at: Instant,
    },
    /// An entry belongs to a credential from now on.
    StatusIndexAllocated {
        /// The list.
        list: StatusListId,
        /// The entry.
        index: u32,
        /// The credential.
        credential: CredentialId,
        /// When.
        at: Instant,
    },
    /// Entries changed in our record; verifiers see it once it is published.
    StatusEntriesChanged {
        /// The list.
        list: StatusListId,
        /// The changes.
        changes: Vec<EntryChange>,
        /// The revision of the list after the changes.
        revision: u64,
        /// When.
        at: Instant,
    },
    /// A new version of the list is on its way to the ledger.
    StatusListPublishRequested {
        /// The list.
        list: StatusListId,
        /// The revision it holds.
        revision: u64,
        /// Its resource version.
        publication: Publication,
        /// The signed message.
        write: LedgerWrite,
        /// When.
        at: Instant,
    },
    /// Verifiers can see the revision.
    StatusListPublished {
        /// The list.
        list: StatusListId,
        /// Its resource version.
        resource: ResourceId,
        /// The revision it holds.
        revision: u64,
        /// The write.
        operation: OperationId,
        /// The block it is in.
        inclusion: Inclusion,
    },
    /// Verifiers will not see this version; the record keeps the changes for a later publication.
    StatusListPublishRejected {
        /// The list.
        list: StatusListId,
        /// The write that failed.
        operation: OperationId,
        /// Why.
        rejection: Rejection,
        /// When it was recorded.
        at: Instant,
    },
}

crate::event_kinds!(StatusListEvent {
    StatusListCreateRequested: asks StatusListCreate,
    StatusListCreated: included,
    StatusListCreateRejected: rejected,
    StatusIndexAllocated,
    StatusEntriesChanged,
    StatusListPublishRequested: asks StatusListUpdate,
    StatusListPublished: included,
    StatusListPublishRejected: rejected,
});
