//! did:web: where the document of such a DID lies. Nothing is fetched here.

use std::fmt;

domain::limits! {
    /// Longest did:web that is read.
    pub DID_WEB_BYTES_MAX: usize = 512, "bytes";
}

const PREFIX: &str = "did:web:";
/// Longest label of a host (RFC 1035).
const LABEL_BYTES: usize = 63;

/// A did:web that names a host by its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WebDid {
    did: String,
    url: String,
}

impl WebDid {
    /// Reads one (did:web method, "Read (Resolve)"): a host with a port, if there is one, behind `%3A`, and a path in segments.
    /// `None` if it is none, or names no host of the public web: addresses (in whatever notation), single labels such as
    /// `localhost`, and names that are only of use inside of a network are none. Segments are taken as they stand, so those with
    /// escapes, `.` and `..` are none either.
    pub fn parse(did: &str) -> Option<Self> {
        let rest = did.strip_prefix(PREFIX).filter(|_| did.len() <= DID_WEB_BYTES_MAX)?;
        let mut segments = rest.split(':');
        let place = segments.next()?;
        let (host, port) = match place.split_once("%3A").or_else(|| place.split_once("%3a")) {
            Some((host, port)) => (
                host,
                Some(port.parse::<u16>().ok().filter(|number| {
                    // One spelling: no sign and no zeros before it.
                    *number > 0 && number.to_string() == port
                })?),
            ),
            None => (place, None),
        };
        if !is_public_name(host) {
            return None;
        }
        let mut url = match port {
            Some(port) => format!("https://{host}:{port}"),
            None => format!("https://{host}"),
        };
        let before = url.len();
        for segment in segments {
            if !is_segment(segment) {
                return None;
            }
            url.push('/');
            url.push_str(segment);
        }
        url.push_str(if url.len() == before { "/.well-known/did.json" } else { "/did.json" });
        Some(Self { did: did.to_owned(), url })
    }

    /// The DID, as it was written.
    pub fn as_str(&self) -> &str {
        &self.did
    }

    /// The address of its document.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for WebDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.did)
    }
}

/// A name of two labels or more whose last one is no number: whatever else is read as an address somewhere.
fn is_public_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LABEL_BYTES).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let inside =
        ["local", "localhost", "internal", "lan", "home", "corp", "arpa", "onion", "test", "invalid"];
    let Some((_, last)) = host.rsplit_once('.') else { return false };
    host.split('.').all(is_label)
        && last.starts_with(|c: char| c.is_ascii_alphabetic())
        && !inside.iter().any(|name| last.eq_ignore_ascii_case(name))
}

fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.bytes().all(|b| b == b'.')
        && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_did_is_the_place_of_its_document() {
        for (did, url) in [
            ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
            ("did:web:example.com:user:alice", "https://example.com/user/alice/did.json"),
            ("did:web:example.com%3A3000", "https://example.com:3000/.well-known/did.json"),
            ("did:web:example.com%3a3000:user:alice", "https://example.com:3000/user/alice/did.json"),
            ("did:web:xn--bcher-kva.example", "https://xn--bcher-kva.example/.well-known/did.json"),
            // A port that is not escaped is a path.
            ("did:web:example.com:3000", "https://example.com/3000/did.json"),
        ] {
            assert_eq!(WebDid::parse(did).unwrap().url(), url, "{did}");
        }
    }

    #[test]
    fn what_names_no_host_of_the_web_is_none() {
        for place in [
            "",
            "localhost",
            "localhost%3A8080",
            "127.0.0.1",
            "127.0.0.1%3A6379",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "0177.0.0.1",
            "%5B%3A%3A1%5D",
            "[",
            "1.2.3.0x4",
            "metadata",
            "metadata.google.internal",
            "printer.local",
            "1.0.0.127.in-addr.arpa",
            "bücher.example",
            "user@example.com",
            "example.com%40evil.example",
            "example.com%2Fa",
            "example.com%3A",
            "example.com%3A0",
            "example.com%3A65536",
            "example.com%3A+80",
            "example.com%3A080",
            "example.com%3A80%3A81",
            "example.com.",
            ".example.com",
            "-a.example",
            "a..example",
            "example.com:",
            "example.com:..",
            "example.com:.:a",
            "example.com:a%2Fb",
            "example.com:a/b",
            "example.com?a",
            "example.com#a",
            "example.com:a:",
        ] {
            assert_eq!(WebDid::parse(&format!("did:web:{place}")), None, "{place}");
        }
        assert_eq!(WebDid::parse("did:webs:example.com"), None);
        assert_eq!(WebDid::parse(&format!("did:web:a.{}", "b".repeat(DID_WEB_BYTES_MAX))), None);
    }
}
