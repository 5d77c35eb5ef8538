//! API keys that may not do everything, at both doors.

use super::client_keys;
use crate::house::{Reply, TestHouse};
use reqwest::Method;
use serde_json::{Value, json};

async fn key(house: &TestHouse, maker: &str, body: Value) -> Reply {
    let mut body = body;
    body["name"] = json!("bound");
    house.call_as(Some(maker), Method::POST, "/admin/api-key/create", Some(body), &[]).await
}

fn secret(reply: Reply) -> String {
    reply.expect(201)["apiKey"].as_str().expect("a secret").to_owned()
}

async fn graphql(house: &TestHouse, key: &str, query: &str) -> Reply {
    house.call_as(Some(key), Method::POST, "/graphql", Some(json!({"query": query})), &[]).await
}

#[track_caller]
fn forbidden(reply: &Reply, scope: &str) {
    assert_eq!((reply.status, &reply.body["code"]), (403, &json!("auth/forbidden")), "{}", reply.text);
    assert_eq!(reply.body["scope"], scope, "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_do_what_it_was_given_and_reaches_nothing_by_a_detour() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let scopes = json!(["list:did:testnet", "read:node", "create:did:testnet", "admin:api-key:create"]);
    let bound = secret(key(&house, &house.alice.key, json!({"scopes": scopes})).await);
    let as_bound = async |method, target: &str, body: Option<Value>| {
        house.call_as(Some(&bound), method, target, body, &[]).await
    };
    assert_eq!(as_bound(Method::GET, "/did/list", None).await.expect(200)["dids"], json!([did]));
    forbidden(&as_bound(Method::GET, "/did/list?network=mainnet", None).await, "list:did:mainnet");
    forbidden(&as_bound(Method::GET, "/credentials/issued", None).await, "list:credential");
    // 403 comes before 400: what he sent is not looked at.
    forbidden(&as_bound(Method::POST, "/key/create", Some(json!({"type": 7}))).await, "create:key");
    let mainnet =
        json!({"network": "mainnet", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}});
    forbidden(&as_bound(Method::POST, "/did/create", Some(mainnet)).await, "create:did:mainnet");

    let told = graphql(&house, &bound, "{ dids(first: 5) { nodes { did } } }").await.expect(200);
    assert_eq!(told["data"]["dids"]["nodes"], json!([{"did": did}]));
    for (query, scope) in [
        ("{ dids { nodes { credentials { nodes { id } } } } }", "list:credential"),
        ("{ dids { nodes { credentials { totalCount } } } }", "list:credential"),
        (
            "{ dids { nodes { ...F } } } fragment F on Did { resources { edges { node { id } } } }",
            "list:resource",
        ),
        ("{ node(id: \"x\") { ... on Did { credentials { totalCount } } } }", "list:credential"),
        ("{ viewer { id } }", "read:account"),
        ("mutation { createKey(input: {}) { key { kid } } }", "create:key"),
    ] {
        forbidden(&graphql(&house, &bound, query).await, scope);
    }
    // Anything by its id needs what its own field needs.
    let key = house.post("/key/create", json!({})).await.expect(200)["kid"].clone();
    let query = format!("{{ node(id: \"Key:{}\") {{ id }} }}", key.as_str().expect("a kid"));
    let told = graphql(&house, &bound, &query).await.expect(200);
    assert_eq!(told["errors"][0]["extensions"]["code"], "auth/forbidden", "{told}");
    // What a write made is shown by it.
    let query = "mutation { createDid(input: {network: TESTNET}) { did { did } userErrors { code } } }";
    let made = graphql(&house, &bound, query).await.expect(200);
    assert!(made["data"]["createDid"]["did"]["did"].is_string(), "{made}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_no_key_that_may_do_more() {
    let house = TestHouse::start().await;
    let bounds = json!({"scopes": ["admin:api-key:create", "read:account", "list:did:testnet"], "networks": ["testnet"],
        "allowedAddresses": ["127.0.0.0/8", "::1"]});
    let made = key(&house, &house.alice.key, bounds.clone()).await;
    for name in ["networks", "allowedAddresses"] {
        assert_eq!(made.body[name], bounds[name], "{}", made.text);
    }
    let bound = secret(made);
    house.call_as(Some(&bound), Method::GET, "/account", None, &[]).await.expect(200);
    for wider in [
        json!({"scopes": ["create:key"]}),
        json!({"networks": ["mainnet"]}),
        json!({"networks": ["mainnet", "testnet"]}),
        json!({"allowedAddresses": ["0.0.0.0/0"]}),
        json!({"allowedAddresses": []}),
    ] {
        let refused = key(&house, &bound, wider.clone()).await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (403, &json!("auth/beyond-own-rights")),
            "{wider}: {}",
            refused.text
        );
    }
    let child = secret(key(&house, &bound, json!({"scopes": ["read:account"]})).await);
    let listed = house.get("/admin/api-key/list").await.expect(200)["apiKeys"][0].clone();
    assert_eq!(listed["scopes"], json!(["read:account"]));
    assert_eq!(
        (&listed["networks"], &listed["allowedAddresses"]),
        (&json!(["testnet"]), &json!(["127.0.0.0/8", "::1"]))
    );
    house.call_as(Some(&child), Method::GET, "/account", None, &[]).await.expect(200);
    forbidden(&house.call_as(Some(&child), Method::GET, "/did/list", None, &[]).await, "list:did");

    for wrong in [
        json!({"scopes": ["no:such"]}),
        json!({"scopes": []}),
        json!({"scopes": "x y"}),
        json!({"networks": ["moon"]}),
        json!({"networks": []}),
        json!({"allowedAddresses": ["10.0.0.1/8"]}),
    ] {
        key(&house, &house.alice.key, wrong).await.expect(400);
    }
    house.stop().await;
}

