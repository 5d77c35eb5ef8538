//! A status list, in sentences.

use super::{
    EntryChange, LIST_BITS_MAX, ListDescription, ListPhase, ListType, Publication, StatusList,
    StatusListCommand, StatusListEvent, StatusPurpose, Within,
};
use crate::given::sample::{
    at, bare_publication, change, credential, customer, included, inclusion, list_description, operation,
    publication, rejected, rejection, resource, resource_write, status_list,
};
use crate::given::{Given, assert_laws};
use crate::ledger::LedgerOutcome;
use crate::{Aggregate as _, Event};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeSet;

const LENGTH: u32 = 4;

fn description() -> ListDescription {
    list_description(StatusPurpose::Revocation, LENGTH)
}

fn create_as(owner: u8, description: ListDescription, number: u8) -> StatusListCommand {
    let (list, customer, publication) = (status_list(1), customer(owner), publication(number));
    StatusListCommand::RequestCreation { list, customer, description, publication, at: at(1) }
}

fn create(number: u8) -> StatusListCommand {
    create_as(1, description(), number)
}

fn create_requested_of(description: ListDescription, number: u8) -> StatusListEvent {
    StatusListEvent::StatusListCreateRequested {
        list: status_list(1),
        customer: customer(1),
        description,
        publication: bare_publication(number),
        write: resource_write(number),
        at: at(1),
    }
}

fn create_requested(number: u8) -> StatusListEvent {
    create_requested_of(description(), number)
}

fn created(number: u8) -> StatusListEvent {
    let (list, resource, operation) = (status_list(1), resource(number), operation(number));
    StatusListEvent::StatusListCreated { list, resource, operation, inclusion: inclusion() }
}

fn create_rejected(number: u8) -> StatusListEvent {
    let (list, operation) = (status_list(1), operation(number));
    StatusListEvent::StatusListCreateRejected { list, operation, rejection: rejection(), at: at(9) }
}

fn allocate_as(owner: u8, number: u8, candidate: u32) -> StatusListCommand {
    let (customer, credential) = (customer(owner), credential(number));
    StatusListCommand::AllocateIndex { customer, credential, candidate, within: Within::default(), at: at(2) }
}

fn allocate_within(number: u8, candidate: u32, within: Within) -> StatusListCommand {
    let (customer, credential) = (customer(1), credential(number));
    StatusListCommand::AllocateIndex { customer, credential, candidate, within, at: at(2) }
}

fn allocate(number: u8, candidate: u32) -> StatusListCommand {
    allocate_as(1, number, candidate)
}

fn allocate_exactly(number: u8, index: u32) -> StatusListCommand {
    let (customer, credential) = (customer(1), credential(number));
    StatusListCommand::AllocateExactIndex { customer, credential, index, at: at(2) }
}

fn allocated(number: u8, index: u32) -> StatusListEvent {
    let (list, credential) = (status_list(1), credential(number));
    StatusListEvent::StatusIndexAllocated { list, index, credential, at: at(2) }
}

fn change_as(
    owner: u8,
    based_on: u64,
    changes: Vec<EntryChange>,
    publication: Option<Publication>,
) -> StatusListCommand {
    let (customer, keep_revoked) = (customer(owner), false);
    StatusListCommand::ChangeEntries { customer, based_on, changes, keep_revoked, publication, at: at(3) }
}

/// What suspending and reinstating ask for.
fn reinstate(changes: &[(u32, u8)]) -> StatusListCommand {
    let changes = changes.iter().map(|(index, value)| change(*index, *value)).collect();
    let (customer, based_on) = (customer(1), 0);
    StatusListCommand::ChangeEntries {
        customer,
        based_on,
        changes,
        keep_revoked: true,
        publication: None,
        at: at(3),
    }
}

/// Changes and publishes as resource `number`.
fn publish(based_on: u64, changes: &[(u32, u8)], number: u8) -> StatusListCommand {
    change_as(
        1,
        based_on,
        changes.iter().map(|(index, value)| change(*index, *value)).collect(),
        Some(publication(number)),
    )
}

/// Changes without publishing.
fn note(based_on: u64, changes: &[(u32, u8)]) -> StatusListCommand {
    change_as(1, based_on, changes.iter().map(|(index, value)| change(*index, *value)).collect(), None)
}

fn changed(changes: &[(u32, u8)], revision: u64) -> StatusListEvent {
    let changes = changes.iter().map(|(index, value)| change(*index, *value)).collect();
    StatusListEvent::StatusEntriesChanged { list: status_list(1), changes, revision, at: at(3) }
}

