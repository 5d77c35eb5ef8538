//! The same request twice has one effect and one answer.

use crate::house::TestHouse;
use reqwest::Method;
use serde_json::json;

fn create_did() -> serde_json::Value {
    json!({"network": "testnet", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_key_answers_the_same_and_pays_once() {
    let house = TestHouse::start().await;
    let key = Some(house.alice.key.as_str());
    let headers = [("idempotency-key", "order-1")];
    let first = house.call_as(key, Method::POST, "/did/create", Some(create_did()), &headers).await;
    let second = house.call_as(key, Method::POST, "/did/create", Some(create_did()), &headers).await;
    assert_eq!(first.status, 200, "{}", first.text);
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert!(second.headers.contains_key("idempotent-replayed"));
    assert_eq!(house.get("/did/list").await.expect(200)["total"], 1);
    assert_eq!(house.get("/operations").await.expect(200)["operations"].as_array().unwrap().len(), 1);

    let mut other = create_did();
    other["identifierFormatType"] = json!("base58btc");
    let reused = house.call_as(key, Method::POST, "/did/create", Some(other), &headers).await;
    assert_eq!(reused.status, 422, "{}", reused.text);

    // The same key of another tenant is another key.
    let mallory = Some(house.mallory.key.as_str());
    let theirs = house.call_as(mallory, Method::POST, "/did/create", Some(create_did()), &headers).await;
    assert_eq!(theirs.status, 200);
    assert_ne!(theirs.body["did"], first.body["did"]);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_does_not_wait_follows_the_operation() {
    let house = TestHouse::start().await;
    let key = Some(house.alice.key.as_str());
    let headers = [("prefer", "respond-async")];
    let accepted = house.call_as(key, Method::POST, "/did/create", Some(create_did()), &headers).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    let location = accepted.headers["location"].to_str().unwrap().to_owned();
    let id: domain::id::OperationId = location.rsplit('/').next().unwrap().parse().unwrap();
    let limit = std::time::Duration::from_secs(30);
    house.house.studio.outcomes.ended(id, limit).await.expect("it ends");
    let operation = house.get(&location).await.expect(200);
    assert_eq!(operation["state"], "confirmed", "{operation}");
    assert!(operation["txHash"].is_string() && operation["height"].as_u64().unwrap() > 0);
    house.stop().await;
}
