//! Trust registries: accreditations issued, verified, revoked.

mod change_status;
mod issue;
mod scope;
mod verify;

pub use change_status::{AccreditationStatusChanged, ChangeAccreditationStatus, change_status};
pub use issue::{IssueAccreditation, IssuedAccreditation, issue};
pub use verify::{VerifyAccreditation, verify};

pub use credentials::accreditation::AccreditedFor;

use credentials::accreditation::Kind;
use domain::accreditation::AccreditationKind;

/// The wire's name of a kind.
pub const fn wire_kind(kind: AccreditationKind) -> Kind {
    match kind {
        AccreditationKind::Authorize => Kind::Authorize,
        AccreditationKind::Accredit => Kind::Accredit,
        AccreditationKind::Attest => Kind::Attest,
    }
}

#[cfg(test)]
mod tests;
