//! `POST /graphql`: who asks (401), what was sent (400, 413), and then GraphQL's own answer (200).

use crate::{
    House,
    asking::Asking,
    fault::{RETRY_AFTER_SECONDS, finish, log},
    graphiql,
    limits::{
        self, BATCH_REQUESTS_MAX, BODY_BYTES_MAX, QUERY_BYTES_MAX, REQUEST_SLACK_SECONDS,
        REQUESTS_IN_FLIGHT_MAX, SOCKETS_MAX, too_much,
    },
    schema::{StudioSchema, schema},
    socket, text,
};
use app::{Fault, FaultKind, customer};
use async_graphql::{Request as GraphRequest, Response as GraphResponse, ServerError, Value as GraphValue};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest as _, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use domain::json;
use futures::FutureExt as _;
use serde_json::{Value, json};
use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;
use tracing::Instrument as _;
use uuid::Uuid;

/// Header that carries the API key.
pub(crate) const API_KEY_HEADER: &str = "x-api-key";
/// This request's id, in every answer and in the log.
const REQUEST_ID_HEADER: &str = "x-request-id";
/// Longest `traceparent` that is passed on.
const TRACEPARENT_CHARS_MAX: usize = 128;

/// What handlers share.
pub(crate) struct Door {
    pub(crate) house: Arc<House>,
    pub(crate) schema: StudioSchema,
    pub(crate) places: Semaphore,
    pub(crate) sockets: Arc<Semaphore>,
}

impl Door {
    pub(crate) fn new(house: House) -> Arc<Self> {
        Arc::new(Self {
            house: Arc::new(house),
            schema: schema(),
            places: Semaphore::new(REQUESTS_IN_FLIGHT_MAX),
            sockets: Arc::new(Semaphore::new(SOCKETS_MAX)),
        })
    }

    /// Runs one request of a body; every error in its answer has a code.
    pub(crate) async fn run(&self, mut request: GraphRequest, asking: &Arc<Asking>) -> GraphResponse {
        let id = asking.request;
        let mut response = match checked(&mut request) {
            Ok(()) => self.schema.execute(request.data(Arc::clone(asking))).await,
            Err(refused) => *refused,
        };
        finish(&mut response.errors, id);
        response
    }
}

/// What is refused before anything is executed.
pub(crate) fn checked(request: &mut GraphRequest) -> Result<(), Box<GraphResponse>> {
    if request.query.len() > QUERY_BYTES_MAX {
        let sentence = format!("The query is longer than {QUERY_BYTES_MAX} bytes.");
        return Err(refused(&too_much("graphql/query-too-long", sentence)));
    }
    text::check(&request.query).map_err(|fault| refused(&fault))?;
    let document =
        request.parsed_query().map_err(|error| Box::new(GraphResponse::from_errors(vec![error])))?;
    limits::check(document).map_err(|fault| refused(&fault))
}

fn refused(fault: &Fault) -> Box<GraphResponse> {
    let mut error = ServerError::new(fault.public.clone(), None);
    error.extensions.get_or_insert_default().set("code", GraphValue::from(fault.code));
    Box::new(GraphResponse::from_errors(vec![error]))
}

pub(crate) fn router(house: House) -> Router {
    let door = Door::new(house);
    Router::new()
        .route("/graphql", get(graphiql::page).post(post))
        .route("/graphql/ws", get(socket::open))
        .merge(graphiql::files())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(door)
}

async fn post(State(door): State<Arc<Door>>, request: Request) -> Response {
    let started = Instant::now();
    let id = door.house.studio.ids.next();
    let span = tracing::info_span!("graphql.request", id = %id);
    let time = Duration::from_secs(door.house.write_wait_seconds.saturating_add(REQUEST_SLACK_SECONDS));
    let work = AssertUnwindSafe(serve(&door, request, id)).catch_unwind();
    let outcome = tokio::time::timeout(time, work).instrument(span.clone()).await;
    let outcome = match outcome {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Fault::bug("a GraphQL request panicked")),
        Err(_) => Err(Fault::new(
            FaultKind::Unavailable,
            "server/timeout",
            "The request took too long. What it began goes on; ask for its result.",
        )),
    };
    let mut response = outcome.unwrap_or_else(|fault| span.in_scope(|| problem(fault, id)));
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), elapsed_ms, "graphql.request"));
    response
}

