//! Floods of sockets and subscriptions.

use super::{PATIENCE, others_are_served};
use crate::house::TestHouse;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::collections::HashSet;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(house: &TestHouse) -> Self {
        let address = format!("{}/graphql/ws", house.base.replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a header");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        Self(connect_async(request).await.expect("a WebSocket").0)
    }

    /// With its key shown, and acknowledged.
    async fn of(house: &TestHouse, key: &str) -> Self {
        let mut socket = Self::open(house).await;
        socket.say(json!({"type": "connection_init", "payload": {"x-api-key": key}})).await;
        let hello = socket.hear().await.expect("an acknowledgement");
        assert_eq!(hello["type"], "connection_ack", "{hello}");
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.expect("it is sent");
    }

    async fn subscribe(&mut self, id: usize) {
        let query = "subscription { events { id entity } }";
        self.say(json!({"type": "subscribe", "id": id.to_string(), "payload": {"query": query}})).await;
    }

    /// The next message; none at the end.
    async fn hear(&mut self) -> Option<Value> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match tokio::time::timeout_at(deadline, self.0.next()).await.expect("somebody answers")? {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if message["type"] != "ping" {
                        return Some(message);
                    }
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

/// The code of the error in an answer to a subscription, if it is one.
fn code(message: &Value) -> Option<&str> {
    let errors = if message["type"] == "error" { &message["payload"] } else { &message["payload"]["errors"] };
    errors[0]["extensions"]["code"].as_str()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_silent_sockets_keep_nobody_out() {
    // safety 7
    let house = TestHouse::start().await;
    let mut silent = Vec::new();
    for _ in 0..1_000 {
        silent.push(Socket::open(&house).await);
    }
    others_are_served(&house).await;
    let mut mallory = Socket::of(&house, &house.mallory.key).await;
    mallory.say(json!({"type": "subscribe", "id": "q", "payload": {"query": "{ viewer { name } }"}})).await;
    let answer = mallory.hear().await.expect("an answer");
    assert_eq!(answer["payload"]["data"]["viewer"]["name"], "Mallory", "{answer}");
    // The first one was shown out long ago.
    assert_eq!(silent.remove(0).hear().await, None);
    house.stop().await;
}

/// How many operations all sockets of a tenant may run.
fn operations_max() -> usize {
    let limit = graphql::limits().into_iter().find(|limit| limit.name == "TENANT_SOCKET_OPERATIONS_MAX");
    usize::try_from(limit.expect("a limit").value).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_of_one_tenant_in_masses_cost_another_nothing() {
    // safety 7: 1 280 of them.
    const SOCKETS: usize = 40;
    const EACH: usize = 32;
    let house = TestHouse::start().await;
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        let mut socket = Socket::of(&house, &house.alice.key).await;
        for id in 0..EACH {
            socket.subscribe(id).await;
        }
        sockets.push(socket);
    }
    others_are_served(&house).await;
    let mut mallory = Socket::of(&house, &house.mallory.key).await;
    mallory.subscribe(0).await;

    // Whatever was taken sees what happens, from some moment on; the surplus was told.
    let listening = async {
        let (mut told, mut refused) = (0, 0);
        for socket in &mut sockets {
            let mut open: HashSet<String> = (0..EACH).map(|id| id.to_string()).collect();
            while !open.is_empty() {
                let message = socket.hear().await.expect("the socket stays");
                let is_first = open.remove(message["id"].as_str().unwrap_or_default());
                match (message["type"].as_str(), code(&message)) {
                    (_, Some(code)) => {
                        assert_eq!(code, "graphql/too-many-operations", "{message}");
                        refused += 1;
                    }
                    (Some("next"), None) => told += usize::from(is_first),
                    _ => panic!("{message}"),
                }
            }
        }
        (told, refused)
    };
    let happening = async {
        loop {
            house.post("/key/create", json!({})).await.expect(200);
        }
    };
    let (told, refused) = tokio::select! {
        counted = listening => counted,
        () = happening => unreachable!("it goes on"),
    };
    assert_eq!((told, refused), (operations_max(), SOCKETS * EACH - operations_max()));
    others_are_served(&house).await;
    let own = json!({"type": "subscribe", "id": "n", "payload": {"query": "{ viewer { name } }"}});
    mallory.say(own).await;
    let answer = mallory.hear().await.expect("an answer");
    assert_eq!(answer["id"], "n", "another tenant's subscription hears nothing of it: {answer}");
    house.stop().await;
}
