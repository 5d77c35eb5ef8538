//! SD-JWT (RFC 9901): claims that their holder may keep back. What is signed holds digests; what is handed on beside it,
//! the disclosures, says what they are of.
//!
//! Salts are handed in: whoever gives them must draw them so that nobody can guess them.

mod credential;

pub use credential::{SdJwtVcInput, draft, of_credential, payload};
pub(crate) use credential::{compact_of, mark_of, shown, signer, verify};

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::json;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::jwt::MAX_COMPACT_BYTES;

domain::limits! {
    /// Most disclosures of one SD-JWT.
    pub DISCLOSURES_MAX: usize = 256, "disclosures";
    /// Levels of claims in which digests are looked for.
    pub SD_DEPTH_MAX: usize = 32, "levels";
}

/// Members with a meaning of their own; no claim has one of these names.
const SD: &str = "_sd";
const SD_ALG: &str = "_sd_alg";
const ELEMENT: &str = "...";
/// The one hash that is written and read; also what is meant where none is named (RFC 9901, section 4.1.1).
const SHA_256: &str = "sha-256";

/// Why something is no SD-JWT, or cannot become one. The sentences are for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdJwtError {
    /// Not `<JWT>~…~` with an optional token behind the last tilde.
    #[error("invalid_argument: Incorrect format SD-JWT")]
    Format,
    /// Longer than is read, or with more disclosures.
    #[error("invalid_argument: the SD-JWT is larger than is read")]
    TooLarge,
    /// A disclosure is no array of salt, name and value, or of salt and value.
    #[error("invalid_sd_jwt: a disclosure is malformed")]
    Disclosure,
    /// Digests or disclosures break a rule of RFC 9901, section 7.1.
    #[error("invalid_sd_jwt: {0}")]
    Rule(&'static str),
    /// What shall be concealed is not there, or must not be.
    #[error("{0} cannot be selectively disclosable: {1}")]
    Pointer(String, &'static str),
    /// The caller set a claim that the format decides.
    #[error("the claim {0} cannot be set")]
    Claim(String),
    /// Fewer salts than disclosures.
    #[error("there is not a salt for each disclosure")]
    Salts,
}

/// A payload with digests in it, and the disclosures that they are of.
#[derive(Debug, Clone, PartialEq)]
pub struct Concealed {
    /// What is signed.
    pub payload: Map<String, Value>,
    /// Encoded, in the order of the request.
    pub disclosures: Vec<String>,
}

/// An SD-JWT cut into its parts; nothing is judged yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The issuer's token.
    pub issued: &'a str,
    /// Encoded disclosures.
    pub disclosures: Vec<&'a str>,
    /// The holder's token, if the holder presents it.
    pub key_binding: Option<&'a str>,
    /// Everything before the holder's token: what its `sd_hash` is of.
    pub presented: &'a str,
}

impl<'a> Parts<'a> {
    /// Cuts a compact SD-JWT.
    pub fn cut(compact: &'a str) -> Result<Self, SdJwtError> {
        if compact.len() > MAX_COMPACT_BYTES {
            return Err(SdJwtError::TooLarge);
        }
        let end = compact.rfind('~').ok_or(SdJwtError::Format)?;
        let (presented, rest) = compact.split_at_checked(end.saturating_add(1)).ok_or(SdJwtError::Format)?;
        let mut parts = presented.trim_end_matches('~').split('~');
        let issued = parts.next().filter(|issued| !issued.is_empty()).ok_or(SdJwtError::Format)?;
        let disclosures: Vec<&str> = parts.collect();
        // One tilde ends what is presented; two would hold an empty disclosure.
        if presented.ends_with("~~") || disclosures.iter().any(|disclosure| disclosure.is_empty()) {
            return Err(SdJwtError::Format);
        }
        if disclosures.len() > DISCLOSURES_MAX {
            return Err(SdJwtError::TooLarge);
        }
        Ok(Self { issued, disclosures, key_binding: Some(rest).filter(|rest| !rest.is_empty()), presented })
    }
}

