//! Why a command to it is refused.

use crate::credential::TransitionBarred;

crate::refusals! {
    /// Refusals of [`super::Accreditation`].
    AccreditationRefusal {
        /// It does not exist, or not for this customer.
        NotFound => "accreditation/not-found", NotFound, "no such accreditation";
        /// A resource id can be used only once.
        AlreadyExists => "accreditation/already-exists", Conflict, "an accreditation version with this id exists already or is on its way";
        /// The version belongs to another line.
        WrongLine => "accreditation/wrong-line", Invalid, "all versions of an accreditation share one issuer, name and type";
        /// A root authorisation stands at the top of its chain.
        RootHasParent => "accreditation/root-has-parent", Invalid, "a root authorisation has neither a parent accreditation nor a root authorisation";
        /// Everything below the root says who granted it and which root it belongs to.
        ParentMissing => "accreditation/parent-missing", Invalid, "an accreditation needs both its parent accreditation and its root authorisation";
        /// The version is on its way, or the ledger refused it.
        NotPublished => "accreditation/not-published", Conflict, "this accreditation is not on the ledger";
        /// Revocation is final.
        AlreadyRevoked => "accreditation/already-revoked", Conflict, "this accreditation is revoked, which is final";
        /// It was issued without a status.
        NoStatusEntry => "accreditation/no-status-entry", Invalid, "this accreditation was issued without a status entry, so its status cannot change";
        /// Its entry says something else.
        WrongPurpose => "accreditation/wrong-purpose", Invalid, "the status entry of this accreditation does not serve this purpose: revoking needs a revocation list, suspending and reinstating a suspension list";
        /// No such write was ever requested.
        UnknownOperation => "accreditation/unknown-operation", NotFound, "no such operation was requested for this accreditation";
        /// The write has ended the other way before.
        OutcomeContradicts => "accreditation/outcome-contradicts", Conflict, "the operation has ended differently before";
    }
}

impl From<TransitionBarred> for AccreditationRefusal {
    fn from(barred: TransitionBarred) -> Self {
        match barred {
            TransitionBarred::AlreadyRevoked => Self::AlreadyRevoked,
            TransitionBarred::NoStatusEntry => Self::NoStatusEntry,
            TransitionBarred::WrongPurpose => Self::WrongPurpose,
        }
    }
}
