//! Whether an answer is as a case says. All that is wrong is told.

use super::fill::shown;
use crate::house::Reply;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const CONTEXT: &str = "@context";

pub struct Judge<'a> {
    reply: &'a Reply,
    bytes: &'a [u8],
    pub complaints: Vec<String>,
}

/// A header's text; empty without.
pub fn header_of<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

impl<'a> Judge<'a> {
    pub fn new(reply: &'a Reply, bytes: &'a [u8], complaints: Vec<String>) -> Self {
        Self { reply, bytes, complaints }
    }

    fn expect(&mut self, what: &str, is: &Value, should: &Value) {
        if is != should {
            self.complaints.push(format!("{what} is {is}, not {should}"));
        }
    }

    pub fn status(&mut self, status: u16) {
        self.expect("the status", &json!(self.reply.status), &json!(status));
        if self.reply.status != status {
            self.complaints.push(self.reply.text.replace('\n', " "));
        }
    }

    pub fn header(&mut self, name: &str, value: &str) {
        self.expect(name, &json!(header_of(self.reply, name)), &json!(value));
    }

    pub fn text(&mut self, text: &str) {
        self.expect("the body", &json!(self.reply.text), &json!(text));
    }

    pub fn sum(&mut self, sum: &str) {
        self.expect("the body's checksum", &json!(hex::encode(Sha256::digest(self.bytes))), &json!(sum));
    }

    /// What stands there: the value, `~instant` for a time in whole seconds, `~text` for any text that is not empty, `~absent`
    /// for nothing. `…/?` are the
    /// names of an object's members, `…/#` is the length of a list, `…/*/…` collects from all of its entries.
    pub fn have(&mut self, pointer: &str, should: &Value) {
        match at(&self.reply.body, pointer) {
            None if should == "~absent" => {}
            None => self.complaints.push(format!("{pointer} is not there")),
            Some(is) => match should.as_str() {
                Some("~instant") if is_shown_instant(&is) => {}
                Some("~text") if is.as_str().is_some_and(|text| !text.is_empty()) => {}
                _ => self.expect(pointer, &is, should),
            },
        }
    }

    /// What is so of every answer of the resolver.
    pub fn everywhere(&mut self) {
        let kind = header_of(self.reply, "content-type").to_owned();
        if !header_of(self.reply, "vary").to_ascii_lowercase().contains("accept") {
            self.complaints.push("the answer does not say that it depends on Accept".to_owned());
        }
        let body = &self.reply.body;
        let envelope =
            ["didResolutionMetadata", "dereferencingMetadata"].iter().find_map(|name| body.get(name));
        let Some(process) = envelope else { return };
        let is_ld =
            ["application/ld+json;", "application/did-resolution", "application/did-url-dereferencing"]
                .iter()
                .any(|start| kind.starts_with(start));
        let has_context = body.get(CONTEXT).is_some();
        let retrieved = process["retrieved"].clone();
        let failed = process.get("error").is_some();
        let is_called_a_document = kind.starts_with("application/did+") || kind == "application/did";
        let content =
            body.get("didDocument").or_else(|| body.get("contentStream")).cloned().unwrap_or_default();
        if has_context != is_ld {
            self.complaints.push(format!("{kind} with a context of its own: {has_context}"));
        }
        if !is_ld && content.get(CONTEXT).is_some() {
            self.complaints.push(format!("{kind} with a context in its content"));
        }
        if !is_shown_instant(&retrieved) {
            self.complaints.push(format!("retrieved at {retrieved}"));
        }
        if is_called_a_document {
            self.complaints.push(format!("an envelope is called {kind}"));
        }
        if failed != (self.reply.status >= 400) || (failed && !content.is_null()) {
            self.complaints.push(format!("{} with {process} and {content}", self.reply.status));
        }
    }
}

fn is_shown_instant(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.parse::<DateTime<Utc>>().is_ok_and(|at| shown(at) == text)
}

fn at(value: &Value, pointer: &str) -> Option<Value> {
    let mut found = value.clone();
    let mut steps = pointer.split('/').skip(1);
    while let Some(step) = steps.next() {
        found = match (step, &found) {
            ("", _) => found,
            ("?", Value::Object(members)) => {
                let mut names: Vec<&String> = members.keys().collect();
                names.sort_unstable();
                json!(names)
            }
            ("#", Value::Array(list)) => json!(list.len()),
            ("*", Value::Array(list)) => {
                let rest = steps.fold(String::new(), |rest, step| rest + "/" + step);
                return list.iter().map(|entry| at(entry, &rest)).collect::<Option<_>>().map(Value::Array);
            }
            (name, Value::Object(members)) => members.get(&name.replace("~1", "/"))?.clone(),
            (index, Value::Array(list)) => list.get(index.parse::<usize>().ok()?)?.clone(),
            _ => return None,
        };
    }
    Some(found)
}