/// The first change, naming credentials.
fn changed_of(changes: &[EntryChange]) -> StatusListEvent {
    let (list, changes) = (status_list(1), changes.to_vec());
    StatusListEvent::StatusEntriesChanged { list, changes, revision: 1, at: at(3) }
}

fn publish_requested(revision: u64, number: u8) -> StatusListEvent {
    let (publication, write) = (bare_publication(number), resource_write(number));
    StatusListEvent::StatusListPublishRequested {
        list: status_list(1),
        revision,
        publication,
        write,
        at: at(3),
    }
}

fn published(revision: u64, number: u8) -> StatusListEvent {
    let (list, resource, operation) = (status_list(1), resource(number), operation(number));
    StatusListEvent::StatusListPublished { list, resource, revision, operation, inclusion: inclusion() }
}

fn publish_rejected(number: u8) -> StatusListEvent {
    let (list, operation) = (status_list(1), operation(number));
    StatusListEvent::StatusListPublishRejected { list, operation, rejection: rejection(), at: at(9) }
}

fn outcome(number: u8, outcome: LedgerOutcome) -> StatusListCommand {
    StatusListCommand::RecordOutcome { operation: operation(number), outcome, at: at(9) }
}

fn live_of(description: ListDescription) -> Given<StatusList> {
    Given::events([create_requested_of(description, 1), created(1)])
}

fn live() -> Given<StatusList> {
    live_of(description())
}

#[test]
fn a_list_is_created_used_and_published() {
    let end = Given::<StatusList>::nothing()
        .when(create(1))
        .then_events([create_requested(1)])
        .when(allocate(1, 2))
        .then_events([allocated(1, 2)])
        .when(outcome(1, included()))
        .then_events([created(1)])
        .when(publish(0, &[(2, 1)], 2))
        .then_events([
            changed_of(&[EntryChange { credential: Some(credential(1)), ..change(2, 1) }]),
            publish_requested(1, 2),
        ])
        .when(outcome(2, included()))
        .then_events([published(1, 2)]);
    let state = end.state();
    assert_eq!((state.phase, state.revision, state.published_revision), (ListPhase::Live, 1, 1));
    assert_eq!((state.value_at(2), state.value_at(1)), (1, 0));
}

#[test]
fn asking_again_for_the_same_creation_changes_nothing_at_any_time() {
    Given::<StatusList>::events([create_requested(1)]).when(create(1)).then_nothing();
    live().when(create(1)).then_nothing();
    Given::<StatusList>::events([create_requested(1), create_rejected(1)]).when(create(1)).then_nothing();
}

#[test]
fn a_list_that_exists_or_is_on_its_way_cannot_be_created_again() {
    live().when(create(2)).then_refused("status-list/already-exists");
    Given::<StatusList>::events([create_requested(1)])
        .when(create(2))
        .then_refused("status-list/already-exists");
}

#[test]
fn a_list_of_somebody_else_does_not_exist_for_a_customer() {
    live().when(create_as(2, description(), 2)).then_refused("status-list/not-found");
    live().when(allocate_as(2, 1, 0)).then_refused("status-list/not-found");
    live().when(change_as(2, 0, vec![change(0, 1)], None)).then_refused("status-list/not-found");
    Given::<StatusList>::nothing().when(allocate(1, 0)).then_refused("status-list/not-found");
}

#[test]
fn a_description_that_no_list_format_allows_is_refused() {
    let bad = [
        ListDescription { purposes: Vec::new(), ..description() },
        ListDescription { length: 0, ..description() },
        ListDescription { status_size_bits: 0, ..description() },
        ListDescription { status_size_bits: 3, ..description() },
        ListDescription { status_size_bits: 9, ..description() },
        ListDescription { list_type: ListType::StatusList2021, status_size_bits: 2, ..description() },
        ListDescription {
            list_type: ListType::StatusList2021,
            purposes: vec![StatusPurpose::Revocation, StatusPurpose::Suspension],
            ..description()
        },
    ];
    for description in bad {
        Given::<StatusList>::nothing()
            .when(create_as(1, description, 1))
            .then_refused("status-list/bad-description");
    }
    // To the last entry, a list must fit into a resource.
    for (list_type, bits, encoding, longest) in [
        (ListType::BitstringStatusList, 1, None, LIST_BITS_MAX),
        (ListType::BitstringStatusList, 2, None, LIST_BITS_MAX / 2),
        (ListType::BitstringStatusList, 8, None, 131_072),
        (ListType::StatusList2021, 1, Some("base64url"), LIST_BITS_MAX),
        (ListType::StatusList2021, 1, Some("hex"), LIST_BITS_MAX / 2),
    ] {
        let of = |length| ListDescription {
            list_type,
            status_size_bits: bits,
            encoding: encoding.map(str::to_owned),
            purposes: vec![StatusPurpose::Revocation],
            length,
            ..description()
        };
        Given::<StatusList>::nothing()
            .when(create_as(1, of(longest + 1), 1))
            .then_refused("status-list/too-long");
        let decided = StatusList::default().decide(create_as(1, of(longest), 1));
        assert!(decided.is_ok(), "{list_type:?} of {longest}: {decided:?}");
    }
}

