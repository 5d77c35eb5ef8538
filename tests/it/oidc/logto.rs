//! LogTo's webhook at Studio's door, while LogTo itself is away.

use crate::house::{Reply, TestHouse};
use projections::Paging;
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};

const SECRET: &str = "the signing key of the webhook";
/// Nobody listens here.
const NOWHERE: &str = "http://127.0.0.1:9";

async fn told(house: &TestHouse, signed: &Value, sent: &Value) -> Reply {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hex::encode(hmac::sign(&key, signed.to_string().as_bytes()));
    let request =
        house.request(Method::POST, "/account/bootstrap").header("logto-signature-sha-256", signature);
    TestHouse::answer(request.header("content-type", "application/json").body(sent.to_string())).await
}

async fn customers(house: &TestHouse) -> usize {
    house.caught_up().await;
    let page =
        house.house.views.accounts().list_for_operator(Paging::first(100, None)).await.expect("a page");
    page.rows.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_makes_an_account_once_and_only_if_it_is_logtos_own() {
    let house = TestHouse::with(&[
        ("LOGTO_ENDPOINT", NOWHERE),
        ("LOGTO_APP_ID", "app"),
        ("LOGTO_APP_SECRET", "app-secret"),
        ("LOGTO_WEBHOOK_SECRET", SECRET),
    ])
    .await;
    let before = customers(&house).await;
    let user =
        json!({"id": "8bc5hs5anpk8", "primaryEmail": "ada@example.org", "name": "Ada", "isSuspended": false});
    let now = house.house.studio.clock.now();
    let registered = json!({"event": "PostRegister", "createdAt": now.to_rfc3339(), "user": user});
    for _ in 0..2 {
        let answer = told(&house, &registered, &registered).await.expect(200);
        let status = &answer["status"];
        assert_eq!(answer["success"], true);
        for member in ["customerInitialized", "mainnetAccountProvisioned", "testnetAccountProvisioned"] {
            assert_eq!(status[member], true, "{member}");
        }
        assert_eq!((&status["customDataUpdated"], &status["errors"]), (&json!(false), &json!([])));
    }
    // The other kind of body tells of the same person.
    let created = json!({"event": "User.Created", "createdAt": now.to_rfc3339(), "data": user});
    told(&house, &created, &created).await.expect(200);
    assert_eq!(customers(&house).await, before + 1);

    let other = json!({"event": "PostRegister", "createdAt": now.to_rfc3339(),
        "user": {"id": "eve", "primaryEmail": "eve@example.org"}});
    let refused = told(&house, &registered, &other).await.expect(400);
    assert_eq!(
        (&refused["error"], &refused["code"]),
        (&json!("Invalid signature in LogTo webhook"), &json!("auth/webhook-signature"))
    );
    let nobody = json!({"event": "PostRegister", "createdAt": now.to_rfc3339(), "user": {"id": "eve"}});
    let refused = told(&house, &nobody, &nobody).await.expect(400);
    assert_eq!(refused["error"], "User id is not specified or primaryEmail is not set");
    let old = json!({"event": "PostRegister", "createdAt": "2026-01-01T00:00:00Z", "user": user});
    assert_eq!(told(&house, &old, &old).await.expect(400)["code"], "auth/webhook-stale");
    assert_eq!(customers(&house).await, before + 1);

    // LogTo is away: nobody can sign in, and a key needs no LogTo.
    let door = house.request(Method::GET, "/auth/sign-in").header("accept", "application/json");
    assert_eq!(TestHouse::answer(door).await.status, 503);
    house.get("/account").await.expect(200);
    house.stop().await;
}
