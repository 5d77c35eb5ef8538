//! Users, and how they come to an account.

use super::*;
use crate::{
    act::{ACTS, Scopes, Spec, role},
    customer::{authenticate, issue_api_key, revoke_api_key, still_works},
    fake::{CUSTOMER, World},
    port::vault::Hashed,
};
use domain::{
    Aggregate,
    customer::{ApiKeyGrant, Customer, CustomerEvent, RoleName},
    id::{Instant, InvitationId, Network, Sealed},
    user::{EmailAddress, Identity, User},
};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};
use uuid::Uuid;

const ANA: UserId = UserId(Uuid::from_u128(100));
const BOB: UserId = UserId(Uuid::from_u128(101));

fn visitor(user: UserId, email: &str) -> Visitor {
    Visitor {
        user,
        email: EmailAddress::parse(email),
        email_verified: true,
        name: Some(" Ana Lopez ".to_owned()),
        identity: Some(Identity {
            issuer: "https://id.example.org".to_owned(),
            subject_hash: format!("hash of {user}"),
        }),
    }
}

fn state<A: Aggregate>(world: &World, id: &impl ToString) -> A {
    world.log.state(&id.to_string())
}

/// The stream of whom an address was invited into the first tenant.
fn invited(world: &World, token: &str, email: &str, role: &str) {
    let hashes = world.studio().hashes;
    world.given::<Customer>(
        &CUSTOMER.to_string(),
        [CustomerEvent::MemberInvited {
            invitation: InvitationId(Uuid::from_u128(5)),
            email: Sealed("v1".to_owned()),
            email_hash: hashes.keyed_hash(Hashed::Email, email),
            role: RoleName::parse(role).unwrap(),
            token_hash: hashes.keyed_hash(Hashed::Invitation, token),
            expires_at: Instant::MAX_UTC,
            inviter: None,
            key: None,
            at: Instant::UNIX_EPOCH,
        }],
    );
}

#[tokio::test]
async fn who_comes_first_gets_an_account_with_payers_of_which_he_is_the_owner() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let ana = visitor(ANA, "Ana@Example.org");
    let told = world.when(first_visit(&studio, &call, &ana)).await.then_events([
        "UserRegistered",
        "IdentityLinked",
        "KeyCreated",
        "KeyCreated",
        "CustomerRegistered",
        "MemberJoined",
    ]);
    for kind in ["UserRegistered", "CustomerRegistered", "MemberJoined"] {
        let body = told.event(kind).body().to_string().to_lowercase();
        assert!(!body.contains("ana") && !body.contains("lopez"), "{kind} holds personal data: {body}");
    }
    let home = told.then();
    let customer: Customer = state(&world, &home.customer);
    let networks: Vec<_> = customer.payers.iter().map(|payer| payer.network).collect();
    assert_eq!(networks, Network::ALL);
    assert!(customer.members[&ANA].role.is_owner() && customer.api_keys.is_empty());
    let who = principal_of(&studio, home.customer, ANA).await.unwrap();
    assert_eq!((who.customer, who.actor, who.scopes), (home.customer, Actor::User(ANA.0), Scopes::All));
    // He comes again, and is told the same.
    let again = world.when(first_visit(&studio, &world.call(), &ana)).await.then_nothing().then();
    assert_eq!(again, home);
}

/// Whatever step the power fails at, and however often, the next visit goes on from there.
#[tokio::test]
async fn a_first_visit_that_died_between_any_two_steps_is_finished_by_the_next() {
    for after in 0..12 {
        let world = World::new();
        let (studio, ana) = (world.studio(), visitor(ANA, "ana@example.org"));
        let mut visits = 0;
        let home = loop {
            visits += 1;
            assert!(visits < 50, "it never ends");
            // Every visit gets as far as this, then the power fails; the last one is not disturbed.
            if visits < 20 {
                world.log.away_after(after);
            } else {
                world.log.works();
            }
            if let Ok(home) = first_visit(&studio, &world.call(), &ana).await {
                break home;
            }
        };
        world.log.works();
        let all = world.log.since(0);
        let count = |kind: &str| {
            all.iter().filter(|one| one.kind == kind && one.meta.actor == Actor::User(ANA.0)).count()
        };
        assert_eq!(
            [
                count("UserRegistered"),
                count("IdentityLinked"),
                count("CustomerRegistered"),
                count("MemberJoined")
            ],
            [1; 4],
            "after {after}"
        );
        assert_eq!((count("KeyCreated"), count("ApiKeyIssued")), (2, 0), "after {after}");
        // Every key that the vault made is one that the customer pays with.
        let customer: Customer = state(&world, &home.customer);
        let made: BTreeSet<_> = world.safe.key_requests().into_iter().collect();
        assert_eq!((made.len(), customer.payers.len(), customer.members.len()), (2, 2, 1), "after {after}");
        assert!(customer.members[&ANA].role.is_owner());
    }
}