#[test]
fn a_publication_without_its_signed_message_is_refused() {
    let unsigned = StatusListCommand::RequestCreation {
        list: status_list(1),
        customer: customer(1),
        description: description(),
        publication: bare_publication(1),
        at: at(1),
    };
    Given::<StatusList>::nothing().when(unsigned).then_refused("status-list/write-missing");
    live()
        .when(change_as(1, 0, vec![change(0, 1)], Some(bare_publication(2))))
        .then_refused("status-list/write-missing");
}

#[test]
fn a_rejected_list_takes_nothing_but_may_be_asked_for_again() {
    let failed = Given::<StatusList>::events([create_requested(1)])
        .when(outcome(1, rejected()))
        .then_events([create_rejected(1)]);
    let live = failed
        .when(allocate(1, 0))
        .then_refused("status-list/not-live")
        .when(note(0, &[(0, 1)]))
        .then_refused("status-list/not-live")
        .when(create(3))
        .then_events([create_requested(3)])
        .when(outcome(3, included()))
        .then_events([created(3)]);
    assert_eq!(live.state().phase, ListPhase::Live);
}

#[test]
fn a_rejected_list_whose_entries_are_given_away_keeps_its_description() {
    let failed = || Given::<StatusList>::events([create_requested(1), allocated(1, 3), create_rejected(1)]);
    let shorter = ListDescription { length: 2, ..description() };
    failed().when(create_as(1, shorter, 2)).then_refused("status-list/in-use");
    let again = failed().when(create(2)).then_events([create_requested(2)]);
    assert_eq!(again.state().allocated.get(&credential(1)), Some(&3));
}

#[test]
fn a_taken_candidate_leads_to_the_next_free_entry_around_the_end() {
    live()
        .and([allocated(1, 3), allocated(2, 0)])
        .when(allocate(3, 3))
        .then_events([allocated(3, 1)])
        .when(allocate(4, 3))
        .then_events([allocated(4, 2)])
        .when(allocate(5, 3))
        .then_refused("status-list/full")
        .when(allocate(3, 0))
        .then_nothing();
}

#[test]
fn a_candidate_beyond_the_list_wraps_around() {
    live().when(allocate(1, LENGTH + 2)).then_events([allocated(1, 2)]);
    live().when(allocate(1, u32::MAX)).then_events([allocated(1, u32::MAX % LENGTH)]);
}

#[test]
fn an_entry_that_is_set_is_not_given_to_a_new_credential() {
    live().and([changed(&[(2, 1)], 1)]).when(allocate(1, 2)).then_events([allocated(1, 3)]);
    live().and([changed(&[(2, 1)], 1)]).when(allocate_exactly(1, 2)).then_refused("status-list/index-taken");
}

#[test]
fn an_exact_entry_is_given_or_refused_but_never_exchanged() {
    live()
        .when(allocate_exactly(1, 2))
        .then_events([allocated(1, 2)])
        .when(allocate_exactly(2, 2))
        .then_refused("status-list/index-taken")
        .when(allocate_exactly(1, 3))
        .then_refused("status-list/wrong-entry")
        .when(allocate_exactly(2, LENGTH))
        .then_refused("status-list/index-out-of-range")
        .when(allocate_exactly(1, 2))
        .then_nothing();
}

#[test]
fn entries_change_only_once_the_list_is_on_the_ledger() {
    Given::<StatusList>::events([create_requested(1)])
        .when(publish(0, &[(0, 1)], 2))
        .then_refused("status-list/not-live");
}

