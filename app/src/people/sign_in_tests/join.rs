//! Joining with an invitation, as somebody without an account and as somebody who has one.

use super::*;
use crate::port::identities::{BUILT_IN_ISSUER, Claim};
use domain::id::{InvitationId, Sealed};

pub(super) fn invited(world: &World, token: &str, email: &str) {
    let hashes = world.studio().hashes;
    let invited = CustomerEvent::MemberInvited {
        invitation: InvitationId(domain::id::derived_uuid("invitation", &[token])),
        email: Sealed("v1".to_owned()),
        email_hash: hashes.keyed_hash(Hashed::Email, email),
        role: RoleName::parse("issuer").unwrap(),
        token_hash: hashes.keyed_hash(Hashed::Invitation, token),
        expires_at: Instant::MAX_UTC,
        inviter: None,
        key: None,
        at: Instant::UNIX_EPOCH,
    };
    world.given::<Customer>(&CUSTOMER.to_string(), [invited]);
}

#[tokio::test]
async fn an_invitation_is_accepted_by_whom_it_is_for_and_by_nobody_else() {
    let world = World::new();
    let studio = world.studio();
    owner(&world).await;
    invited(&world, "secret", "bob@example.org");
    let to = look_at_invitation(&studio, &world.call(), "secret").await.unwrap();
    assert_eq!((to.customer, to.role.as_str()), (CUSTOMER, "issuer"));
    let join_as = async |token: &str, email: &str| {
        join(&studio, &world.call(), token, &newcomer(email, OTHER), &arrival()).await
    };
    assert_eq!(code(join_as("other", "bob@example.org").await), "customer/invitation-not-found");
    assert_eq!(code(join_as("secret", "eve@example.org").await), "customer/invitation-for-another");
    assert_eq!(code(join_as("secret", EMAIL).await), "customer/invitation-for-another");
    // A Cyrillic letter, and full-width ones.
    for look_alike in ["b\u{43e}b@example.org", "\u{ff42}ob@example.org"] {
        let refused = code(join_as("secret", look_alike).await);
        assert_eq!(refused, "customer/invitation-for-another", "{look_alike}");
        assert_eq!(code(try_in(&world, look_alike, PASSWORD).await), "auth/wrong-password", "{look_alike}");
    }
    let eve = studio.hashes.keyed_hash(Hashed::Email, "eve@example.org");
    assert_eq!(
        studio.sign_in.identities.by_email(&eve).await.unwrap(),
        None,
        "nothing is kept of who was refused"
    );
    let ana = try_in(&world, EMAIL, PASSWORD).await.unwrap();
    let told = join_signed_in(&studio, &world.call(), "secret", &ana.session).await;
    assert_eq!(code(told), "customer/invitation-for-another");
    let bob = join_as("secret", "Bob@example.org").await.unwrap();
    assert_eq!(bob.session.customer, CUSTOMER);
    assert_ne!(bob.session.user, ana_id());
    // Whoever finds the link later changes nothing by it.
    let again =
        join(&studio, &world.call(), "secret", &newcomer("bob@example.org", PASSWORD), &arrival()).await;
    assert_eq!(code(again), "customer/invitation-ended");
    assert!(try_in(&world, "bob@example.org", OTHER).await.is_ok());
}

/// Whoever was removed everywhere is let in by no sign-in; an invitation lets in whoever knows the account's password.
#[tokio::test]
async fn somebody_who_is_a_member_nowhere_comes_back_with_an_invitation_and_his_password() {
    let world = World::new();
    let studio = world.studio();
    owner(&world).await;
    invited(&world, "first", "bob@example.org");
    let join_as = async |token: &str, password: &str| {
        join(&studio, &world.call(), token, &newcomer("bob@example.org", password), &arrival()).await
    };
    let bob = join_as("first", OTHER).await.unwrap().session;
    let gone = CustomerEvent::MemberRemoved { user: bob.user, at: Instant::UNIX_EPOCH };
    world.given::<Customer>(&CUSTOMER.to_string(), [gone]);
    let look = async |token: &str| look_at_invitation(&studio, &world.call(), token).await;
    assert_eq!(code(look("first").await), "customer/invitation-ended");
    assert_eq!(code(look("second").await), "customer/invitation-not-found");
    invited(&world, "second", "bob@example.org");
    assert!(look("second").await.is_ok());
    assert_eq!(code(join_as("second", PASSWORD).await), "auth/email-taken");
    let back = join_as("second", OTHER).await.unwrap().session;
    assert_eq!((back.user, back.customer), (bob.user, CUSTOMER));
}

