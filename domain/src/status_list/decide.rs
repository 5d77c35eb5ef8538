//! What a status list says to a command.

use super::{
    ListDescription, ListPhase, ListType, Publication, StatusList, StatusListCommand, StatusListEvent,
    StatusListRefusal, StatusPurpose, allocate, change,
};
use crate::id::{CustomerId, Instant, OperationId, StatusListId};
use crate::ledger::{LedgerOutcome, LedgerWrite};

crate::limits! {
    /// Largest list: entries by the bits of each. A list that is full of changes hardly compresses, and it must fit into a
    /// resource of the ledger to its last entry; half of it where it is written in hexadecimal digits.
    pub LIST_BITS_MAX: u32 = 1 << 20, "bits";
}

pub(super) type Decision<T> = Result<T, StatusListRefusal>;

pub(super) fn decide(state: &StatusList, command: StatusListCommand) -> Decision<Vec<StatusListEvent>> {
    match command {
        StatusListCommand::RequestCreation { list, customer, description, publication, at } => {
            let (publication, write) = split(publication)?;
            let new = is_new_creation(state, customer, &description, write.operation)?;
            let event = StatusListEvent::StatusListCreateRequested {
                list,
                customer,
                description,
                publication,
                write,
                at,
            };
            Ok(new.then_some(event).into_iter().collect())
        }
        StatusListCommand::AllocateIndex { customer, credential, candidate, within, at } => {
            allocate::any(state, customer, credential, (candidate, &within), at)
        }
        StatusListCommand::AllocateExactIndex { customer, credential, index, at } => {
            allocate::exact(state, customer, credential, index, at)
        }
        StatusListCommand::ChangeEntries { customer, based_on, changes, keep_revoked, publication, at } => {
            let asked = change::Asked { based_on, changes, keep_revoked };
            change::entries(state, customer, asked, publication, at)
        }
        StatusListCommand::RecordOutcome { operation, outcome, at } => {
            record_outcome(state, operation, outcome, at)
        }
    }
}

/// The list, if it exists for this customer.
pub(super) fn owned(state: &StatusList, customer: CustomerId) -> Decision<(StatusListId, &ListDescription)> {
    match (state.list, &state.description) {
        (Some(list), Some(description)) if state.customer == Some(customer) => Ok((list, description)),
        _ => Err(StatusListRefusal::NotFound),
    }
}

/// Events hold the signed message beside the publication, never twice.
pub(super) fn split(mut publication: Publication) -> Decision<(Publication, LedgerWrite)> {
    let write = publication.write.take().ok_or(StatusListRefusal::WriteMissing)?;
    Ok((publication, write))
}

pub(super) fn is_known(state: &StatusList, operation: OperationId) -> bool {
    state.settled.contains(operation)
        || state.pending.contains_key(&operation)
        || state.creation.is_some_and(|(creation, _)| creation == operation)
}

fn is_new_creation(
    state: &StatusList,
    customer: CustomerId,
    description: &ListDescription,
    operation: OperationId,
) -> Decision<bool> {
    if state.customer.is_some_and(|owner| owner != customer) {
        return Err(StatusListRefusal::NotFound);
    }
    if is_known(state, operation) {
        return Ok(false);
    }
    match state.phase {
        ListPhase::Creating | ListPhase::Live => return Err(StatusListRefusal::AlreadyExists),
        ListPhase::Failed
            if !state.allocated.is_empty() && state.description.as_ref() != Some(description) =>
        {
            return Err(StatusListRefusal::InUse);
        }
        ListPhase::Absent | ListPhase::Failed => {}
    }
    check_description(description)?;
    Ok(true)
}

fn check_description(description: &ListDescription) -> Decision<()> {
    let bits = description.status_size_bits;
    let rules = description.list_type.rules();
    let has_purpose = match description.purposes.len() {
        0 => false,
        1 => true,
        _ => rules.has_several_purposes,
    };
    // The one bit of a token's list says invalid, which is not suspended (draft-ietf-oauth-status-list, section 7.1).
    let says_too_much = description.list_type == ListType::TokenStatusList
        && bits == 1
        && description.purposes.contains(&StatusPurpose::Suspension);
    if !has_purpose || says_too_much || !rules.sizes.contains(&bits) || description.length == 0 {
        return Err(StatusListRefusal::BadDescription);
    }
    let is_hex = description.encoding.as_deref() == Some("hex");
    let limit = LIST_BITS_MAX / u32::from(bits) / if is_hex { 2 } else { 1 };
    if description.length > limit {
        return Err(StatusListRefusal::TooLong { limit });
    }
    Ok(())
}

fn record_outcome(
    state: &StatusList,
    operation: OperationId,
    outcome: LedgerOutcome,
    at: Instant,
) -> Decision<Vec<StatusListEvent>> {
    if let Some(end) = state.settled.get(operation) {
        let same = end == outcome.settlement();
        return if same { Ok(Vec::new()) } else { Err(StatusListRefusal::OutcomeContradicts) };
    }
    let list = state.list.ok_or(StatusListRefusal::UnknownOperation)?;
    let created = state.creation.filter(|(creation, _)| *creation == operation).map(|(_, resource)| resource);
    let published = state.pending.get(&operation).copied();
    Ok(vec![match (created, published, outcome) {
        (Some(resource), _, LedgerOutcome::Included(inclusion)) => {
            StatusListEvent::StatusListCreated { list, resource, operation, inclusion }
        }
        (Some(_), _, LedgerOutcome::Rejected(rejection)) => {
            StatusListEvent::StatusListCreateRejected { list, operation, rejection, at }
        }
        (None, Some((revision, resource)), LedgerOutcome::Included(inclusion)) => {
            StatusListEvent::StatusListPublished { list, resource, revision, operation, inclusion }
        }
        (None, Some(_), LedgerOutcome::Rejected(rejection)) => {
            StatusListEvent::StatusListPublishRejected { list, operation, rejection, at }
        }
        (None, None, _) => return Err(StatusListRefusal::UnknownOperation),
    }])
}