#[test]
fn a_change_encoded_from_an_old_revision_is_refused_so_that_no_bit_is_lost() {
    live()
        .and([changed(&[(0, 1)], 1)])
        .when(publish(0, &[(1, 1)], 2))
        .then_refused("status-list/stale-revision")
        .when(publish(2, &[(1, 1)], 2))
        .then_refused("status-list/stale-revision")
        .when(publish(2, &[], 2))
        .then_refused("status-list/stale-revision");
}

#[test]
fn a_change_that_is_not_encoded_cannot_lose_a_bit_whatever_it_was_based_on() {
    live().and([changed(&[(0, 1)], 1)]).when(note(0, &[(1, 1)])).then_events([changed(&[(1, 1)], 2)]);
}

#[test]
fn verdicts_11_a_revision_is_published_though_the_list_went_on() {
    let busy = || live().and([changed(&[(0, 1)], 1), changed(&[(1, 1)], 2), changed(&[(2, 1)], 3)]);
    let given = busy()
        .when(publish(2, &[], 2))
        .then_events([publish_requested(2, 2)])
        .when(publish(2, &[], 3))
        .then_nothing()
        .when(publish(1, &[], 3))
        .then_nothing();
    // What is shown never goes back, and the rest is published after it.
    let given = given.when(publish(3, &[], 3)).then_events([publish_requested(3, 3)]);
    assert_eq!(given.state().shown, None);
    let given = given.when(outcome(2, included())).then_events([published(2, 2)]);
    assert_eq!(given.state().shown, Some((operation(2), resource(2))));
    let given = given.when(publish(3, &[], 4)).then_nothing().when(outcome(3, rejected()));
    let given = given.then_events([publish_rejected(3)]);
    let shown = (given.state().published_revision, given.state().shown);
    assert_eq!(shown, (2, Some((operation(2), resource(2)))));
    let given = given.when(publish(2, &[], 4)).then_nothing();
    given.when(publish(3, &[], 4)).then_events([publish_requested(3, 4)]);
}

#[test]
fn verdicts_12_whose_entry_it_is_stands_in_the_event() {
    let of = |number, index| EntryChange { credential: Some(credential(number)), ..change(index, 1) };
    let event = changed_of(&[of(1, 2), change(0, 1), of(2, 3)]);
    live()
        .and([allocated(1, 2), allocated(2, 3)])
        .when(note(0, &[(2, 1), (0, 1), (3, 1)]))
        .then_events([event]);
}

#[test]
fn verdicts_12_neither_reinstating_nor_suspending_undoes_a_revocation() {
    let both = vec![StatusPurpose::Revocation, StatusPurpose::Suspension];
    let list = |purposes: &[StatusPurpose], bits| ListDescription {
        purposes: purposes.to_vec(),
        status_size_bits: bits,
        ..description()
    };
    for list in [list(&both, 2), list(&[StatusPurpose::Message], 2), list(&both, 8)] {
        let revoked = || live_of(list.clone()).and([changed(&[(0, 1), (1, 2)], 1)]);
        revoked().when(reinstate(&[(0, 0)])).then_refused("status-list/entry-final");
        revoked().when(reinstate(&[(0, 2)])).then_refused("status-list/entry-final");
        revoked().when(reinstate(&[(1, 0)])).then_events([changed(&[(1, 0)], 2)]);
        revoked().when(reinstate(&[(0, 1)])).then_nothing();
        // Who names the value itself means it.
        revoked().when(note(1, &[(0, 3)])).then_events([changed(&[(0, 3)], 2)]);
    }
    let suspends = list(&[StatusPurpose::Suspension], 1);
    live_of(suspends)
        .and([changed(&[(0, 1)], 1)])
        .when(reinstate(&[(0, 0)]))
        .then_events([changed(&[(0, 0)], 2)]);
}

#[test]
fn only_what_changes_stands_in_the_event() {
    live()
        .and([changed(&[(0, 1)], 1)])
        .when(note(1, &[(0, 1), (1, 0), (2, 1), (2, 1)]))
        .then_events([changed(&[(2, 1)], 2)]);
}

#[test]
fn what_came_about_already_needs_no_event_whatever_it_was_based_on() {
    live().and([changed(&[(0, 1)], 1)]).when(note(0, &[(0, 1)])).then_nothing();
    let done = || live().and([changed(&[(0, 1)], 1), publish_requested(1, 2), published(1, 2)]);
    done().when(publish(0, &[(0, 1)], 3)).then_nothing();
    done().when(publish(1, &[], 3)).then_nothing();
    live().when(publish(0, &[], 2)).then_nothing();
}

