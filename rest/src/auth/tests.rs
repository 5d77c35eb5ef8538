//! Signing in with an identity provider, as the door does it: the provider is a double.

use crate::{House, router, tests::house};
use app::{
    Fault, FaultKind,
    fake::{CUSTOMER, World},
    port::{
        sign_in::{BeginSignIn, Begun, Callback, Identified, IdentityProvider, Machine, Pending, SignedOut},
        vault::Hashed,
    },
};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request},
};
use domain::{
    customer::{Customer, CustomerEvent, RoleName},
    id::{Instant, InvitationId, Sealed, UserId},
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tower::ServiceExt as _;
use uuid::Uuid;

const PROVIDER: &str = "https://id.example";

/// What it says of whoever comes back.
type Told = fn() -> Result<Identified, Fault>;

struct Double(Mutex<Told>);

impl Double {
    fn says(&self, told: Told) {
        *self.0.lock().unwrap() = told;
    }
}

fn ana() -> Identified {
    Identified {
        issuer: PROVIDER.to_owned(),
        subject: "ana".to_owned(),
        email: Some("ana@example.org".to_owned()),
        email_verified: true,
        name: Some("Ana".to_owned()),
        id_token: "her.id.token".to_owned(),
        provider_session: Some("sid".to_owned()),
        until: domain::id::Instant::MAX_UTC,
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
        let told = *self.0.lock().unwrap();
        if callback.state == Some(memory.state) { told() } else { Err(refused()) }
    }

    async fn end(&self, id_token: Option<&str>, return_to: &str) -> Option<String> {
        Some(format!("{PROVIDER}/end?hint={}&back={return_to}", id_token.unwrap_or_default()))
    }

    async fn end_origin(&self) -> Option<String> {
        Some(PROVIDER.to_owned())
    }

    async fn signed_out(&self, logout_token: &str) -> Result<SignedOut, Fault> {
        if logout_token != "a.logout.token" {
            return Err(Fault::new(FaultKind::Unauthenticated, "auth/token-invalid", "No."));
        }
        Ok(SignedOut {
            issuer: PROVIDER.to_owned(),
            subject: None,
            provider_session: Some("sid".to_owned()),
            word: "1".to_owned(),
            until: domain::id::Instant::MAX_UTC,
        })
    }

    async fn id_token(&self, token: &str) -> Result<Identified, Fault> {
        if token == "her.id.token" { Ok(ana()) } else { Err(refused()) }
    }

    async fn machine(&self, _token: &str) -> Result<Machine, Fault> {
        Err(refused())
    }
}

fn with_provider() -> (Router, World) {
    let (router, world, _) = with_double();
    (router, world)
}

fn with_double() -> (Router, World, Arc<Double>) {
    let (mut house, world): (House, World) = house();
    let double = Arc::new(Double(Mutex::new(|| Ok(ana()))));
    house.studio.sign_in.provider = Some(double.clone());
    (router(house), world, double)
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

/// There and back again.
async fn round_trip(router: &Router, wish: &str) -> Seen {
    let begun = get(router, &format!("/auth/sign-in{wish}"), "").await;
    get(router, "/auth/callback?code=c&state=s", &begun.cookie("studio-sign-in").unwrap()).await
}

/// Who somebody is to Studio whom the provider tells this of.
async fn user_told(router: &Router, double: &Double, told: Told) -> Value {
    double.says(told);
    let back = round_trip(router, "").await;
    let session = back.cookie("studio-session").unwrap_or_else(|| panic!("{}: {}", back.status, back.text));
    let info = get(router, "/auth/user-info", &session).await;
    let info: Value = serde_json::from_str(&info.text).unwrap();
    assert_eq!(info["isAuthenticated"], true, "{info}");
    info["claims"]["sub"].clone()
}

#[tokio::test]
async fn whoever_the_provider_refuses_leaves_nothing_behind() {
    let (router, world, double) = with_double();
    let answers: [(Told, u16); 5] = [
        (|| Err(Fault::invalid("auth/sign-in-mismatch", "Another state.")), 400),
        (|| Err(Fault::new(FaultKind::Forbidden, "auth/sign-in-refused", "The code was used.")), 403),
        (|| Err(Fault::new(FaultKind::Unauthenticated, "auth/token-invalid", "Another nonce.")), 401),
        (|| Err(Fault::new(FaultKind::Unauthenticated, "auth/token-expired", "Too late.")), 401),
        (|| Err(Fault::new(FaultKind::Unavailable, "auth/provider-unreachable", "Garbage.")), 503),
    ];
    let before = world.log.since(0).len();
    for (told, status) in answers {
        double.says(told);
        let back = round_trip(&router, "").await;
        assert_eq!((back.status, back.cookie("studio-session")), (status, None), "{}", back.text);
        assert_eq!(back.cookie("studio-sign-in").as_deref(), Some("studio-sign-in="), "it works once");
    }
    assert_eq!(world.log.since(0).len(), before, "no user, no account, no key");
    // Nobody took the address meanwhile.
    double.says(|| Ok(ana()));
    assert_eq!(round_trip(&router, "").await.status, 303);
}

#[tokio::test]
async fn one_verified_address_is_one_person_and_what_only_looks_like_it_is_another() {
    let (router, _world, double) = with_double();
    let ana_id = user_told(&router, &double, || Ok(ana())).await;
    for same in [
        // By another way in, and with another address by the same one.
        (|| {
            Ok(Identified {
                subject: "discord".to_owned(),
                email: Some("ANA@Example.ORG".to_owned()),
                ..ana()
            })
        }) as Told,
        || Ok(Identified { issuer: "https://other.example".to_owned(), ..ana() }),
        || Ok(Identified { email: Some("ana@new.example".to_owned()), ..ana() }),
        || Ok(Identified { email: None, email_verified: false, ..ana() }),
    ] {
        assert_eq!(user_told(&router, &double, same).await, ana_id);
    }
    let mut others = vec![ana_id];
    for other in [
        (|| Ok(Identified { subject: "unverified".to_owned(), email_verified: false, ..ana() })) as Told,
        // A Cyrillic letter, a full-width one, and a blank that nobody sees.
        || {
            Ok(Identified {
                subject: "1".to_owned(),
                email: Some("\u{430}na@example.org".to_owned()),
                ..ana()
            })
        },
        || {
            Ok(Identified {
                subject: "2".to_owned(),
                email: Some("\u{ff41}na@example.org".to_owned()),
                ..ana()
            })
        },
        || {
            Ok(Identified {
                subject: "3".to_owned(),
                email: Some("ana\u{200b}@example.org".to_owned()),
                ..ana()
            })
        },
    ] {
        let user = user_told(&router, &double, other).await;
        assert!(!others.contains(&user), "{user} is somebody already");
        others.push(user);
    }
}

#[tokio::test]
async fn no_way_through_the_provider_leads_to_another_site() {
    let (router, _world) = with_provider();
    for elsewhere in ["https://evil.example", "//evil.example", "/%5Cevil.example", "javascript:alert(1)"] {
        let wish = format!("?{}", serde_urlencoded::to_string([("returnTo", elsewhere)]).unwrap());
        let back = round_trip(&router, &wish).await;
        assert_eq!((back.status, back.location()), (303, "/"), "{elsewhere}");
        let session = back.cookie("studio-session").unwrap();
        let own = [
            ("cookie", session.as_str()),
            ("origin", "http://localhost:3000"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let out = ask(&router, Method::POST, "/auth/sign-out", &own, &wish[1..]).await;
        let expected = format!("{PROVIDER}/end?hint=her.id.token&back=http://localhost:3000/");
        assert_eq!((out.status, out.location()), (303, expected.as_str()), "{elsewhere}");
    }
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
    let expected = format!("{PROVIDER}/end?hint=her.id.token&back=http://localhost:3000/");
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

/// OpenID Connect Back-Channel Logout 1.0, 2.8: 200 and 400, and neither is kept anywhere.
#[tokio::test]
async fn the_providers_word_ends_the_session_once() {
    let (router, _world) = with_provider();
    let pending = get(&router, "/auth/sign-in", "").await.cookie("studio-sign-in").unwrap();
    let back = get(&router, "/auth/callback?code=c&state=s", &pending).await;
    let session = back.cookie("studio-session").unwrap();
    let form = [("content-type", super::fields::FORM)];
    let tell = async |body: &str| {
        let seen = ask(&router, Method::POST, "/auth/backchannel-logout", &form, body).await;
        assert_eq!(seen.headers["cache-control"], "no-store", "{body}");
        (seen.status, seen.code())
    };
    assert_eq!(tell("logout_token=another").await, (400, json!("auth/logout-token-invalid")));
    assert_eq!(tell("x=y").await, (400, json!("request/invalid")));
    assert_eq!(get(&router, "/account/idtoken", &session).await.status, 200);
    assert_eq!(tell("logout_token=a.logout.token").await, (200, Value::Null));
    assert_eq!(get(&router, "/account/idtoken", &session).await.code(), "auth/session-ended");
    assert_eq!(tell("logout_token=a.logout.token").await, (400, json!("auth/logout-token-invalid")));
}

/// Whoever fills in a form is answered with a page, whatever went wrong with it; a program with a problem.
#[tokio::test]
async fn a_form_is_never_answered_with_json() {
    let (router, _) = with_provider();
    let foreign = ("origin", "https://evil.example");
    let forms = [
        "/auth/password",
        "/auth/sign-out",
        "/auth/setup",
        "/auth/reset",
        "/auth/invitation",
        "/auth/session/end",
        "/auth/password/change",
        "/auth/customer",
    ];
    let long = "x".repeat(20_000);
    for path in forms {
        for (headers, body) in [
            (vec![("content-type", super::fields::FORM), foreign], "a=b"),
            (vec![("content-type", super::fields::FORM)], long.as_str()),
        ] {
            let seen = ask(&router, Method::POST, path, &headers, body).await;
            let kind = seen.headers["content-type"].to_str().unwrap();
            assert!(
                seen.status >= 400 && kind.starts_with("text/html"),
                "{path} {} {}",
                seen.status,
                seen.text
            );
            assert!(seen.headers.contains_key("content-security-policy"), "{path}");
        }
        let json = [("content-type", "application/json"), foreign];
        let seen = ask(&router, Method::POST, path, &json, "{}").await;
        assert!(seen.status >= 400 && seen.code().is_string(), "{path} {}", seen.text);
    }
}

/// Ana was removed from the account that was made for her: signing in lets her in nowhere, and accepting an invitation begins with
/// signing in.
#[tokio::test]
async fn an_invitation_lets_in_whom_nothing_else_does() {
    let (router, world) = with_provider();
    let sign_in = async |address: &str| {
        let begun = get(&router, address, "").await;
        let begun = if begun.status == 303 { get(&router, begun.location(), "").await } else { begun };
        get(&router, "/auth/callback?code=c&state=s", &begun.cookie("studio-sign-in").unwrap()).await
    };
    let first = sign_in("/auth/sign-in").await;
    let info = get(&router, "/auth/user-info", &first.cookie("studio-session").unwrap()).await;
    let info: Value = serde_json::from_str(&info.text).unwrap();
    let (user, own) = (&info["userInfo"]["sub"], &info["userInfo"]["customerId"]);
    let (user, own) = (user.as_str().unwrap(), own.as_str().unwrap());
    let gone = CustomerEvent::MemberRemoved { user: UserId(user.parse().unwrap()), at: Instant::UNIX_EPOCH };
    world.given::<Customer>(own, [gone]);

    let hashes = world.studio().hashes;
    let invitation = |number: u128, token: &str, email: &str| CustomerEvent::MemberInvited {
        invitation: InvitationId(Uuid::from_u128(number)),
        email: Sealed("v1".to_owned()),
        email_hash: hashes.keyed_hash(Hashed::Email, email),
        role: RoleName::parse("issuer").unwrap(),
        token_hash: hashes.keyed_hash(Hashed::Invitation, token),
        inviter: None,
        key: None,
        expires_at: Instant::MAX_UTC,
        at: Instant::UNIX_EPOCH,
    };
    let both = [invitation(5, "hers", "ana@example.org"), invitation(6, "bobs", "bob@example.org")];
    world.given::<Customer>(&CUSTOMER.to_string(), both);

    for (address, status, sentence) in
        [("/auth/sign-in", 403, "removed"), ("/auth/invitation?token=bobs", 409, "another")]
    {
        let back = sign_in(address).await;
        assert_eq!((back.status, back.cookie("studio-session")), (status, None), "{}", back.text);
        assert!(back.text.contains(sentence), "{}", back.text);
    }
    let back = sign_in("/auth/invitation?token=hers").await;
    assert_eq!((back.status, back.location()), (303, "/auth/account"), "{}", back.text);
    let info = get(&router, "/auth/user-info", &back.cookie("studio-session").unwrap()).await;
    let info: Value = serde_json::from_str(&info.text).unwrap();
    assert_eq!(info["userInfo"]["sub"], user);
    assert_eq!(info["userInfo"]["customerId"], CUSTOMER.to_string());
}
