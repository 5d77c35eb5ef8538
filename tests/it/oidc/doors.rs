//! The same through Studio's own doors: `/auth/sign-in`, `/auth/callback`, and what a session and tokens then open.

use super::{
    ADA, SCOPES, STUDIO, Site,
    browser::{Browser, location},
    provider::Provider,
    variables,
};
use crate::{
    house::{Reply, TestHouse},
    npm::{Skipped, say},
    patience::within,
};
use reqwest::{Method, Url, header};
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc};

/// Where this house really is, for an address of Studio.
fn here(house: &TestHouse, address: &Url) -> Url {
    let query = address.query().map(|query| format!("?{query}")).unwrap_or_default();
    Url::parse(&format!("{}{}{query}", house.base, address.path())).expect("an address")
}

async fn json(response: reqwest::Response) -> Value {
    response.json().await.expect("JSON")
}

/// Goes to sign in, comes back, and is let in; what came back is told.
async fn sign_in(house: &TestHouse, browser: &mut Browser, login: &str) -> Url {
    let door = Url::parse(&format!("{}/auth/sign-in?returnTo=/account", house.base)).expect("an address");
    let sent = browser.ask(Method::GET, &door, None).await;
    let provider = location(&sent, &door).expect("a redirection to the provider");
    let back = here(house, &browser.go(provider.as_str(), login, STUDIO).await);
    let let_in = browser.ask(Method::GET, &back, None).await;
    let status = let_in.status();
    let next = location(&let_in, &back);
    assert_eq!(next.map(|next| next.path().to_owned()).as_deref(), Some("/account"), "{status}");
    back
}

async fn get(house: &TestHouse, browser: &mut Browser, path: &str) -> (u16, Value) {
    let address = Url::parse(&format!("{}{path}", house.base)).expect("an address");
    let response = browser.ask(Method::GET, &address, None).await;
    (response.status().as_u16(), json(response).await)
}

