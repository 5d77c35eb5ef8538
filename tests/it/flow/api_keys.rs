//! safety 11: an API key is issued, listed, renamed, replaced and revoked, at both doors and the command line.

use crate::{
    house::{Reply, TestHouse},
    patience::Deadline,
};
use app::{
    Actor, Call, Principal,
    customer::{ChangeApiKey, change_api_key},
};
use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use studio::reminders;

async fn works(house: &TestHouse, key: &str) -> bool {
    let reply = house.call_as(Some(key), Method::GET, "/account", None, &[]).await;
    assert!([200, 401].contains(&reply.status), "{}", reply.text);
    reply.status == 200
}

async fn create(house: &TestHouse, body: Value) -> Value {
    house.post("/admin/api-key/create", body).await.expect(201)
}

async fn revoke(house: &TestHouse, key: &str) -> Reply {
    house.call(Method::DELETE, "/admin/api-key/revoke", Some(json!({"apiKey": key}))).await
}

fn tomorrow() -> String {
    (Utc::now() + TimeDelta::days(1)).to_rfc3339()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_11_a_leaked_key_is_revoked_and_opens_nothing_from_then_on() {
    let house = TestHouse::start().await;
    let leaked = create(&house, json!({"name": "ci"})).await;
    let secret = text(&leaked["apiKey"]);
    assert!(works(&house, secret).await);
    assert_eq!((&leaked["name"], &leaked["revoked"]), (&json!("ci"), &json!(false)), "{leaked}");
    // It is named by its secret or by its id; both tell the same, and no secret.
    for name in [secret, text(&leaked["id"])] {
        let found = house.get(&format!("/admin/api-key/get?apiKey={name}")).await.expect(200);
        assert_eq!(found["id"], leaked["id"]);
        assert_eq!(found["apiKey"], format!("caas_…{}", &secret[secret.len() - 4..]));
    }
    let revoked = revoke(&house, secret).await.expect(200);
    assert_eq!((&revoked["id"], &revoked["revoked"]), (&leaked["id"], &json!(true)), "{revoked}");
    assert!(!works(&house, secret).await, "from the answer on");
    let again = revoke(&house, text(&leaked["id"])).await.expect(200);
    assert_eq!(again["revokedAt"], revoked["revokedAt"], "once, and for good");
    for change in [json!({"name": "back"}), json!({"revoked": false, "expiresAt": tomorrow()})] {
        let mut body = change;
        body["apiKey"] = leaked["id"].clone();
        let refused = house.post("/admin/api-key/update", body).await;
        assert_eq!((refused.status, text(&refused.body["code"])), (409, "customer/api-key-revoked"));
    }
    assert!(!works(&house, secret).await);
    let list = house.get("/admin/api-key/list").await.expect(200);
    assert_eq!(list["total"], 2, "{list}");
    assert_eq!((&list["apiKeys"][0]["id"], &list["apiKeys"][0]["revoked"]), (&leaked["id"], &json!(true)));
    let newest = house.get("/admin/api-key/get").await.expect(200);
    assert!(house.alice.key.ends_with(&text(&newest["apiKey"])[text(&newest["apiKey"]).len() - 4..]));
    let deeds = house.get("/event/list?category=api-key").await.expect(200);
    let names: Vec<&str> =
        deeds["events"].as_array().unwrap().iter().map(|deed| text(&deed["operationName"])).collect();
    assert_eq!(names, ["api-key-revoke", "api-key-create", "api-key-create"], "{deeds}");
    // The last one, too: what is leaked must end, and the operator can make another.
    house.post("/admin/api-key/revoke", json!({"apiKey": house.alice.key})).await.expect(200);
    assert!(!works(&house, &house.alice.key).await);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_11_an_expiring_key_is_replaced_with_an_overlap_or_without() {
    let house = TestHouse::start().await;
    let soon = Utc::now() + TimeDelta::days(1);
    let old = create(&house, json!({"name": "backend", "expiresAt": soon.to_rfc3339()})).await;
    let rotate = async |body: Value| house.post("/admin/api-key/rotate", body).await;
    let new = rotate(json!({"apiKey": old["id"], "overlapSeconds": 3600})).await.expect(201);
    assert_eq!((&new["name"], new["id"] == old["id"]), (&json!("backend"), false));
    assert!(works(&house, text(&old["apiKey"])).await && works(&house, text(&new["apiKey"])).await);
    let ending = house.get(&format!("/admin/api-key/get?apiKey={}", text(&old["id"]))).await.expect(200);
    let ends = chrono::DateTime::parse_from_rfc3339(text(&ending["expiresAt"])).expect("an instant");
    assert!(ends < soon && ends > Utc::now(), "{ending}");
    // Without an overlap the old one ends with the answer.
    let third = rotate(json!({"apiKey": new["apiKey"]})).await.expect(201);
    assert!(!works(&house, text(&new["apiKey"])).await && works(&house, text(&third["apiKey"])).await);
    for (body, status, code) in [
        (json!({"apiKey": new["id"]}), 409, "customer/api-key-revoked"),
        (
            json!({"apiKey": third["id"], "overlapSeconds": 30 * 24 * 3600 + 1}),
            400,
            "api-key/overlap-too-long",
        ),
        (json!({"apiKey": third["id"], "overlapSeconds": -1}), 400, "request/invalid"),
        (json!({"apiKey": "caas_nobody"}), 404, "customer/api-key-not-found"),
        (json!({}), 400, "request/invalid"),
    ] {
        let refused = rotate(body.clone()).await;
        assert_eq!((refused.status, text(&refused.body["code"])), (status, code), "{body}: {}", refused.text);
    }
    assert!(works(&house, text(&third["apiKey"])).await, "what is refused changes nothing");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn safety_11_what_is_wrong_with_a_key_is_said_before_it_is_made() {
    let house = TestHouse::start().await;
    let long = "x".repeat(201);
    for (body, code) in [
        (json!({}), "request/invalid"),
        (json!({"name": 7}), "request/invalid"),
        (json!({"name": "  "}), "customer/api-key-name-invalid"),
        (json!({"name": long}), "customer/api-key-name-invalid"),
        (json!({"name": "x", "expiresAt": "soon"}), "request/invalid"),
        (json!({"name": "x", "expiresAt": "2020-01-01T00:00:00Z"}), "customer/api-key-already-expired"),
    ] {
        let refused = house.post("/admin/api-key/create", body.clone()).await;
        assert_eq!((refused.status, text(&refused.body["code"])), (400, code), "{body}: {}", refused.text);
    }
    assert_eq!(house.get("/admin/api-key/list").await.expect(200)["total"], 1);
    // What has expired stays so, and can be told from what was revoked.
    let short = Utc::now() + TimeDelta::seconds(2);
    let brief = create(&house, json!({"name": "brief", "expiresAt": short.to_rfc3339()})).await;
    let deadline = Deadline::new();
    while works(&house, text(&brief["apiKey"])).await {
        deadline.pause("a key that has expired").await;
    }
    let body = json!({"apiKey": brief["id"], "expiresAt": tomorrow()});
    let refused = house.post("/admin/api-key/update", body).await;
    assert_eq!((refused.status, text(&refused.body["code"])), (409, "customer/api-key-expired"));
    let listed = house.get("/admin/api-key/list").await.expect(200);
    assert_eq!(listed["apiKeys"][0]["revoked"], false, "{listed}");
    house.stop().await;
}

/// safety 11 at the other door, which says the same.
#[tokio::test(flavor = "multi_thread")]
async fn safety_11_graphql_issues_changes_replaces_and_revokes() {
    let house = TestHouse::start().await;
    let ask = async |field: &str, kind: &str, input: Value| {
        let query = format!(
            "mutation($i: {kind}!) {{ {field}(input: $i) {{ secret userErrors {{ code }}
               apiKey {{ apiKeyId name lastFour expiresAt revokedAt }} }} }}"
        );
        let body = json!({"query": query, "variables": {"i": input}});
        house.post("/graphql", body).await.expect(200)["data"][field].clone()
    };
    let made = ask("createApiKey", "CreateApiKeyInput", json!({"name": "ci"})).await;
    let (secret, id) = (text(&made["secret"]), &made["apiKey"]["apiKeyId"]);
    assert!(works(&house, secret).await && secret.ends_with(text(&made["apiKey"]["lastFour"])), "{made}");
    let input = json!({"apiKey": id, "name": "ci 2", "expiresAt": tomorrow()});
    let changed = ask("updateApiKey", "UpdateApiKeyInput", input).await;
    assert_eq!((&changed["apiKey"]["name"], &changed["secret"]), (&json!("ci 2"), &Value::Null), "{changed}");
    let new = ask("rotateApiKey", "RotateApiKeyInput", json!({"apiKey": secret})).await;
    assert_eq!(new["apiKey"]["name"], "ci 2", "{new}");
    assert!(!works(&house, secret).await && works(&house, text(&new["secret"])).await);
    let revoked =
        ask("revokeApiKey", "RevokeApiKeyInput", json!({"apiKey": new["apiKey"]["apiKeyId"]})).await;
    assert!(revoked["apiKey"]["revokedAt"].is_string(), "{revoked}");
    assert!(!works(&house, text(&new["secret"])).await);
    for (field, kind, input, code) in [
        ("createApiKey", "CreateApiKeyInput", json!({"name": ""}), "customer/api-key-name-invalid"),
        ("updateApiKey", "UpdateApiKeyInput", json!({"apiKey": id, "name": "x"}), "customer/api-key-revoked"),
        ("rotateApiKey", "RotateApiKeyInput", json!({"apiKey": "nobody's"}), "customer/api-key-not-found"),
    ] {
        let refused = ask(field, kind, input).await;
        assert_eq!(refused["userErrors"], json!([{"code": code}]), "{field}: {refused}");
        assert_eq!((&refused["secret"], &refused["apiKey"]), (&Value::Null, &Value::Null));
    }
    house.stop().await;
}