#[test]
fn a_revision_on_its_way_is_not_published_twice() {
    live().and([changed(&[(0, 1)], 1), publish_requested(1, 2)]).when(publish(1, &[], 3)).then_nothing();
}

#[test]
fn changes_kept_back_are_published_later() {
    live()
        .when(note(0, &[(0, 1)]))
        .then_events([changed(&[(0, 1)], 1)])
        .when(publish(0, &[], 2))
        .then_nothing()
        .when(publish(1, &[], 2))
        .then_events([publish_requested(1, 2)]);
}

#[test]
fn a_rejected_publication_keeps_the_changes_for_the_next_one() {
    let after = live()
        .and([changed(&[(0, 1)], 1), publish_requested(1, 2)])
        .when(outcome(2, rejected()))
        .then_events([publish_rejected(2)]);
    assert_eq!((after.state().value_at(0), after.state().published_revision), (1, 0));
    after.when(publish(1, &[(0, 1)], 3)).then_events([publish_requested(1, 3)]);
}

#[test]
fn what_verifiers_see_never_goes_back() {
    let end = live()
        .and([changed(&[(0, 1)], 1), publish_requested(1, 2), changed(&[(1, 1)], 2), publish_requested(2, 3)])
        .when(outcome(3, included()))
        .then_events([published(2, 3)])
        .when(outcome(2, included()))
        .then_events([published(1, 2)]);
    assert_eq!(end.state().published_revision, 2);
}

#[test]
fn a_revoked_entry_stays_revoked() {
    live().and([changed(&[(0, 1)], 1)]).when(note(1, &[(0, 0)])).then_refused("status-list/entry-final");
}

#[test]
fn a_suspended_entry_is_reinstated() {
    let description = list_description(StatusPurpose::Suspension, LENGTH);
    let end = live_of(description)
        .and([changed(&[(0, 1)], 1)])
        .when(note(1, &[(0, 0)]))
        .then_events([changed(&[(0, 0)], 2)]);
    assert!(end.state().entries.is_empty());
}

#[test]
fn a_change_outside_the_list_or_its_bits_is_refused() {
    live().when(note(0, &[(LENGTH, 1)])).then_refused("status-list/index-out-of-range");
    live().when(note(0, &[(0, 2)])).then_refused("status-list/value-too-large");
    let wide =
        |bits| ListDescription { status_size_bits: bits, ..list_description(StatusPurpose::Message, LENGTH) };
    live_of(wide(2)).when(note(0, &[(0, 3)])).then_events([changed(&[(0, 3)], 1)]);
    live_of(wide(2)).when(note(0, &[(0, 4)])).then_refused("status-list/value-too-large");
    live_of(wide(8)).when(note(0, &[(0, 255)])).then_events([changed(&[(0, 255)], 1)]);
}

#[test]
fn one_entry_does_not_become_two_things() {
    live().when(note(0, &[(0, 1), (0, 0)])).then_refused("status-list/contradicting-changes");
}

#[test]
fn a_change_in_the_name_of_a_credential_hits_its_own_entry_only() {
    let of = |number, index| EntryChange { credential: Some(credential(number)), ..change(index, 1) };
    let given = || live().and([allocated(1, 2)]);
    given().when(change_as(1, 0, vec![of(1, 1)], None)).then_refused("status-list/wrong-entry");
    given().when(change_as(1, 0, vec![of(2, 2)], None)).then_refused("status-list/wrong-entry");
    let event = changed_of(&[of(1, 2)]);
    given().when(change_as(1, 0, vec![of(1, 2)], None)).then_events([event]);
}

#[test]
fn an_outcome_is_recorded_once_and_never_contradicted() {
    live().when(outcome(1, included())).then_nothing();
    live().when(outcome(1, rejected())).then_refused("status-list/outcome-contradicts");
    live()
        .and([changed(&[(0, 1)], 1), publish_requested(1, 2), publish_rejected(2)])
        .when(outcome(2, rejected()))
        .then_nothing()
        .when(outcome(2, included()))
        .then_refused("status-list/outcome-contradicts");
}

#[test]
fn the_outcome_of_a_write_nobody_asked_for_is_refused() {
    Given::<StatusList>::nothing().when(outcome(1, included())).then_refused("status-list/unknown-operation");
    live().when(outcome(2, included())).then_refused("status-list/unknown-operation");
}

