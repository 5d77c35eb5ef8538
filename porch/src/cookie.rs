//! What a browser carries for us.

use app::Studio;
use axum::http::{HeaderMap, HeaderValue, header};
use domain::id::Instant;
use std::net::IpAddr;
use zeroize::Zeroizing;

/// A cookie of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// What opens the session.
    Session,
    /// What is remembered of a sign-in under way, sealed.
    Pending,
    /// The challenge that a passkey is to answer, sealed.
    Passkey,
}

impl Cookie {
    /// Its name. `__Host-`: set by this very host over https and for all of it, so that no neighbour can slip one in.
    const fn name(self, is_secure: bool) -> &'static str {
        match (self, is_secure) {
            (Self::Session, true) => "__Host-studio-session",
            (Self::Session, false) => "studio-session",
            (Self::Pending, true) => "__Host-studio-sign-in",
            (Self::Pending, false) => "studio-sign-in",
            (Self::Passkey, true) => "__Host-studio-passkey",
            (Self::Passkey, false) => "studio-passkey",
        }
    }
}

/// The host that a request was sent to, with its port if it has one, in small letters.
pub fn host(headers: &HeaderMap) -> Option<String> {
    headers.get(header::HOST)?.to_str().ok().map(str::to_ascii_lowercase)
}

/// Whether cookies need https: everywhere but on this very machine, where browsers get by without.
pub fn is_secure(studio: &Studio, headers: &HeaderMap) -> bool {
    if let Some(base) = &studio.settings.base_url
        && base.starts_with("https://")
    {
        return true;
    }
    host(headers).is_none_or(|host| !is_loopback(&host))
}

fn bare(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name)
}

/// Whether a host is an address, or this very machine: a name that nobody else can point here.
pub(crate) fn is_nobodys_name(host: &str) -> bool {
    is_loopback(host) || bare(host).parse::<IpAddr>().is_ok()
}

fn is_loopback(host: &str) -> bool {
    let bare = bare(host);
    bare == "localhost"
        || bare.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The cookie's value, if the browser sent one. Of several the first counts, which opens nothing if it is not ours: over https
/// nobody else can set one of this name, and on this very machine whatever runs there could.
pub fn read(studio: &Studio, headers: &HeaderMap, cookie: Cookie) -> Option<Zeroizing<String>> {
    let name = cookie.name(is_secure(studio, headers));
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.find(|(other, value)| *other == name && !value.is_empty());
    found.map(|(_, value)| Zeroizing::new(value.to_owned()))
}

/// The line that has a browser keep a session until it ends.
pub fn keep(studio: &Studio, headers: &HeaderMap, secret: &str, until: Instant) -> Option<HeaderValue> {
    let seconds = until.signed_duration_since(studio.clock.now()).num_seconds();
    set(studio, headers, Cookie::Session, secret, seconds)
}

/// The line that sets a cookie for so many seconds; with none it goes at once.
pub fn set(
    studio: &Studio,
    headers: &HeaderMap,
    cookie: Cookie,
    value: &str,
    seconds: i64,
) -> Option<HeaderValue> {
    let is_secure = is_secure(studio, headers);
    let secure = if is_secure { "; Secure" } else { "" };
    let name = cookie.name(is_secure);
    let line = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let mut line = HeaderValue::from_str(&line).ok()?;
    line.set_sensitive(true);
    Some(line)
}

/// The line that takes a cookie away.
pub fn clear(studio: &Studio, headers: &HeaderMap, cookie: Cookie) -> Option<HeaderValue> {
    set(studio, headers, cookie, "", 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::{Settings, fake::World};

    fn studio(base_url: Option<&str>) -> Studio {
        let studio = World::new().studio();
        let settings = Settings { base_url: base_url.map(str::to_owned), ..studio.settings.clone() };
        Studio { settings, ..studio }
    }

    fn of(host: &str, cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers
    }

    #[test]
    fn a_cookie_needs_https_everywhere_but_on_this_machine() {
        for host in ["localhost", "LOCALHOST:3000", "127.0.0.1:3000", "[::1]:3000", "app.localhost:80"] {
            let line = set(&studio(None), &of(host, ""), Cookie::Session, "v", 60).unwrap();
            assert_eq!(line, "studio-session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", "{host}");
            assert!(line.is_sensitive());
        }
        for host in
            ["studio.example", "localhost.evil.example", "10.0.0.1:3000", "127.0.0.1.nip.io", "localhostt"]
        {
            let line = set(&studio(None), &of(host, ""), Cookie::Session, "v", 60).unwrap();
            let expected = "__Host-studio-session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure";
            assert_eq!(line, expected, "{host}");
        }
        let behind =
            set(&studio(Some("https://studio.example")), &of("localhost", ""), Cookie::Pending, "", 0);
        assert!(behind.unwrap().to_str().unwrap().starts_with("__Host-studio-sign-in=; Path=/; Max-Age=0;"));
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name_only() {
        let studio = studio(None);
        let read = |host: &str, line: &str| {
            read(&studio, &of(host, line), Cookie::Session).map(|value| value.to_string())
        };
        assert_eq!(read("localhost", "a=b; studio-session=one; studio-session=two").as_deref(), Some("one"));
        assert_eq!(read("localhost", "studio-session="), None);
        assert_eq!(read("localhost", "xstudio-session=one; Studio-Session=two"), None);
        assert_eq!(read("studio.example", "studio-session=one"), None, "a neighbour could have set it");
        assert_eq!(read("studio.example", "__Host-studio-session=one").as_deref(), Some("one"));
    }
}
