//! Error bodies: cheqd Studio's `{"error"}`, with a stable code and the members of RFC 9457.

use app::{Fault, FaultKind};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How soon to try again when the ledger, the database or a place in the queue is missing.
pub const RETRY_AFTER_SECONDS: u32 = 5;

/// A fault on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    fault: Fault,
    status: StatusCode,
}

/// What every failed request answers. More members may stand beside these, e.g. `shortfall`, `operationId`, `field`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// What is wrong, as a sentence.
    pub error: String,
    /// Stable slug; `docs/errors/` has a page for each.
    #[schema(example = "did/not-found")]
    pub code: String,
    /// The code as a URI (RFC 9457).
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words (RFC 9457).
    pub title: String,
    /// The status (RFC 9457).
    pub status: u16,
    /// The same as `error` (RFC 9457).
    pub detail: String,
    /// Further members.
    #[serde(flatten)]
    #[schema(ignore)]
    pub members: Map<String, Value>,
}

/// Goes along with an error response for the log line and the incident id; never to the client.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) fault: Fault,
}

/// The status a kind of fault answers (docs/errors/README.md#kinds-of-fault).
pub fn status_of(kind: FaultKind) -> StatusCode {
    match kind {
        FaultKind::Invalid => StatusCode::BAD_REQUEST,
        FaultKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FaultKind::Forbidden => StatusCode::FORBIDDEN,
        FaultKind::NotFound => StatusCode::NOT_FOUND,
        FaultKind::Conflict => StatusCode::CONFLICT,
        // The ledger understood the request and said no for good: the request was well-formed, its content was not
        // acceptable to the chain. 400 is for what we can tell ourselves.
        FaultKind::Unprocessable | FaultKind::LedgerRefused => StatusCode::UNPROCESSABLE_ENTITY,
        FaultKind::PaymentRequired => StatusCode::PAYMENT_REQUIRED,
        FaultKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        FaultKind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        FaultKind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        FaultKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Problem {
    /// A fault that answers another status than its kind's.
    pub fn with_status(status: StatusCode, code: &'static str, public: impl Into<String>) -> Self {
        Self { fault: Fault::invalid(code, public), status }
    }

    /// The fault.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The fault, to be said in other words.
    pub fn into_fault(self) -> Fault {
        self.fault
    }

    /// The same with a further member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.fault = self.fault.with(member, value);
        self
    }

    /// The status it answers.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What it answers.
    pub fn body(&self) -> ProblemBody {
        let fault = &self.fault;
        ProblemBody {
            error: fault.public.clone(),
            code: fault.code.to_owned(),
            kind: format!("urn:studio:error:{}", fault.code.replace('/', ":")),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: fault.public.clone(),
            members: fault.members.clone(),
        }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { status: status_of(fault.kind), fault }
    }
}

impl From<projections::ProjectionError> for Problem {
    fn from(error: projections::ProjectionError) -> Self {
        if error.is_unavailable() {
            Fault::unavailable("store/unavailable", "The database cannot be reached at the moment.", error)
                .into()
        } else if error.is_malformed_text() {
            Fault::invalid("malformed", "A text must not contain the character U+0000.").into()
        } else {
            Fault::bug(error).into()
        }
    }
}

impl From<domain::id::Malformed> for Problem {
    fn from(malformed: domain::id::Malformed) -> Self {
        Fault::from(malformed).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        if self.fault.code == "request/encoding-unsupported" {
            // RFC 9110 15.5.16: which codings would do.
            response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        // What waits (for money) can be followed.
        let operation = self.fault.members.get("operationId").and_then(Value::as_str);
        let location = operation.and_then(|id| HeaderValue::from_str(&format!("/operations/{id}")).ok());
        if let Some(location) = location {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response.extensions_mut().insert(Trouble { fault: self.fault });
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_status_the_contract_names() {
        let table = [
            (FaultKind::Invalid, 400),
            (FaultKind::Unauthenticated, 401),
            (FaultKind::PaymentRequired, 402),
            (FaultKind::Forbidden, 403),
            (FaultKind::NotFound, 404),
            (FaultKind::Conflict, 409),
            (FaultKind::TooLarge, 413),
            (FaultKind::UnsupportedMedia, 415),
            (FaultKind::TooSlow, 408),
            (FaultKind::TooMany, 429),
            (FaultKind::Unprocessable, 422),
            (FaultKind::LedgerRefused, 422),
            (FaultKind::Bug, 500),
            (FaultKind::Unavailable, 503),
        ];
        for (kind, status) in table {
            assert_eq!(status_of(kind).as_u16(), status, "{kind:?}");
        }
    }

    #[test]
    fn the_body_tells_the_sentence_and_not_the_detail() {
        let fault = Fault::unavailable("ledger/unreachable", "The ledger cannot be reached.", "secret host");
        let problem = Problem::from(fault.with("network", "testnet"));
        let body = serde_json::to_value(problem.body()).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "error": "The ledger cannot be reached.",
                "code": "ledger/unreachable",
                "type": "urn:studio:error:ledger:unreachable",
                "title": "Service Unavailable",
                "status": 503,
                "detail": "The ledger cannot be reached.",
                "network": "testnet",
            })
        );
        let response = problem.into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
    }
}
