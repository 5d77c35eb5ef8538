//! Browsers that bring the wrong answer.

use super::Stage;
use app::port::sign_in::{Callback, IdentityProvider as _};
use serde_json::json;

#[tokio::test]
async fn only_the_answer_to_this_browsers_own_sign_in_is_taken() {
    let stage = Stage::new().await;
    let (memory, good) = stage.there_and_back().await;
    let (_, others) = stage.there_and_back().await;
    let issuer = stage.double.issuer.clone();
    let table = [
        ("another sign-in's state", others.clone()),
        ("no state", Callback { state: None, ..good.clone() }),
        ("an empty state", Callback { state: Some(String::new()), ..good.clone() }),
        ("another provider", Callback { iss: Some("https://evil.example".to_owned()), ..good.clone() }),
        ("nearly the provider", Callback { iss: Some(format!("{issuer}/")), ..good.clone() }),
        ("no provider, where it always tells", Callback { iss: None, ..good.clone() }),
        ("no code", Callback { code: None, ..good.clone() }),
    ];
    for (case, callback) in table {
        let fault = stage.oidc.finish(memory.clone(), callback).await.unwrap_err();
        assert_eq!(fault.code, "auth/sign-in-mismatch", "{case}");
    }
    assert_eq!(stage.double.script().asked.get("/oidc/token"), None, "no code was spent for them");
    stage.oidc.finish(memory, good).await.unwrap();
}

#[tokio::test]
async fn a_provider_that_does_not_name_itself_needs_not() {
    let stage = Stage::new().await;
    let member = "authorization_response_iss_parameter_supported";
    stage.double.script().document.insert(member.to_owned(), json!(null));
    let (memory, callback) = stage.there_and_back().await;
    stage.oidc.finish(memory, Callback { iss: None, ..callback }).await.unwrap();
    let (memory, callback) = stage.there_and_back().await;
    let other = Callback { iss: Some("https://evil.example".to_owned()), ..callback };
    assert_eq!(stage.oidc.finish(memory, other).await.unwrap_err().code, "auth/sign-in-mismatch");
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_its_verifier() {
    let stage = Stage::new().await;
    let (memory, callback) = stage.there_and_back().await;
    stage.oidc.finish(memory.clone(), callback.clone()).await.unwrap();
    assert_eq!(stage.oidc.finish(memory, callback).await.unwrap_err().code, "auth/sign-in-refused");

    let (mut memory, callback) = stage.there_and_back().await;
    memory.verifier = "stolen-without-it".repeat(3);
    assert_eq!(stage.oidc.finish(memory, callback).await.unwrap_err().code, "auth/sign-in-refused");
}

#[tokio::test]
async fn a_code_that_was_slipped_in_does_not_sign_anybody_in() {
    let stage = Stage::new().await;
    let (memory, good) = stage.there_and_back().await;
    let (_, others) = stage.there_and_back().await;
    let mixed = Callback { code: others.code, ..good };
    assert_eq!(stage.oidc.finish(memory, mixed).await.unwrap_err().code, "auth/sign-in-refused");
}

#[tokio::test]
async fn the_providers_no_is_told_and_so_is_its_no_to_studio() {
    let stage = Stage::new().await;
    let (memory, callback) = stage.there_and_back().await;
    let denied = Callback { code: None, error: Some("access_denied".to_owned()), ..callback.clone() };
    let fault = stage.oidc.finish(memory.clone(), denied).await.unwrap_err();
    assert_eq!(fault.code, "auth/sign-in-refused");
    assert!(fault.private.unwrap().contains("access_denied"));

    stage.double.script().refusal = Some("invalid_client");
    let fault = stage.oidc.finish(memory, callback).await.unwrap_err();
    assert_eq!(fault.code, "auth/provider-refuses-studio");
}
