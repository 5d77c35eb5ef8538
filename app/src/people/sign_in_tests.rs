//! Signing in, over a world in memory.

mod join;
mod meanwhile;

use super::*;
use crate::{
    Fault, FaultKind,
    fake::{CUSTOMER, World},
    port::{
        Sessions as _,
        attempts::{ATTEMPT_WINDOW_SECONDS, ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX},
        links::{LinkPurpose, RESET_LINK_HOURS, SET_UP_LINK_HOURS},
        passwords::{PASSWORD_BEGUN_SECONDS, Password},
        sessions::{ROTATED_GRACE_SECONDS, SESSION_SEEN_SECONDS},
        vault::Hashed,
    },
};
use domain::{
    customer::{Customer, CustomerEvent, RoleName},
    id::Instant,
    user::User,
};

/// Who uses the set-up link of the first tenant.
fn ana_id() -> UserId {
    UserId(domain::id::derived_uuid("set-up-user", &[&CUSTOMER.to_string()]))
}
const EMAIL: &str = "ana@example.org";
const PASSWORD: &str = "correct horse battery";
const OTHER: &str = "seven unrelated otters";

fn arrival() -> Arrival {
    Arrival {
        address: "192.0.2.1".to_owned(),
        network: "192.0.2.1".to_owned(),
        user_agent: Some("a browser".to_owned()),
    }
}

fn newcomer<'a>(email: &'a str, password: &'a str) -> Newcomer<'a> {
    Newcomer { email, name: Some("Ana"), password }
}

async fn link(world: &World) -> String {
    make_set_up_link(&world.studio(), CUSTOMER).await.unwrap().to_string()
}

async fn set_up_with(world: &World, token: &str, email: &str, password: &str) -> Result<Opened, Fault> {
    set_up(&world.studio(), &world.call(), token, &newcomer(email, password), &arrival()).await
}

async fn try_in(world: &World, email: &str, password: &str) -> Result<Opened, Fault> {
    sign_in(&world.studio(), &world.call(), email, password, &arrival()).await
}

/// An owner who is signed in.
async fn owner(world: &World) -> Opened {
    let token = link(world).await;
    set_up_with(world, &token, EMAIL, PASSWORD).await.unwrap()
}

fn code<T>(outcome: Result<T, Fault>) -> &'static str {
    outcome.err().map_or("done", |fault| fault.code)
}

#[tokio::test]
async fn a_set_up_link_makes_an_owner_once() {
    let world = World::new();
    let token = link(&world).await;
    for (email, password, expected) in [
        ("no address", PASSWORD, "auth/email-malformed"),
        (EMAIL, "short", "auth/password-refused"),
        (EMAIL, EMAIL, "auth/password-refused"),
    ] {
        assert_eq!(code(set_up_with(&world, &token, email, password).await), expected, "{email} {password}");
    }
    let (studio, call) = (world.studio(), world.call());
    let ana = newcomer(EMAIL, PASSWORD);
    let place = arrival();
    let told = world.when(set_up(&studio, &call, &token, &ana, &place)).await;
    let told = told.then_events(["UserRegistered", "MemberJoined", "PasswordChanged", "SignedIn"]);
    let bodies: Vec<String> = world.log.since(0).iter().map(|event| event.body().to_string()).collect();
    assert!(
        !bodies
            .iter()
            .any(|body| body.contains(EMAIL) || body.contains("192.0.2.1") || body.contains(PASSWORD))
    );
    let opened = told.then();
    assert_eq!((opened.session.user, opened.session.customer), (ana_id(), CUSTOMER));
    let customer: Customer = world.log.state(&CUSTOMER.to_string());
    assert!(customer.members[&ana_id()].role.is_owner());
    assert_eq!(code(set_up_with(&world, &token, EMAIL, PASSWORD).await), "auth/link-invalid");
    let who = recognise(&world.studio(), &opened.secret).await.unwrap().who;
    assert_eq!(
        (who.customer, who.actor, who.session),
        (CUSTOMER, Actor::User(ana_id().0), Some(opened.session.id))
    );
}

/// Wherever the power fails, the same link finishes it, with one user and one membership; a newer link does as well.
#[tokio::test]
async fn setting_up_that_died_between_any_two_steps_is_finished_with_the_next_try() {
    for after in 0..8 {
        let world = World::new();
        let mut token = link(&world).await;
        let mut tries = 0;
        loop {
            tries += 1;
            assert!(tries < 30, "it never ends");
            if tries < 12 {
                world.log.away_after(after);
            } else {
                world.log.works();
            }
            if tries == 6 {
                token = link(&world).await;
            }
            let outcome = set_up_with(&world, &token, EMAIL, PASSWORD).await;
            world.log.works();
            match outcome {
                Ok(_) => break,
                // All was done but the last step, which signing in does as well.
                Err(fault) if fault.code == "auth/link-invalid" => break,
                Err(fault) => assert_eq!(fault.kind, FaultKind::Unavailable, "{fault}"),
            }
        }
        let count = |kind: &str| world.log.since(0).iter().filter(|event| event.kind == kind).count();
        assert_eq!((count("UserRegistered"), count("MemberJoined")), (1, 1), "after {after}");
        assert!(try_in(&world, EMAIL, PASSWORD).await.is_ok(), "after {after}");
    }
}

