//! Who is signed in, over a real Postgres.

use crate::support;
use app::port::{
    Attempts as _, Identities as _, Links as _, Sessions as _,
    attempts::{ATTEMPT_WINDOW_SECONDS, Counted},
    identities::Claim,
    links::{Link, LinkPurpose},
    sessions::{EndedAtProvider, ROTATED_GRACE_SECONDS, SESSIONS_PER_USER_MAX, Session, SessionId, Turn},
};
use chrono::TimeDelta;
use domain::id::{CustomerId, Instant, Sealed, UserId};
use futures::future::join_all;
use store::{PostgresSignIn, testing::TestDatabase};
use uuid::Uuid;

const ANN: UserId = UserId(Uuid::from_u128(1));
const BOB: UserId = UserId(Uuid::from_u128(2));
const ISSUER: &str = "https://id.example";

async fn store() -> (TestDatabase, PostgresSignIn) {
    let database = TestDatabase::create().await;
    let store = PostgresSignIn::new(database.pool.clone());
    (database, store)
}

/// As exact as Postgres keeps it.
fn now() -> Instant {
    Instant::from_timestamp_micros(support::now().timestamp_micros()).expect("a time")
}

fn hash(number: u128) -> String {
    format!("{number:064x}")
}

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn idle() -> TimeDelta {
    TimeDelta::hours(1)
}

fn session(number: u128, user: UserId, at: Instant) -> Session {
    Session {
        id: SessionId(Uuid::from_u128(number)),
        user,
        customer: CustomerId(Uuid::from_u128(7)),
        created_at: at,
        last_seen_at: at,
        absolute_until: at + TimeDelta::days(30),
        user_agent: Some("a browser".to_owned()),
        address: Some("192.0.2.1".to_owned()),
        id_token: Some(Sealed("v1.k.t".to_owned())),
        provider_session: Some("sid".to_owned()),
        subject_hash: Some(hash(100)),
        role_mark: "owner".to_owned(),
    }
}

/// A provider ends the sessions of one of its own, or of one of its users, and says so once.
#[tokio::test]
async fn what_a_provider_ended_is_over_once_and_nothing_else() {
    let (_database, store) = store().await;
    let at = now();
    let of = |number: u128, user, sid: &str, subject: u128| Session {
        provider_session: Some(sid.to_owned()),
        subject_hash: Some(hash(subject)),
        ..session(number, user, at)
    };
    let built_in = Session { provider_session: None, subject_hash: None, ..session(5, ANN, at) };
    let all = [
        of(1, ANN, "s1", 101),
        of(2, ANN, "s2", 101),
        of(3, ANN, "s3", 102),
        of(4, BOB, "s4", 103),
        built_in,
    ];
    for (number, session) in (1..).zip(&all) {
        store.open(session, &hash(number)).await.expect("opens");
    }
    let left = async || {
        let mut ids = Vec::new();
        for session in &all {
            ids.extend(store.get(session.id).await.expect("reads").map(|session| session.id.0.as_u128()));
        }
        ids
    };
    let word = |number: u128, subject: Option<u128>, sid: Option<&str>| EndedAtProvider {
        subject_hash: subject.map(hash),
        provider_session: sid.map(str::to_owned),
        word: hash(number),
        until: at + TimeDelta::seconds(60),
    };
    let end = async |ended: EndedAtProvider| store.end_at_provider(&ended).await.expect("ends");
    assert_eq!(end(word(1, Some(103), Some("s1"))).await, Some(0), "both must fit");
    assert_eq!(end(word(2, None, Some("s1"))).await, Some(1));
    assert_eq!(left().await, [2, 3, 4, 5]);
    assert_eq!(end(word(2, None, Some("s2"))).await, None, "a word is taken once");
    assert_eq!(end(word(3, None, None)).await, Some(0));
    assert_eq!(end(word(4, Some(101), None)).await, Some(1), "not what another identity of hers opened");
    assert_eq!(left().await, [3, 4, 5]);
    assert_eq!(end(word(5, Some(103), Some("s4"))).await, Some(1));
    assert_eq!(left().await, [3, 5]);
    store.purge(at + TimeDelta::seconds(60), idle()).await.expect("purges");
    assert_eq!(
        end(word(2, None, Some("s3"))).await,
        Some(1),
        "a word that nobody would believe is forgotten"
    );
}

