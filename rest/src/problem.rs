//! Error bodies: cheqd Studio's `{"error"}`, with a stable code and the members of RFC 9457.

use app::Fault;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
pub use porch::problem::{ProblemBody, RETRY_AFTER_SECONDS, status_of};
use serde_json::Value;

/// A fault on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    fault: Fault,
    status: StatusCode,
}

/// Goes along with an error response for the log line and the incident id; never to the client.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) fault: Fault,
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
        ProblemBody::of(&self.fault, self.status)
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
        porch::problem::headers(&self.fault, self.status, response.headers_mut());
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