#[tokio::test]
async fn a_mistyped_address_of_an_interrupted_set_up_is_nobodys() {
    let world = World::new();
    let token = link(&world).await;
    world.log.away_after(0);
    assert!(set_up_with(&world, &token, "typo@example.org", PASSWORD).await.is_err());
    world.log.works();
    set_up_with(&world, &token, EMAIL, PASSWORD).await.unwrap();
    let studio = world.studio();
    let of = async |email: &str| {
        let hash = studio.hashes.keyed_hash(Hashed::Email, email);
        studio.sign_in.identities.by_email(&hash).await.unwrap()
    };
    assert_eq!((of("typo@example.org").await, of(EMAIL).await), (None, Some(ana_id())));
}

#[tokio::test]
async fn a_link_for_one_gets_nobody_into_the_account_of_another() {
    let world = World::new();
    owner(&world).await;
    let stranger = world.stranger();
    let token = make_set_up_link(&world.studio(), stranger).await.unwrap();
    assert_eq!(code(set_up_with(&world, &token, "ANA@example.org", OTHER).await), "auth/email-taken");
    assert!(try_in(&world, EMAIL, PASSWORD).await.is_ok() && try_in(&world, EMAIL, OTHER).await.is_err());
}

#[tokio::test]
async fn links_have_their_time() {
    let world = World::new();
    owner(&world).await;
    let late = link(&world).await;
    let reset_late = make_reset_link(&world.studio(), EMAIL).await.unwrap();
    world.time.pass(RESET_LINK_HOURS * 3_600);
    assert_eq!(code(find_link(&world.studio(), &reset_late, LinkPurpose::Reset).await), "auth/link-invalid");
    assert_eq!(code(find_link(&world.studio(), &late, LinkPurpose::Reset).await), "auth/link-invalid");
    assert_eq!(code(find_link(&world.studio(), &late, LinkPurpose::SetUp).await), "done");
    world.time.pass((SET_UP_LINK_HOURS - RESET_LINK_HOURS) * 3_600);
    assert_eq!(code(find_link(&world.studio(), &late, LinkPurpose::SetUp).await), "auth/link-invalid");
    assert_eq!(code(make_reset_link(&world.studio(), "nobody@example.org").await), "user/not-found");
}

#[tokio::test]
async fn failed_tries_are_limited_whether_the_account_exists_or_not() {
    for email in [EMAIL, "nobody@example.org"] {
        let world = World::new();
        owner(&world).await;
        for _ in 0..ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX {
            assert_eq!(code(try_in(&world, email, OTHER).await), "auth/wrong-password");
        }
        assert_eq!(code(try_in(&world, email, PASSWORD).await), "auth/too-many-attempts");
        let elsewhere = Arrival { network: "198.51.100.1".to_owned(), ..arrival() };
        let other = sign_in(&world.studio(), &world.call(), email, OTHER, &elsewhere).await;
        assert_eq!(code(other), "auth/wrong-password", "another network has tries of its own");
        world.time.pass(ATTEMPT_WINDOW_SECONDS);
        assert_eq!(code(try_in(&world, email, OTHER).await), "auth/wrong-password");
    }
}

/// Somebody kept the owner out by trying: the operator's link lets him in again at once.
#[tokio::test]
async fn a_new_password_lifts_the_lock_of_failed_tries() {
    let world = World::new();
    owner(&world).await;
    for _ in 0..=ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX {
        assert!(try_in(&world, EMAIL, OTHER).await.is_err());
    }
    assert_eq!(code(try_in(&world, EMAIL, PASSWORD).await), "auth/too-many-attempts");
    let token = make_reset_link(&world.studio(), EMAIL).await.unwrap();
    reset(&world.studio(), &world.call(), &token, OTHER, &arrival()).await.unwrap();
    assert_eq!(code(try_in(&world, EMAIL, OTHER).await), "done");
}

