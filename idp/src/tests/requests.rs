//! What browsers and the provider are asked.

use super::{CLIENT, SECRET, Stage, double::Mood, wish};
use crate::Connectors;
use app::port::sign_in::IdentityProvider as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use std::collections::BTreeMap;
use url::Url;

fn query(address: &str) -> BTreeMap<String, String> {
    Url::parse(address).unwrap().query_pairs().into_owned().collect()
}

#[tokio::test]
async fn somebody_signs_in_with_each_kind_of_key() {
    for algorithm in ["ES384", "ES256", "EdDSA"] {
        let stage = Stage::new().await;
        stage.double.rotate("k2", algorithm);
        let ada = stage.sign_in().await.unwrap();
        assert_eq!(ada.issuer, stage.double.issuer, "{algorithm}");
        assert_eq!((ada.subject.as_str(), ada.name.as_deref()), ("ada-1", Some("Ada")));
        assert_eq!((ada.email.as_deref(), ada.email_verified), (Some("ada@example.org"), true));
        assert_eq!(ada.provider_session.as_deref(), Some("session-1"));
        let again = stage.oidc.id_token(&ada.id_token).await.unwrap();
        assert!(again == ada, "the token alone says the same");
    }
}

#[tokio::test]
async fn every_sign_in_has_secrets_of_its_own_which_the_address_does_not_tell() {
    let stage = Stage::new().await;
    let first = stage.oidc.begin(wish(None, false)).await.unwrap();
    let second = stage.oidc.begin(wish(None, false)).await.unwrap();
    assert_eq!(first.memory.return_to, "/keys");
    for (one, other) in [
        (&first.memory.state, &second.memory.state),
        (&first.memory.nonce, &second.memory.nonce),
        (&first.memory.verifier, &second.memory.verifier),
    ] {
        assert!(one != other && one.len() == 43, "256 bits each");
    }
    assert!(!first.address.contains(&first.memory.verifier), "only its hash goes through the browser");
    let asked = query(&first.address);
    assert_eq!(asked["scope"], "openid email profile");
    assert_eq!((&asked["state"], &asked["nonce"]), (&first.memory.state, &first.memory.nonce));
}

#[tokio::test]
async fn a_wish_for_a_way_in_goes_to_the_provider_in_its_own_words() {
    let keycloak = Stage::new().await;
    keycloak.double.script().document.insert("prompt_values_supported".to_owned(), json!(["none", "create"]));
    let logto = Stage::with(|config| config.connectors = Connectors::LogTo).await;
    let table = [
        (&keycloak, Some("google"), true, vec![("kc_idp_hint", "google"), ("prompt", "create")]),
        (&keycloak, None, false, vec![]),
        (&logto, Some("google"), false, vec![("direct_sign_in", "social:google")]),
        (&logto, Some("discord"), true, vec![("direct_sign_in", "social:discord")]),
        (&logto, Some("sso:acme"), false, vec![("direct_sign_in", "sso:acme")]),
        (&logto, Some("email"), false, vec![("first_screen", "identifier:sign_in"), ("identifier", "email")]),
        (&logto, Some("email"), true, vec![("first_screen", "identifier:register"), ("identifier", "email")]),
        (&logto, None, true, vec![("first_screen", "register")]),
        (&logto, None, false, vec![]),
    ];
    for (stage, hint, sign_up, expected) in table {
        let begun = stage.oidc.begin(wish(hint, sign_up)).await.unwrap();
        let mut asked = query(&begun.address);
        for usual in [
            "response_type",
            "client_id",
            "redirect_uri",
            "scope",
            "state",
            "nonce",
            "code_challenge",
            "code_challenge_method",
        ] {
            assert!(asked.remove(usual).is_some(), "{usual}");
        }
        let expected =
            expected.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(asked, expected, "{hint:?} {sign_up}");
    }
}

