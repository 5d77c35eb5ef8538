//! What happens before a handler runs: who asks (401), what was sent (400, 413), and whether it was sent before.

use crate::{
    House, Input, Problem,
    ask::Admitted,
    front::message,
    idempotency,
    input::Query,
    openapi,
    route::{Auth, Endpoint, Kind, Route},
};
use app::{Call, Fault, customer};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::{HeaderMap, StatusCode, Uri, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use domain::id::CustomerId;
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc};
use tracing::Instrument;
use uuid::Uuid;

/// Header that carries the API key.
pub const API_KEY_HEADER: &str = "x-api-key";
/// As much of an unknown parameter's name is repeated in the answer.
const SHOWN_NAME_CHARS: usize = 64;
/// Longest `traceparent` that is passed on.
const TRACEPARENT_CHARS_MAX: usize = 128;

/// This request's id, given by the front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestId(pub(crate) Uuid);

/// For the log line: which route it was and who called it.
#[derive(Debug, Clone)]
pub(crate) struct Visited {
    pub(crate) path: &'static str,
    pub(crate) customer: Option<CustomerId>,
}

#[derive(Clone)]
struct Gate {
    house: Arc<House>,
    route: Route,
    /// The query parameters that the route takes; `None` if that is not the gate's to judge.
    parameters: Option<&'static [String]>,
}

/// The handler behind its gate.
pub(crate) fn gated(house: &Arc<House>, endpoint: &Endpoint) -> MethodRouter<Arc<House>> {
    let parameters = openapi::query_parameters(&endpoint.route).filter(|_| endpoint.is_strict);
    let gate = Gate { house: Arc::clone(house), route: endpoint.route.clone(), parameters };
    endpoint.handler.clone().route_layer(middleware::from_fn_with_state(gate, admit))
}

async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let path = gate.route.path;
    let mut customer = None;
    let mut response = match pass(&gate, &mut customer, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    response.extensions_mut().insert(Visited { path, customer });
    response
}

async fn pass(
    gate: &Gate,
    customer: &mut Option<CustomerId>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if gate.route.auth == Auth::Public {
        only_known(gate, request.uri())?;
        return Ok(next.run(request).await);
    }
    let studio = &gate.house.studio;
    let secret = api_key(request.headers())?;
    let caller = customer::authenticate(studio, secret).await?;
    *customer = Some(caller.customer);

    let (mut parts, body) = request.into_parts();
    only_known(gate, &parts.uri)?;
    let content_type = content_type(&parts.headers)?;
    let bytes = read(&parts, body).await?;
    let options = Options::of(gate, &parts)?;
    let idempotency_key = match gate.route.kind {
        Kind::Write | Kind::LedgerWrite if !options.dry_run => idempotency::key_of(&parts.headers)?,
        _ => None,
    };
    let input = Input::decode(content_type.as_deref(), &bytes)?;
    let hash = idempotency_key.as_ref().map(|_| idempotency::hash(&parts.method, &parts.uri, &bytes));
    let request_id = parts.extensions.get::<RequestId>().map_or_else(|| studio.ids.next(), |id| id.0);
    let command_id = match (&idempotency_key, &hash) {
        (Some(key), Some(hash)) => idempotency::command_id(caller.customer, key, hash),
        _ => studio.ids.next(),
    };
    let call = Call {
        customer: caller.customer,
        actor: caller.actor,
        command_id,
        correlation_id: request_id,
        traceparent: traceparent(&parts.headers),
        at: studio.clock.now(),
        wait_seconds: options.wait_seconds,
        dry_run: options.dry_run,
        fee_max: options.fee_max,
    };
    parts.extensions.insert(Admitted { call: call.clone(), input });
    let request = Request::from_parts(parts, Body::empty());
    if gate.route.kind == Kind::Read {
        return Ok(next.run(request).await);
    }
    // A write runs in its own task: a client that hangs up must not leave its answer unsaved.
    let house = Arc::clone(&gate.house);
    let run = async move {
        let handled = caught(next.run(request));
        match (idempotency_key, hash) {
            (Some(key), Some(hash)) => idempotency::once(&house.studio, &call, &key, &hash, handled).await,
            _ => handled.await,
        }
    };
    match tokio::spawn(run.in_current_span()).await {
        Ok(response) => Ok(response),
        Err(stopped) => Err(Fault::bug(format!("a write stopped: {stopped}")).into()),
    }
}