/// Attacked: what was typed as an address or shown as a token was counted as tries at the password of somebody else.
#[tokio::test]
async fn no_text_that_somebody_makes_up_keeps_another_out() {
    let world = World::new();
    let opened = owner(&world).await;
    let (studio, user) = (world.studio(), ana_id());
    let at = &arrival().network;
    let made_up = [
        user.to_string(),
        format!("password {user}"),
        format!("address {EMAIL}"),
        format!("at {at} address {EMAIL}"),
        format!("{EMAIL}\n{at}"),
        format!("{EMAIL} {at}"),
    ];
    for text in &made_up {
        for _ in 0..=ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX {
            assert!(try_in(&world, text, OTHER).await.is_err());
            let joined = join(&studio, &world.call(), text, &newcomer(text, OTHER), &arrival()).await;
            assert!(joined.is_err());
        }
    }
    let elsewhere = Arrival { network: "198.51.100.1".to_owned(), ..arrival() };
    let changed =
        change_password(&studio, &world.call(), &opened.session, (PASSWORD, OTHER), &elsewhere).await;
    assert_eq!(code(changed), "done");
    let entered = sign_in(&studio, &world.call(), EMAIL, OTHER, &elsewhere).await;
    assert_eq!(code(entered), "done");
}

/// A password that somebody began with and did not come to the end of keeps others out for a while only.
#[tokio::test]
async fn what_was_begun_and_given_up_is_begun_again() {
    let world = World::new();
    let token = link(&world).await;
    // Somebody got as far as this, and no further.
    let begun = Password::typed(PASSWORD).unwrap();
    assert!(world.studio().sign_in.passwords.begin(ana_id(), &begun, true).await.unwrap());
    assert_eq!(code(set_up_with(&world, &token, EMAIL, OTHER).await), "auth/email-taken");
    world.time.pass(PASSWORD_BEGUN_SECONDS.cast_signed() + 1);
    assert_eq!(code(set_up_with(&world, &token, EMAIL, OTHER).await), "done");
}

