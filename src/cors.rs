//! Which pages may call the API (CORS), for both doors: what a browser asks before a page of another origin may send an API
//! key, and what it then may read.

use axum::http::{HeaderName, HeaderValue, header};
use std::{str::FromStr, time::Duration};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

/// How long a browser may remember what it was told.
const MAX_AGE: Duration = Duration::from_mins(10);

/// An origin as browsers write it (RFC 6454 6.2): scheme, host in lower case, a port unless it is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// The text is no origin of a web page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin is http(s)://<host>, with a port if it has one, and nothing behind it")]
pub struct NoOrigin;

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let text = text.to_ascii_lowercase();
        let (rest, own_port) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (rest, ":443"),
            (None, Some(rest)) => (rest, ":80"),
            (None, None) => return Err(NoOrigin),
        };
        let (host, port) = match rest.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let is_address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_host = match is_address {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
            }
        };
        if !is_host || port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(NoOrigin);
        }
        HeaderValue::from_str(text.strip_suffix(own_port).unwrap_or(&text)).map(Self).map_err(|_| NoOrigin)
    }
}

/// What both doors answer pages of other origins. Without a list any page may call: an API key never travels by itself.
/// Cookies do, so they are never allowed where any page is.
pub fn layer(allowed: &[Origin]) -> CorsLayer {
    let origins = if allowed.is_empty() {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(allowed.iter().map(|origin| origin.0.clone()))
    };
    CorsLayer::new()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_6_an_origin_is_exactly_what_a_browser_sends() {
        for (text, sent) in [
            ("https://console.example", "https://console.example"),
            ("https://Console.Example:443", "https://console.example"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://10.0.0.1:80", "http://10.0.0.1"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().0, sent, "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "console.example",
            "https://",
            "https://a.example/",
            "https://a.example/x",
            "ftp://a.example",
            "https://*.example",
            "https://a.example:x",
            "https://a.example:70000",
            "https://u@a.example",
            "https://a b",
            "https://[::1",
            "https://a.example?x",
            "https://a.example#x",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NoOrigin), "{text}");
        }
    }
}
