//! Nobody, somebody with a wrong key, and somebody else: they learn nothing and change nothing.

use super::{
    assert_problem,
    estate::{Estate, Ids},
    events,
    matrix::{self, Call, Stranger},
};
use crate::house::{Reply, TestHouse};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_route_keeps_strangers_out() {
    let house = TestHouse::start().await;
    let estate = Estate::build(&house).await;
    let ghosts = estate.ids.ghosts();
    let calls = matrix::calls(&estate.ids);
    every_route_is_called(&calls);

    let before = events(&house).await;
    without_a_working_key(&house, &calls).await;
    assert_eq!(events(&house).await, before, "nobody changed anything");

    for (call, ghost) in calls.iter().zip(matrix::calls(&ghosts)) {
        with_another_tenants_key(&house, &estate.ids, &ghosts, call, &ghost).await;
    }
    nothing_of_alices_changed(&house, &estate).await;
    house.stop().await;
}

fn every_route_is_called(calls: &[Call]) {
    let called: BTreeSet<String> =
        calls.iter().map(|call| format!("{} {}", call.method, call.route)).collect();
    let routes: BTreeSet<String> =
        rest::routes().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(called, routes, "a route is missing in tests/it/routes/matrix.rs, or gone");
}

fn is_public(call: &Call) -> bool {
    rest::routes().iter().any(|route| {
        route.path == call.route
            && route.method.as_str() == call.method.as_str()
            && route.auth == rest::Auth::Public
    })
}

async fn without_a_working_key(house: &TestHouse, calls: &[Call]) {
    let (head, _) = house.alice.key.split_at(house.alice.key.len() - 1);
    let other = if house.alice.key.ends_with('a') { 'b' } else { 'a' };
    let wrong = [
        String::new(),
        "null".to_owned(),
        head.to_owned(),
        format!("{head}{other}"),
        house.alice.key.to_ascii_uppercase(),
        format!("{}{}", house.alice.key, house.alice.key),
        house.alice.customer.to_string(),
        "' or '1'='1".to_owned(),
        "x".repeat(8000),
    ];
    for call in calls {
        let asked = call.shown();
        let public = is_public(call);
        let reply = house.call_as(None, call.method.clone(), &call.target, call.body.clone(), &[]).await;
        if public {
            assert!(![401, 403].contains(&reply.status) && reply.status < 500, "{asked}: {}", reply.text);
            continue;
        }
        assert_problem(&reply, 401, &asked);
        assert_eq!(reply.body["code"], "auth/missing-key", "{asked}");
        let key = house.alice.key.as_str();
        let bearer = format!("Bearer {key}");
        for header in
            [("authorization", bearer.as_str()), ("cookie", key), ("customer-id", key), ("x-id-token", key)]
        {
            let reply =
                house.call_as(None, call.method.clone(), &call.target, call.body.clone(), &[header]).await;
            assert_problem(&reply, 401, &asked);
        }
        for wrong in &wrong {
            let reply =
                house.call_as(Some(wrong), call.method.clone(), &call.target, call.body.clone(), &[]).await;
            assert_problem(&reply, 401, &format!("{asked} with the key {wrong}"));
            assert_eq!(reply.body["code"], "auth/invalid-key", "{asked}");
        }
        let bytes = reqwest::header::HeaderValue::from_bytes(b"caas_\xff\xfe").expect("bytes");
        let request = house.request(call.method.clone(), &call.target).header("x-api-key", bytes);
        assert_problem(&TestHouse::answer(request).await, 401, &asked);
        // Who asks comes first, what was sent second.
        let request =
            house.request(call.method.clone(), &call.target).header("content-type", "text/xml").body("{");
        assert_problem(&TestHouse::answer(request).await, 401, &asked);
    }
}

async fn as_mallory(house: &TestHouse, call: &Call) -> Reply {
    let key = Some(house.mallory.key.as_str());
    house.call_as(key, call.method.clone(), &call.target, call.body.clone(), &[]).await
}