#[tokio::test]
async fn whoever_gets_in_starts_counting_anew() {
    let world = World::new();
    owner(&world).await;
    for _ in 0..3 {
        for _ in 1..ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX {
            assert_eq!(code(try_in(&world, EMAIL, OTHER).await), "auth/wrong-password");
        }
        assert!(try_in(&world, EMAIL, PASSWORD).await.is_ok());
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_in_any_case() {
    let world = World::new();
    let studio = world.studio();
    let limits = studio.settings.sessions;
    let opened = owner(&world).await;
    world.time.pass(limits.idle.num_seconds() - 1);
    assert!(recognise(&studio, &opened.secret).await.is_ok());
    world.time.pass(limits.idle.num_seconds() - 1);
    assert!(recognise(&studio, &opened.secret).await.is_ok(), "used since");
    world.time.pass(limits.idle.num_seconds());
    assert_eq!(code(recognise(&studio, &opened.secret).await), "auth/session-ended");

    let opened = try_in(&world, EMAIL, PASSWORD).await.unwrap();
    let step = limits.idle.num_seconds() / 2;
    for _ in 1..limits.absolute.num_seconds() / step {
        world.time.pass(step);
        assert!(recognise(&studio, &opened.secret).await.is_ok());
    }
    world.time.pass(step);
    assert_eq!(code(recognise(&studio, &opened.secret).await), "auth/session-ended");
    for secret in ["", "x", &"x".repeat(500)] {
        assert_eq!(code(recognise(&studio, secret).await), "auth/session-ended");
    }
}

#[tokio::test]
async fn a_sessions_use_is_written_down_now_and_then() {
    let world = World::new();
    let studio = world.studio();
    let opened = owner(&world).await;
    let seen = async || world.entrance.get(opened.session.id).await.unwrap().unwrap().last_seen_at;
    let at = seen().await;
    world.time.pass(SESSION_SEEN_SECONDS - 1);
    recognise(&studio, &opened.secret).await.unwrap();
    assert_eq!(seen().await, at);
    world.time.pass(1);
    recognise(&studio, &opened.secret).await.unwrap();
    assert_eq!(seen().await, world.time.present());
}

#[test]
fn whoever_may_do_least_may_end_their_own_sessions() {
    for name in RoleName::BUILT_IN {
        let scopes = crate::act::role::built_in(&RoleName::parse(name).unwrap()).unwrap();
        assert!(scopes.is_none_or(|scopes| scopes.contains("end:session")), "{name}");
    }
}

fn role(world: &World, user: UserId, role: &str) {
    let role = RoleName::parse(role).unwrap();
    let changed = CustomerEvent::MemberRoleChanged { user, role, at: Instant::UNIX_EPOCH };
    world.given::<Customer>(&CUSTOMER.to_string(), [changed]);
}

#[tokio::test]
async fn another_role_counts_at_once_and_changes_the_cookie() {
    let world = World::new();
    let studio = world.studio();
    let opened = owner(&world).await;
    let before = recognise(&studio, &opened.secret).await.unwrap();
    assert!(renew(&studio, &before).await.unwrap().is_none());
    role(&world, ana_id(), "auditor");
    let after = recognise(&studio, &opened.secret).await.unwrap();
    assert!(after.who.may(&crate::act::KEY_CREATE, None).is_err());
    // Looking changes nothing: whoever cannot hand out another cookie leaves the one there is.
    assert!(recognise(&studio, &opened.secret).await.is_ok());
    let renewed = renew(&studio, &after).await.unwrap().expect("another secret");
    assert!(session_still_works(&studio, &before.who, opened.session.id).await.is_err());
    assert!(session_still_works(&studio, &after.who, opened.session.id).await.is_ok());
    // A request that was on its way with the former one is answered, and renews nothing again.
    let late = recognise(&studio, &opened.secret).await.unwrap();
    assert!(renew(&studio, &late).await.unwrap().is_none() && late.session.id == opened.session.id);
    world.time.pass(ROTATED_GRACE_SECONDS);
    assert_eq!(code(recognise(&studio, &opened.secret).await), "auth/session-ended");
    assert!(recognise(&studio, &renewed).await.is_ok());
}

#[tokio::test]
async fn who_is_suspended_or_removed_is_refused_with_a_live_session() {
    let world = World::new();
    let studio = world.studio();
    let opened = owner(&world).await;
    let suspended = domain::user::UserEvent::UserSuspended { at: Instant::UNIX_EPOCH };
    world.given::<User>(&ana_id().to_string(), [suspended]);
    assert_eq!(code(recognise(&studio, &opened.secret).await), "auth/suspended");
    assert_eq!(code(try_in(&world, EMAIL, PASSWORD).await), "auth/suspended");
    assert_eq!(code(try_in(&world, EMAIL, OTHER).await), "auth/wrong-password", "told to nobody else");
    let back = domain::user::UserEvent::UserReinstated { at: Instant::UNIX_EPOCH };
    world.given::<User>(&ana_id().to_string(), [back]);
    assert!(recognise(&studio, &opened.secret).await.is_ok());
    let gone = CustomerEvent::MemberRemoved { user: ana_id(), at: Instant::UNIX_EPOCH };
    world.given::<Customer>(&CUSTOMER.to_string(), [gone]);
    assert_eq!(code(recognise(&studio, &opened.secret).await), "auth/not-a-member");
}

/// Another request renewed the cookie at the same moment: the session goes on, and the choice is made.
#[tokio::test]
async fn a_choice_that_meets_a_renewal_is_made_nevertheless() {
    let world = World::new();
    let studio = world.studio();
    let opened = owner(&world).await;
    let other = world.stranger();
    let joined = CustomerEvent::MemberJoined {
        user: ana_id(),
        role: RoleName::owner(),
        email: None,
        email_hash: None,
        name: None,
        invitation: None,
        at: Instant::UNIX_EPOCH,
    };
    world.given::<Customer>(&other.to_string(), [joined]);
    role(&world, ana_id(), "admin");
    let recognised = recognise(&studio, &opened.secret).await.unwrap();
    assert!(renew(&studio, &recognised).await.unwrap().is_some());
    let secret = choose_customer(&studio, &recognised.session, other).await.unwrap().unwrap();
    assert_eq!(recognise(&studio, &secret).await.unwrap().session.customer, other);
    assert!(choose_customer(&studio, &recognised.session, other).await.unwrap().is_none(), "it is there");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::new();
    let studio = world.studio();
    let (one, two) = (owner(&world).await, try_in(&world, EMAIL, PASSWORD).await.unwrap());
    let change = async |current: &str, new: &str| {
        change_password(&studio, &world.call(), &one.session, (current, new), &arrival()).await
    };
    assert_eq!(code(change(OTHER, OTHER).await), "auth/wrong-password");
    assert_eq!(code(change(PASSWORD, EMAIL).await), "auth/password-refused");
    assert!(recognise(&studio, &two.secret).await.is_ok());
    assert_eq!(change(PASSWORD, OTHER).await.unwrap(), 1);
    assert!(recognise(&studio, &one.secret).await.is_ok() && recognise(&studio, &two.secret).await.is_err());
    let token = make_reset_link(&studio, EMAIL).await.unwrap();
    let opened = reset(&studio, &world.call(), &token, PASSWORD, &arrival()).await.unwrap();
    assert!(
        recognise(&studio, &one.secret).await.is_err() && recognise(&studio, &opened.secret).await.is_ok()
    );
    assert_eq!(sessions(&studio, ana_id()).await.unwrap().len(), 1);
}