#[tokio::test]
async fn two_first_visits_at_the_same_moment_are_one() {
    let world = World::new();
    let (studio, ana) = (world.studio(), visitor(ANA, "ana@example.org"));
    let (first, second) = (world.call(), world.call());
    let (one, other) = tokio::join!(first_visit(&studio, &first, &ana), first_visit(&studio, &second, &ana));
    assert_eq!(one.unwrap(), other.unwrap());
    let registered = world.log.since(0).into_iter().filter(|one| one.kind == "CustomerRegistered").count();
    assert_eq!(registered, 2, "hers, and the one that every world begins with");
}

#[tokio::test]
async fn an_address_that_was_not_verified_is_nobodys_until_it_is() {
    let world = World::new();
    let studio = world.studio();
    let unverified = Visitor { email_verified: false, ..visitor(ANA, "ana@example.org") };
    world
        .when(first_visit(&studio, &world.call(), &unverified))
        .await
        .then_events([
            "UserRegistered",
            "IdentityLinked",
            "KeyCreated",
            "KeyCreated",
            "CustomerRegistered",
            "MemberJoined",
        ])
        .then();
    assert_eq!(state::<User>(&world, &ANA).email_hash, None);
    let verified = visitor(ANA, "ANA@example.org");
    world.when(first_visit(&studio, &world.call(), &verified)).await.then_events(["EmailVerified"]).then();
    let hash = studio.hashes.keyed_hash(Hashed::Email, "ana@example.org");
    assert_eq!(state::<User>(&world, &ANA).email_hash, Some(hash));
}

#[tokio::test]
async fn somebody_without_name_or_address_has_an_account_too() {
    let world = World::new();
    let nobody = Visitor { email: None, name: Some("\u{7}".to_owned()), identity: None, ..visitor(ANA, "") };
    let home = first_visit(&world.studio(), &world.call(), &nobody).await.unwrap();
    assert_eq!(state::<Customer>(&world, &home.customer).members.len(), 1);
}

#[tokio::test]
async fn who_is_suspended_is_let_in_nowhere() {
    let world = World::new();
    let (studio, ana) = (world.studio(), visitor(ANA, "ana@example.org"));
    let home = first_visit(&studio, &world.call(), &ana).await.unwrap();
    world.given::<User>(
        &ANA.to_string(),
        [domain::user::UserEvent::UserSuspended { at: Instant::UNIX_EPOCH }],
    );
    world.when(first_visit(&studio, &world.call(), &ana)).await.then_refused("auth/suspended");
    world.when(principal_of(&studio, home.customer, ANA)).await.then_refused("auth/suspended");
    world.when(principal_of(&studio, CUSTOMER, BOB)).await.then_refused("auth/not-a-member");
}

#[tokio::test]
async fn the_api_keys_of_a_suspended_user_open_nothing_until_he_is_reinstated() {
    let world = World::new();
    invited(&world, "secret", "bob@example.org", "owner");
    let (studio, bob) = (world.studio(), visitor(BOB, "bob@example.org"));
    accept_invitation(&studio, &world.call(), "secret", &bob).await.unwrap();
    let call = crate::Call { who: principal_of(&studio, CUSTOMER, BOB).await.unwrap(), ..world.call() };
    let secret = issue_api_key(&studio, &call, "his", None).await.unwrap().secret.unwrap();
    let opens = async || authenticate(&studio, &secret, IpAddr::V4(Ipv4Addr::LOCALHOST)).await;
    let who = opens().await.unwrap();
    suspend_user(&studio, &world.call(), BOB).await.unwrap();
    assert_eq!(opens().await.unwrap_err().code, "auth/api-key-held");
    world.when(still_works(&studio, &who)).await.then_refused("auth/api-key-held");
    reinstate_user(&studio, &world.call(), BOB).await.unwrap();
    assert_eq!(opens().await.unwrap(), who);
}

