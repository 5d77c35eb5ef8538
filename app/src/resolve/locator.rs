//! What a request points at: the DID, and what under it (docs/resolver.md#routes).

use super::{IDENTIFIERS_PATH, accept::Envelope};

domain::limits! {
    /// Longest DID URL that is resolved.
    pub LOCATOR_BYTES_MAX: usize = 8 * 1024, "bytes";
    /// Most parameters of a DID URL that is resolved.
    pub PARAMETERS_MAX: usize = 32, "parameters";
}

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

/// A parameter, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// As a URI writes it (RFC 3986): `+` is a plus sign.
    pub(super) value: String,
    /// As a form writes it, where `+` is a blank; `None` if it has none.
    form: Option<String>,
}

impl Parameter {
    pub(super) fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned(), form: None }
    }

    /// From a query, with its escapes.
    fn decoded(name: &str, value: &str) -> Self {
        let form = value.contains('+').then(|| decode(&value.replace('+', " ")));
        Self { name: decode(name), value: decode(value), form }
    }

    /// Whether it means this text. Clients write blanks in both ways, so both are understood; and some wrote names to the
    /// ledger with their escapes.
    pub(super) fn means(&self, text: &str) -> bool {
        let is = |text: &str| self.value == text || self.form.as_deref() == Some(text);
        let is_escaped = text.contains('%') && text.bytes().all(|byte| byte.is_ascii_graphic());
        is(text) || (is_escaped && is(&decode(text)))
    }
}

/// A request taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Locator {
    /// The DID as it was written, decoded.
    pub(super) did: String,
    pub(super) target: Target,
    /// The parameters in order.
    pub(super) query: Vec<Parameter>,
    rest: String,
}

impl Locator {
    pub(super) fn read(path: &str, query: Option<&str>) -> Self {
        if path.len() + query.map_or(0, str::len) > LOCATOR_BYTES_MAX {
            let did = String::new();
            return Self { did, target: Target::Unknown, query: Vec::new(), rest: String::new() };
        }
        let raw = path.trim_start_matches('/');
        let decoded = decode(raw);
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
        let mut segments: Vec<&str> = segments.collect();
        // `<did>/` is `<did>`, as everywhere at this door.
        if segments.last().is_some_and(|last| last.is_empty()) {
            segments.pop();
        }
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

        let did = web_did(raw).map_or(did, str::to_owned);
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
            || self.query.iter().any(|parameter| super::select::is_resource_parameter(&parameter.name))
    }

    /// Whether the bytes of a resource may be the answer, in whatever type they have.
    pub(super) fn may_be_data(&self) -> bool {
        self.is_resource() && !matches!(self.target, Target::ResourceMetadata(_))
    }

    /// The shape in which failures are told.
    pub(super) fn envelope(&self) -> Envelope {
        let is_result = matches!(
            self.target,
            Target::Did | Target::Metadata | Target::Version(_) | Target::VersionMetadata(_)
        );
        if is_result && !self.is_resource() { Envelope::Resolution } else { Envelope::Dereferencing }
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

fn parameters(query: &str) -> Vec<Parameter> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .take(PARAMETERS_MAX + 1)
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Parameter::decoded(name, value)
        })
        .collect()
}

/// The did:web that a path begins with as it stands: its escapes belong to it, and taken off a port would be a path. One that was
/// escaped as a whole has others in it.
fn web_did(path: &str) -> Option<&str> {
    let ends = ["/", "?", "#", "%2F", "%2f", "%3F", "%3f", "%23"];
    let end = ends.into_iter().filter_map(|end| path.find(end)).min().unwrap_or(path.len());
    path.get(..end).filter(|did| did.starts_with("did:web:") && !did.contains("%25"))
}

/// Percent-decoding; what is no escape, or not UTF-8 afterwards, stands for itself.
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
