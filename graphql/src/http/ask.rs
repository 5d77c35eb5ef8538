//! What was sent: a request or a batch in the body of a `POST`, or a query in the address of a `GET`.

use crate::limits::BATCH_REQUESTS_MAX;
use app::{Fault, FaultKind};
use async_graphql::{Value as GraphValue, Variables};
use axum::{
    extract::Query,
    http::{HeaderMap, Uri, header},
};
use domain::json;
use serde_json::{Map, Value};

/// One request: the parameters of GraphQL over HTTP, and of a WebSocket's `subscribe`. `extensions` are looked at for their
/// form only, for there are none.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Asked {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
}

/// What a body holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Body {
    One(Box<Asked>),
    Many(Vec<Asked>),
}

pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Fault> {
    let unsupported = |sentence: &str| {
        Err(Fault::new(FaultKind::UnsupportedMedia, "request/unsupported-media-type", sentence))
    };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    if !parts.next().unwrap_or_default().eq_ignore_ascii_case("application/json") {
        return unsupported("Send application/json.");
    }
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    if charset.is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        return unsupported("Send application/json in UTF-8.");
    }
    Ok(())
}

fn malformed(why: impl std::fmt::Display) -> Fault {
    Fault::invalid("request/body-malformed", format!("The body is not a GraphQL request in JSON: {why}"))
}

/// Levels around the variables of a request: its own object and theirs.
const ENVELOPE_LEVELS: usize = 2;

pub(crate) fn parse(body: &[u8]) -> Result<Body, Fault> {
    let is_batch = body.trim_ascii_start().starts_with(b"[");
    let depth_max = json::DEPTH_MAX + ENVELOPE_LEVELS + usize::from(is_batch);
    match json::read_within(body, depth_max)? {
        Value::Array(items) if items.is_empty() || items.len() > BATCH_REQUESTS_MAX => {
            let sentence = format!("A batch should hold 1 to {BATCH_REQUESTS_MAX} requests.");
            Err(Fault::invalid("graphql/batch-size", sentence))
        }
        Value::Array(items) => items.into_iter().map(asked).collect::<Result<_, _>>().map(Body::Many),
        single => asked(single).map(|asked| Body::One(Box::new(asked))),
    }
}

/// One request. Members that are not known are left alone, as the specification of GraphQL over HTTP wants.
pub(crate) fn asked(value: Value) -> Result<Asked, Fault> {
    let Value::Object(mut members) = value else { return Err(malformed("it is no object.")) };
    let query = match members.remove("query") {
        Some(Value::String(query)) => query,
        None | Some(Value::Null) => return Err(query_missing()),
        Some(_) => return Err(malformed("query should be a string.")),
    };
    let operation_name = match members.remove("operationName") {
        Some(Value::String(name)) => Some(name),
        None | Some(Value::Null) => None,
        Some(_) => return Err(malformed("operationName should be a string.")),
    };
    let variables = match members.remove("variables") {
        Some(Value::Object(variables)) => of_object(variables),
        None | Some(Value::Null) => Variables::default(),
        Some(_) => return Err(malformed("variables should be an object.")),
    };
    match members.remove("extensions") {
        None | Some(Value::Null | Value::Object(_)) => Ok(Asked { query, operation_name, variables }),
        Some(_) => Err(malformed("extensions should be an object.")),
    }
}

fn of_object(variables: Map<String, Value>) -> Variables {
    GraphValue::from_json(Value::Object(variables)).map(Variables::from_value).unwrap_or_default()
}

fn query_missing() -> Fault {
    Fault::invalid("graphql/query-missing", "The request has no query.")
}

/// Whether the address asks something. A browser that only looks gets the page.
pub(crate) fn asks(address: &Uri) -> bool {
    let pairs = form(address).unwrap_or_default();
    pairs.iter().any(|(name, _)| name == "query")
}

fn form(address: &Uri) -> Option<Vec<(String, String)>> {
    Query::try_from_uri(address).ok().map(|Query(pairs)| pairs)
}

