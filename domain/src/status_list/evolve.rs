//! How a status list changes with its events.

use super::{EntryChange, ListPhase, StatusList, StatusListEvent};
use crate::ledger::Settlement;

pub(super) fn evolve(state: &mut StatusList, event: &StatusListEvent) {
    match event {
        StatusListEvent::StatusListCreateRequested {
            list,
            customer,
            description,
            publication,
            write,
            ..
        } => {
            state.list = Some(*list);
            state.customer = Some(*customer);
            state.description = Some(description.clone());
            state.phase = ListPhase::Creating;
            state.creation = Some((write.operation, publication.resource));
        }
        StatusListEvent::StatusListCreated { operation, .. } => {
            state.settled.note(*operation, Settlement::Included);
            state.creation = None;
            state.phase = ListPhase::Live;
        }
        StatusListEvent::StatusListCreateRejected { operation, .. } => {
            state.settled.note(*operation, Settlement::Rejected);
            state.creation = None;
            state.phase = ListPhase::Failed;
        }
        StatusListEvent::StatusIndexAllocated { index, credential, .. } => {
            state.allocated.insert(*credential, *index);
        }
        StatusListEvent::StatusEntriesChanged { changes, revision, .. } => {
            for change in changes {
                set(state, change);
            }
            state.revision = *revision;
        }
        StatusListEvent::StatusListPublishRequested { revision, publication, write, .. } => {
            state.pending.insert(write.operation, (*revision, publication.resource));
        }
        StatusListEvent::StatusListPublished { revision, operation, resource, .. } => {
            state.settled.note(*operation, Settlement::Included);
            state.pending.remove(operation);
            if *revision >= state.published_revision {
                state.published_revision = *revision;
                state.shown = Some((*operation, *resource));
            }
        }
        StatusListEvent::StatusListPublishRejected { operation, .. } => {
            state.settled.note(*operation, Settlement::Rejected);
            state.pending.remove(operation);
        }
    }
}

fn set(state: &mut StatusList, change: &EntryChange) {
    if change.value == 0 {
        state.entries.remove(&change.index);
    } else {
        state.entries.insert(change.index, change.value);
    }
}