#[tokio::test]
async fn a_session_is_found_by_its_hash_listed_and_ended_by_its_owner_only() {
    let (database, store) = store().await;
    let at = now();
    let (first, second) = (session(1, ANN, at), session(2, ANN, at + TimeDelta::seconds(1)));
    store.open(&first, &hash(1)).await.expect("opens");
    store.open(&second, &hash(2)).await.expect("opens");
    store.open(&session(3, BOB, at), &hash(3)).await.expect("opens");
    // Another process.
    let other = PostgresSignIn::new(database.another_pool(2));
    assert_eq!(other.find(&hash(1), at).await.expect("reads"), Some(first.clone()));
    assert_eq!(other.find(&hash(9), at).await.expect("reads"), None);
    assert_eq!(other.list(ANN, at, idle()).await.expect("reads"), [second.clone(), first.clone()]);
    assert!(!store.end(BOB, first.id).await.expect("ends"), "nobody ends another's");
    assert!(store.end(ANN, first.id).await.expect("ends"));
    assert!(!store.end(ANN, first.id).await.expect("ends"));
    assert_eq!(other.find(&hash(1), at).await.expect("reads"), None);
    store.open(&session(4, ANN, at), &hash(4)).await.expect("opens");
    assert_eq!(store.end_others(ANN, Some(second.id)).await.expect("ends"), 1);
    assert_eq!(other.find(&hash(2), at).await.expect("reads"), Some(second));
    assert_eq!(store.end_others(ANN, None).await.expect("ends"), 1);
    assert!(store.find(&hash(3), at).await.expect("reads").is_some(), "another user's stays");
}

#[tokio::test]
async fn a_session_that_is_used_lives_and_one_that_is_not_is_neither_listed_nor_kept() {
    let (_database, store) = store().await;
    let at = now();
    for number in [1, 2] {
        store.open(&session(number, ANN, at), &hash(number)).await.expect("opens");
    }
    let later = at + TimeDelta::minutes(59);
    store.touch(SessionId(Uuid::from_u128(1)), later).await.expect("touches");
    let end = at + idle();
    let ids = |sessions: Vec<Session>| sessions.into_iter().map(|one| one.id.0.as_u128()).collect::<Vec<_>>();
    assert_eq!(ids(store.list(ANN, end, idle()).await.expect("reads")), [1]);
    let found = store.find(&hash(2), end).await.expect("reads").expect("a row");
    assert!(!found.is_live(end, idle()), "whoever asks looks at the time");
    assert_eq!(store.purge(end, idle()).await.expect("purges"), 1);
    assert!(store.find(&hash(1), end).await.expect("reads").expect("a row").is_live(end, idle()));
    let absolute = at + TimeDelta::days(30);
    store.touch(SessionId(Uuid::from_u128(1)), absolute).await.expect("touches");
    assert_eq!(store.purge(absolute, idle()).await.expect("purges"), 1, "however much it is used");
}

#[tokio::test]
async fn a_changed_secret_is_changed_once_and_the_former_is_taken_for_a_moment() {
    let (_database, store) = store().await;
    let at = now();
    let session = session(1, ANN, at);
    store.open(&session, &hash(1)).await.expect("opens");
    let turn = Turn { customer: session.customer, role_mark: "auditor".to_owned() };
    let several = (10..14).map(|number| {
        let (store, session, turn) = (store.clone(), session.clone(), turn.clone());
        async move { store.rotate(&session, &hash(number), &turn, at).await.expect("rotates") }
    });
    let done = join_all(several).await;
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "one of several at once");
    let winner = 10 + done.iter().position(|done| *done).expect("one") as u128;
    let found = store.find(&hash(winner), at).await.expect("reads").expect("the new one");
    assert_eq!((found.id, found.role_mark.as_str()), (session.id, "auditor"));
    let moment = TimeDelta::seconds(ROTATED_GRACE_SECONDS);
    let almost = at + moment - TimeDelta::milliseconds(1);
    assert!(store.find(&hash(1), almost).await.expect("reads").is_some());
    assert!(store.find(&hash(1), at + moment).await.expect("reads").is_none());
    store.end(ANN, session.id).await.expect("ends");
    assert!(!store.rotate(&found, &hash(20), &turn, at).await.expect("tries"), "what ended stays ended");
}

