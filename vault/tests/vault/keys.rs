//! Key pairs: made once per request, of one customer, bound to their row.

use crate::{another, assert_corrupt, customer, execute, master, vault, wanted};
use app::{
    FaultKind,
    port::vault::{LockedKey, Vault as _},
};
use domain::{
    id::KeyId,
    key::{KeyAlgorithm, KeyPurpose},
};
use ed25519_dalek::Verifier as _;
use futures::future::join_all;
use store::testing::TestDatabase;
use uuid::Uuid;
use vault::{OperatorSecrets, PgVault, payer_address};

const IDENTITY: (KeyAlgorithm, KeyPurpose) = (KeyAlgorithm::Ed25519, KeyPurpose::Identity);
const PAYER: (KeyAlgorithm, KeyPurpose) = (KeyAlgorithm::Secp256k1, KeyPurpose::Payer);

#[tokio::test]
async fn new_keys_sign_what_their_public_half_verifies_also_after_a_restart() {
    let (database, first) = vault().await;
    let owner = customer();
    let identity = first.create_key(wanted(owner, Uuid::new_v4(), IDENTITY)).await.unwrap();
    let payer = first.create_key(wanted(owner, Uuid::new_v4(), PAYER)).await.unwrap();
    assert_eq!(identity.kid.0, hex::encode(&identity.bytes));
    assert_eq!((identity.kid.0.len(), payer.kid.0.len()), (64, 66));
    assert!(payer_address(&payer.bytes).unwrap().starts_with("cheqd1"));

    let text = b"some bytes";
    for process in [first, another(&database).await] {
        let signature = process.sign(owner, &identity.kid, text).await.unwrap();
        ed25519_dalek::VerifyingKey::from_bytes(&identity.bytes.clone().try_into().unwrap())
            .unwrap()
            .verify(text, &ed25519_dalek::Signature::from_slice(&signature).unwrap())
            .unwrap();
        let signature = process.sign(owner, &payer.kid, text).await.unwrap();
        let parsed = k256::ecdsa::Signature::from_slice(&signature).unwrap();
        assert!(parsed.normalize_s().is_none(), "low s");
        k256::ecdsa::VerifyingKey::from_sec1_bytes(&payer.bytes).unwrap().verify(text, &parsed).unwrap();
    }
}

