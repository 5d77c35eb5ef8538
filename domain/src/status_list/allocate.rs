//! Who gets which entry.

use super::{
    ListPhase, StatusList, StatusListEvent, StatusListRefusal,
    decide::{Decision, owned},
};
use crate::id::{CredentialId, CustomerId, Instant};

/// The first free entry at or after the candidate, wrapping.
pub(super) fn any(
    state: &StatusList,
    customer: CustomerId,
    credential: CredentialId,
    candidate: u32,
    at: Instant,
) -> Decision<Vec<StatusListEvent>> {
    let (list, description) = owned(state, customer)?;
    if state.allocated.contains_key(&credential) {
        return Ok(Vec::new());
    }
    check_phase(state)?;
    let index = first_free(state, description.length, candidate).ok_or(StatusListRefusal::Full)?;
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
fn first_free(state: &StatusList, length: u32, candidate: u32) -> Option<u32> {
    let mut taken = vec![false; usize::try_from(length).ok()?];
    for index in state.allocated.values().chain(state.entries.keys()) {
        if let Some(slot) = usize::try_from(*index).ok().and_then(|index| taken.get_mut(index)) {
            *slot = true;
        }
    }
    let start = usize::try_from(candidate.checked_rem(length)?).ok()?;
    let index = (start..taken.len()).chain(0..start).find(|index| taken.get(*index) == Some(&false))?;
    u32::try_from(index).ok()
}
