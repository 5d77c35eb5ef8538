//! What callers send: queries, and bodies in JSON or form encoding.
//!
//! A form knows only texts. cheqd Studio guesses their types from how they look (`123` becomes a number, `a,b` a list), so
//! names and data that look like numbers break. Here the reader says what it wants, and the text is read as that.
//!
//! A member that is `null` is a member that is left out: clients in most languages write an absent member so. The caller's
//! own data (claims, policies, evidence) is not ours to tidy, and keeps its nulls.

mod form;

pub(crate) use form::LIMITS as FORM_LIMITS;

use crate::Problem;
use app::Fault;
use axum::http::StatusCode;
use domain::json;
use serde_json::{Map, Value};

domain::limits! {
    /// Largest body.
    pub BODY_BYTES_MAX: usize = 1024 * 1024, "bytes";
    /// Most members of a form or query.
    pub PAIRS_MAX: usize = 1_000, "members";
}

/// The code of all faults about single fields.
pub const INVALID: &str = "request/invalid";

/// 400 with the contract's sentence about a field.
pub fn invalid(field: &str, sentence: impl Into<String>) -> Fault {
    Fault::about(field, sentence)
}

/// A body's members. In a form, texts are read as what the accessor names.
#[derive(Debug, Clone, Default)]
pub struct Input {
    members: Map<String, Value>,
    form: bool,
}

impl Input {
    /// From a JSON object.
    pub fn json(members: Map<String, Value>) -> Self {
        Self::of(members, false)
    }

    fn of(mut members: Map<String, Value>, form: bool) -> Self {
        members.retain(|_, value| !value.is_null());
        Self { members, form }
    }

    /// Reads a body. No body is an empty object. Faults: `request/body-malformed`, `request/unsupported-media-type`, and
    /// those of [`json::Refused`].
    pub fn decode(content_type: Option<&str>, body: &[u8]) -> Result<Self, Problem> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        match content_type {
            Some("application/x-www-form-urlencoded") => Ok(Self::of(form::decode(body)?, true)),
            None => Self::from_json(body),
            Some(json) if json == "application/json" || json.ends_with("+json") || json == "text/plain" => {
                Self::from_json(body)
            }
            Some(other) => Err(Problem::with_status(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "request/unsupported-media-type",
                format!(
                    "{other} is not understood; send application/json or application/x-www-form-urlencoded."
                ),
            )),
        }
    }

    fn from_json(body: &[u8]) -> Result<Self, Problem> {
        match json::read(body).map_err(Fault::from)? {
            Value::Object(members) => Ok(Self::json(members)),
            _ => Err(Fault::invalid("request/body-malformed", "The body should be a JSON object.").into()),
        }
    }

    /// Whether it has the member. Neither `null` nor an empty form field counts.
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// The names of its members.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// The member as it came.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// A text; another type is a fault with this sentence.
    pub fn text(&self, name: &str, sentence: &str) -> Result<Option<&str>, Fault> {
        match self.members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(name, sentence)),
        }
    }

    /// A boolean: `true false 1 0`, as such or as a text.
    pub fn flag(&self, name: &str, sentence: &str) -> Result<Option<bool>, Fault> {
        match self.members.get(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::Number(number)) if number.as_u64() == Some(1) => Ok(Some(true)),
            Some(Value::Number(number)) if number.as_u64() == Some(0) => Ok(Some(false)),
            Some(Value::String(text)) => flag(text).map(Some).ok_or_else(|| invalid(name, sentence)),
            Some(_) => Err(invalid(name, sentence)),
        }
    }

    /// A whole number that is not negative; in a form, and only there, as a text.
    pub fn number(&self, name: &str, sentence: &str) -> Result<Option<u64>, Fault> {
        let number = match self.members.get(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) if self.form => text.parse().ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| invalid(name, sentence))
    }

    /// An array. A form's text may be a JSON array, a list with commas, or its only element. Objects in it lose their nulls.
    pub fn array(&self, name: &str, sentence: &str) -> Result<Option<Vec<Value>>, Fault> {
        let items = match self.members.get(name) {
            None => return Ok(None),
            Some(Value::Array(items)) => items.clone(),
            Some(Value::String(text)) if self.form => match parsed(text) {
                Some(Value::Array(items)) => items,
                Some(object @ Value::Object(_)) => vec![object],
                _ => text.split(',').map(|part| Value::from(part.trim())).collect(),
            },
            Some(_) => return Err(invalid(name, sentence)),
        };
        Ok(Some(items.into_iter().map(without_nulls).collect()))
    }

    /// A JSON object of the caller's own, as it is; in a form also as JSON text.
    pub fn object(&self, name: &str, sentence: &str) -> Result<Option<Map<String, Value>>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(invalid(name, sentence)),
        }
    }

    /// As [`Input::object`], for an object whose form is a standard's: without its nulls.
    pub fn document(&self, name: &str, sentence: &str) -> Result<Option<Map<String, Value>>, Fault> {
        Ok(self.object(name, sentence)?.map(members_without_nulls))
    }

    /// An object whose members are read like this body's.
    pub fn nested(&self, name: &str, sentence: &str) -> Result<Option<Self>, Fault> {
        match self.members.get(name) {
            Some(Value::Object(members)) => Ok(Some(Self::of(members.clone(), self.form))),
            _ => Ok(self.object(name, sentence)?.map(Self::json)),
        }
    }

    /// Anything; a form's text is JSON if it is a JSON object or array, else itself.
    pub fn value(&self, name: &str) -> Option<Value> {
        match self.members.get(name)? {
            Value::String(text) if self.form => {
                let structured = parsed(text).filter(|value| value.is_object() || value.is_array());
                Some(structured.unwrap_or_else(|| Value::from(text.as_str())))
            }
            other => Some(other.clone()),
        }
    }

    /// All members, each as [`Input::value`] reads it.
    pub fn values(&self) -> Map<String, Value> {
        self.members.keys().filter_map(|name| Some((name.clone(), self.value(name)?))).collect()
    }
}

