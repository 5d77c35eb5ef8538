//! `service` and `relativeRef`: where a service is, and a place relative to it.
//!
//! A relative reference is resolved against the service's endpoint as RFC 3986, section 5.2, says, and must stay on the
//! endpoint's origin: anybody may put anything into a link to this resolver, but only the DID's controller decides where
//! it leads. Browsers read more texts as "another host" than that standard does (`\\host`, `///host`), so references that
//! are not well-formed are refused, and the result is compared as browsers understand it.

use super::{Problem, select::has_fragment};
use serde_json::Value;
use std::borrow::Cow;
use url::Url;

/// Where a request for a service leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An address that HTTP can go to.
    Web(String),
    /// Addresses of other schemes.
    Other(Vec<String>),
}

/// The place of a service. Of several endpoints the first that HTTP can follow counts; a map's endpoint is its `uri`.
pub(super) fn place(
    document: &Value,
    did: &str,
    service: &str,
    relative_ref: Option<&str>,
) -> Result<Place, Problem> {
    let services = document.get("service").and_then(Value::as_array).ok_or(Problem::NotFound)?;
    let found = services.iter().find(|part| has_fragment(part, did, service)).ok_or(Problem::NotFound)?;
    let endpoints = endpoints(found.get("serviceEndpoint").unwrap_or(&Value::Null));
    let is_on_the_web = |endpoint: &&Endpoint<'_>| is_web(&endpoint.url);
    let endpoint = endpoints.iter().find(is_on_the_web).or(endpoints.first()).ok_or(Problem::NotFound)?;
    let Some(reference) = relative_ref else {
        return Ok(if is_web(&endpoint.url) {
            Place::Web(endpoint.written())
        } else {
            Place::Other(endpoints.iter().map(Endpoint::written).collect())
        });
    };
    let target = joined(&endpoint.url, reference).ok_or(Problem::InvalidDidUrl)?;
    Ok(if is_web(&target) { Place::Web(target.to_string()) } else { Place::Other(vec![target.to_string()]) })
}

struct Endpoint<'a> {
    text: Cow<'a, str>,
    url: Url,
}

impl Endpoint<'_> {
    /// As the document has it, or escaped where a header could not carry that.
    fn written(&self) -> String {
        if self.text.is_ascii() { self.text.clone().into_owned() } else { self.url.to_string() }
    }
}

/// The addresses of a service. The ledger keeps texts only, so a map may stand there as JSON text.
fn endpoints(value: &Value) -> Vec<Endpoint<'_>> {
    match value {
        Value::String(text) if text.trim_start().starts_with('{') => domain::json::read(text.as_bytes())
            .ok()
            .and_then(|map| parsed(Cow::Owned(map.get("uri")?.as_str()?.to_owned())))
            .into_iter()
            .collect(),
        Value::String(text) => parsed(Cow::Borrowed(text)).into_iter().collect(),
        Value::Array(several) => several.iter().filter(|one| !one.is_array()).flat_map(endpoints).collect(),
        map => {
            map.get("uri").and_then(Value::as_str).and_then(|uri| parsed(uri.into())).into_iter().collect()
        }
    }
}