#[tokio::test]
async fn who_was_removed_from_his_own_account_does_not_come_back_by_signing_in() {
    let world = World::new();
    let (studio, ana) = (world.studio(), visitor(ANA, "ana@example.org"));
    let home = first_visit(&studio, &world.call(), &ana).await.unwrap();
    let gone = CustomerEvent::MemberRemoved { user: ANA, at: Instant::UNIX_EPOCH };
    world.given::<Customer>(&home.customer.to_string(), [gone]);
    world.when(first_visit(&studio, &world.call(), &ana)).await.then_refused("auth/no-account");
    world.when(principal_of(&studio, home.customer, ANA)).await.then_refused("auth/not-a-member");
}

/// Attacked: a key that was being made while its maker got a lesser role stayed as wide as he had been.
#[tokio::test]
async fn a_key_of_somebody_who_became_less_meanwhile_is_ended() {
    let world = World::new();
    invited(&world, "secret", "bob@example.org", "admin");
    let (studio, bob) = (world.studio(), visitor(BOB, "bob@example.org"));
    accept_invitation(&studio, &world.call(), "secret", &bob).await.unwrap();
    let before = principal_of(&studio, CUSTOMER, BOB).await.unwrap();
    let call = crate::Call { who: before, ..world.call() };
    let issue = async |call: &crate::Call| world.when(issue_api_key(&studio, call, "his", None)).await;
    issue(&call).await.then_events(["ApiKeyIssued"]).then();
    let role = RoleName::parse("auditor").unwrap();
    let at = call.at;
    world
        .given::<Customer>(&CUSTOMER.to_string(), [CustomerEvent::MemberRoleChanged { user: BOB, role, at }]);
    let late = crate::Call { command_id: Uuid::from_u128(7), ..call };
    let told = issue(&late).await.then_events(["ApiKeyIssued", "ApiKeyRevoked"]);
    told.then_refused("auth/beyond-own-rights");
}

#[tokio::test]
async fn an_invitation_makes_whom_it_is_for_a_member_and_gives_him_no_account_of_his_own() {
    let world = World::new();
    let studio = world.studio();
    invited(&world, "secret", "bob@example.org", "issuer");
    let bob = visitor(BOB, "Bob@example.org");
    let ana = visitor(ANA, "ana@example.org");
    let told = world.when(accept_invitation(&studio, &world.call(), "secret", &ana)).await;
    told.then_events(["UserRegistered", "IdentityLinked"]).then_refused("customer/invitation-for-another");
    for token in ["", "other", &"x".repeat(300)] {
        let told = world.when(accept_invitation(&studio, &world.call(), token, &bob)).await;
        told.then_refused("customer/invitation-not-found");
    }
    let unverified = Visitor { email_verified: false, ..bob.clone() };
    let told = world.when(accept_invitation(&studio, &world.call(), "secret", &unverified)).await;
    told.then_events(["UserRegistered", "IdentityLinked"]).then_refused("customer/invitation-for-another");
    let told = world.when(accept_invitation(&studio, &world.call(), "secret", &bob)).await;
    let home = told.then_events(["EmailVerified", "MemberJoined"]).then();
    assert_eq!(home, Home { user: BOB, customer: CUSTOMER });
    assert_eq!(first_visit(&studio, &world.call(), &bob).await.unwrap(), home);
    // The same link again changes nothing.
    let again = world.when(accept_invitation(&studio, &world.call(), "secret", &bob)).await;
    assert_eq!(again.then_nothing().then(), home);
    let who = principal_of(&studio, CUSTOMER, BOB).await.unwrap();
    assert!(who.may(&crate::act::CREDENTIAL_ISSUE, Some(Network::Mainnet)).is_ok());
    assert_eq!(who.may(&crate::act::API_KEY_CREATE, None).unwrap_err().code, "auth/forbidden");
    // Removed, he cannot use it once more.
    let gone = CustomerEvent::MemberRemoved { user: BOB, at: Instant::UNIX_EPOCH };
    world.given::<Customer>(&CUSTOMER.to_string(), [gone]);
    let told = world.when(accept_invitation(&studio, &world.call(), "secret", &bob)).await;
    told.then_refused("customer/invitation-ended");
}

