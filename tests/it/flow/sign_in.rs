//! Signing in with a password, through the real router: from a set-up link to a browser that acts, and how that ends.

mod passkeys;
mod races;
mod replicas;

use crate::{house::TestHouse, patience::client};
use app::{
    people,
    port::{Execute, Meta, attempts::ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX, links::LinkPurpose},
};
use domain::{
    id::{CustomerId, UserId},
    user::{User, UserCommand},
};
use porch::Proxies;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::fmt::Write as _;
use studio::{command::router, server};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const EMAIL: &str = "ana@example.org";
const PASSWORD: &str = "correct horse battery";
const OTHER_PASSWORD: &str = "seven unrelated otters";

/// A browser at a Studio, with the one cookie that matters.
struct Browser {
    base: String,
    client: reqwest::Client,
    cookie: Option<String>,
}

struct Seen {
    status: u16,
    location: Option<String>,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    #[track_caller]
    fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status.as_u16(), "{}", self.text);
        self
    }

    #[track_caller]
    fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.json()["code"].as_str()), (status, Some(code)), "{}", self.text);
    }
}

impl Browser {
    fn at(base: &str) -> Self {
        let client = client().redirect(reqwest::redirect::Policy::none());
        Self { base: base.to_owned(), client: client.build().expect("a client"), cookie: None }
    }

    /// The same browser at another process.
    fn moved_to(&self, base: &str) -> Self {
        Self { cookie: self.cookie.clone(), ..Self::at(base) }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Seen {
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        for line in response.headers().get_all("set-cookie") {
            let line = line.to_str().expect("text");
            let (pair, attributes) = line.split_once(';').expect("attributes");
            assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"), "{line}");
            if pair.starts_with("studio-session=") {
                self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
            }
        }
        let headers = response.headers().clone();
        let location = headers.get("location").map(|value| value.to_str().expect("text").to_owned());
        Seen {
            status: response.status().as_u16(),
            location,
            headers,
            text: response.text().await.expect("a body"),
        }
    }

    async fn get(&mut self, path: &str) -> Seen {
        let request = self.client.get(format!("{}{path}", self.base));
        self.send(request).await
    }

    /// As a page of ours sends a form.
    async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
        let request = self.client.post(format!("{}{path}", self.base)).header("origin", &self.base);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(body.collect::<Vec<_>>().join("&"))).await
    }

    /// As a page of some origin sends JSON.
    async fn json(&mut self, method: Method, path: &str, origin: Option<&str>, body: &Value) -> Seen {
        let mut request = self.client.request(method, format!("{}{path}", self.base)).json(body);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        self.send(request).await
    }

    /// As a page of ours.
    async fn act(&mut self, method: Method, path: &str, body: &Value) -> Seen {
        let origin = self.base.clone();
        self.json(method, path, Some(&origin), body).await
    }

    async fn is_signed_in(&mut self) -> bool {
        self.get("/auth/user-info").await.expect(StatusCode::OK).json()["isAuthenticated"] == true
    }
}

fn encoded(text: &str) -> String {
    let mut coded = String::new();
    for byte in text.bytes() {
        let _ = write!(coded, "%{byte:02X}");
    }
    coded
}

async fn set_up_link(house: &TestHouse, customer: CustomerId) -> String {
    let secret = people::make_set_up_link(&house.house.studio, customer).await.expect("a link");
    secret.to_string()
}

async fn set_up(house: &TestHouse, browser: &mut Browser, email: &str, password: &str) -> Seen {
    let token = set_up_link(house, house.alice.customer).await;
    browser
        .form("/auth/setup", &[("token", &token), ("email", email), ("password", password), ("name", "Ana")])
        .await
}