/// What happens on a network is nothing to a key that is bound to another one: lists leave it out, and by its id it is not found.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_bound_to_a_network_sees_no_jobs_operations_or_payers_of_another() {
    let house = TestHouse::start().await;
    let did = house.did().await;
    let update = json!({"did": did, "alsoKnownAs": ["https://example.org"]});
    let operation = house.post("/did/update", update).await;
    assert_eq!(operation.status, 200, "{}", operation.text);
    let listed = house.get("/operations").await.expect(200)["operations"].clone();
    let operation = listed[0]["operationId"].as_str().expect("an operation").to_owned();
    let own = "did:cheqd:testnet:0c4e2f14-93a4-4c0e-8a7a-3f0c8a1d7e02";
    let body = json!({"mode": "client", "didDocument": client_keys::document(own, &[7])});
    let job = house.post("/did/create", body).await.expect(202);
    let id = job["jobId"].as_str().expect("a job").to_owned();
    let query = format!(
        "{{ jobs {{ totalCount nodes {{ jobId }} }} operations {{ totalCount nodes {{ operationId }} }} \
         job(id: \"{id}\") {{ jobId }} operation(id: \"{operation}\") {{ operationId }} \
         nodes: node(id: \"Job:{id}\") {{ id }} written: node(id: \"Operation:{operation}\") {{ id }} \
         viewer {{ payers {{ network }} }} }}"
    );
    for (network, sees) in [("testnet", true), ("mainnet", false)] {
        let bound = secret(key(&house, &house.alice.key, json!({"networks": [network]})).await);
        let get = async |target: &str| house.call_as(Some(&bound), Method::GET, target, None, &[]).await;
        let found = if sees { 200 } else { 404 };
        assert_eq!(get(&format!("/jobs/{id}")).await.status, found, "{network}");
        assert_eq!(get(&format!("/operations/{operation}")).await.status, found, "{network}");
        let rows = |reply: Reply, list: &str| reply.expect(200)[list].as_array().expect("rows").len();
        assert_eq!(rows(get("/jobs").await, "jobs") > 0, sees, "{network}");
        assert_eq!(rows(get("/operations").await, "operations") > 0, sees, "{network}");
        let account = get("/account").await.expect(200);
        assert_ne!(account["paymentAccount"][network], "", "{account}");
        let other = if sees { "mainnet" } else { "testnet" };
        assert_eq!(account["paymentAccount"][other], "", "{account}");
        let told = graphql(&house, &bound, &query).await.expect(200)["data"].clone();
        for (list, thing, node) in [("jobs", "job", "nodes"), ("operations", "operation", "written")] {
            assert_eq!(told[list]["totalCount"] != json!(0), sees, "{told}");
            assert_eq!(told[list]["nodes"] != json!([]), sees, "{told}");
            assert_eq!((told[thing].is_object(), told[node].is_object()), (sees, sees), "{told}");
        }
        let payers = json!([{"network": network.to_uppercase()}]);
        assert_eq!(told["viewer"]["payers"], payers, "{told}");
        let signing = client_keys::response(&job, &[7]);
        let path = format!("/jobs/{id}/signatures");
        let signed = house.call_as(Some(&bound), Method::POST, &path, Some(signing.clone()), &[]).await;
        assert_eq!(signed.status, found, "{network}: {}", signed.text);
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_bound_to_addresses_works_from_there_only_at_both_doors() {
    let house = TestHouse::with(&[("STUDIO_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let bound = secret(key(&house, &house.alice.key, json!({"allowedAddresses": ["192.0.2.0/24"]})).await);
    let query = json!({"query": "{ viewer { id } }"});
    for (from, status) in [("192.0.2.9", 200), ("192.0.3.9", 403)] {
        let header = [("x-forwarded-for", from)];
        for (method, target, body) in
            [(Method::GET, "/account", None), (Method::POST, "/graphql", Some(query.clone()))]
        {
            let reply = house.call_as(Some(&bound), method, target, body, &header).await;
            assert_eq!(reply.status, status, "{target} from {from}: {}", reply.text);
            if status == 403 {
                assert_eq!(reply.body["code"], "auth/address-not-allowed", "{}", reply.text);
            }
        }
    }
    house.stop().await;
}
