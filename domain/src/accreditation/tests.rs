//! A line of accreditations, in sentences.

use super::{
    Accreditation, AccreditationCommand, AccreditationDescription, AccreditationEvent, AccreditationKind,
    AccreditationStatusAction as Action, PublicationPhase,
};
use crate::Event;
use crate::given::sample::{
    accreditation, accreditation_description, at, customer, included, inclusion, operation, other_did,
    rejected, rejection, resource, resource_write,
};
use crate::given::{Given, assert_laws};
use crate::ledger::LedgerOutcome;
use crate::status_list::StatusPurpose::{self, Revocation, Suspension};
use AccreditationKind::{Accredit, Attest, Authorize};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeSet;

fn described(number: u8) -> AccreditationDescription {
    accreditation_description(Attest, number, Some(Suspension))
}

fn request_as(owner: u8, description: AccreditationDescription, write: u8) -> AccreditationCommand {
    let (accreditation, customer, write) = (accreditation(1), customer(owner), resource_write(write));
    AccreditationCommand::Request { accreditation, customer, description, write, at: at(1) }
}

fn request(number: u8) -> AccreditationCommand {
    request_as(1, described(number), number)
}

fn requested_as(description: AccreditationDescription, write: u8) -> AccreditationEvent {
    let (accreditation, customer, write) = (accreditation(1), customer(1), resource_write(write));
    AccreditationEvent::AccreditationRequested { accreditation, customer, description, write, at: at(1) }
}

fn requested(number: u8) -> AccreditationEvent {
    requested_as(described(number), number)
}

fn published(number: u8) -> AccreditationEvent {
    let (accreditation, resource, operation) = (accreditation(1), resource(number), operation(number));
    AccreditationEvent::AccreditationPublished { accreditation, resource, operation, inclusion: inclusion() }
}

fn was_rejected(number: u8) -> AccreditationEvent {
    let (accreditation, resource, operation) = (accreditation(1), resource(number), operation(number));
    AccreditationEvent::AccreditationRejected {
        accreditation,
        resource,
        operation,
        rejection: rejection(),
        at: at(9),
    }
}

fn outcome(number: u8, outcome: LedgerOutcome) -> AccreditationCommand {
    AccreditationCommand::RecordOutcome { operation: operation(number), outcome, at: at(9) }
}

fn change_as(owner: u8, number: u8, action: Action) -> AccreditationCommand {
    let (customer, resource, publication) = (customer(owner), resource(number), Some(operation(9)));
    AccreditationCommand::ChangeStatus { customer, resource, action, publication, at: at(2) }
}

fn revoke(number: u8) -> AccreditationCommand {
    change_as(1, number, Action::Revoke)
}

fn suspend(number: u8) -> AccreditationCommand {
    change_as(1, number, Action::Suspend)
}

fn reinstate(number: u8) -> AccreditationCommand {
    change_as(1, number, Action::Reinstate)
}

fn revoked(number: u8) -> AccreditationEvent {
    let (accreditation, resource, publication) = (accreditation(1), resource(number), Some(operation(9)));
    AccreditationEvent::AccreditationRevoked { accreditation, resource, publication, at: at(2) }
}

fn suspended(number: u8) -> AccreditationEvent {
    let (accreditation, resource, publication) = (accreditation(1), resource(number), Some(operation(9)));
    AccreditationEvent::AccreditationSuspended { accreditation, resource, publication, at: at(2) }
}

fn reinstated(number: u8) -> AccreditationEvent {
    let (accreditation, resource, publication) = (accreditation(1), resource(number), Some(operation(9)));
    AccreditationEvent::AccreditationReinstated { accreditation, resource, publication, at: at(2) }
}

fn with(kind: AccreditationKind, purpose: Option<StatusPurpose>) -> Given<Accreditation> {
    Given::events([requested_as(accreditation_description(kind, 1, purpose), 1), published(1)])
}