/// The end of time is one that every store gives back, at every door; a key that has it can be read and ended like another.
#[tokio::test(flavor = "multi_thread")]
async fn safety_2_a_key_may_live_until_the_end_of_time_and_no_longer() {
    let house = TestHouse::start().await;
    let end = "9999-12-31T23:59:59.9999999Z";
    // No key hands on a longer life than it has, so the operator gives hers the longest.
    let own = house.get("/admin/api-key/list").await.expect(200)["apiKeys"][0]["id"].clone();
    let studio = &house.house.studio;
    let operator = Principal::unbounded(house.alice.customer, Actor::Operator);
    let call = Call { who: operator, ..porch::visitors_call(studio) };
    let (key, expires_at) = (text(&own).parse().expect("a key"), Some(end.parse().expect("an instant")));
    change_api_key(studio, &call, ChangeApiKey { key, name: None, expires_at }).await.expect("prolonged");
    let made = create(&house, json!({"name": "for ever", "expiresAt": end})).await;
    let other = create(&house, json!({"name": "other"})).await;
    let query = "mutation($i: UpdateApiKeyInput!) { updateApiKey(input: $i) { userErrors { code } } }";
    let update = async |at: &str| {
        let input = json!({"apiKey": other["id"], "expiresAt": at});
        let body = json!({"query": query, "variables": {"i": input}});
        house.post("/graphql", body).await.expect(200)
    };
    assert_eq!(update(end).await["data"]["updateApiKey"]["userErrors"], json!([]));
    for beyond in ["+12345-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "-0005-01-01T00:00:00Z"] {
        let refused = update(beyond).await;
        let is_refused = refused["errors"].is_array()
            || refused["data"]["updateApiKey"]["userErrors"][0]["code"] == "api-key/life-invalid";
        assert!(is_refused, "{beyond}: {refused}");
    }
    let listed = house.get("/admin/api-key/list").await.expect(200);
    for key in &listed["apiKeys"].as_array().expect("keys")[..2] {
        assert_eq!(key["expiresAt"], "9999-12-31T23:59:59.999Z", "{listed}");
    }
    for key in [&made, &other] {
        assert_eq!(revoke(&house, text(&key["id"])).await.expect(200)["revoked"], true);
        assert!(!works(&house, text(&key["apiKey"])).await);
    }
    house.stop().await;
}

