//! Requests that another page had a browser send: its cookie comes along, whoever wrote the page.

use crate::cookie::{host, is_nobodys_name};
use app::{Fault, FaultKind, Studio};
use axum::http::{HeaderMap, HeaderValue, Method, header};

/// Says which site's page sent a request.
const SITE_HEADER: &str = "sec-fetch-site";

/// What a browser tells of the page that sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// One of ours, or of an origin on the operator's list.
    Own,
    /// Another's.
    Foreign,
    /// Nothing is told: no page, or a browser of long ago.
    Untold,
}

impl Sender {
    /// Of a request.
    pub fn of(studio: &Studio, headers: &HeaderMap) -> Self {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        if let Some(origin) = origins.next() {
            let is_own = origin.to_str().is_ok_and(|origin| is_ours(studio, headers, origin));
            return if is_own && origins.next().is_none() { Self::Own } else { Self::Foreign };
        }
        match headers.get(SITE_HEADER).map(HeaderValue::as_bytes) {
            Some(b"same-origin" | b"none") => Self::Own,
            Some(_) => Self::Foreign,
            None => Self::Untold,
        }
    }
}

/// An origin that pages of ours have: the one of the address that the request was sent to, the one that the operator says, or
/// one that he trusts. No page chooses the `Host` of what it sends.
fn is_ours(studio: &Studio, headers: &HeaderMap, origin: &str) -> bool {
    let settings = &studio.settings;
    if settings.base_url.as_deref() == Some(origin)
        || settings.trusted_origins.iter().any(|own| own == origin)
    {
        return true;
    }
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let Some(authority) = authority.map(str::to_ascii_lowercase) else { return false };
    // Where the operator says what the address is, another name is this machine itself or nothing.
    let is_this_machine = || {
        let name = authority.rsplit_once(':').map_or(authority.as_str(), |(name, _)| name);
        ["localhost", "127.0.0.1", "[::1]"].contains(&name)
    };
    (settings.base_url.is_none() || is_this_machine()) && Some(authority.clone()) == host(headers)
}

/// Whether a body comes along.
fn has_body(headers: &HeaderMap) -> bool {
    let is_nothing = |length: &HeaderValue| length.as_bytes() == b"0";
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| !is_nothing(length))
}

/// Refuses what a cookie opens and another page may have sent. Reads may come from anywhere: no other page sees their answers.
/// Faults: `auth/cross-site`, `auth/cross-site-form` for a body that a form of any page could send.
pub fn refuse_forgery(studio: &Studio, method: &Method, headers: &HeaderMap) -> Result<(), Fault> {
    if method.is_safe() {
        return Ok(());
    }
    only_own(studio, headers)?;
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let is_json = |kind: &str| kind == "application/json" || kind.ends_with("+json");
    if essence.as_deref().map_or_else(|| !has_body(headers), is_json) {
        return Ok(());
    }
    let sentence = "With a session's cookie, send the body as application/json.";
    Err(Fault::new(FaultKind::Forbidden, "auth/cross-site-form", sentence))
}

/// Refuses whatever was not sent by a page of ours: for what a cookie opens beside reads. Fault `auth/cross-site`.
pub fn only_own(studio: &Studio, headers: &HeaderMap) -> Result<(), Fault> {
    match Sender::of(studio, headers) {
        Sender::Own => Ok(()),
        Sender::Foreign | Sender::Untold => Err(cross_site()),
    }
}

/// Refuses what another page sent; somebody without a page may go on. For what no cookie opens yet: signing in. Fault
/// `auth/cross-site`.
pub fn not_foreign(studio: &Studio, headers: &HeaderMap) -> Result<(), Fault> {
    if Sender::of(studio, headers) == Sender::Foreign { Err(cross_site()) } else { Ok(()) }
}

/// [`not_foreign`] where no cookie says who it is: a page may be served under a name that its owner points at this machine
/// afterwards. It is then of the same origin, and over plain http a browser tells nothing of it. So a request must have come to
/// an address, to this machine by its own name, or to what the operator calls it. Fault `auth/cross-site`.
pub(crate) fn not_renamed(studio: &Studio, headers: &HeaderMap) -> Result<(), Fault> {
    not_foreign(studio, headers)?;
    let base = studio.settings.base_url.as_deref().and_then(|base| base.split_once("://"));
    match host(headers) {
        Some(host) if base.map(|(_, own)| own) != Some(host.as_str()) && !is_nobodys_name(&host) => {
            Err(cross_site())
        }
        _ => Ok(()),
    }
}