async fn signed_in(house: &TestHouse) -> Browser {
    let mut browser = Browser::at(&house.base);
    set_up(house, &mut browser, EMAIL, PASSWORD).await.expect(StatusCode::SEE_OTHER);
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_set_up_link_to_a_browser_that_acts_and_out_again() {
    let house = TestHouse::start().await;
    let mut browser = Browser::at(&house.base);
    let info = browser.get("/auth/user-info").await.expect(StatusCode::OK);
    assert_eq!(info.json(), json!({"isAuthenticated": false}));
    let token = set_up_link(&house, house.alice.customer).await;
    let page = browser.get(&format!("/auth/setup?token={token}")).await.expect(StatusCode::OK);
    assert!(page.text.contains("<form") && !page.text.contains("<script"), "{}", page.text);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(
        (&page.headers["referrer-policy"], &page.headers["cache-control"]),
        (&"same-origin".parse().unwrap(), &"no-store".parse().unwrap())
    );

    // What is refused is said on the page, and the link still works.
    let fields = [("token", token.as_str()), ("email", EMAIL), ("password", "short"), ("name", "Ana")];
    let weak = browser.form("/auth/setup", &fields).await.expect(StatusCode::BAD_REQUEST);
    assert!(
        weak.text.contains("at least 12 characters") && weak.text.contains("aria-invalid"),
        "{}",
        weak.text
    );
    assert!(!weak.text.contains("value=\"short\""), "no password is sent back");
    let fields = [("token", token.as_str()), ("email", EMAIL), ("password", PASSWORD), ("name", "Ana")];
    let done = browser.form("/auth/setup", &fields).await.expect(StatusCode::SEE_OTHER);
    assert_eq!(done.location.as_deref(), Some("/auth/account"));
    let again = Browser::at(&house.base).form("/auth/setup", &fields).await.expect(StatusCode::FORBIDDEN);
    assert!(again.text.contains("used before"), "{}", again.text);

    let info = browser.get("/auth/user-info").await.expect(StatusCode::OK).json();
    assert_eq!(info["isAuthenticated"], true);
    assert_eq!(info["userInfo"]["email"], EMAIL);
    assert_eq!(info["userInfo"]["customerId"], house.alice.customer.to_string());
    assert_eq!(info["claims"]["sub"], info["userInfo"]["sub"]);
    let page = browser.get("/auth/account").await.expect(StatusCode::OK);
    assert!(
        page.text.contains(EMAIL) && page.text.contains("this one") && page.text.contains("Alice"),
        "{}",
        page.text
    );

    // Both doors know the browser.
    let account = browser.get("/account").await.expect(StatusCode::OK).json();
    assert_eq!(account["customer"]["customerId"], house.alice.customer.to_string());
    let viewer = json!({"query": "{ viewer { customerId } }"});
    let viewer = browser.act(Method::POST, "/graphql", &viewer).await.expect(StatusCode::OK).json();
    assert_eq!(viewer["data"]["viewer"]["customerId"], house.alice.customer.to_string());
    let key = browser.act(Method::POST, "/key/create", &json!({})).await.expect(StatusCode::OK).json();
    let kid = key["kid"].as_str().expect("a key");
    assert_eq!(house.get(&format!("/key/read/{kid}")).await.expect(200)["kid"], kid, "of the same tenant");

    let out = browser.form("/auth/sign-out", &[]).await.expect(StatusCode::SEE_OTHER);
    assert_eq!((out.location.as_deref(), &browser.cookie), (Some("/auth/sign-in"), &None));
    browser.get("/account").await.refused(401, "auth/missing-key");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_others_changes_nothing_with_the_cookie() {
    let house = TestHouse::start().await;
    let mut browser = signed_in(&house).await;
    let kept = browser.cookie.clone();
    for origin in [Some("https://evil.example"), Some("null"), Some("http://localhost:1"), None] {
        let rest = browser.json(Method::POST, "/key/create", origin, &json!({})).await;
        rest.refused(403, "auth/cross-site");
        let mutation = json!({"query": "mutation { createKey(input: {}) { key { kid } } }"});
        browser.json(Method::POST, "/graphql", origin, &mutation).await.refused(403, "auth/cross-site");
        let out = browser.json(Method::POST, "/auth/sign-out", origin, &json!({})).await;
        out.refused(403, "auth/cross-site");
        browser
            .json(Method::DELETE, "/auth/sessions", origin, &json!({}))
            .await
            .refused(403, "auth/cross-site");
    }
    let form = browser.form("/key/create", &[]).await;
    form.refused(403, "auth/cross-site-form");
    // Signing somebody else's browser in under one's own name is another page's trick too.
    let mut victim = Browser::at(&house.base);
    let credentials = json!({"email": EMAIL, "password": PASSWORD});
    let tricked =
        victim.json(Method::POST, "/auth/password", Some("https://evil.example"), &credentials).await;
    tricked.refused(403, "auth/cross-site");
    assert_eq!(victim.cookie, None);
    assert_eq!(browser.cookie, kept);
    assert!(browser.is_signed_in().await, "nothing of it had an effect");
    // A link to the address by which cheqd Studio signs out only asks.
    let request =
        browser.client.get(format!("{}/logto/sign-out", house.base)).header("sec-fetch-site", "cross-site");
    let asked = browser.send(request).await.expect(StatusCode::OK);
    assert!(asked.text.contains("Sign out?") && browser.is_signed_in().await);
    // Without the cookie, an API key goes on from anywhere.
    let key = house.call_as(
        Some(&house.alice.key),
        Method::POST,
        "/key/create",
        Some(json!({})),
        &[("origin", "https://evil.example")],
    );
    key.await.expect(200);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_address_are_told_alike_and_only_so_often() {
    let house = TestHouse::start().await;
    signed_in(&house).await;
    let mut stranger = Browser::at(&house.base);
    let mut answers = Vec::new();
    for email in [EMAIL, "nobody@example.org", "no address"] {
        let body = json!({"email": email, "password": "a wrong password of mine"});
        let answer = stranger.json(Method::POST, "/auth/password", None, &body).await;
        answer.refused(401, "auth/wrong-password");
        answers.push(answer.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    for email in [EMAIL, "nobody@example.org"] {
        let mut told = Vec::new();
        for _ in 0..=ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX {
            let body = json!({"email": email.to_uppercase(), "password": "a wrong password of mine"});
            told.push(stranger.json(Method::POST, "/auth/password", None, &body).await);
        }
        let last = told.pop().expect("an answer");
        last.refused(429, "auth/too-many-attempts");
        let seconds: i64 = last.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
    }
    let right = json!({"email": EMAIL, "password": PASSWORD});
    let right = stranger.json(Method::POST, "/auth/password", None, &right).await;
    right.refused(429, "auth/too-many-attempts");
    assert!(house.get("/account").await.status == 200, "keys go on");
    let page = stranger.form("/auth/password", &[("email", EMAIL), ("password", PASSWORD)]).await;
    assert!(page.status == 429 && page.text.contains("too many failed tries"), "{}", page.text);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_works_in_every_process_and_ends_in_all() {
    let house = TestHouse::start().await;
    let mut browser = signed_in(&house).await;
    // Another process on the same database.
    let twin = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let twin_base = format!("http://{}", twin.local_addr().expect("an address"));
    let stop = CancellationToken::new();
    let limits = server::Limits::of_this_process();
    tokio::spawn(server::serve(twin, router(&house.house), Proxies::default(), limits, stop.clone()));
    let mut elsewhere = browser.moved_to(&twin_base);
    assert!(elsewhere.is_signed_in().await);

    // A second browser; the first sees it and ends it.
    let mut second = Browser::at(&twin_base);
    let body = json!({"email": "ANA@Example.org", "password": PASSWORD});
    let opened = second.json(Method::POST, "/auth/password", None, &body).await.expect(StatusCode::OK).json();
    assert!(second.is_signed_in().await);
    let listed = browser.get("/auth/sessions").await.expect(StatusCode::OK).json();
    assert_eq!(listed["sessions"].as_array().map(Vec::len), Some(2), "{listed}");
    let id = opened["sessionId"].as_str().expect("an id").to_owned();
    browser.act(Method::DELETE, &format!("/auth/sessions/{id}"), &json!({})).await.expect(StatusCode::OK);
    let gone = browser.act(Method::DELETE, &format!("/auth/sessions/{id}"), &json!({})).await;
    gone.refused(404, "auth/session-not-found");
    assert!(!second.is_signed_in().await);
    second.get("/account").await.refused(401, "auth/session-ended");

    // The other door knows sessions too.
    second.json(Method::POST, "/auth/password", None, &body).await.expect(StatusCode::OK);
    let query = json!({"query": "{ viewer { sessions { id isPresent userAgent address } } }"});
    let told = browser.act(Method::POST, "/graphql", &query).await.expect(StatusCode::OK).json();
    let rows = told["data"]["viewer"]["sessions"].as_array().cloned().expect("sessions");
    assert_eq!(
        (rows.len(), &rows[0]["isPresent"], &rows[1]["isPresent"]),
        (2, &json!(false), &json!(true)),
        "{told}"
    );
    let mutation = "mutation E($s: ID!) { endSession(input: {session: $s}) { ended userErrors { code } } }";
    for (expected, code) in [(true, json!([])), (false, json!([{"code": "auth/session-not-found"}]))] {
        let ask = json!({"query": mutation, "variables": {"s": rows[0]["id"]}});
        let told = browser.act(Method::POST, "/graphql", &ask).await.expect(StatusCode::OK).json();
        assert_eq!(told["data"]["endSession"], json!({"ended": expected, "userErrors": code}), "{told}");
    }
    assert!(!second.is_signed_in().await && browser.is_signed_in().await);

    // A new password ends the others, in every process.
    let wrong = json!({"currentPassword": OTHER_PASSWORD, "newPassword": OTHER_PASSWORD});
    browser.act(Method::POST, "/auth/password/change", &wrong).await.refused(403, "auth/wrong-password");
    let mut third = Browser::at(&twin_base);
    third.json(Method::POST, "/auth/password", None, &body).await.expect(StatusCode::OK);
    let right = json!({"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD});
    let changed = browser.act(Method::POST, "/auth/password/change", &right).await.expect(StatusCode::OK);
    assert_eq!(changed.json()["ended"], 1);
    assert!(browser.is_signed_in().await && !third.is_signed_in().await);
    third.json(Method::POST, "/auth/password", None, &body).await.refused(401, "auth/wrong-password");
    let former = third.moved_to(&house.base).cookie;
    let body = json!({"email": EMAIL, "password": OTHER_PASSWORD});
    third.json(Method::POST, "/auth/password", None, &body).await.expect(StatusCode::OK);
    assert_ne!(third.cookie, former, "a new session has a new secret");
    stop.cancel();
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_link_works_once_and_ends_every_session() {
    let house = TestHouse::start().await;
    let mut browser = signed_in(&house).await;
    let studio = &house.house.studio;
    let token = people::make_reset_link(studio, EMAIL).await.expect("a link").to_string();
    assert!(people::make_reset_link(studio, "nobody@example.org").await.is_err());
    assert!(people::find_link(studio, &token, LinkPurpose::SetUp).await.is_err(), "for nothing else");
    let mut other = Browser::at(&house.base);
    other.get(&format!("/auth/reset?token={token}")).await.expect(StatusCode::OK);
    let fields = [("token", token.as_str()), ("password", "ana@example.org1")];
    other.form("/auth/reset", &fields).await.expect(StatusCode::BAD_REQUEST);
    let fields = [("token", token.as_str()), ("password", OTHER_PASSWORD)];
    other.form("/auth/reset", &fields).await.expect(StatusCode::SEE_OTHER);
    assert!(other.is_signed_in().await && !browser.is_signed_in().await);
    other.form("/auth/reset", &fields).await.expect(StatusCode::FORBIDDEN);
    other.get(&format!("/auth/reset?token={token}")).await.expect(StatusCode::FORBIDDEN);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_authentication_everybody_is_the_customer_that_was_named_but_no_page_of_others() {
    let house = TestHouse::start().await;
    let customer = house.alice.customer;
    // The same database, as an operator opens it to everybody.
    let mut open = house.house.clone();
    open.studio.settings.open_to = Some(customer);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let (stop, limits) = (CancellationToken::new(), server::Limits::of_this_process());
    tokio::spawn(server::serve(listener, router(&open), Proxies::default(), limits, stop.clone()));
    let mut browser = Browser::at(&base);
    let account = browser.get("/account").await.expect(StatusCode::OK).json();
    assert_eq!(account["customer"]["customerId"], customer.to_string());
    browser.act(Method::POST, "/key/create", &json!({})).await.expect(StatusCode::OK);
    browser.json(Method::POST, "/key/create", None, &json!({})).await.expect(StatusCode::OK);
    let foreign = Some("https://evil.example");
    browser.json(Method::POST, "/key/create", foreign, &json!({})).await.refused(403, "auth/cross-site");
    browser.json(Method::GET, "/account", foreign, &json!({})).await.refused(403, "auth/cross-site");
    assert_eq!(browser.get("/auth/user-info").await.expect(StatusCode::OK).text, "");
    for page in ["/auth/sign-in", "/swagger", "/graphql"] {
        let request = browser.client.get(format!("{base}{page}")).header("accept", "text/html");
        let page = browser.send(request).await.expect(StatusCode::OK);
        assert!(page.text.contains("Authentication is off"), "{}", page.text);
    }
    // Whoever says who they are is who they say.
    let request = browser.client.get(format!("{base}/account")).header("x-api-key", &house.mallory.key);
    let mallory = browser.send(request).await.expect(StatusCode::OK).json();
    assert_eq!(mallory["customer"]["customerId"], house.mallory.customer.to_string());
    stop.cancel();
    house.stop().await;
}

async fn tell(house: &TestHouse, user: UserId, command: UserCommand) {
    let studio = &house.house.studio;
    let meta = Meta::of(&porch::visitors_call(studio), "");
    let told = Execute::<User>::execute(&*studio.commands, &user.to_string(), command, meta).await;
    told.expect("a fact");
    house.caught_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_browser_would_keep_no_cookie_it_is_told_so() {
    let house = TestHouse::start().await;
    let mut browser = Browser::at(&house.base);
    let request = browser.client.post(format!("{}/auth/password", house.base)).header("host", "studio.lan");
    let request =
        request.header("origin", "http://studio.lan").json(&json!({"email": EMAIL, "password": PASSWORD}));
    browser.send(request).await.refused(403, "auth/https-needed");
    house.stop().await;
}

async fn user_of(browser: &mut Browser) -> UserId {
    let info = browser.get("/auth/user-info").await.json();
    UserId(info["claims"]["sub"].as_str().and_then(|id| id.parse().ok()).expect("a user"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_user_is_refused_with_a_live_session_and_comes_back_with_it() {
    let house = TestHouse::start().await;
    let mut browser = signed_in(&house).await;
    let user = user_of(&mut browser).await;
    let at = house.house.studio.clock.now();
    tell(&house, user, UserCommand::Suspend { at }).await;
    browser.get("/account").await.refused(403, "auth/suspended");
    let query = json!({"query": "{ viewer { customerId } }"});
    browser.act(Method::POST, "/graphql", &query).await.refused(403, "auth/suspended");
    assert!(!browser.is_signed_in().await);
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let mut other = Browser::at(&house.base);
    other.json(Method::POST, "/auth/password", None, &body).await.refused(403, "auth/suspended");
    tell(&house, user, UserCommand::Reinstate { at }).await;
    browser.get("/account").await.expect(StatusCode::OK);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_elsewhere_after_signing_in() {
    let house = TestHouse::start().await;
    signed_in(&house).await;
    for (asked, expected) in [
        ("/swagger?x=1", "/swagger?x=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/%2Fevil.example", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        let mut browser = Browser::at(&house.base);
        let page =
            browser.get(&format!("/auth/sign-in?returnTo={}", encoded(asked))).await.expect(StatusCode::OK);
        assert!(
            page.text.contains(&format!("name=\"returnTo\" value=\"{expected}\"")),
            "{asked}: {}",
            page.text
        );
        let fields = [("email", EMAIL), ("password", PASSWORD), ("returnTo", asked)];
        let done = browser.form("/auth/password", &fields).await.expect(StatusCode::SEE_OTHER);
        assert_eq!(done.location.as_deref(), Some(expected), "{asked}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_or_an_invitation_gets_nobody_into_anothers_account() {
    let house = TestHouse::start().await;
    signed_in(&house).await;
    // Mallory has a link of her own tenant, and Ana's address.
    let token = set_up_link(&house, house.mallory.customer).await;
    let mut mallory = Browser::at(&house.base);
    let fields = [("token", token.as_str()), ("email", "Ana@example.org"), ("password", OTHER_PASSWORD)];
    let refused = mallory.form("/auth/setup", &fields).await.expect(StatusCode::CONFLICT);
    assert!(refused.text.contains("There is an account"), "{}", refused.text);
    let mut ana = Browser::at(&house.base);
    let body = json!({"email": EMAIL, "password": PASSWORD});
    ana.json(Method::POST, "/auth/password", None, &body).await.expect(StatusCode::OK);
    for token in ["", "x", &"0".repeat(64)] {
        let page = mallory.get(&format!("/auth/setup?token={token}")).await.expect(StatusCode::FORBIDDEN);
        assert!(page.text.contains("used before"), "{}", page.text);
    }
    house.stop().await;
}
