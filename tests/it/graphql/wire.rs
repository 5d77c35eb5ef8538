//! A client that speaks graphql-transport-ws and nothing more.

use super::{PATIENCE, text};
use crate::house::TestHouse;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

/// One WebSocket.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What came.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A message.
    Said(Value),
    /// The end: code and reason.
    Closed(Option<(u16, String)>),
}

impl Socket {
    /// With this `Sec-WebSocket-Protocol`, or none.
    pub(crate) async fn open_with(house: &TestHouse, protocol: Option<&str>) -> Self {
        Self::open_at(&house.base, protocol).await
    }

    async fn open_at(base: &str, protocol: Option<&str>) -> Self {
        let address = format!("{}/graphql/ws", base.replacen("http", "ws", 1));
        let mut request = address.into_client_request().expect("a request");
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", protocol.parse().expect("a header"));
        }
        let (socket, answer) = connect_async(request).await.expect("a WebSocket");
        let chosen = answer.headers().get("sec-websocket-protocol").and_then(|value| value.to_str().ok());
        let spoken =
            protocol.is_some_and(|all| all.split(',').any(|one| one.trim() == "graphql-transport-ws"));
        assert_eq!(chosen, spoken.then_some("graphql-transport-ws"));
        Self(socket)
    }

    pub(crate) async fn open(house: &TestHouse) -> Self {
        Self::open_with(house, Some("graphql-transport-ws")).await
    }

    pub(crate) async fn connect(house: &TestHouse, key: &str) -> Self {
        Self::at(&house.base, key).await
    }

    /// At this address, with the key shown.
    pub(crate) async fn at(base: &str, key: &str) -> Self {
        let mut socket = Self::open_at(base, Some("graphql-transport-ws")).await;
        socket.say(json!({"type": "connection_init", "payload": {"x-api-key": key}})).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.0.send(message).await.expect("it is sent");
    }

    pub(crate) async fn close(&mut self) {
        self.0.close(None).await.expect("closed");
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        self.say(json!({"type": "subscribe", "id": id, "payload": {"query": query, "variables": variables}}))
            .await;
    }

    /// The next message or the end; pings are answered.
    pub(crate) async fn next(&mut self) -> Heard {
        // (A server that only asks whether somebody is there says nothing.)
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let message = tokio::time::timeout_at(deadline, self.0.next()).await.expect("somebody answers");
            match message {
                None => return Heard::Closed(None),
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Closed(frame.map(|frame| (frame.code.into(), frame.reason.to_string())));
                }
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

    pub(crate) async fn hear(&mut self) -> Value {
        match self.next().await {
            Heard::Said(message) => message,
            Heard::Closed(frame) => panic!("closed: {frame:?}"),
        }
    }

    /// The code and reason it is closed with, whatever is said before.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Heard::Closed(frame) = self.next().await {
                return frame.expect("it is said why");
            }
        }
    }

    /// The data of the next answer to this subscription; `None` at its end.
    pub(crate) async fn answer(&mut self, id: &str) -> Option<Value> {
        let message = self.hear().await;
        assert_eq!(message["id"], id, "{message:#}");
        if message["type"] == "complete" {
            return None;
        }
        assert_eq!(message["type"], "next", "{message:#}");
        assert!(message["payload"].get("errors").is_none(), "{message:#}");
        Some(message["payload"]["data"].clone())
    }

    /// The code of the error that ends this subscription.
    pub(crate) async fn refusal(&mut self, id: &str) -> String {
        let message = self.hear().await;
        assert_eq!((&message["id"], &message["type"]), (&json!(id), &json!("error")), "{message:#}");
        text(&message["payload"][0]["extensions"]["code"]).to_owned()
    }
}
