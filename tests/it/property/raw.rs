//! JSON as it is written, not as a parser would have it: numbers of any size, halves of surrogate pairs, names that stand
//! twice, nesting without end. The same value can be written as JSON, as a GraphQL literal and as the fields of a form.

use serde_json::Value;
use std::fmt::Write as _;

/// A value to be written.
#[derive(Debug, Clone)]
pub enum Raw {
    /// Written as it is: numbers, `true`, `null`, and what is no value at all.
    Token(String),
    /// A text as it stands between its quotes, escapes included.
    Text(String),
    /// A value of an enum: a text in JSON, bare in GraphQL.
    Name(String),
    /// So many lists, or objects with a member `a`, around a 1.
    Deep {
        levels: usize,
        is_list: bool,
    },
    /// A variable of a GraphQL document.
    Variable(String),
    List(Vec<Raw>),
    /// Names as they stand between their quotes.
    Object(Vec<(String, Raw)>),
}

impl Raw {
    /// A text, escaped as JSON wants it.
    pub fn text(text: &str) -> Self {
        Self::Text(escaped(text))
    }

    pub fn token(written: &(impl ToString + ?Sized)) -> Self {
        Self::Token(written.to_string())
    }

    pub fn null() -> Self {
        Self::token("null")
    }

    pub fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::text(text),
            Value::Array(items) => Self::List(items.iter().map(Self::of).collect()),
            Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (escaped(name), Self::of(value))).collect())
            }
            plain => Self::token(plain),
        }
    }

    /// How many values it is made of, itself included.
    pub fn count(&self) -> usize {
        1 + match self {
            Self::List(items) => items.iter().map(Self::count).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| value.count()).sum::<usize>(),
            _ => 0,
        }
    }

    /// The value with this number, counted in the order of writing; 0 is the whole.
    pub fn nth(&mut self, number: usize) -> Option<&mut Self> {
        self.find(&mut { number })
    }

    fn find(&mut self, left: &mut usize) -> Option<&mut Self> {
        if *left == 0 {
            return Some(self);
        }
        *left -= 1;
        match self {
            Self::List(items) => items.iter_mut().find_map(|item| item.find(left)),
            Self::Object(members) => members.iter_mut().find_map(|(_, value)| value.find(left)),
            _ => None,
        }
    }

    pub fn json(&self) -> String {
        let mut text = String::new();
        self.write_json(&mut text);
        text
    }

    fn write_json(&self, text: &mut String) {
        match self {
            Self::Token(written) => text.push_str(written),
            Self::Text(written) | Self::Name(written) | Self::Variable(written) => quoted(written, text),
            Self::Deep { levels, is_list: true } => deep(text, *levels, "[", "]"),
            Self::Deep { levels, is_list: false } => deep(text, *levels, "{\"a\":", "}"),
            Self::List(items) => {
                text.push('[');
                for (number, item) in items.iter().enumerate() {
                    text.push_str(if number == 0 { "" } else { "," });
                    item.write_json(text);
                }
                text.push(']');
            }
            Self::Object(members) => {
                text.push('{');
                for (number, (name, value)) in members.iter().enumerate() {
                    text.push_str(if number == 0 { "" } else { "," });
                    quoted(name, text);
                    text.push(':');
                    value.write_json(text);
                }
                text.push('}');
            }
        }
    }

    /// As a literal in a GraphQL document. Names that GraphQL cannot write become ones that it can.
    pub fn literal(&self) -> String {
        let mut text = String::new();
        self.write_literal(&mut text);
        text
    }

    fn write_literal(&self, text: &mut String) {
        match self {
            Self::Token(written) | Self::Name(written) => text.push_str(written),
            Self::Text(written) => quoted(written, text),
            Self::Variable(name) => text.extend(["$", name.as_str()]),
            Self::Deep { levels, is_list: true } => deep(text, *levels, "[", "]"),
            Self::Deep { levels, is_list: false } => deep(text, *levels, "{a:", "}"),
            Self::List(items) => {
                text.push('[');
                for item in items {
                    item.write_literal(text);
                    text.push(' ');
                }
                text.push(']');
            }
            Self::Object(members) => {
                text.push('{');
                for (name, value) in members {
                    text.push_str(&graphql_name(name));
                    text.push(':');
                    value.write_literal(text);
                    text.push(' ');
                }
                text.push('}');
            }
        }
    }

    /// As the body of a form: texts as they are, lists and objects in brackets or, if `as_json`, as JSON texts.
    pub fn form(&self, as_json: bool) -> String {
        let mut fields = Vec::new();
        if let Self::Object(members) = self {
            for (name, value) in members {
                value.fields(&unescaped(name), as_json, &mut fields);
            }
        }
        fields.join("&")
    }

    fn fields(&self, name: &str, as_json: bool, fields: &mut Vec<String>) {
        let nested = |inner: &str| format!("{name}[{inner}]");
        match self {
            Self::List(items) if !as_json => {
                for item in items {
                    item.fields(&nested(""), as_json, fields);
                }
            }
            Self::Object(members) if !as_json => {
                for (inner, value) in members {
                    value.fields(&nested(&unescaped(inner)), as_json, fields);
                }
            }
            Self::Text(written) | Self::Name(written) => {
                fields.push(format!("{}={}", percent(name), percent(&unescaped(written))));
            }
            other => fields.push(format!("{}={}", percent(name), percent(&other.json()))),
        }
    }
}

fn quoted(written: &str, text: &mut String) {
    text.push('"');
    text.push_str(written);
    text.push('"');
}

fn deep(text: &mut String, levels: usize, open: &str, close: &str) {
    text.push_str(&open.repeat(levels));
    text.push('1');
    text.push_str(&close.repeat(levels));
}

fn escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// What is written, as a text; what is no text stays as it is written.
pub fn unescaped(written: &str) -> String {
    serde_json::from_str(&format!("\"{written}\"")).unwrap_or_else(|_| written.to_owned())
}

fn graphql_name(name: &str) -> String {
    let fits = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let name: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() { format!("_{name}") } else { name }
}

/// Everything but letters and digits percent-encoded.
pub fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a text takes everything");
        }
    }
    encoded
}

#[test]
fn the_same_value_is_written_for_every_door() {
    let value = Raw::Object(vec![
        ("@context".to_owned(), Raw::List(vec![Raw::text("a\"b"), Raw::Text("\\ud800".to_owned())])),
        ("kind".to_owned(), Raw::Name("ATTEST".to_owned())),
        ("kind".to_owned(), Raw::Token("1e400".to_owned())),
        ("d".to_owned(), Raw::Deep { levels: 2, is_list: false }),
    ]);
    assert_eq!(
        value.json(),
        r#"{"@context":["a\"b","\ud800"],"kind":"ATTEST","kind":1e400,"d":{"a":{"a":1}}}"#
    );
    assert_eq!(value.literal(), r#"{_context:["a\"b" "\ud800" ] kind:ATTEST kind:1e400 d:{a:{a:1}} }"#);
    assert_eq!(
        value.form(false),
        "%40context%5B%5D=a%22b&%40context%5B%5D=%5Cud800&kind=ATTEST&kind=1e400&d=%7B%22a%22%3A%7B%22a%22%3A1%7D%7D"
    );
    assert_eq!(value.count(), 7);
    let written = |mut value: Raw, number| value.nth(number).map(|found| found.json());
    assert_eq!(written(value.clone(), 2).as_deref(), Some(r#""a\"b""#));
    assert_eq!(written(value.clone(), 5).as_deref(), Some("1e400"));
    assert_eq!(written(value, 7), None);
}