async fn with_bearer(house: &TestHouse, token: &str, beside: &[(&str, &str)], path: &str) -> Reply {
    let mut request =
        house.request(Method::GET, path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    for (name, value) in beside {
        request = request.header(*name, *value);
    }
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    Reply { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
}

/// For whom somebody who has signed in acts.
async fn customer_of(house: &TestHouse, browser: &mut Browser) -> String {
    let (_, info) = get(house, browser, "/auth/user-info").await;
    info["userInfo"]["customerId"].as_str().unwrap_or_else(|| panic!("{info}")).to_owned()
}

/// Ada comes for the first time. Her browser, her customer and her ID token.
pub(super) async fn first_visit(house: &TestHouse) -> (Browser, String, String) {
    let mut browser = Browser::new();
    let back = sign_in(house, &mut browser, ADA).await;
    let (_, info) = get(house, &mut browser, "/auth/user-info").await;
    assert_eq!(
        (&info["isAuthenticated"], &info["userInfo"]["email"]),
        (&true.into(), &"ada@example.org".into())
    );
    let customer = customer_of(house, &mut browser).await;
    let (status, account) = get(house, &mut browser, "/account").await;
    assert_eq!(status, 200, "{account}");
    assert_eq!(account["customer"]["customerId"], customer.as_str());
    assert!(account["paymentAccount"]["testnet"].as_str().expect("an address").starts_with("cheqd1"));

    // Neither does the same address work twice, nor in another browser.
    for other in [&mut browser, &mut Browser::new()] {
        let again = other.ask(Method::GET, &back, None).await;
        assert_eq!(again.status().as_u16(), 400);
    }
    let (_, told) = get(house, &mut browser, "/account/idtoken").await;
    let id_token = told["idToken"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
    (browser, customer, id_token)
}

/// The ID token opens the same account, and a machine what it was given there.
pub(super) async fn tokens_open(house: &TestHouse, site: &Site, customer: &str, id_token: &str) {
    let account = with_bearer(house, id_token, &[], "/account").await.expect(200);
    assert_eq!(account["customer"]["customerId"], customer);
    let robot = site.robots_token(&format!("{SCOPES} act:customer")).await;
    let for_her = [("customer-id", customer)];
    let account = with_bearer(house, &robot, &for_her, "/account").await.expect(200);
    assert_eq!(account["customer"]["customerId"], customer);
    let keys = with_bearer(house, &robot, &for_her, "/admin/api-key/list").await.expect(403);
    assert_eq!(keys["code"], "auth/forbidden");
    let bounded = site.robots_token(SCOPES).await;
    let refused = with_bearer(house, &bounded, &for_her, "/account").await.expect(403);
    assert_eq!(refused["scope"], "act:customer");
    let alone = with_bearer(house, &bounded, &[], "/account").await.expect(401);
    assert_eq!(alone["code"], "auth/token-invalid");
    let together = with_bearer(house, &bounded, &[("id-token", id_token)], "/account").await.expect(200);
    assert_eq!(together["customer"]["customerId"], customer);
    let forged = id_token.rsplit_once('.').expect("three parts").0;
    let forged = with_bearer(house, &format!("{forged}.AAAA"), &[], "/account").await.expect(401);
    assert_eq!(forged["code"], "auth/token-invalid");
}

/// The same person in another browser has the same account, under another name there too, if the address is verified; whoever
/// only says that it is theirs has another one, like any other person.
pub(super) async fn others_come(house: &TestHouse, customer: &str) {
    for (login, is_she) in [("bob", false), (ADA, true), ("unverified-ada", false), ("other-ada", true)] {
        let mut browser = Browser::new();
        sign_in(house, &mut browser, login).await;
        assert_eq!(customer_of(house, &mut browser).await == customer, is_she, "{login}");
    }
}

/// Signing out here is signing out there: whoever comes back fills in the form again.
pub(super) async fn leaves_and_comes_back(house: &TestHouse, browser: &mut Browser) {
    let filled = browser.forms_filled;
    sign_in(house, browser, ADA).await;
    assert_eq!(browser.forms_filled, filled, "the provider knew her");
    let door = Url::parse(&format!("{}/auth/sign-out", house.base)).expect("an address");
    let out = browser.ask(Method::POST, &door, Some(&[])).await;
    let out = location(&out, &door).expect("a redirection to the provider");
    let left = browser.go(out.as_str(), ADA, STUDIO).await;
    assert_eq!(left.as_str(), format!("{STUDIO}/"), "the provider sends her where it was told to");
    assert_eq!(get(house, browser, "/account").await.0, 401);
    let filled = browser.forms_filled;
    sign_in(house, browser, ADA).await;
    assert!(browser.forms_filled > filled, "the provider asked who she is");
}

/// The provider is away: who is in stays in, and keys and tokens open what they opened.
pub(super) async fn goes_on_without(house: &TestHouse, browser: &mut Browser, id_token: &str) {
    assert_eq!(get(house, browser, "/account").await.0, 200);
    house.get("/account").await.expect(200);
    house.did().await;
    with_bearer(house, id_token, &[], "/account").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_comes_from_a_provider_and_has_an_account() {
    let provider = match Provider::start("ES384", STUDIO, false).await {
        Ok(provider) => provider,
        Err(Skipped(reason)) => return say(&format!("SKIPPED: nobody came from a provider: {reason}")),
    };
    let house = TestHouse::with(&variables(&provider.site.issuer)).await;
    let (mut browser, customer, id_token) = first_visit(&house).await;
    tokens_open(&house, &provider.site, &customer, &id_token).await;
    others_come(&house, &customer).await;
    leaves_and_comes_back(&house, &mut browser).await;
    drop(provider);
    goes_on_without(&house, &mut browser, &id_token).await;
    house.stop().await;
}

/// What the provider sends to the address that it was given, handed to whoever waits for it. It is told 200, as if it had arrived.
async fn back_channel() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let (sender, receiver) = mpsc::unbounded_channel();
    let router = axum::Router::new().fallback(move |body: String| {
        let sender = sender.clone();
        async move { sender.send(body).expect("somebody waits") }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, receiver)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_out_at_the_provider_is_signed_out_here() {
    let (address, mut told) = back_channel().await;
    let provider = match Provider::telling("ES384", STUDIO, false, &address).await {
        Ok(provider) => provider,
        Err(Skipped(reason)) => return say(&format!("SKIPPED: no sign-out was told of: {reason}")),
    };
    let house = TestHouse::with(&variables(&provider.site.issuer)).await;
    let (mut ada, mut elsewhere) = (Browser::new(), Browser::new());
    sign_in(&house, &mut ada, "ada").await;
    sign_in(&house, &mut elsewhere, "ada").await;
    // She signs out there, and not here.
    let out =
        format!("{}/session/end?client_id=studio&post_logout_redirect_uri={STUDIO}/", provider.site.issuer);
    ada.go(&out, "ada", STUDIO).await;
    let word = within("the provider tells", told.recv()).await.expect("a word");
    let tell = async |word: &str| {
        let request = house
            .request(Method::POST, "/auth/backchannel-logout")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        TestHouse::answer(request.body(word.to_owned())).await
    };
    let (status, _) = get(&house, &mut ada, "/account").await;
    assert_eq!(status, 200, "it has not arrived yet");
    let forged = format!("{}AAAA", word.get(..word.len() - 4).expect("a token"));
    assert_eq!(tell(&forged).await.expect(400)["code"], "auth/logout-token-invalid");
    let taken = tell(&word).await;
    assert_eq!((taken.status, taken.headers["cache-control"].to_str().ok()), (200, Some("no-store")));
    let (status, gone) = get(&house, &mut ada, "/account").await;
    assert_eq!((status, &gone["code"]), (401, &"auth/session-ended".into()));
    let (status, _) = get(&house, &mut elsewhere, "/account").await;
    assert_eq!(status, 200, "her other session there goes on, and so does this one");
    assert_eq!(tell(&word).await.expect(400)["code"], "auth/logout-token-invalid", "it is taken once");
    house.stop().await;
}
