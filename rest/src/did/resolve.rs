//! `/1.0/identifiers/{did-url}`: DID resolution and dereferencing, by GET and by POST, served from the ledger.

use crate::{House, Input, Problem, Visit, admit, front::ExactType};
use app::{
    Fault,
    port::resolver::Freshness,
    resolve::{self, IDENTIFIERS_PATH, Request},
};
use axum::{
    body::Body,
    extract::{FromRequest as _, Request as HttpRequest, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Map, Value};
use std::sync::Arc;

domain::limits! {
    /// Largest body of a resolution by POST.
    pub OPTIONS_BYTES_MAX: usize = 16 * 1024, "bytes";
}

/// Resolves a DID or dereferences a DID URL. Anybody may ask.
#[utoipa::path(get, path = "/1.0/identifiers/{did_url}",
    params(
        ("did_url" = String, Path, description = "A DID or DID URL; a fragment is written `%23key-1`."),
        ("versionId" = Option<String>, Query), ("versionTime" = Option<String>, Query),
        ("metadata" = Option<bool>, Query, description = "Only metadata."),
        ("transformKeys" = Option<String>, Query), ("service" = Option<String>, Query),
        ("relativeRef" = Option<String>, Query, description = "With `service`: a relative reference (RFC 3986) on its origin."),
        ("resourceId" = Option<String>, Query), ("resourceCollectionId" = Option<String>, Query),
        ("resourceName" = Option<String>, Query), ("resourceType" = Option<String>, Query),
        ("resourceVersion" = Option<String>, Query), ("resourceVersionTime" = Option<String>, Query),
        ("checksum" = Option<String>, Query), ("resourceMetadata" = Option<bool>, Query)),
    responses(
        (status = 200, body = serde_json::Value, description = "A DID resolution result, or the content the DID URL names."),
        (status = 404, body = serde_json::Value, description = "A result with the error `notFound`.")))]
pub(crate) async fn resolve(visit: Visit) -> Result<Response, Problem> {
    let path = did_url_of(&visit);
    answer(&visit, &path, None).await.map(exact)
}

/// The same, with resolution or dereferencing options in the body: `accept` and the parameters of the DID URL, such as
/// `versionId` and `versionTime`. Anybody may ask.
#[utoipa::path(post, path = "/1.0/identifiers/{did_url}",
    params(("did_url" = String, Path, description = "A DID or DID URL; a fragment is written `%23key-1`.")),
    request_body(content = serde_json::Value, description = "Options: an object of texts and booleans."),
    responses(
        (status = 200, body = serde_json::Value, description = "A DID resolution result, or the content the DID URL names."),
        (status = 400, body = serde_json::Value, description = "A result with the error `invalidOptions`, `invalidDid` or `invalidDidUrl`."),
        (status = 404, body = serde_json::Value, description = "A result with the error `notFound`."),
        (status = 413, body = crate::problem::ProblemBody, description = "The options are too large.")))]
pub(crate) async fn resolve_with_options(
    State(house): State<Arc<House>>,
    request: HttpRequest,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let content_type = admit::content_type(&parts.headers)?;
    let bytes = porch::body::read(&parts.headers, body, OPTIONS_BYTES_MAX).await?;
    let options = Input::decode(content_type.as_deref(), &bytes)?.values();
    let visit = Visit::from_request(HttpRequest::from_parts(parts, Body::empty()), &house).await?;
    let path = did_url_of(&visit);
    answer(&visit, &path, Some(&options)).await.map(exact)
}

fn exact(mut answer: Response) -> Response {
    answer.extensions_mut().insert(ExactType);
    answer
}

/// As it came: the resolver takes the escapes off.
fn did_url_of(visit: &Visit) -> String {
    let path = visit.raw.split('?').next().unwrap_or_default();
    path.strip_prefix(IDENTIFIERS_PATH).unwrap_or_default().to_owned()
}

/// Hands a DID URL (percent-encoded) with the visit's query to the resolver.
pub(crate) async fn forward(visit: &Visit, path: &str) -> Result<Response, Problem> {
    answer(visit, path, None).await
}

async fn answer(
    visit: &Visit,
    path: &str,
    options: Option<&Map<String, Value>>,
) -> Result<Response, Problem> {
    let studio = &visit.house.studio;
    let request = Request {
        path,
        query: visit.raw.split_once('?').map(|(_, query)| query),
        accept: visit.accept.as_deref(),
        options,
        // Whoever just wrote must read it, whichever process took the write.
        freshness: Freshness::Fresh,
    };
    let answer = resolve::resolve(&*studio.resolver, studio.clock.now(), &request).await;
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(Fault::bug)?;
    let content_type = HeaderValue::from_str(&answer.content_type).map_err(Fault::bug)?;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    // One address has many representations: what one client was given is no answer to another.
    response.headers_mut().insert(header::VARY, HeaderValue::from_name(header::ACCEPT));
    for (name, value) in answer.headers {
        let value = HeaderValue::from_str(&value).map_err(Fault::bug)?;
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Ok(response)
}
