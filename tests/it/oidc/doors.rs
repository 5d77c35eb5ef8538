//! The same through Studio's own doors: `/auth/sign-in`, `/auth/callback`, and what a session and tokens then open.

use super::{
    AUDIENCE, SCOPES, STUDIO,
    browser::{Browser, location},
    provider::Provider,
    variables,
};
use crate::{
    house::{Reply, TestHouse},
    npm::{Skipped, say},
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
    let back = here(house, &browser.sign_in(provider.as_str(), login, STUDIO).await);
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

#[tokio::test(flavor = "multi_thread")]
async fn somebody_comes_from_a_provider_and_has_an_account() {
    let provider = match Provider::start("ES384", STUDIO, false).await {
        Ok(provider) => provider,
        Err(Skipped(reason)) => return say(&format!("SKIPPED: nobody came from a provider: {reason}")),
    };
    let house = TestHouse::with(&variables(&provider.issuer)).await;
    let mut browser = Browser::new();
    let back = sign_in(&house, &mut browser, "ada").await;
    let (_, info) = get(&house, &mut browser, "/auth/user-info").await;
    assert_eq!(
        (&info["isAuthenticated"], &info["userInfo"]["email"]),
        (&true.into(), &"ada@example.org".into())
    );
    let customer = info["userInfo"]["customerId"].as_str().expect("a customer").to_owned();
    let (status, account) = get(&house, &mut browser, "/account").await;
    assert_eq!(status, 200, "{account}");
    assert_eq!(account["customer"]["customerId"], customer.as_str());
    assert!(account["paymentAccount"]["testnet"].as_str().expect("an address").starts_with("cheqd1"));

    // Neither does the same address work twice, nor in another browser.
    for other in [&mut browser, &mut Browser::new()] {
        let again = other.ask(Method::GET, &back, None).await;
        assert_eq!(again.status().as_u16(), 400);
    }

    // The ID token opens the same account, and a machine what it was given there.
    let (_, told) = get(&house, &mut browser, "/account/idtoken").await;
    let id_token = told["idToken"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
    let account = with_bearer(&house, &id_token, &[], "/account").await.expect(200);
    assert_eq!(account["customer"]["customerId"], customer.as_str());
    let robot = provider.machine_token(AUDIENCE, &format!("{SCOPES} act:customer")).await;
    let account = with_bearer(&house, &robot, &[("customer-id", &customer)], "/account").await.expect(200);
    assert_eq!(account["customer"]["customerId"], customer.as_str());
    let keys =
        with_bearer(&house, &robot, &[("customer-id", &customer)], "/admin/api-key/list").await.expect(403);
    assert_eq!(keys["code"], "auth/forbidden");
    let bounded = provider.machine_token(AUDIENCE, SCOPES).await;
    let refused = with_bearer(&house, &bounded, &[("customer-id", &customer)], "/account").await.expect(403);
    assert_eq!(refused["scope"], "act:customer");
    let alone = with_bearer(&house, &bounded, &[], "/account").await.expect(401);
    assert_eq!(alone["code"], "auth/token-invalid");
    let together = with_bearer(&house, &bounded, &[("id-token", &id_token)], "/account").await.expect(200);
    assert_eq!(together["customer"]["customerId"], customer.as_str());
    let forged = id_token.rsplit_once('.').expect("three parts").0;
    let forged = with_bearer(&house, &format!("{forged}.AAAA"), &[], "/account").await.expect(401);
    assert_eq!(forged["code"], "auth/token-invalid");

    // Another person, another account; the same one in another browser, the same.
    let mut other = Browser::new();
    sign_in(&house, &mut other, "bob").await;
    let (_, bob) = get(&house, &mut other, "/auth/user-info").await;
    assert_ne!(bob["userInfo"]["customerId"], customer.as_str());
    let mut second = Browser::new();
    sign_in(&house, &mut second, "ada").await;
    let (_, again) = get(&house, &mut second, "/auth/user-info").await;
    assert_eq!(again["userInfo"]["customerId"], customer.as_str());

    // The provider is switched off: who is in stays in, keys open what they opened, and who goes there comes back to a 503.
    drop(provider);
    let (status, _) = get(&house, &mut browser, "/account").await;
    assert_eq!(status, 200);
    house.get("/account").await.expect(200);
    with_bearer(&house, &id_token, &[], "/account").await.expect(200);
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
    let house = TestHouse::with(&variables(&provider.issuer)).await;
    let (mut ada, mut elsewhere) = (Browser::new(), Browser::new());
    sign_in(&house, &mut ada, "ada").await;
    sign_in(&house, &mut elsewhere, "ada").await;
    // She signs out there, and not here.
    let out = format!("{}/session/end?client_id=studio&post_logout_redirect_uri={STUDIO}/", provider.issuer);
    ada.sign_out(&out, STUDIO).await;
    let word = told.recv().await.expect("the provider tells");
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
