//! Tenants, their API keys, and what is forgotten of whom they speak of.

use super::*;
use crate::{
    Actor, Principal,
    fake::{API_KEY, API_KEY_DAYS, CUSTOMER, SECRET, World},
    port::replies::{Begun, Reply},
};
use chrono::TimeDelta;
use domain::{
    customer::{Customer, Revealed},
    id::{ApiKeyId, CustomerId, Network, Sealed},
};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

const ALICE: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";
/// Where requests come from.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const NEW: CustomerId = CustomerId(Uuid::from_u128(99));

async fn works(world: &World, secret: &str) -> bool {
    authenticate(&world.studio(), secret, HERE).await.is_ok()
}

fn secret(issued: &IssuedApiKey) -> &str {
    issued.secret.as_deref().unwrap()
}

#[tokio::test]
async fn a_tenant_is_registered_with_payers_and_a_key_that_works() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call_of(NEW));
    let told = world.when(register(&studio, &call, " Example Ltd ", &Network::ALL)).await;
    let told = told.then_events(["KeyCreated", "KeyCreated", "CustomerRegistered", "ApiKeyIssued"]);
    let body = told.event("CustomerRegistered").body().clone();
    let registered = told.then();
    assert!(!body.to_string().contains("Example"), "the name is personal data: {body}");
    let networks: Vec<_> = registered.payers.iter().map(|payer| payer.network).collect();
    assert_eq!(networks, Network::ALL);
    let caller = authenticate(&studio, secret(&registered.api_key), HERE).await.unwrap();
    assert_eq!((caller.customer, caller.actor), (NEW, Actor::ApiKey(registered.api_key.key.0)));
    // A second process that starts at the same moment finds it done; the secret of its own key nobody has.
    let again = world.when(register(&studio, &call, "Example Ltd", &Network::ALL)).await;
    again.then_nothing().then_refused("customer/api-key-already-issued");
}

#[tokio::test]
async fn a_tenant_has_a_name_that_can_be_printed() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call_of(NEW));
    for name in ["", "  ", "a\nb", &"x".repeat(NAME_CHARS_MAX + 1)] {
        let told = world.when(register(&studio, &call, name, &[Network::Testnet])).await;
        told.then_refused("customer/name-invalid");
    }
}

#[tokio::test]
async fn only_a_key_that_works_opens_the_door() {
    let world = World::new();
    let studio = world.studio();
    let caller = authenticate(&studio, SECRET, HERE).await.unwrap();
    let ends_at = Some(world.time.present() + chrono::Days::new(API_KEY_DAYS.into()));
    assert_eq!(caller, Principal { ends_at, ..Principal::unbounded(CUSTOMER, Actor::ApiKey(API_KEY.0)) });
    for secret in ["", "caas_0123456788", &"x".repeat(API_KEY_CHARS_MAX + 1)] {
        world.when(authenticate(&studio, secret, HERE)).await.then_refused("auth/invalid-key");
    }
    let days = i64::from(API_KEY_DAYS);
    world.time.pass(days * 86_400 - 1);
    assert!(works(&world, SECRET).await);
    world.time.pass(1);
    world.when(authenticate(&studio, SECRET, HERE)).await.then_refused("auth/api-key-expired");
    let who = Principal::unbounded(CUSTOMER, Actor::ApiKey(API_KEY.0));
    world.when(still_works(&studio, &who)).await.then_refused("auth/api-key-expired");
    let nobody = Principal::unbounded(CUSTOMER, Actor::ApiKey(Uuid::from_u128(404)));
    world.when(still_works(&studio, &nobody)).await.then_refused("auth/invalid-key");
}

#[tokio::test]
async fn an_issued_key_is_shown_once_and_works_until_its_end() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let end = call.at + TimeDelta::hours(1);
    let told = world.when(issue_api_key(&studio, &call, "ci", Some(end))).await;
    let told = told.then_events(["ApiKeyIssued"]);
    let body = told.event("ApiKeyIssued").body().clone();
    let issued = told.then();
    assert!(!body.to_string().contains(secret(&issued)) && !format!("{issued:?}").contains(secret(&issued)));
    assert_eq!((issued.name.as_str(), issued.expires_at), ("ci", end));
    assert!(works(&world, secret(&issued)).await);
    world.time.pass(3_600);
    assert!(!works(&world, secret(&issued)).await);
    // The secret of the first answer is kept nowhere, and another one would open nothing.
    let again = world.when(issue_api_key(&studio, &call, "ci", Some(end))).await;
    again.then_nothing().then_refused("customer/api-key-already-issued");
}