#[test]
fn the_last_free_entry_of_a_full_size_list_is_found() {
    let length = 131_072;
    let entries = (0..length).filter(|index| *index != 77).map(|index| change(index, 1)).collect();
    let full = StatusListEvent::StatusEntriesChanged {
        list: status_list(1),
        changes: entries,
        revision: 1,
        at: at(3),
    };
    live_of(list_description(StatusPurpose::Revocation, length))
        .and([full])
        .when(allocate(1, 78))
        .then_events([allocated(1, 77)]);
}

fn any_command() -> impl Strategy<Value = StatusListCommand> {
    let changes = prop::collection::vec((0..5_u32, 0..3_u8), 0..3);
    (0..10_u8, prop_oneof![9 => Just(1_u8), 1 => Just(2)], 1..7_u8, 0..5_u64, changes).prop_map(
        |(verb, owner, number, base, changes)| match verb {
            0 => create_as(owner, description(), number),
            1 => allocate_as(owner, number, u32::from(number)),
            2 => allocate_exactly(number, u32::try_from(base).unwrap()),
            3 => note(base, &changes),
            4..=6 => publish(base, &changes, number),
            7 => outcome(number, rejected()),
            _ => outcome(number, included()),
        },
    )
}

proptest! {
    #[test]
    fn laws_hold(mut commands in prop::collection::vec(any_command(), 0..60), head in any::<bool>()) {
        if head {
            commands.splice(0..0, [create(1), outcome(1, included())]);
        }
        let list = Given::<StatusList>::events(assert_laws::<StatusList>(&commands));
        let state = list.state();
        let distinct: BTreeSet<_> = state.allocated.values().collect();
        prop_assert_eq!(distinct.len(), state.allocated.len(), "two credentials share an entry");
        prop_assert!(state.allocated.values().chain(state.entries.keys()).all(|index| *index < LENGTH));
        prop_assert!(state.published_revision <= state.revision);
    }

    #[test]
    fn a_revoked_entry_never_comes_back(commands in prop::collection::vec(any_command(), 0..60)) {
        let mut list = Given::<StatusList>::nothing();
        let mut revoked = BTreeSet::new();
        for event in assert_laws::<StatusList>(&commands) {
            list = list.and([event]);
            prop_assert!(revoked.iter().all(|index| list.state().value_at(*index) == 1));
            revoked.extend(list.state().entries.keys().copied());
        }
    }

    #[test]
    fn as_many_credentials_as_entries_find_a_place(candidates in prop::collection::vec(any::<u32>(), 4)) {
        let mut list = live();
        for (number, candidate) in (1_u8..).zip(&candidates) {
            let events = crate::Aggregate::decide(list.state(), allocate(number, *candidate)).unwrap();
            prop_assert_eq!(events.len(), 1);
            list = list.and(events);
        }
        list.when(allocate(9, 0)).then_refused("status-list/full");
    }
}

/// The laws say nothing about what random commands never reach.
#[test]
fn random_commands_reach_every_kind_of_event() {
    let mut runner = TestRunner::deterministic();
    let mut kinds = BTreeSet::new();
    for _ in 0..400 {
        let commands = prop::collection::vec(any_command(), 60).new_tree(&mut runner).unwrap().current();
        kinds.extend(assert_laws::<StatusList>(&commands).iter().map(Event::kind));
    }
    assert_eq!(kinds, StatusListEvent::KINDS.iter().copied().collect());
}

#[test]
fn an_entry_lies_in_the_range_asked_for_and_is_none_of_those_excluded() {
    let within = |first, last, excluded: &[u32]| Within { first, last, excluded: excluded.to_vec() };
    for (candidate, within, index) in [
        (0, within(Some(1), Some(2), &[]), 1),
        (1, within(Some(1), Some(2), &[]), 2),
        (2, within(Some(1), Some(2), &[]), 1),
        (1, within(Some(1), Some(2), &[2]), 1),
        (0, within(None, Some(1), &[0]), 1),
        (0, within(Some(2), None, &[2]), 3),
    ] {
        live().when(allocate_within(1, candidate, within)).then_events([allocated(1, index)]);
    }
    live().when(allocate_within(1, 0, within(Some(1), Some(2), &[1, 2]))).then_refused("status-list/full");
    for outside in [within(Some(3), Some(1), &[]), within(None, Some(LENGTH), &[])] {
        live().when(allocate_within(1, 0, outside)).then_refused("status-list/index-out-of-range");
    }
}
