//! Credentials: issued, verified, revoked.

mod change_status;
mod given;
mod issue;
mod reveal;
mod statement;
mod status_entry;
mod verify;

pub use change_status::{ChangeCredentialStatus, REASON_CHARS_MAX, StatusChanged, change_status};
pub use given::GivenCredential;
pub(crate) use issue::LIMITS as ISSUE_LIMITS;
pub use issue::{IssueCredential, IssuedCredential, issue};
pub(crate) use issue::{parse_date, require_resolvable};
pub(crate) use reveal::subject;
pub use reveal::{SealedCredential, reveal};
pub(crate) use statement::{LIMITS as STATEMENT_LIMITS, Statement};
pub use statement::{TEXT_CHARS_MAX, TEXTS_MAX};
pub use status_entry::StatusRequest;
pub(crate) use status_entry::{ReservedEntry, reserve};
pub use verify::{ChainState, CredentialVerdict, VerifyCredential, verify};
