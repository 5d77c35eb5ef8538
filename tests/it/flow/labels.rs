//! Names and kinds of DIDs: given, changed and taken away at both doors, shown to their owner and nobody else.

use crate::house::TestHouse;
use reqwest::Method;
use serde_json::{Value, json};

async fn entry(house: &TestHouse, did: &str) -> Value {
    let listed = house.get(&format!("/did/list?metadata=true&search={did}")).await.expect(200);
    listed["dids"][0].clone()
}

/// A key that is bound to another network calls nothing anything, and learns of no use of a key.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_bound_to_another_network_is_kept_out() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let kid = entry(&house, &did).await["controllerKeyId"].as_str().expect("a key").to_owned();
    let made =
        house.post("/admin/api-key/create", json!({"name": "m", "networks": ["mainnet"]})).await.expect(201);
    let bound = made["apiKey"].as_str().expect("a key").to_owned();
    let call = async |method, path: String, body| house.call_as(Some(&bound), method, &path, body, &[]).await;
    let path = format!("/did/label/{did}");
    let refused = call(Method::POST, path, Some(json!({"name": "mine"}))).await;
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("auth/forbidden")), "{}", refused.text);
    let uses = call(Method::GET, format!("/key/{kid}/uses"), None).await.expect(200);
    assert_eq!(uses, json!({"total": 0, "uses": []}));
    let hidden = house.post(&format!("/did/label/{did}"), json!({"name": "ab\u{202e}cd"})).await;
    assert_eq!((hidden.status, &hidden.body["field"]), (400, &json!("name")), "{}", hidden.text);
    let found = house.get("/did/list?name=zoe%CC%88").await.expect(200);
    assert_eq!(found["total"], 0);
    // A sigma is written in another way where a word ends, which the beginning of a name does not know.
    let greek = json!({"name": "\u{39f}\u{394}\u{39f}\u{3a3} \u{391}\u{395}"});
    house.post(&format!("/did/label/{did}"), greek).await.expect(200);
    house.caught_up().await;
    let found = house.get("/did/list?name=%CE%9F%CE%94%CE%9F%CE%A3").await.expect(200);
    assert_eq!(found["total"], 1, "{found}");
    house.post(&format!("/did/label/{did}"), json!({"name": "Zo\u{eb}"})).await.expect(200);
    house.caught_up().await;
    for spelled in ["zo%C3%AB", "zoe%CC%88"] {
        assert_eq!(
            house.get(&format!("/did/list?name={spelled}")).await.expect(200)["total"],
            1,
            "{spelled}"
        );
    }
    house.stop().await;
}

async fn services(house: &TestHouse, did: &str) -> Value {
    house.get(&format!("/1.0/identifiers/{did}")).await.expect(200)["didDocument"]["service"].clone()
}

fn published(text: &str) -> Value {
    json!(format!("data:application/json,{text}"))
}

/// A name goes into the document when its owner says so, is read there by whoever takes the DID over, and is taken back.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_published_and_taken_back() {
    let house = TestHouse::start().await;
    let new = json!({"network": "testnet", "verificationMethodType": "Ed25519VerificationKey2020", "name": "Zo\u{eb}",
        "kind": "organisation", "publishName": true});
    let did = house.post("/did/create", new).await.expect(200)["did"].as_str().expect("a DID").to_owned();
    let shown = entry(&house, &did).await;
    assert_eq!((&shown["name"], &shown["kind"]), (&json!("Zo\u{eb}"), &json!("organisation")), "{shown}");
    let service = services(&house, &did).await[0].clone();
    assert_eq!(
        (&service["id"], &service["type"]),
        (&json!(format!("{did}#profile")), &json!("PublicProfile"))
    );
    let zoe = "%7B%22name%22%3A%22Zo%C3%AB%22%2C%22kind%22%3A%22organisation%22%7D";
    assert_eq!(service["serviceEndpoint"], published(zoe));

    // A name that is only given is on no ledger, and one that is published again stands in the place of the old one.
    house
        .post(&format!("/did/label/{did}"), json!({"name": "Zo\u{eb} & Sons", "kind": ""}))
        .await
        .expect(200);
    assert_eq!(services(&house, &did).await[0]["serviceEndpoint"], published(zoe));
    let change =
        async |change: Value| house.post("/did/update", json!({"did": did, "changes": [change]})).await;
    let price = house
        .post("/did/update?dryRun=true", json!({"did": did, "changes": [{"publishName": true}]}))
        .await
        .expect(200);
    assert_eq!(price["dryRun"], true);
    change(json!({"publishName": true})).await.expect(200);
    let shown = services(&house, &did).await;
    assert_eq!(shown.as_array().map(Vec::len), Some(1));
    assert_eq!(shown[0]["serviceEndpoint"], published("%7B%22name%22%3A%22Zo%C3%AB%20%26%20Sons%22%7D"));

    // The other door takes it back, and makes a DID with a name of its own.
    let query = "mutation($i: UpdateDidInput!) { updateDid(input: $i) { userErrors { code } did { name } } }";
    let input = json!({"did": did, "changes": [{"withdrawName": true}]});
    let told = house.post("/graphql", json!({"query": query, "variables": {"i": input}})).await.expect(200);
    assert_eq!(told["data"]["updateDid"]["userErrors"], json!([]), "{told}");
    assert_eq!(services(&house, &did).await, Value::Null);
    let gone = change(json!({"withdrawName": true})).await;
    assert_eq!((gone.status, &gone.body["code"]), (404, &json!("did/entry-not-found")), "{}", gone.text);
    let query = "mutation($i: CreateDidInput!) { createDid(input: $i) { userErrors { code field } did { name kind document } } }";
    let create = async |input: Value| {
        let told =
            house.post("/graphql", json!({"query": query, "variables": {"i": input}})).await.expect(200);
        told["data"]["createDid"].clone()
    };
    let made = create(json!({"network": "TESTNET", "name": "Bot", "kind": "agent"})).await;
    assert_eq!((&made["did"]["name"], &made["did"]["kind"]), (&json!("Bot"), &json!("agent")), "{made}");
    assert_eq!(made["did"]["document"].get("service"), None);
    let refused = create(json!({"network": "TESTNET", "publishName": true})).await;
    assert_eq!(refused["userErrors"], json!([{"code": "request/invalid", "field": "publishName"}]));

    let nameless = house.did().await;
    let body = json!({"did": nameless, "changes": [{"publishName": true}]});
    let refused = house.post("/did/update", body).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("did/not-named")), "{}", refused.text);
    house.stop().await;
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
