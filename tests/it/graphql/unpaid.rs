//! A key stays with the write that was made under it, whatever its mutation answered (safety 13).

use super::{PATIENCE, data, payload_as, text, user_error};
use crate::{
    house::{TestHouse, penniless},
    node::FAUCET,
};
use domain::id::OperationId;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const DID: &str = "did { did phase }";

async fn create(house: &TestHouse, key: &str, more: (&str, &str)) -> Value {
    let input = json!({"network": "TESTNET", "idempotencyKey": "order-13", more.0: more.1});
    payload_as(house, key, "createDid", DID, input).await
}

const ASKED: (&str, &str) = ("identifierFormat", "UUID");
const CHANGED: (&str, &str) = ("identifierFormat", "BASE58BTC");

async fn operations(house: &TestHouse, key: &str) -> Vec<OperationId> {
    let query = "{ operations(first: 100) { nodes { operationId } } }";
    let body = json!({"query": query});
    let all = data(house.call_as(Some(key), Method::POST, "/graphql", Some(body), &[]).await, query);
    let nodes = all["operations"]["nodes"].as_array().expect("nodes").iter();
    nodes.map(|one| text(&one["operationId"]).parse().expect("an id")).collect()
}

#[track_caller]
fn assert_reused(payload: &Value) {
    let error = user_error(payload);
    assert_eq!(
        (&error["code"], &error["field"]),
        (&json!("idempotency/key-reused"), &json!("idempotencyKey")),
        "{payload:#}"
    );
}

/// While the ledger is away nobody knows that the payer is poor, so the write is made, and then told that it has no money.
#[tokio::test(flavor = "multi_thread")]
async fn safety_13_a_mutation_without_money_keeps_its_key() {
    let house = TestHouse::start().await;
    let poor = penniless(&house.house, "Poor").await;
    house.node.go_away();
    let (unpaid, made) = tokio::join!(create(&house, &poor.key, ASKED), async {
        let found = async {
            loop {
                if let [one] = operations(&house, &poor.key).await[..] {
                    return one;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let made = tokio::time::timeout(PATIENCE, found).await.expect("the write is requested");
        assert_reused(&create(&house, &poor.key, CHANGED).await);
        house.node.recover();
        made
    });
    assert_eq!(user_error(&unpaid)["code"], "ledger/insufficient-funds", "{unpaid:#}");
    assert_eq!(unpaid["operation"]["operationId"], made.to_string(), "{unpaid:#}");

    assert_reused(&create(&house, &poor.key, CHANGED).await);
    let again = create(&house, &poor.key, ASKED).await;
    assert_eq!(user_error(&again)["code"], "ledger/insufficient-funds", "{again:#}");
    assert_eq!(again["operation"]["operationId"], made.to_string(), "{again:#}");
    assert_reused(&create(&house, &poor.key, CHANGED).await);
    // At the other door it is the same request, and another one is another there too.
    let headers = [("idempotency-key", "order-13")];
    let options = json!({"verificationMethodType": "Ed25519VerificationKey2020"});
    let body = json!({"network": "testnet", "options": options});
    let same =
        house.call_as(Some(&poor.key), Method::POST, "/did/create", Some(body.clone()), &headers).await;
    assert_eq!((same.status, &same.body["operationId"]), (402, &json!(made.to_string())), "{}", same.text);
    let mut body = body;
    body["identifierFormatType"] = json!("base58btc");
    let other = house.call_as(Some(&poor.key), Method::POST, "/did/create", Some(body), &headers).await;
    assert_eq!(
        (other.status, &other.body["code"]),
        (422, &json!("idempotency/key-reused")),
        "{}",
        other.text
    );

    studio::tenant::fund(&house.house, &FAUCET, poor.customer).await.expect("money");
    let had = house.balance(&poor.payer).await;
    // The lane looks again by itself; until then the repeat is told of the same write.
    let paid = async {
        loop {
            assert_reused(&create(&house, &poor.key, CHANGED).await);
            let paid = create(&house, &poor.key, ASKED).await;
            assert_eq!(paid["operation"]["operationId"], made.to_string(), "{paid:#}");
            if paid["userErrors"] == json!([]) {
                return paid;
            }
        }
    };
    let paid = tokio::time::timeout(PATIENCE, paid).await.expect("it is paid");
    assert_eq!((&paid["userErrors"], &paid["did"]["phase"]), (&json!([]), &json!("ACTIVE")), "{paid:#}");
    let replayed = create(&house, &poor.key, ASKED).await;
    assert_eq!((&replayed["replayed"], &replayed["did"]), (&json!(true), &paid["did"]), "{replayed:#}");
    assert_reused(&create(&house, &poor.key, CHANGED).await);

    assert_eq!(operations(&house, &poor.key).await, [made], "one write");
    let fee: u128 = text(&paid["operation"]["feePaid"]).parse().expect("ncheq");
    assert_eq!(had - house.balance(&poor.payer).await, fee, "paid once");
    house.stop().await;
}