fn cross_site() -> Fault {
    let sentence = "This request was not sent by a page of this Studio, or its browser does not say so (Origin). Nothing was done.";
    Fault::new(FaultKind::Forbidden, "auth/cross-site", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::{Settings, fake::World};

    fn studio() -> Studio {
        let studio = World::new().studio();
        let settings =
            Settings { base_url: Some("https://studio.example".to_owned()), ..studio.settings.clone() };
        Studio { settings, ..studio }
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:3000"));
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn only_pages_of_ours_act_for_a_browser() {
        let studio = studio();
        let of = |lines: &[(&'static str, &str)]| Sender::of(&studio, &headers(lines));
        for own in ["http://localhost:3000", "https://studio.example", "https://console.example"] {
            assert_eq!(of(&[("origin", own)]), Sender::Own, "{own}");
            let cross = [("origin", own), (SITE_HEADER, "cross-site")];
            assert_eq!(of(&cross), Sender::Own, "the operator's console is another site: {own}");
        }
        for foreign in [
            "null",
            "",
            "http://localhost",
            "http://localhost:30000",
            "http://localhost:3000.evil.example",
            "https://evil.example",
            "https://studio.example.evil.example",
            "http://studio.example",
            "ftp://localhost:3000",
            "localhost:3000",
        ] {
            let same = [("origin", foreign), (SITE_HEADER, "same-origin")];
            assert_eq!(of(&same), Sender::Foreign, "{foreign}");
        }
        // The operator says what the address is: no other name is ours, whatever the request calls it.
        let other = [("origin", "https://evil.example")];
        let mut renamed = headers(&other);
        renamed.insert(header::HOST, HeaderValue::from_static("evil.example"));
        assert_eq!(Sender::of(&studio, &renamed), Sender::Foreign);
        let two = [("origin", "http://localhost:3000"), ("origin", "https://evil.example")];
        assert_eq!(of(&two), Sender::Foreign);
        assert_eq!(of(&[(SITE_HEADER, "same-origin")]), Sender::Own);
        assert_eq!(of(&[(SITE_HEADER, "none")]), Sender::Own, "typed into the address line");
        for site in ["cross-site", "same-site", "nonsense"] {
            assert_eq!(of(&[(SITE_HEADER, site)]), Sender::Foreign, "{site}");
        }
        assert_eq!(of(&[]), Sender::Untold);
    }

    /// A page under a name that its owner points here later is of the same origin as this Studio by that name.
    #[test]
    fn a_name_that_somebody_pointed_here_is_not_ours() {
        let studio = World::new().studio();
        let by = |name: &str, lines: &[(&'static str, &str)]| {
            let mut headers = headers(lines);
            headers.insert(header::HOST, HeaderValue::from_str(name).unwrap());
            not_renamed(&studio, &headers).map_err(|fault| fault.code)
        };
        let page = [(SITE_HEADER, "same-origin")];
        for own in ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "192.0.2.7:3000", "studio.localhost"] {
            assert_eq!(by(own, &page), Ok(()), "{own}");
        }
        assert_eq!(by("rebound.example:3000", &page), Err("auth/cross-site"));
        let origin = [("origin", "http://rebound.example:3000")];
        assert_eq!(by("rebound.example:3000", &origin), Err("auth/cross-site"));
        assert_eq!(
            by("rebound.example:3000", &[]),
            Err("auth/cross-site"),
            "a page over plain http says nothing"
        );
        assert_eq!(by("127.0.0.1:3000", &[]), Ok(()), "a program");
        let named = super::tests::studio();
        let mut headers = headers(&[]);
        headers.insert(header::HOST, HeaderValue::from_static("studio.example"));
        assert!(not_renamed(&named, &headers).is_ok(), "what the operator calls it");
    }

    #[test]
    fn what_a_form_of_any_page_could_send_is_refused_beside_a_cookie() {
        let studio = studio();
        let of = |method: Method, lines: &[(&'static str, &str)]| {
            refuse_forgery(&studio, &method, &headers(lines)).map_err(|fault| fault.code)
        };
        let own = ("origin", "http://localhost:3000");
        assert_eq!(of(Method::POST, &[own, ("content-type", "application/json; charset=utf-8")]), Ok(()));
        assert_eq!(of(Method::DELETE, &[own]), Ok(()));
        assert_eq!(of(Method::POST, &[own, ("content-length", "0")]), Ok(()));
        for body in [("content-length", "12"), ("transfer-encoding", "chunked")] {
            assert_eq!(of(Method::POST, &[own, body]), Err("auth/cross-site-form"), "of no type: {body:?}");
        }
        assert_eq!(of(Method::GET, &[("origin", "https://evil.example")]), Ok(()));
        for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
        {
            assert_eq!(
                of(Method::POST, &[own, ("content-type", kind)]),
                Err("auth/cross-site-form"),
                "{kind}"
            );
        }
        let json = ("content-type", "application/json");
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            assert_eq!(
                of(method.clone(), &[json, ("origin", "https://evil.example")]),
                Err("auth/cross-site")
            );
            assert_eq!(of(method, &[json]), Err("auth/cross-site"), "a browser says where it comes from");
        }
    }
}
