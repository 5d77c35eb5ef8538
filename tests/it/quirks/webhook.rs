//! LogTo's webhook: whose it must be, and whose account it makes. A Studio of its own, since the provider is configured.

use super::world::meet;
use crate::house::{Reply, TestHouse};
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};

const SECRET: &str = "whsec";
/// The HMAC-SHA256 of [`BODY`] under [`SECRET`], computed elsewhere.
const SIGNATURE: &str = "19373ef0e8c66f206e49d251e4402291615bbce6ef00922e94a47a213fb76ee1";
const BODY: &str = r#"{"a":1}"#;
const INVALID: &str = "Invalid signature in LogTo webhook";

async fn told(house: &TestHouse, signature: Option<&str>, body: &str) -> Reply {
    let mut request =
        house.request(Method::POST, "/account/bootstrap").header("content-type", "application/json");
    if let Some(signature) = signature {
        request = request.header("logto-signature-sha-256", signature);
    }
    TestHouse::answer(request.body(body.to_owned())).await
}

/// A visit of this user, as LogTo tells of it.
async fn visit(house: &TestHouse, id: &str, email: &str) -> Value {
    let now = house.house.studio.clock.now().to_rfc3339();
    let user = json!({"id": id, "primaryEmail": email, "name": "Ada", "isSuspended": false});
    let body = json!({"event": "PostRegister", "createdAt": now, "user": user}).to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hex::encode(hmac::sign(&key, body.as_bytes()));
    told(house, Some(&signature), &body).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn q30_and_q31_a_webhook_is_signed_and_an_address_that_somebody_wrote_down_is_nobodys() {
    let house = TestHouse::with(&[
        ("LOGTO_ENDPOINT", "http://127.0.0.1:9"),
        ("LOGTO_APP_ID", "app"),
        ("LOGTO_APP_SECRET", "app-secret"),
        ("LOGTO_WEBHOOK_SECRET", SECRET),
    ])
    .await;
    let capitals = SIGNATURE.to_uppercase();
    for signature in [None, Some(""), Some("19"), Some(&SIGNATURE[1..]), Some(&"00".repeat(32))] {
        assert_eq!(told(&house, signature, BODY).await.expect(400)["error"], INVALID, "{signature:?}");
    }
    for signature in [SIGNATURE, &capitals] {
        let taken = told(&house, Some(signature), BODY).await.expect(400);
        assert_ne!(taken["error"], INVALID, "it is LogTo's, and tells of nobody: {taken}");
    }
    assert_eq!(
        told(&house, Some(SIGNATURE), r#"{"a": 1}"#).await.expect(400)["error"],
        INVALID,
        "to the byte"
    );

    // Mallory says that her account is reached at Ada's address; Ada's first visit is to an account of her own.
    let body = json!({"email": "ada@example.org"});
    let mallory = Some(house.mallory.key.as_str());
    house.call_as(mallory, Method::POST, "/admin/organisation/update", Some(body), &[]).await.expect(200);
    let accounts = async || {
        house.caught_up().await;
        let first = projections::Paging::first(100, None);
        house.house.views.accounts().list_for_operator(first).await.expect("a page").rows.len()
    };
    let before = accounts().await;
    let answer = visit(&house, "ada", "ada@example.org").await;
    assert_eq!(answer["status"]["customerInitialized"], true, "{answer}");
    // Nothing is said to be made that was not.
    assert_eq!(answer["status"]["stripeAccountCreated"], false, "{answer}");
    assert_eq!(accounts().await, before + 1, "one of her own");
    let members = house.call_as(mallory, Method::GET, "/admin/member/list", None, &[]).await.expect(200);
    assert!(!members.to_string().contains("ada@example.org"), "{members}");
    house.stop().await;
}

#[test]
fn q31_without_a_secret_no_webhook_is_taken_and_nobody_notices() {
    meet(async |alice, _| {
        let unkeyed = hmac::Key::new(hmac::HMAC_SHA256, b"");
        let unkeyed = hex::encode(hmac::sign(&unkeyed, BODY.as_bytes()));
        for signature in [None, Some(SIGNATURE), Some(unkeyed.as_str())] {
            let refused = told(alice.house, signature, BODY).await;
            assert!((400..500).contains(&refused.status), "{}", refused.text);
        }
        alice.get("/account").await.expect(200);
    });
}
