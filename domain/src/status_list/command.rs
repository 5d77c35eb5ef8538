//! What can be asked of a status list.

use super::{EntryChange, ListDescription, Publication};
use crate::{
    id::{CredentialId, CustomerId, Instant, OperationId, StatusListId},
    ledger::LedgerOutcome,
};

/// Where an entry may lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Within {
    /// The first entry; 0 without.
    pub first: Option<u32>,
    /// The last one; that of the list without.
    pub last: Option<u32>,
    /// None of these.
    pub excluded: Vec<u32>,
}

/// Commands of [`super::StatusList`].
#[derive(Debug, Clone)]
pub enum StatusListCommand {
    /// Asks for a new list whose every entry is zero.
    RequestCreation {
        /// The list.
        list: StatusListId,
        /// Whose it is.
        customer: CustomerId,
        /// What it is.
        description: ListDescription,
        /// Its first resource version and the signed message.
        publication: Publication,
        /// Now.
        at: Instant,
    },
    /// Reserves an entry for a credential; asking again for the same credential yields the same entry and no event.
    AllocateIndex {
        /// Who asks; must own the list.
        customer: CustomerId,
        /// The credential (or accreditation version) the entry is for.
        credential: CredentialId,
        /// A random number: the first free entry at or after it (wrapping) is taken, so that indexes tell nothing
        /// about the order of issuance.
        candidate: u32,
        /// Where it may lie.
        within: Within,
        /// Now.
        at: Instant,
    },
    /// Reserves exactly this entry for a credential; refused if it is taken.
    AllocateExactIndex {
        /// Who asks; must own the list.
        customer: CustomerId,
        /// The credential (or accreditation version) the entry is for.
        credential: CredentialId,
        /// The entry.
        index: u32,
        /// Now.
        at: Instant,
    },
    /// Changes entries, publishes a revision, or both at once.
    ChangeEntries {
        /// Who asks; must own the list.
        customer: CustomerId,
        /// The revision the publication was encoded from. With changes it must be the present one, so that no bit is lost.
        /// Without, it is the revision that is published: an older one than the present, as long as it is newer than all
        /// that is published or on its way. Without publication it means nothing.
        based_on: u64,
        /// The changes; may be none for a publication.
        changes: Vec<EntryChange>,
        /// Refuse to undo a revocation in a list that tells revoked from suspended by its values: what suspending and
        /// reinstating must not do. A list that only revokes refuses that in any case.
        keep_revoked: bool,
        /// The new resource version; `None` keeps the change local until a later publication.
        publication: Option<Publication>,
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
