//! What entries say, and what of it is published.

use super::{
    EntryChange, ListDescription, ListPhase, Publication, StatusList, StatusListEvent, StatusListRefusal,
    StatusPurpose,
    decide::{Decision, is_known, owned, split},
};
use crate::id::{CustomerId, Instant};
use std::collections::BTreeMap;

/// Changes entries and publishes the result. What has come about already is not done again: changes that change nothing
/// are left out, and a revision that is on the ledger or on its way is not published a second time.
pub(super) fn entries(
    state: &StatusList,
    customer: CustomerId,
    based_on: u64,
    changes: Vec<EntryChange>,
    publication: Option<Publication>,
    at: Instant,
) -> Decision<Vec<StatusListEvent>> {
    let (list, description) = owned(state, customer)?;
    let publication = publication.map(split).transpose()?;
    if publication.as_ref().is_some_and(|(_, write)| is_known(state, write.operation)) {
        return Ok(Vec::new());
    }
    if state.phase != ListPhase::Live {
        return Err(StatusListRefusal::NotLive);
    }
    let changes = effective(state, description, changes)?;
    let nothing_to_publish = publication.is_none() || is_published_or_on_its_way(state);
    if changes.is_empty() && nothing_to_publish {
        return Ok(Vec::new());
    }
    if based_on != state.revision {
        return Err(StatusListRefusal::StaleRevision);
    }
    let mut events = Vec::with_capacity(2);
    let mut revision = state.revision;
    if !changes.is_empty() {
        revision = revision.saturating_add(1);
        events.push(StatusListEvent::StatusEntriesChanged { list, changes, revision, at });
    }
    if let Some((publication, write)) = publication {
        events.push(StatusListEvent::StatusListPublishRequested { list, revision, publication, write, at });
    }
    Ok(events)
}

fn is_published_or_on_its_way(state: &StatusList) -> bool {
    state.published_revision >= state.revision
        || state.pending.values().any(|(revision, _)| *revision >= state.revision)
}

/// The changes that change something, each checked against the rules of the list.
fn effective(
    state: &StatusList,
    description: &ListDescription,
    changes: Vec<EntryChange>,
) -> Decision<Vec<EntryChange>> {
    let mut wanted: BTreeMap<u32, u8> = BTreeMap::new();
    let mut effective = Vec::with_capacity(changes.len());
    for change in changes {
        check(state, description, &change)?;
        match wanted.insert(change.index, change.value) {
            Some(before) if before != change.value => {
                return Err(StatusListRefusal::ContradictingChanges { index: change.index });
            }
            None if state.value_at(change.index) != change.value => effective.push(change),
            Some(_) | None => {}
        }
    }
    Ok(effective)
}

fn check(state: &StatusList, description: &ListDescription, change: &EntryChange) -> Decision<()> {
    let EntryChange { index, value, credential } = *change;
    if index >= description.length {
        return Err(StatusListRefusal::IndexOutOfRange { index, length: description.length });
    }
    let bits = description.status_size_bits;
    if u32::from(value) >> bits != 0 {
        return Err(StatusListRefusal::ValueTooLarge { value, bits });
    }
    if credential.is_some_and(|credential| state.allocated.get(&credential) != Some(&index)) {
        return Err(StatusListRefusal::WrongEntry { index });
    }
    // Only where every purpose is final; a list that also suspends tells the two apart by its values.
    let is_final = description.purposes.iter().all(|purpose| *purpose == StatusPurpose::Revocation);
    let before = state.value_at(index);
    if is_final && before != 0 && before != value {
        return Err(StatusListRefusal::EntryFinal { index });
    }
    Ok(())
}

impl StatusList {
    /// What an entry says in our record, published or not.
    pub fn value_at(&self, index: u32) -> u8 {
        self.entries.get(&index).copied().unwrap_or_default()
    }
}