#[tokio::test]
async fn a_key_lives_as_long_as_a_store_can_write() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let issued = issue_api_key(&studio, &call, "usual", None).await.unwrap();
    assert_eq!(issued.expires_at, call.at + TimeDelta::days(API_KEY_DAYS.into()));
    let far = "+10000-01-01T00:00:00Z".parse().unwrap();
    let told = world.when(issue_api_key(&studio, &world.call(), "far", Some(far))).await;
    told.then_refused("api-key/life-invalid");
    let told = world.when(issue_api_key(&studio, &world.call(), "past", Some(call.at))).await;
    told.then_refused("customer/api-key-already-expired");
    let stranger = world.call_of(NEW);
    world.when(issue_api_key(&studio, &stranger, "x", None)).await.then_refused("customer/not-found");
}

#[tokio::test]
async fn a_key_is_given_another_name_or_end() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let end = call.at + TimeDelta::hours(1);
    let change = |name: Option<&str>, end| {
        change_api_key(
            &studio,
            &call,
            ChangeApiKey { key: API_KEY, name: name.map(str::to_owned), expires_at: end },
        )
    };
    world.when(change(Some("laptop"), Some(end))).await.then_events(["ApiKeyChanged"]).then();
    let known = world.log.state::<Customer>(&CUSTOMER.to_string()).api_keys[&API_KEY].clone();
    assert_eq!((known.name.as_str(), known.expires_at), ("laptop", end));
    let far = "+10000-01-01T00:00:00Z".parse().unwrap();
    world.when(change(None, Some(far))).await.then_refused("api-key/life-invalid");
    world.time.pass(3_600);
    let late = world.call();
    let told = world
        .when(change_api_key(
            &studio,
            &late,
            ChangeApiKey { key: API_KEY, name: Some("x".to_owned()), expires_at: None },
        ))
        .await;
    told.then_refused("customer/api-key-expired");
}

/// Fourteen days ahead, once for each end, and not of a key that was given no longer life than that.
#[tokio::test]
async fn the_end_of_a_key_is_said_ahead_once() {
    const DAY: i64 = 86_400;
    let world = World::new();
    let (studio, days) = (world.studio(), i64::from(API_KEY_DAYS));
    let note = async || world.when(note_api_key_end(&studio, CUSTOMER, API_KEY)).await;
    world.time.pass((days - 14) * DAY - 1);
    assert!(!note().await.then_nothing().then(), "too early");
    world.time.pass(1);
    assert!(note().await.then_events(["ApiKeyEndsSoon"]).then());
    assert!(!note().await.then_nothing().then(), "said before");
    let later = |call: &crate::Call, days| ChangeApiKey {
        key: API_KEY,
        name: None,
        expires_at: Some(call.at + TimeDelta::days(days)),
    };
    let call = world.call();
    change_api_key(&studio, &call, later(&call, 10)).await.unwrap();
    assert!(!note().await.then_nothing().then(), "whoever gave it ten days knows");
    let call = world.call();
    change_api_key(&studio, &call, later(&call, 30)).await.unwrap();
    world.time.pass(16 * DAY);
    assert!(note().await.then_events(["ApiKeyEndsSoon"]).then(), "another end");
    let call = world.call();
    change_api_key(&studio, &call, later(&call, 30)).await.unwrap();
    revoke_api_key(&studio, &world.call(), API_KEY).await.unwrap();
    world.time.pass(20 * DAY);
    assert!(!note().await.then_nothing().then(), "it is dead");
    let nobodys = ApiKeyId(Uuid::from_u128(404));
    world.when(note_api_key_end(&studio, CUSTOMER, nobodys)).await.then_refused("customer/api-key-not-found");
}

