//! `/swagger`: Swagger UI (Apache-2.0, vendored from npm `swagger-ui-dist` 5.35.0, gzip), so that it works without the
//! internet. `/` leads there.

use crate::{House, auth::OPEN_NOTICE};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use std::sync::Arc;

static PAGE: &str = include_str!("swagger/index.html");
static START: &str = include_str!("swagger/start.js");
static BUNDLE_GZIP: &[u8] = include_bytes!("swagger/swagger-ui-bundle.js.gz");
static STYLE_GZIP: &[u8] = include_bytes!("swagger/swagger-ui.css.gz");

/// Only our own scripts and styles; the page calls only this Studio.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'";

pub(crate) fn router() -> Router<Arc<House>> {
    Router::new()
        .route("/", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "swagger")]) }))
        .route("/swagger", get(page))
        .route("/swagger/start.js", get(|| async { plain("text/javascript", START) }))
        .route("/swagger/swagger-ui-bundle.js", get(|| async { gzip("text/javascript", BUNDLE_GZIP) }))
        .route("/swagger/swagger-ui.css", get(|| async { gzip("text/css", STYLE_GZIP) }))
}

async fn page(State(house): State<Arc<House>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    ];
    let page = match house.studio.settings.open_to {
        Some(_) => PAGE.replacen("<body>", &format!("<body>\n<p role=\"note\">{OPEN_NOTICE}</p>"), 1),
        None => PAGE.to_owned(),
    };
    (headers, page).into_response()
}

fn plain(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// Every browser takes gzip.
fn gzip(kind: &'static str, bytes: &'static [u8]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_ENCODING, "gzip"),
        (header::CACHE_CONTROL, "public, max-age=86400"),
    ];
    (headers, bytes).into_response()
}
