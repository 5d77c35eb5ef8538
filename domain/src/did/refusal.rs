//! Why a command to it is refused.

crate::refusals! {
    /// Refusals of [`super::DidRecord`].
    DidRefusal {
        /// It does not exist, or not for this customer.
        NotFound => "did/not-found", NotFound, "no such DID";
        /// A DID can be created only once, by whomever.
        AlreadyExists => "did/already-exists", Conflict, "this DID exists already";
        /// The ledger refused to create it, so there is nothing to change.
        CreationFailed => "did/creation-failed", Conflict, "the ledger refused to create this DID; request its creation again first";
        /// Deactivation is final.
        Deactivated => "did/deactivated", Conflict, "this DID is deactivated, which is final";
        /// One document change at a time.
        WritePending => "did/write-pending", Conflict, "another change of this DID is still on its way to the ledger";
        /// The document was derived from an old version.
        StaleVersion => "did/stale-version", Conflict, "the DID document has changed in the meantime; derive the update from its current version";
        /// There is nothing to export.
        NoKeys => "did/keys-not-held", Invalid, "no key of this DID is in the vault";
        /// No such write was ever requested.
        UnknownOperation => "did/unknown-operation", NotFound, "no such operation was requested for this DID";
        /// The write has ended the other way before.
        OutcomeContradicts => "did/outcome-contradicts", Conflict, "the operation has ended differently before";
    }
}
