//! Every exchange of every test, held against the document.

use super::schema::Schemas;
use crate::house::Reply;
use reqwest::{Request, Url, header};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// The document as it is served.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(rest::openapi()).expect("the document is JSON"));

/// A request to a route of the document.
pub struct Asked {
    /// `POST /did/create`.
    pub name: String,
    /// The route's part of the document.
    pub operation: &'static Value,
    /// What stands for the path's parameters.
    pub path: Map<String, Value>,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// The body, if it is JSON, or a form's fields as texts.
    pub body: Option<Value>,
    /// The body's media type.
    pub kind: Option<String>,
}

impl Asked {
    /// `None` for addresses that the document does not have.
    pub fn of(request: &Request) -> Option<Self> {
        let method = request.method().as_str().to_ascii_lowercase();
        let path = request.url().path();
        let paths = DOCUMENT["paths"].as_object().expect("paths");
        let found =
            paths.iter().filter_map(|(pattern, item)| Some((pattern, item, parameters(pattern, path)?)));
        // A path without parameters wins, as in the router, whichever methods it takes.
        let (pattern, item, path) = found.min_by_key(|(_, _, parameters)| parameters.len())?;
        if !item[&method].is_object() {
            return None;
        }
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        let bytes = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        let body = match kind.as_deref() {
            Some("application/x-www-form-urlencoded") => Some(fields(bytes)),
            _ => serde_json::from_slice(bytes).ok(),
        };
        Some(Self {
            name: format!("{} {pattern}", request.method()),
            operation: &item[&method],
            path,
            query: request.url().query_pairs().into_owned().collect(),
            body,
            kind,
        })
    }

    /// Complains about what the document does not say.
    #[track_caller]
    pub fn check(&self, reply: &Reply) {
        let mut wrong = self.answer(reply);
        if (200..300).contains(&reply.status) {
            wrong.extend(self.request());
        }
        assert!(
            wrong.is_empty(),
            "{} → {} is not what openapi.json says:\n  {}\nasked: {}\nanswered: {}",
            self.name,
            reply.status,
            wrong.join("\n  "),
            self.body.as_ref().map(Value::to_string).unwrap_or_default(),
            reply.text
        );
    }

    /// What the document does not say of an answer.
    pub fn answer(&self, reply: &Reply) -> Vec<String> {
        let declared = &self.operation["responses"][reply.status.to_string()];
        if declared.is_null() {
            return vec![format!("the status {} is not declared", reply.status)];
        }
        let content = &declared["content"];
        let kind = media_type(reply);
        if content.is_null() {
            return if reply.text.is_empty() {
                Vec::new()
            } else {
                vec!["a body is not declared".to_owned()]
            };
        }
        let (media, is_exact) = match &content[&kind] {
            Value::Null => (&content["*/*"], false),
            exact => (exact, true),
        };
        if media.is_null() {
            return vec![format!("the media type {kind} is not declared")];
        }
        // What comes in any type is bytes, and a page is a page.
        if is_exact && kind.ends_with("json") {
            schemas().complaints(&media["schema"], &reply.body)
        } else {
            Vec::new()
        }
    }

    fn request(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let parameters = self.operation["parameters"].as_array().cloned().unwrap_or_default();
        let of_query = |name: &str| parameters.iter().any(|p| p["in"] == "query" && p["name"] == name);
        for (name, _) in self.query.iter().filter(|(name, _)| !is_nonsense(name)) {
            if !of_query(name) {
                wrong.push(format!("the query's {name} is not declared"));
            }
        }
        let Some(body) = self.body.as_ref().and_then(Value::as_object) else { return wrong };
        let content = &self.operation["requestBody"]["content"];
        if content.is_null() {
            let told = body.keys().filter(|name| !is_nonsense(name));
            wrong.extend(told.map(|name| format!("no body is declared; it has {name}")));
            return wrong;
        }
        let is_form = self.kind.as_deref() == Some("application/x-www-form-urlencoded");
        let kind = if is_form { "application/x-www-form-urlencoded" } else { "application/json" };
        let schema = &content[kind]["schema"];
        let body: Map<String, Value> =
            body.iter().filter(|(name, _)| !is_nonsense(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
        let told = schemas().complaints(schema, &Value::Object(body));
        // A form's fields are texts, whatever they stand for.
        wrong.extend(
            told.into_iter()
                .filter(|why| !is_form || why.ends_with("is not declared") || why.contains("is missing")),
        );
        wrong
    }
}

/// Names that tests send to see them ignored.
fn is_nonsense(name: &str) -> bool {
    name.len() == 1 || name.starts_with("x-")
}

pub fn schemas() -> Schemas<'static> {
    Schemas(&DOCUMENT["components"]["schemas"])
}

/// The media type of an answer, without its parameters.
pub fn media_type(reply: &Reply) -> String {
    let kind =
        reply.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_owned()
}

/// A form's fields by the name in front of the brackets; read as the query of an address, which has the same encoding.
fn fields(bytes: &[u8]) -> Value {
    let mut address = Url::parse("http://form").expect("an address");
    address.set_query(std::str::from_utf8(bytes).ok());
    let name = |name: &str| name.split('[').next().unwrap_or_default().to_owned();
    let pairs = address.query_pairs();
    Value::Object(pairs.map(|(field, value)| (name(&field), Value::from(value.into_owned()))).collect())
}

/// The parameters of a path that fits the pattern.
fn parameters(pattern: &str, path: &str) -> Option<Map<String, Value>> {
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    let mut found = Map::new();
    let mut given = path.split('/');
    for part in pattern.split('/') {
        let value = given.next()?;
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            // The resolver's parameter takes the rest of the path.
            Some("did_url") => {
                let rest: Vec<&str> = std::iter::once(value).chain(given.by_ref()).collect();
                found.insert("did_url".to_owned(), Value::from(rest.join("/")));
            }
            Some(name) if !value.is_empty() => {
                found.insert(name.to_owned(), Value::from(decoded(value)));
            }
            None if part == value => {}
            _ => return None,
        }
    }
    given.next().is_none().then_some(found)
}

fn decoded(text: &str) -> String {
    let mut address = Url::parse("http://path").expect("an address");
    address.set_query(Some(&format!("x={}", text.replace('+', "%2B"))));
    address.query_pairs().next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}
