//! Postgres goes away and comes back: requests say so, and nothing needs a restart.

use super::assert_problem;
use crate::house::TestHouse;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use store::testing::own_server;

/// When the test gives up; no assertion depends on how long it takes.
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread")]
async fn requests_wait_for_postgres_outside_and_recover_by_themselves() {
    let (_directory, server) = own_server().await;
    let pool = store::pool::connect(server.connect_options(), 12);
    store::migrate(&pool).await.expect("migrated");
    let house = TestHouse::over(pool, &[]).await;
    let did = house.did().await;

    server.crash().await.expect("it falls");
    let create =
        json!({"network": "testnet", "options": {"verificationMethodType": "Ed25519VerificationKey2020"}});
    let key = Some(house.alice.key.as_str());
    let keyed = [("idempotency-key", "through-the-storm")];
    for (method, path, body) in [
        (Method::GET, "/account", None),
        (Method::GET, "/did/list", None),
        (Method::GET, "/operations", None),
        (Method::POST, "/key/create", Some(json!({}))),
        (Method::POST, "/did/create", Some(create.clone())),
    ] {
        let reply = house.call_as(key, method, path, body, &keyed).await;
        assert_problem(&reply, 503, path);
        assert!(reply.headers.contains_key("retry-after"), "{path}: {:?}", reply.headers);
        assert_eq!(reply.body["code"], "store/unavailable", "{path}: {}", reply.text);
        assert!(
            !reply.text.to_lowercase().contains("postgres") && !reply.text.contains("sqlx"),
            "{}",
            reply.text
        );
    }
    // A key that cannot be looked up is not called wrong.
    assert_problem(
        &house.call_as(Some("caas_wrong"), Method::GET, "/account", None, &[]).await,
        503,
        "a wrong key",
    );
    assert_eq!(house.get("/health/live").await.status, 200);
    assert_eq!(house.get("/health/ready").await.status, 503);
    // What needs only the ledger goes on.
    house.get(&format!("/did/search/{did}")).await.expect(200);

    server.restart().await.expect("it is back");
    let started = Instant::now();
    let created = loop {
        let reply = house.call_as(key, Method::POST, "/did/create", Some(create.clone()), &keyed).await;
        if reply.status == 200 {
            break reply.body;
        }
        assert!([202, 409, 503].contains(&reply.status), "on the way back: {} {}", reply.status, reply.text);
        assert!(started.elapsed() < PATIENCE, "it does not come back: {}", reply.text);
    };
    assert!(created["did"].is_string(), "{created}");
    house.caught_up().await;
    let list = house.get("/did/list").await.expect(200);
    assert_eq!(list["total"], 2, "the write that was tried many times happened once: {list}");
    let verdict = store::audit::verify(&house.house.pool, &[]).await.expect("the log is readable");
    assert!(matches!(verdict, store::Verdict::Intact(_)), "{verdict:?}");
    house.stop().await;
}
