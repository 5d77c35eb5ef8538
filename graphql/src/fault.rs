//! Faults on their way out: as GraphQL errors, or as data in a mutation's payload.

use crate::limits::{COMPLEXITY_MAX, DEPTH_MAX};
use app::{Fault, FaultKind};
use async_graphql::{Error, ErrorExtensions as _, Pos, ServerError, SimpleObject, Value as GraphValue};
use domain::id::Malformed;
use porch::problem::RETRY_AFTER_SECONDS;
use projections::ProjectionError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Why a field has no answer. It has no `Display` on purpose: only the conversion below may turn it into an error, so that
/// no detail for operators reaches a caller.
#[derive(Debug, Clone)]
pub(crate) struct Raised(pub(crate) Fault);

/// What resolvers answer.
pub(crate) type Result<T, E = Raised> = std::result::Result<T, E>;

impl From<Fault> for Raised {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl From<ProjectionError> for Raised {
    fn from(error: ProjectionError) -> Self {
        Self(of_projection(error))
    }
}

impl From<Malformed> for Raised {
    fn from(malformed: Malformed) -> Self {
        Self(malformed.into())
    }
}

impl From<Raised> for Error {
    fn from(Raised(fault): Raised) -> Self {
        log(&fault);
        of_fault(&fault)
    }
}

/// What a caller is told of a fault.
fn of_fault(fault: &Fault) -> Error {
    Error::new(fault.public.clone()).extend_with(|_, extensions| {
        extensions.set("code", fault.code);
        if matches!(fault.kind, FaultKind::Unavailable | FaultKind::TooMany) {
            extensions.set("retryAfterSeconds", RETRY_AFTER_SECONDS);
        }
        for (name, value) in &fault.members {
            if let Ok(value) = GraphValue::from_json(value.clone()) {
                extensions.set(name, value);
            }
        }
    })
}

/// The error of a request, or of a place in its text.
pub(crate) fn refusal(fault: &Fault, at: Option<Pos>) -> ServerError {
    let Error { message, extensions, .. } = of_fault(fault);
    let mut error = ServerError::new(message, at);
    error.extensions = extensions;
    error
}

/// What a read model's failure means for a caller.
pub(crate) fn of_projection(error: ProjectionError) -> Fault {
    if error.is_unavailable() {
        Fault::unavailable("store/unavailable", "The database cannot be reached at the moment.", error)
    } else if error.is_malformed_text() {
        Fault::invalid("malformed", "A text must not contain the character U+0000.")
    } else {
        Fault::bug(error)
    }
}

/// The operator's half of a fault.
pub(crate) fn log(fault: &Fault) {
    let (code, detail) = (fault.code, fault.private.as_deref());
    match fault.kind {
        FaultKind::Bug => tracing::error!(code, detail, "graphql.field.failed"),
        FaultKind::Unavailable => tracing::warn!(code, detail, "graphql.field.unavailable"),
        _ => tracing::debug!(code, detail, "graphql.field.refused"),
    }
}

/// Whether a fault is an answer to the caller rather than the lack of one.
pub(crate) fn is_data(fault: &Fault) -> bool {
    !matches!(fault.kind, FaultKind::Unavailable | FaultKind::TooMany | FaultKind::Bug)
}

/// What the GraphQL engine refuses in words of its own, in ours: with a code and the limit.
fn of_engine(message: &str) -> Option<(&'static str, String)> {
    match message {
        "Query is too complex." => Some((
            "graphql/too-complex",
            format!(
                "The query costs more than {COMPLEXITY_MAX}; ask for fewer rows or fewer fields of each."
            ),
        )),
        "Query is nested too deep." => {
            Some(("graphql/too-deep", format!("The query is nested deeper than {DEPTH_MAX} fields.")))
        }
        _ => None,
    }
}

/// Gives every error a code, and our mistakes the id under which the log tells more.
pub(crate) fn finish(errors: &mut [ServerError], request: Uuid) {
    for error in errors {
        if let Some((code, sentence)) = of_engine(&error.message) {
            error.message = sentence;
            error.extensions.get_or_insert_default().set("code", code);
        }
        let extensions = error.extensions.get_or_insert_default();
        match extensions.get("code") {
            None => extensions.set("code", "graphql/invalid"),
            Some(GraphValue::String(code)) if code == "bug" => {
                extensions.set("incident", request.to_string());
            }
            Some(_) => {}
        }
    }
}

/// Why a mutation did not do what it was asked: the same sentences and codes as REST.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserError {
    /// A sentence for people.
    pub(crate) message: String,
    /// Stable slug, e.g. `did/deactivated`; `docs/errors/` has a page for each.
    pub(crate) code: String,
    /// The input field it is about, if it is about one.
    pub(crate) field: Option<String>,
    /// Further facts, e.g. `shortfall` and `address` of missing funds.
    pub(crate) details: Option<Value>,
}

impl From<&Fault> for UserError {
    fn from(fault: &Fault) -> Self {
        let field = fault.members.get("field").and_then(Value::as_str).map(str::to_owned);
        let details = (!fault.members.is_empty()).then(|| Value::Object(fault.members.clone()));
        Self { message: fault.public.clone(), code: fault.code.to_owned(), field, details }
    }
}

/// A fault about a member of a document to be signed, with the name that its input field has here.
pub(crate) fn as_named_here(fault: Fault) -> Fault {
    let name = match fault.members.get("field").and_then(Value::as_str) {
        Some("subjectDid") => "subject",
        Some("@context") => "contexts",
        Some("type") => "types",
        Some("id") => "credentialUri",
        _ => return fault,
    };
    fault.with("field", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_the_sentence_and_the_code_and_never_the_detail() {
        let fault = Fault::unavailable(
            "ledger/unreachable",
            "The ledger cannot be reached.",
            "host 10.0.0.7 refused",
        );
        let error = Error::from(Raised(fault.with("network", "testnet")));
        let text = format!("{error:?}");
        assert!(text.contains("The ledger cannot be reached.") && text.contains("ledger/unreachable"));
        assert!(text.contains("testnet") && text.contains("retryAfterSeconds"));
        assert!(!text.contains("10.0.0.7"), "{text}");
    }

    #[test]
    fn a_bug_names_its_incident_and_other_errors_get_a_code() {
        let bug = Error::from(Raised(Fault::bug("index out of range in f")))
            .into_server_error(async_graphql::Pos::default());
        let plain = ServerError::new("Unknown field", None);
        let mut errors = [bug, plain];
        finish(&mut errors, Uuid::nil());
        let text = serde_json::to_value(&errors).unwrap();
        assert_eq!(text[0]["extensions"]["incident"], Uuid::nil().to_string());
        assert!(!text.to_string().contains("out of range"));
        assert_eq!(text[1]["extensions"]["code"], "graphql/invalid");
    }
}
