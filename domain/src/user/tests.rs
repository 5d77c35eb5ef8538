//! A user, in sentences.

use super::{
    EmailAddress, Identity, SignInFailure, SignInMethod, USER_IDENTITIES_MAX, User, UserCommand, UserEvent,
};
use crate::customer::Revealed;
use crate::given::sample::{at, operation, passkey, sealed, sign_in, user};
use crate::given::{Given, assert_laws};
use crate::id::RevealId;
use proptest::prelude::*;

fn register(number: u8, nonce: &str, verified: Option<&str>) -> UserCommand {
    UserCommand::Register {
        user: user(number),
        email: Some(sealed(nonce)),
        email_hash: verified.map(str::to_owned),
        name: None,
        at: at(1),
    }
}

fn registered(verified: Option<&str>) -> UserEvent {
    UserEvent::UserRegistered {
        user: user(1),
        email: Some(sealed("a")),
        email_hash: verified.map(str::to_owned),
        name: None,
        at: at(1),
    }
}

fn identity(number: usize) -> Identity {
    Identity { issuer: "https://id.example.org".to_owned(), subject_hash: format!("{number:064x}") }
}

fn link(number: usize) -> UserCommand {
    UserCommand::LinkIdentity { identity: identity(number), at: at(2) }
}

fn linked(number: usize) -> UserEvent {
    UserEvent::IdentityLinked { identity: identity(number), at: at(2) }
}

#[test]
fn a_user_is_registered_once_though_sealed_texts_differ() {
    Given::<User>::nothing()
        .when(register(1, "a", Some("h")))
        .then_events([registered(Some("h"))])
        .when(register(1, "b", Some("h")))
        .then_nothing()
        .when(register(2, "a", Some("h")))
        .then_refused("user/already-registered");
}

#[test]
fn an_address_is_verified_once_and_stays() {
    let verified = UserEvent::EmailVerified { email: sealed("b"), email_hash: "h".to_owned(), at: at(1) };
    Given::<User>::events([registered(None)])
        .when(register(1, "a", None))
        .then_nothing()
        .when(register(1, "b", Some("h")))
        .then_events([verified])
        .when(register(1, "c", Some("other")))
        .then_nothing();
}

#[test]
fn nobody_can_be_told_anything_before_being_registered() {
    for command in [
        link(1),
        UserCommand::NotePassword { at: at(2) },
        UserCommand::NotePasskey { passkey: passkey(1), name: sealed("n"), at: at(2) },
        UserCommand::Suspend { at: at(2) },
        UserCommand::Reinstate { at: at(2) },
    ] {
        Given::<User>::nothing().when(command).then_refused("user/not-found");
    }
}

#[test]
fn a_user_is_known_by_several_identities_but_not_by_any_number() {
    let given = Given::<User>::events([registered(Some("h"))])
        .when(link(0))
        .then_events([linked(0)])
        .when(link(0))
        .then_nothing();
    given
        .and((1..USER_IDENTITIES_MAX).map(linked))
        .when(link(USER_IDENTITIES_MAX))
        .then_refused("user/identities-exhausted")
        .when(link(1))
        .then_nothing();
}

#[test]
fn a_suspension_and_its_end_are_noted_once() {
    Given::<User>::events([registered(Some("h"))])
        .when(UserCommand::Reinstate { at: at(2) })
        .then_nothing()
        .when(UserCommand::Suspend { at: at(3) })
        .then_events([UserEvent::UserSuspended { at: at(3) }])
        .when(UserCommand::Suspend { at: at(4) })
        .then_nothing()
        .when(UserCommand::Reinstate { at: at(5) })
        .then_events([UserEvent::UserReinstated { at: at(5) }]);
}

#[test]
fn every_sign_in_and_every_failure_is_noted_once() {
    let (method, reason) = (SignInMethod::Password, SignInFailure::WrongPassword);
    let try_in = |number| UserCommand::NoteSignIn {
        sign_in: sign_in(number),
        address: sealed("127.0.0.1"),
        method,
        at: at(2),
    };
    let fail = |number| UserCommand::NoteFailure {
        sign_in: sign_in(number),
        address: sealed("127.0.0.1"),
        reason,
        at: at(2),
    };
    let address = || sealed("127.0.0.1");
    let signed_in =
        |number| UserEvent::SignedIn { sign_in: sign_in(number), address: address(), method, at: at(2) };
    let failed =
        |number| UserEvent::SignInFailed { sign_in: sign_in(number), address: address(), reason, at: at(2) };
    Given::<User>::events([registered(Some("h"))])
        .when(fail(1))
        .then_events([failed(1)])
        .when(fail(1))
        .then_nothing()
        .when(try_in(2))
        .then_events([signed_in(2)])
        .when(try_in(2))
        .then_nothing()
        .when(UserCommand::NotePassword { at: at(3) })
        .then_events([UserEvent::PasswordChanged { at: at(3) }]);
}

