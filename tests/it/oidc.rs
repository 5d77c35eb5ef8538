//! Signing in with a certified provider: npm's `oidc-provider`, from a locked installation, on this machine. Keycloak does the
//! same in a run of its own.

mod browser;
mod doors;
mod keycloak;
mod logto;
mod provider;

use crate::{
    npm::{Skipped, say},
    patience::client,
};
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
/// What ID tokens are signed with, one after the other.
const ALGORITHMS: [&str; 4] = ["ES384", "ES256", "RS256", "EdDSA"];

/// Who is everybody's first.
const ADA: &str = "ada";

/// A provider that runs, whichever it is. It knows `ada` and `bob`, and two more whose address is Ada's: `other-ada`, who has
/// shown that, and `unverified-ada`, who has not. The machine `robot` gets tokens for [`AUDIENCE`], `stranger` for something else.
struct Site {
    issuer: String,
    token_endpoint: String,
}

impl Site {
    /// A machine's access token for this API, with these scopes.
    async fn machine_token(&self, machine: &str, audience: &str, scopes: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("resource", audience), ("scope", scopes)];
        let http = client().no_proxy().build().expect("a client");
        let secret = format!("{machine}-secret");
        let request = http.post(&self.token_endpoint).basic_auth(machine, Some(secret)).form(&form);
        let answer: serde_json::Value = request.send().await.expect("an answer").json().await.expect("JSON");
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn robots_token(&self, scopes: &str) -> String {
        self.machine_token("robot", AUDIENCE, scopes).await
    }
}

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
    at(issuer, &(Arc::new(SystemClock) as Arc<dyn Clock>))
}

fn at(issuer: &str, clock: &Arc<dyn Clock>) -> Arc<dyn IdentityProvider> {
    let variables: BTreeMap<String, String> =
        variables(issuer).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let config = Config::from_map(&variables).expect("a configuration");
    studio::adapter::provider::Provider::of(&config, clock)
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

/// The header of a token.
fn header(token: &str) -> serde_json::Value {
    let header = token.split('.').next().expect("a header");
    let header =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header).expect("base64url");
    serde_json::from_slice(&header).expect("JSON")
}

/// Ada signs in and out at the port, a machine shows its token, and nothing is good for anything else.
async fn signs_in_and_out(site: &Site, algorithm: &str) {
    let idp = configured(&site.issuer);
    let mut browser = Browser::new();
    let begun = idp.begin(wish()).await.expect("an address");
    let back = callback(&browser.go(&begun.address, ADA, STUDIO).await);
    let memory = begun.memory;
    let ada = idp.finish(memory.clone(), back.clone()).await.expect("Ada");
    assert_eq!((ada.issuer.as_str(), ada.subject.as_str()), (site.issuer.as_str(), ADA), "{algorithm}");
    assert_eq!((ada.email.as_deref(), ada.email_verified), (Some("ada@example.org"), true));
    assert_eq!(ada.name.as_deref(), Some("ada of the test"));
    assert_eq!(header(&ada.id_token)["alg"], algorithm);

    assert!(idp.id_token(&ada.id_token).await.expect("a bearer") == ada);
    assert_eq!(idp.finish(memory, back).await.expect_err("a code is good once").code, "auth/sign-in-refused");

    let robot = idp.machine(&site.robots_token(SCOPES).await).await.expect("a machine");
    assert_eq!(robot.client, "robot");
    assert!(robot.scopes.contains("create:did:testnet"), "{robot:?}");
    let elsewhere = site.machine_token("stranger", "https://other.example/api", SCOPES).await;
    assert_eq!(idp.machine(&elsewhere).await.expect_err("for another API").code, "auth/token-invalid");
    assert_eq!(idp.machine(&ada.id_token).await.expect_err("a person").code, "auth/token-invalid");
    assert_eq!(idp.id_token(&elsewhere).await.expect_err("a machine").code, "auth/token-invalid");

    let out = idp.end(Some(&ada.id_token), &format!("{STUDIO}/")).await.expect("it ends sessions");
    let left = browser.go(&out, ADA, STUDIO).await;
    assert_eq!(left.path(), "/", "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_provider_signs_people_in_with_every_kind_of_key() {
    for algorithm in ALGORITHMS {
        let provider = match Provider::start(algorithm, STUDIO, false).await {
            Ok(provider) => provider,
            Err(Skipped(reason)) => {
                return say(&format!("SKIPPED: nobody signed in by OpenID Connect: {reason}"));
            }
        };
        signs_in_and_out(&provider.site, algorithm).await;
        say(&format!("oidc-provider signed somebody in with {algorithm}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_tells_addresses_beside_the_token_is_asked_for_them() {
    let provider = match Provider::start("ES384", STUDIO, true).await {
        Ok(provider) => provider,
        Err(Skipped(reason)) => return say(&format!("SKIPPED: no user info was asked for: {reason}")),
    };
    let idp = configured(&provider.site.issuer);
    for (login, verified) in [(ADA, true), ("unverified-ada", false)] {
        let begun = idp.begin(wish()).await.expect("an address");
        let back = callback(&Browser::new().go(&begun.address, login, STUDIO).await);
        let somebody = idp.finish(begun.memory, back).await.expect("somebody");
        assert_eq!(somebody.email, Some("ada@example.org".to_owned()));
        assert_eq!(somebody.email_verified, verified);
    }
}
