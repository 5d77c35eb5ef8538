//! Passkeys, over a world in memory.

use super::*;
use crate::{
    FaultKind,
    fake::{CUSTOMER, Device, World},
    people::{Arrival, Newcomer, Opened, make_reset_link, make_set_up_link, reset, set_up},
    port::{
        Sessions as _,
        attempts::ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX,
        authenticators::{Assertion, Attestation, Backup},
        passkeys::PASSKEYS_PER_USER_MAX,
        sessions::Session,
    },
};
use domain::{
    id::PasskeyId,
    user::{User, UserEvent},
};
use serde_json::Value;
use uuid::Uuid;

/// How often whoever notes something aside gets a turn.
const TURNS: usize = 100;
const HERE: &str = "http://localhost:3000";

fn arrival() -> Arrival {
    Arrival { address: "192.0.2.1".to_owned(), network: "192.0.2.1".to_owned(), user_agent: None }
}

/// An owner who is signed in.
async fn owner(world: &World) -> Session {
    let token = make_set_up_link(&world.studio(), CUSTOMER).await.unwrap();
    let newcomer =
        Newcomer { email: "ana@example.org", name: Some("Ana"), password: "correct horse battery" };
    set_up(&world.studio(), &world.call(), &token, &newcomer, &arrival()).await.unwrap().session
}

/// What comes of adding a device whose browser was asked for a passkey.
async fn answer_adding(
    world: &World,
    session: &Session,
    challenge: &Challenge,
    device: &Device,
    name: &str,
) -> Result<OwnPasskey, Fault> {
    let client_data = Device::client_data(&challenge.bytes().unwrap(), HERE);
    let answer = Attestation { client_data: &client_data, attestation_object: &device.data() };
    let new = NewPasskey { name: Some(name), answer };
    add_passkey(&world.studio(), &world.call(), session, Some(challenge.clone()), new, HERE).await
}

async fn add(world: &World, session: &Session, device: &Device) -> Result<OwnPasskey, Fault> {
    let (challenge, _) = begin_adding_passkey(&world.studio(), &world.call(), session, HERE).await?;
    answer_adding(world, session, &challenge, device, "laptop").await
}

fn asked(world: &World) -> Challenge {
    begin_passkey_sign_in(&world.studio(), &world.call(), HERE).unwrap().0
}

async fn answer_as(
    world: &World,
    challenge: &Challenge,
    device: &Device,
    user: UserId,
) -> Result<Opened, Fault> {
    let client_data = Device::client_data(&challenge.bytes().unwrap(), HERE);
    let (data, signature) = (device.data(), device.signature());
    let answer = PasskeyAnswer {
        credential: device.credential.as_bytes(),
        user_handle: user.0.as_bytes(),
        assertion: Assertion { client_data: &client_data, authenticator_data: &data, signature: &signature },
    };
    let (studio, call) = (world.studio(), world.call());
    sign_in_with_passkey(&studio, &call, Some(challenge.clone()), answer, HERE, &arrival()).await
}

async fn enter(world: &World, device: &Device, user: UserId) -> Result<Opened, Fault> {
    answer_as(world, &asked(world), device, user).await
}

fn code<T>(outcome: Result<T, Fault>) -> &'static str {
    outcome.err().map_or("none", |fault| fault.code)
}

/// This member of the events of this kind, in their order, once there are so many: what fails is noted aside.
async fn told(world: &World, kind: &str, member: &str, count: usize) -> Vec<Value> {
    let mut told = Vec::new();
    for _ in 0..TURNS {
        let events = world.log.since(0);
        told = events.iter().filter(|one| one.kind == kind).map(|one| one.body()[member].clone()).collect();
        if told.len() >= count {
            break;
        }
        tokio::task::yield_now().await;
    }
    told
}