/// What another process did to a key holds here within a second; what this one did, at once.
#[tokio::test]
async fn a_key_that_ended_elsewhere_is_dead_here_within_a_second() {
    let world = World::new();
    let elsewhere = crate::Studio { key_ring: std::sync::Arc::default(), ..world.studio() };
    let new = issue_api_key(&elsewhere, &world.call(), "ci", None).await.unwrap();
    assert!(works(&world, secret(&new)).await, "a new key works at once");
    revoke_api_key(&elsewhere, &world.call(), new.key).await.unwrap();
    assert!(authenticate(&elsewhere, secret(&new), HERE).await.is_err());
    world.time.pass(1);
    let told = world.when(authenticate(&world.studio(), secret(&new), HERE)).await;
    told.then_refused("auth/api-key-revoked");
    // Whoever has a part of the secret learns nothing of it.
    let guess = &secret(&new)[..secret(&new).len() - 1];
    world.when(authenticate(&world.studio(), guess, HERE)).await.then_refused("auth/invalid-key");
}

/// A key costs the database a look-up now and then, and not one with each request.
#[tokio::test]
async fn a_key_that_is_shown_again_is_not_looked_up_again() {
    let world = World::new();
    assert!(works(&world, SECRET).await);
    world.index.begin_anew();
    assert!(works(&world, SECRET).await, "as it was read a moment ago");
    world.time.pass(1);
    assert!(!works(&world, SECRET).await);
}

/// Attacked: whoever found a key that ends soon made himself another one that did not.
#[tokio::test]
async fn a_key_makes_none_that_outlives_it() {
    let world = World::new();
    let studio = world.studio();
    let call = crate::Call { who: authenticate(&studio, SECRET, HERE).await.unwrap(), ..world.call() };
    let end = call.who.ends_at.unwrap();
    let later = end + TimeDelta::seconds(1);
    let request = |number| crate::Call { command_id: Uuid::from_u128(number), ..call.clone() };
    let issue = async |number, end| world.when(issue_api_key(&studio, &request(number), "ci", end)).await;
    issue(1, Some(later)).await.then_nothing().then_refused("auth/beyond-own-rights");
    let child = issue(2, Some(end)).await.then();
    let change = async |number, key, expires_at| {
        let change = ChangeApiKey { key, name: None, expires_at: Some(expires_at) };
        world.when(change_api_key(&studio, &request(number), change)).await
    };
    for key in [child.key, API_KEY] {
        change(3, key, later).await.then_nothing().then_refused("auth/beyond-own-rights");
    }
    let rotate = |expires_at| RotateApiKey { old: API_KEY, expires_at, overlap: Duration::from_secs(9) };
    let told = world.when(rotate_api_key(&studio, &request(4), rotate(Some(later)))).await;
    told.then_nothing().then_refused("auth/beyond-own-rights");
    world.time.pass(86_400);
    // What nobody says is the end that he has himself.
    let late = crate::Call { at: world.time.present(), ..request(5) };
    let told = world.when(rotate_api_key(&studio, &late, rotate(None))).await;
    assert_eq!(told.then_events(["ApiKeyIssued", "ApiKeyChanged"]).then().expires_at, end);
    // Somebody else gave another key a longer life; making it shorter gives nobody anything.
    let (long, call) = (end + TimeDelta::days(90), world.call());
    let free = issue_api_key(&studio, &call, "free", Some(long)).await.unwrap();
    change(6, free.key, long - TimeDelta::days(1)).await.then_events(["ApiKeyChanged"]).then();
    change(7, free.key, long).await.then_refused("auth/beyond-own-rights");
}

/// To the minute, and kept outside the log: a key that opens nothing is not used, and one that is used all the time costs one row
/// in a minute.
#[tokio::test]
async fn the_last_use_of_a_key_is_known_to_the_minute() {
    let world = World::new();
    let studio = world.studio();
    let used =
        async |studio: &crate::Studio| studio.last_uses.of(&[API_KEY]).await.unwrap().get(&API_KEY).copied();
    assert_eq!(used(&studio).await, None);
    let before = world.log.len();
    let first = world.time.present();
    assert!(works(&world, SECRET).await);
    assert_eq!(used(&studio).await, Some(first), "at once");
    world.time.pass(59);
    assert!(works(&world, SECRET).await);
    assert_eq!(used(&studio).await, Some(first));
    world.time.pass(1);
    assert!(works(&world, SECRET).await);
    let second = world.time.present();
    assert_eq!(used(&studio).await, Some(second));
    assert_eq!(world.log.len(), before);
    // The process ends, and another one begins over what was written beside the requests.
    tokio::task::yield_now().await;
    let later = crate::Studio { last_uses: Arc::new(LastUses::new(world.uses.clone())), ..world.studio() };
    assert_eq!(used(&later).await, Some(second));
    revoke_api_key(&studio, &world.call(), API_KEY).await.unwrap();
    world.time.pass(60);
    assert!(!works(&world, SECRET).await);
    assert_eq!(used(&studio).await, Some(second), "whoever is refused used nothing");
}

