//! Examples: real requests and answers, recorded by the tour of the flow tests (`tests/it/contract/tour.rs`).

use crate::route::Route;
use app::act::Effect;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, sync::LazyLock};
use utoipa::openapi::{
    RefOr,
    path::{Operation, ParameterBuilder},
};

/// Written by `STUDIO_WRITE_CONTRACTS=1 cargo test -p studio --test it contract::`.
const RECORDED: &str = include_str!("../../examples.json");

/// What was recorded of one operation.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Example {
    /// Parameters in path and query, by name.
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, Value>,
    /// The body, if there was one.
    pub(super) request: Option<Value>,
    /// Answers by status, each with its media type.
    #[serde(default)]
    pub(super) responses: BTreeMap<String, Answered>,
}

/// One answer.
#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    /// Its media type, without parameters.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Its body.
    pub(super) body: Value,
}

/// All of them, by method and path (`POST /did/create`).
pub(super) static EXAMPLES: LazyLock<BTreeMap<String, Example>> =
    LazyLock::new(|| serde_json::from_str(RECORDED).unwrap_or_default());

/// Answers that mean the same on every route, and the route whose example stands for all.
const SHARED: [(&str, &str); 7] = [
    ("202", "POST /did/create"),
    ("401", "GET /account"),
    ("402", "POST /did/create"),
    ("414", "GET /account"),
    ("415", "POST /key/create"),
    ("422", "POST /key/create"),
    ("503", "POST /did/create"),
];

/// Whose 402 stands for all that are about a number.
const COUNTED: &str = "POST /admin/role/define";

/// The name of a route among the examples.
pub(super) fn name(route: &Route) -> String {
    format!("{} {}", route.method, super::open_path(route.path))
}

/// Puts the examples of a route into its part of the document.
pub(super) fn show(operation: &mut Operation, route: &Route) {
    let nothing = Example::default();
    let example = EXAMPLES.get(&name(route)).unwrap_or(&nothing);
    for parameter in operation.parameters.iter_mut().flatten() {
        if let Some(value) = example.parameters.get(&parameter.name) {
            *parameter = ParameterBuilder::from(parameter.clone()).example(Some(value.clone())).build();
        }
    }
    if let (Some(body), Some(request)) = (&mut operation.request_body, &example.request) {
        for content in body.content.values_mut() {
            content.example = Some(request.clone());
        }
    }
    for (status, answered) in &example.responses {
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status)
            && let Some(content) = response.content.get_mut(&answered.kind)
        {
            content.example = Some(answered.body.clone());
        }
    }
    for (status, from) in SHARED {
        // Without a ledger, 402 is about a number and no price.
        let is_counted = status == "402" && route.effect != Effect::LedgerWrite;
        let from = if is_counted { COUNTED } else { from };
        let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) else { continue };
        let Some(answered) = EXAMPLES.get(from).and_then(|shown| shown.responses.get(status)) else {
            continue;
        };
        // What comes in several types is another body.
        if let [(_, content)] = response.content.iter_mut().collect::<Vec<_>>().as_mut_slice()
            && content.example.is_none()
        {
            content.example = Some(answered.body.clone());
        }
    }
}
