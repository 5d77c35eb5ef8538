//! JSON-RPC over a WebSocket, with subscriptions to blocks and transactions.

use crate::chain::TagQuery;
use crate::rpc::params::Params;
use crate::rpc::{RpcError, envelope, events};
use crate::server::{MAX_BATCH_CALLS, MAX_BODY_BYTES, Shared, disturbed, one};
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{Message, WebSocket};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::watch;

/// Most subscriptions of one connection.
pub(crate) const MAX_SUBSCRIPTIONS: usize = 5;
/// Longest query of a subscription, in bytes.
pub(crate) const MAX_QUERY_BYTES: usize = 512;

struct Subscription {
    /// The id of the request that made it, which its events carry.
    id: Value,
    text: String,
    query: TagQuery,
}

struct Connection {
    node: Shared,
    socket: WebSocket,
    subscriptions: Vec<Subscription>,
    /// Height up to which events have been told.
    told: u64,
}

/// The connection is over.
struct Closed;

/// Answers an upgrade request.
pub(crate) async fn open(node: Shared, ws: WebSocketUpgrade, stopped: watch::Receiver<bool>) -> Response {
    if let Some(answer) = disturbed(&node).await {
        return answer;
    }
    ws.max_message_size(MAX_BODY_BYTES).on_upgrade(move |socket| async move {
        let told = node.chain().shown_height();
        let connection = Connection { node, socket, subscriptions: Vec::new(), told };
        if let Err(Closed) = connection.serve(stopped).await {
            tracing::debug!("a WebSocket connection ended");
        }
    })
}

impl Connection {
    async fn serve(mut self, mut stopped: watch::Receiver<bool>) -> Result<(), Closed> {
        let mut heights = self.node.heights();
        // Dropping the guard at once keeps this future `Send`.
        let stop = async move { stopped.wait_for(|s| *s).await.is_ok() };
        tokio::pin!(stop);
        loop {
            tokio::select! {
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => self.message(text.as_bytes()).await?,
                    Some(Ok(Message::Binary(bytes))) => self.message(&bytes).await?,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Closed),
                },
                changed = heights.changed() => {
                    changed.map_err(|_| Closed)?;
                    self.tell().await?;
                }
                _ = &mut stop => return Err(Closed),
            }
        }
    }

    async fn send(&mut self, value: &Value) -> Result<(), Closed> {
        self.socket.send(Message::Text(value.to_string().into())).await.map_err(|_| Closed)
    }

    /// Tells what happened since the last time.
    async fn tell(&mut self) -> Result<(), Closed> {
        loop {
            let news = {
                let chain = self.node.chain();
                if self.told >= chain.shown_height() {
                    return Ok(());
                }
                self.told += 1;
                if self.subscriptions.is_empty() { Vec::new() } else { events::of_block(&chain, self.told) }
            };
            let mut messages = Vec::new();
            for event in news {
                for subscription in self.subscriptions.iter().filter(|s| s.query.matches(&event.tags)) {
                    let result =
                        json!({"query": subscription.text, "data": event.data, "events": event.tags});
                    messages.push(envelope(Some(&subscription.id), Ok(result)));
                }
            }
            for message in messages {
                self.send(&message).await?;
            }
        }
    }

    /// One request or a batch.
    async fn message(&mut self, bytes: &[u8]) -> Result<(), Closed> {
        let request: Value = match serde_json::from_slice(bytes) {
            Ok(request) => request,
            Err(error) => {
                let error = RpcError::parse(format!("error unmarshaling request: {error}"));
                return self.send(&envelope(None, Err(error))).await;
            }
        };
        match request {
            Value::Array(requests) if requests.len() <= MAX_BATCH_CALLS => {
                for request in &requests {
                    self.request(request).await?;
                }
                Ok(())
            }
            Value::Array(_) => {
                let error = RpcError::request("too many requests in a batch");
                self.send(&envelope(None, Err(error))).await
            }
            request => self.request(&request).await,
        }
    }

    async fn request(&mut self, request: &Value) -> Result<(), Closed> {
        let id = request.get("id").filter(|id| !id.is_null()).cloned();
        let method = request.get("method").and_then(Value::as_str).unwrap_or_default();
        let done = match (method, &id) {
            ("subscribe", Some(id)) => {
                // What came before the subscription is none of its business.
                self.tell().await?;
                self.subscribe(id, request.get("params"))
            }
            ("unsubscribe", Some(_)) => self.unsubscribe(request.get("params")),
            ("unsubscribe_all", Some(_)) => {
                let had = !std::mem::take(&mut self.subscriptions).is_empty();
                had.then_some(()).ok_or_else(|| RpcError::internal("subscription not found"))
            }
            _ => {
                let (answer, drop_reply) = one(&self.node, request).await;
                if drop_reply {
                    return Err(Closed);
                }
                return match answer {
                    Some(answer) => self.send(&answer).await,
                    None => Ok(()),
                };
            }
        };
        self.send(&envelope(id.as_ref(), done.map(|()| json!({})))).await
    }

    fn subscribe(&mut self, id: &Value, params: Option<&Value>) -> Result<(), RpcError> {
        let text = Params::from_json(params)?.text(0, "query")?.unwrap_or_default();
        if self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            let text = format!("max_subscriptions_per_client {MAX_SUBSCRIPTIONS} reached");
            return Err(RpcError::internal(text));
        }
        if text.len() > MAX_QUERY_BYTES {
            return Err(RpcError::internal("maximum query length exceeded"));
        }
        let query = TagQuery::parse(&text)
            .map_err(|error| RpcError::internal(format!("failed to parse query: {error}")))?;
        if self.subscriptions.iter().any(|s| s.query == query) {
            return Err(RpcError::internal("already subscribed"));
        }
        self.subscriptions.push(Subscription { id: id.clone(), text, query });
        Ok(())
    }

    fn unsubscribe(&mut self, params: Option<&Value>) -> Result<(), RpcError> {
        let text = Params::from_json(params)?.text(0, "query")?.unwrap_or_default();
        let before = self.subscriptions.len();
        self.subscriptions.retain(|s| s.text != text);
        if self.subscriptions.len() == before {
            return Err(RpcError::internal("subscription not found"));
        }
        Ok(())
    }
}