#[tokio::test]
async fn a_passkey_is_added_and_opens_a_session() {
    let world = World::new();
    let session = owner(&world).await;
    let (challenge, wanted) =
        begin_adding_passkey(&world.studio(), &world.call(), &session, HERE).await.unwrap();
    assert_eq!((wanted.account.as_str(), wanted.display_name.as_str()), ("ana@example.org", "Ana"));
    assert_eq!((wanted.user, wanted.present.len()), (session.user, 0));
    assert_eq!(wanted.challenge, challenge.bytes().unwrap());
    let mut device = Device::new("laptop");
    let added = world.when(answer_adding(&world, &session, &challenge, &device, " My laptop ")).await;
    let added = added.then_events(["PasskeyAdded"]).then();
    assert_eq!(added.name.as_deref(), Some("My laptop"));
    let studio = world.studio();
    assert_eq!(passkeys(&studio, session.user).await.unwrap(), std::slice::from_ref(&added));
    let (_, wanted) = begin_adding_passkey(&studio, &world.call(), &session, HERE).await.unwrap();
    assert_eq!(wanted.present, [b"laptop".to_vec()], "no device makes a second one");

    device.counter = 1;
    device.backup.backed_up = false;
    let opened = world.when(enter(&world, &device, session.user)).await.then_events(["SignedIn"]).then();
    assert_eq!((opened.session.user, opened.session.customer), (session.user, CUSTOMER));
    assert_ne!(opened.session.id, session.id);
    assert_eq!(told(&world, "SignedIn", "method", 2).await, ["link", "passkey"]);
    let listed = passkeys(&studio, session.user).await.unwrap();
    assert_eq!(listed[0].last_used_at, Some(world.call().at));
}

#[tokio::test]
async fn a_challenge_is_answered_once_in_time_and_for_what_it_was() {
    let world = World::new();
    let session = owner(&world).await;
    let (studio, device) = (world.studio(), Device::new("laptop"));
    let begin = async || begin_adding_passkey(&studio, &world.call(), &session, HERE).await.unwrap().0;
    let challenge = begin().await;
    answer_adding(&world, &session, &challenge, &device, "a").await.unwrap();
    let other = Device::new("phone");
    let again = answer_adding(&world, &session, &challenge, &other, "b").await;
    assert_eq!(code(again), "auth/passkey-refused");
    let sign_in = asked(&world);
    assert_eq!(code(answer_adding(&world, &session, &sign_in, &other, "b").await), "auth/challenge-unknown");
    let adding = begin().await;
    assert_eq!(code(answer_as(&world, &adding, &device, session.user).await), "auth/challenge-unknown");
    let somebody = Session { user: UserId(Uuid::from_u128(99)), ..session.clone() };
    let anothers = answer_adding(&world, &somebody, &adding, &other, "b").await;
    assert_eq!(code(anothers), "auth/challenge-unknown", "it was for another user");

    answer_as(&world, &sign_in, &device, session.user).await.unwrap();
    assert_eq!(code(answer_as(&world, &sign_in, &device, session.user).await), "auth/wrong-passkey");
    let late = asked(&world);
    world.time.pass(PASSKEY_CHALLENGE_SECONDS);
    assert_eq!(code(answer_as(&world, &late, &device, session.user).await), "auth/challenge-unknown");
}

#[tokio::test]
async fn whatever_is_wrong_is_told_alike_and_the_history_knows_why() {
    let world = World::new();
    let session = owner(&world).await;
    let user = session.user;
    let mut device = Device::new("laptop");
    device.counter = 5;
    add(&world, &session, &device).await.unwrap();
    let mut answers = Vec::new();
    let mut wrong = async |device: &Device, user: UserId| {
        let fault = enter(&world, device, user).await.err().expect("refused");
        assert_eq!((fault.kind, fault.code), (FaultKind::Unauthenticated, "auth/wrong-passkey"));
        answers.push(fault.public);
    };
    wrong(&Device::new("unknown"), user).await;
    device.counter = 6;
    wrong(&device, UserId(Uuid::from_u128(1))).await;
    let copied = Device { backup: Backup { eligible: true, backed_up: true }, ..device.clone() };
    wrong(&copied, user).await;
    for counter in [5, 4, 0] {
        wrong(&Device { counter, ..device.clone() }, user).await;
    }
    // What is noted aside is noted in any order.
    let mut reasons = told(&world, "SignInFailed", "reason", 5).await;
    reasons.sort_by_key(Value::to_string);
    let (wrong, cloned) = ("wrong-passkey", "cloned-passkey");
    assert_eq!(reasons, [cloned, cloned, cloned, wrong, wrong]);
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    enter(&world, &device, user).await.unwrap();
    assert_eq!(code(enter(&world, &device, user).await), "auth/wrong-passkey", "the same count again");
}

