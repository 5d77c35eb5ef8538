//! JSON from outside: one set of limits for every text, whoever sent it and wherever it came in.
//!
//! A text is looked at byte by byte before anything recursive touches it, so that no nesting, however deep, costs more than
//! its bytes. What passes can be held by everything behind: the parser reads it back at any nesting an event adds
//! (`serde_json` stops at 128 levels), Postgres keeps its texts (no U+0000), and its numbers stay what was sent.

mod meter;
mod number;
mod scan;

pub use meter::Meter;
pub use number::is_exact;
pub use scan::{holds_json, scan, scan_within};

use serde_json::Value;

crate::limits! {
    /// Deepest nesting of a JSON value from outside. Events add levels of their own, and are read back up to 128.
    pub DEPTH_MAX: usize = 64, "levels";
    /// Most members and items of one JSON text.
    pub VALUES_MAX: usize = 50_000, "members and items";
    /// Longest text in a JSON value, as it is written between its quotes.
    pub TEXT_BYTES_MAX: usize = 512 * 1024, "bytes";
    /// Longest name of a member, as it is written between its quotes.
    pub NAME_BYTES_MAX: usize = 1_024, "bytes";
    /// Longest number.
    pub NUMBER_CHARS_MAX: usize = 64, "characters";
}

/// How much of a name or number is shown in a refusal.
const SHOWN_CHARS_MAX: usize = 64;

/// Why a JSON text from outside is not taken. The sentences may be shown to the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not JSON, or not UTF-8.
    #[error("The JSON is malformed: {0}.")]
    Malformed(String),
    /// Deeper than [`DEPTH_MAX`].
    #[error("The value is nested deeper than {DEPTH_MAX} levels.")]
    TooDeep,
    /// More than [`VALUES_MAX`].
    #[error("The value has more than {VALUES_MAX} members and items.")]
    TooManyValues,
    /// Longer than [`TEXT_BYTES_MAX`].
    #[error("The value holds a text of more than {TEXT_BYTES_MAX} bytes.")]
    TextTooLong,
    /// Longer than [`NAME_BYTES_MAX`].
    #[error("The value has a member whose name is longer than {NAME_BYTES_MAX} bytes.")]
    NameTooLong,
    /// A number that would come out as another one, e.g. `12345678901234567890123` or `1e400`.
    #[error("The number {0} cannot be kept exactly; send it as a text.")]
    InexactNumber(String),
    /// U+0000, as such or escaped.
    #[error("The value holds the character U+0000.")]
    Nul,
    /// Half of a surrogate pair, e.g. `"\ud800"`: no character.
    #[error("The value holds half of a surrogate pair, which is no character.")]
    LoneSurrogate,
    /// Two members of one object have the same name, so that readers would disagree on what was said.
    #[error("The member {0} stands twice in one object.")]
    DuplicateName(String),
}

impl Refused {
    /// Stable slug; each has a page in `docs/errors/`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "request/body-malformed",
            Self::TooDeep => "request/json-too-deep",
            Self::TooManyValues => "request/json-too-many-values",
            Self::TextTooLong => "request/json-text-too-long",
            Self::NameTooLong => "request/json-name-too-long",
            Self::InexactNumber(_) => "request/json-number",
            Self::Nul => "request/json-nul",
            Self::LoneSurrogate => "request/json-surrogate",
            Self::DuplicateName(_) => "request/json-duplicate-name",
        }
    }

    /// Whether it is JSON, but not within the limits.
    pub const fn is_limit(&self) -> bool {
        !matches!(self, Self::Malformed(_))
    }
}

/// Reads a JSON text within the limits.
pub fn read(text: &[u8]) -> Result<Value, Refused> {
    read_within(text, DEPTH_MAX)
}

/// Reads a JSON text whose envelope adds levels of its own to the values it carries: at most `depth_max` in all.
pub fn read_within(text: &[u8], depth_max: usize) -> Result<Value, Refused> {
    scan_within(text, depth_max)?;
    serde_json::from_slice(text).map_err(|why| Refused::Malformed(why.to_string()))
}

/// The beginning of a text, for a sentence.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