#[tokio::test]
async fn a_member_leaves_by_himself_and_the_last_owner_does_not() {
    let world = World::new();
    let studio = world.studio();
    let ana = first_visit(&studio, &world.call(), &visitor(ANA, "ana@example.org")).await.unwrap();
    let as_member = async |user| {
        let who = principal_of(&studio, ana.customer, user).await.unwrap();
        crate::Call { who, command_id: user.0, ..world.call() }
    };
    let hers = as_member(ANA).await;
    world
        .when(leave_account(&studio, &hers, LeaveAccount))
        .await
        .then_nothing()
        .then_refused("customer/last-owner");
    let joined = |role: &str| CustomerEvent::MemberJoined {
        user: BOB,
        role: RoleName::parse(role).unwrap(),
        email: None,
        email_hash: None,
        name: None,
        invitation: None,
        at: hers.at,
    };
    // With the least of roles, and though he could remove nobody.
    world.given::<Customer>(&ana.customer.to_string(), [joined("auditor")]);
    world.given::<User>(
        &BOB.to_string(),
        [domain::user::UserEvent::UserRegistered {
            user: BOB,
            email: None,
            email_hash: None,
            name: None,
            at: hers.at,
        }],
    );
    let his = as_member(BOB).await;
    let key = issue_api_key(&studio, &his, "his", None).await.unwrap();
    let of_key = authenticate(&studio, &key.secret.unwrap(), IpAddr::V4(Ipv4Addr::LOCALHOST)).await.unwrap();
    let by_key = crate::Call { who: of_key, ..world.call() };
    world.when(leave_account(&studio, &by_key, LeaveAccount)).await.then_refused("customer/member-not-found");
    let told = world.when(leave_account(&studio, &his, LeaveAccount)).await;
    told.then_events(["MemberRemoved", "ApiKeyRevoked"]).then();
    world.when(principal_of(&studio, ana.customer, BOB)).await.then_refused("auth/not-a-member");
}

/// Attacked: whoever lost his rights let somebody in afterwards, with an invitation that he had written before.
#[tokio::test]
async fn an_invitation_ends_with_the_rights_of_who_wrote_it() {
    let world = World::new();
    invited(&world, "secret", "bob@example.org", "admin");
    let studio = world.studio();
    accept_invitation(&studio, &world.call(), "secret", &visitor(BOB, "bob@example.org")).await.unwrap();
    let bob = crate::Call { who: principal_of(&studio, CUSTOMER, BOB).await.unwrap(), ..world.call() };
    let role = |name: &str| RoleName::parse(name).unwrap();
    let (email, issuer) = ("ana@example.org".to_owned(), role("issuer"));
    let invited = invite_member(&studio, &bob, InviteMember { email, role: issuer, expires_at: None }).await;
    let token = invited.unwrap().token.unwrap();
    let ana = visitor(ANA, "ana@example.org");
    let is_void = async || {
        world
            .when(look_at_invitation(&studio, &world.call(), &token))
            .await
            .then_refused("customer/invitation-void");
        let told = accept_invitation(&studio, &world.call(), &token, &ana).await.unwrap_err();
        assert_eq!(told.code, "customer/invitation-void");
    };
    let tell = |event| world.given::<Customer>(&CUSTOMER.to_string(), [event]);
    let at = bob.at;
    // An issuer has all that an issuer has, and invites nobody.
    tell(CustomerEvent::MemberRoleChanged { user: BOB, role: role("issuer"), at });
    is_void().await;
    tell(CustomerEvent::MemberRoleChanged { user: BOB, role: role("admin"), at });
    tell(CustomerEvent::MemberSuspended { user: BOB, held: Vec::new(), at });
    is_void().await;
    tell(CustomerEvent::MemberReinstated { user: BOB, released: Vec::new(), at });
    let of_bob = |event| world.given::<User>(&BOB.to_string(), [event]);
    of_bob(domain::user::UserEvent::UserSuspended { at });
    is_void().await;
    of_bob(domain::user::UserEvent::UserReinstated { at });
    look_at_invitation(&studio, &world.call(), &token).await.unwrap();
    accept_invitation(&studio, &world.call(), &token, &ana).await.unwrap();
    // Once she is in, she stays, whatever becomes of him.
    tell(CustomerEvent::MemberRemoved { user: BOB, at });
    accept_invitation(&studio, &world.call(), &token, &ana).await.unwrap();
}

