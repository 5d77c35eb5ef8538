//! Validators with the contract's own sentences (docs/api.md#bodies). Faults are
//! [`crate::input::INVALID`] with a member `field`.

mod did;
mod document;

pub use did::{cheqd_did, did, did_sentence, dids};
pub use document::{resource_also_known_as, service_for_create};

use crate::input::invalid;
use app::Fault;
use domain::id::{Instant, KeyId, Network};
use serde_json::Value;
use uuid::Uuid;

domain::limits! {
    /// Longest free text (names, types, versions), in characters.
    pub TEXT_CHARS_MAX: usize = 1_024, "characters";
}

/// Hex characters of an Ed25519 key id.
const KID_CHARS: usize = 64;

/// The member, or a fault with this sentence.
pub fn required<T>(field: &str, value: Option<T>, sentence: &str) -> Result<T, Fault> {
    value.ok_or_else(|| invalid(field, sentence))
}

/// `mainnet` or `testnet`; else `Invalid network`.
pub fn network(text: &str) -> Result<Network, Fault> {
    text.parse().map_err(|_| invalid("network", "Invalid network"))
}

/// A UUID; else this sentence.
pub fn uuid(field: &str, text: &str, sentence: &str) -> Result<Uuid, Fault> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36).ok_or_else(|| invalid(field, sentence))
}

/// Hexadecimal text; else this sentence.
pub fn hexadecimal<'a>(field: &str, text: &'a str, sentence: &str) -> Result<&'a str, Fault> {
    let fine = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fine.then_some(text).ok_or_else(|| invalid(field, sentence))
}

/// A vault key id in the path; faults with the contract's two sentences.
pub fn kid(text: &str) -> Result<KeyId, Fault> {
    if text.is_empty() {
        return Err(invalid("kid", "keyId was not provided"));
    }
    hexadecimal("kid", text, "keyId should be a hexadecimal string")
        .map(|text| KeyId(text.to_ascii_lowercase()))
}

/// An instant in ISO 8601: RFC 3339, a local time taken as UTC, or a date taken as its midnight in UTC; else this sentence.
/// Fault beside: `request/time-out-of-range`.
pub fn instant(field: &str, text: &str, sentence: &str) -> Result<Instant, Fault> {
    domain::calendar::parse_iso(text).map_err(|why| Fault::time(field, why, invalid(field, sentence)))
}

/// Texts only; else this sentence.
pub fn texts(field: &str, values: &[Value], sentence: &str) -> Result<Vec<String>, Fault> {
    values
        .iter()
        .map(|value| value.as_str().map(str::to_owned).ok_or_else(|| invalid(field, sentence)))
        .collect()
}

/// A free text of bearable length.
pub fn short<'a>(field: &str, text: &'a str) -> Result<&'a str, Fault> {
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(invalid(field, format!("{field} is longer than {TEXT_CHARS_MAX} characters")));
    }
    Ok(text)
}

/// `publicKeyHexs`: key ids of the caller.
pub fn public_key_hexs(values: &[Value]) -> Result<Vec<KeyId>, Fault> {
    const SENTENCE: &str = "publicKeyHexs should be an array of strings";
    let texts = texts("publicKeyHexs", values, SENTENCE)?;
    let keys = texts.into_iter().map(|text| {
        let fine = text.len() <= KID_CHARS * 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        fine.then(|| KeyId(text.to_ascii_lowercase())).ok_or_else(|| {
            invalid("publicKeyHexs", "publicKeyHexs should be an array of hexadecimal strings")
        })
    });
    keys.collect()
}

#[cfg(test)]
mod tests;
