//! Colleagues: invited, suspended, given another role, removed; and what becomes of the API keys that they made.

use crate::house::TestHouse;
use app::{
    Actor, Call, Principal,
    act::perform,
    customer::{Bounds, IssueApiKey},
    people::{Visitor, accept_invitation, principal_of},
};
use domain::{
    id::{CustomerId, UserId},
    user::EmailAddress,
};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

fn call(house: &TestHouse, who: Principal) -> Call {
    let (studio, id) = (&house.house.studio, Uuid::new_v4());
    Call {
        who,
        command_id: id,
        correlation_id: id,
        traceparent: None,
        at: studio.clock.now(),
        wait_seconds: 0,
        dry_run: false,
        fee_max: None,
        desk: app::Desk::default(),
    }
}

/// Whoever has this address accepts an invitation; the user.
pub async fn join(house: &TestHouse, token: &str, email: &str) -> String {
    let user = UserId(Uuid::new_v4());
    let visitor = Visitor {
        user,
        email: EmailAddress::parse(email),
        email_verified: true,
        name: Some("Bob Builder".to_owned()),
        identity: None,
    };
    let stranger = Principal::unbounded(CustomerId(user.0), Actor::User(user.0));
    let call = call(house, stranger);
    accept_invitation(&house.house.studio, &call, token, &visitor).await.expect("the invitation is his");
    user.to_string()
}

/// A new member of Alice's account.
pub async fn member(house: &TestHouse, email: &str, role: &str) -> String {
    let body = json!({"email": email, "role": role});
    let invited = house.post("/admin/invitation/create", body).await.expect(201);
    join(house, invited["token"].as_str().expect("a token"), email).await
}

/// An API key that a member of Alice's account makes himself.
async fn key_of(house: &TestHouse, user: &str) -> String {
    let (studio, user) = (&house.house.studio, user.parse().expect("a user"));
    let who = principal_of(studio, house.alice.customer, user).await.expect("a member");
    let act = IssueApiKey { name: "his".to_owned(), expires_at: None, bounds: Bounds::default() };
    let settled = perform(studio, call(house, who), None, act, ()).await;
    match settled.outcome.expect("an issuer with the scope makes keys") {
        app::Written::Done(issued) => issued.secret.expect("a secret"),
        _ => panic!("it ends here"),
    }
}

async fn status(house: &TestHouse, key: &str) -> u16 {
    house.call_as(Some(key), Method::GET, "/account", None, &[]).await.status
}