#[test]
fn that_the_operator_was_shown_what_is_sealed_is_noted_each_time_and_once() {
    let what = Revealed { stream: Some("user-1".to_owned()), ..Revealed::default() };
    let reveal = |number| RevealId(operation(number).0);
    let note = |number| UserCommand::NoteReveal { reveal: reveal(number), what: what.clone(), at: at(2) };
    let noted =
        |number| UserEvent::UserDataRevealed { reveal: reveal(number), what: what.clone(), at: at(2) };
    Given::<User>::nothing().when(note(1)).then_refused("user/not-found");
    Given::<User>::events([registered(Some("h"))])
        .when(note(1))
        .then_events([noted(1)])
        .when(note(1))
        .then_nothing()
        .when(note(2))
        .then_events([noted(2)]);
}

#[test]
fn a_passkey_is_added_renamed_and_removed_and_what_is_not_there_is_neither() {
    let note =
        |number, nonce| UserCommand::NotePasskey { passkey: passkey(number), name: sealed(nonce), at: at(2) };
    let rename =
        |number| UserCommand::RenamePasskey { passkey: passkey(number), name: sealed("new"), at: at(3) };
    let remove = |number| UserCommand::RemovePasskey { passkey: passkey(number), at: at(4) };
    let added =
        |number, nonce| UserEvent::PasskeyAdded { passkey: passkey(number), name: sealed(nonce), at: at(2) };
    Given::<User>::events([registered(Some("h"))])
        .when(rename(1))
        .then_nothing()
        .when(note(1, "a"))
        .then_events([added(1, "a")])
        .when(note(1, "b"))
        .then_nothing()
        .when(note(2, "c"))
        .then_events([added(2, "c")])
        .when(rename(1))
        .then_events([UserEvent::PasskeyRenamed { passkey: passkey(1), name: sealed("new"), at: at(3) }])
        .when(remove(1))
        .then_events([UserEvent::PasskeyRemoved { passkey: passkey(1), at: at(4) }])
        .when(remove(1))
        .then_nothing()
        .when(rename(2))
        .then_events([UserEvent::PasskeyRenamed { passkey: passkey(2), name: sealed("new"), at: at(3) }]);
}

#[test]
fn an_address_has_one_spelling_and_no_look_alikes() {
    let parsed = EmailAddress::parse(" Ana.Lopez+x@Example.ORG ").unwrap();
    assert_eq!(
        (parsed.as_str(), parsed.canonical().as_str()),
        ("Ana.Lopez+x@Example.ORG", "ana.lopez+x@example.org")
    );
    assert!(EmailAddress::parse("root@localhost").is_some());
    let long = format!("{}@example.org", "x".repeat(65));
    for bad in [
        "",
        "a",
        "@b",
        "a@",
        "a@b@c",
        "a b@c.d",
        "a@b..c",
        ".a@b.c",
        "a@-b.c",
        "a\n@b.c",
        "\"a\"@b.c",
        "a@[127.0.0.1]",
        // A Cyrillic а, and the Kelvin sign, which some lower-casing makes a k.
        "\u{430}na@example.org",
        "\u{212a}@example.org",
        "a@ex\u{430}mple.org",
        long.as_str(),
    ] {
        assert!(EmailAddress::parse(bad).is_none(), "{bad:?}");
    }
    assert!(!format!("{parsed:?}").to_lowercase().contains("ana"));
}

proptest! {
    #[test]
    fn laws_hold(seeds in prop::collection::vec((0..9_u8, 0..3_u8), 0..40)) {
        let commands: Vec<_> = seeds.into_iter().map(|(verb, number)| match verb {
            0 => register(1 + number % 2, "a", (number > 0).then_some("h")),
            1 => link(number.into()),
            2 => UserCommand::NotePassword { at: at(number) },
            3 => UserCommand::Suspend { at: at(number) },
            4 => UserCommand::Reinstate { at: at(number) },
            5 => UserCommand::NotePasskey { passkey: passkey(number), name: sealed("n"), at: at(number) },
            6 => UserCommand::RenamePasskey { passkey: passkey(number), name: sealed("m"), at: at(number) },
            7 => UserCommand::RemovePasskey { passkey: passkey(number), at: at(number) },
            _ => UserCommand::NoteSignIn {
                sign_in: sign_in(number), address: sealed("a"), method: SignInMethod::Provider, at: at(number),
            },
        }).collect();
        assert_laws::<User>(&commands);
    }
}
