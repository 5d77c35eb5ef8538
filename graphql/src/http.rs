//! `/graphql`: who asks (401), what was sent (400, 413, 415) and what is taken as an answer (406), and then GraphQL's own
//! answer: 200, or 400 for a request that was not executed if the client knows `application/graphql-response+json`.

mod accept;
pub(crate) mod ask;

use crate::{
    House,
    asking::Asking,
    execute::{Answer, Engine},
    fault::{finish, log, refusal},
    graphiql,
    limits::BODY_BYTES_MAX,
    places::Sockets,
    pulse::Pulses,
    socket,
};
pub(crate) use accept::Form;
use app::{
    Fault, FaultKind,
    budget::{Caller, Work},
};
use ask::{Asked, Body};
use async_graphql::parser::types::OperationType;
use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
    routing::get,
};
use futures::FutureExt as _;
pub(crate) use porch::answer::too_slow;
use porch::{
    answer::{REQUEST_ID_HEADER, longest},
    problem::ProblemBody,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tracing::Instrument as _;
use uuid::Uuid;

pub(crate) use porch::head::API_KEY_HEADER;

/// A header that would be ignored, by somebody who relies on it.
const HEADER_KEY: &str = "A request here may hold several mutations: give idempotencyKey in the input of each, not a header Idempotency-Key.";
/// The code of a mutation in a `GET`.
const GET_MUTATION: &str = "graphql/get-mutation";

/// What handlers share.
pub(crate) struct Door {
    pub(crate) house: Arc<House>,
    pub(crate) engine: Engine,
    pub(crate) sockets: Sockets,
    pub(crate) pulses: Arc<Pulses>,
}

impl Door {
    pub(crate) fn new(house: House) -> Arc<Self> {
        Arc::new(Self {
            house: Arc::new(house),
            engine: Engine::new(),
            sockets: Sockets::default(),
            pulses: Arc::default(),
        })
    }

    /// How long a request may take: it may wait for the ledger.
    pub(crate) fn time(&self) -> Duration {
        longest(self.house.write_wait_seconds)
    }

    /// Runs one request of a body, or the query of an address; every error in its answer has a code. Faults:
    /// `graphql/get-mutation`, `request/too-many`, `server/busy`.
    async fn run(&self, asked: &Asked, method: &Method, asking: &Arc<Asking>) -> Result<Answer, Fault> {
        let prepared = match self.engine.prepare(asked, asking).await {
            Ok(prepared) => prepared,
            Err(refused) => return Ok(refused),
        };
        match prepared.kind {
            OperationType::Mutation if *method != Method::POST => Err(Fault::invalid(
                GET_MUTATION,
                "A mutation changes things, so it cannot be sent by GET: send it by POST.",
            )),
            OperationType::Subscription => {
                let sentence = "Subscriptions are followed over a WebSocket: /graphql/ws.";
                let fault = Fault::invalid("graphql/subscription-over-http", sentence);
                Ok(Answer::refused(vec![refusal(&fault, None)], asking.request))
            }
            _ => {
                asking.take_place_of(&prepared).await?;
                Ok(self.engine.execute(prepared, asking).await)
            }
        }
    }
}

pub(crate) fn router(house: House) -> Router {
    let door = Door::new(house);
    Router::new()
        .route("/graphql", get(read).post(write).fallback(no_such_method))
        .route("/graphql/ws", get(socket::open))
        .merge(graphiql::files())
        .with_state(door)
}

/// `GET`: a query, or the page for a browser that asks nothing.
async fn read(State(door): State<Arc<Door>>, request: Request) -> Response {
    if accept::wants_page(request.headers()) && !ask::asks(request.uri()) {
        return graphiql::page(door.house.studio.settings.open_to.is_some());
    }
    answered(&door, request).await
}

async fn write(State(door): State<Arc<Door>>, request: Request) -> Response {
    answered(&door, request).await
}

async fn no_such_method(State(door): State<Arc<Door>>) -> Response {
    let fault = Fault::invalid("request/method-not-allowed", "Use POST, or GET for queries.");
    problem(fault, door.house.studio.ids.next(), Form::Json)
}

async fn answered(door: &Arc<Door>, request: Request) -> Response {
    let started = Instant::now();
    let id = door.house.studio.ids.next();
    let span = tracing::info_span!("graphql.request", id = %id);
    let form = accept::form(request.headers());
    let mut cookie = None;
    let work = AssertUnwindSafe(serve(door, request, id, &mut cookie)).catch_unwind();
    let outcome = tokio::time::timeout(door.time(), work).instrument(span.clone()).await;
    let outcome = match outcome {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(Fault::panicked(panic.as_ref())),
        Err(_) => Err(too_slow()),
    };
    let mut response =
        outcome.unwrap_or_else(|fault| span.in_scope(|| problem(fault, id, form.unwrap_or(Form::Json))));
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID_HEADER, value);
    }
    // What one caller may see is for nobody else, and the same address answers in two forms.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), elapsed_ms, "graphql.request"));
    response
}

