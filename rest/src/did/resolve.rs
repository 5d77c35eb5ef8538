//! `GET /1.0/identifiers/{did-url}`: DID resolution and dereferencing (DIF), served from the ledger.

use crate::{Problem, Visit};
use app::{
    Fault,
    port::resolver::Freshness,
    resolve::{self, IDENTIFIERS_PATH, Request},
};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

/// Resolves a DID or dereferences a DID URL. Anybody may ask.
#[utoipa::path(get, path = "/1.0/identifiers/{did_url}",
    params(("did_url" = String, Path, description = "A DID or DID URL; a fragment is written `%23key-1`.")),
    responses(
        (status = 200, body = serde_json::Value, description = "A DID resolution result, or the content the DID URL names."),
        (status = 404, body = serde_json::Value, description = "A result with the error `notFound`.")))]
pub(crate) async fn resolve(visit: Visit) -> Result<Response, Problem> {
    let path = visit.raw.split('?').next().unwrap_or_default();
    let path = path.strip_prefix(IDENTIFIERS_PATH).unwrap_or_default().to_owned();
    forward(&visit, &path).await
}

/// Hands a DID URL (percent-encoded) with the visit's query to the resolver.
pub(crate) async fn forward(visit: &Visit, path: &str) -> Result<Response, Problem> {
    let studio = &visit.house.studio;
    let request = Request {
        path,
        query: visit.raw.split_once('?').map(|(_, query)| query),
        accept: visit.accept.as_deref(),
        // Whoever just wrote must read it, whichever process took the write.
        freshness: Freshness::Fresh,
    };
    let answer = resolve::resolve(&*studio.resolver, studio.clock.now(), &request).await;
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(Fault::bug)?;
    let content_type = HeaderValue::from_str(&answer.content_type).map_err(Fault::bug)?;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    for (name, value) in answer.headers {
        let value = HeaderValue::from_str(&value).map_err(Fault::bug)?;
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}