/// A parameter that the route does not know would be ignored, and a filter, a limit or a policy that is ignored answers
/// another question than the one that was asked. So is one that says two things.
fn only_known(gate: &Gate, uri: &Uri) -> Result<(), Problem> {
    let Some(known) = gate.parameters else { return Ok(()) };
    let query = Query::parse(uri.query().unwrap_or_default())?;
    for (name, value) in query.pairs() {
        if !known.contains(name) {
            let list = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let shown: String = name.chars().take(SHOWN_NAME_CHARS).collect();
            let sentence = format!("There is no query parameter {shown} here; there are: {list}.");
            return Err(Fault::invalid("request/unknown-member", sentence).with("field", shown).into());
        }
        if query.pairs().iter().any(|(other, said)| other == name && said != value) {
            let sentence = format!("The query parameter {name} says two things.");
            return Err(Fault::about(name, sentence).into());
        }
    }
    Ok(())
}

/// A panic is an answer too, so that the idempotency key of its request is let go.
async fn caught(run: impl Future<Output = Response>) -> Response {
    AssertUnwindSafe(run).catch_unwind().await.unwrap_or_else(|panic| {
        Problem::from(Fault::bug(format!("panic: {}", message(panic.as_ref())))).into_response()
    })
}

fn api_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let missing = || {
        Fault::new(
            app::FaultKind::Unauthenticated,
            "auth/missing-key",
            "Unauthorized error: Seems like you are not authenticated. Send an API key in the x-api-key header.",
        )
    };
    let value = headers.get(API_KEY_HEADER).ok_or_else(missing)?;
    // What is not even text is no key; authenticate says so in the same words as for any other wrong one.
    Ok(value.to_str().unwrap_or("\u{0}").trim())
}

pub(crate) fn content_type(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().map_err(|_| {
        Fault::invalid("request/content-type-malformed", "The Content-Type header is not text.")
    })?;
    Ok(Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()))
}

async fn read(parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    let mut request = Request::new(body);
    // The limit travels in the extensions (axum's DefaultBodyLimit).
    *request.extensions_mut() = parts.extensions.clone();
    Bytes::from_request(request, &()).await.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Fault::new(
                app::FaultKind::TooLarge,
                "request/body-too-large",
                format!("The body is larger than {} bytes.", crate::input::BODY_BYTES_MAX),
            )
            .into()
        } else {
            Problem::from(Fault::invalid("request/body-unreadable", "The body could not be read to its end."))
        }
    })
}

fn traceparent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    (text.len() <= TRACEPARENT_CHARS_MAX).then(|| text.to_owned())
}

/// How a ledger write is meant.
#[derive(Debug)]
struct Options {
    wait_seconds: u64,
    dry_run: bool,
    fee_max: Option<domain::id::Ncheq>,
}

impl Options {
    fn of(gate: &Gate, parts: &Parts) -> Result<Self, Problem> {
        let query = Query::parse(parts.uri.query().unwrap_or_default())?;
        let dry_run = query.flag("dryRun")?.unwrap_or(false);
        let fee_max =
            query.text("maxFee").map(str::parse::<domain::id::Ncheq>).transpose().map_err(|_| {
                Fault::invalid("request/invalid", "maxFee should be a whole number of ncheq")
                    .with("field", "maxFee")
            })?;
        if dry_run && gate.route.kind == Kind::Write {
            return Err(Fault::invalid(
                "request/dry-run-unsupported",
                "dryRun tells the price of ledger writes; this request is none.",
            )
            .into());
        }
        let wait_seconds = wait(&parts.headers, gate.house.settings.write_wait_seconds);
        Ok(Self { wait_seconds, dry_run, fee_max })
    }
}

/// `Prefer: respond-async` and `Prefer: wait=<seconds>` (RFC 7240); nobody waits longer than the operator allows.
fn wait(headers: &HeaderMap, allowed: u64) -> u64 {
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut wait = allowed;
    for preference in preferences.flat_map(|line| line.split([',', ';'])) {
        let preference = preference.trim().to_ascii_lowercase();
        if preference == "respond-async" {
            return 0;
        }
        if let Some(seconds) =
            preference.strip_prefix("wait=").and_then(|text| text.trim().parse::<u64>().ok())
        {
            wait = wait.min(seconds);
        }
    }
    wait
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn prefer_shortens_the_wait_and_never_lengthens_it() {
        let table = [
            ("respond-async", 0),
            ("Respond-Async", 0),
            ("wait=10", 10),
            ("wait=100", 30),
            ("respond-async, wait=10", 0),
            ("handling=lenient; wait=5", 5),
            ("wait=x", 30),
        ];
        for (text, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert("prefer", HeaderValue::from_static(text));
            assert_eq!(wait(&headers, 30), expected, "{text}");
        }
        assert_eq!(wait(&HeaderMap::new(), 30), 30);
    }

    #[test]
    fn a_key_that_is_not_text_is_refused_like_any_other() {
        let mut headers = HeaderMap::new();
        assert_eq!(api_key(&headers).unwrap_err().fault().code, "auth/missing-key");
        headers.insert(API_KEY_HEADER, HeaderValue::from_bytes(b"caas_\xff").unwrap());
        assert_eq!(api_key(&headers).unwrap(), "\u{0}");
    }
}