/// An absolute address. The parser would silently drop control characters and blanks; a text with such is no address.
fn parsed(text: Cow<'_, str>) -> Option<Endpoint<'_>> {
    let is_clean = !text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
    let url = is_clean.then(|| Url::parse(&text).ok()).flatten()?;
    Some(Endpoint { text, url })
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn joined(endpoint: &Url, reference: &str) -> Option<Url> {
    if !is_relative_reference(reference) || endpoint.cannot_be_a_base() {
        return None;
    }
    let target = endpoint.join(reference).ok()?;
    let origin = |url: &Url| {
        let text = |part: Option<&str>| part.map(str::to_owned);
        let user = (url.username().to_owned(), text(url.password()));
        (url.scheme().to_owned(), user, text(url.host_str()), url.port_or_known_default())
    };
    // A reference that names the same host again says nothing about who may log in there.
    let is_same = origin(&target) == origin(endpoint);
    is_same.then_some(target)
}

/// `relative-ref` of RFC 3986: no scheme, and only characters that URIs have.
fn is_relative_reference(text: &str) -> bool {
    let mut bytes = text.bytes();
    let mut are_fine = true;
    while let Some(byte) = bytes.next() {
        are_fine &= match byte {
            b'%' => [bytes.next(), bytes.next()].iter().all(|b| b.is_some_and(|b| b.is_ascii_hexdigit())),
            b => b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&b),
        };
    }
    let first = text.split(['/', '?', '#']).next().unwrap_or_default();
    are_fine && !first.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DID: &str = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";

    fn at(endpoint: &Value, reference: Option<&str>) -> Result<Place, Problem> {
        let document = json!({"service": [{"id": format!("{DID}#s"), "serviceEndpoint": endpoint}]});
        place(&document, DID, "s", reference)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is what is compared")]
    fn web(text: &str) -> Result<Place, Problem> {
        Ok(Place::Web(text.to_owned()))
    }

    /// identifiers 5.
    #[test]
    fn a_reference_is_resolved_as_the_standard_says() {
        let base = json!("https://files.example/a/b?q#f");
        for (reference, target) in [
            ("@evil.example/x", "https://files.example/a/@evil.example/x"),
            ("a.pdf", "https://files.example/a/a.pdf"),
            ("./x:y", "https://files.example/a/x:y"),
            ("/p?a=b", "https://files.example/p?a=b"),
            ("../../../../x", "https://files.example/x"),
            ("%2F%2Fevil.example", "https://files.example/a/%2F%2Fevil.example"),
            ("//files.example/x", "https://files.example/x"),
            ("//files.example:443/x", "https://files.example/x"),
            ("?x", "https://files.example/a/b?x"),
            ("#part", "https://files.example/a/b?q#part"),
        ] {
            assert_eq!(at(&base, Some(reference)), web(target), "{reference}");
        }
        assert_eq!(at(&json!("https://files.example"), Some("a.pdf")), web("https://files.example/a.pdf"));
        assert_eq!(
            at(&json!("https://files.example:8443/d/"), Some("x")),
            web("https://files.example:8443/d/x")
        );
    }

    /// identifiers 5.
    #[test]
    fn a_reference_cannot_leave_the_origin_of_its_endpoint() {
        let base = json!("https://files.example/a/");
        for reference in [
            "//evil.example/x",
            "///evil.example/x",
            "////evil.example/x",
            "\\\\evil.example/x",
            "/\\evil.example/x",
            "https://evil.example/x",
            "https:evil.example",
            "HTTPS:/evil.example",
            "javascript:alert(1)",
            "//user@files.example/x",
            "//files.example:8443/x",
            "//files.example.evil.example/x",
            "/\t/evil.example",
            "/\r\n/evil.example",
            "\u{0}//evil.example",
            " //evil.example",
            "//evil.example%00.files.example",
            "/x y",
            "/%zz",
            "/%2",
            "/ü",
        ] {
            assert_eq!(at(&base, Some(reference)), Err(Problem::InvalidDidUrl), "{reference:?}");
        }
    }

    #[test]
    fn endpoints_are_texts_lists_and_maps_and_only_the_web_is_followed() {
        assert_eq!(at(&json!("https://a.example"), None), web("https://a.example"), "as it stands");
        assert_eq!(at(&json!("https://a.example/ü"), None), web("https://a.example/%C3%BC"));
        assert_eq!(
            at(&json!(["did:x:y", "https://a.example/1", "https://b.example"]), None),
            web("https://a.example/1")
        );
        assert_eq!(
            at(&json!({"uri": "https://a.example/m", "accept": ["x"]}), None),
            web("https://a.example/m")
        );
        assert_eq!(at(&json!("{\"uri\":\"https://a.example/m\"}"), None), web("https://a.example/m"));
        let others =
            Ok(Place::Other(vec!["mailto:a@b.example".to_owned(), "javascript:alert(1)".to_owned()]));
        assert_eq!(at(&json!(["mailto:a@b.example", "javascript:alert(1)"]), None), others);
        assert_eq!(at(&json!("mailto:a@b.example"), Some("x")), Err(Problem::InvalidDidUrl));
        let ipfs = Ok(Place::Other(vec!["ipfs://bafy/dir/x".to_owned()]));
        assert_eq!(at(&json!("ipfs://bafy/dir/"), Some("x")), ipfs);
        assert_eq!(at(&json!("ipfs://bafy/dir/"), Some("//other/x")), Err(Problem::InvalidDidUrl));
        for nothing in
            [json!(null), json!([]), json!("nonsense"), json!({"x": 1}), json!("https://a\r\nset-cookie: x")]
        {
            assert_eq!(at(&nothing, None), Err(Problem::NotFound), "{nothing}");
        }
        assert_eq!(place(&json!({}), DID, "s", None), Err(Problem::NotFound));
    }
}