async fn serve(door: &Door, request: Request, id: Uuid) -> Result<Response, Fault> {
    let Ok(_place) = door.places.try_acquire() else {
        let sentence = "Studio is serving as many requests as it can; try again shortly.";
        return Err(Fault::new(FaultKind::Unavailable, "server/busy", sentence));
    };
    let studio = &door.house.studio;
    let caller = customer::authenticate(studio, api_key(request.headers())?).await?;
    let traceparent = traceparent(request.headers());
    require_json(request.headers())?;
    let body = read(request).await?;
    let requests = parse(&body)?;
    // Loaders live as long as the body: a batch shares them.
    let asking = Asking::new(&door.house, caller, id, traceparent);
    match requests {
        Body::One(request) => Ok(Json(door.run(*request, &asking).await).into_response()),
        Body::Many(requests) => {
            let mut responses = Vec::with_capacity(requests.len());
            for request in requests {
                responses.push(door.run(request, &asking).await);
            }
            Ok(Json(responses).into_response())
        }
    }
}

fn api_key(headers: &HeaderMap) -> Result<&str, Fault> {
    let value = headers.get(API_KEY_HEADER).ok_or_else(missing_key)?;
    // What is not even text is no key; authenticate says so in the same words as for any other wrong one.
    Ok(value.to_str().unwrap_or("\u{0}").trim())
}

pub(crate) fn missing_key() -> Fault {
    Fault::new(
        FaultKind::Unauthenticated,
        "auth/missing-key",
        "Unauthorized error: Seems like you are not authenticated. Send an API key in the x-api-key header.",
    )
}

pub(crate) fn traceparent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    (text.len() <= TRACEPARENT_CHARS_MAX).then(|| text.to_owned())
}

fn require_json(headers: &HeaderMap) -> Result<(), Fault> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "application/json" {
        return Ok(());
    }
    Err(Fault::invalid("request/unsupported-media-type", "Send application/json."))
}

async fn read(request: Request) -> Result<Bytes, Fault> {
    Bytes::from_request(request, &()).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let sentence = format!("The body is larger than {BODY_BYTES_MAX} bytes.");
            return Fault::new(FaultKind::TooLarge, "request/body-too-large", sentence);
        }
        Fault::invalid("request/body-unreadable", "The body could not be read to its end.")
    })
}

#[derive(Debug)]
enum Body {
    One(Box<GraphRequest>),
    Many(Vec<GraphRequest>),
}

/// Levels around the variables of a request: its own object and theirs.
const ENVELOPE_LEVELS: usize = 2;

fn parse(body: &[u8]) -> Result<Body, Fault> {
    let is_batch = body.trim_ascii_start().starts_with(b"[");
    let depth_max = json::DEPTH_MAX + ENVELOPE_LEVELS + usize::from(is_batch);
    let value = json::read_within(body, depth_max)?;
    let malformed = |why: serde_json::Error| {
        Fault::invalid("request/body-malformed", format!("The body is not a GraphQL request in JSON: {why}"))
    };
    if let Value::Array(items) = &value
        && (items.is_empty() || items.len() > BATCH_REQUESTS_MAX)
    {
        let sentence = format!("A batch should hold 1 to {BATCH_REQUESTS_MAX} requests.");
        return Err(Fault::invalid("graphql/batch-size", sentence));
    }
    match value {
        Value::Array(items) => {
            let requests = items.into_iter().map(serde_json::from_value).collect::<Result<_, _>>();
            requests.map(Body::Many).map_err(malformed)
        }
        single => {
            serde_json::from_value(single).map(|request| Body::One(Box::new(request))).map_err(malformed)
        }
    }
}

/// The error body of REST, for what stops a request before GraphQL has a say.
pub(crate) fn problem(fault: Fault, id: Uuid) -> Response {
    log(&fault);
    let status = match fault.kind {
        FaultKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FaultKind::Forbidden => StatusCode::FORBIDDEN,
        FaultKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        _ if fault.code == "request/unsupported-media-type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut body = json!({
        "error": fault.public,
        "code": fault.code,
        "type": format!("urn:studio:error:{}", fault.code.replace('/', ":")),
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": fault.public,
    });
    if let Some(members) = body.as_object_mut() {
        members.extend(fault.members);
        if fault.kind == FaultKind::Bug {
            members.insert("incident".to_owned(), Value::String(id.to_string()));
        }
    }
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
    }
    response
}

#[cfg(test)]
pub(crate) mod tests;
