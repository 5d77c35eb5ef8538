//! The OpenAPI 3.1 document. Each family of endpoints brings its own part; the committed `openapi.json` must equal it.

use crate::route::{Auth, Kind, Route, routes};
use crate::{
    Answer, Problem, Visit, account, accreditation, credential, did, event, health, key, operation,
    problem::ProblemBody, resource, route::Endpoint, status_list,
};
use axum::routing::get;
use serde_json::json;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, ResponseBuilder,
        path::{Operation, PathItem},
        path::{ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
        security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme},
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
    components(schemas(ProblemBody)),
    modifiers(&Security)
)]
struct Base;

struct Security;

const API_KEY: &str = "x-api-key";

impl Modify for Security {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = ApiKeyValue::with_description(API_KEY, "An API key of a customer: `caas_…`.");
        if let Some(components) = &mut api.components {
            components.add_security_scheme(API_KEY, SecurityScheme::ApiKey(ApiKey::Header(scheme)));
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
        key::docs(),
        did::docs(),
        resource::docs(),
        operation::docs(),
        event::docs(),
        status_list::docs(),
        credential::docs(),
        accreditation::docs(),
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
        let operation = match route.method {
            axum::http::Method::POST => &mut item.post,
            axum::http::Method::PUT => &mut item.put,
            _ => &mut item.get,
        };
        if let Some(operation) = operation {
            operation.operation_id = Some(operation_id(&route));
            complete(operation, route.auth, route.kind);
        }
    }
    api
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

/// What all endpoints of a kind have in common: security, errors, and the parameters of writes.
fn complete(operation: &mut Operation, auth: Auth, kind: Kind) {
    let mut errors = vec![
        ("500", "Our mistake; `incident` names the log entry."),
        ("503", "Something Studio needs is away."),
    ];
    if auth == Auth::ApiKey {
        operation.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(API_KEY, [])]);
        errors
            .extend([("400", "The request is malformed or breaks a rule."), ("401", "No working API key.")]);
    }
    let mut parameters = Vec::new();
    if kind != Kind::Read {
        errors.extend([
            ("409", "The state of the thing forbids it, or a request with this Idempotency-Key is running."),
            ("422", "The ledger refused it, or this Idempotency-Key was used for another request."),
        ]);
        parameters.push(parameter("Idempotency-Key", ParameterIn::Header, Type::String,
            "At most 255 characters. The same key and request have one effect and one answer; kept for 24 hours."));
    }
    if kind == Kind::LedgerWrite {
        errors.push(("402", "Too little money for the fee, or the fee is above `maxFee`."));
        parameters.extend([
            parameter(
                "dryRun",
                ParameterIn::Query,
                Type::Boolean,
                "Only tell the price (`Quote`); nothing is written.",
            ),
            parameter("maxFee", ParameterIn::Query, Type::String, "Refuse to pay more than this many ncheq."),
            parameter(
                "Prefer",
                ParameterIn::Header,
                Type::String,
                "`respond-async` answers 202 at once; `wait=<seconds>` waits shorter than usual.",
            ),
        ]);
        let pending = Ref::from_schema_name("Operation");
        operation.responses.responses.entry("202".to_owned()).or_insert_with(|| {
            let content = Content::new(Some(RefOr::<utoipa::openapi::Schema>::Ref(pending)));
            let response =
                ResponseBuilder::new().description("It goes on; follow the operation in `Location`.");
            response.content("application/json", content).build().into()
        });
    }
    operation.parameters.get_or_insert_default().extend(parameters);
    for (status, description) in errors {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| {
            let schema = RefOr::<utoipa::openapi::Schema>::Ref(Ref::from_schema_name("ProblemBody"));
            let response = ResponseBuilder::new().description(description);
            response.content("application/json", Content::new(Some(schema))).build().into()
        });
    }
}

fn parameter(
    name: &str,
    place: ParameterIn,
    kind: Type,
    description: &str,
) -> utoipa::openapi::path::Parameter {
    let schema = ObjectBuilder::new().schema_type(kind).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .description(Some(description))
        .schema(Some(schema))
        .build()
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