#[tokio::test]
async fn a_passkey_that_does_not_count_works_again_and_again() {
    let world = World::new();
    let session = owner(&world).await;
    let device = Device::new("phone");
    add(&world, &session, &device).await.unwrap();
    for _ in 0..3 {
        enter(&world, &device, session.user).await.unwrap();
    }
}

#[tokio::test]
async fn tries_are_counted_and_a_network_is_told_to_wait() {
    let world = World::new();
    let session = owner(&world).await;
    let device = Device::new("laptop");
    add(&world, &session, &device).await.unwrap();
    for _ in 0..ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX {
        let wrong = enter(&world, &device, UserId(Uuid::from_u128(1))).await;
        assert_eq!(code(wrong), "auth/wrong-passkey");
    }
    assert_eq!(code(enter(&world, &device, session.user).await), "auth/too-many-attempts");
}

#[tokio::test]
async fn whoever_adds_a_passkey_has_signed_in_lately() {
    let world = World::new();
    let session = owner(&world).await;
    let (studio, device) = (world.studio(), Device::new("laptop"));
    let (challenge, _) = begin_adding_passkey(&studio, &world.call(), &session, HERE).await.unwrap();
    let lately = Session {
        created_at: world.call().at - TimeDelta::seconds(PASSKEY_SIGNED_IN_SECONDS_MAX),
        ..session.clone()
    };
    assert!(begin_adding_passkey(&studio, &world.call(), &lately, HERE).await.is_ok());
    let long_ago = Session { created_at: lately.created_at - TimeDelta::seconds(1), ..session.clone() };
    let begun = begin_adding_passkey(&studio, &world.call(), &long_ago, HERE).await;
    assert_eq!(code(begun), "auth/sign-in-again");
    let added = answer_adding(&world, &long_ago, &challenge, &device, "a").await;
    assert_eq!(code(added), "auth/sign-in-again");
}

#[tokio::test]
async fn what_cannot_be_added_is_told_and_leaves_nothing() {
    let world = World::new();
    let session = owner(&world).await;
    let device = Device::new("laptop");
    let begin =
        async || begin_adding_passkey(&world.studio(), &world.call(), &session, HERE).await.unwrap().0;
    for name in [" ", "a\nb", &"x".repeat(PASSKEY_NAME_CHARS_MAX + 1)] {
        let challenge = begin().await;
        let told = world.when(answer_adding(&world, &session, &challenge, &device, name)).await;
        told.then_refused("request/invalid");
    }
    let challenge = begin().await;
    let client_data = Device::client_data(&challenge.bytes().unwrap(), "https://evil.example");
    let answer = Attestation { client_data: &client_data, attestation_object: &device.data() };
    let new = NewPasskey { name: None, answer };
    let (studio, call) = (world.studio(), world.call());
    let told = add_passkey(&studio, &call, &session, Some(challenge), new, HERE).await;
    let fault = told.expect_err("refused");
    assert_eq!((fault.kind, fault.code), (FaultKind::Invalid, "auth/passkey-refused"));
    assert_eq!(fault.public, "This passkey cannot be taken: it was made at another page.");
    let told = add_passkey(&studio, &call, &session, None, new, HERE).await;
    assert_eq!(code(told), "auth/challenge-unknown");

    add(&world, &session, &device).await.unwrap();
    assert_eq!(code(add(&world, &session, &device).await), "auth/passkey-known");
    let mut last = None;
    for number in 1..PASSKEYS_PER_USER_MAX {
        last = Some(begin().await);
        add(&world, &session, &Device::new(&format!("device {number}"))).await.unwrap();
    }
    assert_eq!(code(add(&world, &session, &Device::new("one more")).await), "auth/passkeys-exhausted");
    let raced = answer_adding(&world, &session, &last.unwrap(), &Device::new("one more"), "a").await;
    assert_eq!(code(raced), "auth/passkeys-exhausted", "begun while there was room");
    let listed = passkeys(&studio, session.user).await.unwrap();
    assert_eq!(listed.len(), usize::try_from(PASSKEYS_PER_USER_MAX).unwrap());
}

