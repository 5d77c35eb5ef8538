//! The master key: checked at start, rotated without anybody noticing.

use crate::{MASTER_HEX, another, customer, execute, master, vault, wanted};
use app::{
    FaultKind,
    port::vault::{ApiKeys as _, Vault as _},
};
use domain::key::{KeyAlgorithm, KeyPurpose};
use futures::future::join_all;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::testing::TestDatabase;
use uuid::Uuid;
use vault::{MasterKey, PgVault, StartError};

const NEXT_HEX: &str = "00112233445566778899aabbccddeeff102132435465768798a9bacbdcedfe0f";

fn next() -> MasterKey {
    MasterKey::parse(NEXT_HEX).unwrap()
}

async fn open_with(database: &TestDatabase, master: MasterKey) -> Result<PgVault, StartError> {
    PgVault::connect(database.pool.clone(), master, Vec::new()).await
}

#[tokio::test]
async fn a_wrong_master_key_stops_the_start_with_a_sentence() {
    let (database, _vault) = vault().await;
    let why = open_with(&database, next()).await.unwrap_err();
    assert!(matches!(why, StartError::WrongMasterKey));
    assert!(why.to_string().contains("STUDIO_MASTER_KEY"));
    assert!(open_with(&database, master()).await.is_ok());
}

#[tokio::test]
async fn a_damaged_master_row_is_told_apart_from_a_wrong_key() {
    let (database, _vault) = vault().await;
    execute(&database, "update vault.master set api_key_secret = set_bit(api_key_secret, 250, 1 - get_bit(api_key_secret, 250))").await;
    assert!(matches!(open_with(&database, master()).await, Err(StartError::Damaged)));
}

#[tokio::test]
async fn a_database_without_tables_is_an_error_of_the_start() {
    let database = TestDatabase::create().await;
    execute(&database, "drop schema vault cascade").await;
    assert!(matches!(open_with(&database, master()).await, Err(StartError::Store(_))));
}

#[tokio::test]
async fn first_starts_at_once_agree() {
    let database = TestDatabase::create().await;
    let starts = (0..8).map(|_| {
        let pool = database.pool.clone();
        tokio::spawn(async move { PgVault::connect(pool, master(), Vec::new()).await.unwrap() })
    });
    let vaults: Vec<_> = join_all(starts).await.into_iter().map(Result::unwrap).collect();
    let hash = vaults[0].hash("caas_00");
    assert!(vaults.iter().all(|vault| vault.hash("caas_00") == hash));
}

#[tokio::test]
async fn api_keys_are_random_hashed_with_a_key_of_this_database_and_survive_restarts() {
    let (database, first) = vault().await;
    let key = first.generate();
    assert!(key.secret.starts_with("caas_"));
    assert_eq!(first.hash(&key.secret), key.hash);
    assert_eq!(another(&database).await.hash(&key.secret), key.hash);
    assert_ne!(first.generate().secret, key.secret);
    let (_elsewhere, stranger) = vault().await;
    assert_ne!(stranger.hash(&key.secret), key.hash, "a leaked table of hashes fits no other database");
}

#[tokio::test]
async fn rotation_keeps_everything_readable_and_the_old_key_useless() {
    let (database, vault) = vault().await;
    let owners: Vec<_> = (0..5).map(|_| customer()).collect();
    let mut made = Vec::new();
    for owner in &owners {
        let key = vault
            .create_key(wanted(*owner, Uuid::new_v4(), (KeyAlgorithm::Ed25519, KeyPurpose::Identity)))
            .await
            .unwrap();
        let sealed = vault.seal(*owner, "customer", b"text").await.unwrap();
        let fingerprint = vault.fingerprint(*owner, b"x").await.unwrap();
        let signature = vault.sign(*owner, &key.kid, b"x").await.unwrap();
        made.push((*owner, key.kid, sealed, fingerprint, signature));
    }
    let api_key = vault.generate();
    let before: Vec<Vec<u8>> = sqlx::query_scalar("select wrapped from vault.customer_keys")
        .fetch_all(&database.pool)
        .await
        .unwrap();

    let done = vault.rewrap(&next()).await.unwrap();
    assert_eq!((done.master_version, done.customer_keys), (2, 5));
    let again = vault.rewrap(&next()).await.unwrap();
    assert_eq!((again.master_version, again.customer_keys), (2, 0), "repeating is harmless");

    assert!(matches!(open_with(&database, master()).await, Err(StartError::WrongMasterKey)));
    let fresh = open_with(&database, next()).await.unwrap();
    for process in [&vault, &fresh] {
        for (owner, kid, sealed, fingerprint, signature) in &made {
            assert_eq!(process.open(*owner, sealed).await.unwrap().as_deref(), Some(&b"text"[..]));
            assert_eq!(&process.fingerprint(*owner, b"x").await.unwrap(), fingerprint);
            assert_eq!(&process.sign(*owner, kid, b"x").await.unwrap(), signature);
        }
        assert_eq!(process.hash(&api_key.secret), api_key.hash, "API keys go on working");
        process.seal(customer(), "customer", b"new customer").await.unwrap();
    }
    let after: Vec<Vec<u8>> = sqlx::query_scalar("select wrapped from vault.customer_keys")
        .fetch_all(&database.pool)
        .await
        .unwrap();
    assert!(before.iter().all(|old| !after.contains(old)), "nothing wrapped under the old key is left");
    // And back again, as a third version.
    assert_eq!(fresh.rewrap(&master()).await.unwrap().master_version, 3);
    assert!(open_with(&database, master()).await.is_ok());
}