#[tokio::test]
async fn studio_shows_who_it_is_the_way_the_provider_wants() {
    let stage = Stage::new().await;
    stage.sign_in().await.unwrap();
    let basic = stage.double.script().token_call.0["authorization"].to_str().unwrap().to_owned();
    let sent = STANDARD.decode(basic.strip_prefix("Basic ").unwrap()).unwrap();
    let (id, secret) = std::str::from_utf8(&sent).unwrap().split_once(':').unwrap();
    let decoded: Vec<(String, String)> = serde_urlencoded::from_str(&format!("secret={secret}")).unwrap();
    assert_eq!((id, decoded[0].1.as_str()), (CLIENT, SECRET), "both parts are form-encoded");

    let stage = Stage::new().await;
    let methods = json!(["client_secret_post", "private_key_jwt"]);
    stage.double.script().document.insert("token_endpoint_auth_methods_supported".to_owned(), methods);
    stage.sign_in().await.unwrap();
    let (head, form) = stage.double.script().token_call.clone();
    assert!(!head.contains_key("authorization"));
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), (CLIENT, SECRET));

    let stage = Stage::with(|config| config.client_secret = None).await;
    stage.sign_in().await.unwrap();
    let (head, form) = stage.double.script().token_call.clone();
    assert!(!head.contains_key("authorization") && !form.contains_key("client_secret"));
    assert_eq!(form["client_id"], CLIENT);
}

#[tokio::test]
async fn an_address_that_the_token_does_not_name_is_asked_for_and_must_be_the_same_users() {
    let stage = Stage::new().await;
    for member in ["email", "email_verified", "name"] {
        stage.double.script().claims.insert(member.to_owned(), json!(null));
    }
    let told = json!({"sub": "ada-1", "email": "ada@example.org", "email_verified": true, "name": "Ada L."});
    stage.double.script().user_info = told;
    let ada = stage.sign_in().await.unwrap();
    assert_eq!((ada.email.as_deref(), ada.email_verified), (Some("ada@example.org"), true));
    assert_eq!(ada.name.as_deref(), Some("Ada L."));

    stage.double.script().user_info["sub"] = "bob-1".into();
    assert_eq!(stage.sign_in().await.unwrap_err(), "auth/token-invalid");

    stage.double.script().document.insert("userinfo_endpoint".to_owned(), json!(null));
    stage.time.pass(601);
    let ada = stage.sign_in().await.unwrap();
    assert_eq!((ada.email, ada.email_verified), (None, false), "nothing is known, and nothing is made up");
}

#[tokio::test]
async fn an_unverified_address_stays_unverified() {
    let stage = Stage::new().await;
    for (claim, verified) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!(1), false),
        (json!(null), false),
    ] {
        stage.double.script().claims.insert("email_verified".to_owned(), claim.clone());
        assert_eq!(stage.sign_in().await.unwrap().email_verified, verified, "{claim}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_providers_session_too() {
    let stage = Stage::new().await;
    let address = stage.oidc.end(Some("a.b.c"), "http://localhost:3000/").await.expect("it is asked");
    assert!(address.starts_with(&format!("{}/session/end?", stage.double.issuer)), "{address}");
    let asked = query(&address);
    assert_eq!((asked["id_token_hint"].as_str(), asked["client_id"].as_str()), ("a.b.c", CLIENT));
    assert_eq!(asked["post_logout_redirect_uri"], "http://localhost:3000/");
    let origin = |stage: &Stage| stage.double.issuer.strip_suffix("/oidc").map(str::to_owned);
    assert_eq!(stage.oidc.end_origin().await, origin(&stage));
    let first = Stage::new().await;
    assert_eq!(first.oidc.end_origin().await, origin(&first), "it is asked by whoever is first");
    stage.double.script().mood = Mood::Status(500);
    assert!(stage.oidc.end(None, "http://localhost:3000/").await.is_some(), "what is known holds");

    let stage = Stage::new().await;
    stage.double.script().document.insert("end_session_endpoint".to_owned(), json!(null));
    stage.oidc.warm().await;
    assert_eq!(stage.oidc.end(None, "http://localhost:3000/").await, None);
    assert_eq!(stage.oidc.end_origin().await, None);

    let away = Stage::new().await;
    away.double.script().mood = Mood::Status(500);
    assert_eq!(away.oidc.end(None, "http://localhost:3000/").await, None);
}
