//! The text of a query, measured before the parser, which recurses, sees it.
//!
//! Literals obey the limits of JSON from outside ([`domain::json`]), because they are nothing else in another spelling.
//! Selections have a depth of their own here; what they may ask for is counted later, in [`crate::limits`].

use app::Fault;
use domain::json::{self, Meter, Refused};
use std::borrow::Cow;

domain::limits! {
    /// Deepest nesting of selection sets in a query's text, fragments and inline fragments included.
    pub SELECTIONS_DEPTH_MAX: usize = 40, "levels";
}

/// Refuses a query whose nesting or literals are over a limit, or that no lexer reads. Faults: `graphql/too-deep`,
/// `graphql/invalid`, and those of [`Refused`].
pub(crate) fn check(query: &str) -> Result<(), Fault> {
    let mut lexer = Lexer {
        text: query,
        at: 0,
        brackets: Vec::new(),
        selections: 0,
        // A list of arguments is one level around its values.
        meter: Meter::new(json::DEPTH_MAX + 1),
        name: None,
    };
    while let Some(byte) = query.as_bytes().get(lexer.at) {
        lexer.token(*byte)?;
    }
    Ok(())
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// What is open, outermost first.
    brackets: Vec<u8>,
    selections: usize,
    /// Of what stands in parentheses: arguments, and defaults of variables.
    meter: Meter<'a>,
    /// The name that was just read: with a colon behind it, it names an argument or a member.
    name: Option<&'a str>,
}

impl<'a> Lexer<'a> {
    fn token(&mut self, byte: u8) -> Result<(), Fault> {
        match byte {
            b'#' => self.skip(|byte| !matches!(byte, b'\n' | b'\r')),
            b'"' => self.string()?,
            b'(' | b'[' | b'{' => self.open(byte)?,
            b')' | b']' | b'}' => self.close(byte)?,
            b'-' | b'0'..=b'9' => {
                let number =
                    self.word(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+'));
                self.meter.number(number)?;
                self.name = None;
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => {
                self.name = Some(self.word(is_of_name));
                if self.in_values() {
                    self.meter.value()?;
                }
            }
            b'$' => {
                // A variable's name names nothing.
                self.at += 1;
                self.skip(is_of_name);
                self.name = None;
            }
            b':' => {
                self.at += 1;
                if let Some(name) = self.name.take()
                    && self.in_values()
                {
                    self.meter.name(Cow::Borrowed(name), name.len())?;
                }
            }
            _ => {
                // Spaces may stand between a name and its colon; other marks end the name.
                if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',') {
                    self.name = None;
                }
                self.at += 1;
            }
        }
        Ok(())
    }

    fn in_values(&self) -> bool {
        self.meter.depth() > 0
    }

    fn open(&mut self, bracket: u8) -> Result<(), Fault> {
        self.at += 1;
        self.name = None;
        self.brackets.push(bracket);
        match bracket {
            b'[' => self.meter.open_array()?,
            b'{' if !self.in_values() => {
                self.selections += 1;
                if self.selections > SELECTIONS_DEPTH_MAX {
                    let sentence =
                        format!("The query is nested deeper than {SELECTIONS_DEPTH_MAX} selections.");
                    return Err(Fault::invalid("graphql/too-deep", sentence));
                }
            }
            _ => self.meter.open_object()?,
        }
        Ok(())
    }

    fn close(&mut self, bracket: u8) -> Result<(), Fault> {
        self.at += 1;
        self.name = None;
        let opened = match bracket {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        if self.brackets.pop() != Some(opened) {
            return Err(invalid("The brackets of the query do not match."));
        }
        if self.in_values() {
            self.meter.close();
        } else {
            self.selections -= 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.name = None;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (start, end, after) =
            if rest.starts_with("\"\"\"") { block_string(rest) } else { plain_string(rest) }
                .ok_or_else(|| invalid("A text of the query does not end."))?;
        let written = rest.get(start..end).unwrap_or_default();
        if written.contains('\0') || start == 1 && holds_escaped_nul(written) {
            return Err(Refused::Nul.into());
        }
        self.meter.text(written.len())?;
        self.at += after;
        Ok(())
    }

    /// The bytes from here on that belong together.
    fn word(&mut self, is_part: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        self.skip(is_part);
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn skip(&mut self, is_part: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| is_part(**byte)).count();
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn invalid(sentence: &str) -> Fault {
    Fault::invalid("graphql/invalid", sentence)
}

/// Where the content of `"""…"""` begins and ends, and where the text goes on. A parser may take one that does not end for
/// something else, so it must not pass.
fn block_string(text: &str) -> Option<(usize, usize, usize)> {
    let mut at = 3;
    loop {
        let end = at + text.get(at..)?.find("\"\"\"")?;
        if text.as_bytes().get(end - 1) != Some(&b'\\') {
            return Some((3, end, end + 3));
        }
        at = end + 3;
    }
}

/// The same for `"…"`, which ends on its line.
fn plain_string(text: &str) -> Option<(usize, usize, usize)> {
    let mut at = 1;
    loop {
        match text.as_bytes().get(at)? {
            b'"' => return Some((1, at, at + 1)),
            b'\n' | b'\r' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn holds_escaped_nul(written: &str) -> bool {
    let mut bytes = written.as_bytes();
    while let Some(at) = bytes.iter().position(|byte| *byte == b'\\') {
        let escape = bytes.get(at..).unwrap_or_default();
        if escape.starts_with(b"\\u0000") {
            return true;
        }
        bytes = escape.get(2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests;
