//! `Idempotency-Key`, as HTTP carries it. What it does is [`app::act`]'s.

use app::{Fault, act::IdempotencyKey};
use axum::http::{HeaderMap, HeaderName};

/// The request header.
pub const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";
/// Tells a replayed answer from a first one.
pub const REPLAYED_HEADER: HeaderName = HeaderName::from_static("idempotent-replayed");

const NAME: &str = "Idempotency-Key";

/// The key, if the caller sent one; fault `idempotency/key-invalid`.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Fault> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY_HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    let text = text.ok_or_else(|| IdempotencyKey::invalid(NAME))?;
    IdempotencyKey::parse(NAME, text).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_key_is_one_text() {
        let read = |keys: &[&str]| {
            let mut headers = HeaderMap::new();
            for key in keys {
                headers.append(IDEMPOTENCY_KEY_HEADER, HeaderValue::from_str(key).unwrap());
            }
            key_of(&headers)
        };
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&[" a "]).unwrap(), IdempotencyKey::parse("", "a").ok());
        for bad in [vec![""], vec!["a", "b"], vec!["x".repeat(256).leak() as &str]] {
            let fault = read(&bad).unwrap_err();
            assert_eq!(fault.code, "idempotency/key-invalid");
            assert!(fault.public.starts_with("Idempotency-Key "), "{}", fault.public);
        }
    }
}
