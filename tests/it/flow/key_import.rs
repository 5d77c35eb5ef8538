//! A key that the caller brings, at both doors.

use crate::house::{Reply, TestHouse};
use reqwest::Method;
use serde_json::{Value, json};

/// RFC 8032 7.1, test 3.
const SEED: &str = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";
const KID: &str = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
/// The generator of secp256k1, which is the public half of 1.
const G: &str = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const SUBJECT: &str = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";

async fn import(house: &TestHouse, body: Value, headers: &[(&str, &str)]) -> Reply {
    house.call_as(Some(&house.alice.key), Method::POST, "/key/import", Some(body), headers).await
}

async fn at_graphql(house: &TestHouse, input: Value) -> Value {
    let query = "mutation($i: ImportKeyInput!) { importKey(input: $i) {
        userErrors { code field } replayed key { kid alias algorithm } } }";
    let reply = house.post("/graphql", json!({"query": query, "variables": {"i": input}})).await.expect(200);
    reply["data"]["importKey"].clone()
}

/// What happened, to anybody.
async fn events(house: &TestHouse) -> i64 {
    house.caught_up().await;
    house.house.progress.read_head().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_brought_controls_a_did_and_signs_credentials() {
    let house = TestHouse::start().await;
    let made = house.post("/key/create", json!({})).await.expect(200);
    let body = json!({"type": "Ed25519", "privateKeyHex": SEED, "encrypted": false, "alias": "mine"});
    let key = import(&house, body, &[]).await.expect(200);
    assert_eq!((&key["kid"], &key["publicKeyAlias"]), (&json!(KID), &json!("mine")));
    let members = |key: &Value| key.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&key), members(&made));
    assert_eq!(house.get(&format!("/key/read/{KID}")).await.expect(200), key);

    house.caught_up().await;
    let history = house.get("/event/list?category=key").await.expect(200);
    let told = |n: usize| &history["events"][n]["operationName"];
    assert_eq!((told(0), told(1)), (&json!("key-import"), &json!("key-create")), "{history}");

    let options = json!({"verificationMethodType": "Ed25519VerificationKey2020", "key": KID});
    let did = house.post("/did/create", json!({"network": "testnet", "options": options})).await.expect(200);
    assert_eq!(did["controllerKeyId"], KID);
    let claims = json!({"issuerDid": did["did"], "subjectDid": SUBJECT, "attributes": {"name": "Bob"}});
    let credential = house.post("/credential/issue", claims).await.expect(200);
    let verdict = house.post("/credential/verify", json!({"credential": credential})).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_imported_once_whatever_its_form_and_its_door() {
    let house = TestHouse::start().await;
    let once = [("idempotency-key", "import")];
    let body = json!({"privateKeyHex": SEED, "alias": "mine"});
    let first = import(&house, body, &once).await.expect(200);
    let before = events(&house).await;
    let pair = format!("{SEED}{KID}").to_uppercase();
    // The same request, spelled differently, at the other door.
    let input = json!({"privateKeyHex": pair, "alias": "mine", "idempotencyKey": "import"});
    let again = at_graphql(&house, input).await;
    let told = json!({"kid": KID, "alias": "mine", "algorithm": "ED25519"});
    assert_eq!(again, json!({"userErrors": [], "replayed": true, "key": told}));
    let other = import(&house, json!({"privateKeyHex": "11".repeat(32), "alias": "mine"}), &once).await;
    assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency/key-reused")));
    // A new request about a key that is there already.
    let other = at_graphql(&house, json!({"privateKeyHex": pair, "alias": "another"})).await;
    assert_eq!(other, json!({"userErrors": [], "replayed": false, "key": told}), "it stays as it is");
    assert_eq!(import(&house, json!({"privateKeyHex": SEED}), &[]).await.expect(200), first);
    assert_eq!(events(&house).await, before, "nothing else happened");

    let least = format!("{:064x}", 1);
    let key = at_graphql(&house, json!({"privateKeyHex": least, "algorithm": "SECP256K1"})).await;
    assert_eq!(key["key"], json!({"kid": G, "alias": null, "algorithm": "SECP256K1"}), "{key}");
    house.stop().await;
}