/// Base64url of the SHA-256 of a text: of a disclosure its digest, of what is presented its `sd_hash`.
pub fn digest(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// As many salts as asked for, of 128 bits each, made of a seed that nobody can guess: the same again when a signature is waited
/// for and the draft is made once more.
fn salts(seed: &str, count: usize) -> Vec<String> {
    let salt = |number: usize| {
        let hash = Sha256::digest(format!("{seed}/{number}"));
        URL_SAFE_NO_PAD.encode(hash.get(..16).unwrap_or(&hash))
    };
    (0..count).map(salt).collect()
}

/// Conceals the claims that JSON pointers (RFC 6901) name. Those inside of others are concealed first, so that disclosing the
/// outer one does not disclose them. `salts` has one for each pointer and each decoy.
pub fn conceal(
    claims: &Map<String, Value>,
    pointers: &[String],
    salts: &[String],
    decoys: usize,
) -> Result<Concealed, SdJwtError> {
    refuse_own_names(&Value::Object(claims.clone()), 0)?;
    if pointers.len().saturating_add(decoys) > DISCLOSURES_MAX {
        return Err(SdJwtError::TooLarge);
    }
    let mut payload = Value::Object(claims.clone());
    let mut places: Vec<(usize, &String, &String)> = pointers
        .iter()
        .zip(salts)
        .enumerate()
        .map(|(order, (pointer, salt))| (order, pointer, salt))
        .collect();
    if places.len() != pointers.len() || salts.len() < pointers.len().saturating_add(decoys) {
        return Err(SdJwtError::Salts);
    }
    places.sort_by_key(|(_, pointer, _)| std::cmp::Reverse(pointer.matches('/').count()));
    let mut made = Vec::with_capacity(places.len());
    for (order, pointer, salt) in places {
        made.push((order, take(&mut payload, pointer, salt)?));
    }
    made.sort_by_key(|(order, _)| *order);
    let Value::Object(mut payload) = payload else { return Err(SdJwtError::Format) };
    let decoys = salts.iter().skip(pointers.len()).take(decoys).map(|salt| digest(salt));
    for decoy in decoys {
        note(&mut payload, decoy);
    }
    let disclosures: Vec<String> = made.into_iter().map(|(_, disclosure)| disclosure).collect();
    if !disclosures.is_empty() || payload.contains_key(SD) {
        payload.insert(SD_ALG.to_owned(), Value::from(SHA_256));
    }
    Ok(Concealed { payload, disclosures })
}

/// Takes a claim out and leaves its digest.
fn take(payload: &mut Value, pointer: &str, salt: &str) -> Result<String, SdJwtError> {
    let cannot = |why| SdJwtError::Pointer(pointer.chars().take(128).collect(), why);
    let (parent, name) = pointer.rsplit_once('/').ok_or(cannot("it is no JSON pointer"))?;
    let name = name.replace("~1", "/").replace("~0", "~");
    let missing = "there is no such claim";
    match payload.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            let value = members.shift_remove(&name).ok_or(cannot(missing))?;
            let disclosure = encoded(&Value::from(vec![Value::from(salt), Value::from(name), value]));
            note(members, digest(&disclosure));
            Ok(disclosure)
        }
        Some(Value::Array(items)) => {
            let place = name.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            let place = place.filter(|item| item.get(ELEMENT).is_none()).ok_or(cannot(missing))?;
            let disclosure = encoded(&Value::from(vec![Value::from(salt), place.take()]));
            let mut marked = Map::new();
            marked.insert(ELEMENT.to_owned(), Value::from(digest(&disclosure)));
            *place = Value::Object(marked);
            Ok(disclosure)
        }
        _ => Err(cannot(missing)),
    }
}

/// Puts a digest among those of an object, in an order that says nothing of its claims (RFC 9901, section 4.2.4.1).
fn note(members: &mut Map<String, Value>, digest: String) {
    let digests = members.entry(SD).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(digests) = digests {
        digests.push(Value::from(digest));
        digests.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    }
}

fn encoded(disclosure: &Value) -> String {
    URL_SAFE_NO_PAD.encode(disclosure.to_string())
}

/// Names of the format itself are no claims, at any depth.
fn refuse_own_names(value: &Value, depth: usize) -> Result<(), SdJwtError> {
    if depth > SD_DEPTH_MAX {
        return Err(SdJwtError::TooLarge);
    }
    match value {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            if [SD, SD_ALG, ELEMENT].contains(&name.as_str()) {
                return Err(SdJwtError::Claim(name.clone()));
            }
            refuse_own_names(value, depth + 1)
        }),
        Value::Array(items) => items.iter().try_for_each(|item| refuse_own_names(item, depth + 1)),
        _ => Ok(()),
    }
}

/// A disclosure that was read.
struct Disclosure {
    digest: String,
    /// `None` for an element of an array.
    name: Option<String>,
    value: Value,
    is_used: bool,
}

impl Disclosure {
    fn read(text: &str) -> Result<Self, SdJwtError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SdJwtError::Disclosure)?;
        let Ok(Value::Array(parts)) = json::read(&bytes) else { return Err(SdJwtError::Disclosure) };
        let (name, value) = match parts.as_slice() {
            [Value::String(_), value] => (None, value.clone()),
            [Value::String(_), Value::String(name), value] => (Some(name.clone()), value.clone()),
            _ => return Err(SdJwtError::Disclosure),
        };
        if name.as_deref().is_some_and(|name| name == SD || name == ELEMENT) {
            return Err(SdJwtError::Rule("a disclosure has the name of a member of the format"));
        }
        Ok(Self { digest: digest(text), name, value, is_used: false })
    }
}

