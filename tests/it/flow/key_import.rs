//! A key that the caller brings, at both doors.

use crate::house::{Reply, TestHouse};
use reqwest::Method;
use serde_json::{Value, json};

/// RFC 8032 7.1, test 3.
const SEED: &str = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";
const KID: &str = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";

async fn import(house: &TestHouse, key: &str, body: Value) -> Reply {
    let once = Vec::from_iter(body["alias"].as_str().map(|alias| ("idempotency-key", alias)));
    house.call_as(Some(key), Method::POST, "/key/import", Some(body.clone()), &once).await
}

async fn at_graphql(house: &TestHouse, input: Value) -> Value {
    let query = "mutation($i: ImportKeyInput!) { importKey(input: $i) { userErrors { code field } replayed key { kid alias } } }";
    let reply = house.post("/graphql", json!({"query": query, "variables": {"i": input}})).await.expect(200);
    reply["data"]["importKey"].clone()
}

/// What the history tells of keys.
async fn told(house: &TestHouse) -> Vec<Value> {
    house.caught_up().await;
    house.get("/event/list?category=key").await.expect(200)["events"].as_array().expect("events").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_brought_is_held_once_and_controls_a_did() {
    let house = TestHouse::start().await;
    let before = told(&house).await;
    let body = json!({"type": "Ed25519", "privateKeyHex": SEED, "encrypted": false, "alias": "mine"});
    let key = import(&house, &house.alice.key, body).await.expect(200);
    assert_eq!((&key["kid"], &key["publicKeyAlias"]), (&json!(KID), &json!("mine")));
    // The same request, spelled differently, at the other door; then a new one about a key that is there already.
    let pair = format!("{SEED}{KID}").to_uppercase();
    for (input, replayed) in [
        (json!({"privateKeyHex": pair, "alias": "mine", "idempotencyKey": "mine"}), true),
        (json!({"privateKeyHex": SEED, "alias": "another"}), false),
    ] {
        let answer = json!({"userErrors": [], "replayed": replayed, "key": {"kid": KID, "alias": "mine"}});
        assert_eq!(at_graphql(&house, input).await, answer);
    }
    let other = json!({"privateKeyHex": "11".repeat(32), "alias": "mine"});
    assert_eq!(import(&house, &house.alice.key, other).await.body["code"], "idempotency/key-reused");
    let after = told(&house).await;
    assert_eq!((&after[0]["operationName"], &after[1..]), (&json!("key-import"), &before[..]));
    let options = json!({"verificationMethodType": "Ed25519VerificationKey2020", "key": KID});
    let did = house.post("/did/create", json!({"network": "testnet", "options": options})).await.expect(200);
    let claims = json!({"issuerDid": did["did"], "subjectDid": did["did"], "attributes": {"name": "Bob"}});
    let credential = house.post("/credential/issue", claims).await.expect(200);
    let verdict = house.post("/credential/verify", json!({"credential": credential})).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");
    house.stop().await;
}

/// Whoever holds a private key learns nothing of who else does, and cannot be kept from using it.
#[tokio::test(flavor = "multi_thread")]
async fn two_tenants_may_bring_the_same_key() {
    let house = TestHouse::start().await;
    let (path, alice, mallory) = (format!("/key/read/{KID}"), &house.alice.key, &house.mallory.key);
    let read = async |key: &str| house.call_as(Some(key), Method::GET, &path, None, &[]).await;
    let hers = import(&house, alice, json!({"privateKeyHex": SEED, "alias": "hers"})).await.expect(200);
    assert_eq!(read(mallory).await.status, 404, "before he brings it, it does not exist");
    let his = import(&house, mallory, json!({"privateKeyHex": SEED, "alias": "his"})).await.expect(200);
    assert_eq!((&his["kid"], &his["publicKeyAlias"]), (&json!(KID), &json!("his")));
    assert_eq!((read(mallory).await.expect(200), read(alice).await.expect(200)), (his, hers));
    let did =
        json!({"network": "testnet", "options": {"verificationMethodType": "JsonWebKey2020", "key": KID}});
    house.call_as(Some(mallory), Method::POST, "/did/create", Some(did), &[]).await.expect(200);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_or_does_not_open_is_refused_and_leaves_nothing() {
    let house = TestHouse::with(&[("CREDS_DECRYPTION_SECRET", "test-secret")]).await;
    let before = told(&house).await;
    for (body, sentence) in [
        (json!({}), "Private key was not provided"),
        (json!({"privateKeyHex": 7}), "Private key should be a hexadecimal string"),
        (json!({"privateKeyHex": format!("0x{SEED}")}), "Private key should be a hexadecimal string"),
        (json!({"privateKeyHex": "00".repeat(32), "type": "Secp256k1"}), "The private key must be 32 bytes"),
        (json!({"privateKeyHex": SEED, "encrypted": "yes"}), "encrypted should be a boolean"),
        (
            json!({"privateKeyHex": SEED, "encrypted": "true", "salt": "00"}),
            "Property ivHex, salt is required",
        ),
        (json!({"privateKeyHex": SEED, "ivHex": "00"}), "ivHex and salt are of a key that is encrypted"),
        (
            json!({"privateKeyHex": SEED, "encrypted": true, "ivHex": IV, "salt": "x"}),
            "salt should be a hexadecimal",
        ),
        (
            json!({"privateKeyHex": SEED, "encrypted": true, "ivHex": "zz", "salt": "00"}),
            "ivHex should be a hexadecimal",
        ),
        (
            json!({"privateKeyHex": SEED, "encrypted": true, "ivHex": IV, "salt": "00"}),
            "The private key was not encrypted",
        ),
    ] {
        let refused = import(&house, &house.alice.key, body).await;
        let said = refused.body["error"].as_str().unwrap_or_default();
        assert!(refused.status == 400 && said.starts_with(sentence), "{sentence}: {}", refused.text);
    }
    let locked = json!({"privateKeyHex": LOCKED, "encrypted": true, "ivHex": IV, "salt": "a1b2c3d5"});
    let said = at_graphql(&house, locked).await;
    assert_eq!(said["userErrors"][0]["code"], "key/not-decrypted", "{said}");
    let said = at_graphql(&house, json!({"privateKeyHex": format!("{SEED}{SEED}")})).await;
    assert_eq!(said["userErrors"], json!([{"code": "key/malformed", "field": "privateKeyHex"}]));
    assert_eq!(told(&house).await, before);
    house.stop().await;
}

/// Locked by another implementation, as cheqd Studio's contract has it: 32 times 01 under `test-secret`.
const LOCKED: &str =
    "2a6cc7fc2a1e84c1ddd4a65bbdf3fd0d39b51a33866c3086ee909ea1ef217dccfe13721b4e8690f68fb6da6bb69f2e1b";
const IV: &str = "000102030405060708090a0b";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_comes_encrypted_under_the_secret_of_the_operator() {
    let house = TestHouse::with(&[("CREDS_DECRYPTION_SECRET", "test-secret")]).await;
    let kid = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
    let locked = json!({"privateKeyHex": LOCKED, "encrypted": true, "ivHex": IV, "salt": "a1b2c3d4"});
    let made = import(&house, &house.alice.key, locked.clone()).await.expect(200);
    assert_eq!((&made["kid"], &made["purpose"]), (&json!(kid), &json!("identity")));
    assert_eq!(at_graphql(&house, locked.clone()).await["key"]["kid"], kid);
    let open = json!({"privateKeyHex": "01".repeat(32), "encrypted": false});
    assert_eq!(import(&house, &house.alice.key, open).await.expect(200), made, "one key, however it comes");
    let path = format!("/key/{kid}/verification-method?verificationMethodType=Ed25519VerificationKey2020");
    let method = house.get(&path).await.expect(200);
    assert_eq!(method["publicKeyMultibase"], "z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX");
    let query = json!({"query": format!(
        r#"{{ key(kid: "{kid}") {{ verificationMethod(methodType: ED25519_VERIFICATION_KEY_2020) }} }}"#
    )});
    let at_graphql = house.post("/graphql", query).await.expect(200);
    assert_eq!(at_graphql["data"]["key"]["verificationMethod"], method, "{at_graphql}");
    let strangers = house.call_as(Some(&house.mallory.key), Method::GET, &path, None, &[]).await;
    assert_eq!((strangers.status, &strangers.body["code"]), (404, &json!("key/not-found")));
    let listed = house.get("/key/list?purpose=identity").await.expect(200);
    assert_eq!((&listed["total"], &listed["keys"][0]), (&json!(1), &made));
    house.stop().await;

    let without = TestHouse::start().await;
    let refused = import(&without, &without.alice.key, locked).await;
    assert_eq!((refused.status, &refused.body["code"]), (400, &json!("key/no-import-secret")));
    without.stop().await;
}
