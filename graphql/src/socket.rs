//! `/graphql/ws`: subscriptions (and anything else) over graphql-transport-ws. The API key comes in `connection_init`.

use crate::{
    asking::{Asking, require_key},
    fault::{Raised, finish},
    http::{API_KEY_HEADER, Door, checked, missing_key, problem, traceparent},
    limits::{BODY_BYTES_MAX, SOCKET_INIT_SECONDS_MAX, SOCKET_OPERATIONS_MAX},
};
use app::{
    Fault, FaultKind,
    customer::{self, Authenticated},
};
use async_graphql::{
    Data, Error, Executor, Request as GraphRequest, Response as GraphResponse, http::ALL_WEBSOCKET_PROTOCOLS,
};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message},
    },
    http::HeaderMap,
    response::Response,
};
use domain::json::{self, Refused};
use futures::{
    SinkExt as _, Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use serde_json::Value;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::Semaphore;

pub(crate) async fn open(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(place) = Arc::clone(&door.sockets).try_acquire_owned() else {
        let sentence = "Studio keeps as many connections open as it can; try again shortly.";
        let busy = Fault::new(FaultKind::Unavailable, "server/busy", sentence);
        return problem(busy, door.house.studio.ids.next());
    };
    let connection = Connection {
        door: Arc::clone(&door),
        caller: Arc::default(),
        operations: Arc::new(Semaphore::new(SOCKET_OPERATIONS_MAX)),
        traceparent: traceparent(&headers),
    };
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .max_message_size(BODY_BYTES_MAX)
        .max_frame_size(BODY_BYTES_MAX)
        .on_upgrade(async move |stream| {
            let _place = place;
            let init = connection.clone();
            let (mut sink, stream) = stream.split();
            let refused = Arc::new(OnceLock::new());
            let messages = within_limits(stream, Arc::clone(&refused));
            let serving = GraphQLWebSocket::new_with_pair(&mut sink, messages, connection.clone(), protocol)
                .on_connection_init(async move |payload| init.init(&payload).await)
                .serve();
            tokio::select! {
                () = serving => {}
                // Whoever shows no key is not kept.
                () = connection.overdue() => {}
            }
            if let Some(refused) = refused.get() {
                let close = CloseFrame { code: INVALID_MESSAGE, reason: refused.to_string().into() };
                // Whoever is gone already need not hear it.
                let _ = sink.send(Message::Close(Some(close))).await;
            }
        })
}

/// Levels around the variables of a message: its own object, its payload's and theirs.
const ENVELOPE_LEVELS: usize = 3;
/// graphql-transport-ws: the client sent a message that is none.
const INVALID_MESSAGE: u16 = 4400;

/// The messages up to the first that no parser should see; `refused` then says why.
fn within_limits<E>(
    messages: impl Stream<Item = Result<Message, E>>,
    refused: Arc<OnceLock<Refused>>,
) -> impl Stream<Item = Result<Message, E>> {
    messages.take_while(move |message| {
        let measured = match message {
            Ok(Message::Text(text)) => measure(text.as_bytes()),
            Ok(Message::Binary(bytes)) => measure(bytes),
            _ => Ok(()),
        };
        let passes = measured.map_err(|why| refused.set(why)).is_ok();
        std::future::ready(passes)
    })
}

fn measure(message: &[u8]) -> Result<(), Refused> {
    json::scan_within(message, json::DEPTH_MAX + ENVELOPE_LEVELS)
}

/// One WebSocket.
#[derive(Clone)]
struct Connection {
    door: Arc<Door>,
    caller: Arc<OnceLock<Authenticated>>,
    operations: Arc<Semaphore>,
    traceparent: Option<String>,
}

impl Connection {
    async fn init(self, payload: &Value) -> async_graphql::Result<Data> {
        let caller = self.authenticate(payload).await.map_err(|fault| Error::from(Raised(fault)))?;
        // A second init is refused by the protocol before it comes here.
        let _ = self.caller.set(caller);
        Ok(Data::default())
    }

    async fn authenticate(&self, payload: &Value) -> Result<Authenticated, Fault> {
        let secret = payload.get(API_KEY_HEADER).and_then(Value::as_str).ok_or_else(missing_key)?;
        customer::authenticate(&self.door.house.studio, secret.trim()).await
    }

    async fn overdue(&self) {
        tokio::time::sleep(Duration::from_secs(SOCKET_INIT_SECONDS_MAX)).await;
        if self.caller.get().is_some() {
            std::future::pending::<()>().await;
        }
    }

    /// The key may have been revoked since the connection began.
    async fn begin(&self) -> Result<Arc<Asking>, Fault> {
        let caller = self.caller.get().cloned().ok_or_else(missing_key)?;
        let house = &self.door.house;
        require_key(house, &caller).await?;
        Ok(Asking::new(house, caller, house.studio.ids.next(), self.traceparent.clone()))
    }

    async fn run(self, mut request: GraphRequest) -> BoxStream<'static, GraphResponse> {
        let asking = match self.begin().await {
            Ok(asking) => asking,
            Err(fault) => return alone(failed(fault)),
        };
        let id = asking.request;
        let Ok(place) = Arc::clone(&self.operations).try_acquire_owned() else {
            let sentence =
                format!("A connection may run {SOCKET_OPERATIONS_MAX} operations at the same time.");
            return alone(failed(Fault::invalid("graphql/too-many-operations", sentence)));
        };
        if let Err(mut refused) = checked(&mut request) {
            finish(&mut refused.errors, id);
            return alone(*refused);
        }
        let responses = self.door.schema.execute_stream(request.data(asking));
        responses
            .map(move |mut response| {
                let _held = &place;
                finish(&mut response.errors, id);
                response
            })
            .boxed()
    }
}