/// Attacked: a key that ends tomorrow wrote an invitation for a month, and a revoked one went on letting people in.
#[tokio::test]
async fn an_invitation_ends_with_the_api_key_that_wrote_it() {
    let world = World::new();
    let studio = world.studio();
    let end = world.call().at + chrono::Days::new(1);
    let key = issue_api_key(&studio, &world.call(), "ci", Some(end)).await.unwrap();
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let who = authenticate(&studio, &key.secret.unwrap(), here).await.unwrap();
    let invite = async |expires_at| {
        let call = crate::Call { who: who.clone(), ..world.call() };
        let (email, role) = ("ana@example.org".to_owned(), RoleName::parse("issuer").unwrap());
        invite_member(&studio, &call, InviteMember { email, role, expires_at }).await
    };
    let beyond = invite(Some(end + chrono::TimeDelta::seconds(1))).await.unwrap_err();
    assert_eq!(beyond.code, "auth/beyond-own-rights");
    let invited = invite(None).await.unwrap();
    assert_eq!(invited.expires_at, end);
    let token = invited.token.unwrap();
    look_at_invitation(&studio, &world.call(), &token).await.unwrap();
    revoke_api_key(&studio, &world.call(), key.key).await.unwrap();
    let ana = visitor(ANA, "ana@example.org");
    let looked = look_at_invitation(&studio, &world.call(), &token).await;
    assert_eq!(looked.unwrap_err().code, "customer/invitation-ended");
    let accepted = accept_invitation(&studio, &world.call(), &token, &ana).await;
    assert_eq!(accepted.unwrap_err().code, "customer/invitation-ended");
}

#[test]
fn the_roles_that_every_account_has_cover_what_their_names_say() {
    let of = |name: &str| role::built_in(&RoleName::parse(name).unwrap()).unwrap();
    assert_eq!(of("owner"), None);
    let (admin, issuer, auditor) = (of("admin").unwrap(), of("issuer").unwrap(), of("auditor").unwrap());
    assert_eq!(admin, role::every_scope());
    // What is about nobody but oneself is everybody's.
    let (own, all): (Vec<&Spec>, Vec<&Spec>) =
        ACTS.iter().copied().partition(|spec| ["session.end", "account.leave"].contains(&spec.name));
    for scope in own.iter().flat_map(|spec| spec.scopes()) {
        assert!(issuer.contains(&scope) && auditor.contains(&scope), "{scope}");
    }
    for spec in all {
        for scope in spec.scopes() {
            if spec.effect.is_write() {
                assert!(!auditor.contains(&scope), "an auditor changes nothing: {scope}");
            } else {
                assert!(auditor.contains(&scope), "an auditor sees everything: {scope}");
            }
            let is_administration = scope.starts_with("admin:");
            assert!(!(is_administration && issuer.contains(&scope)), "an issuer administers nobody: {scope}");
        }
    }
    for scope in
        ["create:did:testnet", "issue:credential:mainnet", "create:key", "list:event:testnet", "read:account"]
    {
        assert!(issuer.contains(scope), "{scope}");
    }
    for scope in ["import:key", "erase:subject", "update-roots:trust-registry"] {
        assert!(!issuer.contains(scope), "{scope}");
    }
    assert!(role::built_in(&RoleName::parse("registrar").unwrap()).is_none());
}

#[test]
fn nobody_gives_more_than_he_has() {
    let full = Principal::unbounded(CUSTOMER, Actor::Operator);
    let role = |name: &str| role::built_in(&RoleName::parse(name).unwrap()).unwrap();
    let with = |scopes: Scopes| Principal { scopes, ..full.clone() };
    let admin = with(role("admin").into());
    let may = |who: &Principal, scopes| who.may_give(&ApiKeyGrant { scopes, ..ApiKeyGrant::default() });
    assert!(may(&full, None).is_ok() && may(&full, role("admin")).is_ok());
    assert!(may(&admin, role("auditor")).is_ok() && may(&admin, role("admin")).is_ok());
    assert_eq!(may(&admin, None).unwrap_err().code, "auth/beyond-own-rights");
    assert!(may(&with(role("issuer").into()), role("auditor")).is_err());
    // A key that is bound to a network or an address would give away what it has not.
    let bound = Principal { addresses: vec!["192.0.2.1".parse().unwrap()], ..full.clone() };
    assert!(may(&bound, role("auditor")).is_err());
}
