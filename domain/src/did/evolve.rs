//! How a DID changes with its events.

use super::{DidEvent, DidLabel, DidPhase, DidRecord, PendingChange};
use crate::id::OperationId;
use crate::ledger::Settlement;

pub(super) fn evolve(state: &mut DidRecord, event: &DidEvent) {
    match event {
        DidEvent::DidCreateRequested { did, customer, document, keys, version, write, .. } => {
            state.did = Some(did.clone());
            state.customer = Some(*customer);
            state.phase = DidPhase::Creating;
            state.document.clone_from(document);
            state.keys.clone_from(keys);
            state.version = Some(*version);
            state.creation = Some(write.operation);
            state.label = DidLabel::default();
        }
        DidEvent::DidCreated { operation, .. } => end_creation(state, *operation, Settlement::Included),
        DidEvent::DidCreateRejected { operation, .. } => {
            end_creation(state, *operation, Settlement::Rejected);
        }
        DidEvent::DidImported { did, customer, document, keys, version, .. } => {
            let settled = std::mem::take(&mut state.settled);
            // One that was here before is called what it was called, unless it was somebody else's.
            let label = std::mem::take(&mut state.label);
            let label = if state.customer == Some(*customer) { label } else { DidLabel::default() };
            *state = DidRecord {
                did: Some(did.clone()),
                customer: Some(*customer),
                phase: DidPhase::Active,
                document: document.clone(),
                keys: keys.clone(),
                version: Some(*version),
                settled,
                label,
                ..DidRecord::default()
            };
        }
        DidEvent::DidUpdateRequested { document, keys, version, write, .. } => {
            let document = Some((document.clone(), keys.clone()));
            state.pending = Some(PendingChange { operation: write.operation, version: *version, document });
        }
        DidEvent::DidDeactivateRequested { version, write, .. } => {
            state.pending =
                Some(PendingChange { operation: write.operation, version: *version, document: None });
        }
        DidEvent::DidUpdated { operation, .. } | DidEvent::DidDeactivated { operation, .. } => {
            apply_pending(state, *operation);
        }
        DidEvent::DidUpdateRejected { operation, .. } | DidEvent::DidDeactivateRejected { operation, .. } => {
            state.settled.note(*operation, Settlement::Rejected);
            take_pending(state, *operation);
        }
        DidEvent::DidLabelled { label, .. } => state.label.clone_from(label),
        DidEvent::DidDriftFound { drift, .. } => state.drift = Some(drift.clone()),
        DidEvent::DidDriftResolved { .. } => state.drift = None,
        DidEvent::DidExported { request, .. } => state.last_export = Some(*request),
    }
}

fn end_creation(state: &mut DidRecord, operation: OperationId, end: Settlement) {
    state.settled.note(operation, end);
    state.creation = None;
    state.phase = match end {
        Settlement::Included => DidPhase::Active,
        Settlement::Rejected => DidPhase::Failed,
    };
}

fn take_pending(state: &mut DidRecord, operation: OperationId) -> Option<PendingChange> {
    state.pending.take_if(|change| change.operation == operation)
}

fn apply_pending(state: &mut DidRecord, operation: OperationId) {
    state.settled.note(operation, Settlement::Included);
    let Some(change) = take_pending(state, operation) else { return };
    state.version = Some(change.version);
    match change.document {
        Some((document, keys)) => {
            state.document = document;
            state.keys = keys;
        }
        None => state.phase = DidPhase::Deactivated,
    }
}
