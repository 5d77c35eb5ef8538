//! What a DID says to a command.

use super::{
    ControllerKey, DidCommand, DidEvent, DidLabel, DidPhase, DidRecord, DidRefusal, DocumentDrift,
    LedgerDrift, SeenDocument,
};
use crate::id::{CustomerId, Did, Instant, OperationId, VersionId};
use crate::ledger::LedgerOutcome;
use serde_json::Value;
use std::collections::BTreeSet;

type Decision<T> = Result<T, DidRefusal>;

pub(super) fn decide(state: &DidRecord, command: DidCommand) -> Decision<Vec<DidEvent>> {
    match command {
        DidCommand::RequestCreation { did, customer, document, keys, version, label, write, at } => {
            if !is_new_creation(state, customer, version, write.operation)? {
                return Ok(Vec::new());
            }
            let called = called(&did, &DidLabel::default(), label, at);
            let event = DidEvent::DidCreateRequested { did, customer, document, keys, version, write, at };
            Ok([event].into_iter().chain(called).collect())
        }
        DidCommand::Import { did, customer, document, keys, version, label, published, at } => {
            let new = is_new_import(state, customer, version, &keys)?;
            let own =
                if state.customer == Some(customer) { state.label.clone() } else { DidLabel::default() };
            let published = if new { published } else { DidLabel::default() };
            let called = called(&did, &own, label.or(&own).or(&published), at);
            let event = DidEvent::DidImported { did, customer, document, keys, version, at };
            Ok(new.then_some(event).into_iter().chain(called).collect())
        }
        DidCommand::NoteExport { request, customer, at } => {
            let did = owned(state, customer)?;
            if state.last_export == Some(request) {
                return Ok(Vec::new());
            }
            let keys: BTreeSet<_> = state.keys.iter().map(|key| key.kid.clone()).collect();
            if keys.is_empty() {
                return Err(DidRefusal::NoKeys);
            }
            Ok(vec![DidEvent::DidExported { did, request, keys: keys.into_iter().collect(), at }])
        }
        DidCommand::RequestUpdate { customer, document, keys, based_on, version, write, at } => {
            let did = owned(state, customer)?;
            let new = is_new_change(state, version, write.operation)?
                && is_real_update(state, based_on, &document, &keys)?;
            let event = DidEvent::DidUpdateRequested { did, document, keys, version, write, at };
            Ok(new.then_some(event).into_iter().collect())
        }
        DidCommand::RequestDeactivation { customer, version, write, at } => {
            let did = owned(state, customer)?;
            let new = is_new_change(state, version, write.operation)?;
            let event = DidEvent::DidDeactivateRequested { did, version, write, at };
            Ok(new.then_some(event).into_iter().collect())
        }
        DidCommand::Label { customer, name, kind, at } => {
            let did = owned(state, customer)?;
            let next = |given: Option<String>, now: &Option<String>| match given {
                Some(text) => Some(text).filter(|text| !text.is_empty()),
                None => now.clone(),
            };
            let label = DidLabel { name: next(name, &state.label.name), kind: next(kind, &state.label.kind) };
            Ok(called(&did, &state.label, label, at).into_iter().collect())
        }
        DidCommand::RecordOutcome { operation, outcome, at } => record_outcome(state, operation, outcome, at),
        DidCommand::CompareWithLedger { seen, missing_resources, height, at } => {
            Ok(compare(state, seen.as_ref(), missing_resources, (height, at)).into_iter().collect())
        }
    }
}

/// What it is called, if that is something else than now.
fn called(did: &Did, now: &DidLabel, label: DidLabel, at: Instant) -> Option<DidEvent> {
    (label != *now).then(|| DidEvent::DidLabelled { did: did.clone(), label, at })
}

/// A difference is told once; another one, or its end, is told again.
fn compare(
    state: &DidRecord,
    seen: Option<&SeenDocument>,
    mut missing_resources: Vec<String>,
    (height, at): (u64, Instant),
) -> Option<DidEvent> {
    let did = state.did.clone()?;
    if state.pending.is_some() || !matches!(state.phase, DidPhase::Active | DidPhase::Deactivated) {
        return None;
    }
    missing_resources.sort();
    let drift = LedgerDrift { document: document_drift(state, seen), missing_resources };
    let drift = (drift != LedgerDrift::default()).then_some(drift);
    match drift {
        _ if drift == state.drift => None,
        Some(drift) => Some(DidEvent::DidDriftFound { did, drift, height, at }),
        None => Some(DidEvent::DidDriftResolved { did, height, at }),
    }
}

fn document_drift(state: &DidRecord, seen: Option<&SeenDocument>) -> Option<DocumentDrift> {
    let Some(seen) = seen else { return Some(DocumentDrift::Absent) };
    let ended = state.phase == DidPhase::Deactivated;
    match (ended, seen.deactivated) {
        (false, true) => Some(DocumentDrift::Deactivated),
        (true, false) => Some(DocumentDrift::NotDeactivated),
        _ if state.version.is_none_or(|version| version.to_string() != seen.version_id) => {
            Some(DocumentDrift::OtherVersion { version_id: seen.version_id.clone() })
        }
        _ => None,
    }
}