#[tokio::test]
async fn a_passkey_gets_another_name_and_is_removed_by_its_user_only() {
    let world = World::new();
    let session = owner(&world).await;
    let (studio, device, stranger) = (world.studio(), Device::new("laptop"), UserId(Uuid::from_u128(1)));
    let id = add(&world, &session, &device).await.unwrap().id;
    let call = world.call();
    for (user, id) in [(stranger, id), (session.user, PasskeyId(Uuid::nil()))] {
        let renamed = rename_passkey(&studio, &call, user, id, "mine").await;
        assert_eq!(code(renamed), "auth/passkey-not-found");
        assert_eq!(code(remove_passkey(&studio, &call, user, id).await), "auth/passkey-not-found");
    }
    let unnamed = rename_passkey(&studio, &call, session.user, id, "").await;
    assert_eq!(code(unnamed), "request/invalid");
    for name in ["old laptop", "older laptop"] {
        let renamed = world.when(rename_passkey(&studio, &call, session.user, id, name)).await;
        renamed.then_events(["PasskeyRenamed"]).then();
        assert_eq!(passkeys(&studio, session.user).await.unwrap()[0].name.as_deref(), Some(name));
    }
    let removed = world.when(remove_passkey(&studio, &call, session.user, id)).await;
    removed.then_events(["PasskeyRemoved"]).then();
    assert_eq!(code(enter(&world, &device, session.user).await), "auth/wrong-passkey");
    let again = remove_passkey(&studio, &call, session.user, id).await;
    assert_eq!(code(again), "auth/passkey-not-found");
    add(&world, &session, &device).await.expect("it may come back");
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let world = World::new();
    let session = owner(&world).await;
    let (studio, call) = (world.studio(), world.call());
    studio.sign_in.passwords.erase(session.user).await.unwrap();
    let first = add(&world, &session, &Device::new("laptop")).await.unwrap().id;
    let second = add(&world, &session, &Device::new("phone")).await.unwrap().id;
    remove_passkey(&studio, &call, session.user, first).await.unwrap();
    let last = remove_passkey(&studio, &call, session.user, second).await;
    assert_eq!(code(last), "auth/last-way-in");
    enter(&world, &Device::new("phone"), session.user).await.expect("it still opens");
}

#[tokio::test]
async fn a_reset_link_takes_the_passkeys_away() {
    let world = World::new();
    let session = owner(&world).await;
    let (studio, device) = (world.studio(), Device::new("laptop"));
    add(&world, &session, &device).await.unwrap();
    let (begun, _) = begin_adding_passkey(&studio, &world.call(), &session, HERE).await.unwrap();
    world.time.pass(1);
    let link = make_reset_link(&studio, "ana@example.org").await.unwrap();
    let (call, arrival) = (world.call(), arrival());
    let chosen = reset(&studio, &call, &link, "seven unrelated otters", &arrival);
    world.when(chosen).await.then_events(["PasswordChanged", "PasskeyRemoved", "SignedIn"]).then();
    assert_eq!(code(enter(&world, &device, session.user).await), "auth/wrong-passkey");
    // A request of a session that the reset ended, on its way since before.
    let late = answer_adding(&world, &session, &begun, &Device::new("phone"), "phone").await;
    assert_eq!(code(late), "auth/session-ended");
    assert_eq!(passkeys(&studio, session.user).await.unwrap(), []);
}

