//! What stands in a request's head.

use app::{Fault, FaultKind, data::base64};
use axum::http::{HeaderMap, HeaderValue, header};
use zeroize::Zeroizing;

/// Header that carries the API key.
pub const API_KEY_HEADER: &str = "x-api-key";

domain::limits! {
    /// Longest `traceparent` that is passed on.
    pub TRACEPARENT_CHARS_MAX: usize = 128, "characters";
}

/// The API key. Faults: `auth/missing-key`; `auth/ambiguous-key` for more than one, since whoever checks the first and
/// whoever believes the last would not mean the same caller.
pub fn api_key(headers: &HeaderMap) -> Result<&str, Fault> {
    let mut values = headers.get_all(API_KEY_HEADER).iter();
    let value = values.next().ok_or_else(missing_key)?;
    if values.next().is_some() {
        return Err(Fault::new(
            FaultKind::Unauthenticated,
            "auth/ambiguous-key",
            "Unauthorized error: more than one x-api-key header was sent. Send one.",
        ));
    }
    // What is not even text is no key; authentication says so in the same words as for any other wrong one.
    Ok(value.to_str().unwrap_or("\u{0}").trim())
}

/// The password of `Authorization: Basic` (RFC 7617, section 2), for routes that take an API key there; `None` where no such header
/// stands. What cannot be read is no key; authentication says so. Fault `auth/ambiguous-key` for more than one such header.
pub fn basic_password(headers: &HeaderMap) -> Result<Option<Zeroizing<String>>, Fault> {
    let scheme_of = |value: &HeaderValue| {
        let text = value.to_str().ok()?;
        let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
        scheme.eq_ignore_ascii_case("basic").then(|| rest.trim().to_owned())
    };
    let mut found = headers.get_all(header::AUTHORIZATION).iter().filter_map(scheme_of);
    let Some(pair) = found.next().map(Zeroizing::new) else { return Ok(None) };
    if found.next().is_some() {
        return Err(Fault::new(
            FaultKind::Unauthenticated,
            "auth/ambiguous-key",
            "Unauthorized error: more than one Authorization header was sent. Send one.",
        ));
    }
    let pair = base64(&pair).and_then(|bytes| String::from_utf8(bytes).ok()).map(Zeroizing::new);
    let password = pair.as_ref().and_then(|pair| pair.split_once(':')).map(|(_, password)| password);
    Ok(Some(Zeroizing::new(password.unwrap_or("\u{0}").to_owned())))
}

/// Nobody said who asks.
pub fn missing_key() -> Fault {
    Fault::new(
        FaultKind::Unauthenticated,
        "auth/missing-key",
        "Unauthorized error: Seems like you are not authenticated. Send an API key in the x-api-key header.",
    )
}

/// The body comes as it is. Fault `request/encoding-unsupported` for a compressed one: a few bytes of it could be any number.
pub fn is_plain(headers: &HeaderMap) -> Result<(), Fault> {
    let lines = headers.get_all(header::CONTENT_ENCODING).iter();
    let codings = lines.flat_map(|line| line.to_str().unwrap_or("unknown").split(',')).map(str::trim);
    let foreign = codings.filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
    let Some(coding) = foreign.map(shown).next() else { return Ok(()) };
    Err(Fault::new(
        FaultKind::UnsupportedMedia,
        "request/encoding-unsupported",
        format!("The body has the Content-Encoding {coding}, which is not supported. Send it as it is."),
    ))
}

/// A coding's name for a sentence.
fn shown(coding: &str) -> String {
    coding.chars().take(32).collect()
}

/// W3C trace context, if it is text and not too long.
pub fn traceparent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    (text.len() <= TRACEPARENT_CHARS_MAX).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(lines: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn one_key_is_read_and_several_are_refused_even_if_they_are_equal() {
        // safety 10
        let code = |lines: &[(&'static str, &[u8])]| {
            api_key(&headers(lines)).map(str::to_owned).map_err(|fault| fault.code)
        };
        let key = |value| code(&[("x-api-key", value)]).unwrap();
        assert_eq!(code(&[]), Err("auth/missing-key"));
        assert_eq!(key(b" caas_a "), "caas_a");
        assert_eq!(key(b"caas_\xff"), "\u{0}");
        assert_eq!(key(b""), "");
        for second in [b"caas_b".as_slice(), b"caas_a", b"", b"\xff"] {
            let twice = [("x-api-key", b"caas_a".as_slice()), ("x-api-key", second)];
            assert_eq!(code(&twice), Err("auth/ambiguous-key"), "{second:?}");
        }
    }

    #[test]
    fn a_password_is_read_and_what_is_none_opens_nothing() {
        let of = |lines: &[(&'static str, &[u8])]| {
            let found = basic_password(&headers(lines)).map_err(|fault| fault.code);
            found.map(|password| password.map(|password| password.to_string()))
        };
        let told = |value: &[u8]| of(&[("authorization", value)]).unwrap();
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(told(b"Bearer Y2FhczpjYWFzX2E="), None);
        // "caas:caas_a", and a password with a colon in it.
        assert_eq!(told(b"Basic Y2FhczpjYWFzX2E="), Some("caas_a".to_owned()));
        assert_eq!(told(b"basic  Y2FhczpjYWFzX2E"), Some("caas_a".to_owned()));
        assert_eq!(told(b"Basic OmE6Yg=="), Some("a:b".to_owned()));
        for broken in [b"Basic".as_slice(), b"Basic *", b"Basic Y2Fhcw==", b"Basic /w=="] {
            assert_eq!(told(broken), Some("\u{0}".to_owned()), "{broken:?}");
        }
        let twice = [("authorization", b"Basic OmE=".as_slice()), ("authorization", b"Basic OmE=")];
        assert_eq!(of(&twice), Err("auth/ambiguous-key"));
    }

    #[test]
    fn a_compressed_body_is_named() {
        // doors 4
        let of = |lines: &[&'static [u8]]| {
            let lines: Vec<_> = lines.iter().map(|line| ("content-encoding", *line)).collect();
            is_plain(&headers(&lines)).map_err(|fault| (fault.code, fault.public))
        };
        for plain in [vec![], vec![b"identity".as_slice()], vec![b"Identity, identity"], vec![b" "]] {
            assert_eq!(of(&plain), Ok(()), "{plain:?}");
        }
        for (coded, name) in [
            (vec![b"gzip".as_slice()], "gzip"),
            (vec![b"GZIP"], "GZIP"),
            (vec![b"identity", b"br"], "br"),
            (vec![b"identity, zstd"], "zstd"),
            (vec![b"deflate"], "deflate"),
            (vec![b"x-gzip"], "x-gzip"),
            (vec![b"\xff"], "unknown"),
        ] {
            let (code, sentence) = of(&coded).unwrap_err();
            assert_eq!(code, "request/encoding-unsupported");
            assert!(sentence.contains(name), "{sentence}");
        }
    }
}
