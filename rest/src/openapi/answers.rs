//! What routes answer besides what their own annotations say: security, errors, and what all writes have in common.

use super::{API_KEY, BASIC, BEARER, SESSION, parameters};
use crate::route::{Auth, Route};
use app::act::{self, Effect, Spec};
use axum::http::Method;
use utoipa::openapi::{
    Content, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
    path::Operation,
    schema::{AnyOfBuilder, ObjectBuilder, Schema, Type},
    security::SecurityRequirement,
};

const JSON: &str = "application/json";
/// Acts that make what an account may have only so many of.
static COUNTED: [&Spec; 4] =
    [&act::API_KEY_CREATE, &act::API_KEY_ROTATE, &act::INVITATION_CREATE, &act::ROLE_DEFINE];

/// A route's part of the document, completed.
pub(super) fn complete(operation: &mut Operation, route: &Route) {
    if route.auth == Auth::ApiKey {
        // No API key leaves an account: that does whoever is a member.
        let is_for_keys = route.act != Some(&act::ACCOUNT_LEAVE);
        let is_taken = |scheme: &&str| match *scheme {
            API_KEY => is_for_keys,
            BASIC => route.takes_basic,
            _ => true,
        };
        let schemes = [API_KEY, BASIC, BEARER, SESSION].into_iter().filter(is_taken);
        let requirement = |scheme| SecurityRequirement::new::<_, [&str; 0], &str>(scheme, []);
        operation.security = Some(schemes.map(requirement).collect());
    }
    if route.effect.is_write() {
        operation.parameters.get_or_insert_default().push(parameters::idempotency_key());
    }
    if route.effect == Effect::LedgerWrite {
        operation.parameters.get_or_insert_default().extend(parameters::of_the_ledger());
        pending(operation, route);
        quoted(operation);
    }
    parameters::bound(operation);
    let takes_parameters = operation.parameters.as_ref().is_some_and(|all| !all.is_empty());
    for (status, description) in errors(route, takes_parameters) {
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| problem(description).into());
    }
    for status in ["503", "429"] {
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) {
            response.headers.insert("Retry-After".to_owned(), header("Seconds after which to try again."));
        }
    }
}

/// The errors a route may answer.
fn errors(route: &Route, takes_parameters: bool) -> Vec<(&'static str, &'static str)> {
    let mut errors = vec![
        ("400", "The request is malformed or breaks a rule."),
        ("414", "The address is too long."),
        ("500", "Our mistake; `incident` names the log entry."),
        ("503", "Something Studio needs is away, or too busy."),
    ];
    let takes_body = route.method != Method::GET;
    // What is public and takes parameters is a search.
    let names_a_thing = route.path.contains('{') || (route.auth == Auth::Public && takes_parameters);
    if route.auth == Auth::ApiKey {
        errors.push(("401", "Nothing that was shown says who asks: no working API key, token or session."));
        errors
            .push(("403", "The caller is known, and not allowed to do this; `scope` names what is missing."));
    }
    if names_a_thing || (takes_body && route.auth == Auth::ApiKey) {
        errors.push(("404", "What is named does not exist, or not for this caller."));
    }
    if route.work().is_some() {
        errors.push(("429", "The caller has too much of this kind running and waiting."));
    }
    if takes_body {
        errors.extend([
            ("408", "The body did not arrive in time."),
            ("413", "The body, or what is asked for, is too large."),
            ("415", "The body is neither JSON nor a form, or it is compressed."),
        ]);
    }
    if route.effect.is_write() {
        errors.extend([
            ("409", "The state of the thing forbids it, or a request with this Idempotency-Key is running."),
            ("422", "The ledger refused it, or this Idempotency-Key was used for another request."),
        ]);
    }
    if route.effect == Effect::LedgerWrite {
        errors.push(("402", "Too little money for the fee, or the fee is above `maxFee`."));
    }
    if route.act.is_some_and(|act| COUNTED.contains(&act)) {
        errors.push(("402", "The account has as many of these as it may have."));
    }
    errors
}

fn problem(description: &str) -> Response {
    let body = RefOr::<Schema>::Ref(Ref::from_schema_name("ProblemBody"));
    ResponseBuilder::new().description(description).content(JSON, Content::new(Some(body))).build()
}

fn header(description: &str) -> utoipa::openapi::Header {
    let text = ObjectBuilder::new().schema_type(Type::String).build();
    HeaderBuilder::new().schema(text).description(Some(description)).build()
}

/// 202 while the write goes on.
fn pending(operation: &mut Operation, route: &Route) {
    let named = |name: &str| RefOr::<Schema>::Ref(Ref::from_schema_name(name));
    let body = if route.act.is_some_and(app::job::can_wait) {
        AnyOfBuilder::new().item(named("Operation")).item(named("Job")).into()
    } else {
        named("Operation")
    };
    let response = ResponseBuilder::new()
        .description("It goes on; follow what stands in `Location`.")
        .content(JSON, Content::new(Some(body)))
        .header("Location", header("Where the operation is, or the job: `/operations/{id}`, `/jobs/{id}`."));
    operation.responses.responses.entry("202".to_owned()).or_insert_with(|| response.build().into());
}

/// With `dryRun=true` the answer is 200 with a quote, whatever the status of the write itself.
fn quoted(operation: &mut Operation) {
    let quote = || RefOr::<Schema>::Ref(Ref::from_schema_name("Quote"));
    let responses = &mut operation.responses.responses;
    let Some(RefOr::T(response)) = responses.get_mut("200") else {
        let response = ResponseBuilder::new().description("With `dryRun=true`: what it would cost.");
        let response = response.content(JSON, Content::new(Some(quote()))).build();
        responses.insert("200".to_owned(), response.into());
        return;
    };
    if let Some(content) = response.content.get_mut(JSON) {
        let done = content.schema.take();
        let either = done.into_iter().fold(AnyOfBuilder::new(), AnyOfBuilder::item);
        content.schema = Some(either.item(quote()).into());
    }
}
