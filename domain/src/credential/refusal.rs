//! Why a command to it is refused.

use super::TransitionBarred;

crate::refusals! {
    /// Refusals of [`super::Credential`].
    CredentialRefusal {
        /// It does not exist, or not for this customer.
        NotFound => "credential/not-found", NotFound, "no such credential";
        /// The id was used for another credential.
        AlreadyIssued => "credential/already-issued", Conflict, "a credential with this id was issued before";
        /// Revocation is final.
        AlreadyRevoked => "credential/already-revoked", Conflict, "this credential is revoked, which is final";
        /// It was issued without a status.
        NoStatusEntry => "credential/no-status-entry", Invalid, "this credential was issued without a status entry, so its status cannot change";
        /// Its entry says something else.
        WrongPurpose => "credential/wrong-purpose", Invalid, "the status entry of this credential does not serve this purpose: revoking needs a revocation list, suspending and reinstating a suspension list";
    }
}

impl From<TransitionBarred> for CredentialRefusal {
    fn from(barred: TransitionBarred) -> Self {
        match barred {
            TransitionBarred::AlreadyRevoked => Self::AlreadyRevoked,
            TransitionBarred::NoStatusEntry => Self::NoStatusEntry,
            TransitionBarred::WrongPurpose => Self::WrongPurpose,
        }
    }
}
