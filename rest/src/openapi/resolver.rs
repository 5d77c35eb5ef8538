//! The routes that hand on what the resolver answers: any of several JSON types, or the bytes of a resource.

use crate::schema::AnyObject;
use utoipa::{
    PartialSchema,
    openapi::{
        Content, Response, ResponseBuilder,
        path::Operation,
        schema::{ObjectBuilder, Type},
    },
};

/// Paths of these routes, as OpenAPI writes them.
const PATHS: [&str; 3] = ["/1.0/identifiers/{did_url}", "/did/search/{did}", "/resource/search/{did}"];
/// What a DID or its metadata comes in.
const DOCUMENT_TYPES: [&str; 7] = [
    "application/json",
    "application/did+json",
    "application/did+ld+json",
    "application/ld+json",
    "application/did",
    "application/did-resolution",
    "application/did-url-dereferencing",
];

const STATUSES: [(&str, &str); 7] = [
    ("301", "An identifier of an old form; `Location` has what it became."),
    ("303", "With `service`: `Location` has its endpoint."),
    ("400", "`invalidDid`, `invalidDidUrl`, or by POST `invalidOptions`."),
    ("404", "`notFound`."),
    ("406", "`representationNotSupported`: `Accept`, or a combination of parameters."),
    ("500", "`internalError`: our mistake."),
    ("501", "`methodNotSupported`."),
];

/// Completes the answers, if the path is one of these.
pub(super) fn complete(path: &str, operation: &mut Operation) {
    if !PATHS.contains(&path) {
        return;
    }
    let bytes = Content::new(Some(ObjectBuilder::new().schema_type(Type::String).build()));
    let found = documents("What was asked for: a result, a document, or a resource in its own media type.");
    // A resource that is JSON may be a list.
    let any = Content::new(Some(serde_json::Value::schema()));
    let found = ResponseBuilder::from(found).content("application/json", any).content("*/*", bytes).build();
    let responses = &mut operation.responses.responses;
    responses.insert("200".to_owned(), found.into());
    for (status, description) in STATUSES {
        let response = match status {
            "301" | "303" => Response::new(description),
            _ => documents(description),
        };
        responses.insert(status.to_owned(), response.into());
    }
    let away = documents("The ledger does not answer, or Studio is too busy.");
    responses.insert("503".to_owned(), away.into());
}

fn documents(description: &str) -> Response {
    let response = ResponseBuilder::new().description(description);
    DOCUMENT_TYPES
        .iter()
        .fold(response, |response, kind| response.content(*kind, Content::new(Some(AnyObject::schema()))))
        .build()
}