fn failed(fault: Fault) -> GraphResponse {
    let error = Error::from(Raised(fault)).into_server_error(async_graphql::Pos::default());
    GraphResponse::from_errors(vec![error])
}

fn alone(response: GraphResponse) -> BoxStream<'static, GraphResponse> {
    stream::iter([response]).boxed()
}

impl Executor for Connection {
    async fn execute(&self, request: GraphRequest) -> GraphResponse {
        let mut responses = self.clone().run(request).await;
        responses.next().await.unwrap_or_default()
    }

    fn execute_stream(
        &self,
        request: GraphRequest,
        _session: Option<Arc<Data>>,
    ) -> BoxStream<'static, GraphResponse> {
        stream::once(self.clone().run(request)).flatten().boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::world::{KEY, World, house};
    use serde_json::json;

    fn connection() -> Connection {
        Connection {
            door: Door::new(house(World::default())),
            caller: Arc::default(),
            operations: Arc::new(Semaphore::new(1)),
            traceparent: None,
        }
    }

    #[tokio::test]
    async fn the_key_in_the_first_message_says_who_it_is() {
        let connection = connection();
        for (payload, code) in [
            (json!(null), "auth/missing-key"),
            (json!({API_KEY_HEADER: 5}), "auth/missing-key"),
            (json!({API_KEY_HEADER: "caas_wrong"}), "auth/invalid-key"),
        ] {
            assert_eq!(connection.authenticate(&payload).await.unwrap_err().code, code);
        }
        assert!(connection.clone().init(&json!({API_KEY_HEADER: KEY})).await.is_ok());
        assert!(connection.caller.get().is_some());
    }

    #[tokio::test]
    async fn safety_1_a_message_over_a_limit_reaches_no_parser_and_ends_the_connection() {
        let subscribe = |variables: &str| {
            format!(r#"{{"id":"1","type":"subscribe","payload":{{"query":"","variables":{variables}}}}}"#)
        };
        let nested = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
        for (sent, wanted) in [
            (subscribe(&nested(json::DEPTH_MAX)), None),
            (subscribe(&nested(json::DEPTH_MAX + 1)), Some("request/json-too-deep")),
            ("[".repeat(100_000), Some("request/json-too-deep")),
            (subscribe(r#"{"a":"\u0000"}"#), Some("request/json-nul")),
            (subscribe(r#"{"a":1,"a":2}"#), Some("request/json-duplicate-name")),
        ] {
            for message in [Message::Text(sent.clone().into()), Message::Binary(sent.clone().into())] {
                let refused = Arc::new(OnceLock::new());
                let messages = stream::iter([Ok::<_, ()>(message), Ok(Message::Text("{}".into()))]);
                let passed = within_limits(messages, Arc::clone(&refused)).count().await;
                assert_eq!(passed, if wanted.is_none() { 2 } else { 0 });
                assert_eq!(refused.get().map(Refused::code), wanted);
            }
        }
    }

    #[tokio::test]
    async fn nothing_runs_before_the_key_is_shown() {
        let response = connection().execute(GraphRequest::new("{ __typename }")).await;
        let error = serde_json::to_value(&response.errors).unwrap();
        assert_eq!(error[0]["extensions"]["code"], "auth/missing-key");
        assert_eq!(response.data, async_graphql::Value::Null);
    }
}