/// A change that comes while a look-up is under way must not be covered by its answer.
#[tokio::test]
async fn what_was_read_before_a_change_is_not_kept() {
    let world = World::new();
    let studio = world.studio();
    let (hash, now) = (studio.api_keys.hash(SECRET), world.time.present());
    let old = studio.directory.api_key(&hash).await.unwrap();
    let read = async || {
        revoke_api_key(&studio, &world.call(), API_KEY).await?;
        Ok(old)
    };
    studio.key_ring.owner(&hash, now, read).await.unwrap();
    assert!(!works(&world, SECRET).await);
}

#[tokio::test]
async fn a_revoked_key_is_dead_once_it_is_told_so() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    world.when(revoke_api_key(&studio, &call, API_KEY)).await.then_events(["ApiKeyRevoked"]).then();
    assert!(!works(&world, SECRET).await);
    world.when(revoke_api_key(&studio, &world.call(), API_KEY)).await.then_nothing().then();
    let unknown = ApiKeyId(Uuid::from_u128(1));
    let told = world.when(revoke_api_key(&studio, &world.call(), unknown)).await;
    told.then_refused("customer/api-key-not-found");
}

#[tokio::test]
async fn safety_4_a_key_that_the_doors_still_take_is_not_told_dead() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    world.index.stand_still();
    let told = world.when(revoke_api_key(&studio, &call, API_KEY)).await;
    told.then_events(["ApiKeyRevoked"]).then_refused("api-key/still-works");
    world.index.go_on();
    world.when(revoke_api_key(&studio, &call, API_KEY)).await.then_events([]).then();
}

#[tokio::test]
async fn a_key_is_rotated_in_one_step() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let rotate = |overlap| {
        rotate_api_key(
            &studio,
            &call,
            RotateApiKey { old: API_KEY, expires_at: None, overlap: Duration::from_secs(overlap) },
        )
    };
    let told = world.when(rotate(API_KEY_OVERLAP_SECONDS_MAX + 1)).await;
    told.then_refused("api-key/overlap-too-long");
    let new = world.when(rotate(60)).await.then_events(["ApiKeyIssued", "ApiKeyChanged"]).then();
    assert_eq!(new.name, "first key", "under the name of the old one");
    assert!(works(&world, SECRET).await && works(&world, secret(&new)).await);
    world.time.pass(60);
    assert!(!works(&world, SECRET).await && works(&world, secret(&new)).await);
    let call = world.call();
    let told = world
        .when(rotate_api_key(
            &studio,
            &call,
            RotateApiKey { old: new.key, expires_at: None, overlap: Duration::ZERO },
        ))
        .await;
    let newer = told.then_events(["ApiKeyIssued", "ApiKeyRevoked"]).then();
    assert!(!works(&world, secret(&new)).await && works(&world, secret(&newer)).await);
}

#[tokio::test]
async fn a_key_is_found_by_its_id_or_its_secret_and_only_by_its_owner() {
    let world = World::new();
    let studio = world.studio();
    assert_eq!(find_api_key(&studio, CUSTOMER, SECRET).await.unwrap(), API_KEY);
    assert_eq!(find_api_key(&studio, CUSTOMER, &API_KEY.to_string()).await.unwrap(), API_KEY);
    let stranger = world.stranger();
    for (customer, text) in
        [(stranger, SECRET), (CUSTOMER, "caas_nobody"), (CUSTOMER, &"x".repeat(API_KEY_CHARS_MAX + 1))]
    {
        let told = world.when(find_api_key(&studio, customer, text)).await;
        told.then_refused("customer/api-key-not-found");
    }
}

#[tokio::test]
async fn a_reveal_is_noted_before_anything_is_shown() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let what = Revealed { stream: Some("key-1".to_owned()), ..Revealed::default() };
    let told = world.when(note_reveal(&studio, &call, what.clone())).await;
    let told = told.then_events(["PersonalDataRevealed"]);
    assert_eq!(told.event("PersonalDataRevealed").body()["what"]["stream"], "key-1");
    told.then();
    world.when(note_reveal(&studio, &world.call_of(NEW), what)).await.then_refused("customer/not-found");
}

