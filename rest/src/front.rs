//! What every request passes, known route or not: its id, its log line, panics, time.

use crate::{
    House, Problem,
    admit::{RequestId, Visited},
    problem::Trouble,
};
use app::{Fault, FaultKind};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use porch::answer::{REQUEST_ID_HEADER, longest, too_slow};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate as _,
        predicate::{And, NotForContentType, SizeAbove},
    },
};

domain::limits! {
    /// Longest path with its query.
    pub TARGET_CHARS_MAX: usize = 8 * 1024, "characters";
}
/// Smaller answers are sent as they are.
const COMPRESSED_BYTES_MIN: u16 = 1024;

/// As cheqd Studio writes it.
const JSON_UTF8: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// Marks an answer whose content type stands as it is: a resource has that of the ledger, and clients of a resolver compare types.
#[derive(Clone, Copy)]
pub(crate) struct ExactType;

/// The routes behind the front.
pub(crate) fn wrap(inner: Router, house: &Arc<House>) -> Router {
    // The inner router is a fallback, so that what the layers change in the address decides the route.
    Router::new().fallback_service(inner).layer(middleware::from_fn_with_state(Arc::clone(house), enter))
}

/// gzip for answers that are worth it, if the client takes it.
pub(crate) fn compression() -> CompressionLayer<And<SizeAbove, NotForContentType>> {
    let predicate = SizeAbove::new(COMPRESSED_BYTES_MIN).and(NotForContentType::IMAGES);
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(predicate)
}

async fn enter(State(house): State<Arc<House>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = house.studio.ids.next();
    let method = request.method().clone();
    request.extensions_mut().insert(RequestId(id));
    let span = tracing::info_span!("request", id = %id);
    let run = serve(&house, request, next);
    let mut response = tracing::Instrument::instrument(run, span.clone()).await;
    let visited = response.extensions_mut().remove::<Visited>();
    let trouble = response.extensions_mut().remove::<Trouble>();
    let fault = trouble.map(|trouble| trouble.fault);
    if let Some(fault) = fault.as_ref().filter(|fault| fault.kind == FaultKind::Bug) {
        let incident = fault.clone().with("incident", id.to_string());
        response = Problem::from(incident).into_response();
        response.extensions_mut().remove::<Trouble>();
    }
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    let is_exact = response.extensions_mut().remove::<ExactType>().is_some();
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if is_json && !is_exact {
        response.headers_mut().insert(header::CONTENT_TYPE, JSON_UTF8);
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    span.in_scope(|| line(&method, started, visited.as_ref(), fault.as_ref(), response.status()));
    response
}

/// The one line per request. The route's pattern, not the address: addresses may name things that are private.
fn line(
    method: &Method,
    started: Instant,
    visited: Option<&Visited>,
    fault: Option<&Fault>,
    status: StatusCode,
) {
    let route = visited.map_or("-", |visited| visited.path);
    let customer = visited.and_then(|visited| visited.customer).map(|customer| customer.to_string());
    let code = fault.map(|fault| fault.code);
    let detail = fault.and_then(|fault| fault.private.as_deref());
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = status.as_u16();
    let customer = customer.as_deref();
    if status >= 500 {
        tracing::error!(%method, route, status, customer, elapsed_ms, code, detail, "request");
    } else {
        tracing::info!(%method, route, status, customer, elapsed_ms, code, detail, "request");
    }
}

async fn serve(house: &House, mut request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > TARGET_CHARS_MAX) {
        let sentence = format!("The address is longer than {TARGET_CHARS_MAX} characters.");
        return Problem::with_status(StatusCode::URI_TOO_LONG, "request/address-too-long", sentence)
            .into_response();
    }
    if let Some(uri) = without_trailing_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
    let time = longest(house.settings.write_wait_seconds);
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(time, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => Problem::from(Fault::panicked(panic.as_ref())).into_response(),
        Err(_) => Problem::from(too_slow()).into_response(),
    }
}

/// `/account/` is `/account`.
fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let trimmed = path.strip_suffix('/').filter(|trimmed| !trimmed.is_empty())?;
    let target = match uri.query() {
        Some(query) => format!("{trimmed}?{query}"),
        None => trimmed.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// 404 for every address that is none of ours.
pub(crate) async fn unknown_route(method: Method, uri: Uri) -> Problem {
    let sentence = format!("There is no endpoint {method} {}.", uri.path());
    Problem::with_status(StatusCode::NOT_FOUND, "request/unknown-route", sentence)
}

/// 405 for an address of ours with another method.
pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let sentence = format!("{} does not take {method}.", uri.path());
    Problem::with_status(StatusCode::METHOD_NOT_ALLOWED, "request/method-not-allowed", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trailing_slash_is_no_other_address() {
        let trimmed =
            |text: &'static str| without_trailing_slash(&Uri::from_static(text)).map(|uri| uri.to_string());
        assert_eq!(trimmed("/account/"), Some("/account".to_owned()));
        assert_eq!(trimmed("/did/list/?a=b/"), Some("/did/list?a=b/".to_owned()));
        assert_eq!(trimmed("/account"), None);
        assert_eq!(trimmed("/"), None);
    }
}
