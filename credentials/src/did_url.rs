//! DID URLs (W3C DID Core 3.2) and their web addresses at a DID resolver.
//!
//! `https://<host>/1.0/identifiers/<did-url>` names the DID URL behind it: hosts are never compared and never fetched.
//! cheqd Studio writes resource names into such addresses without escaping them, so query values are read leniently: an
//! escape that is none stands for itself, and `+` is a plus sign.

use std::fmt;

use uuid::Uuid;

domain::limits! {
    /// Longest DID URL or resolver address read, in bytes.
    pub MAX_DID_URL_BYTES: usize = 4096, "bytes";
    /// Most query parameters read.
    pub MAX_QUERY_PARAMETERS: usize = 32, "parameters";
}

/// The query parameters that mean something here: those of DID Resolution and of DID-Linked Resources.
const KNOWN_PARAMETERS: [&str; 14] = [
    "resourceId",
    "resourceCollectionId",
    "resourceName",
    "resourceType",
    "resourceVersion",
    "resourceVersionTime",
    "resourceMetadata",
    "checksum",
    "versionId",
    "versionTime",
    "transformKeys",
    "service",
    "relativeRef",
    "metadata",
];
/// Path of a resolver before the DID URL.
const RESOLVER_PATH: &str = "/1.0/identifiers/";

/// Why a text is not a DID URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DidUrlError {
    /// Too long, or too many parameters.
    #[error(
        "the DID URL is longer than {MAX_DID_URL_BYTES} bytes or has more than {MAX_QUERY_PARAMETERS} parameters"
    )]
    TooLong,
    /// Neither a DID URL nor an address of a resolver.
    #[error("expected a DID URL or an address of the form https://<host>/1.0/identifiers/<did-url>")]
    NotADidUrl,
    /// The DID part is malformed.
    #[error("the DID part must be did:<method>:<id>")]
    Did,
    /// An escape in the DID or the path is malformed.
    #[error("malformed percent-encoding")]
    Escape,
}

/// A parsed DID URL. Query values are decoded; path and fragment are kept as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DidUrl {
    did: String,
    path: String,
    query: Vec<(String, String)>,
    fragment: Option<String>,
}

/// What pins a resource to one version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pin {
    /// `resourceId`.
    Id(Uuid),
    /// `resourceVersion`.
    Version(String),
    /// `resourceVersionTime`, as written.
    VersionTime(String),
    /// `checksum`.
    Checksum(String),
}

/// A DID-Linked Resource as a DID URL names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ResourceRef {
    /// `<did>/resources/<id>` or `<did>?resourceId=<id>`: exactly this version.
    ById {
        /// Normalised DID.
        did: String,
        /// Resource id.
        id: Uuid,
    },
    /// `<did>?resourceName=…&resourceType=…`: the newest version, or the pinned one.
    ByName {
        /// Normalised DID.
        did: String,
        /// Resource name.
        name: String,
        /// Resource type.
        resource_type: String,
        /// The version, when one is named.
        pin: Option<Pin>,
    },
}

impl ResourceRef {
    /// The DID that holds the resource.
    pub fn did(&self) -> &str {
        match self {
            Self::ById { did, .. } | Self::ByName { did, .. } => did,
        }
    }
}

/// What a resource is known to be once its metadata has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceIdentity {
    /// DID that holds it.
    pub did: String,
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its type.
    pub resource_type: String,
}

impl ResourceIdentity {
    /// True when `reference` names this resource: by its id, or by name and type (British type spellings included)
    /// without a pin that contradicts the id. A pin by version or time cannot be judged here and does not count.
    pub fn is_named_by(&self, reference: &ResourceRef) -> bool {
        if normalised_did(&self.did) != reference.did() {
            return false;
        }
        match reference {
            ResourceRef::ById { id, .. } => *id == self.id,
            ResourceRef::ByName { name, resource_type, pin, .. } => {
                let pin_fits = match pin {
                    None => true,
                    Some(Pin::Id(id)) => *id == self.id,
                    Some(_) => false,
                };
                *name == self.name && american(resource_type) == american(&self.resource_type) && pin_fits
            }
        }
    }
}