async fn only_member(house: &TestHouse) -> Value {
    let listed = house.get("/admin/member/list").await.expect(200);
    assert_eq!(listed["total"], 1, "{listed}");
    listed["members"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_comes_and_goes_and_his_keys_with_him() {
    let house = TestHouse::start().await;
    let body = json!({"email": "Bob@Example.org", "role": "admin"});
    let invited = house.post("/admin/invitation/create", body).await.expect(201);
    let token = invited["token"].as_str().expect("a token").to_owned();
    let open = house.get("/admin/invitation/list").await;
    assert!(!open.text.contains(&token), "a token is shown once: {}", open.text);
    assert_eq!(open.body["invitations"][0]["state"], "open");
    assert_eq!(open.body["invitations"][0]["email"], "Bob@Example.org");

    let bob = join(&house, &token, "bob@example.org").await;
    let shown = only_member(&house).await;
    assert_eq!(
        (&shown["userId"], &shown["role"], &shown["suspended"]),
        (&json!(bob), &json!("admin"), &json!(false))
    );
    assert_eq!((&shown["email"], &shown["name"]), (&json!("bob@example.org"), &json!("Bob Builder")));
    let again =
        house.post("/admin/invitation/create", json!({"email": "BOB@example.org", "role": "issuer"})).await;
    assert_eq!(again.expect(409)["code"], "customer/already-member");

    let key = key_of(&house, &bob).await;
    assert_eq!(status(&house, &key).await, 200);
    house.post("/admin/member/suspend", json!({"userId": bob})).await.expect(200);
    assert_eq!(status(&house, &key).await, 401, "a suspended member's key opens nothing");
    house.post("/admin/member/reinstate", json!({"userId": bob})).await.expect(200);
    assert_eq!(status(&house, &key).await, 200);

    let changed =
        house.post("/admin/member/update", json!({"userId": bob, "role": "auditor"})).await.expect(200);
    assert_eq!(changed["role"], "auditor");
    assert_eq!(status(&house, &key).await, 401, "a key that may do more than its maker ends");
    let removed = house.post("/admin/member/remove", json!({"userId": bob})).await.expect(200);
    assert_eq!(removed["removed"], true);
    assert_eq!(house.get("/admin/member/list").await.expect(200)["total"], 0);
    let unknown = house.post("/admin/member/remove", json!({"userId": bob})).await.expect(404);
    assert_eq!(unknown["code"], "customer/member-not-found");

    // The history tells all of it, and nobody's name.
    let history =
        house.post("/graphql", json!({"query": "{ events(first: 50) { nodes { action } } }"})).await;
    for action in [
        "MEMBER_INVITE",
        "MEMBER_JOIN",
        "MEMBER_SUSPEND",
        "MEMBER_REINSTATE",
        "MEMBER_ROLE_UPDATE",
        "MEMBER_REMOVE",
    ] {
        assert!(history.text.contains(action), "{action}: {}", history.text);
    }
    let log: Vec<String> = sqlx::query_scalar("select payload::text from events")
        .fetch_all(&house.house.pool)
        .await
        .expect("the log is read");
    for text in log {
        let text = text.to_lowercase();
        let tells = ["bob@", "bob b", "builder"].into_iter().any(|word| text.contains(word));
        assert!(!tells && !text.contains(&token), "personal data is sealed: {text}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_repeat_of_an_invitation_shows_it_as_it_is_then() {
    let house = TestHouse::start().await;
    let invite = async || {
        let body = Some(json!({"email": "bob@example.org", "role": "issuer"}));
        let once = [("idempotency-key", "k")];
        let key = Some(house.alice.key.as_str());
        house.call_as(key, Method::POST, "/admin/invitation/create", body, &once).await.expect(201)
    };
    let (first, again) = (invite().await, invite().await);
    assert!(first["token"].is_string() && again["token"].is_null(), "{first} {again}");
    for name in ["invitationId", "createdAt", "expiresAt", "email", "role", "state"] {
        assert_eq!(first[name], again[name], "{name}");
    }
    let revoke = json!({"invitationId": first["invitationId"]});
    house.post("/admin/invitation/revoke", revoke).await.expect(200);
    assert_eq!(invite().await["state"], "revoked");
    let query = "{ open: invitations(state: OPEN) { totalCount } revoked: invitations(state: REVOKED) { totalCount } }";
    let told = house.post("/graphql", json!({"query": query})).await.expect(200);
    assert_eq!(told["data"], json!({"open": {"totalCount": 0}, "revoked": {"totalCount": 1}}));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_or_takes_what_he_does_not_have() {
    let house = TestHouse::start().await;
    let owner = member(&house, "olga@example.org", "owner").await;
    let admin = member(&house, "adam@example.org", "admin").await;
    let key = key_of(&house, &admin).await;
    let as_admin = async |target: &str, body: Value| {
        house.call_as(Some(&key), Method::POST, target, Some(body), &[]).await
    };
    for (target, body) in [
        ("/admin/member/remove", json!({"userId": owner})),
        ("/admin/member/suspend", json!({"userId": owner})),
        ("/admin/member/update", json!({"userId": owner, "role": "auditor"})),
        ("/admin/member/update", json!({"userId": admin, "role": "owner"})),
        ("/admin/invitation/create", json!({"email": "eve@example.org", "role": "owner"})),
        (
            "/admin/api-key/rotate",
            json!({"apiKey": house.get("/admin/api-key/list").await.body["apiKeys"][1]["id"]}),
        ),
    ] {
        let refused = as_admin(target, body.clone()).await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (403, &json!("auth/beyond-own-rights")),
            "{target} {body}: {}",
            refused.text
        );
    }
    as_admin("/admin/invitation/create", json!({"email": "eve@example.org", "role": "admin"}))
        .await
        .expect(201);
    let last = house.post("/admin/member/remove", json!({"userId": owner})).await.expect(409);
    assert_eq!(last["code"], "customer/last-owner");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_roles_of_its_own_and_a_name() {
    let house = TestHouse::start().await;
    let define =
        json!({"name": "registrar", "scopes": ["issue:credential:testnet", "list:credential:testnet"]});
    house.post("/admin/role/define", define).await.expect(200);
    let unknown =
        house.post("/admin/role/define", json!({"name": "x", "scopes": ["no:such"]})).await.expect(400);
    assert_eq!(unknown["code"], "customer/scope-unknown");
    let roles = house.get("/admin/role/list").await.expect(200);
    assert_eq!((&roles["total"], &roles["roles"][4]["name"]), (&json!(5), &json!("registrar")), "{roles}");
    let rita = member(&house, "rita@example.org", "registrar").await;
    let in_use = house.post("/admin/role/remove", json!({"name": "registrar"})).await.expect(409);
    assert_eq!(in_use["code"], "customer/role-in-use");
    house.post("/admin/member/remove", json!({"userId": rita})).await.expect(200);
    house.post("/admin/role/remove", json!({"name": "registrar"})).await.expect(200);

    let body = json!({"name": "Example Org", "email": "office@example.org", "description": "We test."});
    let changed = house.post("/admin/organisation/update", body).await.expect(200);
    assert_eq!(changed["cosmosAddress"]["testnet"], house.alice.payer);
    let kept = house.post("/admin/organisation/update", json!({"description": ""})).await.expect(200);
    assert_eq!(
        (&kept["name"], &kept["email"], &kept["description"]),
        (&json!("Example Org"), &json!("office@example.org"), &json!("We test."))
    );
    let created = house.post("/account/create", json!({"primaryEmail": "a@example.org"})).await.expect(201);
    assert_eq!(
        (&created["customerId"], &created["name"]),
        (&json!(house.alice.customer.to_string()), &json!("Example Org"))
    );
    house.did().await;
    let counts = house.get("/account/analytics?network=testnet").await.expect(200);
    assert_eq!(counts, json!({"dids": 1, "credentials": 0, "accreditations": 0, "resources": 0}));
    let query = "{ analytics(network: MAINNET) { dids } organisation { name description } }";
    let told = house.post("/graphql", json!({"query": query})).await.expect(200);
    assert_eq!(
        told["data"],
        json!({"analytics": {"dids": 0}, "organisation": {"name": "Example Org", "description": "We test."}})
    );
    house.stop().await;
}
