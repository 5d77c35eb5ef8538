//! Subscriptions over graphql-transport-ws: an operation until it has ended, deeds from where the last connection stopped.

use super::{ask, done, error, text, wire::Socket};
use crate::house::TestHouse;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio_tungstenite::tungstenite::Message;

const OPERATION: &str = "subscription S($id: ID!) { operation(id: $id) { operationId state txHash feePaid controller { phase } history { no code } } }";

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_followed_until_it_has_ended() {
    let house = TestHouse::start().await;
    house.node.go_away();
    let begun = done(&house, "createDid", "did { did }", json!({"network": "TESTNET", "wait": 0})).await;
    let operation = text(&begun["operation"]["operationId"]).to_owned();
    let mut socket = Socket::connect(&house, &house.alice.key).await;
    socket.subscribe("1", OPERATION, json!({"id": operation})).await;
    let first = socket.answer("1").await.expect("how it stands")["operation"].clone();
    assert_eq!(first["operationId"], operation);
    assert!(["PENDING", "SUBMITTED"].contains(&text(&first["state"])), "{first:#}");

    house.node.recover();
    let mut states = vec![text(&first["state"]).to_owned()];
    let mut last = first;
    while let Some(next) = socket.answer("1").await {
        assert_ne!(next["operation"], Value::Null, "{next:#}");
        last = next["operation"].clone();
        states.push(text(&last["state"]).to_owned());
    }
    assert_eq!(last["state"], "CONFIRMED", "{states:?}");
    assert_eq!(
        states.iter().filter(|state| *state == "CONFIRMED").count(),
        1,
        "the end is told once: {states:?}"
    );
    assert!(last["txHash"].is_string() && last["feePaid"].is_string(), "{last:#}");

    // One that has ended is shown once, by either of its ids.
    for id in [json!(operation), begun["operation"]["id"].clone()] {
        socket.subscribe("2", OPERATION, json!({"id": id})).await;
        assert_eq!(socket.answer("2").await.expect("its end")["operation"]["state"], "CONFIRMED");
        assert!(socket.answer("2").await.is_none());
    }
    // Queries and mutations are answered too.
    socket.subscribe("3", "{ viewer { name } }", json!({})).await;
    assert_eq!(socket.answer("3").await.expect("an answer")["viewer"]["name"], "Alice");
    assert!(socket.answer("3").await.is_none());

    let mut mallory = Socket::connect(&house, &house.mallory.key).await;
    for id in [operation.as_str(), "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14", "nonsense"] {
        mallory.subscribe("m", OPERATION, json!({"id": id})).await;
        assert_eq!(mallory.refusal("m").await, "operation/not-found");
    }
    house.stop().await;
}

const EVENTS: &str =
    "subscription E($after: String, $filter: EventFilter) { events(after: $after, filter: $filter) {
    id cursor category action entity status txHash operation { state } } }";

async fn key(house: &TestHouse) -> String {
    text(&done(house, "createKey", "key { kid }", json!({})).await["key"]["kid"]).to_owned()
}

