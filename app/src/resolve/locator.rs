//! What a request points at: the DID, and what under it (docs/resolver.md#routes).

use super::{IDENTIFIERS_PATH, Section};

/// Longest path and query read together, in bytes.
const LOCATOR_BYTES_MAX: usize = 8 * 1024;
/// Most query parameters read.
const PARAMETERS_MAX: usize = 32;

/// The route under `/1.0/identifiers/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Did,
    Fragment(String),
    Metadata,
    Version(String),
    VersionMetadata(String),
    Versions,
    Resource(String),
    ResourceMetadata(String),
    Unknown,
}

/// A request taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locator {
    /// The DID as it was written, decoded.
    pub(super) did: String,
    pub(super) target: Target,
    /// Decoded parameters in order.
    pub(super) query: Vec<(String, String)>,
    rest: String,
}

impl Locator {
    pub(super) fn read(path: &str, query: Option<&str>) -> Self {
        if path.len() + query.map_or(0, str::len) > LOCATOR_BYTES_MAX {
            let did = String::new();
            return Self { did, target: Target::Unknown, query: Vec::new(), rest: String::new() };
        }
        let decoded = decode(path.trim_start_matches('/'));
        // A client may have escaped the whole DID URL, query and fragment included.
        let (decoded, fragment) = match decoded.split_once('#') {
            Some((before, fragment)) => (before.to_owned(), Some(fragment.to_owned())),
            None => (decoded, None),
        };
        let (path, inner_query) = match decoded.split_once('?') {
            Some((path, inner)) => (path, Some(inner)),
            None => (decoded.as_str(), None),
        };
        let raw_query = [inner_query, query].iter().flatten().copied().collect::<Vec<_>>().join("&");
        let query = parameters(&raw_query);
        let mut segments = path.split('/');
        let did = segments.next().unwrap_or_default().to_owned();
        let segments: Vec<&str> = segments.collect();
        let target = match (segments.as_slice(), fragment) {
            ([], None) => Target::Did,
            ([], Some(fragment)) => Target::Fragment(fragment),
            (["metadata"], None) => Target::Metadata,
            (["versions"], None) => Target::Versions,
            (["version", version], None) => Target::Version((*version).to_owned()),
            (["version", version, "metadata"], None) => Target::VersionMetadata((*version).to_owned()),
            (["resources", id], None) => Target::Resource((*id).to_owned()),
            (["resources", id, "metadata"], None) => Target::ResourceMetadata((*id).to_owned()),
            _ => Target::Unknown,
        };
        let target = if query.len() > PARAMETERS_MAX { Target::Unknown } else { target };
        let mut rest = path.get(did.len()..).unwrap_or_default().to_owned();
        if !raw_query.is_empty() {
            rest.push('?');
            rest.push_str(&raw_query);
        }

        Self { did, target, query, rest }
    }

    /// Whether the DID has the form `did:<method>:<id>` and only the characters a DID can have.
    pub(super) fn has_did(&self) -> bool {
        let mut parts = self.did.splitn(3, ':');
        let is_method = |method: &str| {
            !method.is_empty() && method.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let is_id = |id: &str| {
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:%".contains(&b))
        };
        parts.next() == Some("did") && parts.next().is_some_and(is_method) && parts.next().is_some_and(is_id)
    }

    pub(super) fn method(&self) -> &str {
        self.did.split(':').nth(1).unwrap_or_default()
    }

    pub(super) fn has_query(&self) -> bool {
        !self.query.is_empty()
    }

    /// Whether a resource is asked for, which changes what an unspecific `Accept` means.
    pub(super) fn is_resource(&self) -> bool {
        matches!(self.target, Target::Resource(_) | Target::ResourceMetadata(_))
            || self.query.iter().any(|(name, _)| super::select::is_resource_parameter(name))
    }

    /// The shape in which failures are told.
    pub(super) fn section(&self) -> Section {
        let is_result = matches!(
            self.target,
            Target::Did | Target::Metadata | Target::Version(_) | Target::VersionMetadata(_)
        );
        if is_result && !self.is_resource() { Section::Resolution } else { Section::Dereferencing }
    }

    /// The same place under another DID.
    pub(super) fn address_under(&self, did: &str) -> String {
        let fragment = match &self.target {
            Target::Fragment(fragment) => format!("%23{fragment}"),
            _ => String::new(),
        };
        let address = format!("{IDENTIFIERS_PATH}{did}{}{fragment}", self.rest);
        address.chars().filter(char::is_ascii_graphic).collect()
    }
}

fn parameters(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .take(PARAMETERS_MAX + 1)
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Percent-decoding; what is no escape, or not UTF-8 afterwards, stands for itself. `+` is a plus sign here.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = (byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            // The parser alone would also take a sign.
            .filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        at += if escape.is_some() { 3 } else { 1 };
        decoded.push(escape.unwrap_or(byte));
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}
