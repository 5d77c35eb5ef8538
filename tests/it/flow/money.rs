//! Fees: what a write costs, what happens without money, and while the ledger is away.

use crate::{
    house::{TestHouse, penniless},
    node::FAUCET,
};
use domain::id::{Ncheq, Network};
use reqwest::Method;
use serde_json::json;

fn create_did() -> serde_json::Value {
    json!({"network": "testnet", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_price_and_changes_nothing() {
    let house = TestHouse::start().await;
    let before = house.balance(&house.alice.payer).await;
    let head = house.house.progress.read_head().await.unwrap();
    let quote = house.post("/did/create?dryRun=true", create_did()).await.expect(200);
    assert!(quote.to_string().contains("ncheq") || quote.to_string().contains("Ncheq"), "{quote}");
    assert_eq!(house.balance(&house.alice.payer).await, before);
    assert_eq!(house.house.progress.read_head().await.unwrap(), head, "no event");

    let refused = house.post("/did/create?maxFee=1", create_did()).await;
    assert_eq!(refused.status, 402, "{}", refused.text);
    assert_eq!(refused.body["code"], "ledger/fee-above-max");
    assert_eq!(house.get("/operations").await.expect(200)["operations"], json!([]));
    house.stop().await;
}

/// How many keys were made for the customer, payers' keys included.
async fn keys(house: &TestHouse, key: Option<&str>) -> usize {
    house.caught_up().await;
    let deeds = house.call_as(key, Method::GET, "/event/list", None, &[]).await.expect(200);
    deeds.to_string().matches("\"operationName\":\"key-create\"").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_without_money_is_told_what_is_missing() {
    let house = TestHouse::start().await;
    let poor = penniless(&house.house, "Poor").await;
    let key = Some(poor.key.as_str());
    let chain = &*house.house.studio.chain;
    let keys_before = keys(&house, key).await;
    for balance in [0, 7] {
        if balance > 0 {
            let (some, network) = (Ncheq(balance), Network::Testnet);
            FAUCET.top_up(chain, network, &poor.payer, some, some).await.expect("a little money");
        }
        let refused = house.call_as(key, Method::POST, "/did/create", Some(create_did()), &[]).await;
        assert_eq!(refused.status, 402, "{}", refused.text);
        assert_eq!(refused.body["code"], "ledger/insufficient-funds");
        assert_eq!(refused.body["address"], poor.payer);
        let shortfall: u128 = refused.body["shortfall"].as_str().unwrap().parse().unwrap();
        let quote = house
            .call_as(key, Method::POST, "/did/create?dryRun=true", Some(create_did()), &[])
            .await
            .expect(200);
        let fee: u128 = quote["feeNcheq"].as_str().unwrap().parse().unwrap();
        assert_eq!(shortfall + balance, fee, "having the fee is enough: {} {quote}", refused.text);
    }
    let listed = house.call_as(key, Method::GET, "/did/list", None, &[]).await.expect(200);
    assert_eq!(listed["total"], 0, "nothing is half-written");
    assert_eq!(keys(&house, key).await, keys_before, "not even a key");

    studio::tenant::fund(&house.house, &FAUCET, poor.customer).await.expect("money");
    house.call_as(key, Method::POST, "/did/create", Some(create_did()), &[]).await.expect(200);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_survives_a_ledger_that_is_away() {
    let house = TestHouse::start().await;
    house.node.go_away();
    let key = Some(house.alice.key.as_str());
    let headers = [("prefer", "respond-async")];
    let accepted = house.call_as(key, Method::POST, "/did/create", Some(create_did()), &headers).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    let id: domain::id::OperationId =
        accepted.headers["location"].to_str().unwrap().rsplit('/').next().unwrap().parse().unwrap();
    let did = house.get("/did/search/did:cheqd:testnet:3b9b8eec-5b5d-4382-86d8-9185126ff130").await;
    assert_eq!(did.status, 503, "a read that needs the ledger says so: {}", did.text);
    assert_eq!(house.get("/health/ready").await.status, 503);
    assert_eq!(house.get("/health/live").await.status, 200);

    house.node.recover();
    let ended =
        house.house.studio.outcomes.ended(id, std::time::Duration::from_mins(1)).await.expect("it ends");
    assert!(
        matches!(ended, app::port::outcomes::Waited::Ended(domain::ledger::LedgerOutcome::Included(_))),
        "{ended:?}"
    );
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_lost_after_acceptance_is_paid_once() {
    let house = TestHouse::start().await;
    let before = house.balance(&house.alice.payer).await;
    house.node.lose_a_reply();
    let created = house.post("/did/create", create_did()).await.expect(200);
    assert!(created["did"].is_string());
    let operations = house.get("/operations").await.expect(200);
    let paid: u128 = operations["operations"][0]["feePaid"].as_str().unwrap().parse().unwrap();
    assert_eq!(before - house.balance(&house.alice.payer).await, paid);
    house.stop().await;
}