async fn deed(socket: &mut Socket) -> Value {
    socket.answer("e").await.expect("a deed")["events"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn deeds_go_on_where_the_last_connection_stopped() {
    let house = TestHouse::start().await;
    let start = ask(&house, "{ events(first: 1) { nodes { cursor } } }", json!({})).await;
    let start = start["events"]["nodes"][0]["cursor"].clone();
    let mut socket = Socket::connect(&house, &house.alice.key).await;
    socket.subscribe("e", EVENTS, json!({"after": start})).await;
    let (one, two) = (key(&house).await, key(&house).await);
    // Mallory's deeds are in the same log.
    super::payload_as(&house, &house.mallory.key, "createKey", "", json!({})).await;
    let first = deed(&mut socket).await;
    assert_eq!((&first["entity"], &first["category"]), (&json!(one), &json!("KEY")), "{first:#}");
    let second = deed(&mut socket).await;
    assert_eq!(second["entity"], two, "{second:#}");
    socket.close().await;

    // While nobody listens.
    let (three, four) = (key(&house).await, key(&house).await);
    let did = super::did(&house).await;
    let mut socket = Socket::connect(&house, &house.alice.key).await;
    socket.subscribe("e", EVENTS, json!({"after": second["cursor"]})).await;
    assert_eq!(deed(&mut socket).await["entity"], three);
    assert_eq!(deed(&mut socket).await["entity"], four);
    let mut seen = BTreeSet::new();
    loop {
        let deed = deed(&mut socket).await;
        assert!(seen.insert((deed["id"].to_string(), deed["status"].to_string())), "told twice: {deed:#}");
        if deed["entity"] == did && deed["category"] == "DID" {
            assert_eq!(
                (&deed["action"], &deed["status"]),
                (&json!("DID_CREATE"), &json!("SUCCEEDED")),
                "{deed:#}"
            );
            assert_eq!(deed["operation"]["state"], "CONFIRMED", "{deed:#}");
            assert!(deed["txHash"].is_string(), "{deed:#}");
            break;
        }
    }

    // A write that is under way comes twice: asked for, and with its outcome.
    house.node.go_away();
    let pending = done(&house, "createDid", "did { did }", json!({"network": "TESTNET", "wait": 0})).await;
    let pending = pending["did"]["did"].clone();
    let status = async |socket: &mut Socket| loop {
        let deed = deed(socket).await;
        if deed["entity"] == pending {
            return deed["status"].clone();
        }
    };
    assert_eq!(status(&mut socket).await, "PENDING");
    house.node.recover();
    assert_eq!(status(&mut socket).await, "SUCCEEDED");

    // Only what is asked for; several subscriptions on one connection; the client may end one.
    socket.say(json!({"type": "complete", "id": "e"})).await;
    let filter = json!({"categories": ["DID"], "statuses": ["SUCCEEDED"]});
    socket.subscribe("e2", EVENTS, json!({"after": start, "filter": filter})).await;
    // What was completed says nothing more.
    for expected in [json!(did), pending] {
        assert_eq!(socket.answer("e2").await.expect("a deed")["events"]["entity"], expected);
    }
    socket.subscribe("wrong", EVENTS, json!({"after": "nonsense"})).await;
    assert_eq!(socket.refusal("wrong").await, "graphql/cursor-invalid");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_shows_its_key_first_and_ends_with_it() {
    let house = TestHouse::start().await;
    for payload in [json!({}), json!({"x-api-key": "caas_wrong"}), json!({"x-api-key": 7}), Value::Null] {
        let mut socket = Socket::open(&house).await;
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()), "{payload}");
    }
    // As a header would be written.
    let mut socket = Socket::open(&house).await;
    socket.say(json!({"type": "connection_init", "payload": {"X-API-Key": house.mallory.key}})).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    // Nothing runs before the key is shown.
    let before = super::events(&house).await;
    let mut socket = Socket::open(&house).await;
    socket.subscribe("1", "mutation { createKey(input: {}) { replayed } }", json!({})).await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));
    assert_eq!(super::events(&house).await, before, "nothing ran");

    let mut socket = Socket::connect(&house, &house.mallory.key).await;
    let viewer = "{ viewer { name } }";
    socket.subscribe("1", viewer, json!({})).await;
    assert_eq!(socket.answer("1").await.expect("an answer")["viewer"]["name"], "Mallory");
    assert!(socket.answer("1").await.is_none());
    socket.subscribe("e", EVENTS, json!({"filter": {"categories": ["DID"]}})).await;
    // The limits hold here too.
    socket
        .subscribe(
            "2",
            &format!("{{ {} }}", "viewer { id } ".repeat(graphql::ROOT_FIELDS_MAX + 1)),
            json!({}),
        )
        .await;
    assert_eq!(socket.refusal("2").await, "graphql/too-many-root-fields");

    let mut idle = Socket::connect(&house, &house.mallory.key).await;
    revoke_mallorys_key(&house).await;
    // The running subscription ends by itself, and then its socket; one without any just so.
    loop {
        let message = socket.hear().await;
        if message["type"] == "error" {
            assert_eq!(message["payload"][0]["extensions"]["code"], "auth/api-key-revoked", "{message:#}");
            assert_eq!(message["id"], "e");
            break;
        }
    }
    assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()));
    assert_eq!(idle.closed().await, (4403, "Forbidden".to_owned()));
    let http = super::ask_as(&house, &house.mallory.key, viewer, json!({})).await;
    assert_eq!(http.status, 401, "{}", http.text);
    let unknown = super::ask_as(&house, &house.alice.key, "subscription { events { id } }", json!({})).await;
    let refused = error(unknown, "a subscription over HTTP");
    assert_eq!(refused["extensions"]["code"], "graphql/subscription-over-http", "{refused:#}");
    house.stop().await;
}

/// By a key of hers that goes on.
async fn revoke_mallorys_key(house: &TestHouse) {
    let mallory = &house.mallory.key;
    let body = json!({"name": "another"});
    let other = house.call_as(Some(mallory), Method::POST, "/admin/api-key/create", Some(body), &[]).await;
    let other = text(&other.expect(201)["apiKey"]).to_owned();
    let body = json!({"apiKey": mallory});
    house.call_as(Some(&other), Method::DELETE, "/admin/api-key/revoke", Some(body), &[]).await.expect(200);
}

