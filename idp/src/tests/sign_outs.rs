//! Logout tokens: the provider's word that somebody was signed out there.

use super::Stage;
use crate::claims::LOGOUT_SECONDS_MAX;
use app::port::sign_in::{IdentityProvider as _, SignedOut};
use serde_json::{Value, json};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn claims(stage: &Stage) -> Value {
    let usual = stage.double.claims();
    let now = usual["iat"].as_i64().unwrap();
    json!({
        "iss": usual["iss"], "aud": usual["aud"], "iat": now, "exp": now + 120, "jti": "word-1",
        "sub": "ada-1", "sid": "session-1", "events": {EVENT: {}},
    })
}

async fn told(stage: &Stage, kind: Option<&str>, claims: &Value) -> Result<SignedOut, &'static str> {
    let mut header = json!({"alg": "ES384", "kid": "k1"});
    if let Some(kind) = kind {
        header["typ"] = kind.into();
    }
    let token = stage.double.script().signer.sign(&header, claims);
    stage.oidc.signed_out(&token).await.map_err(|fault| fault.code)
}

#[tokio::test]
async fn a_provider_tells_whom_it_signed_out() {
    let stage = Stage::new().await;
    for kind in [Some("logout+jwt"), Some("application/logout+jwt"), Some("JWT"), None] {
        let out = told(&stage, kind, &claims(&stage)).await.unwrap();
        assert_eq!(out.issuer, stage.double.issuer, "{kind:?}");
        assert_eq!(
            (out.subject.as_deref(), out.provider_session.as_deref()),
            (Some("ada-1"), Some("session-1"))
        );
        assert_eq!(out.word, "word-1");
        assert!(out.until > stage.time.present());
    }
    for (missing, subject, session) in [("sub", None, Some("session-1")), ("sid", Some("ada-1"), None)] {
        let mut claims = claims(&stage);
        claims.as_object_mut().unwrap().remove(missing);
        let out = told(&stage, None, &claims).await.unwrap();
        assert_eq!((out.subject.as_deref(), out.provider_session.as_deref()), (subject, session));
    }
}

#[tokio::test]
async fn what_is_no_word_of_a_sign_out_is_refused() {
    let stage = Stage::new().await;
    let now = claims(&stage)["iat"].as_i64().unwrap();
    let (invalid, expired) = ("auth/token-invalid", "auth/token-expired");
    for (name, value, expected) in [
        ("iss", json!("https://evil.example"), invalid),
        ("aud", json!("another-app"), invalid),
        ("aud", json!(null), invalid),
        ("iat", json!(null), invalid),
        ("iat", json!(now + 61), invalid),
        ("iat", json!(now - LOGOUT_SECONDS_MAX), expired),
        ("exp", json!(null), invalid),
        ("exp", json!(now - 60), expired),
        ("jti", json!(null), invalid),
        ("jti", json!(""), invalid),
        ("jti", json!("x".repeat(256)), invalid),
        ("events", json!(null), invalid),
        ("events", json!([EVENT]), invalid),
        ("events", json!({EVENT: true}), invalid),
        ("events", json!({"http://schemas.openid.net/event/other": {}}), invalid),
        ("nonce", json!("n"), invalid),
        ("sub", json!(7), invalid),
        ("sid", json!(""), invalid),
    ] {
        let mut other = claims(&stage);
        if value.is_null() {
            other.as_object_mut().unwrap().remove(name);
        } else {
            other[name] = value.clone();
        }
        assert_eq!(told(&stage, Some("logout+jwt"), &other).await.unwrap_err(), expected, "{name} {value}");
    }
    let mut of_nobody = claims(&stage);
    let members = of_nobody.as_object_mut().unwrap();
    members.remove("sub");
    members.remove("sid");
    assert_eq!(told(&stage, None, &of_nobody).await.unwrap_err(), invalid);
    // Another token of the provider's is none, nor is this one any of the others.
    for kind in ["at+jwt", "dpop+jwt"] {
        assert_eq!(told(&stage, Some(kind), &claims(&stage)).await.unwrap_err(), invalid, "{kind}");
    }
    let id_token = stage.double.token(&stage.double.claims());
    assert_eq!(stage.oidc.signed_out(&id_token).await.unwrap_err().code, invalid);
    let header = json!({"alg": "ES384", "kid": "k1", "typ": "logout+jwt"});
    let good = claims(&stage);
    let token = stage.double.script().signer.sign(&header, &good);
    assert_eq!(stage.bring(&token).await.unwrap_err(), invalid);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    assert_eq!(stage.oidc.signed_out(&forged).await.unwrap_err().code, invalid);
}
