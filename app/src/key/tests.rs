//! Keys: made once, read by their owner.

use super::*;
use crate::{
    Fault, Studio, did,
    fake::{CUSTOMER, Index, World},
    port::{Outcomes, commands::Token, outcomes::Waited},
};
use async_trait::async_trait;
use domain::{
    id::{KeyId, OperationId, Sealed},
    key::KeyAlgorithm,
};
use std::{sync::Arc, time::Duration};

#[tokio::test]
async fn a_key_is_made_in_the_vault_and_known_by_its_public_half() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let told =
        world.when(create(&studio, &call, CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None })).await;
    let told = told.then_events(["KeyCreated"]);
    let body = told.event("KeyCreated").body().clone();
    let made = told.then();
    assert_eq!((made.kid.0.len(), made.algorithm), (64, KeyAlgorithm::Ed25519));
    assert_eq!(body["publicKeyHex"], made.public_key_hex);
    assert!(studio.vault.sign(CUSTOMER, &made.kid, b"x").await.is_ok());
    assert_eq!(read(&studio, &call, &made.kid).await.unwrap(), made);
}

#[tokio::test]
async fn asking_again_makes_no_second_key() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let first =
        create(&studio, &call, CreateKey { algorithm: KeyAlgorithm::Secp256k1, alias: Some("a".to_owned()) })
            .await
            .unwrap();
    let again = world
        .when(create(
            &studio,
            &call,
            CreateKey { algorithm: KeyAlgorithm::Secp256k1, alias: Some("a".to_owned()) },
        ))
        .await;
    assert_eq!(again.then_nothing().then(), first);
    let other = create(&studio, &world.call(), CreateKey { algorithm: KeyAlgorithm::Secp256k1, alias: None })
        .await
        .unwrap();
    assert_ne!(other.kid, first.kid);
}

#[tokio::test]
async fn a_key_is_there_only_for_its_owner() {
    let world = World::new();
    let studio = world.studio();
    let made = create(&studio, &world.call(), CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None })
        .await
        .unwrap();
    let stranger = world.call_of(world.stranger());
    world.when(read(&studio, &stranger, &made.kid)).await.then_refused("key/not-found");
    world.when(read(&studio, &world.call(), &KeyId("00".repeat(32)))).await.then_refused("key/not-found");
}

#[tokio::test]
async fn doors_17_what_a_key_is_called_stands_in_the_log_for_nobody_to_read() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let name = "Alice's diploma key";
    let told = world
        .when(create(
            &studio,
            &call,
            CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: Some(name.to_owned()) },
        ))
        .await;
    let told = told.then_events(["KeyCreated"]);
    let body = told.event("KeyCreated").body().clone();
    assert!(!body.to_string().contains("Alice"), "{body}");
    let sealed = Sealed(body["sealedAlias"].as_str().unwrap().to_owned());
    assert_eq!(alias(&studio, CUSTOMER, Some(&sealed), None).await.unwrap().as_deref(), Some(name));
    studio.vault.erase(CUSTOMER, crate::customer::CUSTOMER_SUBJECT).await.unwrap();
    assert_eq!(alias(&studio, CUSTOMER, Some(&sealed), None).await.unwrap(), None);
    // Names that were noted before they were sealed.
    let old = alias(&studio, CUSTOMER, None, Some("old".to_owned())).await.unwrap();
    assert_eq!(old.as_deref(), Some("old"));
}

#[tokio::test]
async fn a_database_that_is_away_makes_no_key_that_is_not_noted_later() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    world.log.away_after(0);
    world
        .when(create(&studio, &call, CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None }))
        .await
        .then_refused("store/unavailable");
    world.log.works();
    let made =
        world.when(create(&studio, &call, CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None })).await;
    made.then_events(["KeyCreated"]).then();
    let requests = world.safe.key_requests();
    assert_eq!((requests.len(), requests[0]), (2, requests[1]), "one pair for one request");
}

#[test]
fn a_lock_is_whole_or_not_there() {
    let of = |encrypted, iv, salt| Lock::given(encrypted, iv, salt).map(|lock| lock.is_some());
    assert_eq!(of(false, None, None).ok(), Some(false));
    assert_eq!(of(true, Some("00"), Some("00")).ok(), Some(true));
    for (encrypted, iv, salt) in [
        (true, None, None),
        (true, Some("00"), None),
        (true, None, Some("00")),
        (false, Some("00"), None),
        (false, Some("00"), Some("00")),
    ] {
        assert_eq!(of(encrypted, iv, salt).unwrap_err().members["field"], "encrypted");
    }
    let world = World::new();
    let studio = world.studio();
    let iv = "00".repeat(12);
    let long = "00".repeat(SALT_CHARS_MAX);
    for (hex, iv, salt, field) in [
        ("zz", iv.as_str(), "00", "privateKeyHex"),
        ("", &iv, "00", "privateKeyHex"),
        ("00", "0", "00", "ivHex"),
        ("00", "00", "00", "ivHex"),
        ("00", &iv, "salt", "salt"),
        ("00", &iv, &long, "salt"),
        (&long, &iv, "00", "privateKeyHex"),
    ] {
        let lock = Lock::given(true, Some(iv), Some(salt)).unwrap();
        let fault = ImportKey::new(&studio, KeyAlgorithm::Ed25519, hex, lock, None).err().unwrap();
        assert_eq!(
            (fault.code, &fault.members["field"]),
            ("request/invalid", &field.into()),
            "{hex} {iv} {salt}"
        );
    }
}