/// A request makes one key. Its repeat is not told a secret that opens nothing.
#[tokio::test(flavor = "multi_thread")]
async fn safety_11_a_repeat_that_cannot_know_the_secret_says_so() {
    let house = TestHouse::start().await;
    let studio = &house.house.studio;
    let call = || studio::tenant::operator_call(&house.house, house.alice.customer);
    let issue = call();
    let first = app::customer::issue_api_key(studio, &issue, "once", None).await.expect("a key");
    let again = app::customer::issue_api_key(studio, &issue, "once", None).await;
    assert_eq!(again.expect_err("no second secret").code, "customer/api-key-already-issued");
    let rotate = call();
    let overlap = std::time::Duration::ZERO;
    let change = app::customer::RotateApiKey { old: first.key, expires_at: None, overlap };
    let next = app::customer::rotate_api_key(studio, &rotate, change.clone()).await.expect("a key");
    let again = app::customer::rotate_api_key(studio, &rotate, change.clone()).await;
    assert_eq!(again.expect_err("no second secret").code, "customer/api-key-already-issued");
    assert!(
        works(&house, next.secret.as_deref().expect("a secret")).await
            && !works(&house, first.secret.as_deref().expect("a secret")).await
    );
    house.stop().await;
}

/// The time, so many days from now.
struct Ahead(TimeDelta);