/// The claims of a payload with what was disclosed of them, and without a trace of what was not (RFC 9901, section 7.1).
pub fn disclose(
    payload: &Map<String, Value>,
    disclosures: &[&str],
) -> Result<Map<String, Value>, SdJwtError> {
    match payload.get(SD_ALG).map(Value::as_str) {
        None | Some(Some(SHA_256)) => {}
        Some(_) => return Err(SdJwtError::Rule("_sd_alg is none that is read here")),
    }
    let mut given: Vec<Disclosure> =
        disclosures.iter().map(|text| Disclosure::read(text)).collect::<Result<_, _>>()?;
    let mut claims = payload.clone();
    claims.shift_remove(SD_ALG);
    given.sort_by(|one, other| one.digest.cmp(&other.digest));
    let mut seen = BTreeSet::new();
    open_object(&mut claims, &mut given, &mut seen, 0)?;
    if given.iter().any(|disclosure| !disclosure.is_used) {
        return Err(SdJwtError::Rule("a disclosure belongs to no digest"));
    }
    Ok(claims)
}

/// A digest may stand once in all of it, those in disclosed values included.
fn first_time(seen: &mut BTreeSet<String>, digest: &str) -> Result<(), SdJwtError> {
    if seen.insert(digest.to_owned()) {
        Ok(())
    } else {
        Err(SdJwtError::Rule("a digest stands more than once"))
    }
}

/// Name and value behind a digest, if its disclosure was handed on.
fn of_digest(
    given: &mut [Disclosure],
    seen: &mut BTreeSet<String>,
    digest: &str,
) -> Result<Option<(Option<String>, Value)>, SdJwtError> {
    first_time(seen, digest)?;
    // In the order of their digests. Of two that are the same one stays unused, which is refused.
    let place = given.binary_search_by(|disclosure| disclosure.digest.as_str().cmp(digest));
    let Some(found) = place.ok().and_then(|place| given.get_mut(place)) else { return Ok(None) };
    found.is_used = true;
    Ok(Some((found.name.clone(), found.value.clone())))
}

fn open(
    value: &mut Value,
    given: &mut [Disclosure],
    seen: &mut BTreeSet<String>,
    depth: usize,
) -> Result<(), SdJwtError> {
    match value {
        Value::Object(members) => open_object(members, given, seen, depth),
        Value::Array(items) => open_array(items, given, seen, depth),
        _ => Ok(()),
    }
}

fn open_object(
    members: &mut Map<String, Value>,
    given: &mut [Disclosure],
    seen: &mut BTreeSet<String>,
    depth: usize,
) -> Result<(), SdJwtError> {
    if depth > SD_DEPTH_MAX {
        return Err(SdJwtError::TooLarge);
    }
    let digests = match members.shift_remove(SD) {
        None => Vec::new(),
        Some(Value::Array(digests)) => digests,
        Some(_) => return Err(SdJwtError::Rule("_sd is no array")),
    };
    for digest in &digests {
        let digest = digest.as_str().ok_or(SdJwtError::Rule("a digest is no text"))?;
        let Some((name, value)) = of_digest(given, seen, digest)? else { continue };
        let name = name.ok_or(SdJwtError::Rule("the disclosure of a claim has no name"))?;
        if members.contains_key(&name) {
            return Err(SdJwtError::Rule("a claim is disclosed that is there already"));
        }
        members.insert(name, value);
    }
    members.values_mut().try_for_each(|value| open(value, given, seen, depth + 1))
}

fn open_array(
    items: &mut Vec<Value>,
    given: &mut [Disclosure],
    seen: &mut BTreeSet<String>,
    depth: usize,
) -> Result<(), SdJwtError> {
    if depth > SD_DEPTH_MAX {
        return Err(SdJwtError::TooLarge);
    }
    let mut opened = Vec::with_capacity(items.len());
    for item in std::mem::take(items) {
        let marked = item.as_object().filter(|members| members.len() == 1).and_then(|it| it.get(ELEMENT));
        let mut value = match marked.map(Value::as_str) {
            None => item,
            Some(None) => return Err(SdJwtError::Rule("a digest is no text")),
            Some(Some(digest)) => match of_digest(given, seen, digest)? {
                None => continue,
                Some((Some(_), _)) => {
                    return Err(SdJwtError::Rule("the disclosure of an element has a name"));
                }
                Some((None, value)) => value,
            },
        };
        open(&mut value, given, seen, depth + 1)?;
        opened.push(value);
    }
    *items = opened;
    Ok(())
}
