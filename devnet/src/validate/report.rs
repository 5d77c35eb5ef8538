//! Nested validation reports in the text form of go-ozzo.

use std::collections::BTreeMap;
use std::fmt;

/// A complaint, or complaints by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// One complaint.
    Text(String),
    /// Complaints by field name or list index, sorted as text.
    Map(BTreeMap<String, Report>),
}

impl Report {
    /// An empty map.
    pub fn map() -> Self {
        Self::Map(BTreeMap::new())
    }

    /// Adds a complaint about a key, if there is one.
    pub fn text(&mut self, key: &str, complaint: Option<String>) {
        self.nested(key, complaint.map(Report::Text));
    }

    /// Adds a report about a key, if there is one.
    pub fn nested(&mut self, key: &str, report: Option<Report>) {
        if let (Self::Map(map), Some(report)) = (self, report) {
            map.insert(key.to_owned(), report);
        }
    }

    /// The report unless it is an empty map.
    pub fn done(self) -> Option<Report> {
        match &self {
            Self::Map(map) if map.is_empty() => None,
            _ => Some(self),
        }
    }
}

/// Checks each entry of a list; complaints are keyed by index.
pub fn each<T>(items: &[T], check: impl Fn(&T) -> Option<Report>) -> Option<Report> {
    let mut report = Report::map();
    for (index, item) in items.iter().enumerate() {
        report.nested(&index.to_string(), check(item));
    }
    report.done()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Map(map) => {
                for (i, (key, value)) in map.iter().enumerate() {
                    if i > 0 {
                        f.write_str("; ")?;
                    }
                    match value {
                        Self::Text(text) => write!(f, "{key}: {text}")?,
                        Self::Map(_) => write!(f, "{key}: ({value})")?,
                    }
                }
                f.write_str(".")
            }
        }
    }
}