#[tokio::test]
async fn one_user_has_so_many_sessions_and_the_least_used_gives_way() {
    let (_database, store) = store().await;
    let at = now();
    let many = u128::try_from(SESSIONS_PER_USER_MAX).expect("a number");
    for number in 1..=many {
        let at = at + TimeDelta::seconds(i64::try_from(number).expect("small"));
        store.open(&session(number, ANN, at), &hash(number)).await.expect("opens");
    }
    store.touch(SessionId(Uuid::from_u128(1)), at + TimeDelta::minutes(30)).await.expect("touches");
    store.open(&session(many + 1, ANN, at + TimeDelta::minutes(31)), &hash(many + 1)).await.expect("opens");
    assert!(store.find(&hash(1), at).await.expect("reads").is_some(), "used since");
    assert!(store.find(&hash(2), at).await.expect("reads").is_none());
}

fn claim(subject: u128, email: Option<u128>) -> Claim {
    Claim { issuer: ISSUER.to_owned(), subject_hash: hash(subject), verified_email_hash: email.map(hash) }
}

#[tokio::test]
async fn the_same_verified_address_is_one_user_and_an_unverified_one_joins_nobody() {
    let (_database, store) = store().await;
    let claimed = async |claim: Claim, fresh| store.claim(&claim, user(fresh)).await.expect("claims");
    assert_eq!(claimed(claim(1, Some(100)), 1).await, user(1));
    assert_eq!(claimed(claim(1, Some(100)), 2).await, user(1), "the same person again");
    let elsewhere = Claim { issuer: "https://other.example".to_owned(), ..claim(1, Some(100)) };
    assert_eq!(claimed(elsewhere, 3).await, user(1), "the same verified address");
    assert_eq!(claimed(claim(2, None), 4).await, user(4), "not verified");
    assert_eq!(store.by_email(&hash(100)).await.expect("reads"), Some(user(1)));
    assert_eq!(store.by_email(&hash(101)).await.expect("reads"), None);
    // It was verified meanwhile; and an address that is another's stays another's.
    assert_eq!(claimed(claim(2, Some(101)), 5).await, user(4));
    assert_eq!(store.by_email(&hash(101)).await.expect("reads"), Some(user(4)));
    assert_eq!(claimed(claim(2, Some(100)), 6).await, user(4));
    assert_eq!(store.by_email(&hash(100)).await.expect("reads"), Some(user(1)));
    assert_eq!(store.forget(user(1)).await.expect("forgets"), 3);
    assert_eq!(claimed(claim(1, Some(100)), 7).await, user(7));
}

#[tokio::test]
async fn sign_ins_at_once_make_one_user() {
    let (_database, store) = store().await;
    for round in 0..8_u128 {
        let several = (0..8_u128).map(|number| {
            let store = store.clone();
            // By two names and one address.
            let claim = claim(1_000 * (round + 1) + number % 2, Some(100 + round));
            async move { store.claim(&claim, user(100 * round + number + 1)).await.expect("claims") }
        });
        let users = join_all(several).await;
        assert!(users.iter().all(|user| *user == users[0]), "{users:?}");
    }
}