async fn serve(
    door: &Door,
    request: Request,
    id: Uuid,
    cookie: &mut Option<HeaderValue>,
) -> Result<Response, Fault> {
    let budget = &door.house.budget;
    let (Parts { method, uri, headers, extensions, .. }, body) = request.into_parts();
    let client = porch::Client::of(&extensions);
    let known = porch::identify(&door.house.studio, budget, &method, &headers, client).await?;
    let caller = known.who;
    *cookie = known.cookie;
    let form = accept::form(&headers).ok_or_else(not_acceptable)?;
    porch::head::is_plain(&headers)?;
    if headers.contains_key("idempotency-key") {
        return Err(Fault::invalid("graphql/idempotency-header", HEADER_KEY));
    }
    porch::body::fits(&headers, BODY_BYTES_MAX)?;
    // Until it is known what is asked, it is a read.
    let place = budget.enter(Work::Read, Caller::Tenant(caller.customer)).await?;
    let body = if method == Method::POST {
        ask::require_json(&headers)?;
        ask::parse(&porch::body::read(&headers, body, BODY_BYTES_MAX).await?)?
    } else {
        Body::One(Box::new(ask::of_address(&uri)?))
    };
    // Loaders live as long as the body: a batch shares them.
    let traceparent = porch::head::traceparent(&headers);
    let asking = Asking::new(&door.house, &door.pulses, caller, id, traceparent);
    asking.hold(Work::Read, place);
    match body {
        Body::One(asked) => {
            let answer = door.run(&asked, &method, &asking).await?;
            let refused = answer.is_refused() && form == Form::Graph;
            Ok(answer_in(form, if refused { StatusCode::BAD_REQUEST } else { StatusCode::OK }, &answer))
        }
        Body::Many(many) => {
            let mut answers = Vec::with_capacity(many.len());
            for asked in many {
                // What was done before stays done, so it is told.
                let ran = door.run(&asked, &method, &asking).await;
                answers.push(ran.unwrap_or_else(|fault| {
                    log(&fault);
                    Answer::refused(vec![refusal(&fault, None)], id)
                }));
            }
            Ok(answer_in(form, StatusCode::OK, &answers))
        }
    }
}

fn answer_in(form: Form, status: StatusCode, answer: &impl Serialize) -> Response {
    let mut response = (status, Json(answer)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, form.content_type());
    response
}

fn not_acceptable() -> Fault {
    let sentence =
        "Answers are application/graphql-response+json or application/json, in UTF-8; accept one of them.";
    Fault::invalid("request/not-acceptable", sentence)
}

fn status_of(fault: &Fault) -> StatusCode {
    match fault.code {
        "request/not-acceptable" => StatusCode::NOT_ACCEPTABLE,
        "request/method-not-allowed" | GET_MUTATION => StatusCode::METHOD_NOT_ALLOWED,
        _ => porch::problem::status_of(fault.kind),
    }
}

/// What stops a request before GraphQL has a say: the error body of REST, with `errors` beside it for clients that know
/// GraphQL only. `application/graphql-response+json` has no other members than GraphQL's.
pub(crate) fn problem(fault: Fault, id: Uuid, form: Form) -> Response {
    log(&fault);
    let status = status_of(&fault);
    let mut errors = vec![refusal(&fault, None)];
    finish(&mut errors, id);
    let mut body = json!({ "errors": errors });
    let is_bug = fault.kind == FaultKind::Bug;
    let fault = if is_bug { fault.with("incident", id.to_string()) } else { fault };
    if let (Form::Json, Some(members)) = (form, body.as_object_mut())
        && let Ok(Value::Object(rest)) = serde_json::to_value(ProblemBody::of(&fault, status))
    {
        members.extend(rest);
    }
    let mut response = answer_in(form, status, &body);
    porch::problem::headers(&fault, status, response.headers_mut());
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = if fault.code == GET_MUTATION { "POST" } else { "GET, HEAD, POST" };
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    }
    response
}

#[cfg(test)]
pub(crate) mod tests;
