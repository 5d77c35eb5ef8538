//! How a line of resource versions changes with its events.

use super::{ResourceEvent, ResourceLine};
use crate::ledger::Settlement;

pub(super) fn evolve(state: &mut ResourceLine, event: &ResourceEvent) {
    match event {
        ResourceEvent::ResourceVersionRequested { customer, description, write, .. } => {
            state.customer = Some(*customer);
            state.line.get_or_insert_with(|| description.line_key());
            state.pending.insert(write.operation, description.resource);
        }
        ResourceEvent::ResourceVersionCreated { resource, operation, .. } => {
            state.pending.remove(operation);
            state.settled.note(*operation, Settlement::Included);
            if !state.versions.contains(resource) {
                state.versions.push(*resource);
            }
        }
        ResourceEvent::ResourceVersionRejected { operation, .. } => {
            state.pending.remove(operation);
            state.settled.note(*operation, Settlement::Rejected);
        }
    }
}
