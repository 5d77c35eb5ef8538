//! Signing in with an identity provider, as the door does it: the provider is a double.

use crate::{House, router, tests::house};
use app::{
    Fault,
    fake::World,
    port::sign_in::{BeginSignIn, Begun, Callback, Identified, IdentityProvider, Machine, Pending},
};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request},
};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt as _;

const PROVIDER: &str = "https://id.example";

struct Double;

fn ana() -> Identified {
    Identified {
        issuer: PROVIDER.to_owned(),
        subject: "ana".to_owned(),
        email: Some("ana@example.org".to_owned()),
        email_verified: true,
        name: Some("Ana".to_owned()),
        roles: Vec::new(),
        id_token: "her.id.token".to_owned(),
        provider_session: Some("sid".to_owned()),
    }
}

fn refused() -> Fault {
    Fault::invalid("auth/state-mismatch", "No.")
}

#[async_trait]
impl IdentityProvider for Double {
    async fn begin(&self, asked: BeginSignIn) -> Result<Begun, Fault> {
        let hint = asked.connector_hint.unwrap_or_default();
        Ok(Begun {
            address: format!("{PROVIDER}/auth?state=s&up={}&hint={hint}", asked.sign_up),
            memory: Pending {
                state: "s".to_owned(),
                nonce: "n".to_owned(),
                verifier: "v".to_owned(),
                return_to: asked.return_to,
            },
        })
    }

    async fn finish(&self, memory: Pending, callback: Callback) -> Result<Identified, Fault> {
        if callback.state == Some(memory.state) { Ok(ana()) } else { Err(refused()) }
    }

    fn end(&self, id_token: Option<&str>, return_to: &str) -> Option<String> {
        Some(format!("{PROVIDER}/end?hint={}&back={return_to}", id_token.unwrap_or_default()))
    }

    async fn id_token(&self, token: &str) -> Result<Identified, Fault> {
        if token == "her.id.token" { Ok(ana()) } else { Err(refused()) }
    }

    async fn machine(&self, _token: &str) -> Result<Machine, Fault> {
        Err(refused())
    }
}

fn with_provider() -> (Router, World) {
    let (mut house, world): (House, World) = house();
    house.studio.sign_in.provider = Some(Arc::new(Double));
    (router(house), world)
}

struct Seen {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Seen {
    fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }

    /// The value of a cookie that was set, without what stands behind it.
    fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
        let mut pairs = lines.filter_map(|line| line.split_once(';')).map(|(pair, _)| pair);
        pairs.find(|pair| pair.starts_with(&format!("{name}="))).map(str::to_owned)
    }

    fn code(&self) -> Value {
        serde_json::from_str::<Value>(&self.text).unwrap_or_default()["code"].clone()
    }
}