#[tokio::test]
async fn an_interrupted_rotation_changes_nothing() {
    let (database, vault) = vault().await;
    let owner = customer();
    let sealed = vault.seal(owner, "customer", b"text").await.unwrap();
    // The last statement of the rotation fails, after all customer keys were rewrapped.
    execute(
        &database,
        "create function vault.fail() returns trigger language plpgsql as $$ begin raise 'no'; end $$",
    )
    .await;
    execute(
        &database,
        "create trigger fail before update on vault.master for each row execute function vault.fail()",
    )
    .await;
    vault.rewrap(&next()).await.unwrap_err();
    let old = open_with(&database, master()).await.unwrap();
    for process in [&vault, &old] {
        assert_eq!(process.open(owner, &sealed).await.unwrap().as_deref(), Some(&b"text"[..]));
    }
    execute(&database, "drop trigger fail on vault.master").await;
    assert_eq!(vault.rewrap(&next()).await.unwrap().customer_keys, 1, "and it can be repeated");
    let new = open_with(&database, next()).await.unwrap();
    assert_eq!(new.open(owner, &sealed).await.unwrap().as_deref(), Some(&b"text"[..]));
}

#[tokio::test]
async fn other_processes_go_on_if_they_have_the_next_key_and_say_so_if_not() {
    let (database, _founder) = vault().await;
    // A rotation needs one connection only, however many wait for it.
    let rotating = PgVault::connect(database.another_pool(1), master(), Vec::new()).await.unwrap();
    let known = customer();
    let sealed = rotating.seal(known, "customer", b"text").await.unwrap();
    let prepared = PgVault::connect(database.pool.clone(), master(), vec![next()]).await.unwrap();
    let next_first = PgVault::connect(database.pool.clone(), next(), vec![master()]).await.unwrap();
    let unprepared = another(&database).await;
    rotating.rewrap(&next()).await.unwrap();

    for process in [&prepared, &next_first] {
        assert_eq!(process.open(known, &sealed).await.unwrap().as_deref(), Some(&b"text"[..]));
        let newcomer = customer();
        let theirs = process.seal(newcomer, "customer", b"new").await.unwrap();
        assert_eq!(rotating.open(newcomer, &theirs).await.unwrap().as_deref(), Some(&b"new"[..]));
    }
    for fault in [
        unprepared.open(known, &sealed).await.unwrap_err(),
        unprepared.seal(customer(), "customer", b"x").await.unwrap_err(),
        unprepared.rewrap(&MasterKey::generate()).await.unwrap_err(),
    ] {
        assert_eq!((fault.kind, fault.code), (FaultKind::Unavailable, "vault/master-rotated"));
    }
    let strays: i64 =
        sqlx::query_scalar("select count(*) from vault.customer_keys where master_version <> 2")
            .fetch_one(&database.pool)
            .await
            .unwrap();
    assert_eq!(strays, 0, "no process left a key under the old master key");
}

/// New customers arrive in two processes while a third rotates three times.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rotating_while_customers_arrive_loses_nobody() {
    let (database, _founder) = vault().await;
    let ring: Vec<String> =
        std::iter::once(MASTER_HEX.to_owned()).chain((1..=3).map(|i| rotate_hex(NEXT_HEX, i))).collect();
    let keys = |first: usize| -> (MasterKey, Vec<MasterKey>) {
        let all = |i: usize| MasterKey::parse(&ring[i]).unwrap();
        (all(first), (0..ring.len()).filter(|i| *i != first).map(all).collect())
    };
    let rotated = Arc::new(AtomicBool::new(false));
    let mut workers = Vec::new();
    for _ in 0..2 {
        let (first, standby) = keys(0);
        let process = PgVault::connect(database.another_pool(3), first, standby).await.unwrap();
        let rotated = Arc::clone(&rotated);
        workers.push(tokio::spawn(async move {
            let mut made = Vec::new();
            while !(rotated.load(Ordering::SeqCst) && made.len() >= 20) {
                let owner = customer();
                let sealed = process.seal(owner, "customer", owner.0.as_bytes()).await.unwrap();
                made.push((owner, sealed));
            }
            made
        }));
    }
    let (first, standby) = keys(0);
    let rotating = PgVault::connect(database.another_pool(3), first, standby).await.unwrap();
    for hex_text in ring.iter().skip(1) {
        rotating.rewrap(&MasterKey::parse(hex_text).unwrap()).await.unwrap();
    }
    rotated.store(true, Ordering::SeqCst);
    let fresh = PgVault::connect(database.pool.clone(), keys(3).0, Vec::new()).await.unwrap();
    for worker in workers {
        for (owner, sealed) in worker.await.unwrap() {
            assert_eq!(fresh.open(owner, &sealed).await.unwrap().as_deref(), Some(&owner.0.as_bytes()[..]));
        }
    }
}

fn rotate_hex(text: &str, by: usize) -> String {
    format!("{}{}", &text[2 * by..], &text[..2 * by])
}