async fn with_another_tenants_key(house: &TestHouse, alice: &Ids, ghosts: &Ids, call: &Call, ghost: &Call) {
    let asked = call.shown();
    let before = events(house).await;
    let reply = as_mallory(house, call).await;
    assert!(
        reply.status < 500 && reply.status != 401 && reply.status != 403,
        "{asked}: {} {}",
        reply.status,
        reply.text
    );
    if call.expect != Stranger::Own {
        assert_eq!(events(house).await, before, "{asked} left an event");
    }
    // Nothing of hers but what he named himself.
    if call.expect != Stranger::Public {
        for name in alice
            .names()
            .into_iter()
            .filter(|name| !asked.to_ascii_lowercase().contains(&name.to_ascii_lowercase()))
        {
            assert!(!reply.text.contains(name), "{asked} tells {name}: {}", reply.text);
        }
        for private in [house.alice.customer.to_string(), house.alice.payer.clone(), house.alice.key.clone()]
        {
            assert!(!reply.text.contains(&private), "{asked} tells {private}: {}", reply.text);
        }
    }
    match call.expect {
        Stranger::Nothing => {
            assert!([400, 404].contains(&reply.status), "{asked}: {}", reply.text);
            assert_problem(&reply, reply.status, &asked);
            if reply.status == 400 {
                let sentence = reply.body["error"].as_str().unwrap_or_default();
                assert!(sentence.contains("not owned by the customer"), "{asked}: {sentence}");
            }
            let unknown = as_mallory(house, ghost).await;
            let renamed = alice.renamed(ghosts, &reply.text);
            assert_eq!((reply.status, renamed), (unknown.status, unknown.text), "{asked} tells what exists");
        }
        Stranger::Empty => assert_empty(&reply.expect(200), &asked, alice),
        Stranger::Public => assert!(reply.status < 500, "{asked}"),
        Stranger::Own => assert!([200, 201].contains(&reply.status), "{asked}: {}", reply.text),
        Stranger::Refused => assert_problem(&reply, 409, &asked),
    }
}

fn assert_empty(body: &Value, asked: &str, alice: &Ids) {
    for (name, list) in body.as_object().expect("an object") {
        let Some(items) = list.as_array() else { continue };
        // He has things himself: a DID, the keys he made, and the history of both.
        for item in items {
            let hers = alice.names().into_iter().find(|name| item.to_string().contains(name));
            assert_eq!(hers, None, "{asked}: {name} has {item}");
        }
        if let Some(total) = body.get("total") {
            assert_eq!(total, items.len(), "{asked}: the total tells of others");
        }
    }
}

async fn nothing_of_alices_changed(house: &TestHouse, estate: &Estate) {
    let ids = &estate.ids;
    let resolved = house.get(&format!("/did/search/{}", ids.did)).await.expect(200);
    assert_ne!(resolved["didDocumentMetadata"]["deactivated"], true, "{resolved}");
    assert!(!resolved.to_string().contains("mallory.example"), "{resolved}");
    let verdict =
        house.post("/credential/verify?verifyStatus=true", json!({"credential": ids.jwt})).await.expect(200);
    assert_eq!(verdict["verified"], true, "{verdict}");
    let chain = crate::flow::trust_chain::verify_credential(house, &estate.chain).await;
    assert_eq!(chain["verified"], true, "{chain}");
    let list = house.get(&format!("/credential-status/list/{}", ids.list_id)).await.expect(200);
    assert_eq!(list["writeCursor"], 1, "nobody else took an index: {list}");
    // What was hers to read still is.
    for target in [
        format!("/key/read/{}", ids.kid),
        format!("/operations/{}", ids.operation_id),
        format!("/credentials/issued/{}", ids.credential_id),
    ] {
        house.get(&target).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_a_wrong_key() {
    let house = TestHouse::start().await;
    let mallory = Some(house.mallory.key.as_str());
    let body = json!({"apiKey": house.mallory.key});
    house.call_as(mallory, Method::POST, "/admin/api-key/revoke", Some(body), &[]).await.expect(200);
    for (method, target) in
        [(Method::GET, "/account"), (Method::GET, "/did/list"), (Method::POST, "/key/create")]
    {
        let reply = house.call_as(Some(&house.mallory.key), method, target, None, &[]).await;
        assert_problem(&reply, 401, target);
        assert_eq!(reply.body["code"], "auth/invalid-key");
    }
    house.get("/account").await.expect(200);
    house.stop().await;
}
