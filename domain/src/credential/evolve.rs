//! How a credential changes with its events.

use super::{Credential, CredentialEvent, CredentialStatus};

pub(super) fn evolve(state: &mut Credential, event: &CredentialEvent) {
    match event {
        CredentialEvent::CredentialIssued { credential, customer, description, sealed, .. } => {
            state.credential = Some(*credential);
            state.customer = Some(*customer);
            state.description = Some(description.clone());
            state.sealed = Some(sealed.clone());
        }
        CredentialEvent::CredentialRevoked { .. } => state.status = CredentialStatus::Revoked,
        CredentialEvent::CredentialSuspended { .. } => state.status = CredentialStatus::Suspended,
        CredentialEvent::CredentialReinstated { .. } => state.status = CredentialStatus::Issued,
    }
}