#[test]
fn a_new_version_supersedes_the_one_before_only_once_it_is_on_the_ledger() {
    let latest =
        |given: &Given<Accreditation>| given.state().latest().map(|latest| latest.description.resource);
    let one = Given::<Accreditation>::nothing()
        .when(request(1))
        .then_events([requested(1)])
        .when(outcome(1, included()))
        .then_events([published(1)]);
    let waiting = one.when(request(2)).then_events([requested(2)]);
    assert_eq!(latest(&waiting), Some(resource(1)));
    let two = waiting.when(outcome(2, included())).then_events([published(2)]);
    assert_eq!(latest(&two), Some(resource(2)));
    assert!(two.state().version(resource(1)).is_some(), "the older exact version remains");
}

#[test]
fn each_version_has_its_own_status() {
    let end = Given::<Accreditation>::events([requested(1), published(1), requested(2), published(2)])
        .when(suspend(1))
        .then_events([suspended(1)])
        .when(reinstate(2))
        .then_nothing()
        .when(suspend(2))
        .then_events([suspended(2)])
        .when(reinstate(1))
        .then_events([reinstated(1)]);
    let status = |number| end.state().version(resource(number)).map(|version| version.status);
    assert_ne!(status(1), status(2));
}

#[test]
fn a_version_asked_for_twice_is_written_once() {
    Given::<Accreditation>::events([requested(1)]).when(request(1)).then_nothing();
    Given::<Accreditation>::events([requested(1), published(1)]).when(request(1)).then_nothing();
    Given::<Accreditation>::events([requested(1), was_rejected(1)]).when(request(1)).then_nothing();
}

#[test]
fn a_resource_id_is_used_once_unless_its_write_was_rejected() {
    let again = || request_as(1, described(1), 4);
    Given::<Accreditation>::events([requested(1)]).when(again()).then_refused("accreditation/already-exists");
    with(Attest, Some(Suspension)).when(again()).then_refused("accreditation/already-exists");
    let retried = Given::<Accreditation>::events([requested(1)])
        .when(outcome(1, rejected()))
        .then_events([was_rejected(1)])
        .when(again())
        .then_events([requested_as(described(1), 4)])
        .when(outcome(1, rejected()))
        .then_nothing();
    let phases: Vec<_> = retried.state().versions.iter().map(|version| version.publication).collect();
    assert_eq!(phases, [PublicationPhase::Pending]);
}

#[test]
fn a_line_of_somebody_else_does_not_exist_for_a_customer() {
    let given = || with(Attest, Some(Revocation));
    given().when(request_as(2, described(2), 2)).then_refused("accreditation/not-found");
    given().when(change_as(2, 1, Action::Revoke)).then_refused("accreditation/not-found");
    given().when(revoke(2)).then_refused("accreditation/not-found");
    Given::<Accreditation>::nothing().when(revoke(1)).then_refused("accreditation/not-found");
}

#[test]
fn issuer_name_and_kind_never_change_along_a_line() {
    let others = [
        accreditation_description(Accredit, 2, None),
        AccreditationDescription { issuer: other_did(), ..described(2) },
        AccreditationDescription { name: "other".to_owned(), ..described(2) },
    ];
    for other in others {
        Given::<Accreditation>::events([requested(1)])
            .when(request_as(1, other, 2))
            .then_refused("accreditation/wrong-line");
    }
    let AccreditationCommand::Request { customer, description, write, at, .. } = request(2) else {
        unreachable!()
    };
    let misplaced =
        AccreditationCommand::Request { accreditation: accreditation(2), customer, description, write, at };
    Given::<Accreditation>::events([requested(1)]).when(misplaced).then_refused("accreditation/wrong-line");
}

#[test]
fn a_root_stands_alone() {
    let root = || accreditation_description(Authorize, 1, None);
    let link = || Some("did:cheqd:…".to_owned());
    Given::<Accreditation>::nothing().when(request_as(1, root(), 1)).then_events([requested_as(root(), 1)]);
    for bad in [
        AccreditationDescription { parent: link(), ..root() },
        AccreditationDescription { root: link(), ..root() },
    ] {
        Given::<Accreditation>::nothing()
            .when(request_as(1, bad, 1))
            .then_refused("accreditation/root-has-parent");
    }
}

