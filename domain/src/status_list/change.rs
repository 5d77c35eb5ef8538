//! What entries say, and what of it is published.

use super::{
    EntryChange, ListDescription, ListPhase, Publication, StatusList, StatusListEvent, StatusListRefusal,
    StatusPurpose,
    decide::{Decision, is_known, owned, split},
};
use crate::id::{CredentialId, CustomerId, Instant};
use std::collections::BTreeMap;

/// What a command asks of the entries.
pub(super) struct Asked {
    pub(super) based_on: u64,
    pub(super) changes: Vec<EntryChange>,
    pub(super) keep_revoked: bool,
}

/// Changes entries and publishes the result. What has come about already is not done again: changes that change nothing
/// are left out, and a revision that is on the ledger or on its way is not published a second time.
pub(super) fn entries(
    state: &StatusList,
    customer: CustomerId,
    asked: Asked,
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
    let Asked { based_on, changes, keep_revoked } = asked;
    let is_publication_only = changes.is_empty();
    let changes = effective(state, description, changes, keep_revoked)?;
    // Others may go on changing the list while a revision of it is encoded and signed; they are published after it.
    let mut revision = if is_publication_only { based_on } else { state.revision };
    let nothing_to_publish = publication.is_none() || state.is_shown_or_on_its_way(revision);
    if changes.is_empty() && nothing_to_publish {
        return Ok(Vec::new());
    }
    let is_stale = if is_publication_only { based_on > state.revision } else { based_on != state.revision };
    if publication.is_some() && is_stale {
        return Err(StatusListRefusal::StaleRevision);
    }
    let mut events = Vec::with_capacity(2);
    if !changes.is_empty() {
        revision = revision.saturating_add(1);
        events.push(StatusListEvent::StatusEntriesChanged { list, changes, revision, at });
    }
    if let Some((publication, write)) = publication {
        events.push(StatusListEvent::StatusListPublishRequested { list, revision, publication, write, at });
    }
    Ok(events)
}

/// The changes that change something, each checked against the rules of the list.
fn effective(
    state: &StatusList,
    description: &ListDescription,
    changes: Vec<EntryChange>,
    keep_revoked: bool,
) -> Decision<Vec<EntryChange>> {
    let mut wanted: BTreeMap<u32, u8> = BTreeMap::new();
    let mut effective = Vec::with_capacity(changes.len());
    let holders: BTreeMap<u32, CredentialId> = if changes.iter().any(|change| change.credential.is_none()) {
        state.allocated.iter().map(|(credential, index)| (*index, *credential)).collect()
    } else {
        BTreeMap::new()
    };
    for mut change in changes {
        check(state, description, &change, keep_revoked)?;
        // Whose entry it is stands in the event, so that the credential's history can follow.
        change.credential = change.credential.or_else(|| holders.get(&change.index).copied());
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

fn check(
    state: &StatusList,
    description: &ListDescription,
    change: &EntryChange,
    keep_revoked: bool,
) -> Decision<()> {
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
    let is_revoked = if is_final { before != 0 } else { keep_revoked && bits > 1 && before == REVOKED };
    if is_revoked && before != value {
        return Err(StatusListRefusal::EntryFinal { index });
    }
    Ok(())
}

/// The value that means revoked in a list that also suspends.
const REVOKED: u8 = 1;

impl StatusList {
    /// Whether verifiers see the revision, or will if what is on its way is taken.
    pub fn is_shown_or_on_its_way(&self, revision: u64) -> bool {
        self.published_revision >= revision || self.pending.values().any(|(other, _)| *other >= revision)
    }

    /// What an entry says in our record, published or not.
    pub fn value_at(&self, index: u32) -> u8 {
        self.entries.get(&index).copied().unwrap_or_default()
    }
}