#[tokio::test]
async fn a_key_that_was_brought_is_held_once_and_signs() {
    let world = World::new();
    let studio = world.studio();
    let brought = |hex: &str| ImportKey::new(&studio, KeyAlgorithm::Ed25519, hex, None, Some("a".to_owned()));
    let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let told = world.when(import(&studio, &world.call(), brought(seed).unwrap())).await;
    let first = told.then_events(["KeyCreated"]).then();
    let told = world.when(import(&studio, &world.call(), brought(seed).unwrap())).await;
    assert_eq!(told.then_nothing().then(), first, "it stays as it is");
    // The same key, locked.
    let (salt, iv) = ("a1b2", "00".repeat(12));
    let locked = |hex: &str| {
        let lock = Lock::given(true, Some(&iv), Some(salt)).unwrap();
        ImportKey::new(&studio, KeyAlgorithm::Ed25519, hex, lock, None).unwrap()
    };
    let wrong = locked(&format!("00{seed}"));
    world.when(import(&studio, &world.call(), wrong)).await.then_refused("key/not-decrypted");
    let right = locked(&format!("{}{seed}", hex::encode(salt)));
    assert_eq!(world.when(import(&studio, &world.call(), right)).await.then_nothing().then(), first);
    let made = crate::did::CreateDid { key: Some(first.kid.clone()), ..World::new_did() };
    let told = world.when(crate::did::create(&studio, &world.call(), made)).await;
    let made = told.then_events(["DidCreateRequested", "DidCreated"]).then_done();
    assert_eq!(made.keys[0].kid, first.kid);
}

/// Readers that come as far as they ever do while somebody waits for them.
struct Readers {
    inner: Arc<dyn Outcomes>,
    /// Those that come along; without, they never do.
    index: Option<Arc<Index>>,
}

#[async_trait]
impl Outcomes for Readers {
    async fn ended(&self, operation: OperationId, limit: Duration) -> Result<Waited, Fault> {
        self.inner.ended(operation, limit).await
    }

    async fn known(&self, operation: OperationId) -> Result<bool, Fault> {
        self.inner.known(operation).await
    }

    async fn visible(&self, _: Token) -> Result<bool, Fault> {
        if let Some(index) = &self.index {
            index.go_on();
        }
        Ok(self.index.is_some())
    }

    async fn all_visible(&self) -> Result<bool, Fault> {
        Ok(self.index.is_some())
    }
}

fn read_by(world: &World, index: Option<Arc<Index>>) -> Studio {
    let studio = world.studio();
    Studio { outcomes: Arc::new(Readers { inner: Arc::clone(&studio.outcomes), index }), ..studio }
}

#[tokio::test]
async fn a_destroyed_key_signs_nothing_and_is_not_shown() {
    let world = World::new();
    let (studio, call) = (world.studio(), world.call());
    let wish = CreateKey { algorithm: KeyAlgorithm::Secp256r1, alias: None };
    let kid = create(&studio, &call, wish).await.unwrap().kid;
    let gone = world.when(delete(&studio, &world.call(), DeleteKey { kid: kid.clone() })).await;
    assert_eq!(gone.then_events(["KeyDeleted"]).then(), kid);
    assert_eq!(studio.vault.sign(CUSTOMER, &kid, b"x").await.unwrap_err().code, "key/not-found");
    world.when(read(&studio, &call, &kid)).await.then_refused("key/not-found");
}

/// What is on its way while somebody deletes its key is seen before anything is destroyed.
#[tokio::test]
async fn a_key_that_a_did_took_a_moment_ago_comes_back() {
    let world = World::new();
    let studio = world.studio();
    let wish = CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None };
    let kid = create(&studio, &world.call(), wish).await.unwrap().kid;
    world.index.stand_still();
    let new = did::CreateDid { key: Some(kid.clone()), ..World::new_did() };
    did::create(&studio, &world.call(), new).await.unwrap();
    let studio = read_by(&world, Some(Arc::clone(&world.index)));
    let told = world.when(delete(&studio, &world.call(), DeleteKey { kid: kid.clone() })).await;
    told.then_events(["KeyDeleted", "KeyRestored"]).then_refused("key/in-use");
    assert!(studio.vault.sign(CUSTOMER, &kid, b"x").await.is_ok());
    assert_eq!(read(&studio, &world.call(), &kid).await.unwrap().kid, kid);
}

#[tokio::test]
async fn nothing_is_destroyed_while_nobody_can_see_what_needs_it() {
    let world = World::new();
    let studio = world.studio();
    let wish = CreateKey { algorithm: KeyAlgorithm::Ed25519, alias: None };
    let kid = create(&studio, &world.call(), wish).await.unwrap().kid;
    let blind = read_by(&world, None);
    let told = world.when(delete(&blind, &world.call(), DeleteKey { kid: kid.clone() })).await;
    told.then_events(["KeyDeleted"]).then_refused("key/use-unknown");
    assert!(studio.vault.sign(CUSTOMER, &kid, b"x").await.is_ok());
    // Out of use all the same, and asked again it goes.
    world.when(read(&studio, &world.call(), &kid)).await.then_refused("key/not-found");
    let gone = world.when(delete(&studio, &world.call(), DeleteKey { kid: kid.clone() })).await;
    gone.then_nothing().then();
    assert_eq!(studio.vault.sign(CUSTOMER, &kid, b"x").await.unwrap_err().code, "key/not-found");
}