/// A request in an address: `variables` and `extensions` are JSON.
pub(crate) fn of_address(address: &Uri) -> Result<Asked, Fault> {
    let malformed = |why: &str| {
        Fault::invalid("request/query-malformed", format!("The address is not a GraphQL request: {why}"))
    };
    let pairs = form(address).ok_or_else(|| malformed("its query is not percent-encoded UTF-8."))?;
    let mut members = Map::new();
    for (name, text) in pairs {
        let value = match name.as_str() {
            "query" | "operationName" => Value::String(text),
            "variables" | "extensions" if text.is_empty() => Value::Null,
            // One level around the values of the variables.
            "variables" | "extensions" => json::read_within(text.as_bytes(), json::DEPTH_MAX + 1)?,
            _ => continue,
        };
        if members.insert(name.clone(), value).is_some() {
            return Err(malformed(&format!("{name} is given twice.")));
        }
    }
    asked(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn code(body: &str) -> Option<&'static str> {
        parse(body.as_bytes()).err().map(|fault| fault.code)
    }

    #[test]
    fn a_body_is_a_request_or_a_batch() {
        let fine = json!({"query": "{ a }", "operationName": null, "variables": {"x": 1}, "extensions": {}, "id": 7});
        let Ok(Body::One(asked)) = parse(fine.to_string().as_bytes()) else { panic!("one") };
        assert_eq!((asked.query.as_str(), asked.operation_name.as_deref()), ("{ a }", None));
        assert_eq!(asked.variables.get("x"), Some(&GraphValue::from(1)));
        assert!(
            matches!(parse(br#"[{"query":"a"},{"query":"b"}]"#), Ok(Body::Many(many)) if many.len() == 2)
        );
    }

    /// doors 3: `{}` was answered 200.
    #[test]
    fn a_body_that_asks_nothing_is_refused() {
        for nothing in ["{}", r#"{"query":null}"#, r#"{"variables":{}}"#, r#"[{"query":"a"},{}]"#] {
            assert_eq!(code(nothing), Some("graphql/query-missing"), "{nothing}");
        }
        for wrong in [
            "",
            "7",
            "null",
            r#""{ a }""#,
            r#"{"query":7}"#,
            r#"{"query":"a","variables":[]}"#,
            r#"{"query":"a","variables":"{}"}"#,
            r#"{"query":"a","operationName":1}"#,
            r#"{"query":"a","extensions":[]}"#,
            "[[]]",
            "[1]",
        ] {
            assert_eq!(code(wrong), Some("request/body-malformed"), "{wrong}");
        }
        assert_eq!(code("[]"), Some("graphql/batch-size"));
    }

    #[test]
    fn an_address_is_read_as_a_form() {
        let of = |query: &str| of_address(&format!("/graphql?{query}").parse().unwrap());
        let asked =
            of("query=query+A%28%24x%3AInt%29%7Ba%7D&operationName=A&variables=%7B%22x%22%3A1%7D&other=1");
        let asked = asked.unwrap();
        assert_eq!(
            (asked.query.as_str(), asked.operation_name.as_deref()),
            ("query A($x:Int){a}", Some("A"))
        );
        assert_eq!(asked.variables.get("x"), Some(&GraphValue::from(1)));
        assert_eq!(of("query=a&variables=").unwrap().variables, Variables::default());
        let code = |query: &str| of(query).unwrap_err().code;
        assert_eq!(code(""), "graphql/query-missing");
        assert_eq!(code("query=a&query=b"), "request/query-malformed");
        for wrong in ["query=a&variables=x", "query=a&extensions=%5B", "query=a&variables=%5B%5D"] {
            assert_eq!(code(wrong), "request/body-malformed", "{wrong}");
        }
        let deep = format!("query=a&variables={}", "%5B".repeat(70));
        assert_eq!(code(&deep), "request/json-too-deep", "safety 1");
    }

    #[test]
    fn a_body_is_json_in_utf8() {
        let code = |pairs: &[(header::HeaderName, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(name.clone(), value.parse().unwrap());
            }
            require_json(&headers).err().map(|fault| fault.code)
        };
        for fine in
            ["application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\""]
        {
            assert_eq!(code(&[(header::CONTENT_TYPE, fine)]), None, "{fine}");
        }
        let refused = Some("request/unsupported-media-type");
        for wrong in ["", "text/plain", "application/json; charset=utf-16", "application/graphql"] {
            assert_eq!(code(&[(header::CONTENT_TYPE, wrong)]), refused, "{wrong}");
        }
        assert_eq!(code(&[]), refused);
    }
}
