//! The OpenAPI 3.1 document. Each family of endpoints brings its own part; the committed `openapi.json` must equal it.

mod answers;
mod examples;
mod parameters;
mod resolver;

use crate::{
    Answer, Problem, Visit, account, accreditation,
    answer::Quote,
    api_key, auth, credential, did, event, health, job, key, operation, organisation, people, presentation,
    problem::ProblemBody,
    registrar, resource,
    route::{Endpoint, Route, routes, sign_in_routes},
    status_list, subject,
};
use axum::{http::Method, routing::get};
use serde_json::json;
use std::{collections::BTreeMap, sync::LazyLock};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        RefOr,
        path::{Operation, ParameterIn, PathItem},
        schema::{AdditionalProperties, Schema},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

/// A family's part of the document.
pub(crate) struct Tagged {
    pub(crate) tag: &'static str,
    pub(crate) api: utoipa::openapi::OpenApi,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Studio",
        description = "Trust infrastructure on the cheqd ledger: DIDs, DID-Linked Resources, status lists, credentials and \
                       trust registries. Wire-compatible with cheqd Studio.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(document),
    components(schemas(ProblemBody, Quote)),
    modifiers(&Security, &OpenProblem)
)]
struct Base;

struct Security;

const API_KEY: &str = "x-api-key";
const BEARER: &str = "bearer";
const SESSION: &str = "session";
const BASIC: &str = "basic";

impl Modify for Security {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = ApiKeyValue::with_description(API_KEY, "An API key of a customer: `caas_…`.");
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An ID token of a person, or an access token of a machine, of the identity provider that is set up."));
        let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
            "An API key as the password, with any user: for clients that hold nothing but an address.",
        ));
        let session = ApiKeyValue::with_description(
            "__Host-studio-session",
            "What signing in gave a browser; `studio-session` where Studio is opened over plain http. Writes come from Studio's own pages only.",
        );
        if let Some(components) = &mut api.components {
            components.add_security_scheme(API_KEY, SecurityScheme::ApiKey(ApiKey::Header(scheme)));
            components.add_security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
            components.add_security_scheme(BASIC, SecurityScheme::Http(basic.build()));
            components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(session)));
        }
    }
}

struct OpenProblem;

impl Modify for OpenProblem {
    /// Problems say more than their own members, each what it knows.
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let schemas = api.components.as_mut().map(|components| &mut components.schemas);
        if let Some(RefOr::T(Schema::Object(problem))) = schemas.and_then(|all| all.get_mut("ProblemBody")) {
            problem.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
        }
    }
}

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::public("/openapi.json", get(document))]
}

/// Every part; add a family here.
fn parts() -> Vec<Tagged> {
    vec![
        health::docs(),
        account::docs(),
        organisation::docs(),
        people::docs(),
        api_key::docs(),
        key::docs(),
        did::docs(),
        resource::docs(),
        operation::docs(),
        job::docs(),
        registrar::docs(),
        event::docs(),
        status_list::docs(),
        credential::docs(),
        presentation::docs(),
        subject::docs(),
        accreditation::docs(),
        auth::docs(),
    ]
}

/// The whole document, the same for every build of this version.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut api = Base::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut api.info.version);
    for Tagged { tag, api: mut part } in parts() {
        for item in part.paths.paths.values_mut() {
            for operation in operations(item) {
                operation.tags = Some(vec![tag.to_owned()]);
            }
        }
        api.merge(part);
    }
    for route in routes() {
        let Some(item) = api.paths.paths.get_mut(&open_path(route.path)) else { continue };
        if let Some(operation) = operation_of(item, &route) {
            operation.operation_id = Some(operation_id(&route));
            answers::complete(operation, &route);
            resolver::complete(&open_path(route.path), operation);
            examples::show(operation, &route);
        }
    }
    for route in sign_in_routes() {
        let Some(item) = api.paths.paths.get_mut(route.path) else { continue };
        if let Some(operation) = operation_of(item, &route) {
            operation.operation_id = Some(operation_id(&route));
            auth::complete(operation, &route);
            examples::show(operation, &route);
        }
    }
    api
}

fn operation_of<'a>(item: &'a mut PathItem, route: &Route) -> &'a mut Option<Operation> {
    match route.method {
        Method::POST => &mut item.post,
        Method::PUT => &mut item.put,
        Method::DELETE => &mut item.delete,
        _ => &mut item.get,
    }
}

/// The names of the query parameters that a route documents, sorted; `None` for one that is not documented.
pub(crate) fn query_parameters(route: &Route) -> Option<&'static [String]> {
    type Known = BTreeMap<(String, &'static str), Vec<String>>;
    static KNOWN: LazyLock<Known> = LazyLock::new(|| {
        let mut api = openapi();
        let mut known = BTreeMap::new();
        for route in routes() {
            let Some(item) = api.paths.paths.get_mut(&open_path(route.path)) else { continue };
            let operation = operation_of(item, &route);
            let parameters = operation.as_mut().and_then(|operation| operation.parameters.take());
            let parameters = parameters.unwrap_or_default().into_iter();
            let mut names: Vec<String> = parameters
                .filter(|parameter| parameter.parameter_in == ParameterIn::Query)
                .map(|parameter| parameter.name)
                .collect();
            names.sort();
            known.insert((route.method.to_string(), route.path), names);
        }
        known
    });
    KNOWN.get(&(route.method.to_string(), route.path)).map(Vec::as_slice)
}

/// axum's `{*rest}` is OpenAPI's `{rest}`.
pub(crate) fn open_path(path: &str) -> String {
    path.replace("{*", "{")
}

/// `post /did/create` is `postDidCreate`: unique, and a good name for generated clients.
fn operation_id(route: &Route) -> String {
    let mut id = route.method.as_str().to_ascii_lowercase();
    for word in route.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let mut letters = word.chars();
        id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        id.push_str(letters.as_str());
    }
    id
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.delete].into_iter().flatten()
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "Operation of Studio", responses((status = 200, body = serde_json::Value)))]
async fn document(visit: Visit) -> Result<Answer, Problem> {
    let mut api = serde_json::to_value(openapi()).map_err(app::Fault::bug)?;
    if let (Some(url), Some(members)) = (&visit.house.settings.base_url, api.as_object_mut()) {
        members.insert("servers".to_owned(), json!([{ "url": url }]));
    }
    Answer::ok(&api)
}

#[cfg(test)]
mod tests;
