//! HTTP: JSON-RPC by POST and over a WebSocket, calls by URL, and the devnet's own endpoints.

use crate::faults::{Fault, take};
use crate::node::Node;
use crate::rpc::params::Params;
use crate::rpc::txs::committed;
use crate::rpc::{Outcome, RpcError, RpcResult, call, envelope, is_broadcast};
use crate::socket;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, RawQuery, State, WebSocketUpgrade};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Largest request body the node accepts, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 1_000_000;
/// Largest request body that is read at all, in bytes: the refusal reaches a client only after it has sent its body.
const MAX_READ_BYTES: usize = 32 << 20;
/// How long `broadcast_tx_commit` waits.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(10);
/// Most calls in one batch.
pub(crate) const MAX_BATCH_CALLS: usize = 1000;

pub(crate) type Shared = Arc<Node>;

/// Serves until told to stop.
pub(crate) async fn serve(listener: TcpListener, node: Shared, mut stopped: watch::Receiver<bool>) {
    let ending = stopped.clone();
    let upgrade = move |State(node): State<Shared>, ws: WebSocketUpgrade| socket::open(node, ws, ending);
    let router = Router::new()
        .route("/", post(rpc).get(index))
        .route("/devnet/fault", post(fault))
        .route("/devnet/state", get(state))
        .route("/websocket", get(upgrade))
        .route("/{method}", get(by_url))
        .with_state(node);
    let stop = async move {
        if stopped.wait_for(|s| *s).await.is_err() {
            tracing::debug!("the devnet handle is gone");
        }
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!(%error, "the devnet server ended");
    }
}

fn reply(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A reply whose body breaks off: the client sees a broken connection after the call was carried out.
fn broken() -> Response {
    let cut = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "dropped on request");
    let chunks: [Result<Bytes, std::io::Error>; 1] = [Err(cut)];
    let mut response = Response::new(Body::from_stream(tokio_stream(chunks)));
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("1024"));
    response
}

/// A stream over ready items.
fn tokio_stream<T>(items: impl IntoIterator<Item = T>) -> impl futures::Stream<Item = T> {
    futures::stream::iter(items)
}

/// Faults that concern every request: `Some` is the answer instead.
pub(crate) async fn disturbed(node: &Shared) -> Option<Response> {
    let (delay, unavailable) = {
        let mut chain = node.chain();
        let delay = take(&mut chain.faults.delays).then_some(chain.faults.delay_millis);
        (delay, take(&mut chain.faults.unavailable))
    };
    if let Some(millis) = delay {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    unavailable.then(|| (StatusCode::SERVICE_UNAVAILABLE, "service unavailable\n").into_response())
}

struct Called {
    result: RpcResult,
    drop_reply: bool,
}

async fn execute(node: &Shared, method: String, params: Params) -> Called {
    let shared = node.clone();
    let broadcast = is_broadcast(&method);
    let mut heights = node.heights();
    let work = move || {
        let mut chain = shared.chain();
        let outcome = call(&mut chain, &method, &params);
        if broadcast {
            shared.after_broadcast(&mut chain);
        }
        outcome
    };
    let result = match tokio::task::spawn_blocking(work).await {
        Ok(Outcome::Done(result)) => result,
        Ok(Outcome::AwaitCommit(hash, check)) => {
            let wait = async {
                loop {
                    if let Some(answer) = committed(&node.chain(), &hash, &check) {
                        return Ok(answer);
                    }
                    if heights.changed().await.is_err() {
                        return Err(RpcError::internal("the devnet is shutting down"));
                    }
                }
            };
            tokio::time::timeout(COMMIT_TIMEOUT, wait).await.unwrap_or_else(|_| {
                Err(RpcError::internal("timed out waiting for tx to be included in a block"))
            })
        }
        Err(error) => Err(RpcError::internal(error.to_string())),
    };
    let drop_reply = broadcast && take(&mut node.chain().faults.drop_replies);
    Called { result, drop_reply }
}

/// One request of a batch, or the only one; `None` for a notification.
pub(crate) async fn one(node: &Shared, request: &Value) -> (Option<Value>, bool) {
    let Some(object) = request.as_object() else {
        return (Some(envelope(None, Err(RpcError::request("request is not an object")))), false);
    };
    let Some(id) = object.get("id").filter(|id| !id.is_null()) else { return (None, false) };
    let Some(method) = object.get("method").and_then(Value::as_str) else {
        return (Some(envelope(Some(id), Err(RpcError::request("method is missing")))), false);
    };
    match Params::from_json(object.get("params")) {
        Err(error) => (Some(envelope(Some(id), Err(error))), false),
        Ok(params) => {
            let called = execute(node, method.to_owned(), params).await;
            (Some(envelope(Some(id), called.result)), called.drop_reply)
        }
    }
}

/// What Go says about the first character of a text that is no JSON.
fn parse_error(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut chars = text.trim_start().chars();
    match (chars.next(), chars.next()) {
        (Some('{'), Some(c)) if c != '"' && c != '}' => {
            format!("invalid character '{c}' looking for beginning of object key string")
        }
        (Some(c), _) if !"{[\"-0123456789tfn".contains(c) => {
            format!("invalid character '{c}' looking for beginning of value")
        }
        _ => "unexpected end of JSON input".into(),
    }
}

async fn rpc(State(node): State<Shared>, request: Request<Body>) -> Response {
    if let Some(answer) = disturbed(&node).await {
        return answer;
    }
    let body = match to_bytes(request.into_body(), MAX_READ_BYTES).await {
        Ok(body) if body.len() <= MAX_BODY_BYTES => body,
        _ => {
            let error = RpcError::request("error reading request body: http: request body too large");
            return reply(StatusCode::BAD_REQUEST, &envelope(None, Err(error)));
        }
    };
    if body.is_empty() {
        return index_page();
    }
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        let error = RpcError::parse(format!("error unmarshaling request: {}", parse_error(&body)));
        return reply(StatusCode::INTERNAL_SERVER_ERROR, &envelope(None, Err(error)));
    };
    let (answer, dropped) = match &request {
        Value::Array(requests) if requests.len() <= MAX_BATCH_CALLS => {
            let (mut answers, mut dropped) = (Vec::new(), false);
            for request in requests {
                let (answer, cut) = one(&node, request).await;
                answers.extend(answer);
                dropped |= cut;
            }
            // As CometBFT writes them: one answer stands alone, in whatever form the call came.
            let answer = if answers.len() > 1 { Some(Value::Array(answers)) } else { answers.pop() };
            (answer, dropped)
        }
        Value::Array(_) => {
            (Some(envelope(None, Err(RpcError::request("too many requests in a batch")))), false)
        }
        request => one(&node, request).await,
    };
    if dropped {
        return broken();
    }
    match answer {
        Some(answer) => reply(StatusCode::OK, &answer),
        None => StatusCode::OK.into_response(),
    }
}

