//! A provider that is away, slow or wrong, and one that has new keys.

use super::{Stage, double::Mood, wish};
use crate::known::{AGAIN_SECONDS_MIN, USABLE_SECONDS_MAX};
use app::{FaultKind, port::sign_in::IdentityProvider as _};
use serde_json::json;

const HOUR: i64 = 3600;

#[tokio::test]
async fn a_provider_that_is_not_there_is_named_and_heard_again_when_it_is() {
    for mood in [
        Mood::Status(500),
        Mood::Status(503),
        Mood::Status(429),
        Mood::Status(404),
        Mood::Garbage,
        Mood::Endless,
        Mood::Elsewhere,
    ] {
        let stage = Stage::new().await;
        stage.double.script().mood = mood;
        let fault = stage.oidc.begin(wish(None, false)).await.unwrap_err();
        assert_eq!(
            (fault.kind, fault.code),
            (FaultKind::Unavailable, "auth/provider-unreachable"),
            "{mood:?}"
        );
        let token = stage.double.token(&stage.double.claims());
        assert_eq!(stage.bring(&token).await.unwrap_err(), "auth/provider-unreachable", "{mood:?}");
        assert_eq!(stage.double.fetched(), 1, "it is left alone for some seconds");
        stage.double.script().mood = Mood::Well;
        stage.time.pass(5);
        stage.sign_in().await.unwrap();
    }
}

// Time stands and leaps to the next limit: nobody waits for it.
#[tokio::test(start_paused = true)]
async fn a_provider_that_says_nothing_is_given_up() {
    let stage = Stage::new().await;
    stage.double.script().mood = Mood::Silent;
    let fault = stage.oidc.begin(wish(None, false)).await.unwrap_err();
    assert_eq!(fault.code, "auth/provider-unreachable");
}

#[tokio::test]
async fn a_provider_that_fails_between_going_and_coming_back_fails_the_sign_in() {
    for mood in [Mood::Status(500), Mood::Garbage, Mood::Endless, Mood::Elsewhere] {
        let stage = Stage::new().await;
        let (memory, callback) = stage.there_and_back().await;
        stage.double.script().mood = mood;
        let fault = stage.oidc.finish(memory, callback).await.unwrap_err();
        assert_eq!(fault.code, "auth/provider-unreachable", "{mood:?}");
    }
}

#[tokio::test]
async fn a_document_that_is_wrong_is_not_believed() {
    for (member, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(null)),
        ("token_endpoint", json!("http://10.0.0.1/token")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("end_session_endpoint", json!("http://id.example/out")),
        ("userinfo_endpoint", json!("https://user:pw@id.example/me")),
        ("jwks_uri", json!(null)),
    ] {
        let stage = Stage::new().await;
        stage.double.script().document.insert(member.to_owned(), value.clone());
        let fault = stage.oidc.begin(wish(None, false)).await.unwrap_err();
        assert_eq!(fault.code, "auth/provider-unreachable", "{member} {value}");
    }
}

#[tokio::test]
async fn what_is_known_serves_for_hours_and_then_no_more() {
    let stage = Stage::new().await;
    stage.sign_in().await.unwrap();
    stage.double.script().claims.insert("exp".to_owned(), json!(i64::MAX));
    let token = stage.double.token(&stage.double.claims());
    stage.double.script().mood = Mood::Status(500);
    for _ in 0..3 {
        stage.time.pass(HOUR);
        stage.bring(&token).await.unwrap();
        stage.bring(&token).await.unwrap();
    }
    assert_eq!(stage.double.fetched(), 1 + 3, "it is asked again, once for all");
    stage.time.pass(USABLE_SECONDS_MAX - 3 * HOUR);
    assert_eq!(stage.bring(&token).await.unwrap_err(), "auth/provider-unreachable");
    stage.double.script().mood = Mood::Well;
    stage.time.pass(5);
    stage.bring(&token).await.unwrap();
}

#[tokio::test]
async fn a_new_key_is_looked_for_once_a_minute_at_most() {
    let stage = Stage::new().await;
    stage.sign_in().await.unwrap();
    stage.double.rotate("k2", "ES384");
    let token = stage.double.token(&stage.double.claims());
    for _ in 0..5 {
        assert_eq!(stage.bring(&token).await.unwrap_err(), "auth/token-invalid");
    }
    assert_eq!(stage.double.fetched(), 1, "a minute has not passed");
    stage.time.pass(AGAIN_SECONDS_MIN);
    stage.bring(&token).await.unwrap();
    assert_eq!(stage.double.fetched(), 2);

    // What nobody ever published costs the provider no more than that.
    stage.double.script().kid = "made-up".to_owned();
    let forged = stage.double.token(&stage.double.claims());
    stage.time.pass(AGAIN_SECONDS_MIN);
    for _ in 0..5 {
        assert_eq!(stage.bring(&forged).await.unwrap_err(), "auth/token-invalid");
    }
    assert_eq!(stage.double.fetched(), 3);
}

#[tokio::test]
async fn an_old_key_is_forgotten_when_the_provider_forgets_it() {
    let stage = Stage::new().await;
    stage.sign_in().await.unwrap();
    let old = stage.double.token(&stage.double.claims());
    stage.double.rotate("k2", "ES384");
    stage.bring(&old).await.unwrap();
    stage.time.pass(601);
    assert_eq!(stage.bring(&old).await.unwrap_err(), "auth/token-invalid");
}

#[tokio::test]
async fn many_at_once_ask_the_provider_once() {
    let stage = Stage::new().await;
    let token = stage.double.token(&stage.double.claims());
    let (a, b, c) = tokio::join!(stage.bring(&token), stage.bring(&token), stage.bring(&token));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(stage.double.fetched(), 1);
}
