//! Somebody with a browser.

use super::{Tour, text};
use crate::{flow::members, house::Reply};
use app::{
    people,
    port::{
        sessions::{Session, SessionId},
        vault::Hashed,
    },
};
use idp::testing::SoftAuthenticator;
use reqwest::Method;
use serde_json::{Value, json};

/// What succeeds only beside an identity provider (`tests/it/oidc`).
pub const OF_A_PROVIDER: [&str; 5] = [
    "GET /auth/callback",
    "GET /logto/sign-in-callback",
    "POST /logto/sign-in-callback",
    "POST /auth/backchannel-logout",
    "POST /account/bootstrap",
];

impl Tour {
    /// As a page here asks, in a browser with this cookie.
    async fn browse(&mut self, cookie: &str, method: Method, target: &str, body: Option<Value>) -> Reply {
        let origin = self.house.base.clone();
        self.reply_as(None, method, target, body, &[("cookie", cookie), ("origin", &origin)]).await
    }

    /// What somebody who is let in with this body has from then on.
    async fn let_in(&mut self, target: &str, body: Value) -> (String, Value) {
        let reply = self.browse("", Method::POST, target, Some(body)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let line = reply.headers["set-cookie"].to_str().expect("text");
        (line.split(';').next().unwrap_or_default().to_owned(), reply.body)
    }
}

/// Somebody signs in and out.
pub async fn signs_in_and_out(tour: &mut Tour) {
    let studio = tour.house.house.studio.clone();
    let (email, password, other) = ("ana@example.org", "correct horse battery", "seven unrelated otters");
    let token = people::make_set_up_link(&studio, tour.house.mallory.customer).await.expect("a link");
    tour.browse("", Method::GET, &format!("/auth/setup?token={}", *token), None).await;
    let body = json!({"token": *token, "email": email, "password": password, "name": "Ana"});
    let (_, ana) = tour.let_in("/auth/setup", body.clone()).await;
    tour.browse("", Method::POST, "/auth/setup", Some(body)).await;
    with_provider(tour, &text(&ana["sessionId"])).await;
    for path in ["/auth/sign-in?returnTo=/swagger", "/auth/sign-up", "/auth/callback"] {
        tour.browse("", Method::GET, path, None).await;
    }
    let wrong = json!({"email": email, "password": other});
    tour.browse("", Method::POST, "/auth/password", Some(wrong)).await;
    let credentials = json!({"email": email, "password": password});
    let (cookie, _) = tour.let_in("/auth/password", credentials.clone()).await;
    passkeys(tour, &cookie).await;
    let (_, second) = tour.let_in("/auth/password", credentials.clone()).await;
    let (_, third) = tour.let_in("/auth/password", credentials).await;
    for path in ["/auth/user-info", "/auth/account", "/auth/sessions"] {
        for cookie in [cookie.as_str(), ""] {
            tour.browse(cookie, Method::GET, path, None).await;
        }
    }
    let path = format!("/auth/sessions/{}", text(&second["sessionId"]));
    for _ in 0..2 {
        tour.browse(&cookie, Method::DELETE, &path, None).await;
    }
    let end = json!({"id": third["sessionId"]});
    tour.browse(&cookie, Method::POST, "/auth/session/end", Some(end)).await;
    tour.browse(&cookie, Method::DELETE, "/auth/sessions", None).await;
    let own = json!({"customerId": tour.house.mallory.customer});
    tour.browse(&cookie, Method::POST, "/auth/customer", Some(own)).await;
    let change = json!({"currentPassword": password, "newPassword": other});
    tour.browse(&cookie, Method::POST, "/auth/password/change", Some(change.clone())).await;
    tour.browse(&cookie, Method::POST, "/auth/password/change", Some(change)).await;
    tour.browse(&cookie, Method::POST, "/auth/sign-out", Some(json!({"returnTo": "/swagger"}))).await;
    let token = people::make_reset_link(&studio, email).await.expect("a link");
    tour.browse("", Method::GET, &format!("/auth/reset?token={}", *token), None).await;
    let (cookie, _) = tour.let_in("/auth/reset", json!({"token": *token, "password": password})).await;
    leaves(tour, &cookie).await;
    let invite = json!({"email": "dan@example.org", "role": "auditor"});
    let token = text(&tour.post("/admin/invitation/create", invite).await["token"]);
    tour.browse("", Method::GET, &format!("/auth/invitation?token={token}"), None).await;
    let dan = json!({"token": token, "email": "dan@example.org", "password": password, "name": "Dan"});
    tour.let_in("/auth/invitation", dan).await;
    for method in [Method::GET, Method::POST] {
        for path in ["sign-in", "sign-up", "sign-in-callback"] {
            tour.browse("", method.clone(), &format!("/logto/{path}"), None).await;
        }
        // Nobody says which page sent the browser.
        tour.ask_as(None, method, "/logto/sign-out", None, &[]).await;
    }
    tour.browse("", Method::POST, "/account/bootstrap", Some(json!({"event": "PostRegister"}))).await;
}

/// Somebody with passkeys, which there are only where Studio is reached by a name.
async fn passkeys(tour: &mut Tour, session: &str) {
    let origin = tour.house.base.replace("127.0.0.1", "localhost");
    let host = origin.trim_start_matches("http://").to_owned();
    let ask = async |tour: &mut Tour, cookie: &str, path: &str, body: Value| {
        let headers = [("host", host.as_str()), ("origin", origin.as_str()), ("cookie", cookie)];
        tour.reply_as(None, Method::POST, path, Some(body), &headers).await
    };
    let challenge = |reply: &Reply| {
        let line = reply.headers["set-cookie"].to_str().expect("text");
        line.split(';').next().unwrap_or_default().to_owned()
    };
    tour.browse("", Method::GET, "/auth/passkey.js", None).await;
    let mut ids = Vec::new();
    for mut device in [SoftAuthenticator::es256(&origin), SoftAuthenticator::eddsa(&origin)] {
        let asked = ask(tour, session, "/auth/passkeys/options", json!({})).await;
        let mut made = device.create(&asked.body);
        made["name"] = json!("Laptop");
        let cookies = format!("{session}; {}", challenge(&asked));
        let added = ask(tour, &cookies, "/auth/passkeys", made).await;
        ids.push(text(&added.body["id"]));
        let asked = ask(tour, "", "/auth/passkey/options", json!({})).await;
        let answer = device.get(&asked.body);
        for _ in 0..2 {
            ask(tour, &challenge(&asked), "/auth/passkey", answer.clone()).await;
        }
    }
    tour.browse(session, Method::GET, "/auth/passkeys", None).await;
    let renamed = json!({"id": ids[0], "name": "Work laptop"});
    tour.browse(session, Method::POST, "/auth/passkey/rename", Some(renamed)).await;
    for _ in 0..2 {
        tour.browse(session, Method::DELETE, &format!("/auth/passkeys/{}", ids[0]), None).await;
        tour.browse(session, Method::POST, "/auth/passkey/remove", Some(json!({"id": ids[1]}))).await;
    }
}

/// The last owner stays, whoever asks; with a second one she may go.
async fn leaves(tour: &mut Tour, cookie: &str) {
    tour.browse(cookie, Method::POST, "/account/leave", Some(json!({}))).await;
    let key = tour.house.mallory.key.clone();
    let (target, invite) =
        ("/admin/invitation/create", json!({"email": "carol@example.org", "role": "owner"}));
    let invited = tour.house.call_as(Some(&key), Method::POST, target, Some(invite), &[]).await.expect(201);
    members::join(&tour.house, &text(&invited["token"]), "carol@example.org").await;
    tour.browse(cookie, Method::POST, "/account/leave", Some(json!({}))).await;
    tour.post("/account/leave", json!({})).await;
}

/// A browser that signed in with an identity provider.
async fn with_provider(tour: &mut Tour, session: &str) {
    let studio = tour.house.house.studio.clone();
    let session = SessionId(session.parse().expect("a UUID"));
    let session = studio.sign_in.sessions.get(session).await.expect("sessions").expect("a session");
    let place = people::place_of(session.user);
    let id_token = studio.vault.seal(place, people::USER_SUBJECT, b"eyJhbGciOiJFUzM4NCJ9.e30.c2ln").await;
    let id = SessionId(uuid::Uuid::from_u128(0x0a1d));
    let session = Session { id, id_token: Some(id_token.expect("sealed")), ..session };
    let hash = studio.hashes.keyed_hash(Hashed::Session, "a-secret-of-the-tour");
    studio.sign_in.sessions.open(&session, &hash).await.expect("a session");
    let cookie = [("cookie", "studio-session=a-secret-of-the-tour")];
    tour.ask_as(None, Method::GET, "/account/idtoken", None, &cookie).await;
}
