//! Who gets which entry.

use super::{
    ListPhase, StatusList, StatusListEvent, StatusListRefusal, Within,
    decide::{Decision, owned},
};
use crate::id::{CredentialId, CustomerId, Instant};
use std::collections::BTreeSet;

/// The first free entry at or after the candidate, wrapping.
pub(super) fn any(
    state: &StatusList,
    customer: CustomerId,
    credential: CredentialId,
    (candidate, within): (u32, &Within),
    at: Instant,
) -> Decision<Vec<StatusListEvent>> {
    let (list, description) = owned(state, customer)?;
    if state.allocated.contains_key(&credential) {
        return Ok(Vec::new());
    }
    check_phase(state)?;
    let index = first_free(state, description.length, candidate, within)?;
    Ok(vec![StatusListEvent::StatusIndexAllocated { list, index, credential, at }])
}

/// The entry asked for, or none.
pub(super) fn exact(
    state: &StatusList,
    customer: CustomerId,
    credential: CredentialId,
    index: u32,
    at: Instant,
) -> Decision<Vec<StatusListEvent>> {
    let (list, description) = owned(state, customer)?;
    match state.allocated.get(&credential) {
        Some(held) if *held == index => return Ok(Vec::new()),
        Some(held) => return Err(StatusListRefusal::WrongEntry { index: *held }),
        None => {}
    }
    check_phase(state)?;
    if index >= description.length {
        return Err(StatusListRefusal::IndexOutOfRange { index, length: description.length });
    }
    if state.entries.contains_key(&index) || state.allocated.values().any(|held| *held == index) {
        return Err(StatusListRefusal::IndexTaken { index });
    }
    Ok(vec![StatusListEvent::StatusIndexAllocated { list, index, credential, at }])
}

/// While the list is on its way, credentials may already refer to it: its name and length will not change.
fn check_phase(state: &StatusList) -> Decision<()> {
    match state.phase {
        ListPhase::Creating | ListPhase::Live => Ok(()),
        ListPhase::Absent | ListPhase::Failed => Err(StatusListRefusal::NotLive),
    }
}

/// An entry that is not zero counts as taken even if we gave it to nobody: a new credential would be born revoked.
fn first_free(state: &StatusList, length: u32, candidate: u32, within: &Within) -> Decision<u32> {
    let first = within.first.unwrap_or(0);
    let last = within.last.unwrap_or_else(|| length.saturating_sub(1));
    if last >= length || first > last {
        return Err(StatusListRefusal::IndexOutOfRange { index: first.max(last), length });
    }
    let taken: BTreeSet<u32> =
        state.allocated.values().chain(state.entries.keys()).chain(&within.excluded).copied().collect();
    let width = last.saturating_sub(first).saturating_add(1);
    let start = first.saturating_add(candidate.checked_rem(width).unwrap_or_default());
    let is_free = |index: &u32| !taken.contains(index);
    (start..=last).chain(first..start).find(is_free).ok_or(StatusListRefusal::Full)
}
