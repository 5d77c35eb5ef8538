//! Why a command to it is refused.

crate::refusals! {
    /// Refusals of [`super::StatusList`].
    StatusListRefusal {
        /// It does not exist, or not for this customer.
        NotFound => "status-list/not-found", NotFound, "no such status list";
        /// There is a list of this name and type under the DID.
        AlreadyExists => "status-list/already-exists", Conflict, "a status list of this name and type exists already under this DID";
        /// The description breaks a rule of the list formats.
        BadDescription => "status-list/bad-description", Invalid, "a status list needs a purpose, at least one entry and 1, 2, 4 or 8 bits per entry; a StatusList2021 list has exactly one purpose and one bit per entry, and a TokenStatusList that suspends has more than one bit";
        /// The list would be larger than Studio keeps.
        TooLong { limit: u32 } => "status-list/too-long", Invalid, "a status list has at most {limit} entries";
        /// Entries of a list that failed belong to credentials, so it can only be created again as it was.
        InUse => "status-list/in-use", Conflict, "credentials hold entries of this list, so it can only be created again with the same description";
        /// The publication came without its signed message.
        WriteMissing => "status-list/write-missing", Invalid, "a publication needs its signed message";
        /// It is on its way to the ledger, or the ledger refused it.
        NotLive => "status-list/not-live", Conflict, "this status list is not on the ledger";
        /// Every entry belongs to a credential.
        Full => "status-list/full", Conflict, "every entry of this status list is taken";
        /// The entry belongs to another credential.
        IndexTaken { index: u32 } => "status-list/index-taken", Conflict, "entry {index} of this status list is taken";
        /// There is no such entry.
        IndexOutOfRange { index: u32, length: u32 } => "status-list/index-out-of-range", Invalid, "entry {index} is outside this status list, which has {length} entries";
        /// The value needs more bits than an entry has.
        ValueTooLarge { value: u8, bits: u8 } => "status-list/value-too-large", Invalid, "the value {value} does not fit into {bits} bits";
        /// One entry is to become two things at once.
        ContradictingChanges { index: u32 } => "status-list/contradicting-changes", Invalid, "the request changes entry {index} to two different values";
        /// The change names a credential that holds another entry, or none.
        WrongEntry { index: u32 } => "status-list/wrong-entry", Invalid, "entry {index} does not belong to the credential that was named";
        /// Revocation is final.
        EntryFinal { index: u32 } => "status-list/entry-final", Conflict, "entry {index} is revoked, which is final";
        /// The publication was encoded from an old state of the list.
        StaleRevision => "status-list/stale-revision", Conflict, "the status list has changed in the meantime; try again";
        /// No such write was ever requested.
        UnknownOperation => "status-list/unknown-operation", NotFound, "no such operation was requested for this status list";
        /// The write has ended the other way before.
        OutcomeContradicts => "status-list/outcome-contradicts", Conflict, "the operation has ended differently before";
    }
}
