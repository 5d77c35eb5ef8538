//! What a line of resource versions says to a command.

use super::{ResourceCommand, ResourceDescription, ResourceEvent, ResourceLine, ResourceRefusal};
use crate::id::{CustomerId, Instant, OperationId};
use crate::ledger::LedgerOutcome;

type Decision<T> = Result<T, ResourceRefusal>;

pub(super) fn decide(state: &ResourceLine, command: ResourceCommand) -> Decision<Vec<ResourceEvent>> {
    match command {
        ResourceCommand::RequestVersion { customer, description, write, at } => {
            let new = is_new_version(state, customer, &description, write.operation)?;
            let event = ResourceEvent::ResourceVersionRequested { customer, description, write, at };
            Ok(new.then_some(event).into_iter().collect())
        }
        ResourceCommand::RecordOutcome { operation, outcome, at } => {
            record_outcome(state, operation, outcome, at)
        }
    }
}

fn is_new_version(
    state: &ResourceLine,
    customer: CustomerId,
    description: &ResourceDescription,
    operation: OperationId,
) -> Decision<bool> {
    if state.customer.is_some_and(|owner| owner != customer) {
        return Err(ResourceRefusal::NotFound);
    }
    if state.pending.contains_key(&operation) || state.settled.contains(operation) {
        return Ok(false);
    }
    if state.line.as_ref().is_some_and(|line| *line != description.line_key()) {
        return Err(ResourceRefusal::WrongLine);
    }
    let resource = description.resource;
    if state.versions.contains(&resource) || state.pending.values().any(|pending| *pending == resource) {
        return Err(ResourceRefusal::AlreadyExists);
    }
    Ok(true)
}

fn record_outcome(
    state: &ResourceLine,
    operation: OperationId,
    outcome: LedgerOutcome,
    at: Instant,
) -> Decision<Vec<ResourceEvent>> {
    if let Some(end) = state.settled.get(operation) {
        let same = end == outcome.settlement();
        return if same { Ok(Vec::new()) } else { Err(ResourceRefusal::OutcomeContradicts) };
    }
    let resource = *state.pending.get(&operation).ok_or(ResourceRefusal::UnknownOperation)?;
    Ok(vec![match outcome {
        LedgerOutcome::Included(inclusion) => {
            ResourceEvent::ResourceVersionCreated { resource, operation, inclusion }
        }
        LedgerOutcome::Rejected(rejection) => {
            ResourceEvent::ResourceVersionRejected { resource, operation, rejection, at }
        }
    }])
}