/// The DID, if it exists for this customer.
fn owned(state: &DidRecord, customer: CustomerId) -> Decision<Did> {
    match (&state.did, state.customer) {
        (Some(did), Some(owner)) if owner == customer => Ok(did.clone()),
        _ => Err(DidRefusal::NotFound),
    }
}

fn is_known(state: &DidRecord, operation: OperationId) -> bool {
    state.settled.contains(operation)
        || state.creation == Some(operation)
        || state.pending.as_ref().is_some_and(|change| change.operation == operation)
}

/// A DID whose creation failed does not exist on the ledger, so its owner may ask again with a new operation.
fn is_new_creation(
    state: &DidRecord,
    customer: CustomerId,
    version: VersionId,
    operation: OperationId,
) -> Decision<bool> {
    let Some(owner) = state.customer else { return Ok(true) };
    if owner != customer {
        // What the ledger refused belongs to nobody: whoever failed at it must not keep others from it.
        let is_free = state.phase == DidPhase::Failed && !is_known(state, operation);
        return if is_free { Ok(true) } else { Err(DidRefusal::AlreadyExists) };
    }
    match state.phase {
        _ if is_known(state, operation) => Ok(false),
        DidPhase::Absent | DidPhase::Failed => Ok(true),
        DidPhase::Creating | DidPhase::Active | DidPhase::Deactivated if state.version == Some(version) => {
            Ok(false)
        }
        DidPhase::Creating | DidPhase::Active | DidPhase::Deactivated => Err(DidRefusal::AlreadyExists),
    }
}

/// What was made elsewhere can be anybody's who holds its keys, but only one customer's here. A DID that is here already and was
/// changed elsewhere is taken over anew.
fn is_new_import(
    state: &DidRecord,
    customer: CustomerId,
    version: VersionId,
    keys: &[ControllerKey],
) -> Decision<bool> {
    match (state.customer, state.phase) {
        (None, _) | (_, DidPhase::Absent | DidPhase::Failed) => Ok(true),
        (Some(owner), _) if owner != customer => Err(DidRefusal::AlreadyExists),
        (_, DidPhase::Deactivated) => Err(DidRefusal::Deactivated),
        (_, DidPhase::Creating) => Err(DidRefusal::WritePending),
        (_, DidPhase::Active) if state.pending.is_some() => Err(DidRefusal::WritePending),
        (_, DidPhase::Active) => Ok(state.version != Some(version) || state.keys != keys),
    }
}

fn is_new_change(state: &DidRecord, version: VersionId, operation: OperationId) -> Decision<bool> {
    let took_effect = state.version == Some(version) && state.phase != DidPhase::Failed;
    let on_its_way = state.pending.as_ref().is_some_and(|change| change.version == version);
    match state.phase {
        _ if is_known(state, operation) || took_effect || on_its_way => Ok(false),
        DidPhase::Absent => Err(DidRefusal::NotFound),
        DidPhase::Failed => Err(DidRefusal::CreationFailed),
        DidPhase::Deactivated => Err(DidRefusal::Deactivated),
        DidPhase::Creating => Err(DidRefusal::WritePending),
        DidPhase::Active if state.pending.is_some() => Err(DidRefusal::WritePending),
        DidPhase::Active => Ok(true),
    }
}

/// An update that changes nothing is not worth a fee.
fn is_real_update(
    state: &DidRecord,
    based_on: VersionId,
    document: &Value,
    keys: &[ControllerKey],
) -> Decision<bool> {
    if state.version != Some(based_on) {
        return Err(DidRefusal::StaleVersion);
    }
    Ok(state.document != *document || state.keys != keys)
}

fn record_outcome(
    state: &DidRecord,
    operation: OperationId,
    outcome: LedgerOutcome,
    at: Instant,
) -> Decision<Vec<DidEvent>> {
    if let Some(end) = state.settled.get(operation) {
        return if end == outcome.settlement() {
            Ok(Vec::new())
        } else {
            Err(DidRefusal::OutcomeContradicts)
        };
    }
    let did = state.did.clone().ok_or(DidRefusal::UnknownOperation)?;
    let updates = state
        .pending
        .as_ref()
        .filter(|change| change.operation == operation)
        .map(|change| change.document.is_some());
    Ok(vec![match (updates, outcome) {
        (Some(true), LedgerOutcome::Included(inclusion)) => {
            DidEvent::DidUpdated { did, operation, inclusion }
        }
        (Some(true), LedgerOutcome::Rejected(rejection)) => {
            DidEvent::DidUpdateRejected { did, operation, rejection, at }
        }
        (Some(false), LedgerOutcome::Included(inclusion)) => {
            DidEvent::DidDeactivated { did, operation, inclusion }
        }
        (Some(false), LedgerOutcome::Rejected(rejection)) => {
            DidEvent::DidDeactivateRejected { did, operation, rejection, at }
        }
        (None, _) if state.creation != Some(operation) => return Err(DidRefusal::UnknownOperation),
        (None, LedgerOutcome::Included(inclusion)) => DidEvent::DidCreated { did, operation, inclusion },
        (None, LedgerOutcome::Rejected(rejection)) => {
            DidEvent::DidCreateRejected { did, operation, rejection, at }
        }
    }])
}