impl DidUrl {
    /// Parses a DID URL, or the address of one at any resolver.
    pub fn parse(text: &str) -> Result<Self, DidUrlError> {
        if text.len() > MAX_DID_URL_BYTES {
            return Err(DidUrlError::TooLong);
        }
        match web_remainder(text) {
            Some(remainder) => Self::parse_remainder(remainder),
            None if text.starts_with("did:") => Self::from_parts(text),
            None => Err(DidUrlError::NotADidUrl),
        }
    }

    /// The part of an address after `/1.0/identifiers/`. When the DID URL was escaped as a whole (`did%3Acheqd…`), one
    /// level of escaping is taken off its path part.
    fn parse_remainder(remainder: &str) -> Result<Self, DidUrlError> {
        let end = remainder.find(['?', '#']).unwrap_or(remainder.len());
        let (path, rest) = remainder.split_at(end);
        if path.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("did%3a")) {
            let decoded = decode(path, false).ok_or(DidUrlError::Escape)?;
            Self::from_parts(&format!("{decoded}{rest}"))
        } else {
            Self::from_parts(remainder)
        }
    }

    fn from_parts(text: &str) -> Result<Self, DidUrlError> {
        let (rest, fragment) = match text.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment.to_owned())),
            None => (text, None),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path_start = rest.find('/').unwrap_or(rest.len());
        let (did, path) = rest.split_at(path_start);
        if !is_did(did) {
            return Err(DidUrlError::Did);
        }
        decode(path, false).ok_or(DidUrlError::Escape)?;
        // An empty parameter at the end is a slip; one in between may be the rest of a name that was not escaped.
        let query = query.strip_suffix('&').unwrap_or(query);
        let parameters: Vec<&str> = if query.is_empty() { Vec::new() } else { query.split('&').collect() };
        if parameters.len() > MAX_QUERY_PARAMETERS {
            return Err(DidUrlError::TooLong);
        }
        let query = parameters
            .into_iter()
            .map(|parameter| {
                let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
                (decode(name, true).unwrap_or_default(), decode(value, true).unwrap_or_default())
            })
            .collect();
        Ok(Self { did: normalised_did(did), path: path.to_owned(), query, fragment })
    }

    /// The DID; UUIDs of did:cheqd in lower case.
    pub fn did(&self) -> &str {
        &self.did
    }

    /// The path with its leading slash, or empty.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The decoded query parameters in order.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// The first value of a parameter.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The fragment without `#`.
    pub fn fragment(&self) -> Option<&str> {
        self.fragment.as_deref()
    }

    /// The same URL without its fragment.
    #[must_use]
    pub fn without_fragment(&self) -> Self {
        Self { fragment: None, ..self.clone() }
    }

    /// The form to compare: parameters sorted by name, values escaped.
    pub fn canonical(&self) -> String {
        let mut sorted = self.clone();
        sorted.query.sort();
        sorted.to_string()
    }

    /// The first query parameter that means nothing, or that is there twice. A URL with one names no resource: where a
    /// name was written without escaping, what stands behind its `&` would be taken for a parameter, and the resource of
    /// the shortened name for the one that was meant.
    pub fn stray_parameter(&self) -> Option<&str> {
        self.query.iter().enumerate().find_map(|(place, (name, _))| {
            let is_repeated = self.query.iter().take(place).any(|(other, _)| other == name);
            (is_repeated || !KNOWN_PARAMETERS.contains(&name.as_str())).then_some(name.as_str())
        })
    }

    /// The resource this URL names, if it names one. A path other than `/resources/<uuid>` (optionally with
    /// `/metadata`) names none, nor does a query with a [stray parameter](Self::stray_parameter); with an id, name and
    /// type are redundant.
    pub fn resource(&self) -> Option<ResourceRef> {
        if self.stray_parameter().is_some() {
            return None;
        }
        let did = self.did.clone();
        if !self.path.is_empty() {
            let id = self.path.strip_prefix("/resources/")?;
            let id = parse_uuid(id.strip_suffix("/metadata").unwrap_or(id))?;
            return Some(ResourceRef::ById { did, id });
        }
        let pin = self.pin()?;
        match (self.query_value("resourceName"), self.query_value("resourceType"), pin) {
            (Some(name), Some(resource_type), pin) if !name.is_empty() && !resource_type.is_empty() => {
                Some(ResourceRef::ByName {
                    did,
                    name: name.to_owned(),
                    resource_type: resource_type.to_owned(),
                    pin,
                })
            }
            (_, _, Some(Pin::Id(id))) => Some(ResourceRef::ById { did, id }),
            _ => None,
        }
    }

    /// Outer `None`: the pin is malformed.
    #[expect(
        clippy::option_option,
        reason = "malformed, absent and present are three things, used only here"
    )]
    fn pin(&self) -> Option<Option<Pin>> {
        if let Some(id) = self.query_value("resourceId") {
            return parse_uuid(id).map(Pin::Id).map(Some);
        }
        let text = |name: &str| self.query_value(name).map(str::to_owned);
        Some(
            text("resourceVersion")
                .map(Pin::Version)
                .or_else(|| text("resourceVersionTime").map(Pin::VersionTime))
                .or_else(|| text("checksum").map(Pin::Checksum)),
        )
    }
}

