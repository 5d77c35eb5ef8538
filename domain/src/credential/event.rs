//! What can happen to a credential.

use super::CredentialDescription;
use crate::id::{CredentialId, CustomerId, Instant, OperationId, Sealed};
use serde::{Deserialize, Serialize};

/// Events of [`super::Credential`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
#[expect(
    clippy::large_enum_variant,
    reason = "made once per request and moved, never kept in bulk; a box would only cost clarity"
)]
pub enum CredentialEvent {
    /// A credential was signed.
    CredentialIssued {
        /// The credential.
        credential: CredentialId,
        /// Whose it is.
        customer: CustomerId,
        /// What may stand in the log in the clear.
        description: CredentialDescription,
        /// The signed credential, sealed.
        sealed: Sealed,
        /// When.
        at: Instant,
    },
    /// It is revoked for good.
    CredentialRevoked {
        /// The credential.
        credential: CredentialId,
        /// The caller's reason.
        reason: Option<String>,
        /// The publication that shows it.
        publication: Option<OperationId>,
        /// When.
        at: Instant,
    },
    /// It is suspended until reinstated.
    CredentialSuspended {
        /// The credential.
        credential: CredentialId,
        /// The caller's reason.
        reason: Option<String>,
        /// The publication that shows it.
        publication: Option<OperationId>,
        /// When.
        at: Instant,
    },
    /// Its suspension is over.
    CredentialReinstated {
        /// The credential.
        credential: CredentialId,
        /// The caller's reason.
        reason: Option<String>,
        /// The publication that shows it.
        publication: Option<OperationId>,
        /// When.
        at: Instant,
    },
}

crate::event_kinds!(CredentialEvent {
    CredentialIssued,
    CredentialRevoked,
    CredentialSuspended,
    CredentialReinstated,
});
