//! A credential, in sentences.

use super::{
    Credential, CredentialCommand, CredentialDescription, CredentialEvent, CredentialStatus, StatusAction,
};
use crate::given::sample::{at, credential, credential_description, customer, operation, sealed};
use crate::given::{Given, assert_laws};
use crate::status_list::StatusPurpose::{self, Message, Refresh, Revocation, Suspension};
use proptest::prelude::*;

fn issue(owner: u8, description: CredentialDescription, nonce: &str) -> CredentialCommand {
    let (credential, customer, sealed) = (credential(1), customer(owner), sealed(nonce));
    CredentialCommand::Issue { credential, customer, description, sealed, at: at(1) }
}

fn issued(purpose: Option<StatusPurpose>) -> CredentialEvent {
    let (credential, customer, sealed) = (credential(1), customer(1), sealed("a"));
    let description = credential_description(purpose);
    CredentialEvent::CredentialIssued { credential, customer, description, sealed, at: at(1) }
}

fn change_as(owner: u8, action: StatusAction) -> CredentialCommand {
    let reason = Some("because".to_owned());
    CredentialCommand::ChangeStatus {
        customer: customer(owner),
        action,
        reason,
        publication: Some(operation(2)),
        at: at(2),
    }
}

fn revoke() -> CredentialCommand {
    change_as(1, StatusAction::Revoke)
}

fn suspend() -> CredentialCommand {
    change_as(1, StatusAction::Suspend)
}

fn reinstate() -> CredentialCommand {
    change_as(1, StatusAction::Reinstate)
}

fn revoked() -> CredentialEvent {
    let (credential, reason, publication) = (credential(1), Some("because".to_owned()), Some(operation(2)));
    CredentialEvent::CredentialRevoked { credential, reason, publication, at: at(2) }
}

fn suspended() -> CredentialEvent {
    let (credential, reason, publication) = (credential(1), Some("because".to_owned()), Some(operation(2)));
    CredentialEvent::CredentialSuspended { credential, reason, publication, at: at(2) }
}

fn reinstated() -> CredentialEvent {
    let (credential, reason, publication) = (credential(1), Some("because".to_owned()), Some(operation(2)));
    CredentialEvent::CredentialReinstated { credential, reason, publication, at: at(2) }
}

fn given(purpose: StatusPurpose) -> Given<Credential> {
    Given::events([issued(Some(purpose))])
}

#[test]
fn a_credential_is_noted_when_it_was_signed() {
    let given = Given::<Credential>::nothing()
        .when(issue(1, credential_description(Some(Revocation)), "a"))
        .then_events([issued(Some(Revocation))]);
    assert_eq!(given.state().status, CredentialStatus::Issued);
}

#[test]
fn noting_it_again_changes_nothing_though_it_was_sealed_anew() {
    given(Revocation).when(issue(1, credential_description(Some(Revocation)), "b")).then_nothing();
}

#[test]
fn a_credential_id_is_used_once() {
    let other =
        CredentialDescription { fingerprint: "00".to_owned(), ..credential_description(Some(Revocation)) };
    given(Revocation).when(issue(1, other, "a")).then_refused("credential/already-issued");
    given(Revocation)
        .when(issue(2, credential_description(Some(Revocation)), "a"))
        .then_refused("credential/already-issued");
}

#[test]
fn revocation_is_final() {
    given(Revocation)
        .when(revoke())
        .then_events([revoked()])
        .when(revoke())
        .then_nothing()
        .when(reinstate())
        .then_refused("credential/already-revoked")
        .when(suspend())
        .then_refused("credential/already-revoked");
}

#[test]
fn suspension_ends_with_reinstatement_and_may_come_again() {
    given(Suspension)
        .when(reinstate())
        .then_nothing()
        .when(suspend())
        .then_events([suspended()])
        .when(suspend())
        .then_nothing()
        .when(reinstate())
        .then_events([reinstated()])
        .when(suspend())
        .then_events([suspended()]);
}

#[test]
fn the_entry_must_serve_the_purpose() {
    given(Suspension).when(revoke()).then_refused("credential/wrong-purpose");
    given(Revocation).when(suspend()).then_refused("credential/wrong-purpose");
    given(Revocation).when(reinstate()).then_refused("credential/wrong-purpose");
    given(Refresh).when(revoke()).then_refused("credential/wrong-purpose");
}

#[test]
fn an_entry_with_messages_follows_every_status_and_a_suspended_credential_may_be_revoked() {
    given(Message)
        .when(suspend())
        .then_events([suspended()])
        .when(revoke())
        .then_events([revoked()])
        .when(reinstate())
        .then_refused("credential/already-revoked");
}

#[test]
fn a_credential_without_a_status_entry_keeps_its_status() {
    for command in [revoke(), suspend(), reinstate()] {
        Given::<Credential>::events([issued(None)]).when(command).then_refused("credential/no-status-entry");
    }
}

#[test]
fn a_credential_of_somebody_else_does_not_exist_for_a_customer() {
    Given::<Credential>::nothing().when(revoke()).then_refused("credential/not-found");
    for action in [StatusAction::Revoke, StatusAction::Suspend, StatusAction::Reinstate] {
        given(Revocation).when(change_as(2, action)).then_refused("credential/not-found");
    }
}

#[test]
fn asking_beforehand_tells_what_the_command_will_say() {
    let state = given(Suspension);
    let ask = |owner, action| state.state().status_after(customer(owner), action);
    assert_eq!(ask(1, StatusAction::Suspend), Ok(Some(CredentialStatus::Suspended)));
    assert_eq!(ask(1, StatusAction::Reinstate), Ok(None));
    assert_eq!(ask(1, StatusAction::Revoke), Err(super::CredentialRefusal::WrongPurpose));
    assert_eq!(ask(2, StatusAction::Suspend), Err(super::CredentialRefusal::NotFound));
}

proptest! {
    #[test]
    fn laws_hold(purpose in prop::option::of(prop_oneof![Just(Revocation), Just(Suspension), Just(Message), Just(Refresh)]),
                 verbs in prop::collection::vec((0..5_u8, prop_oneof![9 => Just(1_u8), 1 => Just(2)]), 0..40)) {
        let commands: Vec<_> = verbs.into_iter().map(|(verb, owner)| match verb {
            0 | 1 => issue(owner, credential_description(purpose), "a"),
            2 => change_as(owner, StatusAction::Revoke),
            3 => change_as(owner, StatusAction::Suspend),
            _ => change_as(owner, StatusAction::Reinstate),
        }).collect();
        let history = assert_laws::<Credential>(&commands);
        let end = history.iter().position(|event| matches!(event, CredentialEvent::CredentialRevoked { .. }));
        prop_assert!(end.is_none_or(|at| at + 1 == history.len()), "something happened after revocation");
    }
}
