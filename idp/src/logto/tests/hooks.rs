//! Webhooks: LogTo's own, others', old ones, and those that tell of nobody.

use super::{
    super::{LogTo, LogToConfig, hook::HOOK_SECONDS_MAX},
    HOOK_SECRET, Stage,
};
use crate::Secret;
use app::port::{
    Clock,
    provider_users::{ProviderUsers as _, Told},
};
use ring::hmac;
use serde_json::{Value, json};
use std::sync::Arc;

fn signature(secret: &str, body: &[u8]) -> String {
    hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body))
}

/// What a real LogTo sent, as if it were now.
fn sent(stage: &Stage, event: &str) -> Value {
    let recorded: Vec<Value> = serde_json::from_str(include_str!("answers.json")).unwrap();
    let body = recorded.iter().map(|exchange| &exchange["body"]).find(|body| body["event"] == event);
    let mut body = body.unwrap().clone();
    body["createdAt"] = stage.time.present().to_rfc3339().into();
    body
}

fn told(stage: &Stage, body: &Value) -> Result<Told, &'static str> {
    let bytes = body.to_string().into_bytes();
    stage.logto.told(Some(&signature(HOOK_SECRET, &bytes)), &bytes).map_err(|fault| fault.code)
}

#[tokio::test]
async fn both_kinds_of_body_tell_of_a_user() {
    let stage = Stage::new().await;
    let registered = told(&stage, &sent(&stage, "PostRegister")).unwrap();
    assert_eq!(registered.event, "PostRegister");
    assert_eq!(registered.user.issuer, format!("{}/oidc", stage.double.base));
    assert_eq!(
        (registered.user.subject.as_str(), registered.user.email.as_str()),
        ("fake-id", "fake-user@fake-service.com")
    );
    assert_eq!((registered.user.name.as_deref(), registered.user.is_suspended), (Some("Fake User"), false));
    let created = told(&stage, &sent(&stage, "User.Created")).unwrap();
    assert_eq!(
        (created.user.subject.as_str(), created.user.email.as_str()),
        ("8bc5hs5anpk8", "ada@example.org")
    );

    let mut body = sent(&stage, "PostRegister");
    body["user"]["name"] = Value::Null;
    body["user"]["profile"] = json!({"givenName": "Ada", "familyName": "Lovelace"});
    body["user"]["isSuspended"] = true.into();
    let user = told(&stage, &body).unwrap().user;
    assert_eq!((user.name.as_deref(), user.is_suspended), (Some("Ada Lovelace"), true));
}

#[tokio::test]
async fn only_what_is_signed_to_the_byte_is_read() {
    let stage = Stage::new().await;
    let body = sent(&stage, "PostRegister").to_string();
    let good = signature(HOOK_SECRET, body.as_bytes());
    stage.logto.told(Some(&good), body.as_bytes()).unwrap();
    let respaced = body.replacen(':', ": ", 1);
    let other = body.replace("fake-id", "fake-ie");
    let foreign = signature("another-secret", body.as_bytes());
    let unkeyed = signature("", body.as_bytes());
    for (case, signature, body) in [
        ("no signature", None, &body),
        ("an empty one", Some(""), &body),
        ("no hex", Some("sha256=x"), &body),
        ("a part", good.get(..62), &body),
        ("another secret", Some(foreign.as_str()), &body),
        ("no secret", Some(unkeyed.as_str()), &body),
        ("another body", Some(good.as_str()), &other),
        ("the same body with other spaces", Some(good.as_str()), &respaced),
    ] {
        let fault = stage.logto.told(signature, body.as_bytes()).unwrap_err();
        assert_eq!(
            (fault.code, fault.public.as_str()),
            ("auth/webhook-signature", "Invalid signature in LogTo webhook"),
            "{case}"
        );
    }
    for secret in [None, Some(Secret::new(String::new()))] {
        let config = LogToConfig { webhook_secret: secret, ..stage.logto.config.clone() };
        let logto = LogTo::new(config, Arc::clone(&stage.time) as Arc<dyn Clock>).unwrap();
        let fault = logto.told(Some(&unkeyed), body.as_bytes()).unwrap_err();
        assert_eq!(fault.code, "auth/webhook-signature", "without a secret nothing is believed");
    }
}

#[tokio::test]
async fn an_old_one_is_not_played_again() {
    let stage = Stage::new().await;
    let body = sent(&stage, "PostRegister");
    told(&stage, &body).unwrap();
    stage.time.pass(HOOK_SECONDS_MAX);
    told(&stage, &body).unwrap();
    stage.time.pass(1);
    assert_eq!(told(&stage, &body).unwrap_err(), "auth/webhook-stale");
    stage.time.pass(-2 * HOOK_SECONDS_MAX);
    assert_eq!(told(&stage, &body).unwrap_err(), "auth/webhook-stale", "nor one of the future");
}

#[tokio::test]
async fn one_that_tells_of_nobody_changes_nothing() {
    let stage = Stage::new().await;
    let good = sent(&stage, "PostRegister");
    let without = |member: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(member).unwrap() = value;
        body
    };
    let mut role = without("/event", json!("Role.Created"));
    role["data"] = role["user"].take();
    for body in [
        without("/user/id", json!(null)),
        without("/user/id", json!("")),
        without("/user/id", json!(7)),
        without("/user/primaryEmail", json!(null)),
        without("/user", json!("ada")),
        without("/createdAt", json!("yesterday")),
        without("/createdAt", json!(null)),
        json!([]),
        json!("x"),
        role,
    ] {
        let code = told(&stage, &body).unwrap_err();
        assert_eq!(code, "auth/webhook-body", "{body}");
    }
}