impl app::port::Clock for Ahead {
    fn now(&self) -> chrono::DateTime<Utc> {
        Utc::now() + self.0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_key_is_told_in_the_history_two_weeks_ahead() {
    let house = TestHouse::start().await;
    let ends = async |house: &TestHouse| {
        let list = house.get("/event/list?name=api-key-end-soon").await.expect(200);
        list["events"].as_array().expect("events").len()
    };
    assert_eq!(reminders::pass(&house.house).await.expect("looked"), 0, "they live for a year");
    let mut later = house.house.clone();
    later.studio.clock = std::sync::Arc::new(Ahead(TimeDelta::days(355)));
    assert_eq!(reminders::pass(&later).await.expect("looked"), 2, "both tenants' only keys");
    house.caught_up().await;
    assert_eq!(ends(&house).await, 1, "each hears of his own");
    assert_eq!(reminders::pass(&later).await.expect("looked"), 0, "once");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_key_was_last_used_is_shown_at_both_doors() {
    let house = TestHouse::start().await;
    let made = create(&house, json!({"name": "ci"})).await;
    assert_eq!(made["lastUsedAt"], Value::Null, "{made}");
    let shown = async || {
        let listed = house.get("/admin/api-key/list").await.expect(200)["apiKeys"][0].clone();
        let got = house.get(&format!("/admin/api-key/get?apiKey={}", text(&made["id"]))).await.expect(200);
        let query = json!({"query": "{ viewer { apiKeys(first: 1) { nodes { apiKeyId lastUsedAt } } } }"});
        let node =
            house.post("/graphql", query).await.expect(200)["data"]["viewer"]["apiKeys"]["nodes"][0].clone();
        assert_eq!((&listed["id"], &node["apiKeyId"]), (&made["id"], &made["id"]), "{listed} {node}");
        assert_eq!(listed["lastUsedAt"], got["lastUsedAt"]);
        (got["lastUsedAt"].clone(), node["lastUsedAt"].clone())
    };
    assert_eq!(shown().await, (Value::Null, Value::Null), "whoever only looks at it uses it not");
    assert!(works(&house, text(&made["apiKey"])).await);
    let (rest, graphql) = shown().await;
    let at =
        |value: &Value| chrono::DateTime::parse_from_rfc3339(text(value)).expect("a time").timestamp_millis();
    assert_eq!(at(&rest), at(&graphql));
    assert!(at(&rest) >= at(&made["createdAt"]), "{rest} {made}");
    house.stop().await;
}

/// Attacked: of many mutations in one request, those behind the revocation of their own key went on.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_does_nothing_more_under_a_key_that_was_revoked() {
    let house = TestHouse::start().await;
    let spare = house.post("/admin/api-key/create", json!({"name": "spare"})).await.expect(201);
    let secret = spare["apiKey"].as_str().expect("a secret");
    let keys = async || {
        let query = json!({"query": "{ keys { totalCount } }"});
        house.post("/graphql", query).await.expect(200)["data"]["keys"]["totalCount"].clone()
    };
    let before = keys().await;
    let revoke = "revokeApiKey(input: {apiKey: $key}) { userErrors { code } }";
    let query = format!("mutation($key: ID!) {{ {revoke} createKey(input: {{}}) {{ key {{ kid }} }} }}");
    let one = json!({"query": query, "variables": {"key": spare["id"]}});
    let create = json!({"query": "mutation { createKey(input: {}) { key { kid } } }"});
    // In one document, and in the documents of one body.
    let batch = json!([one, create]);
    let answers = house.call_as(Some(secret), Method::POST, "/graphql", Some(batch), &[]).await.expect(200);
    for answer in answers.as_array().expect("answers") {
        assert_eq!(answer["errors"][0]["extensions"]["code"], "auth/api-key-revoked", "{answer}");
    }
    assert_eq!(keys().await, before, "no key was made");
    house.stop().await;
}

/// Attacked: whose answer was lost was told 409 for good, and not which key it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_answer_was_lost_is_named_to_its_repeat() {
    let house = TestHouse::start().await;
    let key = Some(house.alice.key.as_str());
    let headers = [("idempotency-key", "k")];
    let create = async || {
        house
            .call_as(key, Method::POST, "/admin/api-key/create", Some(json!({"name": "lost"})), &headers)
            .await
    };
    let first = create().await.expect(201);
    // The process died between the event and its answer.
    let forgotten =
        "update es.replies set status = null, body = null, claimed_until = null where idempotency_key = 'k'";
    sqlx::query(forgotten).execute(&house.house.pool).await.expect("forgotten");
    let again = create().await.expect(201);
    assert_eq!((&again["id"], &again["name"]), (&first["id"], &first["name"]), "{again}");
    assert!(again["apiKey"].as_str().expect("masked") != first["apiKey"].as_str().expect("a secret"));
    house.stop().await;
}
