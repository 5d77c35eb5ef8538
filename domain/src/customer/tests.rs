//! A customer, in sentences.

use super::{Customer, CustomerCommand, CustomerEvent, MAX_WORKING_API_KEYS_COUNT, PayerAccount, Revealed};
use crate::given::sample::{api_key, at, customer, payer, sealed};
use crate::given::{Given, assert_laws};
use crate::id::{ApiKeyId, Network, RevealId};
use proptest::prelude::*;
use uuid::Uuid;

fn payers() -> Vec<PayerAccount> {
    Network::ALL.map(payer).to_vec()
}

fn register(payers: Vec<PayerAccount>, nonce: &str) -> CustomerCommand {
    CustomerCommand::Register { customer: customer(1), name: sealed(nonce), email: None, payers, at: at(1) }
}

fn registered() -> CustomerEvent {
    let (customer, name) = (customer(1), sealed("a"));
    CustomerEvent::CustomerRegistered { customer, name, email: None, payers: payers(), at: at(1) }
}

fn issue(number: u8, secret: &str, expires: u8) -> CustomerCommand {
    CustomerCommand::IssueApiKey {
        key: api_key(number),
        hash: format!("hash of {secret}"),
        last_four: "1234".to_owned(),
        name: "laptop".to_owned(),
        expires_at: at(expires),
        at: at(10),
    }
}

fn issued(key: ApiKeyId, secret: &str, expires: u8) -> CustomerEvent {
    CustomerEvent::ApiKeyIssued {
        key,
        customer: customer(1),
        hash: format!("hash of {secret}"),
        last_four: "1234".to_owned(),
        name: "laptop".to_owned(),
        expires_at: at(expires),
        at: at(10),
    }
}

fn revoke(number: u8) -> CustomerCommand {
    CustomerCommand::RevokeApiKey { key: api_key(number), at: at(20) }
}

fn revoked(number: u8) -> CustomerEvent {
    CustomerEvent::ApiKeyRevoked { key: api_key(number), at: at(20) }
}

#[test]
fn a_new_customer_is_registered_with_its_payers() {
    let given = Given::<Customer>::nothing().when(register(payers(), "a")).then_events([registered()]);
    assert_eq!(given.state().payers, payers());
}

#[test]
fn registering_again_changes_nothing_though_the_name_was_sealed_anew() {
    Given::<Customer>::events([registered()]).when(register(payers(), "b")).then_nothing();
}

#[test]
fn registering_again_with_other_payers_is_refused() {
    Given::<Customer>::events([registered()])
        .when(register(Vec::new(), "a"))
        .then_refused("customer/already-registered");
}

#[test]
fn two_payers_on_one_network_are_refused() {
    let payers = vec![payer(Network::Testnet), payer(Network::Mainnet), payer(Network::Testnet)];
    Given::<Customer>::nothing().when(register(payers, "a")).then_refused("customer/duplicate-payer");
}

#[test]
fn nobody_gets_an_api_key_before_being_registered() {
    Given::<Customer>::nothing().when(issue(1, "s", 99)).then_refused("customer/not-found");
}

#[test]
fn an_api_key_is_issued_once_and_revoked_once() {
    Given::<Customer>::events([registered()])
        .when(issue(1, "s", 99))
        .then_events([issued(api_key(1), "s", 99)])
        .when(revoke(1))
        .then_events([revoked(1)])
        .when(issue(1, "s", 99))
        .then_nothing();
}

#[test]
fn an_api_key_id_does_not_get_a_second_secret() {
    Given::<Customer>::events([registered(), issued(api_key(1), "s", 99)])
        .when(issue(1, "t", 99))
        .then_refused("customer/api-key-already-issued");
}

#[test]
fn an_api_key_that_would_never_work_is_refused() {
    Given::<Customer>::events([registered()])
        .when(issue(1, "s", 10))
        .then_refused("customer/api-key-already-expired")
        .when(issue(1, "s", 11))
        .then_events([issued(api_key(1), "s", 11)]);
}

#[test]
fn an_unknown_api_key_cannot_be_revoked() {
    Given::<Customer>::events([registered()]).when(revoke(1)).then_refused("customer/api-key-not-found");
}