impl fmt::Display for DidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.did, self.path)?;
        for (position, (name, value)) in self.query.iter().enumerate() {
            let separator = if position == 0 { '?' } else { '&' };
            write!(f, "{separator}{}={}", encode(name), encode(value))?;
        }
        match &self.fragment {
            Some(fragment) => write!(f, "#{fragment}"),
            None => Ok(()),
        }
    }
}

/// `<did>/resources/<id>`: exactly this version of a resource.
pub fn resource_by_id(did: &str, id: Uuid) -> String {
    format!("{did}/resources/{id}")
}

/// `<did>?resourceName=…&resourceType=…` with escaped values: the newest version of a resource.
pub fn resource_by_name(did: &str, name: &str, resource_type: &str) -> String {
    format!("{did}?resourceName={}&resourceType={}", encode(name), encode(resource_type))
}

/// The address of a DID URL at a resolver whose identifiers live under `base` (with or without a final slash), for
/// example `https://resolver.cheqd.net/1.0/identifiers/`.
pub fn resolver_url(base: &str, did_url: &str) -> String {
    format!("{}/{did_url}", base.trim_end_matches('/'))
}

/// The DID of a DID URL by plain cutting: everything before the first `/`, `?` or `#`.
pub fn did_of(did_url: &str) -> &str {
    did_url.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The form in which DIDs are compared: the ledger keeps UUIDs of did:cheqd in lower case; everything else is
/// case-sensitive.
pub fn normalised_did(did: &str) -> String {
    match did.strip_prefix("did:cheqd:").and_then(|rest| rest.split_once(':')) {
        Some((namespace, id)) if parse_uuid(id).is_some() => {
            format!("did:cheqd:{namespace}:{}", id.to_ascii_lowercase())
        }
        _ => did.to_owned(),
    }
}

/// Resource types of old trust-chain entries are spelled `…Authorisation…`; they are the same types.
pub(crate) fn american(kind: &str) -> String {
    kind.replace("Authorisation", "Authorization")
}

/// `did:<lower-case method>:<id>`, with the characters DID Core allows.
pub fn is_did(text: &str) -> bool {
    let Some((method, id)) = text.strip_prefix("did:").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let method_is_fine =
        !method.is_empty() && method.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let id_is_fine = !id.is_empty()
        && !id.ends_with(':')
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'%'));
    method_is_fine && id_is_fine && decode(id, false).is_some()
}

/// Only the hyphenated form: the others would give one resource several names.
fn parse_uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

fn web_remainder(text: &str) -> Option<&str> {
    // Schemes have no case (RFC 3986, section 3.1).
    let (scheme, rest) = text.split_once("://")?;
    if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let (host, path) = rest.split_at(rest.find('/')?);
    let host_is_fine = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']' | b'_'));
    path.strip_prefix(RESOLVER_PATH).filter(|_| host_is_fine)
}

/// Escapes everything but unreserved characters, as `encodeURIComponent` does for names.
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for nibble in [byte >> 4, byte & 0x0f] {
                encoded.push(HEX.get(usize::from(nibble)).map_or('0', |digit| char::from(*digit)));
            }
        }
    }
    encoded
}

/// Takes escapes off. Strictly, `None` at a malformed escape; leniently, a malformed escape stands for itself. Bytes
/// that are no UTF-8 are an error in strict mode and replaced in lenient mode.
pub(crate) fn decode(text: &str, lenient: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = || {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            if digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                u8::from_str_radix(digits, 16).ok()
            } else {
                None
            }
        };
        match (*first, escaped()) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'%', None) if !lenient => return None,
            (byte, _) => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => Some(decoded),
        Err(error) if lenient => Some(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        Err(_) => None,
    }
}
