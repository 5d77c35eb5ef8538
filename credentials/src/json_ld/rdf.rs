//! What a document says, as RDF: quads, and their one spelling (canonical N-Quads, RDF 1.2).

use std::fmt::Write as _;

pub(super) const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
pub(super) const RDF_FIRST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
pub(super) const RDF_REST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
pub(super) const RDF_NIL: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";
pub(super) const RDF_JSON: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON";
pub(super) const RDF_LANG_STRING: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString";
pub(super) const XSD_STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
pub(super) const XSD_BOOLEAN: &str = "http://www.w3.org/2001/XMLSchema#boolean";
pub(super) const XSD_INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";
pub(super) const XSD_DOUBLE: &str = "http://www.w3.org/2001/XMLSchema#double";

/// A node without a name, by its number in the document.
pub(super) type Blank = usize;

/// What stands in a quad.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Term {
    Iri(String),
    Blank(Blank),
    Literal { value: String, datatype: String, language: Option<String> },
}

impl Term {
    pub(super) const fn blank(&self) -> Option<Blank> {
        match self {
            Self::Blank(blank) => Some(*blank),
            _ => None,
        }
    }

    pub(super) fn typed(value: impl Into<String>, datatype: impl Into<String>) -> Self {
        Self::Literal { value: value.into(), datatype: datatype.into(), language: None }
    }

    fn write(&self, line: &mut String, label: &impl Fn(Blank) -> String) {
        match self {
            Self::Iri(iri) => {
                line.push('<');
                line.push_str(iri);
                line.push('>');
            }
            Self::Blank(blank) => {
                line.push_str("_:");
                line.push_str(&label(*blank));
            }
            Self::Literal { value, datatype, language } => {
                line.push('"');
                value.chars().for_each(|c| escaped(c, line));
                line.push('"');
                if let Some(language) = language {
                    line.push('@');
                    line.push_str(language);
                } else if datatype != XSD_STRING {
                    line.push_str("^^<");
                    line.push_str(datatype);
                    line.push('>');
                }
            }
        }
    }
}

fn escaped(c: char, line: &mut String) {
    match c {
        '\u{8}' => line.push_str("\\b"),
        '\t' => line.push_str("\\t"),
        '\n' => line.push_str("\\n"),
        '\u{c}' => line.push_str("\\f"),
        '\r' => line.push_str("\\r"),
        '"' => line.push_str("\\\""),
        '\\' => line.push_str("\\\\"),
        '\0'..='\u{1f}' | '\u{7f}' => {
            // Writing into a text cannot fail.
            let _: std::fmt::Result = write!(line, "\\u{:04X}", u32::from(c));
        }
        _ => line.push(c),
    }
}

/// A statement, in the default graph or another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quad {
    pub(super) subject: Term,
    pub(super) predicate: String,
    pub(super) object: Term,
    pub(super) graph: Option<Term>,
}

impl Quad {
    /// Its places where a node without a name may stand, with their letters in RDFC-1.0.
    pub(super) fn blanks(&self) -> impl Iterator<Item = (char, Blank)> {
        let graph = self.graph.as_ref().and_then(Term::blank);
        [('s', self.subject.blank()), ('o', self.object.blank()), ('g', graph)]
            .into_iter()
            .filter_map(|(place, blank)| Some((place, blank?)))
    }

    /// Its line, with the names that blank nodes have been given.
    pub(super) fn line(&self, label: &impl Fn(Blank) -> String) -> String {
        let mut line = String::new();
        self.subject.write(&mut line, label);
        line.push_str(" <");
        line.push_str(&self.predicate);
        line.push_str("> ");
        self.object.write(&mut line, label);
        line.push(' ');
        if let Some(graph) = &self.graph {
            graph.write(&mut line, label);
            line.push(' ');
        }
        line.push_str(".\n");
        line
    }
}