/// Whoever holds a private key learns nothing of who else does, and cannot be kept from using it.
#[tokio::test(flavor = "multi_thread")]
async fn two_tenants_may_bring_the_same_key() {
    let house = TestHouse::start().await;
    let body = |alias: &str| json!({"privateKeyHex": SEED, "alias": alias});
    let hers = import(&house, body("Alice's"), &[]).await.expect(200);
    let mallory = Some(house.mallory.key.as_str());
    let path = format!("/key/read/{KID}");
    let unknown = house.call_as(mallory, Method::GET, &path, None, &[]).await;
    assert_eq!(unknown.status, 404, "before he brings it, it does not exist: {}", unknown.text);
    let his =
        house.call_as(mallory, Method::POST, "/key/import", Some(body("Mallory's")), &[]).await.expect(200);
    assert_eq!((&his["kid"], &his["publicKeyAlias"]), (&json!(KID), &json!("Mallory's")));
    assert_eq!(house.call_as(mallory, Method::GET, &path, None, &[]).await.expect(200), his);
    assert_eq!(house.get(&path).await.expect(200), hers, "hers is as it was");
    let create =
        json!({"network": "testnet", "options": {"verificationMethodType": "JsonWebKey2020", "key": KID}});
    for key in [mallory, Some(house.alice.key.as_str())] {
        house.call_as(key, Method::POST, "/did/create", Some(create.clone()), &[]).await.expect(200);
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_or_comes_encrypted_is_refused_and_leaves_nothing() {
    let house = TestHouse::start().await;
    let before = events(&house).await;
    let (zero, order) = ("00".repeat(32), "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    for (algorithm, private, code) in [
        ("Ed25519", format!("{SEED}z"), "request/invalid"),
        ("Ed25519", format!("0x{SEED}"), "request/invalid"),
        ("Ed25519", SEED[2..].to_owned(), "key/malformed"),
        ("Ed25519", format!("{SEED}{}", &G[2..]), "key/malformed"),
        ("Secp256k1", format!("{SEED}{KID}"), "key/malformed"),
        ("Secp256k1", zero, "key/malformed"),
        ("Secp256k1", order.to_owned(), "key/malformed"),
    ] {
        let refused = import(&house, json!({"privateKeyHex": private, "type": algorithm}), &[]).await;
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!(code)), "{private}");
        assert_eq!(refused.body["field"], "privateKeyHex");
        let input = json!({"privateKeyHex": private, "algorithm": algorithm.to_uppercase()});
        let told = json!([{"code": code, "field": "privateKeyHex"}]);
        assert_eq!(at_graphql(&house, input).await["userErrors"], told, "{private}");
    }
    for (body, sentence) in [
        (json!({}), "Private key was not provided"),
        (json!({"privateKeyHex": 7}), "Private key should be a hexadecimal string"),
        (json!({"privateKeyHex": SEED, "type": "RSA"}), "Key type not supported: RSA"),
        (json!({"privateKeyHex": SEED, "alias": 7}), "alias should be a string"),
        (json!({"privateKeyHex": SEED, "encrypted": "yes"}), "encrypted should be a boolean"),
        (
            json!({"privateKeyHex": SEED, "encrypted": "true", "ivHex": "00", "salt": "00"}),
            "encrypted is not supported",
        ),
        (json!({"privateKeyHex": SEED, "ivHex": "00"}), "ivHex is not supported"),
    ] {
        let refused = import(&house, body, &[]).await;
        let told = refused.body["error"].as_str().unwrap_or_default();
        assert!(refused.status == 400 && told.starts_with(sentence), "{sentence}: {}", refused.text);
    }
    assert_eq!(events(&house).await, before);
    house.stop().await;
}
