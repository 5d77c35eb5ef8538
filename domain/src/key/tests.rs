//! A key, in sentences.

use super::{Key, KeyAlgorithm, KeyCommand, KeyEvent, KeyPurpose};
use crate::given::sample::{at, customer, payer_key_hex, public_key_hex, sealed};
use crate::given::{Given, assert_laws};
use crate::id::KeyId;
use proptest::prelude::*;

fn create(owner: u8, algorithm: KeyAlgorithm, purpose: KeyPurpose, hex: &str) -> KeyCommand {
    KeyCommand::Create {
        kid: KeyId(hex.to_owned()),
        customer: customer(owner),
        algorithm,
        purpose,
        public_key_hex: hex.to_owned(),
        alias: None,
        imported: false,
        at: at(1),
    }
}

fn created(algorithm: KeyAlgorithm, purpose: KeyPurpose, hex: &str) -> KeyEvent {
    KeyEvent::KeyCreated {
        kid: KeyId(hex.to_owned()),
        customer: customer(1),
        algorithm,
        purpose,
        public_key_hex: hex.to_owned(),
        alias: None,
        sealed_alias: None,
        imported: false,
        at: at(1),
    }
}

const ED: KeyAlgorithm = KeyAlgorithm::Ed25519;
const SECP: KeyAlgorithm = KeyAlgorithm::Secp256k1;
const IDENTITY: KeyPurpose = KeyPurpose::Identity;
const PAYER: KeyPurpose = KeyPurpose::Payer;

#[test]
fn an_identity_key_and_a_payer_key_are_noted() {
    let (identity, payer) = (public_key_hex(), payer_key_hex());
    Given::<Key>::nothing()
        .when(create(1, ED, IDENTITY, &identity))
        .then_events([created(ED, IDENTITY, &identity)]);
    Given::<Key>::nothing().when(create(1, SECP, PAYER, &payer)).then_events([created(SECP, PAYER, &payer)]);
}

/// Doors 17: a name of a key is personal data; a repeat is told by the key alone, because sealed texts differ each time.
#[test]
fn doors_17_the_name_of_a_key_is_sealed() {
    let hex = public_key_hex();
    let named = |text: &str| {
        let mut command = create(1, ED, IDENTITY, &hex);
        if let KeyCommand::Create { alias, .. } = &mut command {
            *alias = Some(sealed(text));
        }
        command
    };
    let mut event = created(ED, IDENTITY, &hex);
    if let KeyEvent::KeyCreated { sealed_alias, .. } = &mut event {
        *sealed_alias = Some(sealed("a"));
    }
    Given::<Key>::nothing().when(named("a")).then_events([event]).when(named("b")).then_nothing();
}

/// What was noted of where a key comes from stays, even if it is said otherwise later.
#[test]
fn a_key_that_was_brought_says_so_for_ever() {
    let hex = public_key_hex();
    let mut brought = create(1, ED, IDENTITY, &hex);
    if let KeyCommand::Create { imported, .. } = &mut brought {
        *imported = true;
    }
    let mut event = created(ED, IDENTITY, &hex);
    if let KeyEvent::KeyCreated { imported, .. } = &mut event {
        *imported = true;
    }
    Given::<Key>::nothing()
        .when(brought)
        .then_events([event])
        .when(create(1, ED, IDENTITY, &hex))
        .then_nothing();
}

#[test]
fn a_key_pair_has_one_holder_and_one_purpose() {
    let hex = payer_key_hex();
    Given::<Key>::events([created(SECP, PAYER, &hex)])
        .when(create(1, SECP, PAYER, &hex))
        .then_nothing()
        .when(create(2, SECP, PAYER, &hex))
        .then_refused("key/already-held")
        .when(create(1, SECP, IDENTITY, &hex))
        .then_refused("key/already-held");
}

#[test]
fn a_public_key_of_the_wrong_form_is_refused() {
    let upper = public_key_hex().to_uppercase();
    for hex in ["", "8f", &upper, &payer_key_hex(), &"zz".repeat(32)] {
        Given::<Key>::nothing().when(create(1, ED, IDENTITY, hex)).then_refused("key/malformed");
    }
    Given::<Key>::nothing().when(create(1, SECP, PAYER, &public_key_hex())).then_refused("key/malformed");
}

#[test]
fn a_key_id_that_names_another_key_is_refused() {
    let mut command = create(1, ED, IDENTITY, &public_key_hex());
    if let KeyCommand::Create { kid, .. } = &mut command {
        *kid = KeyId("00".repeat(32));
    }
    Given::<Key>::nothing().when(command).then_refused("key/malformed");
}

#[test]
fn a_payer_account_needs_a_secp256k1_key() {
    Given::<Key>::nothing().when(create(1, ED, PAYER, &public_key_hex())).then_refused("key/wrong-algorithm");
}

fn delete(owner: u8, hex: &str) -> KeyCommand {
    KeyCommand::Delete { kid: KeyId(hex.to_owned()), customer: customer(owner), at: at(2) }
}

fn restore(owner: u8, hex: &str) -> KeyCommand {
    KeyCommand::Restore { kid: KeyId(hex.to_owned()), customer: customer(owner), at: at(2) }
}

#[test]
fn a_key_is_deleted_once_and_may_come_again() {
    let hex = public_key_hex();
    let deleted = KeyEvent::KeyDeleted { kid: KeyId(hex.clone()), customer: customer(1), at: at(2) };
    Given::<Key>::events([created(ED, IDENTITY, &hex)])
        .when(delete(1, &hex))
        .then_events([deleted])
        .when(delete(1, &hex))
        .then_nothing()
        .when(create(1, ED, IDENTITY, &hex))
        .then_events([created(ED, IDENTITY, &hex)]);
}

#[test]
fn a_deletion_is_taken_back_where_there_was_one() {
    let hex = public_key_hex();
    let restored = KeyEvent::KeyRestored { kid: KeyId(hex.clone()), customer: customer(1), at: at(2) };
    Given::<Key>::events([created(ED, IDENTITY, &hex)]).when(restore(1, &hex)).then_nothing();
    let deleted = KeyEvent::KeyDeleted { kid: KeyId(hex.clone()), customer: customer(1), at: at(2) };
    Given::<Key>::events([created(ED, IDENTITY, &hex), deleted])
        .when(restore(1, &hex))
        .then_events([restored]);
}

#[test]
fn nobody_deletes_the_key_of_another_or_one_that_pays() {
    let (identity, payer) = (public_key_hex(), payer_key_hex());
    Given::<Key>::nothing().when(delete(1, &identity)).then_refused("key/not-found");
    Given::<Key>::events([created(ED, IDENTITY, &identity)])
        .when(delete(2, &identity))
        .then_refused("key/not-found");
    Given::<Key>::events([created(SECP, PAYER, &payer)])
        .when(delete(1, &payer))
        .then_refused("key/pays-fees");
}

proptest! {
    #[test]
    fn laws_hold(seeds in prop::collection::vec((0..3_u8, any::<[bool; 3]>(), 0..4_u8), 0..20)) {
        let commands: Vec<_> = seeds.into_iter().map(|(owner, [ed, identity, short], what)| {
            let hex = if short { public_key_hex() } else { payer_key_hex() };
            let purpose = if identity { IDENTITY } else { PAYER };
            match what {
                0 => delete(owner, &hex),
                1 => restore(owner, &hex),
                _ => create(owner, if ed { ED } else { SECP }, purpose, &hex),
            }
        }).collect();
        assert_laws::<Key>(&commands);
    }
}
