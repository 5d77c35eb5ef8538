//! Which form of answer a client takes (RFC 9110, 12.5.1, and the specification of GraphQL over HTTP).

use axum::http::{HeaderMap, HeaderValue, header};
use std::cmp::Reverse;

/// The two forms an answer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `application/graphql-response+json`: the status says whether the request was executed.
    Graph,
    /// `application/json`: 200 for whatever is a request in form, executed or not.
    Json,
}

impl Form {
    pub(crate) const fn content_type(self) -> HeaderValue {
        match self {
            Self::Graph => HeaderValue::from_static("application/graphql-response+json; charset=utf-8"),
            Self::Json => HeaderValue::from_static("application/json; charset=utf-8"),
        }
    }

    const fn subtype(self) -> &'static str {
        match self {
            Self::Graph => "graphql-response+json",
            Self::Json => "json",
        }
    }
}

/// A range of an `Accept` header.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Thousandths.
    weight: u16,
    utf8: bool,
}

fn ranges(headers: &HeaderMap) -> Vec<Range<'_>> {
    let texts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).filter_map(range).collect()
}

fn range(text: &str) -> Option<Range<'_>> {
    let mut parts = text.split(';').map(str::trim);
    let (kind, subtype) = parts.next()?.split_once('/')?;
    let mut range = Range { kind: kind.trim(), subtype: subtype.trim(), weight: 1_000, utf8: true };
    for part in parts {
        let Some((name, value)) = part.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim().trim_matches('"'));
        if name.eq_ignore_ascii_case("q") {
            range.weight = weight(value);
        } else if name.eq_ignore_ascii_case("charset") {
            range.utf8 = value.eq_ignore_ascii_case("utf-8");
        }
    }
    Some(range)
}

/// `0.5` is 500; what is no weight counts as 1, as most servers take it.
fn weight(text: &str) -> u16 {
    let parsed: f32 = text.parse().unwrap_or(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
    let thousandths = (parsed.clamp(0.0, 1.0) * 1_000.0) as u16;
    if parsed.is_nan() { 1_000 } else { thousandths }
}

/// How well a form is taken: weight of the most specific range that names it, and how specific that is.
fn taken(form: Form, ranges: &[Range<'_>]) -> Option<(u16, u8)> {
    let specific = |range: &Range<'_>| {
        let kind = range.kind.eq_ignore_ascii_case("application");
        if kind && range.subtype.eq_ignore_ascii_case(form.subtype()) && range.utf8 {
            Some(2)
        } else if kind && range.subtype == "*" {
            Some(1)
        } else {
            (range.kind == "*" && range.subtype == "*").then_some(0_u8)
        }
    };
    let found = ranges.iter().filter_map(|range| Some((specific(range)?, range.weight))).max();
    found.filter(|(_, weight)| *weight > 0).map(|(specific, weight)| (weight, specific))
}

/// The form to answer in; `None` if the client takes neither. Who asks for nothing in particular gets `application/json`.
pub(crate) fn form(headers: &HeaderMap) -> Option<Form> {
    let ranges = ranges(headers);
    if ranges.is_empty() {
        return Some(Form::Json);
    }
    let graph = taken(Form::Graph, &ranges);
    let json = taken(Form::Json, &ranges);
    match (graph, json) {
        (None, None) => None,
        // Asked for by name, it is preferred; a wildcard does not ask for it.
        (graph, json) => {
            let rank = |taken: Option<(u16, u8)>| taken.map(|(weight, specific)| (weight, specific == 2));
            Some(if rank(graph) >= rank(json) && graph.is_some_and(|(_, specific)| specific == 2) {
                Form::Graph
            } else if json.is_some() {
                Form::Json
            } else {
                Form::Graph
            })
        }
    }
}

/// Whether a browser asks for a page.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let mut ranges = ranges(headers);
    ranges.sort_by_key(|range| Reverse(range.weight));
    ranges.iter().any(|range| range.weight > 0 && range.kind == "text" && range.subtype == "html")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())])
    }

    #[test]
    fn what_is_asked_for_by_name_is_answered() {
        let graph = "application/graphql-response+json";
        let table = [
            (graph, Some(Form::Graph)),
            ("application/json", Some(Form::Json)),
            ("application/json; charset=utf-8", Some(Form::Json)),
            ("*/*", Some(Form::Json)),
            ("application/*", Some(Form::Json)),
            ("text/html, */*;q=0.8", Some(Form::Json)),
            ("application/graphql-response+json, application/json;q=0.9", Some(Form::Graph)),
            ("application/graphql-response+json;q=0.5, application/json", Some(Form::Json)),
            // urql's default.
            (
                "application/graphql-response+json, application/graphql+json, application/json, text/event-stream",
                Some(Form::Graph),
            ),
            ("application/json, */*;q=0", Some(Form::Json)),
            ("application/json;q=0, */*", Some(Form::Graph)),
            ("*/*;q=0", None),
            ("text/html", None),
            ("application/xml;q=1", None),
            ("application/json; charset=latin1", None),
        ];
        for (accept, expected) in table {
            assert_eq!(form(&headers(accept)), expected, "{accept}");
        }
        assert_eq!(form(&HeaderMap::new()), Some(Form::Json));
        assert_eq!(form(&headers("")), Some(Form::Json));
    }

    #[test]
    fn only_a_browser_gets_the_page() {
        assert!(wants_page(&headers("text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(!wants_page(&headers("*/*")) && !wants_page(&headers("text/html;q=0")));
        assert!(!wants_page(&HeaderMap::new()));
    }
}
