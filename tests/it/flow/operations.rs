//! Ledger writes that do not move, and what their owner can do about them.

use crate::house::TestHouse;
use reqwest::Method;
use serde_json::{Value, json};

/// The longest that a state is waited for.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(2);
const ASYNC: (&str, &str) = ("prefer", "respond-async");

async fn note(house: &TestHouse, did: &str, name: &str) -> Value {
    let body = json!({"name": name, "type": "Text", "encoding": "hex", "data": hex::encode(name)});
    let path = format!("/resource/create/{did}");
    house.call_as(Some(&house.alice.key), Method::POST, &path, Some(body), &[ASYNC]).await.expect(202)
}

fn id(operation: &Value) -> &str {
    operation["operationId"].as_str().expect("an operation")
}

async fn state_becomes(house: &TestHouse, operation: &str, state: &str) -> Value {
    let started = std::time::Instant::now();
    loop {
        let seen = house.get(&format!("/operations/{operation}")).await.expect(200);
        if seen["state"] == state {
            return seen;
        }
        assert!(matches!(seen["state"].as_str(), Some("pending" | "submitted")), "{seen}");
        assert!(started.elapsed() < PATIENCE, "never {state}: {seen}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn kill(house: &TestHouse, operation: &str) {
    sqlx::query("update outbox.ops set state = 'dead', attempts = 10, code = 'ledger/out-of-gas' where operation = $1::uuid")
        .bind(operation)
        .execute(&house.house.pool)
        .await
        .expect("dead");
}

#[tokio::test]
async fn a_write_is_cancelled_while_the_ledger_is_away_and_what_follows_it_goes_on() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let before = house.balance(&house.alice.payer).await;
    house.node.go_away();
    let unwanted = note(&house, &did, "unwanted").await;
    let wanted = note(&house, &did, "wanted").await;
    let cancelled = house.post(&format!("/operations/{}/cancel", id(&unwanted)), json!({})).await.expect(200);
    assert_eq!(
        (&cancelled["state"], &cancelled["code"]),
        (&json!("cancelled"), &json!("operation/cancelled"))
    );
    let again = house.post(&format!("/operations/{}/cancel", id(&unwanted)), json!({})).await.expect(409);
    assert_eq!(again["code"], "operation/over");
    house.node.recover();
    let retried = house.post(&format!("/operations/{}/retry", id(&wanted)), json!({})).await;
    assert!(matches!(retried.status, 200 | 409), "tried again, unless it went by itself: {}", retried.text);
    let confirmed = state_becomes(&house, id(&wanted), "confirmed").await;
    let paid: u128 = confirmed["feePaid"].as_str().and_then(|fee| fee.parse().ok()).expect("a fee");
    assert_eq!(before - house.balance(&house.alice.payer).await, paid, "the cancelled one cost nothing");
    house.caught_up().await;
    let resources = house.get(&format!("/resource/list?did={did}")).await.expect(200);
    assert_eq!(
        resources.as_array().or(resources["resources"].as_array()).map(Vec::len),
        Some(1),
        "{resources}"
    );
    house.stop().await;
}

#[tokio::test]
async fn a_dead_write_blocks_its_did_until_it_is_retried_or_skipped() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    house.node.go_away();
    let (first, second) = (note(&house, &did, "first").await, note(&house, &did, "second").await);
    let behind = note(&house, &did, "behind").await;
    let early = house.post(&format!("/operations/{}/skip", id(&first)), json!({})).await.expect(409);
    assert_eq!(early["code"], "operation/not-dead");
    kill(&house, id(&first)).await;
    kill(&house, id(&second)).await;
    house.node.recover();
    let dead = house.get("/operations?dead=true").await.expect(200);
    let listed: Vec<&str> = dead["operations"].as_array().expect("a list").iter().map(id).collect();
    assert_eq!(listed, [id(&second), id(&first)]);
    let body =
        json!({"network": "testnet", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}});
    let other =
        house.call_as(Some(&house.alice.key), Method::POST, "/did/create", Some(body), &[ASYNC]).await;
    // Another DID is not held up, once the lane looks at the ledger again.
    state_becomes(&house, id(&other.expect(202)), "confirmed").await;
    let seen = house.get(&format!("/operations/{}", id(&behind))).await.expect(200);
    assert_eq!(seen["state"], "pending");
    let retried = house.post(&format!("/operations/{}/retry", id(&first)), json!({})).await.expect(200);
    assert_eq!((&retried["attempts"], &retried["dead"]), (&json!(0), &json!(false)));
    state_becomes(&house, id(&first), "confirmed").await;
    let skip = "mutation($o: ID!) { skipOperation(input: {operation: $o}) { userErrors { code } operation { state } } }";
    let query = json!({"query": skip, "variables": {"o": id(&second)}});
    let skipped = house.post("/graphql", query).await.expect(200);
    let payload = &skipped["data"]["skipOperation"];
    assert_eq!(
        (&payload["userErrors"], &payload["operation"]["state"]),
        (&json!([]), &json!("CANCELLED")),
        "{skipped}"
    );
    state_becomes(&house, id(&behind), "confirmed").await;
    house.stop().await;
}
