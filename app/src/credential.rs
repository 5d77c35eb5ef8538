//! Credentials: issued, verified, revoked.

mod change_status;
mod disclosure;
mod given;
mod issue;
mod reveal;
mod statement;
mod status_entry;
mod verify;

pub use change_status::{ChangeCredentialStatus, REASON_CHARS_MAX, StatusChanged, change_status};
pub use given::GivenCredential;
pub use issue::{IssueCredential, IssuedCredential, issue};
pub(crate) use issue::{parse_date, require_resolvable, signed};
pub use reveal::{SealedCredential, reveal, subject_name};
pub(crate) use reveal::{subject, subject_as_spelled};
pub(crate) use statement::Statement;
pub use statement::{TEXT_CHARS_MAX, TEXTS_MAX};
pub use status_entry::{EntryRange, StatusRequest};
pub(crate) use status_entry::{ReservedEntry, reserve};
pub use verify::{ChainState, CredentialVerdict, VerifyCredential, verify};

/// The limits of these modules.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [change_status::LIMITS, disclosure::LIMITS, issue::LIMITS, statement::LIMITS, status_entry::LIMITS]
        .concat()
}

#[cfg(test)]
mod tests;