/// A request of a session that was let in before the reset, and keeps its passkey after the reset removed all.
#[tokio::test]
async fn a_passkey_that_comes_while_all_are_removed_goes_too() {
    let world = World::new();
    let session = owner(&world).await;
    let (studio, call, device) = (world.studio(), world.call(), Device::new("laptop"));
    add(&world, &session, &device).await.unwrap();
    let mut late = studio.sign_in.passkeys.list(session.user).await.unwrap().remove(0);
    (late.id, late.credential) = (PasskeyId(Uuid::from_u128(77)), b"phone".to_vec());
    world.keychain.comes_late(late);
    let link = make_reset_link(&studio, "ana@example.org").await.unwrap();
    reset(&studio, &call, &link, "seven unrelated otters", &arrival()).await.unwrap();
    assert_eq!(passkeys(&studio, session.user).await.unwrap(), []);
    assert_eq!(code(enter(&world, &Device::new("phone"), session.user).await), "auth/wrong-passkey");
}

/// The power fails when all are gone and nothing is told yet: the next link finishes it.
#[tokio::test]
async fn an_interrupted_reset_leaves_no_session_and_is_told_by_the_next_one() {
    let world = World::new();
    let session = owner(&world).await;
    let (studio, call) = (world.studio(), world.call());
    add(&world, &session, &Device::new("laptop")).await.unwrap();
    let link = make_reset_link(&studio, "ana@example.org").await.unwrap();
    world.log.away_after(0);
    assert!(reset(&studio, &call, &link, "seven unrelated otters", &arrival()).await.is_err());
    world.log.works();
    assert_eq!(studio.sign_in.sessions.get(session.id).await.unwrap(), None);
    world.time.pass(1);
    let (call, link) = (world.call(), make_reset_link(&studio, "ana@example.org").await.unwrap());
    let (again, arrival) = ("eight unrelated otters", arrival());
    let told = world.when(reset(&studio, &call, &link, again, &arrival)).await;
    told.then_events(["PasswordChanged", "PasskeyRemoved", "SignedIn"]).then();
}

/// The power fails between what opens and what is told of it.
#[tokio::test]
async fn what_the_history_missed_is_told_when_it_matters() {
    let world = World::new();
    let session = owner(&world).await;
    let (studio, device) = (world.studio(), Device::new("laptop"));
    let (challenge, _) = begin_adding_passkey(&studio, &world.call(), &session, HERE).await.unwrap();
    world.log.away_after(0);
    assert!(answer_adding(&world, &session, &challenge, &device, "laptop").await.is_err());
    world.log.works();
    world.when(enter(&world, &device, session.user)).await.then_events(["PasskeyAdded", "SignedIn"]).then();
    let id = passkeys(&studio, session.user).await.unwrap()[0].id;
    world.log.away_after(0);
    assert!(remove_passkey(&studio, &world.call(), session.user, id).await.is_err());
    world.log.works();
    assert_eq!(code(enter(&world, &device, session.user).await), "auth/wrong-passkey", "gone all the same");
    let repeated = world.when(remove_passkey(&studio, &world.call(), session.user, id)).await;
    repeated.then_events(["PasskeyRemoved"]).then();
}

#[tokio::test]
async fn a_removal_meanwhile_leaves_no_session_behind() {
    let world = World::new();
    let session = owner(&world).await;
    let device = Device::new("laptop");
    add(&world, &session, &device).await.unwrap();
    world.keychain.goes_once_used();
    assert_eq!(code(enter(&world, &device, session.user).await), "auth/wrong-passkey");
    let idle = world.studio().settings.sessions.idle;
    let left = world.entrance.list(session.user, world.call().at, idle).await.unwrap();
    assert_eq!(left.len(), 1, "that of the owner");
}

#[tokio::test]
async fn somebody_who_is_let_in_nowhere_is_told_so() {
    let world = World::new();
    let session = owner(&world).await;
    let device = Device::new("laptop");
    add(&world, &session, &device).await.unwrap();
    world.given::<User>(&session.user.to_string(), [UserEvent::UserSuspended { at: Instant::UNIX_EPOCH }]);
    assert_eq!(code(enter(&world, &device, session.user).await), "auth/suspended");
}
