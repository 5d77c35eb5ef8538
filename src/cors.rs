//! Which pages may call the API (CORS), for both doors: what a browser asks before a page of another origin may send an API
//! key, and what it then may read.

use axum::http::{HeaderName, HeaderValue, header};
use porch::Origin;
use std::time::Duration;
use tower_http::cors::{AllowCredentials, AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

/// How long a browser may remember what it was told.
const MAX_AGE: Duration = Duration::from_mins(10);

/// What both doors answer pages of other origins. Without a list any page may call: an API key never travels by itself.
/// Cookies do, so they come along only where the page's origin is on the list.
pub fn layer(allowed: &[Origin]) -> CorsLayer {
    let values = || allowed.iter().filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok());
    let listed: Vec<HeaderValue> = values().collect();
    let origins = if allowed.is_empty() { AllowOrigin::any() } else { AllowOrigin::list(values()) };
    CorsLayer::new()
        .allow_credentials(AllowCredentials::predicate(move |origin, _| listed.contains(origin)))
        .allow_origin(origins)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("x-request-id"),
            HeaderName::from_static("idempotent-replayed"),
        ])
        .max_age(MAX_AGE)
}
