//! Subscriptions over graphql-transport-ws: an operation until it has ended, deeds from where the last connection stopped.

use super::{PATIENCE, ask, done, error, text};
use crate::house::TestHouse;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, protocol::CloseFrame},
};

/// A client that speaks the protocol and nothing more.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

enum Heard {
    Said(Value),
    Closed(Option<CloseFrame>),
}

impl Socket {
    async fn open(house: &TestHouse) -> Self {
        let address = format!("{}/graphql/ws", house.base.replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a header");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, answer) = connect_async(request).await.expect("a WebSocket");
        assert_eq!(answer.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        Self(socket)
    }

    async fn connect(house: &TestHouse, key: &str) -> Self {
        let mut socket = Self::open(house).await;
        socket.say(json!({"type": "connection_init", "payload": {"x-api-key": key}})).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("it is sent");
    }

    async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        self.say(json!({"type": "subscribe", "id": id, "payload": {"query": query, "variables": variables}}))
            .await;
    }

    async fn next(&mut self) -> Heard {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("somebody answers");
            match message {
                None => return Heard::Closed(None),
                Some(Ok(Message::Close(frame))) => return Heard::Closed(frame),
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if message["type"] == "ping" {
                        self.say(json!({"type": "pong"})).await;
                        continue;
                    }
                    return Heard::Said(message);
                }
                Some(Ok(_)) => {}
                Some(Err(why)) => panic!("the WebSocket broke: {why}"),
            }
        }
    }

    async fn hear(&mut self) -> Value {
        match self.next().await {
            Heard::Said(message) => message,
            Heard::Closed(frame) => panic!("closed: {frame:?}"),
        }
    }

    /// The data of the next answer to this subscription; `None` at its end.
    async fn answer(&mut self, id: &str) -> Option<Value> {
        let message = self.hear().await;
        assert_eq!(message["id"], id, "{message:#}");
        if message["type"] == "complete" {
            return None;
        }
        assert_eq!(message["type"], "next", "{message:#}");
        assert!(message["payload"].get("errors").is_none_or(|errors| errors == &json!([])), "{message:#}");
        Some(message["payload"]["data"].clone())
    }

    /// The code of the error that answers this subscription, and its end.
    async fn refusal(&mut self, id: &str) -> String {
        let message = self.hear().await;
        assert_eq!(message["id"], id, "{message:#}");
        let errors = match message["type"].as_str() {
            Some("error") => message["payload"].clone(),
            Some("next") => message["payload"]["errors"].clone(),
            _ => panic!("no refusal: {message:#}"),
        };
        if message["type"] == "next" {
            let end = self.hear().await;
            assert_eq!((&end["type"], &end["id"]), (&json!("complete"), &json!(id)), "{end:#}");
        }
        text(&errors[0]["extensions"]["code"]).to_owned()
    }
}

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
    "subscription E($after: String, $filter: EventFilter! = {}) { events(after: $after, filter: $filter) {
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
    socket.0.close(None).await.expect("closed");

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
                (&json!("did-create"), &json!("SUCCEEDED")),
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
    for expected in [json!(did), pending] {
        let shown = loop {
            // What "e" had under way may still come.
            let message = socket.hear().await;
            if message["id"] == "e2" {
                break message;
            }
        };
        assert_eq!(shown["payload"]["data"]["events"]["entity"], expected, "{shown:#}");
    }
    socket.subscribe("wrong", EVENTS, json!({"after": "nonsense"})).await;
    assert_eq!(socket.refusal("wrong").await, "graphql/cursor-invalid");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_shows_its_key_first_and_ends_with_it() {
    let house = TestHouse::start().await;
    for payload in [json!({}), json!({"x-api-key": "caas_wrong"}), Value::Null] {
        let mut socket = Socket::open(&house).await;
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        loop {
            match socket.next().await {
                Heard::Said(message) => {
                    assert_ne!(message["type"], "connection_ack", "{payload}: {message:#}");
                }
                Heard::Closed(frame) => {
                    assert!(frame.is_some(), "{payload}: it is said why");
                    break;
                }
            }
        }
    }
    // Nothing runs before the key is shown.
    let before = super::events(&house).await;
    let mut socket = Socket::open(&house).await;
    socket.subscribe("1", "mutation { createKey(input: {}) { replayed } }", json!({})).await;
    while let Heard::Said(message) = socket.next().await {
        assert!(message["payload"]["data"].is_null(), "{message:#}");
    }
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

    revoke_mallorys_key(&house).await;
    socket.subscribe("3", viewer, json!({})).await;
    // The running subscription ends by itself, the new request is refused.
    let mut refused = BTreeSet::new();
    while refused.len() < 2 {
        let message = socket.hear().await;
        let errors =
            if message["type"] == "error" { &message["payload"] } else { &message["payload"]["errors"] };
        if let Some(code) = errors[0]["extensions"]["code"].as_str() {
            assert_eq!(code, "auth/invalid-key", "{message:#}");
            refused.insert(text(&message["id"]).to_owned());
        }
    }
    assert_eq!(refused, ["3".to_owned(), "e".to_owned()].into());
    let http = super::ask_as(&house, &house.mallory.key, viewer, json!({})).await;
    assert_eq!(http.status, 401, "{}", http.text);
    let unknown = super::ask_as(&house, &house.alice.key, "subscription { events { id } }", json!({})).await;
    let refused = error(unknown, "a subscription over HTTP");
    assert!(refused["extensions"]["code"].is_string(), "{refused:#}");
    house.stop().await;
}

async fn revoke_mallorys_key(house: &TestHouse) {
    let studio = &house.house.studio;
    let hash = studio.api_keys.hash(&house.mallory.key);
    let owner = studio.directory.api_key(&hash).await.expect("a row").expect("a key");
    let id = studio.ids.next();
    let call = app::Call {
        customer: house.mallory.customer,
        actor: app::Actor::Operator,
        command_id: id,
        correlation_id: id,
        traceparent: None,
        at: studio.clock.now(),
        wait_seconds: 0,
        dry_run: false,
        fee_max: None,
    };
    app::customer::revoke_api_key(studio, &call, owner.key).await.expect("revoked");
    studio.outcomes.all_visible().await.expect("seen");
}
