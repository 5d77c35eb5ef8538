//! What a request is told that failed: the status of a kind of fault, the body, and the headers beside it.

use app::{Fault, FaultKind};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How soon to try again when the ledger, the database or a place in the queue is missing.
pub const RETRY_AFTER_SECONDS: u32 = 5;

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

impl ProblemBody {
    /// Of a fault that answers this status.
    pub fn of(fault: &Fault, status: StatusCode) -> Self {
        Self {
            error: fault.public.clone(),
            code: fault.code.to_owned(),
            kind: format!("urn:studio:error:{}", fault.code.replace('/', ":")),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: fault.public.clone(),
            members: fault.members.clone(),
        }
    }
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
        FaultKind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        FaultKind::TooSlow => StatusCode::REQUEST_TIMEOUT,
        FaultKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FaultKind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What stands in the head of such an answer: when to come again, and which codings of a body would do (RFC 9110, 15.5.16).
pub fn headers(fault: &Fault, status: StatusCode, headers: &mut HeaderMap) {
    let comes_again = matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
    if comes_again || fault.code == "idempotency/in-flight" {
        let known = fault.members.get("retryAfterSeconds").and_then(Value::as_i64);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(known.unwrap_or(RETRY_AFTER_SECONDS.into())));
    }
    if fault.code == "request/encoding-unsupported" {
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
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
            (FaultKind::NotAcceptable, 406),
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
}
