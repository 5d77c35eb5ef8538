//! Exchanges recorded on a real cheqd Studio 3.16.1 (all ids and keys in them were made for the recording).

use crate::{Input, input::Query};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const CAPTURES: &str = include_str!("../fixtures/studio-captures.json");

/// One exchange.
pub(crate) struct Capture {
    number: &'static str,
    exchange: Value,
}

/// The exchange of this number.
pub(crate) fn capture(number: &'static str) -> Capture {
    let captures: Value = serde_json::from_str(CAPTURES).unwrap();
    let exchange = captures.get(number).unwrap_or_else(|| panic!("no capture {number}")).clone();
    Capture { number, exchange }
}

impl Capture {
    pub(crate) fn query(&self) -> Query {
        let path = self.exchange["path"].as_str().unwrap();
        Query::parse(path.split_once('?').map_or("", |(_, query)| query)).unwrap()
    }

    pub(crate) fn members(&self) -> Map<String, Value> {
        self.exchange["body"].as_object().cloned().unwrap_or_default()
    }

    pub(crate) fn input(&self) -> Input {
        Input::json(self.members())
    }

    /// The same body as a client with an HTML form sends it: structures as JSON texts.
    pub(crate) fn form(&self) -> Input {
        let pairs = self.members().into_iter().map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        });
        let body = serde_urlencoded::to_string(pairs.collect::<Vec<_>>()).unwrap();
        Input::decode(Some("application/x-www-form-urlencoded"), body.as_bytes()).unwrap()
    }

    pub(crate) fn response(&self) -> &Value {
        &self.exchange["response"]
    }

    pub(crate) fn error(&self) -> &str {
        self.response()["error"].as_str().unwrap()
    }

    /// Our answer has every member of the recorded one, at every level but inside `free` members.
    pub(crate) fn assert_superset(&self, ours: &Value, free: &[&str]) {
        if let Some(member) = missing(self.response(), ours, "", free) {
            panic!("capture {}: our answer lacks {member}: {ours:#}", self.number);
        }
    }
}

fn missing(theirs: &Value, ours: &Value, at: &str, free: &[&str]) -> Option<String> {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => theirs.iter().find_map(|(name, value)| {
            let at = format!("{at}/{name}");
            match ours.get(name) {
                None => Some(at),
                Some(_) if free.contains(&name.as_str()) => None,
                Some(own) => missing(value, own, &at, free),
            }
        }),
        (Value::Array(theirs), Value::Array(ours)) => {
            let (theirs, ours) = (theirs.first()?, ours.first());
            ours.map_or_else(
                || Some(format!("{at}/0")),
                |ours| missing(theirs, ours, &format!("{at}/0"), free),
            )
        }
        (Value::Object(_) | Value::Array(_), _) => Some(at.to_owned()),
        _ => None,
    }
}

/// The names of an object's members.
pub(crate) fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}
