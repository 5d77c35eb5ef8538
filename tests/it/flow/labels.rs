//! Names and kinds of DIDs: given, changed and taken away at both doors, shown to their owner and nobody else.

use crate::house::TestHouse;
use reqwest::Method;
use serde_json::{Value, json};

async fn entry(house: &TestHouse, did: &str) -> Value {
    let listed = house.get(&format!("/did/list?metadata=true&search={did}")).await.expect(200);
    listed["dids"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_did_is_called_something_at_both_doors() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let path = format!("/did/label/{did}");
    let before = entry(&house, &did).await;
    assert_eq!((&before["name"], &before["kind"]), (&Value::Null, &Value::Null));

    // Composed, and without space around it.
    let told =
        house.post(&path, json!({"name": " Zoe\u{308} & Sons ", "kind": "organisation"})).await.expect(200);
    assert_eq!(told, json!({"did": did, "name": "Zo\u{eb} & Sons", "kind": "organisation"}));
    // What is left out stays.
    let query = "mutation($i: LabelDidInput!) { labelDid(input: $i) { userErrors { code field } did { name kind } } }";
    let label = async |input: Value| {
        let told =
            house.post("/graphql", json!({"query": query, "variables": {"i": input}})).await.expect(200);
        told["data"]["labelDid"].clone()
    };
    let told = label(json!({"did": did, "kind": "branch-2"})).await;
    assert_eq!(told["did"], json!({"name": "Zo\u{eb} & Sons", "kind": "branch-2"}), "{told}");
    let after = entry(&house, &did).await;
    assert_eq!((&after["name"], &after["kind"]), (&json!("Zo\u{eb} & Sons"), &json!("branch-2")));
    assert_eq!(
        (&after["versionId"], &after["alias"]),
        (&before["versionId"], &Value::Null),
        "the ledger knows nothing"
    );
    let found = house.get("/did/list?kind=branch-2&name=zo%C3%AB").await.expect(200);
    assert_eq!(found, json!({"total": 1, "dids": [did]}));
    assert_eq!(house.get("/did/list?kind=organisation").await.expect(200)["total"], 0);

    let told = house.post(&path, json!({"name": ""})).await.expect(200);
    assert_eq!(told, json!({"did": did, "name": null, "kind": "branch-2"}));

    for (body, field) in [
        (json!({}), "name"),
        (json!({"name": "x".repeat(101)}), "name"),
        (json!({"name": "a\nb"}), "name"),
        (json!({"name": 5}), "name"),
        (json!({"kind": "Organisation"}), "kind"),
        (json!({"kind": "a b"}), "kind"),
        (json!({"kind": "9"}), "kind"),
        (json!({"kind": "k".repeat(33)}), "kind"),
    ] {
        let refused = house.post(&path, body.clone()).await;
        assert_eq!((refused.status, &refused.body["code"]), (400, &json!("request/invalid")), "{body}");
        assert_eq!(refused.body["field"], field, "{body}: {}", refused.text);
    }
    let refused = label(json!({"did": did, "kind": "A"})).await;
    assert_eq!(refused["userErrors"], json!([{"code": "request/invalid", "field": "kind"}]));
    // Somebody else's does not exist.
    let foreign = house
        .call_as(Some(&house.mallory.key), Method::POST, &path, Some(json!({"name": "mine"})), &[])
        .await;
    assert_eq!((foreign.status, &foreign.body["code"]), (404, &json!("did/not-found")));
    assert_eq!(entry(&house, &did).await["name"], Value::Null);
    house.stop().await;
}
