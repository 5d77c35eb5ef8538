//! Who has an account, who works in it, and with which keys.

use super::{Tour, text};
use crate::{contract::names::SUBJECT, flow::members};
use app::{
    people,
    port::{
        sessions::{Session, SessionId},
        vault::Hashed,
    },
};
use domain::customer::ROLES_MAX;
use reqwest::Method;
use serde_json::json;

pub async fn api_keys_and_subjects(tour: &mut Tour) {
    let made = tour
        .post("/admin/api-key/create", json!({"name": "backend", "expiresAt": "2130-01-01T00:00:00Z"}))
        .await;
    tour.post("/admin/api-key/create", json!({"name": ""})).await;
    let old = text(&made["id"]);
    tour.get(&format!("/admin/api-key/get?apiKey={old}")).await;
    tour.post("/admin/api-key/update", json!({"apiKey": old, "name": "backend, old"})).await;
    let rotated = tour.post("/admin/api-key/rotate", json!({"apiKey": old, "overlapSeconds": 3600})).await;
    let new = text(&rotated["id"]);
    let revoke = "/admin/api-key/revoke";
    tour.ask(Method::DELETE, revoke, Some(json!({"apiKey": old})), &[]).await;
    tour.post(revoke, json!({"apiKey": new})).await;
    tour.post("/admin/api-key/rotate", json!({"apiKey": new})).await;
    tour.post("/admin/api-key/update", json!({"apiKey": new, "name": "again"})).await;
    let nobody = json!({"apiKey": "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e16"});
    for verb in ["update", "rotate", "revoke"] {
        tour.post(&format!("/admin/api-key/{verb}"), nobody.clone()).await;
        tour.post(&format!("/admin/api-key/{verb}"), json!({})).await;
    }
    tour.ask(Method::DELETE, revoke, Some(nobody), &[]).await;
    tour.ask(Method::DELETE, revoke, Some(json!({})), &[]).await;
    tour.get("/admin/api-key/get?apiKey=0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e16").await;
    tour.get("/admin/api-key/list?page=1&limit=10").await;
    tour.get("/admin/api-key/list?limit=0").await;
    let nobody = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH";
    for subject in [SUBJECT, nobody, "bob"] {
        tour.post("/subject/erase", json!({"subjectDid": subject})).await;
    }
}