/// Attacked: joining died half-way, the invitation was written anew, and its address was taken for good.
#[tokio::test]
async fn whoever_died_while_joining_comes_in_with_the_invitation_that_takes_its_place() {
    for after in 0..6 {
        let world = World::new();
        let studio = world.studio();
        owner(&world).await;
        let join_as = async |token: &str| {
            join(&studio, &world.call(), token, &newcomer("bob@example.org", OTHER), &arrival()).await
        };
        invited(&world, "first", "bob@example.org");
        world.log.away_after(after);
        let has_died = join_as("first").await.is_err();
        world.log.works();
        if !has_died {
            assert!(after > 1, "it was not interrupted");
            continue;
        }
        let first = InvitationId(domain::id::derived_uuid("invitation", &["first"]));
        let taken_back = CustomerEvent::InvitationRevoked { invitation: first, at: Instant::UNIX_EPOCH };
        let is_open = world.log.state::<Customer>(&CUSTOMER.to_string()).members.len() == 1;
        if is_open {
            world.given::<Customer>(&CUSTOMER.to_string(), [taken_back]);
            invited(&world, "second", "bob@example.org");
            assert_eq!(code(join_as("second").await), "done", "after {after}");
        }
        assert_eq!(code(try_in(&world, "bob@example.org", OTHER).await), "done", "after {after}");
    }
}

/// What was begun with an invitation and given up keeps the address from nobody for good.
#[tokio::test]
async fn an_address_that_somebody_began_with_and_gave_up_is_free_again() {
    let world = World::new();
    let studio = world.studio();
    owner(&world).await;
    let join_as = async |token: &str, password: &str| {
        join(&studio, &world.call(), token, &newcomer("bob@example.org", password), &arrival()).await
    };
    // Somebody got as far as this with another invitation, and no further.
    let begun = UserId(domain::id::derived_uuid("invited-user", &["first"]));
    let password = Password::typed(OTHER).unwrap();
    assert!(studio.sign_in.passwords.begin(begun, &password, true).await.unwrap());
    let claim = Claim {
        issuer: BUILT_IN_ISSUER.to_owned(),
        subject_hash: studio.hashes.keyed_hash(Hashed::Subject, "first"),
        verified_email_hash: Some(studio.hashes.keyed_hash(Hashed::Email, "bob@example.org")),
    };
    assert_eq!(studio.sign_in.identities.claim(&claim, begun).await.unwrap(), begun);
    invited(&world, "second", "bob@example.org");
    assert_eq!(code(join_as("second", PASSWORD).await), "auth/email-taken");
    world.time.pass(PASSWORD_BEGUN_SECONDS.cast_signed() + 1);
    assert_eq!(code(join_as("second", PASSWORD).await), "done");
    assert_eq!(code(try_in(&world, "bob@example.org", PASSWORD).await), "done");
}

#[tokio::test]
async fn joining_that_was_interrupted_is_in_the_history_when_it_is_done() {
    let world = World::new();
    let studio = world.studio();
    owner(&world).await;
    invited(&world, "secret", "bob@example.org");
    let join = async || {
        join(&studio, &world.call(), "secret", &newcomer("bob@example.org", OTHER), &arrival()).await
    };
    // Until the user is there, and no member yet.
    let is_there = || world.log.since(0).iter().filter(|one| one.kind == "UserRegistered").count() == 2;
    for after in 0.. {
        world.log.away_after(after);
        assert!(join().await.is_err());
        world.log.works();
        if is_there() {
            break;
        }
    }
    let bob = join().await.unwrap().session.user;
    let events = world.log.since(0);
    let noted = events.iter().filter(|one| one.kind == "PasswordChanged" && one.id == bob.to_string());
    assert_eq!(noted.count(), 1);
}
