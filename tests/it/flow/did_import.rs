//! A DID that was made elsewhere, with the unmodified `@cheqd/sdk`, and is managed here from then on.

use crate::{
    house::TestHouse,
    node::Node,
    npm::{Skipped, judges, say, text},
    patience::run,
};
use devnet::{DevnetConfig, FAUCET_MNEMONIC, Genesis};
use reqwest::Method;
use serde_json::{Value, json};
use std::{process::Command, sync::Arc};
use store::testing::TestDatabase;
use studio::adapter::system::SystemClock;

/// Gas limit of a block: the SDK simulates with it.
const MAX_BLOCK_GAS: i64 = 30_000_000;

async fn devnet() -> Node {
    let clock = Arc::new(|| app::port::Clock::now(&SystemClock));
    let mut config = DevnetConfig::new(clock);
    let mut genesis = Genesis::default();
    genesis.block_params.max_gas = MAX_BLOCK_GAS;
    config.genesis = Some(genesis);
    Node::Devnet(devnet::start(config).await.expect("devnet starts"))
}

fn keys(made: &Value) -> Vec<Value> {
    let pairs = made["keys"].as_array().expect("keys");
    pairs
        .iter()
        .map(|pair| json!({"privateKeyHex": pair["privateKey"], "encrypted": false, "type": "Ed25519"}))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_did_that_cheqds_sdk_made_is_shown_and_managed_after_import() {
    let script = match tokio::task::spawn_blocking(|| judges("sdk")).await.expect("no panic") {
        Ok(place) => place.join("elsewhere.mjs"),
        Err(Skipped(reason)) => return say(&format!("SKIPPED: no DID of @cheqd/sdk was imported: {reason}")),
    };
    let database = TestDatabase::create().await;
    let house = TestHouse::on(devnet().await, database.pool.clone(), &[]).await;
    let url = house.node.url();
    let output = tokio::task::spawn_blocking(move || {
        run(Command::new("node").arg(script).arg(url).arg(FAUCET_MNEMONIC), "").expect("node starts")
    });
    let output = output.await.expect("no panic");
    assert!(output.status.success(), "{}", text(&output));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let made: Value = serde_json::from_str(said.lines().last().expect("a line")).expect("JSON");
    let (did, both) = (made["did"].as_str().expect("a DID"), keys(&made));
    assert_eq!(house.get("/did/list").await.expect(200)["total"], 0);

    refusals(&house, &made).await;
    assert_eq!(
        house.get("/key/list?purpose=identity").await.expect(200)["total"],
        0,
        "no key without its DID"
    );

    let second = made["keys"][1]["publicKey"].clone();
    let body = json!({"did": did, "keys": both, "controllerKeyId": second});
    let imported = house.post("/did/import", body.clone()).await.expect(200);
    assert_eq!((&imported["did"], &imported["controllerKeyId"]), (&json!(did), &second));
    assert_eq!(imported["keys"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        house.post("/did/import", body.clone()).await.expect(200)["did"],
        did,
        "once more is no second time"
    );
    let strangers =
        house.call_as(Some(&house.mallory.key), Method::POST, "/did/import", Some(body), &[]).await;
    assert_eq!((strangers.status, &strangers.body["code"]), (409, &json!("did/already-exists")));

    // It is like any other now: listed, changed, used, ended.
    assert_eq!(house.get("/did/list").await.expect(200)["dids"], json!([did]));
    let service = json!([{"id": format!("{did}#here"), "type": "LinkedDomains", "serviceEndpoint": ["https://here.example"]}]);
    house.post("/did/update", json!({"did": did, "service": service})).await.expect(200);
    let claims = json!({"issuerDid": did, "subjectDid": did, "attributes": {"name": "Bob"}});
    let credential = house.post("/credential/issue", claims).await.expect(200);
    let verdict = house.post("/credential/verify", json!({"credential": credential})).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");
    let note = json!({"name": "note", "type": "Text", "encoding": "hex", "data": "00"});
    house.post(&format!("/resource/create/{did}"), note).await.expect(201);
    house.caught_up().await;
    let told = house.get("/event/list?operationName=did-import").await.expect(200);
    assert_eq!(told["total"], 1, "{told}");
    house.post(&format!("/did/deactivate/{did}"), json!({})).await.expect(200);
    let ended = json!({"did": did, "keys": keys(&made)});
    assert_eq!(house.post("/did/import", ended).await.body["code"], "did/deactivated");
    house.stop().await;
}

async fn refusals(house: &TestHouse, made: &Value) {
    let (did, both) = (&made["did"], keys(made));
    let other = json!({"privateKeyHex": "11".repeat(32), "encrypted": false, "type": "Ed25519"});
    let unknown = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
    let gone = json!([{"privateKeyHex": made["gone"]["key"]}]);
    for (body, code, sentence) in [
        (json!({"did": did}), "request/invalid", "Keys should be an array of KeyImportRequest objects"),
        (json!({"did": did, "keys": "x"}), "request/invalid", "Keys should be an array"),
        (json!({"did": did, "keys": [7]}), "request/invalid", "Keys should be an array"),
        (
            json!({"did": did, "keys": []}),
            "request/invalid",
            "Invalid request: Provide all the required keys",
        ),
        (json!({"did": did, "keys": [{}]}), "request/invalid", "Private key was not provided"),
        (
            json!({"did": did, "keys": [both[0]]}),
            "did/keys-incomplete",
            "Invalid request: Provide all the required keys: ",
        ),
        (
            json!({"did": did, "keys": [both[0], other]}),
            "did/keys-incomplete",
            "Invalid request: Provide all the required keys: ",
        ),
        (
            json!({"did": did, "keys": [both[0], both[1], other]}),
            "did/keys-incomplete",
            "Invalid request: Provide all the required keys: ",
        ),
        (
            json!({"did": did, "keys": both, "controllerKeyId": "aa"}),
            "request/invalid",
            "controllerKeyId should be one of",
        ),
        (
            json!({"did": did, "keys": both, "controllerKeyId": 7}),
            "request/invalid",
            "controllerKeyId should be a string",
        ),
        (
            json!({"did": unknown, "keys": both}),
            "did/not-on-ledger",
            "Invalid request: Invalid did document for",
        ),
        (json!({"did": made["gone"]["did"], "keys": gone}), "did/deactivated", ""),
    ] {
        let refused = house.post("/did/import", body).await;
        let said = refused.body["error"].as_str().unwrap_or_default();
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!(code)), "{}", refused.text);
        assert!(said.starts_with(sentence), "{said}");
    }
}