/// doors 3: sockets closed with 1011 and 1002 where the protocol has codes of its own.
#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_the_protocol_closes_with_its_code() {
    let house = TestHouse::start().await;
    let key = house.alice.key.as_str();
    let init = || json!({"type": "connection_init", "payload": {"x-api-key": key}});
    let subscribe = |query: &str| json!({"type": "subscribe", "id": "1", "payload": {"query": query}});

    // 4406: no protocol of ours. (A client that offers only others ends by itself, since none is chosen.)
    let mut socket = Socket::open_with(&house, None).await;
    assert_eq!(socket.closed().await.0, 4406);
    Socket::open_with(&house, Some("graphql-ws, graphql-transport-ws")).await.close().await;

    // 4400: no message of it, before and after the key.
    for message in [
        Message::text("hello"),
        Message::text("{}"),
        Message::text(r#"{"type":"connection_terminate"}"#),
        Message::text(r#"{"type":"subscribe","id":"1","payload":{}}"#),
        Message::text(format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000))),
        Message::binary(init().to_string().into_bytes()),
    ] {
        let mut socket = Socket::open(&house).await;
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await.0, 4400);
        let mut socket = Socket::connect(&house, key).await;
        socket.send(message).await;
        let (code, reason) = socket.closed().await;
        assert!(code == 4400 && reason.starts_with("Invalid message: "), "{code} {reason}");
    }
    // 1009: a message over the limit of bodies.
    for too_long in [1024 * 1024 + 1, 2 * 1024 * 1024] {
        let mut socket = Socket::connect(&house, key).await;
        socket.send(Message::text("x".repeat(too_long))).await;
        let (code, reason) = socket.closed().await;
        assert_eq!((code, reason.as_str()), (1009, "A message may have at most 1048576 bytes"));
    }
    // 4429: who one is is said once.
    let mut socket = Socket::connect(&house, key).await;
    socket.say(init()).await;
    assert_eq!(socket.closed().await, (4429, "Too many initialisation requests".to_owned()));
    // 4409: one id, one operation; free again after its end.
    let mut socket = Socket::connect(&house, key).await;
    for _ in 0..2 {
        socket.say(subscribe("{ __typename }")).await;
        assert!(socket.answer("1").await.is_some() && socket.answer("1").await.is_none());
    }
    socket.say(subscribe("subscription { events { id } }")).await;
    socket.say(json!({"type": "complete", "id": "1"})).await;
    socket.say(json!({"type": "complete", "id": "nobody"})).await;
    socket.say(subscribe("subscription { events { id } }")).await;
    socket.say(subscribe("{ __typename }")).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for 1 already exists".to_owned()));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_is_answered_and_an_error_ends_only_its_operation() {
    let house = TestHouse::start().await;
    let mut socket = Socket::open(&house).await;
    // Before the key too, with what came in it.
    socket.say(json!({"type": "ping", "payload": {"a": [1]}})).await;
    assert_eq!(socket.hear().await, json!({"type": "pong", "payload": {"a": [1]}}));
    socket.say(json!({"type": "ping"})).await;
    assert_eq!(socket.hear().await, json!({"type": "pong"}));
    socket.say(json!({"type": "pong"})).await;
    socket.say(json!({"type": "connection_init", "payload": {"x-api-key": house.alice.key}})).await;
    assert_eq!(socket.hear().await, json!({"type": "connection_ack"}));
    for (query, code) in [
        ("{ nothing }", "graphql/invalid"),
        ("query($x: Int!) { dids(first: $x) { totalCount } }", "graphql/invalid"),
        ("{ dids(first: 1000) { totalCount } }", "graphql/paging-invalid"),
        ("subscription { events { id } operation(id: \"x\") { id } }", "graphql/invalid"),
        ("subscription { events(after: \"x\") { id } }", "graphql/cursor-invalid"),
        ("subscription { operation(id: \"x\") { id } }", "operation/not-found"),
    ] {
        socket.subscribe("1", query, json!({})).await;
        assert_eq!(socket.refusal("1").await, code, "{query}");
    }
    // What was executed in part is an answer.
    house.node.go_away();
    socket.subscribe("1", "{ viewer { name payers { balance } } }", json!({})).await;
    let message = socket.hear().await;
    assert_eq!(
        (&message["type"], &message["payload"]["data"]["viewer"]["name"]),
        (&json!("next"), &json!("Alice"))
    );
    assert!(message["payload"]["errors"][0]["path"].is_array(), "{message:#}");
    assert_eq!(socket.hear().await, json!({"id": "1", "type": "complete"}));
    house.stop().await;
}