/// The same without members that are `null`, at every depth; items of arrays stay.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members_without_nulls(members)),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

fn members_without_nulls(members: Map<String, Value>) -> Map<String, Value> {
    let kept = members.into_iter().filter(|(_, value)| !value.is_null());
    kept.map(|(name, value)| (name, without_nulls(value))).collect()
}

/// `true false 1 0`, lower case only.
fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// JSON inside a form. What is over a limit was refused when the form was read.
fn parsed(text: &str) -> Option<Value> {
    json::holds_json(text)?.ok()
}

/// A query. Of a repeated name the first one counts; an empty text is absent.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Faults: `request/query-malformed`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).map_err(|why| {
            Fault::invalid("request/query-malformed", format!("The query is malformed: {why}"))
        })?;
        if pairs.len() > PAIRS_MAX {
            let sentence = format!("The query has more than {PAIRS_MAX} parameters.");
            return Err(Fault::invalid("request/query-malformed", sentence).into());
        }
        // Nothing that Studio keeps holds it, and Postgres refuses to compare with it.
        if pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
            let sentence = "The query holds the character U+0000.";
            return Err(Fault::invalid("request/query-malformed", sentence).into());
        }
        Ok(Self(pairs))
    }

    /// A parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(given, value)| given == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// A parameter that means something wherever it is named: a switch, a number, a time. Empty, it is not absent, but wrong:
    /// `?dryRun` is no order to act, and `?verifyStatus` no wish to look away.
    pub fn named(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A boolean; fault with `<name> should be a boolean value`.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        self.flag_or(name, &format!("{name} should be a boolean value"))
    }

    /// A boolean; fault with this sentence.
    pub fn flag_or(&self, name: &str, sentence: &str) -> Result<Option<bool>, Fault> {
        self.named(name).map(|text| flag(text).ok_or_else(|| invalid(name, sentence))).transpose()
    }

    /// All parameters in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

#[cfg(test)]
mod tests;