#[tokio::test]
async fn failed_tries_are_counted_at_once_and_for_a_time() {
    let (_database, store) = store().await;
    let at = now();
    let account = |failures_max| Counted { subject: hash(1), failures_max };
    let network = Counted { subject: hash(2), failures_max: 100 };
    let several = (0..10).map(|_| {
        let (store, counted) = (store.clone(), [account(3), network.clone()]);
        async move { store.count(&counted, at).await.expect("counts") }
    });
    let answers = join_all(several).await;
    assert_eq!(answers.iter().filter(|again| again.is_none()).count(), 3, "as many as may fail, at once too");
    let again = at + TimeDelta::seconds(ATTEMPT_WINDOW_SECONDS);
    assert!(answers.iter().flatten().all(|told| (*told - again).abs() < TimeDelta::milliseconds(1)));
    assert_eq!(store.count(&[account(3)], again).await.expect("counts"), None, "the time is over");
    store.succeeded(&[hash(1)], &hash(2)).await.expect("notes");
    for _ in 0..3 {
        assert_eq!(store.count(&[account(3)], again).await.expect("counts"), None, "forgotten");
    }
    assert!(store.count(&[account(3)], again).await.expect("counts").is_some());
    assert_eq!(store.purge(again, idle()).await.expect("purges"), 1, "the network's");
}

/// Whoever sends one made-up address after the other fills no table.
#[tokio::test]
async fn tries_beyond_a_networks_limit_leave_nothing_behind() {
    let (_database, store) = store().await;
    let at = now();
    for number in 0..20 {
        let counted = [(hash(1), 3), (hash(100 + number), 100)]
            .map(|(subject, failures_max)| Counted { subject, failures_max });
        let again = store.count(&counted, at).await.expect("counts");
        assert_eq!(again.is_none(), number < 3, "try {number}");
    }
    let again = at + TimeDelta::seconds(ATTEMPT_WINDOW_SECONDS);
    assert_eq!(store.purge(again, idle()).await.expect("purges"), 4, "the network's, and three addresses'");
}

#[tokio::test]
async fn a_link_works_once_in_its_time_and_a_newer_one_takes_its_place() {
    let (_database, store) = store().await;
    let at = now();
    let expires_at = at + TimeDelta::hours(1);
    let reset = |user| Link { purpose: LinkPurpose::Reset, user, customer: None, expires_at };
    let set_up = |customer: u128, user| Link {
        purpose: LinkPurpose::SetUp,
        user,
        customer: Some(CustomerId(Uuid::from_u128(customer))),
        expires_at,
    };
    store.make(&hash(1), &reset(ANN)).await.expect("makes");
    store.make(&hash(2), &reset(BOB)).await.expect("makes");
    store.make(&hash(3), &set_up(1, user(9))).await.expect("makes");
    store.make(&hash(4), &set_up(2, user(10))).await.expect("makes");
    assert_eq!(store.look_up(&hash(3), at).await.expect("reads"), Some(set_up(1, user(9))));
    store.make(&hash(5), &set_up(1, user(11))).await.expect("makes");
    assert_eq!(store.look_up(&hash(3), at).await.expect("reads"), None, "one for a tenant");
    store.make(&hash(6), &reset(ANN)).await.expect("makes");
    assert_eq!(store.look_up(&hash(1), at).await.expect("reads"), None, "one for a user");
    for (kept, link) in [(2, reset(BOB)), (4, set_up(2, user(10))), (6, reset(ANN))] {
        assert_eq!(store.look_up(&hash(kept), at).await.expect("reads"), Some(link), "{kept}");
    }
    assert_eq!(store.look_up(&hash(2), expires_at).await.expect("reads"), None);
    let several = (0..4).map(|_| {
        let store = store.clone();
        async move { store.use_up(&hash(6)).await.expect("uses") }
    });
    assert_eq!(join_all(several).await.into_iter().filter(|used| *used).count(), 1);
    assert_eq!(store.look_up(&hash(6), at).await.expect("reads"), None);
    // Of several that are made at once one works.
    let made = (20..28).map(|number| {
        let (store, link) = (store.clone(), reset(ANN));
        async move { store.make(&hash(number), &link).await.expect("makes") }
    });
    join_all(made).await;
    let found = join_all((20..28).map(|number| {
        let store = store.clone();
        async move { store.look_up(&hash(number), at).await.expect("reads") }
    }));
    assert_eq!(found.await.into_iter().flatten().count(), 1);
}
