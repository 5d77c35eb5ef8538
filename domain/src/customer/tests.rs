//! A customer, in sentences.

use super::{
    ApiKeyGrant, Customer, CustomerCommand, CustomerEvent, MAX_WORKING_API_KEYS_COUNT, PayerAccount, Revealed,
};
use crate::given::sample::{api_key, at, customer, payer, sealed};
use crate::given::{Given, assert_laws};
use crate::id::{ApiKeyId, Network, RevealId};
use proptest::prelude::*;
use std::collections::BTreeSet;
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
        grant: None,
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
        grant: None,
        at: at(10),
    }
}

fn revoke(number: u8) -> CustomerCommand {
    CustomerCommand::RevokeApiKey { key: api_key(number), at: at(20) }
}

fn revoked(number: u8) -> CustomerEvent {
    CustomerEvent::ApiKeyRevoked { key: api_key(number), at: at(20) }
}

fn change(number: u8, name: Option<&str>, expires: Option<u8>) -> CustomerCommand {
    let (key, name, expires_at) = (api_key(number), name.map(str::to_owned), expires.map(at));
    CustomerCommand::ChangeApiKey { key, name, expires_at, at: at(20) }
}

fn changed(number: u8, name: &str, expires: u8) -> CustomerEvent {
    let (key, name) = (api_key(number), name.to_owned());
    CustomerEvent::ApiKeyChanged { key, name, expires_at: at(expires), at: at(20) }
}

/// From key 1 to key 2.
fn rotate(old_ends: u8) -> CustomerCommand {
    rotation(1, 2, old_ends)
}

/// From this key to key 200.
fn replace(old: u8, old_ends: u8) -> CustomerCommand {
    rotation(old, 200, old_ends)
}

fn replaced() -> CustomerEvent {
    issued_at_rotation(200)
}

fn rotation(old: u8, new: u8, old_ends: u8) -> CustomerCommand {
    CustomerCommand::RotateApiKey {
        old: api_key(old),
        key: api_key(new),
        hash: "hash of new".to_owned(),
        last_four: "1234".to_owned(),
        expires_at: at(99),
        old_ends_at: at(old_ends),
        maker: None,
        at: at(20),
    }
}

fn rotated() -> CustomerEvent {
    issued_at_rotation(2)
}

