//! Fees: what a write costs, what happens without money, and while the ledger is away.

use crate::house::TestHouse;
use reqwest::Method;
use serde_json::json;

fn create_did() -> serde_json::Value {
    json!({"network": "testnet", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_price_and_changes_nothing() {
    let house = TestHouse::start().await;
    let before = house.devnet.balance(&house.alice.payer).unwrap();
    let head = house.house.progress.read_head().await.unwrap();
    let quote = house.post("/did/create?dryRun=true", create_did()).await.expect(200);
    assert!(quote.to_string().contains("ncheq") || quote.to_string().contains("Ncheq"), "{quote}");
    assert_eq!(house.devnet.balance(&house.alice.payer).unwrap(), before);
    assert_eq!(house.house.progress.read_head().await.unwrap(), head, "no event");

    let refused = house.post("/did/create?maxFee=1", create_did()).await;
    assert_eq!(refused.status, 402, "{}", refused.text);
    assert_eq!(refused.body["code"], "ledger/fee-above-max");
    assert_eq!(house.get("/operations").await.expect(200)["operations"], json!([]));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_without_money_is_told_what_is_missing() {
    let house = TestHouse::start().await;
    let address = house.alice.payer.clone();
    house.devnet.inject(devnet::Fault::Drain { address: address.clone(), leave_ncheq: 7 }).expect("drained");
    let refused = house.post("/did/create", create_did()).await;
    assert_eq!(refused.status, 402, "{}", refused.text);
    assert_eq!(refused.body["code"], "ledger/insufficient-funds");
    assert_eq!(refused.body["address"], address);
    assert!(refused.body["shortfall"].as_str().unwrap().parse::<u128>().unwrap() > 0);
    assert_eq!(house.get("/did/list").await.expect(200)["total"], 0, "nothing is half-written");

    studio::tenant::fund(&house.house, &house.faucet, house.alice.customer).await.expect("money");
    house.post("/did/create", create_did()).await.expect(200);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_survives_a_ledger_that_is_away() {
    let house = TestHouse::start().await;
    house.devnet.inject(devnet::Fault::Http503 { count: 1_000_000 }).expect("away");
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

    house.devnet.inject(devnet::Fault::Clear).expect("back");
    let ended = house.house.studio.outcomes.ended(id, std::time::Duration::from_secs(60)).await.expect("it ends");
    assert!(matches!(ended, app::port::outcomes::Waited::Ended(domain::ledger::LedgerOutcome::Included(_))), "{ended:?}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_lost_after_acceptance_is_paid_once() {
    let house = TestHouse::start().await;
    let before = house.devnet.balance(&house.alice.payer).unwrap();
    house.devnet.inject(devnet::Fault::DropReply { count: 1 }).expect("fault");
    let created = house.post("/did/create", create_did()).await.expect(200);
    assert!(created["did"].is_string());
    let operations = house.get("/operations").await.expect(200);
    let paid: i128 = operations["operations"][0]["feePaid"].as_str().unwrap().parse().unwrap();
    assert_eq!(before - house.devnet.balance(&house.alice.payer).unwrap(), paid);
    house.stop().await;
}
