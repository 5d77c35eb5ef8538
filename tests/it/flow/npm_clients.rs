//! Resolvers, a registrar's client, a verifier and an agent from npm, unmodified, find Studio's doors to be cheqd's.

use crate::{
    house::TestHouse,
    npm::{Skipped, judges, say, text},
    patience::run,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use credentials::{
    did_document::{VerificationMethodType, verification_method},
    key::PublicKey,
};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const NOBODYS: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";

/// Each script, and how many checks it has: fewer mean that a part did not run.
const RESOLVERS: [(&str, usize); 3] = [("resolvers.mjs", 22), ("registrar.mjs", 8), ("verifier.mjs", 8)];
const CREDO: [(&str, usize); 1] = [("credo.mjs", 12)];
const TOKENS: [(&str, usize); 1] = [("tokens.mjs", 7)];

/// The installation, or none where there can be none.
pub(super) async fn installed(folder: &'static str) -> Option<PathBuf> {
    match tokio::task::spawn_blocking(move || judges(folder)).await.expect("no panic") {
        Ok(place) => Some(place),
        Err(Skipped(reason)) => {
            say(&format!("SKIPPED: Studio was NOT asked by the clients of tests/{folder}: {reason}"));
            None
        }
    }
}

async fn did(house: &TestHouse) -> (String, Value) {
    let body = json!({"network": "testnet", "identifierFormatType": "uuid",
        "options": {"verificationMethodType": "Ed25519VerificationKey2020"}});
    let made = house.post("/did/create", body).await.expect(200);
    let did = made["did"].as_str().expect("a DID").to_owned();
    let key = hex::decode(made["keys"][0]["publicKeyHex"].as_str().expect("a key")).expect("hex");
    let key = PublicKey::Ed25519(key.try_into().expect("32 bytes"));
    let method = verification_method(&did, "key-1", VerificationMethodType::Ed25519VerificationKey2020, &key);
    (did, method)
}

/// What was written here, through the API, and where to ask for it: a DID with a key, a service and a schema, changed once; one that
/// has ended; one that is nobody's.
async fn facts(house: &TestHouse) -> Value {
    let (did, method) = did(house).await;
    let service = json!({"id": format!("{did}#web"), "type": "LinkedDomains",
        "serviceEndpoint": ["https://example.org/a", "https://example.org/b"]});
    house.post("/did/update", json!({"did": did, "service": [service]})).await.expect(200);
    let schema = json!({"name": "degree", "version": "1.0", "attrNames": ["name", "grade"]});
    let (name, kind) = ("degree", "anonCredsSchema");
    let resource = json!({"name": name, "type": kind, "version": "1.0", "encoding": "base64url",
        "data": URL_SAFE_NO_PAD.encode(schema.to_string())});
    let published = house.post(&format!("/resource/create/{did}"), resource).await.expect(201);
    let published = &published["resource"];
    let gone = house.did().await;
    house.post(&format!("/did/deactivate/{gone}"), json!({})).await.expect(200);
    let found = house.get(&format!("/did/search/{did}")).await.expect(200);
    let metadata = &found["didDocumentMetadata"];
    json!({
        "base": house.base, "key": house.alice.key, "rpc": house.node.url(),
        "did": did, "method": method, "service": service,
        "versionId": metadata["versionId"], "created": metadata["created"],
        "resource": {"id": published["resourceId"], "checksum": published["checksum"],
            "name": name, "type": kind, "content": schema},
        "gone": gone, "unknown": NOBODYS,
    })
}

async fn judged(place: PathBuf, scripts: &[(&'static str, usize)]) {
    let house = TestHouse::start().await;
    let facts = facts(&house).await;
    ask(&facts, &place, scripts).await;
    house.stop().await;
}

async fn ask(facts: &Value, place: &Path, scripts: &[(&'static str, usize)]) {
    for &(script, checks) in scripts {
        let (path, facts) = (place.join(script), facts.to_string());
        let asked = tokio::task::spawn_blocking(move || {
            run(Command::new("node").arg(path).arg(facts), "").expect("node starts")
        });
        let output = asked.await.expect("no panic");
        let said = text(&output);
        assert!(output.status.success(), "{script} is not content:\n{said}");
        let passed = said.lines().filter(|line| line.starts_with("ok ")).count();
        assert_eq!(passed, checks, "{script}:\n{said}");
        say(&format!("{script}: {passed} checks passed"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn resolvers_a_registrars_client_and_a_verifier_of_others_are_content() {
    if let Some(place) = installed("resolvers").await {
        judged(place, &RESOLVERS).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credo_resolves_what_was_written_here() {
    if let Some(place) = installed("credo").await {
        judged(place, &CREDO).await;
    }
}

/// Credentials and lists for readers who know nothing of cheqd: three SD-JWTs, one of each state, and what says so.
async fn tokens(house: &TestHouse) -> Value {
    const ADDRESS: &str = "https://studio.example";
    let (did, method) = did(house).await;
    let key = method["publicKeyMultibase"].as_str().and_then(|key| PublicKey::from_multibase(key).ok());
    let key = key.expect("a key");
    let create = "/credential-status/create/unencrypted?listType=TokenStatusList";
    let list = house.post(create, json!({"did": did, "statusListName": "tokens"})).await.expect(200);
    let vct = "https://example.com/identity";
    let mut issued = Vec::new();
    for index in [7, 8, 9] {
        let status = json!({"statusListName": "tokens", "statusListType": "TokenStatusList", "statusListIndex": index});
        let body = json!({"issuerDid": did, "subjectDid": "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
            "attributes": {"name": "Alice", "address": {"city": "Bern", "street": "Gasse 1"}}, "format": "sd-jwt-vc", "vct": vct,
            "selectivelyDisclosable": ["/name", "/address/city", "/address/street"], "credentialStatus": status});
        let credential = house.post("/credential/issue", body).await.expect(200);
        issued.push(credential["proof"]["sdJwt"].clone());
    }
    for (verb, credential) in ["revoke", "suspend"].into_iter().zip(&issued[1..]) {
        let route = format!("/credential/{verb}?listType=TokenStatusList");
        house.post(&route, json!({"credential": credential})).await.expect(200);
    }
    let create =
        "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    let body = json!({"did": did, "statusListName": "exact", "encoding": "w3c", "statusSize": 1});
    let exact = house.post(create, body).await.expect(200);
    let update = "/credential-status/update/unencrypted?listType=BitstringStatusList&statusAction=revoke";
    house.post(update, json!({"did": did, "statusListName": "exact", "indices": 42})).await.expect(200);
    let address =
        |list: &Value| format!("{ADDRESS}/status-lists/{}", list["statusListId"].as_str().expect("an id"));
    json!({
        "base": house.base, "jwk": key.to_jwk(), "vct": vct, "list": address(&list), "indices": [7, 8, 9],
        "standing": issued[0], "revoked": issued[1], "suspended": issued[2],
        "bitstring": address(&exact), "set": 42,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_sd_jwts_and_lists_take_what_was_issued_here() {
    if let Some(place) = installed("tokens").await {
        let house = TestHouse::with(&[("APPLICATION_BASE_URL", "https://studio.example")]).await;
        let facts = tokens(&house).await;
        ask(&facts, &place, &TOKENS).await;
        house.stop().await;
    }
}
