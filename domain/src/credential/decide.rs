//! What a credential says to a command.

use super::{
    Credential, CredentialCommand, CredentialDescription, CredentialEvent, CredentialRefusal,
    CredentialStatus, StatusAction,
};
use crate::id::{CredentialId, CustomerId};

type Decision<T> = Result<T, CredentialRefusal>;

pub(super) fn decide(state: &Credential, command: CredentialCommand) -> Decision<Vec<CredentialEvent>> {
    match command {
        CredentialCommand::Issue { credential, customer, description, sealed, at } => {
            let new = is_new(state, customer, &description)?;
            let event = CredentialEvent::CredentialIssued { credential, customer, description, sealed, at };
            Ok(new.then_some(event).into_iter().collect())
        }
        CredentialCommand::ChangeStatus { customer, action, reason, publication, at } => {
            let credential = owned(state, customer)?;
            let event = state.status_after(customer, action)?.map(|next| match next {
                CredentialStatus::Revoked => {
                    CredentialEvent::CredentialRevoked { credential, reason, publication, at }
                }
                CredentialStatus::Suspended => {
                    CredentialEvent::CredentialSuspended { credential, reason, publication, at }
                }
                CredentialStatus::Issued => {
                    CredentialEvent::CredentialReinstated { credential, reason, publication, at }
                }
            });
            Ok(event.into_iter().collect())
        }
    }
}

impl Credential {
    /// The status after `action`, `None` if nothing would change. Ask this before the status list is changed: once the
    /// list says so, a refusal comes too late.
    pub fn status_after(
        &self,
        customer: CustomerId,
        action: StatusAction,
    ) -> Result<Option<CredentialStatus>, CredentialRefusal> {
        owned(self, customer)?;
        let entry = self.description.as_ref().and_then(|description| description.status.as_ref());
        Ok(self.status.after(action, entry)?)
    }
}

fn owned(state: &Credential, customer: CustomerId) -> Decision<CredentialId> {
    state.credential.filter(|_| state.customer == Some(customer)).ok_or(CredentialRefusal::NotFound)
}

/// The sealed text differs each time it is sealed, so a repeat is told by the description, which holds a fingerprint.
fn is_new(state: &Credential, customer: CustomerId, description: &CredentialDescription) -> Decision<bool> {
    match (state.customer, &state.description) {
        (None, _) => Ok(true),
        (Some(owner), Some(known)) if owner == customer && known == description => Ok(false),
        _ => Err(CredentialRefusal::AlreadyIssued),
    }
}