fn index_page() -> Response {
    let text = "<html><body>cheqd devnet: JSON-RPC by POST to /, or GET /status, /block?height=1, /tx?hash=0x…, \
                /abci_info, /tx_search?query=\"tx.height=1\", /devnet/state</body></html>\n";
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

async fn index() -> Response {
    index_page()
}

fn url_decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'+', _) => out.push(b' '),
            (b'%', [a, b, tail @ ..]) => match hex::decode([*a, *b]).as_deref() {
                Ok([byte]) => {
                    out.push(*byte);
                    rest = tail;
                }
                _ => out.push(b'%'),
            },
            _ => out.push(*first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

async fn by_url(
    State(node): State<Shared>,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    if let Some(answer) = disturbed(&node).await {
        return answer;
    }
    let query = query.unwrap_or_default();
    let pairs = query.split('&').filter(|p| !p.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (url_decode(name), url_decode(value))
    });
    let called = execute(&node, method, Params::Url(pairs.collect())).await;
    if called.drop_reply {
        return broken();
    }
    let status = match &called.result {
        Err(error) if error.code == -32601 => StatusCode::NOT_FOUND,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Ok(_) => StatusCode::OK,
    };
    reply(status, &envelope(Some(&json!(-1)), called.result))
}

async fn fault(State(node): State<Shared>, body: Bytes) -> Response {
    if !node.fault_endpoint {
        return reply(StatusCode::NOT_FOUND, &json!({"error": "the fault endpoint is switched off"}));
    }
    let fault: Fault = match serde_json::from_slice(&body) {
        Ok(fault) => fault,
        Err(error) => return reply(StatusCode::BAD_REQUEST, &json!({"error": error.to_string()})),
    };
    let result = tokio::task::spawn_blocking(move || node.inject(fault)).await;
    match result {
        Ok(Ok(height)) => reply(StatusCode::OK, &json!({"height": height.to_string()})),
        Ok(Err(error)) => reply(StatusCode::BAD_REQUEST, &json!({"error": error.to_string()})),
        Err(error) => reply(StatusCode::INTERNAL_SERVER_ERROR, &json!({"error": error.to_string()})),
    }
}

async fn state(State(node): State<Shared>) -> Response {
    let chain = node.chain();
    let body = json!({
        "chainId": chain.env().chain_id,
        "height": chain.height().to_string(),
        "waiting": chain.waiting().count(),
        "faults": chain.faults,
    });
    reply(StatusCode::OK, &body)
}
