//! Trust registries: accreditations issued, verified, revoked.

mod change_status;
mod issue;
mod scope;
mod verify;

pub use change_status::{AccreditationStatusChanged, ChangeAccreditationStatus, change_status};
pub(crate) use issue::signed;
pub use issue::{IssueAccreditation, IssuedAccreditation, issue};
pub use verify::{VerifyAccreditation, verify};

pub use credentials::accreditation::AccreditedFor;

#[cfg(test)]
mod tests;
