//! What can be asked of a credential.

use super::{CredentialDescription, StatusAction};
use crate::id::{CredentialId, CustomerId, Instant, OperationId, Sealed};

/// Commands of [`super::Credential`].
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "made once per request and moved, never kept in bulk; a box would only cost clarity"
)]
pub enum CredentialCommand {
    /// Notes a credential that was just signed.
    Issue {
        /// The credential.
        credential: CredentialId,
        /// Whose it is.
        customer: CustomerId,
        /// What may stand in the log in the clear.
        description: CredentialDescription,
        /// The signed credential, sealed under the subject's data key.
        sealed: Sealed,
        /// Now.
        at: Instant,
    },
    /// Revokes, suspends or reinstates it; the status list was changed before.
    ChangeStatus {
        /// Who asks; must own the credential.
        customer: CustomerId,
        /// What to do.
        action: StatusAction,
        /// The reason given by the caller, if any.
        reason: Option<String>,
        /// The publication of the list that shows it, if it was published.
        publication: Option<OperationId>,
        /// Now.
        at: Instant,
    },
}