#[tokio::test]
async fn published_vectors_come_out_through_import() {
    let (_database, vault) = vault().await;
    let owner = customer();
    // RFC 8032 7.1, test 3.
    let seed = hex::decode("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7").unwrap();
    let key = vault.import(wanted(owner, Uuid::new_v4(), IDENTITY), &seed).await.unwrap();
    assert_eq!(key.kid.0, "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    assert_eq!(
        hex::encode(vault.sign(owner, &key.kid, &[0xaf, 0x82]).await.unwrap()),
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
         18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    );
    // As other tools export it, with the public half behind.
    let pair = [seed, key.bytes.clone()].concat();
    assert_eq!(vault.import(wanted(owner, Uuid::new_v4(), IDENTITY), &pair).await.unwrap(), key);
    // RFC 6979 over secp256k1 with private key 1, a signature whose s had to be lowered.
    let one = [[0; 31].as_slice(), &[1]].concat();
    let key = vault.import(wanted(owner, Uuid::new_v4(), PAYER), &one).await.unwrap();
    assert_eq!(key.kid.0, "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    assert_eq!(payer_address(&key.bytes).unwrap(), "cheqd1w508d6qejxtdg4y5r3zarvary0c5xw7k5lm6yf");
    let text = b"All those moments will be lost in time, like tears in rain. Time to die...";
    assert_eq!(
        hex::encode(vault.sign(owner, &key.kid, text).await.unwrap()),
        "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b\
         547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"
    );
}

#[tokio::test]
async fn a_key_on_p256_is_kept_like_any_other() {
    let (database, vault) = vault().await;
    let owner = customer();
    let wish = (KeyAlgorithm::Secp256r1, KeyPurpose::Identity);
    // RFC 6979 A.2.5, with SHA-256.
    let secret = hex::decode("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721").unwrap();
    let key = vault.import(wanted(owner, Uuid::new_v4(), wish), &secret).await.unwrap();
    assert_eq!(key.kid.0, "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
    let signature = another(&database).await.sign(owner, &key.kid, b"test").await.unwrap();
    assert_eq!(
        hex::encode(signature),
        "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367\
         019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"
    );
    let made = vault.create_key(wanted(owner, Uuid::new_v4(), wish)).await.unwrap();
    assert_eq!((made.algorithm, made.bytes.len()), (KeyAlgorithm::Secp256r1, 33));
}

/// A key is destroyed for its holder alone, also where another process has just used it, and may come again.
#[tokio::test]
async fn a_destroyed_key_signs_nothing() {
    let (database, vault) = vault().await;
    let (owner, other) = (customer(), customer());
    let secret = [7; 32];
    let key = vault.import(wanted(owner, Uuid::new_v4(), IDENTITY), &secret).await.unwrap();
    vault.import(wanted(other, Uuid::new_v4(), IDENTITY), &secret).await.unwrap();
    vault.sign(owner, &key.kid, b"x").await.unwrap();
    vault.delete_key(owner, &key.kid).await.unwrap();
    vault.delete_key(owner, &key.kid).await.unwrap();
    for process in [vault, another(&database).await] {
        assert_eq!(process.sign(owner, &key.kid, b"x").await.unwrap_err().code, "key/not-found");
        assert!(process.sign(other, &key.kid, b"x").await.is_ok());
    }
    let again =
        another(&database).await.import(wanted(owner, Uuid::new_v4(), IDENTITY), &secret).await.unwrap();
    assert_eq!(again, key);
}

#[tokio::test]
async fn a_mnemonic_gives_its_account_and_importing_it_again_gives_the_same_key() {
    let (_database, vault) = vault().await;
    let owner = customer();
    let phrase = "sketch mountain erode window enact net enrich smoke claim kangaroo another visual write meat latin \
                  bacon pulp similar forum guilt father state erase bright";
    let key = vault.import_mnemonic(owner, Uuid::new_v4(), phrase).await.unwrap();
    assert_eq!(payer_address(&key.bytes).unwrap(), "cheqd1rnr5jrt4exl0samwj0yegv99jeskl0hsxmcz96");
    let again = vault.import_mnemonic(owner, Uuid::new_v4(), phrase).await.unwrap();
    assert_eq!(key, again);
    let fault =
        vault.import_mnemonic(owner, Uuid::new_v4(), &phrase.replace("sketch", "bright")).await.unwrap_err();
    assert_eq!((fault.kind, fault.code), (FaultKind::Invalid, "key/malformed"));
}

#[tokio::test]
async fn one_request_makes_one_key_however_many_processes_ask_at_once() {
    let (database, first) = vault().await;
    let second = another(&database).await;
    let owner = customer();
    for (algorithm, purpose) in [IDENTITY, PAYER] {
        let request = Uuid::new_v4();
        let asked = (0..24).map(|i| {
            let process = if i % 2 == 0 { first.clone() } else { second.clone() };
            tokio::spawn(async move {
                process.create_key(wanted(owner, request, (algorithm, purpose))).await.unwrap()
            })
        });
        let keys: Vec<_> = join_all(asked).await.into_iter().map(Result::unwrap).collect();
        assert!(keys.iter().all(|key| *key == keys[0]));
        let rows: i64 = sqlx::query_scalar("select count(*) from vault.keys where request = $1")
            .bind(request)
            .fetch_one(&database.pool)
            .await
            .unwrap();
        assert_eq!(rows, 1);
        let text = b"signed by all alike";
        assert_eq!(
            first.sign(owner, &keys[0].kid, text).await.unwrap(),
            second.sign(owner, &keys[0].kid, text).await.unwrap()
        );
    }
    let customers: i64 = sqlx::query_scalar("select count(*) from vault.customer_keys")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert_eq!(customers, 1);
}

#[tokio::test]
async fn a_request_never_gives_a_different_key_than_it_asks_for() {
    let (_database, vault) = vault().await;
    let owner = customer();
    let request = Uuid::new_v4();
    let made = vault.create_key(wanted(owner, request, IDENTITY)).await.unwrap();
    let other_kind = vault.create_key(wanted(owner, request, PAYER)).await.unwrap_err();
    let other_purpose =
        vault.create_key(wanted(owner, request, (IDENTITY.0, KeyPurpose::Payer))).await.unwrap_err();
    let other_bytes = vault.import(wanted(owner, request, IDENTITY), &[7; 32]).await.unwrap_err();
    for fault in [other_kind, other_purpose, other_bytes] {
        assert_eq!((fault.kind, fault.code), (FaultKind::Conflict, "key/request-reused"));
    }
    let payer = vault.import(wanted(owner, Uuid::new_v4(), PAYER), &[7; 32]).await.unwrap();
    let lent = vault.import(wanted(owner, Uuid::new_v4(), (PAYER.0, KeyPurpose::Identity)), &[7; 32]).await;
    assert_eq!(lent.unwrap_err().code, "key/already-held", "{payer:?} only pays");
    // The same request of another customer is another request.
    let elsewhere = vault.create_key(wanted(customer(), request, IDENTITY)).await.unwrap();
    assert_ne!(made.kid, elsewhere.kid);
}

#[tokio::test]
async fn a_key_is_its_customers_alone_and_two_customers_may_hold_the_same() {
    let (_database, vault) = vault().await;
    let (owner, stranger) = (customer(), customer());
    let key = vault.import(wanted(owner, Uuid::new_v4(), IDENTITY), &[9; 32]).await.unwrap();
    let signature = vault.sign(owner, &key.kid, b"x").await.unwrap();
    for kid in [key.kid.clone(), KeyId("00".repeat(32)), KeyId("' or true --".to_owned())] {
        let fault = vault.sign(stranger, &kid, b"x").await.unwrap_err();
        assert_eq!((fault.kind, fault.code), (FaultKind::NotFound, "key/not-found"), "no oracle");
    }
    let theirs = vault.import(wanted(stranger, Uuid::new_v4(), IDENTITY), &[9; 32]).await.unwrap();
    assert_eq!(theirs, key);
    assert_eq!(vault.sign(stranger, &key.kid, b"x").await.unwrap(), signature);
}

#[tokio::test]
async fn bytes_that_are_no_key_are_refused() {
    let (database, vault) = vault().await;
    let cases: [(_, &[u8]); 7] = [
        (IDENTITY, &[1; 31]),
        (IDENTITY, &[1; 33]),
        (IDENTITY, &[1; 64]),
        (IDENTITY, &[]),
        (PAYER, &[0; 32]),
        (PAYER, &[0xff; 32]),
        (PAYER, &[1; 64]),
    ];
    for ((algorithm, purpose), bytes) in cases {
        let fault =
            vault.import(wanted(customer(), Uuid::new_v4(), (algorithm, purpose)), bytes).await.unwrap_err();
        assert_eq!((fault.kind, fault.code), (FaultKind::Invalid, "key/malformed"));
    }
    assert_eq!(execute(&database, "delete from vault.keys").await, 0);
}

/// What somebody with write access to the database might try on `vault.keys`, between key A and key B.
const TAMPERINGS: [(&str, &str); 5] = [
    (
        "swap the private keys of two rows",
        "update vault.keys a set wrapped = b.wrapped from vault.keys b where a.customer = b.customer and a.kid <> b.kid",
    ),
    ("lend a key another curve", "update vault.keys set algorithm = 'secp256k1'"),
    ("lend a key another purpose", "update vault.keys set purpose = 'payer'"),
    ("lend a key another request", "update vault.keys set request = gen_random_uuid()"),
    ("flip a bit", "update vault.keys set wrapped = set_bit(wrapped, 8 * 30, 1 - get_bit(wrapped, 8 * 30))"),
];

#[tokio::test]
async fn changed_rows_do_not_sign() {
    for (what, statement) in TAMPERINGS {
        let (database, vault) = vault().await;
        let owner = customer();
        let a = vault.create_key(wanted(owner, Uuid::new_v4(), IDENTITY)).await.unwrap();
        let b = vault.create_key(wanted(owner, Uuid::new_v4(), IDENTITY)).await.unwrap();
        assert_eq!(execute(&database, statement).await, 2, "{what}");
        let fresh = another(&database).await;
        for key in [a, b] {
            assert_corrupt(fresh.sign(owner, &key.kid, b"x").await);
        }
    }
}

#[tokio::test]
async fn a_row_does_not_open_as_another_customers() {
    let (database, vault) = vault().await;
    let (owner, thief) = (customer(), customer());
    let key = vault.create_key(wanted(owner, Uuid::new_v4(), IDENTITY)).await.unwrap();
    vault.create_key(wanted(thief, Uuid::new_v4(), IDENTITY)).await.unwrap();
    let moved = format!("update vault.keys set customer = '{thief}' where customer = '{owner}'");
    assert_eq!(execute(&database, &moved).await, 1);
    assert_corrupt(another(&database).await.sign(thief, &key.kid, b"x").await);

    // Not even with the customer key moved along.
    let customer_key = format!(
        "update vault.customer_keys set wrapped =
             (select wrapped from vault.customer_keys where customer = '{owner}') where customer = '{thief}'"
    );
    assert_eq!(execute(&database, &customer_key).await, 1);
    assert_corrupt(another(&database).await.sign(thief, &key.kid, b"x").await);
}

#[tokio::test]
async fn a_database_that_is_away_is_said_to_be_away() {
    let (database, vault) = vault().await;
    let owner = customer();
    let key = vault.create_key(wanted(owner, Uuid::new_v4(), IDENTITY)).await.unwrap();
    vault.sign(owner, &key.kid, b"x").await.unwrap();
    database.pool.close().await;
    let fault = vault.create_key(wanted(owner, Uuid::new_v4(), IDENTITY)).await.unwrap_err();
    assert_eq!((fault.kind, fault.code), (FaultKind::Unavailable, "store/unavailable"));
    let fault = vault.seal(owner, "credential/1", b"x").await.unwrap_err();
    assert_eq!((fault.kind, fault.code), (FaultKind::Unavailable, "store/unavailable"));
    // A key in use needs no database.
    vault.sign(owner, &key.kid, b"x").await.unwrap();
}

/// Whoever sends many locked keys waits for his own, and one of somebody else's for one of them at most.
#[tokio::test]
async fn locked_keys_are_opened_in_turn_by_customer() {
    let database = TestDatabase::create().await;
    let secrets = OperatorSecrets { imports: Some("test-secret"), ..OperatorSecrets::default() };
    let safe = PgVault::connect_with(database.pool.clone(), master(), Vec::new(), secrets).await.unwrap();
    let (busy, calm) = (customer(), customer());
    let locked = LockedKey { bytes: vec![7; 48], iv: [0; 12], salt: "a1b2".to_owned() };
    let (told, mut ends) = tokio::sync::mpsc::unbounded_channel();
    let open = |who| {
        let (safe, locked, told) = (safe.clone(), locked.clone(), told.clone());
        async move {
            let fault = safe.unlock(who, &locked).await.err().unwrap();
            assert_eq!(fault.code, "key/not-decrypted");
            told.send(who).unwrap();
        }
    };
    for _ in 0..5 {
        tokio::spawn(open(busy));
    }
    tokio::task::yield_now().await;
    tokio::spawn(open(calm));
    let mut order = Vec::new();
    while order.len() < 6 {
        order.push(ends.recv().await.unwrap());
    }
    let place = order.iter().position(|who| *who == calm).unwrap();
    assert!(place <= 2, "it waited for {place} of somebody else's");
    let without = another(&database).await.unlock(busy, &locked).await.err().unwrap();
    assert_eq!(without.code, "key/no-import-secret");
}