fn issued_at_rotation(number: u8) -> CustomerEvent {
    let mut event = issued(api_key(number), "new", 99);
    if let CustomerEvent::ApiKeyIssued { at: issued_at, .. } = &mut event {
        *issued_at = at(20);
    }
    event
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
fn an_api_key_that_could_act_nowhere_is_refused() {
    let nowhere = ApiKeyGrant { networks: Some(BTreeSet::new()), ..ApiKeyGrant::default() };
    let mut command = issue(1, "s", 99);
    if let CustomerCommand::IssueApiKey { grant, .. } = &mut command {
        *grant = Some(nowhere);
    }
    Given::<Customer>::events([registered()]).when(command).then_refused("customer/networks-missing");
}

#[test]
fn an_unknown_api_key_cannot_be_revoked() {
    Given::<Customer>::events([registered()]).when(revoke(1)).then_refused("customer/api-key-not-found");
}

#[test]
fn safety_11_a_working_api_key_gets_another_name_or_end() {
    Given::<Customer>::events([registered(), issued(api_key(1), "s", 99)])
        .when(change(1, Some(" phone "), None))
        .then_events([changed(1, "phone", 99)])
        .when(change(1, None, Some(50)))
        .then_events([changed(1, "phone", 50)])
        .when(change(1, Some("phone"), Some(50)))
        .then_nothing()
        .when(change(1, None, Some(20)))
        .then_refused("customer/api-key-already-expired");
}

#[test]
fn safety_11_a_key_that_works_no_more_is_never_brought_back() {
    Given::<Customer>::events([registered(), issued(api_key(1), "s", 20), issued(api_key(3), "s", 99)])
        .when(change(1, None, Some(99)))
        .then_refused("customer/api-key-expired")
        .when(revoke(3))
        .then_events([revoked(3)])
        .when(change(3, None, Some(150)))
        .then_refused("customer/api-key-revoked")
        .when(change(9, None, Some(150)))
        .then_refused("customer/api-key-not-found");
}

#[test]
fn safety_11_a_key_is_replaced_in_one_step_with_or_without_overlap() {
    let given = || Given::<Customer>::events([registered(), issued(api_key(1), "s", 50)]);
    given().when(rotate(20)).then_events([rotated(), revoked(1)]).when(rotate(20)).then_nothing();
    given().when(rotate(30)).then_events([rotated(), changed(1, "laptop", 30)]);
    given().when(rotate(60)).then_events([rotated()]).when(revoke(1)).then_events([revoked(1)]);
    given()
        .when(revoke(1))
        .then_events([revoked(1)])
        .when(rotate(30))
        .then_refused("customer/api-key-revoked");
}

#[test]
fn the_name_of_an_api_key_is_printable_and_short() {
    let long = "x".repeat(super::API_KEY_NAME_CHARS_MAX + 1);
    for bad in ["", "  ", "a\nb", long.as_str()] {
        let mut command = issue(1, "s", 99);
        if let CustomerCommand::IssueApiKey { name, .. } = &mut command {
            bad.clone_into(name);
        }
        Given::<Customer>::events([registered(), issued(api_key(2), "s", 99)])
            .when(command)
            .then_refused("customer/api-key-name-invalid")
            .when(change(2, Some(bad), None))
            .then_refused("customer/api-key-name-invalid");
    }
}

#[test]
fn safety_11_an_erasure_is_noted_once_for_each_time_something_was_erased() {
    let note = |keys| CustomerCommand::NoteErasure { subject: "ab".to_owned(), keys, at: at(20) };
    let noted = |keys| CustomerEvent::SubjectErased { subject: "ab".to_owned(), keys, at: at(20) };
    Given::<Customer>::nothing().when(note(1)).then_refused("customer/not-found");
    Given::<Customer>::events([registered()])
        .when(note(1))
        .then_events([noted(1)])
        .when(note(1))
        .then_nothing()
        .when(note(2))
        .then_events([noted(2)]);
}

#[test]
fn only_so_many_api_keys_work_at_a_time_and_dead_ones_do_not_count() {
    let key = |number: usize| ApiKeyId(Uuid::from_u128(number as u128));
    let full = (0..MAX_WORKING_API_KEYS_COUNT - 1).map(|number| issued(key(number), "s", 99));
    Given::<Customer>::events([registered(), issued(api_key(2), "old", 10), issued(api_key(3), "s", 99)])
        .and(full)
        .when(issue(1, "s", 99))
        .then_refused("customer/api-keys-exhausted")
        .when(replace(3, 30))
        .then_refused("customer/api-keys-exhausted")
        .when(replace(3, 20))
        .then_events([replaced(), revoked(3)])
        .when(issue(1, "s", 99))
        .then_refused("customer/api-keys-exhausted")
        .when(revoke(200))
        .then_events([revoked(200)])
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
    fn laws_hold(seeds in prop::collection::vec((0..5_u8, 0..3_u8, 0..2_u8), 0..40)) {
        let commands: Vec<_> = seeds.into_iter().map(|(verb, number, flag)| match verb {
            3 if flag == 0 => change(number, Some("other"), None),
            3 => rotate(if number == 0 { 20 } else { 60 }),
            0 => register(if flag == 0 { payers() } else { Vec::new() }, "a"),
            1 => issue(number, if flag == 0 { "s" } else { "t" }, 99),
            4 => reveal(number, None),
            2 if flag == 1 => trust(if number == 0 { &[] } else { &["did:a:b"] }),
            _ => revoke(number),
        }).collect();
        assert_laws::<Customer>(&commands);
    }
}
