//! What happens before a handler runs: who asks (401), whether they may (403), what was sent (400, 413), how it is meant.

use crate::{
    House, Input, Problem,
    ask::{Admitted, Kept},
    did::OPTIONS_BYTES_MAX,
    idempotency,
    input::{BODY_BYTES_MAX, Query},
    openapi,
    route::{Auth, Endpoint, Route},
};
use app::{
    Call, Fault,
    act::Effect,
    budget::{Budget, Caller, Place, Work},
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, Uri, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use domain::id::CustomerId;
use porch::{Client, Known, head};
use std::sync::{Arc, atomic::Ordering};
use uuid::Uuid;

pub use porch::head::API_KEY_HEADER;

/// As much of an unknown parameter's name is repeated in the answer.
const SHOWN_NAME_CHARS: usize = 64;

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
    /// The query parameter that makes it a question to the ledger.
    asks_with: Option<&'static str>,
}

impl Gate {
    /// Which places a call takes.
    fn work(&self, uri: &Uri) -> Option<Work> {
        let asks = |name| {
            let query = Query::parse(uri.query().unwrap_or_default());
            query.is_ok_and(|query| query.pairs().iter().any(|(other, _)| other == name))
        };
        if self.asks_with.is_some_and(asks) { Some(Work::Ask) } else { self.route.work() }
    }
}

/// The handler behind its gate.
pub(crate) fn gated(house: &Arc<House>, endpoint: &Endpoint) -> MethodRouter<Arc<House>> {
    let parameters = openapi::query_parameters(&endpoint.route).filter(|_| endpoint.is_strict);
    let asks_with = endpoint.asks_with;
    let gate = Gate { house: Arc::clone(house), route: endpoint.route.clone(), parameters, asks_with };
    endpoint.handler.clone().route_layer(middleware::from_fn_with_state(gate, admit))
}

async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let path = gate.route.path;
    let (mut customer, mut cookie) = (None, None);
    let mut response = match pass(&gate, (&mut customer, &mut cookie), request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response.extensions_mut().insert(Visited { path, customer });
    response
}

async fn pass(
    gate: &Gate,
    (customer, cookie): (&mut Option<CustomerId>, &mut Option<HeaderValue>),
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (studio, budget) = (&gate.house.studio, &gate.house.budget);
    if gate.route.auth == Auth::Public {
        only_known(gate, request.uri())?;
        let network = Client::of(request.extensions()).network();
        let request = with_body_read(request).await?;
        let _place = place(budget, gate.work(request.uri()), Caller::Network(network)).await?;
        return Ok(next.run(request).await);
    }
    let client = Client::of(request.extensions());
    let known = identify(gate, request.method(), request.headers(), client).await?;
    let caller = known.who;
    (*customer, *cookie) = (Some(caller.customer), known.cookie);
    // Whether somebody may at all comes before what he sent; whether he may there, a write says itself.
    if let Some(act) = gate.route.act {
        caller.may(act, None)?;
    }

    let (mut parts, body) = request.into_parts();
    head::is_plain(&parts.headers)?;
    only_known(gate, &parts.uri)?;
    let content_type = content_type(&parts.headers)?;
    porch::body::fits(&parts.headers, BODY_BYTES_MAX)?;
    let place = place(budget, gate.work(&parts.uri), Caller::Tenant(caller.customer)).await?;
    let bytes = porch::body::read(&parts.headers, body, BODY_BYTES_MAX).await?;
    let options = Options::of(gate, &parts)?;
    let key = match gate.route.effect {
        effect if effect.is_write() && !options.dry_run => idempotency::key_of(&parts.headers)?,
        _ => None,
    };
    let input = Input::decode(content_type.as_deref(), &bytes)?;
    only_in_the_query(gate, &input)?;
    let request_id = parts.extensions.get::<RequestId>().map_or_else(|| studio.ids.next(), |id| id.0);
    let call = Call {
        who: caller,
        command_id: studio.ids.next(),
        correlation_id: request_id,
        traceparent: head::traceparent(&parts.headers),
        at: studio.clock.now(),
        wait_seconds: options.wait_seconds,
        dry_run: options.dry_run,
        fee_max: options.fee_max,
        desk: app::Desk::default(),
    };
    let replayed = Arc::default();
    let kept = Kept { key, place: Arc::new(place), replayed: Arc::clone(&replayed) };
    parts.extensions.insert(Admitted { call, input, kept });
    let mut response = next.run(Request::from_parts(parts, Body::empty())).await;
    if replayed.load(Ordering::Relaxed) {
        response.headers_mut().insert(idempotency::REPLAYED_HEADER, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The caller. A password counts where the route takes one and no header for API keys is there.
async fn identify(gate: &Gate, method: &Method, headers: &HeaderMap, client: Client) -> Result<Known, Fault> {
    let (studio, budget) = (&gate.house.studio, &gate.house.budget);
    let password = if gate.route.takes_basic { head::basic_password(headers)? } else { None };
    match password.filter(|_| !headers.contains_key(API_KEY_HEADER)) {
        Some(secret) => {
            let who = porch::identify_secret(studio, budget, &secret, client).await?;
            Ok(Known { who, cookie: None })
        }
        None => porch::identify(studio, budget, method, headers, client).await,
    }
}

/// What a stranger sends is short, and he may take his time with it: he has no place before it is there.
async fn with_body_read(request: Request) -> Result<Request, Fault> {
    let (parts, body) = request.into_parts();
    head::is_plain(&parts.headers)?;
    let bytes = porch::body::read(&parts.headers, body, OPTIONS_BYTES_MAX).await?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Who says in a body that nothing shall be paid, or how much at most, must not find out that it was not read.
fn only_in_the_query(gate: &Gate, input: &Input) -> Result<(), Fault> {
    let lost = ["dryRun", "maxFee"].into_iter().find(|name| input.has(name));
    match lost.filter(|_| gate.route.effect == Effect::LedgerWrite) {
        Some(name) => {
            let sentence = format!("{name} is a parameter of the query, not a member of the body.");
            Err(Fault::invalid("request/unknown-member", sentence).with("field", name))
        }
        None => Ok(()),
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

async fn place(budget: &Budget, work: Option<Work>, caller: Caller) -> Result<Option<Place>, Fault> {
    match work {
        Some(work) => budget.enter(work, caller).await.map(Some),
        None => Ok(None),
    }
}

pub(crate) fn content_type(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().map_err(|_| {
        Fault::invalid("request/content-type-malformed", "The Content-Type header is not text.")
    })?;
    Ok(Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()))
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
            query.named("maxFee").map(str::parse::<domain::id::Ncheq>).transpose().map_err(|_| {
                Fault::invalid("request/invalid", "maxFee should be a whole number of ncheq")
                    .with("field", "maxFee")
            })?;
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
}
