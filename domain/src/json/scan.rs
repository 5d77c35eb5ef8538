//! One pass over a JSON text, without recursion.
//!
//! It measures; syntax is the parser's business. Of a text that the parser takes it sees exactly the tokens that the parser
//! sees, and a text that the parser refuses does no harm.

use super::{DEPTH_MAX, Meter, Refused};
use std::borrow::Cow;

/// Measures a JSON text against all limits of [`super`]. `Ok` says nothing about syntax.
pub fn scan(text: &[u8]) -> Result<(), Refused> {
    scan_within(text, DEPTH_MAX)
}

/// Like [`scan`], with another depth: an envelope may add levels to the values it carries.
pub fn scan_within(text: &[u8], depth_max: usize) -> Result<(), Refused> {
    let text = std::str::from_utf8(text).map_err(|why| Refused::Malformed(why.to_string()))?;
    let mut meter = Meter::new(depth_max);
    let mut at = 0;
    // Whether a string here would be the name of a member.
    let mut name_next = false;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'{' => {
                meter.open_object()?;
                name_next = true;
            }
            b'[' => {
                meter.open_array()?;
                name_next = false;
            }
            b'}' | b']' => {
                meter.close();
                name_next = false;
            }
            b',' => name_next = meter.in_object(),
            b':' => name_next = false,
            b'"' => {
                let string = JsonString::at(text, at + 1)?;
                at = string.end;
                if name_next {
                    meter.name(string.decoded(), string.raw.len())?;
                } else {
                    meter.text(string.raw.len())?;
                }
            }
            b'-' | b'0'..=b'9' => {
                let number = word(text, at);
                meter.number(number)?;
                at += number.len().saturating_sub(1);
            }
            b'a'..=b'z' => {
                meter.value()?;
                at += word(text, at).len().saturating_sub(1);
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// The JSON object or array that a text from a form or a header holds, if it is one; `None` if the text is something else.
pub fn holds_json(text: &str) -> Option<Result<serde_json::Value, Refused>> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    match super::read(text.as_bytes()) {
        Err(Refused::Malformed(_)) => None,
        read => Some(read),
    }
}

/// A number or literal: everything up to the next mark or space.
fn word(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
    let length = rest.bytes().take_while(|byte| is_part(*byte)).count();
    rest.get(..length.max(1)).unwrap_or(rest)
}

/// A string of a JSON text.
struct JsonString<'a> {
    /// What stands between the quotes.
    raw: &'a str,
    /// Where its closing quote is, or the end of the text.
    end: usize,
    escaped: bool,
}

impl<'a> JsonString<'a> {
    /// Reads up to the closing quote, and looks at the escapes.
    fn at(text: &'a str, start: usize) -> Result<Self, Refused> {
        let bytes = text.as_bytes();
        let (mut at, mut escaped) = (start, false);
        loop {
            match bytes.get(at) {
                None | Some(b'"') => break,
                Some(0) => return Err(Refused::Nul),
                Some(b'\\') => {
                    escaped = true;
                    at += escape(bytes, at)?;
                }
                Some(_) => at += 1,
            }
        }
        Ok(Self { raw: text.get(start..at).unwrap_or_default(), end: at, escaped })
    }

    /// As its reader sees it.
    fn decoded(&self) -> Cow<'a, str> {
        if !self.escaped {
            return Cow::Borrowed(self.raw);
        }
        let quoted = format!("\"{}\"", self.raw);
        // What does not decode is refused by the parser; until then any name will do.
        serde_json::from_str(&quoted).map_or(Cow::Borrowed(self.raw), Cow::Owned)
    }
}

/// How many bytes an escape takes, a surrogate pair together.
fn escape(bytes: &[u8], at: usize) -> Result<usize, Refused> {
    if bytes.get(at + 1) != Some(&b'u') {
        return Ok(2);
    }
    match code_unit(bytes, at) {
        Some(0) => Err(Refused::Nul),
        Some(0xd800..=0xdbff) => match code_unit(bytes, at + 6) {
            Some(0xdc00..=0xdfff) => Ok(12),
            _ => Err(Refused::LoneSurrogate),
        },
        Some(0xdc00..=0xdfff) => Err(Refused::LoneSurrogate),
        Some(_) => Ok(6),
        // No escape at all; the parser says so.
        None => Ok(2),
    }
}

/// The `hhhh` of a `\uhhhh` that stands here.
fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
