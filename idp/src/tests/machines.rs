//! Access tokens of machines.

use super::{AUDIENCE, Stage};
use app::port::sign_in::IdentityProvider as _;
use serde_json::{Value, json};

fn claims(stage: &Stage) -> Value {
    let usual = stage.double.claims();
    json!({
        "iss": usual["iss"], "exp": usual["exp"], "iat": usual["iat"], "jti": "1", "aud": AUDIENCE, "sub": "robot",
        "client_id": "robot", "scope": "read:account  create:did:testnet",
    })
}

#[tokio::test]
async fn a_machine_comes_with_its_scopes() {
    let stage = Stage::new().await;
    let sign = |kind: &str, claims: &Value| {
        stage.double.script().signer.sign(&json!({"alg": "ES384", "kid": "k1", "typ": kind}), claims)
    };
    let machine = stage.oidc.machine(&sign("at+jwt", &claims(&stage))).await.unwrap();
    assert_eq!(machine.client, "robot");
    assert_eq!(
        machine.scopes.iter().map(String::as_str).collect::<Vec<_>>(),
        ["create:did:testnet", "read:account"]
    );
    stage.oidc.machine(&sign("application/at+JWT", &claims(&stage))).await.unwrap();
    for (name, value) in [
        ("aud", json!("https://default.logto.app/api")),
        ("aud", json!("studio")),
        ("aud", json!(null)),
        ("iss", json!("https://evil.example")),
        ("sub", json!("ada-1")),
        ("client_id", json!(null)),
        ("client_id", json!("another")),
        ("exp", json!(1)),
    ] {
        let mut other = claims(&stage);
        other[name] = value.clone();
        let code = stage.oidc.machine(&sign("at+jwt", &other)).await.unwrap_err().code;
        let expected = if name == "exp" { "auth/token-expired" } else { "auth/token-invalid" };
        assert_eq!(code, expected, "{name} {value}");
    }
    let id_token = stage.double.token(&stage.double.claims());
    assert_eq!(stage.oidc.machine(&id_token).await.unwrap_err().code, "auth/token-invalid");
    let untyped = sign("JWT", &claims(&stage));
    assert_eq!(stage.oidc.machine(&untyped).await.unwrap_err().code, "auth/token-invalid");
}

#[tokio::test]
async fn without_an_audience_there_are_no_machines() {
    let stage = Stage::with(|config| config.machine_audience = None).await;
    let claims = claims(&stage);
    let header = json!({"alg": "ES384", "kid": "k1", "typ": "at+jwt"});
    let token = stage.double.script().signer.sign(&header, &claims);
    assert_eq!(stage.oidc.machine(&token).await.unwrap_err().code, "auth/token-invalid");
}