#[tokio::test]
async fn an_erased_subject_is_unreadable_and_answers_about_it_are_forgotten() {
    let world = World::new();
    let studio = world.studio();
    let did = world.did().await;
    let issued = world.credential(&did, ALICE, None).await;
    let kept = studio.vault.seal(CUSTOMER, crate::port::replies::REPLIES_SUBJECT, b"answer").await.unwrap();
    assert_eq!(studio.replies.begin(CUSTOMER, "k", "hash", world.call().at).await.unwrap(), Begun::Go);
    let call = world.call();
    world.when(erase_subject(&studio, &call, ALICE)).await.then_events(["SubjectErased"]).then();
    assert_eq!(studio.vault.open(CUSTOMER, &kept).await.unwrap(), None);
    let id = issued.id.to_string();
    let sealed = world.log.state::<domain::credential::Credential>(&id).sealed.unwrap();
    assert!(crate::credential::reveal(&studio, CUSTOMER, &sealed).await.unwrap().is_none());
    // What was being answered meanwhile may hold it too: it is not kept, and its repeat runs the same commands.
    let reply = Reply { body: Sealed(String::new()), is_bare: false };
    studio.replies.finish(CUSTOMER, "k", &reply).await.unwrap();
    assert_eq!(studio.replies.begin(CUSTOMER, "k", "hash", call.at).await.unwrap(), Begun::Go);
    // A repeat deletes nothing more and is no second erasure.
    world.when(erase_subject(&studio, &world.call(), ALICE)).await.then_nothing().then();
}

#[tokio::test]
async fn an_erasure_that_died_before_its_note_is_noted_by_its_repeat() {
    let world = World::new();
    let studio = world.studio();
    let did = world.did().await;
    world.credential(&did, ALICE, None).await;
    let call = world.call();
    world.log.away_after(0);
    world.when(erase_subject(&studio, &call, ALICE)).await.then_refused("store/unavailable");
    world.log.works();
    world.when(erase_subject(&studio, &call, ALICE)).await.then_events(["SubjectErased"]).then();
}

#[tokio::test]
async fn only_what_was_ever_sealed_can_be_erased() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    world.when(erase_subject(&studio, &call, ALICE)).await.then_refused("subject/not-found");
    let long = format!("did:{}", "x".repeat(SUBJECT_DID_BYTES_MAX));
    for text in ["alice", "", long.as_str()] {
        let fault = world.when(erase_subject(&studio, &call, text)).await.then_refused("request/invalid");
        assert_eq!(fault.members["field"], "subjectDid");
    }
    let did = world.did().await;
    world.credential(&did, ALICE, None).await;
    let stranger = world.call_of(world.stranger());
    world.when(erase_subject(&studio, &stranger, ALICE)).await.then_refused("subject/not-found");
}

#[tokio::test]
async fn a_subject_is_erased_however_its_did_is_spelled() {
    let world = World::new();
    let studio = world.studio();
    let did = world.did().await;
    let subject = "did:cheqd:testnet:7BF81A20-633C-4CC7-BC4A-5A45801005E0";
    world.credential(&did, subject, None).await;
    let call = world.call();
    let told = world.when(erase_subject(&studio, &call, &subject.to_lowercase())).await;
    told.then_events(["SubjectErased"]).then();
}

#[tokio::test]
async fn a_registration_that_died_half_way_is_finished_by_its_repeat() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call_of(NEW));
    for (after, events) in [(1, vec!["KeyCreated"]), (1, vec![]), (2, vec!["CustomerRegistered"])] {
        world.log.away_after(after);
        let before = world.log.len();
        let told = register(&studio, &call, "Example", &[Network::Testnet]).await;
        assert_eq!(told.err().unwrap().code, "store/unavailable");
        let kinds: Vec<_> = world.log.since(before).into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, events);
    }
    world.log.works();
    let told = world.when(register(&studio, &call, "Example", &[Network::Testnet])).await;
    let made = told.then_events(["ApiKeyIssued"]).then();
    assert!(works(&world, secret(&made.api_key)).await);
}
