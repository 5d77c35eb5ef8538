//! A key stays with the write that was made under it, whatever its request was answered (safety 13).

use crate::house::{Reply, Tenant, TestHouse, penniless};
use crate::node::FAUCET;
use domain::id::OperationId;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const KEYED: [(&str, &str); 1] = [("idempotency-key", "order-13")];
const PATIENCE: Duration = Duration::from_mins(1);

fn create_did() -> Value {
    json!({"network": "testnet", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}})
}

/// Another request than [`create_did`].
fn changed() -> Value {
    let mut body = create_did();
    body["identifierFormatType"] = json!("base58btc");
    body
}

async fn create(house: &TestHouse, who: &Tenant, body: Value) -> Reply {
    house.call_as(Some(&who.key), Method::POST, "/did/create", Some(body), &KEYED).await
}

/// The ids of all writes of a tenant.
async fn operations(house: &TestHouse, who: &Tenant) -> Vec<OperationId> {
    house.caught_up().await;
    let all = house.call_as(Some(&who.key), Method::GET, "/operations", None, &[]).await.expect(200);
    let all = all["operations"].as_array().expect("a list").iter();
    all.map(|one| one["operationId"].as_str().expect("an id").parse().expect("an id")).collect()
}

/// Its only one, as soon as it is there.
async fn operation(house: &TestHouse, who: &Tenant) -> OperationId {
    let found = async {
        loop {
            if let [one] = operations(house, who).await[..] {
                return one;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("the write is requested")
}

#[track_caller]
fn assert_reused(reply: &Reply) {
    assert_eq!(
        (reply.status, &reply.body["code"]),
        (422, &json!("idempotency/key-reused")),
        "{}",
        reply.text
    );
}

/// While the ledger is away nobody knows that the payer is poor, so the write is made, and then told that it has no money.
#[tokio::test(flavor = "multi_thread")]
async fn safety_13_a_write_without_money_keeps_its_key() {
    let house = TestHouse::start().await;
    let poor = penniless(&house.house, "Poor").await;
    house.node.go_away();
    let (unpaid, made) = tokio::join!(create(&house, &poor, create_did()), async {
        let made = operation(&house, &poor).await;
        assert_reused(&create(&house, &poor, changed()).await);
        house.node.recover();
        made
    });
    assert_eq!(unpaid.status, 402, "{}", unpaid.text);
    assert_eq!(unpaid.body["operationId"], made.to_string());
    assert_eq!(unpaid.headers["location"], format!("/operations/{made}"));

    assert_reused(&create(&house, &poor, changed()).await);
    let again = create(&house, &poor, create_did()).await;
    assert_eq!(
        (again.status, &again.body["operationId"]),
        (402, &unpaid.body["operationId"]),
        "{}",
        again.text
    );
    assert_reused(&create(&house, &poor, changed()).await);

    studio::tenant::fund(&house.house, &FAUCET, poor.customer).await.expect("money");
    let had = house.balance(&poor.payer).await;
    // The lane looks again by itself; until then the repeat is told of the same write.
    let paid = async {
        loop {
            assert_reused(&create(&house, &poor, changed()).await);
            let reply = create(&house, &poor, create_did()).await;
            if reply.status == 200 {
                return reply.body;
            }
            assert_eq!(reply.clone().expect(402)["operationId"], made.to_string(), "{}", reply.text);
        }
    };
    let did = tokio::time::timeout(PATIENCE, paid).await.expect("it is paid")["did"].clone();
    let replayed = create(&house, &poor, create_did()).await;
    assert!(replayed.headers.contains_key("idempotent-replayed"), "{}", replayed.text);
    assert_eq!(replayed.expect(200)["did"], did);
    assert_reused(&create(&house, &poor, changed()).await);

    assert_eq!(operations(&house, &poor).await, [made], "one write");
    let shown = house.call_as(Some(&poor.key), Method::GET, &format!("/operations/{made}"), None, &[]).await;
    let fee: u128 = shown.expect(200)["feePaid"].as_str().expect("a fee").parse().expect("ncheq");
    assert_eq!(had - house.balance(&poor.payer).await, fee, "paid once");
    let list = house.call_as(Some(&poor.key), Method::GET, "/did/list", None, &[]).await.expect(200);
    assert_eq!(list["total"], 1, "{list}");
    house.stop().await;
}

/// A refusal that recorded nothing still lets go.
#[tokio::test(flavor = "multi_thread")]
async fn safety_13_a_refusal_lets_its_key_go() {
    let house = TestHouse::start().await;
    let poor = penniless(&house.house, "Poor").await;
    let refused = create(&house, &poor, create_did()).await;
    assert_eq!((refused.status, refused.body.get("operationId")), (402, None), "{}", refused.text);
    let invalid = create(&house, &poor, json!({"network": "moonnet"})).await;
    assert_eq!(invalid.status, 400, "{}", invalid.text);
    studio::tenant::fund(&house.house, &FAUCET, poor.customer).await.expect("money");
    create(&house, &poor, changed()).await.expect(200);
    house.stop().await;
}

/// Whoever hangs up, gives up or is told to come again has written all the same.
#[tokio::test(flavor = "multi_thread")]
async fn safety_13_a_caller_that_hung_up_keeps_his_key() {
    let house = TestHouse::start().await;
    let alice = house.alice.clone();
    house.node.go_away();
    let hung_up = house
        .request(Method::POST, "/did/create")
        .header("x-api-key", &alice.key)
        .header(KEYED[0].0, KEYED[0].1)
        .json(&create_did());
    let hung_up = tokio::spawn(hung_up.send());
    let made = operation(&house, &alice).await;
    hung_up.abort();
    assert_reused(&create(&house, &alice, changed()).await);
    let early = create(&house, &alice, create_did()).await;
    assert_eq!((early.status, &early.body["code"]), (409, &json!("idempotency/in-flight")), "{}", early.text);

    house.node.recover();
    house.house.studio.outcomes.ended(made, PATIENCE).await.expect("it ends");
    assert_reused(&create(&house, &alice, changed()).await);
    let found = async {
        loop {
            let reply = create(&house, &alice, create_did()).await;
            if reply.status != 409 {
                return reply.expect(200);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let done = tokio::time::timeout(PATIENCE, found).await.expect("its answer is there");
    assert!(done["did"].is_string(), "{done}");
    assert_eq!(operations(&house, &alice).await, [made], "one write");
    house.stop().await;
}
