//! Words of the estate in the texts of a case: `{uuid}`, `{many.v2.at|+1s|rfc850|escape}`.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the estate calls its things.
#[derive(Clone, Default)]
pub struct Words {
    known: BTreeMap<String, String>,
    subject: String,
}

impl Words {
    pub fn tell(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.known.insert(name.into(), value.into());
    }

    /// A DID, with `{name.method}` and `{name.id}`; for did:cheqd the latter is what stands behind the namespace.
    pub fn name(&mut self, name: &str, did: &str) {
        let mut parts = did.splitn(3, ':').skip(1);
        let method = parts.next().unwrap_or_default();
        let id = parts.next().unwrap_or_default();
        let id = id.split_once(':').filter(|_| method == "cheqd").map_or(id, |(_, unique)| unique);
        self.tell(format!("{name}.method"), method);
        self.tell(format!("{name}.id"), id);
        self.tell(name, did);
    }

    /// With `{subject}` and `{subject.…}` for those of this DID.
    pub fn about(&self, did: &str) -> Self {
        Self { subject: did.to_owned(), ..self.clone() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.tell(name, value);
        self
    }

    fn word(&self, name: &str) -> Result<&String, String> {
        let name = match name.strip_prefix("subject") {
            Some(rest) => format!("{}{rest}", self.subject),
            None => name.to_owned(),
        };
        self.known.get(&name).ok_or_else(|| format!("the estate has no {name}"))
    }

    /// The text with its words filled in. Braces that hold no word stay.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let is_word = |inner: &str| inner.starts_with(|c: char| c.is_ascii_lowercase());
            let Some((inner, behind)) = after.split_once('}').filter(|(inner, _)| is_word(inner)) else {
                filled.push('{');
                rest = after;
                continue;
            };
            let mut parts = inner.split('|');
            let mut value = self.word(parts.next().unwrap_or_default())?.clone();
            for filter in parts {
                value = filtered(&value, filter)?;
            }
            filled.push_str(&value);
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    pub fn fill_value(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => Value::String(self.fill(text)?),
            Value::Array(many) => many.iter().map(|one| self.fill_value(one)).collect::<Result<_, _>>()?,
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| Ok((name.clone(), self.fill_value(value)?)))
                .collect::<Result<_, String>>()?,
            other => other.clone(),
        })
    }
}

/// As all libraries of a client write instants.
fn filtered(value: &str, filter: &str) -> Result<String, String> {
    let form = match filter {
        "escape" => return Ok(escaped(value)),
        "form" => return Ok(escaped(value).replace("%20", "+")),
        "upper" => return Ok(value.to_uppercase()),
        "layout" => "%m/%d %I:%M:%S%p '%y +0000",
        "ansic" => "%a %b %e %H:%M:%S %Y",
        "unix" => "%a %b %e %H:%M:%S UTC %Y",
        "ruby" => "%a %b %d %H:%M:%S +0000 %Y",
        "rfc822" => "%d %b %y %H:%M UTC",
        "rfc822z" => "%d %b %y %H:%M +0000",
        "rfc850" => "%A, %d-%b-%y %H:%M:%S UTC",
        "rfc1123" => "%a, %d %b %Y %H:%M:%S UTC",
        "http" => "%a, %d %b %Y %H:%M:%S GMT",
        "rfc1123z" => "%a, %d %b %Y %H:%M:%S +0000",
        "rfc3339" => "%Y-%m-%dT%H:%M:%SZ",
        "east" => "%Y-%m-%dT%H:%M:%S+00:00",
        "datetime" => "%Y-%m-%d %H:%M:%S",
        "date" => "%Y-%m-%d",
        "american" => "%m/%d/%Y %H:%M:%S",
        step => return Ok(exact(at(value)? + offset(step)?)),
    };
    Ok(at(value)?.format(form).to_string())
}

fn at(text: &str) -> Result<DateTime<Utc>, String> {
    text.parse().map_err(|_| format!("{text} is no instant"))
}

/// `+1s`, `-1ns`, `+2d`.
fn offset(step: &str) -> Result<TimeDelta, String> {
    let unknown = || format!("no filter {step}");
    let unit = step.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let count: i64 = step.trim_end_matches(unit).parse().map_err(|_| unknown())?;
    Ok(match unit {
        "ns" => TimeDelta::nanoseconds(count),
        "ms" => TimeDelta::milliseconds(count),
        "s" => TimeDelta::seconds(count),
        "m" => TimeDelta::minutes(count),
        "d" => TimeDelta::days(count),
        _ => return Err(unknown()),
    })
}

/// To the nanosecond.
pub fn exact(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// As metadata show it.
pub fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
