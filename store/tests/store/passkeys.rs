//! Passkeys, over a real Postgres.

use crate::support;
use app::port::{
    Passkeys as _,
    authenticators::Backup,
    passkeys::{Added, PASSKEYS_PER_USER_MAX, Passkey, Removed, Use},
};
use chrono::TimeDelta;
use domain::id::{Instant, PasskeyId, Sealed, UserId};
use futures::future::join_all;
use store::{PostgresSignIn, testing::TestDatabase};
use uuid::Uuid;

const ANN: UserId = UserId(Uuid::from_u128(1));
const BOB: UserId = UserId(Uuid::from_u128(2));

async fn store() -> (TestDatabase, PostgresSignIn) {
    let database = TestDatabase::create().await;
    let store = PostgresSignIn::new(database.pool.clone());
    (database, store)
}

/// As exact as Postgres keeps it.
fn now() -> Instant {
    Instant::from_timestamp_micros(support::now().timestamp_micros()).expect("a time")
}

fn passkey(number: u8, user: UserId) -> Passkey {
    Passkey {
        id: PasskeyId(Uuid::from_u128(number.into())),
        user,
        credential: vec![number; 32],
        public_key: vec![0xa4, number],
        counter: 0,
        backup: Backup { eligible: true, backed_up: false },
        name: Sealed("v1.k.t".to_owned()),
        created_at: now() + TimeDelta::seconds(number.into()),
        last_used_at: None,
    }
}

fn used(counter: u32, at: Instant) -> Use {
    Use { counter, backed_up: true, at }
}

#[tokio::test]
async fn a_passkey_is_found_listed_renamed_and_removed_by_its_user_only() {
    let (database, store) = store().await;
    let (first, second, bobs) = (passkey(1, ANN), passkey(2, ANN), passkey(3, BOB));
    for one in [&second, &first, &bobs] {
        assert_eq!(store.add(one).await.expect("adds"), Added::Yes);
    }
    let taken = Passkey { id: PasskeyId(Uuid::from_u128(9)), user: BOB, ..first.clone() };
    assert_eq!(store.add(&taken).await.expect("looks"), Added::Known, "one device, one passkey");
    // Another process.
    let other = PostgresSignIn::new(database.another_pool(2));
    assert_eq!(other.find(&first.credential).await.expect("reads"), Some(first.clone()));
    assert_eq!(other.find(&[1; 31]).await.expect("reads"), None);
    assert_eq!(other.list(ANN).await.expect("reads"), [first.clone(), second.clone()]);
    let name = Sealed("v1.k.u".to_owned());
    assert!(!store.rename(BOB, first.id, &name).await.expect("looks"), "nobody names another's");
    assert!(store.rename(ANN, first.id, &name).await.expect("renames"));
    assert_eq!(other.find(&first.credential).await.expect("reads").expect("a row").name, name);
    assert_eq!(store.remove(BOB, first.id, false).await.expect("looks"), Removed::Unknown);
    assert_eq!(store.remove(ANN, first.id, true).await.expect("removes"), Removed::Yes);
    assert_eq!(store.remove(ANN, first.id, false).await.expect("looks"), Removed::Unknown);
    assert_eq!(store.remove(ANN, second.id, true).await.expect("looks"), Removed::Last);
    assert_eq!(other.list(ANN).await.expect("reads"), std::slice::from_ref(&second), "it stays");
    assert_eq!(store.remove(ANN, second.id, false).await.expect("removes"), Removed::Yes);
    assert_eq!(store.add(&first).await.expect("adds"), Added::Yes, "it may come back");
    assert_eq!(store.remove_all(ANN).await.expect("removes"), 1);
    assert_eq!(other.list(BOB).await.expect("reads"), [bobs]);
}

#[tokio::test]
async fn of_several_answers_with_one_count_one_is_taken() {
    let (_database, store) = store().await;
    let one = passkey(1, ANN);
    store.add(&one).await.expect("adds");
    let at = now();
    assert!(store.used(one.id, used(0, at)).await.expect("notes"));
    assert!(store.used(one.id, used(0, at)).await.expect("notes"), "it does not count");
    let several = (0..6).map(|_| store.used(one.id, used(7, at)));
    let taken = join_all(several).await.into_iter().filter(|one| *one.as_ref().expect("notes")).count();
    assert_eq!(taken, 1);
    for counter in [7, 6, 0] {
        assert!(!store.used(one.id, used(counter, at)).await.expect("looks"), "{counter}");
    }
    assert!(store.used(one.id, used(u32::MAX, at)).await.expect("notes"));
    let kept = store.find(&one.credential).await.expect("reads").expect("a row");
    assert_eq!((kept.counter, kept.last_used_at, kept.backup.backed_up), (u32::MAX, Some(at), true));
    assert!(!store.used(PasskeyId(Uuid::nil()), used(9, at)).await.expect("looks"));
}

#[tokio::test]
async fn one_user_has_so_many_however_many_come_at_once_and_keeps_one() {
    let (_database, store) = store().await;
    let all: Vec<Passkey> = (1..=30).map(|number| passkey(number, ANN)).collect();
    let added = join_all(all.iter().map(|one| store.add(one))).await;
    let mut added: Vec<Added> = added.into_iter().map(|one| one.expect("adds")).collect();
    added.retain(|one| *one == Added::Yes);
    assert_eq!(i64::try_from(added.len()), Ok(PASSKEYS_PER_USER_MAX));
    assert_eq!(store.add(&passkey(99, BOB)).await.expect("adds"), Added::Yes, "others have their own");
    let kept = store.list(ANN).await.expect("reads");
    let removed = join_all(kept.iter().map(|one| store.remove(ANN, one.id, true))).await;
    let left = removed.into_iter().filter(|one| *one.as_ref().expect("looks") == Removed::Last).count();
    assert_eq!((left, store.list(ANN).await.expect("reads").len()), (1, 1));
}

#[tokio::test]
async fn a_challenge_is_answered_once_and_forgotten_after_its_time() {
    let (_database, store) = store().await;
    let (hash, until) = (format!("{:064x}", 5), now() + TimeDelta::minutes(5));
    let several = join_all((0..4).map(|_| store.use_up(&hash, until))).await;
    assert_eq!(several.into_iter().filter(|one| *one.as_ref().expect("notes")).count(), 1);
    let idle = TimeDelta::hours(1);
    assert_eq!(store.purge(until - TimeDelta::microseconds(1), idle).await.expect("purges"), 0);
    assert!(!store.use_up(&hash, until).await.expect("looks"));
    assert_eq!(store.purge(until, idle).await.expect("purges"), 1);
}
