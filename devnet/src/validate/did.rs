//! Syntax of DIDs, DID URLs and unique ids (docs/ledger.md#identifiers), and their normal form.

use super::Namespace;

const SPLIT: &str = "unable to split did into method, namespace and id";
const METHOD: &str = "cheqd";
const UUID_LENGTH: usize = 36;
/// Bytes of a base58 unique id.
const BASE58_ID_BYTES: usize = 16;
/// Most base58 characters of sixteen bytes.
const MAX_BASE58_ID_CHARS: usize = 22;
const FRAGMENT_PATTERN: &str = r"^([/a-zA-Z0-9\-\.\_\~\!\$\&\'\(\)\*\+\,\;\=\:\@\/\?]*|(%[0-9A-Fa-f]{2})*)*$";

/// Method, namespace (may be empty) and id of a DID.
pub fn split(did: &str) -> Option<(&str, &str, &str)> {
    let parts: Vec<&str> = did.split(':').collect();
    if parts.iter().any(|p| p.is_empty()) {
        return None;
    }
    match parts.as_slice() {
        ["did", method, id] => Some((method, "", id)),
        ["did", method, namespace, id] => Some((method, namespace, id)),
        _ => None,
    }
}

/// Parts of a DID URL: DID, path, query and fragment.
#[derive(Debug, PartialEq, Eq)]
pub struct Url<'a> {
    /// DID.
    pub did: &'a str,
    /// Path with its leading slash.
    pub path: &'a str,
    /// Query without the question mark.
    pub query: &'a str,
    /// Fragment without the hash.
    pub fragment: &'a str,
}

/// Splits like the ledger's pattern, which is not anchored at the start: with more than one `#` only the part after
/// the last but one counts.
pub fn split_url(url: &str) -> Url<'_> {
    let hashes: Vec<usize> = url.match_indices('#').map(|(i, _)| i).collect();
    let (start, end, fragment) = match hashes.as_slice() {
        [] => (0, url.len(), ""),
        [.., last] if last + 1 == url.len() => (url.len(), url.len(), ""),
        [only] => (0, *only, url.get(only + 1..).unwrap_or("")),
        [.., before, last] => (before + 1, *last, url.get(last + 1..).unwrap_or("")),
    };
    let front = url.get(start..end).unwrap_or("");
    let (front, query) = front.split_once('?').unwrap_or((front, ""));
    let (did, path) = front.split_at(front.find('/').unwrap_or(front.len()));
    Url { did, path, query, fragment }
}

/// The DID part of a DID URL.
pub fn did_of_url(url: &str) -> &str {
    split_url(url).did
}

/// Replaces the DID of a DID URL, rebuilding it from its parts as the ledger does.
pub fn with_did(url: &str, old: &str, new: &str) -> String {
    let parts = split_url(url);
    let mut out = if parts.did == old { new.to_owned() } else { parts.did.to_owned() };
    out.push_str(parts.path);
    if !parts.query.is_empty() {
        out.push('?');
        out.push_str(parts.query);
    }
    if !parts.fragment.is_empty() {
        out.push('#');
        out.push_str(parts.fragment);
    }
    out
}

/// Complains about a text that is no UUID.
pub fn check_uuid(text: &str) -> Option<String> {
    if text.len() != UUID_LENGTH {
        return Some("uuid must be of length 36 (in form of xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)".into());
    }
    let good = text.bytes().enumerate().all(|(i, b)| match i {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    });
    (!good).then(|| "invalid uuid format".into())
}

/// Whether a text has the form of a UUID.
pub fn is_uuid(text: &str) -> bool {
    check_uuid(text).is_none()
}

fn is_base58_id(text: &str) -> bool {
    // Sixteen bytes never need more characters; decoding a long text takes time with the square of its length.
    text.len() <= MAX_BASE58_ID_CHARS
        && bs58::decode(text).into_vec().is_ok_and(|bytes| bytes.len() == BASE58_ID_BYTES)
}

/// Complains about a text that is no unique id.
pub fn check_unique_id(id: &str) -> Option<String> {
    let good = is_uuid(id) || is_base58_id(id);
    (!good).then(|| "unique id should be one of: 16 bytes of decoded base58 string or UUID".into())
}

/// Complains about a text that is no cheqd DID.
pub fn check_did(did: &str, ns: Namespace<'_>) -> Option<String> {
    let Some((method, namespace, id)) = split(did) else { return Some(SPLIT.into()) };
    if method != METHOD {
        return Some(format!("did method must be: {METHOD}"));
    }
    if !namespace.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Some("invalid did namespace".into());
    }
    if let Some(want) = ns
        && want != namespace
    {
        return Some(format!("did namespace must be one of: {want}"));
    }
    check_unique_id(id)
}

fn fragment_is_valid(fragment: &str) -> bool {
    let mut rest = fragment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'%' => match after {
                [a, b, tail @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => tail,
                _ => return false,
            },
            b if b.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@?".contains(b) => after,
            _ => return false,
        };
    }
    true
}

/// Complains about a text that is no DID URL with a fragment and nothing else.
pub fn check_did_url(url: &str, ns: Namespace<'_>) -> Option<String> {
    let parts = split_url(url);
    if let Some(complaint) = check_did(parts.did, ns) {
        return Some(complaint);
    }
    if !fragment_is_valid(parts.fragment) {
        return Some(format!("did url fragmnt must match the following regexp: {FRAGMENT_PATTERN}"));
    }
    if !parts.path.is_empty() {
        return Some("path must be empty".into());
    }
    if !parts.query.is_empty() {
        return Some("query must be empty".into());
    }
    parts.fragment.is_empty().then(|| "fragment is required".into())
}

/// Lower-cases a unique id that is a UUID.
pub fn normal_id(id: &str) -> String {
    if is_uuid(id) { id.to_lowercase() } else { id.to_owned() }
}

/// Normal form of a DID; `None` when it cannot be split (the ledger panics there).
pub fn normal_did(did: &str) -> Option<String> {
    let (method, namespace, id) = split(did)?;
    let id = normal_id(id);
    Some(if namespace.is_empty() {
        format!("did:{method}:{id}")
    } else {
        format!("did:{method}:{namespace}:{id}")
    })
}

/// Normal form of a DID URL; `None` when its DID cannot be split.
pub fn normal_did_url(url: &str) -> Option<String> {
    let did = did_of_url(url);
    Some(with_did(url, did, &normal_did(did)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_split_as_the_unanchored_pattern_does() {
        let one = split_url("did:cheqd:testnet:abc/p?q#k");
        assert_eq!((one.did, one.path, one.query, one.fragment), ("did:cheqd:testnet:abc", "/p", "q", "k"));
        assert_eq!(split_url("x#a#b").did, "a");
        assert_eq!(split_url("x#a#").did, "");
        assert_eq!(with_did("did:a:b#k", "did:a:b", "did:a:c"), "did:a:c#k");
    }

    #[test]
    fn dids_are_checked_in_the_ledgers_order() {
        let id = "F589E95C-DE88-46E7-91CA-08F6A8431482";
        assert_eq!(check_did(&format!("did:cheqd:testnet:{id}"), Some("testnet")), None);
        assert_eq!(
            check_did(&format!("did:cheqd:{id}"), Some("testnet")).unwrap(),
            "did namespace must be one of: testnet"
        );
        assert_eq!(check_did("did:web:example.com", None).unwrap(), "did method must be: cheqd");
        assert_eq!(
            normal_did(&format!("did:cheqd:testnet:{id}")).unwrap(),
            format!("did:cheqd:testnet:{}", id.to_lowercase())
        );
    }
}