/// Members, invitations and roles.
pub async fn colleagues(tour: &mut Tour) {
    tour.post("/account/create", json!({"primaryEmail": "ana@example.org", "name": "Ana"})).await;
    tour.post("/account/create", json!({"name": "Ana"})).await;
    tour.get("/account/analytics?network=testnet").await;
    tour.get("/account/analytics?network=moon").await;
    tour.get("/admin/organisation/get").await;
    let about = json!({"name": "Example Ltd", "email": "office@example.org", "description": "Diplomas."});
    tour.post("/admin/organisation/update", about).await;
    tour.post("/admin/organisation/update", json!({"email": "office"})).await;
    let scopes = json!(["issue:credential:testnet", "list:credential:testnet"]);
    tour.post("/admin/role/define", json!({"name": "registrar", "scopes": scopes})).await;
    tour.post("/admin/role/define", json!({"name": "owner", "scopes": scopes})).await;
    tour.post("/admin/role/define", json!({"name": "registrar", "scopes": ["no:such"]})).await;
    tour.get("/admin/role/list").await;
    let invite = json!({"email": "bob@example.org", "role": "auditor"});
    let invited = tour.post("/admin/invitation/create", invite.clone()).await;
    let bob = members::join(&tour.house, &text(&invited["token"]), "bob@example.org").await;
    tour.post("/admin/invitation/create", invite).await;
    tour.post("/admin/invitation/create", json!({"email": "bob", "role": "issuer"})).await;
    tour.post("/admin/invitation/create", json!({"email": "carol@example.org", "role": "unheard-of"})).await;
    let carol = json!({"email": "carol@example.org", "role": "auditor"});
    let carol = text(&tour.post("/admin/invitation/create", carol).await["invitationId"]);
    let accepted = json!({"invitationId": invited["invitationId"]});
    tour.post("/admin/invitation/revoke", json!({"invitationId": carol})).await;
    tour.post("/admin/invitation/revoke", accepted).await;
    tour.post("/admin/invitation/revoke", json!({})).await;
    let nobody = "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e17";
    tour.post("/admin/invitation/revoke", json!({"invitationId": nobody})).await;
    tour.get("/admin/invitation/list?page=1&limit=10").await;
    tour.get("/admin/invitation/list?limit=0").await;
    tour.get("/admin/member/list?page=1&limit=10").await;
    tour.get("/admin/member/list?limit=0").await;
    // A role that somebody has.
    let registrar = json!({"userId": bob, "role": "registrar"});
    tour.house.post("/admin/member/update", registrar).await.expect(200);
    tour.post("/admin/role/remove", json!({"name": "registrar"})).await;
    tour.post("/admin/member/update", json!({"userId": bob, "role": "owner"})).await;
    for verb in ["suspend", "remove"] {
        tour.post(&format!("/admin/member/{verb}"), json!({"userId": bob})).await;
    }
    let last = members::member(&tour.house, "dave@example.org", "owner").await;
    tour.post("/admin/member/update", json!({"userId": bob, "role": "auditor"})).await;
    for verb in ["suspend", "reinstate", "remove", "suspend", "reinstate", "remove"] {
        tour.post(&format!("/admin/member/{verb}"), json!({"userId": bob})).await;
    }
    tour.post("/admin/member/update", json!({"userId": bob, "role": "issuer"})).await;
    for verb in ["update", "suspend", "reinstate", "remove"] {
        tour.post(&format!("/admin/member/{verb}"), json!({})).await;
    }
    tour.post("/admin/member/remove", json!({"userId": last})).await;
    tour.post("/admin/role/remove", json!({"name": "registrar"})).await;
    tour.post("/admin/role/remove", json!({"name": "registrar"})).await;
    tour.post("/admin/role/remove", json!({})).await;
}

/// A browser that signed in with an identity provider.
pub async fn browser(tour: &mut Tour) {
    let studio = tour.house.house.studio.clone();
    let token = people::make_set_up_link(&studio, tour.house.mallory.customer).await.expect("a link");
    let (email, password) = ("ana@example.org", "correct horse battery");
    let newcomer = people::Newcomer { email, name: None, password };
    let call = porch::visitors_call(&studio);
    let opened = people::set_up(&studio, &call, &token, &newcomer, &people::Arrival::default()).await;
    let session = opened.unwrap_or_else(|fault| panic!("{fault}")).session;
    let place = people::place_of(session.user);
    let id_token = studio.vault.seal(place, people::USER_SUBJECT, b"eyJhbGciOiJFUzM4NCJ9.e30.c2ln").await;
    let id = SessionId(uuid::Uuid::from_u128(0x0a1d));
    let session = Session { id, id_token: Some(id_token.expect("sealed")), ..session };
    let hash = studio.hashes.keyed_hash(Hashed::Session, "a-secret-of-the-tour");
    studio.sign_in.sessions.open(&session, &hash).await.expect("a session");
    let cookie = [("cookie", "studio-session=a-secret-of-the-tour")];
    tour.ask_as(None, Method::GET, "/account/idtoken", None, &cookie).await;
}

/// As many roles as an account may have, and one more.
pub async fn roles_exhausted(tour: &mut Tour) {
    let role = |number: usize| json!({"name": format!("clerk-{number}"), "scopes": ["read:key"]});
    for number in 0..ROLES_MAX {
        tour.house.post("/admin/role/define", role(number)).await.expect(200);
    }
    tour.post("/admin/role/define", role(ROLES_MAX)).await;
}
