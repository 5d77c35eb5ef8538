//! A line of resource versions, in sentences.

use super::{ResourceCommand, ResourceDescription, ResourceEvent, ResourceLine};
use crate::given::sample::{
    at, customer, included, inclusion, operation, rejected, rejection, resource, resource_description,
    resource_write,
};
use crate::given::{Given, assert_laws};
use crate::ledger::LedgerOutcome;
use proptest::prelude::*;

fn request_as(owner: u8, description: ResourceDescription, write: u8) -> ResourceCommand {
    let (customer, write) = (customer(owner), resource_write(write));
    ResourceCommand::RequestVersion { customer, description, write, at: at(1) }
}

fn request(number: u8) -> ResourceCommand {
    request_as(1, resource_description(number), number)
}

fn requested(number: u8) -> ResourceEvent {
    let (description, write) = (resource_description(number), resource_write(number));
    ResourceEvent::ResourceVersionRequested { customer: customer(1), description, write, at: at(1) }
}

fn created(number: u8) -> ResourceEvent {
    let (resource, operation) = (resource(number), operation(number));
    ResourceEvent::ResourceVersionCreated { resource, operation, inclusion: inclusion() }
}

fn was_rejected(number: u8) -> ResourceEvent {
    let (resource, operation) = (resource(number), operation(number));
    ResourceEvent::ResourceVersionRejected { resource, operation, rejection: rejection(), at: at(9) }
}

fn outcome(number: u8, outcome: LedgerOutcome) -> ResourceCommand {
    ResourceCommand::RecordOutcome { operation: operation(number), outcome, at: at(9) }
}

#[test]
fn versions_line_up_in_the_order_of_the_ledger() {
    let line = Given::<ResourceLine>::nothing()
        .when(request(1))
        .then_events([requested(1)])
        .when(request(2))
        .then_events([requested(2)])
        .when(outcome(1, included()))
        .then_events([created(1)])
        .when(outcome(2, included()))
        .then_events([created(2)]);
    assert_eq!(line.state().versions, [resource(1), resource(2)]);
    assert!(line.state().pending.is_empty());
}

#[test]
fn a_rejected_version_does_not_join_the_line_and_its_id_may_be_used_again() {
    let line = Given::<ResourceLine>::events([requested(1)])
        .when(outcome(1, rejected()))
        .then_events([was_rejected(1)])
        .when(request(1))
        .then_nothing();
    assert!(line.state().versions.is_empty());
    let retried = ResourceEvent::ResourceVersionRequested {
        customer: customer(1),
        description: resource_description(1),
        write: resource_write(4),
        at: at(1),
    };
    line.when(request_as(1, resource_description(1), 4)).then_events([retried]);
}

#[test]
fn a_version_asked_for_twice_is_written_once() {
    Given::<ResourceLine>::events([requested(1)]).when(request(1)).then_nothing();
    Given::<ResourceLine>::events([requested(1), created(1)]).when(request(1)).then_nothing();
}

#[test]
fn a_resource_id_is_used_once() {
    let again = || request_as(1, resource_description(1), 4);
    Given::<ResourceLine>::events([requested(1)]).when(again()).then_refused("resource/already-exists");
    Given::<ResourceLine>::events([requested(1), created(1)])
        .when(again())
        .then_refused("resource/already-exists");
}

#[test]
fn a_line_of_somebody_else_does_not_exist_for_a_customer() {
    Given::<ResourceLine>::events([requested(1)])
        .when(request_as(2, resource_description(2), 2))
        .then_refused("resource/not-found");
}

#[test]
fn all_versions_share_one_did_name_and_type() {
    let renamed = ResourceDescription { name: "Other".to_owned(), ..resource_description(2) };
    let retyped = ResourceDescription { resource_type: "Other".to_owned(), ..resource_description(2) };
    for other in [renamed, retyped] {
        Given::<ResourceLine>::events([requested(1)])
            .when(request_as(1, other, 2))
            .then_refused("resource/wrong-line");
    }
}

#[test]
fn an_outcome_is_recorded_once_and_never_contradicted() {
    Given::<ResourceLine>::events([requested(1), created(1)])
        .when(outcome(1, included()))
        .then_nothing()
        .when(outcome(1, rejected()))
        .then_refused("resource/outcome-contradicts");
}

#[test]
fn the_outcome_of_a_write_nobody_asked_for_is_refused() {
    Given::<ResourceLine>::events([requested(1)])
        .when(outcome(2, included()))
        .then_refused("resource/unknown-operation");
}

proptest! {
    #[test]
    fn laws_hold(seeds in prop::collection::vec((0..5_u8, 1..3_u8, 1..6_u8, 1..6_u8), 0..60)) {
        let commands: Vec<_> = seeds.into_iter().map(|(verb, owner, number, write)| match verb {
            0 | 1 => request(number),
            2 => request_as(owner, resource_description(number), write),
            3 => outcome(number, rejected()),
            _ => outcome(number, included()),
        }).collect();
        let history = assert_laws::<ResourceLine>(&commands);
        let line = Given::<ResourceLine>::events(history);
        let mut versions = line.state().versions.clone();
        versions.sort();
        versions.dedup();
        prop_assert_eq!(versions.len(), line.state().versions.len(), "a version stands twice");
    }
}
