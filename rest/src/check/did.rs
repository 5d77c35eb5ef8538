//! DIDs, first failing rule first.

use crate::input::invalid;
use app::Fault;
pub use app::did::{cheqd_did, did_sentence};
use serde_json::Value;

/// A DID of any method Studio knows; the text, or a fault about `field`.
pub fn did(field: &str, value: &Value) -> Result<String, Fault> {
    let text = value.as_str().ok_or_else(|| invalid(field, "DID should be a string"))?;
    match did_sentence(text) {
        None => Ok(text.to_owned()),
        Some(sentence) => Err(invalid(field, sentence)),
    }
}

/// A non-empty array of DIDs is not asked for; each element is checked.
pub fn dids(field: &str, value: &Value) -> Result<Vec<String>, Fault> {
    let items = value.as_array().ok_or_else(|| invalid(field, "DID array should be an array"))?;
    items.iter().map(|item| did(field, item)).collect()
}
