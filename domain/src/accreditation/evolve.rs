//! How a line of accreditations changes with its events.

use super::{Accreditation, AccreditationEvent, AccreditationVersion, PublicationPhase};
use crate::credential::CredentialStatus;
use crate::id::{OperationId, ResourceId};
use crate::ledger::Settlement;

pub(super) fn evolve(state: &mut Accreditation, event: &AccreditationEvent) {
    match event {
        AccreditationEvent::AccreditationRequested {
            accreditation, customer, description, write, ..
        } => {
            state.accreditation = Some(*accreditation);
            state.customer = Some(*customer);
            state.versions.retain(|version| version.description.resource != description.resource);
            state.versions.push(AccreditationVersion {
                description: description.clone(),
                operation: write.operation,
                publication: PublicationPhase::Pending,
                status: CredentialStatus::Issued,
            });
        }
        AccreditationEvent::AccreditationPublished { operation, .. } => {
            state.settled.note(*operation, Settlement::Included);
            set_phase(state, *operation, PublicationPhase::Published);
        }
        AccreditationEvent::AccreditationRejected { operation, .. } => {
            state.settled.note(*operation, Settlement::Rejected);
            set_phase(state, *operation, PublicationPhase::Rejected);
        }
        AccreditationEvent::AccreditationRevoked { resource, .. } => {
            set_status(state, *resource, CredentialStatus::Revoked);
        }
        AccreditationEvent::AccreditationSuspended { resource, .. } => {
            set_status(state, *resource, CredentialStatus::Suspended);
        }
        AccreditationEvent::AccreditationReinstated { resource, .. } => {
            set_status(state, *resource, CredentialStatus::Issued);
        }
    }
}

fn set_phase(state: &mut Accreditation, operation: OperationId, phase: PublicationPhase) {
    if let Some(version) = state.versions.iter_mut().find(|version| version.operation == operation) {
        version.publication = phase;
    }
}

fn set_status(state: &mut Accreditation, resource: ResourceId, status: CredentialStatus) {
    let found = state.versions.iter_mut().find(|version| version.description.resource == resource);
    if let Some(version) = found {
        version.status = status;
    }
}
