//! Signing in with a certified provider: npm's `oidc-provider`, from a locked installation, on this machine.

mod browser;
mod doors;
mod logto;
mod provider;

use crate::npm::{Skipped, say};
use app::port::{
    Clock, IdentityProvider,
    sign_in::{BeginSignIn, Callback},
};
use browser::Browser;
use provider::Provider;
use reqwest::Url;
use std::{collections::BTreeMap, sync::Arc};
use studio::{Config, adapter::system::SystemClock};

/// Where browsers reach Studio in these tests.
const STUDIO: &str = "http://localhost:3000";
/// The API that machines come for.
const AUDIENCE: &str = "https://studio.example/api";

const SCOPES: &str = "read:account create:did:testnet";

/// How Studio is configured for a provider.
fn variables(issuer: &str) -> [(&str, &str); 6] {
    [
        ("OIDC_ISSUER_URL", issuer),
        ("OIDC_CLIENT_ID", "studio"),
        ("OIDC_CLIENT_SECRET", "studio-secret"),
        ("OIDC_SCOPES", "openid email profile"),
        ("OIDC_AUDIENCE", AUDIENCE),
        ("APPLICATION_BASE_URL", STUDIO),
    ]
}

/// The provider as Studio is configured for it.
fn configured(issuer: &str) -> Arc<dyn IdentityProvider> {
    let variables: BTreeMap<String, String> =
        variables(issuer).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let config = Config::from_map(&variables).expect("a configuration");
    studio::adapter::provider::Provider::of(&config, &clock)
        .expect("a provider")
        .oidc
        .expect("it is configured")
}

fn wish() -> BeginSignIn {
    BeginSignIn { return_to: "/".to_owned(), connector_hint: None, sign_up: false }
}

/// What the provider sent back.
fn callback(address: &Url) -> Callback {
    let query: BTreeMap<String, String> = address.query_pairs().into_owned().collect();
    let part = |name: &str| query.get(name).cloned();
    Callback { code: part("code"), state: part("state"), iss: part("iss"), error: part("error") }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_provider_signs_people_in_with_every_kind_of_key() {
    for algorithm in ["ES384", "ES256", "RS256", "EdDSA"] {
        let provider = match Provider::start(algorithm, STUDIO, false).await {
            Ok(provider) => provider,
            Err(Skipped(reason)) => {
                return say(&format!("SKIPPED: nobody signed in by OpenID Connect: {reason}"));
            }
        };
        let idp = configured(&provider.issuer);
        let mut browser = Browser::new();
        let begun = idp.begin(wish()).await.expect("an address");
        let back = callback(&browser.sign_in(&begun.address, "ada", STUDIO).await);
        let memory = begun.memory;
        let ada = idp.finish(memory.clone(), back.clone()).await.expect("Ada");
        assert_eq!(
            (ada.issuer.as_str(), ada.subject.as_str()),
            (provider.issuer.as_str(), "ada"),
            "{algorithm}"
        );
        assert_eq!((ada.email.as_deref(), ada.email_verified), (Some("ada@example.org"), true));
        assert_eq!(ada.name.as_deref(), Some("ada of the test"));
        let header = ada.id_token.split('.').next().expect("a header");
        let header = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header)
            .expect("base64url");
        assert!(String::from_utf8_lossy(&header).contains(&format!(r#""alg":"{algorithm}""#)), "{algorithm}");

        assert!(idp.id_token(&ada.id_token).await.expect("a bearer") == ada);
        assert_eq!(
            idp.finish(memory, back).await.expect_err("a code is good once").code,
            "auth/sign-in-refused"
        );

        let robot = idp.machine(&provider.machine_token(AUDIENCE, SCOPES).await).await.expect("a machine");
        assert_eq!(robot.client, "robot");
        assert!(robot.scopes.contains("create:did:testnet"), "{robot:?}");
        let elsewhere = provider.machine_token("https://other.example/api", SCOPES).await;
        assert_eq!(idp.machine(&elsewhere).await.expect_err("for another API").code, "auth/token-invalid");
        assert_eq!(idp.machine(&ada.id_token).await.expect_err("a person").code, "auth/token-invalid");
        assert_eq!(idp.id_token(&elsewhere).await.expect_err("a machine").code, "auth/token-invalid");

        let out = idp.end(Some(&ada.id_token), &format!("{STUDIO}/")).await.expect("it ends sessions");
        let left = browser.sign_out(&out, STUDIO).await;
        assert_eq!(left.path(), "/", "{left}");
        say(&format!("oidc-provider signed somebody in with {algorithm}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_tells_addresses_beside_the_token_is_asked_for_them() {
    let provider = match Provider::start("ES384", STUDIO, true).await {
        Ok(provider) => provider,
        Err(Skipped(reason)) => return say(&format!("SKIPPED: no user info was asked for: {reason}")),
    };
    let idp = configured(&provider.issuer);
    for (login, verified) in [("ada", true), ("unverified-eve", false)] {
        let begun = idp.begin(wish()).await.expect("an address");
        let back = callback(&Browser::new().sign_in(&begun.address, login, STUDIO).await);
        let somebody = idp.finish(begun.memory, back).await.expect("somebody");
        assert_eq!(somebody.email, Some(format!("{login}@example.org")));
        assert_eq!(somebody.email_verified, verified);
    }
}
