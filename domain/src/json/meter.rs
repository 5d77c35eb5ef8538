//! Counts what a text holds while a lexer walks over it, whatever its syntax (JSON, literals of GraphQL).

use super::{
    DEPTH_MAX, NAME_BYTES_MAX, NUMBER_CHARS_MAX, Refused, TEXT_BYTES_MAX, VALUES_MAX, number, shown,
};
use std::collections::HashSet;

/// See the module. Its memory is bounded by the text it is fed with.
#[derive(Debug, Clone)]
pub struct Meter<'a> {
    /// Objects with the names they have so far; arrays without.
    open: Vec<Option<HashSet<std::borrow::Cow<'a, str>>>>,
    depth_max: usize,
    values: usize,
}

impl Default for Meter<'_> {
    fn default() -> Self {
        Self::new(DEPTH_MAX)
    }
}

impl<'a> Meter<'a> {
    /// That refuses more than `depth_max` levels.
    pub const fn new(depth_max: usize) -> Self {
        Self { open: Vec::new(), depth_max, values: 0 }
    }

    /// An array begins.
    pub fn open_array(&mut self) -> Result<(), Refused> {
        self.push(None)
    }

    /// An object begins.
    pub fn open_object(&mut self) -> Result<(), Refused> {
        self.push(Some(HashSet::new()))
    }

    fn push(&mut self, frame: Option<HashSet<std::borrow::Cow<'a, str>>>) -> Result<(), Refused> {
        self.value()?;
        if self.open.len() >= self.depth_max {
            return Err(Refused::TooDeep);
        }
        self.open.push(frame);
        Ok(())
    }

    /// The innermost array or object ends.
    pub fn close(&mut self) {
        self.open.pop();
    }

    /// How many arrays and objects are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the innermost is an object.
    pub fn in_object(&self) -> bool {
        matches!(self.open.last(), Some(Some(_)))
    }

    /// A member's name, decoded; `written_bytes` is what it takes in the text.
    pub fn name(&mut self, name: std::borrow::Cow<'a, str>, written_bytes: usize) -> Result<(), Refused> {
        if written_bytes > NAME_BYTES_MAX {
            return Err(Refused::NameTooLong);
        }
        if name.contains('\0') {
            return Err(Refused::Nul);
        }
        let Some(Some(names)) = self.open.last_mut() else { return Ok(()) };
        if let Some(twice) = names.replace(name) {
            return Err(Refused::DuplicateName(shown(&twice)));
        }
        Ok(())
    }

    /// A text of this many bytes as it is written.
    pub fn text(&mut self, written_bytes: usize) -> Result<(), Refused> {
        if written_bytes > TEXT_BYTES_MAX {
            return Err(Refused::TextTooLong);
        }
        self.value()
    }

    /// A number as it is written.
    pub fn number(&mut self, text: &str) -> Result<(), Refused> {
        if text.len() > NUMBER_CHARS_MAX || !number::is_exact(text) {
            return Err(Refused::InexactNumber(shown(text)));
        }
        self.value()
    }

    /// Any other value.
    pub fn value(&mut self) -> Result<(), Refused> {
        self.values += 1;
        if self.values > VALUES_MAX { Err(Refused::TooManyValues) } else { Ok(()) }
    }
}
