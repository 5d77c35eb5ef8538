//! What a line of accreditations says to a command.

use super::{
    Accreditation, AccreditationCommand, AccreditationDescription, AccreditationEvent, AccreditationKind,
    AccreditationRefusal, AccreditationStatusAction, AccreditationVersion, PublicationPhase,
};
use crate::credential::CredentialStatus;
use crate::id::{AccreditationId, CustomerId, Instant, OperationId, ResourceId};
use crate::ledger::LedgerOutcome;

type Decision<T> = Result<T, AccreditationRefusal>;

pub(super) fn decide(
    state: &Accreditation,
    command: AccreditationCommand,
) -> Decision<Vec<AccreditationEvent>> {
    match command {
        AccreditationCommand::Request { accreditation, customer, description, write, at } => {
            let new = is_new_version(state, accreditation, customer, &description, write.operation)?;
            let event = AccreditationEvent::AccreditationRequested {
                accreditation,
                customer,
                description,
                write,
                at,
            };
            Ok(new.then_some(event).into_iter().collect())
        }
        AccreditationCommand::ChangeStatus { customer, resource, action, publication, at } => {
            let accreditation = owned(state, customer)?;
            let event = state.status_after(customer, resource, action)?.map(|next| match next {
                CredentialStatus::Revoked => {
                    AccreditationEvent::AccreditationRevoked { accreditation, resource, publication, at }
                }
                CredentialStatus::Suspended => {
                    AccreditationEvent::AccreditationSuspended { accreditation, resource, publication, at }
                }
                CredentialStatus::Issued => {
                    AccreditationEvent::AccreditationReinstated { accreditation, resource, publication, at }
                }
            });
            Ok(event.into_iter().collect())
        }
        AccreditationCommand::RecordOutcome { operation, outcome, at } => {
            record_outcome(state, operation, outcome, at)
        }
    }
}

impl Accreditation {
    /// One version by its resource id.
    pub fn version(&self, resource: ResourceId) -> Option<&AccreditationVersion> {
        self.versions.iter().find(|version| version.description.resource == resource)
    }

    /// The version that the line's "latest" address leads to: the newest that is on the ledger.
    pub fn latest(&self) -> Option<&AccreditationVersion> {
        self.versions.iter().rev().find(|version| version.publication == PublicationPhase::Published)
    }

    /// The status of a version after `action`, `None` if nothing would change. Ask this before the status list is
    /// changed: once the list says so, a refusal comes too late.
    pub fn status_after(
        &self,
        customer: CustomerId,
        resource: ResourceId,
        action: AccreditationStatusAction,
    ) -> Result<Option<CredentialStatus>, AccreditationRefusal> {
        owned(self, customer)?;
        let version = self.version(resource).ok_or(AccreditationRefusal::NotFound)?;
        if version.publication != PublicationPhase::Published {
            return Err(AccreditationRefusal::NotPublished);
        }
        Ok(version.status.after(action, version.description.status.as_ref())?)
    }
}

fn owned(state: &Accreditation, customer: CustomerId) -> Decision<AccreditationId> {
    state.accreditation.filter(|_| state.customer == Some(customer)).ok_or(AccreditationRefusal::NotFound)
}

/// A resource id whose write was rejected never reached the ledger and may be used again.
fn is_new_version(
    state: &Accreditation,
    accreditation: AccreditationId,
    customer: CustomerId,
    description: &AccreditationDescription,
    operation: OperationId,
) -> Decision<bool> {
    if state.customer.is_some_and(|owner| owner != customer) {
        return Err(AccreditationRefusal::NotFound);
    }
    if state.settled.contains(operation)
        || state.versions.iter().any(|version| version.operation == operation)
    {
        return Ok(false);
    }
    check_line(state, accreditation, description)?;
    check_place_in_chain(description)?;
    match state.version(description.resource) {
        Some(version) if version.publication != PublicationPhase::Rejected => {
            Err(AccreditationRefusal::AlreadyExists)
        }
        _ => Ok(true),
    }
}

/// Issuer, name and type make the line; they never change along it.
fn check_line(
    state: &Accreditation,
    accreditation: AccreditationId,
    description: &AccreditationDescription,
) -> Decision<()> {
    let same_line = state.accreditation.is_none_or(|known| known == accreditation)
        && state.versions.first().is_none_or(|first| {
            let first = &first.description;
            first.kind == description.kind
                && first.issuer == description.issuer
                && first.name == description.name
                && first.published_as.resource_type == description.published_as.resource_type
        });
    if same_line { Ok(()) } else { Err(AccreditationRefusal::WrongLine) }
}

/// Invariant I9 of docs/trust.md#invariants.
fn check_place_in_chain(description: &AccreditationDescription) -> Decision<()> {
    let (parent, root) = (description.parent.is_some(), description.root.is_some());
    match description.kind {
        AccreditationKind::Authorize if parent || root => Err(AccreditationRefusal::RootHasParent),
        AccreditationKind::Accredit | AccreditationKind::Attest if !parent || !root => {
            Err(AccreditationRefusal::ParentMissing)
        }
        _ => Ok(()),
    }
}

fn record_outcome(
    state: &Accreditation,
    operation: OperationId,
    outcome: LedgerOutcome,
    at: Instant,
) -> Decision<Vec<AccreditationEvent>> {
    if let Some(end) = state.settled.get(operation) {
        let same = end == outcome.settlement();
        return if same { Ok(Vec::new()) } else { Err(AccreditationRefusal::OutcomeContradicts) };
    }
    let accreditation = state.accreditation.ok_or(AccreditationRefusal::UnknownOperation)?;
    let version = state.versions.iter().find(|version| version.operation == operation);
    let resource = version.ok_or(AccreditationRefusal::UnknownOperation)?.description.resource;
    Ok(vec![match outcome {
        LedgerOutcome::Included(inclusion) => {
            AccreditationEvent::AccreditationPublished { accreditation, resource, operation, inclusion }
        }
        LedgerOutcome::Rejected(rejection) => {
            AccreditationEvent::AccreditationRejected { accreditation, resource, operation, rejection, at }
        }
    }])
}
