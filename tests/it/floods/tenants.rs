//! Floods of somebody with a key, and of somebody who pretends to have one.

use super::{PATIENCE, others_are_served, raw, until};
use crate::house::TestHouse;
use app::budget::{Caller, READS_PER_TENANT_MAX, READS_WAITING_PER_TENANT_MAX, Work};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use credentials::{did_key, key::PublicKey};
use ed25519_dalek::{Signer as _, SigningKey};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinSet,
};

/// A credential that anybody can make: signed by the did:key of a key of one's own.
pub(super) fn self_signed(members: &Value) -> String {
    let key = SigningKey::from_bytes(&[7; 32]);
    let did = did_key::did_key_of(&PublicKey::Ed25519(key.verifying_key().to_bytes()));
    let fragment = did.trim_start_matches("did:key:").to_owned();
    let mut vc = json!({"@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiableCredential"],
        "credentialSubject": {"id": did}});
    for (name, value) in members.as_object().expect("members") {
        vc[name] = value.clone();
    }
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = encode(json!({"alg": "EdDSA", "typ": "JWT", "kid": format!("{did}#{fragment}")}));
    let payload = encode(json!({"iss": did, "sub": did, "nbf": 1_700_000_000, "vc": vc}));
    let signed = format!("{header}.{payload}");
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_half_heads_leave_everybody_else_alone() {
    // safety 6
    let house = TestHouse::start().await;
    let mut half = Vec::new();
    for _ in 0..2_000 {
        let mut stream = raw(&house).await;
        stream.write_all(b"GET /account HTTP/1.1\r\nhost: x\r\nx-api-k").await.expect("sent");
        half.push(stream);
    }
    others_are_served(&house).await;
    // The ledger's client has descriptors too.
    house.did().await;
    drop(half);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_never_come_hold_only_their_own_tenants_places() {
    let house = TestHouse::start().await;
    let head = format!(
        "POST /credential/verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-api-key: {}\r\ncontent-length: 100\r\n\r\n",
        house.alice.key
    );
    let (mut half, mut graphql) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let mut stream = raw(&house).await;
        stream.write_all(head.as_bytes()).await.expect("sent");
        half.push(stream);
        let mut stream = raw(&house).await;
        let head = head.replace("/credential/verify", "/graphql");
        stream.write_all(head.as_bytes()).await.expect("sent");
        graphql.push(stream);
    }
    let budget = &house.house.budget;
    until("the flood holds all it may", || budget.taken(Work::Read) == READS_PER_TENANT_MAX).await;
    others_are_served(&house).await;
    // Alice herself writes and issues: those are other places.
    house.did().await;
    drop((half, graphql));
    until("the places are free", || budget.taken(Work::Read) + budget.taken(Work::Ask) == 0).await;
    house.get("/account").await.expect(200);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_who_asks_a_slow_ledger_in_masses_waits_alone() {
    let house = TestHouse::start().await;
    house.node.slow_down(super::SLOW_MILLIS);
    let mut flood = JoinSet::new();
    let credential = self_signed(
        &json!({"credentialStatus": {"type": "StatusList2021Entry", "statusPurpose": "revocation",
        "id": "did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e11?resourceName=n&resourceType=T#1",
        "statusListIndex": "1"}}),
    );
    for number in 0..400 {
        let (path, body) = if number % 2 == 0 {
            ("/credential/verify?verifyStatus=true", json!({"credential": credential}))
        } else {
            (
                "/did/create?dryRun=true",
                json!({"network": "testnet", "identifierFormatType": "uuid",
                "options": {"verificationMethodType": "Ed25519VerificationKey2020"}}),
            )
        };
        let request = house.request(Method::POST, path).header("x-api-key", &house.alice.key).json(&body);
        flood.spawn(TestHouse::answer(request));
    }
    let budget = &house.house.budget;
    until("the flood is at it", || budget.taken(Work::Ask) > 0 && budget.taken(Work::LedgerWrite) > 0).await;
    others_are_served(&house).await;
    house.node.recover();
    while let Some(reply) = flood.join_next().await {
        let reply = reply.expect("no panic");
        if reply.status == 429 {
            assert_eq!(reply.body["code"], "request/too-many", "{}", reply.text);
        } else {
            assert!([200, 400, 404, 503].contains(&reply.status), "{}", reply.text);
        }
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_tried_in_masses_keep_no_key_from_working() {
    let house = TestHouse::start().await;
    let mut flood = JoinSet::new();
    for number in 0..1_000 {
        let key = if number % 2 == 0 { format!("caas_{number:064}") } else { "caas_same".to_owned() };
        flood.spawn(TestHouse::answer(house.request(Method::GET, "/account").header("x-api-key", key)));
    }
    let budget = &house.house.budget;
    until("the flood is at it", || budget.taken(Work::Identify) > 0).await;
    others_are_served(&house).await;
    while let Some(reply) = flood.join_next().await {
        let reply = reply.expect("no panic");
        assert!([401, 429].contains(&reply.status), "{}", reply.text);
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_reads_in_masses_wait_behind_each_other() {
    const FLOOD: usize = 1_000;
    let house = TestHouse::start().await;
    let (budget, alice) = (&house.house.budget, Caller::Tenant(house.alice.customer));
    // All that she may have at the same time, so that whatever she asks waits.
    let mut held = Vec::new();
    for _ in 0..READS_PER_TENANT_MAX {
        held.push(budget.enter(Work::Read, alice).await.expect("a place"));
    }
    let mut flood = JoinSet::new();
    for number in 0..FLOOD {
        let path = if number % 2 == 0 { "/event/list" } else { "/account" };
        flood
            .spawn(TestHouse::answer(house.request(Method::GET, path).header("x-api-key", &house.alice.key)));
    }
    until("they wait", || budget.waiting(Work::Read) == READS_WAITING_PER_TENANT_MAX).await;
    others_are_served(&house).await;
    drop(held);
    let (mut served, mut refused) = (0, 0);
    while let Some(reply) = flood.join_next().await {
        let reply = reply.expect("no panic");
        match (reply.status, reply.body["code"].as_str()) {
            (200, _) => served += 1,
            (429, Some("request/too-many")) => refused += 1,
            // Whose turn did not come in time.
            (503, Some("server/busy")) => {}
            _ => panic!("{}", reply.text),
        }
    }
    assert!(served > 0 && refused > 0, "{served} served, {refused} refused");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_on_one_connection_is_answered_in_its_order() {
    let house = TestHouse::start().await;
    let mut stream = raw(&house).await;
    let ask = format!("GET /account HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\r\n", house.alice.key);
    stream.write_all(ask.repeat(3).as_bytes()).await.expect("sent");
    let last = b"GET /version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(last).await.expect("sent");
    let mut text = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut text)).await.expect("an end").expect("text");
    let answers: Vec<&str> = text.split("HTTP/1.1 200").skip(1).collect();
    assert_eq!(answers.len(), 4, "{text}");
    let is_account = |answer: &&str| answer.contains(&house.alice.payer);
    assert_eq!(answers.iter().filter(|answer| is_account(answer)).count(), 3, "{text}");
    assert!(answers[3].contains("\"version\"") && !is_account(&answers[3]), "{text}");
    house.stop().await;
}