#[test]
fn everything_below_the_root_names_its_parent_and_its_root() {
    for kind in [Accredit, Attest] {
        let sound = || accreditation_description(kind, 1, None);
        for bad in [
            AccreditationDescription { parent: None, ..sound() },
            AccreditationDescription { root: None, ..sound() },
        ] {
            Given::<Accreditation>::nothing()
                .when(request_as(1, bad, 1))
                .then_refused("accreditation/parent-missing");
        }
        Given::<Accreditation>::nothing()
            .when(request_as(1, sound(), 1))
            .then_events([requested_as(sound(), 1)]);
    }
}

#[test]
fn only_a_published_version_changes_its_status() {
    Given::<Accreditation>::events([requested(1)])
        .when(suspend(1))
        .then_refused("accreditation/not-published");
    Given::<Accreditation>::events([requested(1), was_rejected(1)])
        .when(suspend(1))
        .then_refused("accreditation/not-published");
}

#[test]
fn revocation_is_final() {
    with(Authorize, Some(Revocation))
        .when(revoke(1))
        .then_events([revoked(1)])
        .when(revoke(1))
        .then_nothing()
        .when(reinstate(1))
        .then_refused("accreditation/already-revoked")
        .when(suspend(1))
        .then_refused("accreditation/already-revoked");
}

#[test]
fn the_status_entry_must_exist_and_serve_the_purpose() {
    with(Attest, Some(Revocation)).when(suspend(1)).then_refused("accreditation/wrong-purpose");
    with(Attest, Some(Suspension)).when(revoke(1)).then_refused("accreditation/wrong-purpose");
    with(Attest, None).when(revoke(1)).then_refused("accreditation/no-status-entry");
}

#[test]
fn an_outcome_is_recorded_once_and_never_contradicted() {
    with(Attest, None)
        .when(outcome(1, included()))
        .then_nothing()
        .when(outcome(1, rejected()))
        .then_refused("accreditation/outcome-contradicts");
}

#[test]
fn the_outcome_of_a_write_nobody_asked_for_is_refused() {
    Given::<Accreditation>::nothing()
        .when(outcome(1, included()))
        .then_refused("accreditation/unknown-operation");
    with(Attest, None).when(outcome(2, included())).then_refused("accreditation/unknown-operation");
}

fn any_command() -> impl Strategy<Value = AccreditationCommand> {
    let kind = prop_oneof![8 => Just(Attest), 1 => Just(Accredit), 1 => Just(Authorize)];
    let purpose = prop::option::of(prop_oneof![Just(Revocation), Just(Suspension)]);
    let owner = prop_oneof![9 => Just(1_u8), 1 => Just(2)];
    (0..9_u8, owner, 1..5_u8, 1..7_u8, kind, purpose).prop_map(
        |(verb, owner, number, write, kind, purpose)| match verb {
            0..=2 => request_as(owner, accreditation_description(kind, number, purpose), write),
            3 => change_as(owner, number, Action::Revoke),
            4 => change_as(owner, number, Action::Suspend),
            5 => change_as(owner, number, Action::Reinstate),
            6 => outcome(write, rejected()),
            _ => outcome(write, included()),
        },
    )
}

proptest! {
    #[test]
    fn laws_hold(commands in prop::collection::vec(any_command(), 0..60)) {
        let line = Given::<Accreditation>::events(assert_laws::<Accreditation>(&commands));
        let mut ids: Vec<_> = line.state().versions.iter().map(|version| version.description.resource).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), line.state().versions.len(), "a version stands twice");
    }
}

/// The laws say nothing about what random commands never reach.
#[test]
fn random_commands_reach_every_kind_of_event() {
    let mut runner = TestRunner::deterministic();
    let mut kinds = BTreeSet::new();
    for _ in 0..400 {
        let commands = prop::collection::vec(any_command(), 60).new_tree(&mut runner).unwrap().current();
        kinds.extend(assert_laws::<Accreditation>(&commands).iter().map(Event::kind));
    }
    assert_eq!(kinds, AccreditationEvent::KINDS.iter().copied().collect());
}