async fn ask(router: &Router, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Seen {
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost:3000");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    Seen { status: parts.status.as_u16(), headers: parts.headers, text }
}

async fn get(router: &Router, path: &str, cookie: &str) -> Seen {
    ask(router, Method::GET, path, &[("cookie", cookie)], "").await
}

#[tokio::test]
async fn a_browser_goes_to_the_provider_and_comes_back_signed_in() {
    let (router, _world) = with_provider();
    for (path, sign_up) in
        [("/auth/sign-in", "false"), ("/auth/sign-up", "true"), ("/logto/sign-in", "false")]
    {
        let begun = get(&router, &format!("{path}?returnTo=/swagger&connector=google"), "").await;
        let expected = format!("{PROVIDER}/auth?state=s&up={sign_up}&hint=google");
        assert_eq!((begun.status, begun.location()), (302, expected.as_str()), "{path}");
        let pending = begun.cookie("studio-sign-in").unwrap();
        for callback in ["/auth/callback", "/logto/sign-in-callback"] {
            let back = get(&router, &format!("{callback}?code=c&state=s"), &pending).await;
            assert_eq!((back.status, back.location()), (303, "/swagger"), "{callback}: {}", back.text);
            assert_eq!(back.cookie("studio-sign-in").as_deref(), Some("studio-sign-in="), "it works once");
            let session = back.cookie("studio-session").unwrap();
            let info = get(&router, "/auth/user-info", &session).await;
            let info: Value = serde_json::from_str(&info.text).unwrap();
            assert_eq!(info["userInfo"]["email"], "ana@example.org", "{info}");
            let token = get(&router, "/account/idtoken", &session).await;
            assert_eq!(token.text, json!({"idToken": "her.id.token"}).to_string());
        }
    }
}

#[tokio::test]
async fn who_did_not_begin_a_sign_in_does_not_end_it() {
    let (router, world) = with_provider();
    let pending = get(&router, "/auth/sign-in", "").await.cookie("studio-sign-in").unwrap();
    let changed = pending.replace("studio-sign-in=", "studio-sign-in=00");
    for (cookie, state) in
        [("", "s"), ("studio-sign-in=zz", "s"), (changed.as_str(), "s"), (pending.as_str(), "other")]
    {
        let back = get(&router, &format!("/auth/callback?code=c&state={state}"), cookie).await;
        assert_eq!((back.status, back.cookie("studio-session")), (400, None), "{cookie} {state}");
    }
    world.time.pass(super::sign_in::SIGN_IN_PENDING_SECONDS);
    let late = get(&router, "/auth/callback?code=c&state=s", &pending).await;
    assert!(late.status == 400 && late.text.contains("too long ago"), "{}", late.text);
}

#[tokio::test]
async fn signing_out_ends_the_providers_session_as_well() {
    let (router, _world) = with_provider();
    let pending = get(&router, "/auth/sign-in", "").await.cookie("studio-sign-in").unwrap();
    let back = get(&router, "/auth/callback?code=c&state=s", &pending).await;
    let session = back.cookie("studio-session").unwrap();
    let own = [
        ("cookie", session.as_str()),
        ("origin", "http://localhost:3000"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let out = ask(&router, Method::POST, "/auth/sign-out", &own, "returnTo=/swagger").await;
    let expected = format!("{PROVIDER}/end?hint=her.id.token&back=http://localhost:3000/swagger");
    assert_eq!((out.status, out.location()), (303, expected.as_str()));
    assert_eq!(out.cookie("studio-session").as_deref(), Some("studio-session="));
    assert_eq!(get(&router, "/account/idtoken", &session).await.code(), "auth/session-ended");
}

#[tokio::test]
async fn a_bearer_token_is_whom_the_provider_says() {
    let (router, _world) = with_provider();
    let with = async |headers: &[(&str, &str)]| {
        let seen = ask(&router, Method::GET, "/account/idtoken", headers, "").await;
        (seen.status, seen.code())
    };
    let good = ("authorization", "Bearer her.id.token");
    assert_eq!(with(&[good]).await, (400, json!("auth/no-id-token")), "known, and without a session");
    assert_eq!(with(&[("authorization", "bearer another")]).await, (400, json!("auth/state-mismatch")));
    assert_eq!(with(&[("authorization", "Basic eA==")]).await, (401, json!("auth/missing-key")));
    assert_eq!(
        with(&[good, ("x-api-key", "caas_x")]).await,
        (401, json!("auth/invalid-key")),
        "the key counts"
    );
    let (house, _) = house();
    let seen = ask(&crate::router(house), Method::GET, "/account/idtoken", &[good], "").await;
    assert_eq!((seen.status, seen.code()), (401, json!("auth/missing-key")), "nobody issues tokens there");
}

#[tokio::test]
async fn neither_a_password_nor_a_passkey_opens_anything_beside_a_provider() {
    let (router, _world) = with_provider();
    let body = json!({"email": "ana@example.org", "password": "correct horse battery"}).to_string();
    let json = [("content-type", "application/json")];
    let seen = ask(&router, Method::POST, "/auth/password", &json, &body).await;
    assert_eq!((seen.status, seen.code()), (403, json!("auth/provider-only")));
    let begun = ask(&router, Method::POST, "/auth/passkey/options", &json, "{}").await;
    assert_eq!((begun.status, begun.code()), (403, json!("auth/provider-only")));
    let parts = ["credentialId", "userHandle", "clientDataJSON", "authenticatorData", "signature"];
    let answer: serde_json::Map<String, Value> =
        parts.iter().map(|name| ((*name).to_owned(), json!("AAAA"))).collect();
    let seen = ask(&router, Method::POST, "/auth/passkey", &json, &json!(answer).to_string()).await;
    assert_eq!((seen.status, seen.code()), (403, json!("auth/provider-only")));
    // Who signed in there adds none here, and sees none.
    let pending = get(&router, "/auth/sign-in", "").await.cookie("studio-sign-in").unwrap();
    let session =
        get(&router, "/auth/callback?code=c&state=s", &pending).await.cookie("studio-session").unwrap();
    let own = [json[0], ("cookie", session.as_str()), ("origin", "http://localhost:3000")];
    let begun = ask(&router, Method::POST, "/auth/passkeys/options", &own, "{}").await;
    assert_eq!((begun.status, begun.code()), (403, json!("auth/provider-only")));
    assert_eq!(get(&router, "/auth/passkeys", &session).await.text, json!({"passkeys": []}).to_string());
    assert!(!get(&router, "/auth/account", &session).await.text.contains("asskey"));
}