#[test]
fn only_so_many_api_keys_work_at_a_time_and_dead_ones_do_not_count() {
    let key = |number: usize| ApiKeyId(Uuid::from_u128(number as u128));
    let full = (0..MAX_WORKING_API_KEYS_COUNT - 1).map(|number| issued(key(number), "s", 99));
    Given::<Customer>::events([registered(), issued(api_key(2), "old", 10), issued(api_key(3), "s", 99)])
        .and(full)
        .when(issue(1, "s", 99))
        .then_refused("customer/api-keys-exhausted")
        .when(revoke(3))
        .then_events([revoked(3)])
        .when(issue(1, "s", 99))
        .then_events([issued(api_key(1), "s", 99)]);
}

fn trust(roots: &[&str]) -> CustomerCommand {
    CustomerCommand::TrustRoots { roots: roots.iter().map(|root| (*root).to_owned()).collect(), at: at(30) }
}

fn trusted(roots: &[&str]) -> CustomerEvent {
    let roots = roots.iter().map(|root| (*root).to_owned()).collect();
    CustomerEvent::TrustedRootsChanged { roots, at: at(30) }
}

#[test]
fn verdicts_1_a_customer_says_which_roots_it_trusts() {
    Given::<Customer>::nothing().when(trust(&["did:a:b"])).then_refused("customer/not-found");
    let given = Given::<Customer>::events([registered()])
        .when(trust(&[]))
        .then_nothing()
        .when(trust(&["did:a:b", "did:c:d?resourceName=r"]))
        .then_events([trusted(&["did:a:b", "did:c:d?resourceName=r"])])
        .when(trust(&["did:a:b", "did:c:d?resourceName=r"]))
        .then_nothing()
        .when(trust(&["did:c:d"]))
        .then_events([trusted(&["did:c:d"])])
        .when(trust(&[]))
        .then_events([trusted(&[])]);
    assert!(given.state().trusted_roots.is_empty());
}

#[test]
fn verdicts_1_what_a_log_should_not_keep_is_no_root() {
    let long = format!("did:a:{}", "x".repeat(4_096));
    for bad in ["", "https://example.org", "did:a:\0", long.as_str()] {
        Given::<Customer>::events([registered()]).when(trust(&[bad])).then_refused("customer/root-invalid");
    }
    let many = vec!["did:a:b"; super::TRUSTED_ROOTS_MAX + 1];
    Given::<Customer>::events([registered()]).when(trust(&many)).then_refused("customer/roots-too-many");
}

fn reveal(number: u8, stream: Option<&str>) -> CustomerCommand {
    let what = Revealed { stream: stream.map(str::to_owned), ..Revealed::default() };
    CustomerCommand::NoteReveal { reveal: RevealId(Uuid::from_u128(number.into())), what, at: at(40) }
}

/// Doors 17.
#[test]
fn doors_17_each_time_that_personal_data_is_shown_is_noted_once() {
    Given::<Customer>::nothing().when(reveal(1, None)).then_refused("customer/not-found");
    let noted = |number: u8, stream: Option<&str>| {
        let what = Revealed { stream: stream.map(str::to_owned), ..Revealed::default() };
        CustomerEvent::PersonalDataRevealed {
            reveal: RevealId(Uuid::from_u128(number.into())),
            what,
            at: at(40),
        }
    };
    Given::<Customer>::events([registered()])
        .when(reveal(1, None))
        .then_events([noted(1, None)])
        .when(reveal(1, None))
        .then_nothing()
        .when(reveal(2, None))
        .then_events([noted(2, None)])
        .when(reveal(3, Some("did-did:a:b")))
        .then_events([noted(3, Some("did-did:a:b"))]);
}

proptest! {
    #[test]
    fn laws_hold(seeds in prop::collection::vec((0..4_u8, 0..3_u8, 0..2_u8), 0..40)) {
        let commands: Vec<_> = seeds.into_iter().map(|(verb, number, flag)| match verb {
            0 => register(if flag == 0 { payers() } else { Vec::new() }, "a"),
            1 => issue(number, if flag == 0 { "s" } else { "t" }, 99),
            3 => reveal(number, None),
            2 if flag == 1 => trust(if number == 0 { &[] } else { &["did:a:b"] }),
            _ => revoke(number),
        }).collect();
        assert_laws::<Customer>(&commands);
    }
}
