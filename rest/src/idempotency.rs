//! `Idempotency-Key`: one effect and one answer for a repeated write.
//!
//! The commands behind a keyed request get ids derived from customer, key and request, so a repeat that runs again after a
//! crash is the same commands again. The saved answer is sealed: it may hold a credential.

use crate::{Problem, answer::Kept};
use app::{
    Call, Fault, FaultKind, Studio,
    port::replies::{Begun, REPLIES_SUBJECT, Reply},
};
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use domain::id::{CustomerId, derived_uuid};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The request header.
pub const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";
/// Tells a replayed answer from a first one.
pub const REPLAYED_HEADER: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Longest key.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// Largest answer that is kept.
const REPLY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The key, if the caller sent one; fault `idempotency/key-invalid`.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY_HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let invalid = || {
        Fault::invalid(
            "idempotency/key-invalid",
            format!(
                "Idempotency-Key must be one text of 1 to {IDEMPOTENCY_KEY_CHARS_MAX} printable ASCII characters."
            ),
        )
    };
    let key = value.to_str().map_err(|_| invalid())?.trim();
    if key.is_empty() || key.len() > IDEMPOTENCY_KEY_CHARS_MAX || values.next().is_some() {
        return Err(invalid().into());
    }
    Ok(Some(key.to_owned()))
}

/// Lower-case hex SHA-256 of what was asked.
pub(crate) fn hash(method: &Method, uri: &Uri, body: &[u8]) -> String {
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    let mut hash = Sha256::new();
    for part in [method.as_str().as_bytes(), target.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// The command id of a keyed request. The request is part of it, so that a key that was let go and used for something else
/// can never be taken for the first request.
pub(crate) fn command_id(customer: CustomerId, key: &str, hash: &str) -> Uuid {
    derived_uuid("idempotent-request", &[&customer.to_string(), key, hash])
}

/// Runs the request, or answers what it answered before.
pub(crate) async fn once(
    studio: &Studio,
    call: &Call,
    key: &str,
    hash: &str,
    run: impl Future<Output = Response>,
) -> Response {
    match begin(studio, call, key, hash).await {
        Ok(Some(replayed)) => replayed,
        Ok(None) => keep(studio, call, key, run.await).await,
        Err(problem) => problem.into_response(),
    }
}

async fn begin(studio: &Studio, call: &Call, key: &str, hash: &str) -> Result<Option<Response>, Problem> {
    match studio.replies.begin(call.customer, key, hash, call.at).await? {
        Begun::Go => Ok(None),
        Begun::Answered(reply) => replay(studio, call, reply).await.map(Some),
        Begun::InFlight => Err(Fault::new(
            FaultKind::Conflict,
            "idempotency/in-flight",
            "A request with this Idempotency-Key is still running; ask again in a moment.",
        )
        .into()),
        Begun::Mismatch => Err(Fault::new(
            FaultKind::Unprocessable,
            "idempotency/key-reused",
            "This Idempotency-Key was used for another request.",
        )
        .into()),
    }
}

async fn replay(studio: &Studio, call: &Call, reply: Reply) -> Result<Response, Problem> {
    let erased =
        || Fault::new(FaultKind::Conflict, "idempotency/answer-erased", "The saved answer was erased.");
    let body = studio.vault.open(call.customer, &reply.body).await?.ok_or_else(erased)?;
    let status = StatusCode::from_u16(reply.status).map_err(Fault::bug)?;
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    response.headers_mut().insert(REPLAYED_HEADER, HeaderValue::from_static("true"));
    if let Some(location) = reply.location.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// What becomes of a key once its request is answered.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// The answer is final.
    Save,
    /// A repeat may do better: nothing happened, or what was begun goes on under the same ids.
    Release,
}

/// Successes are final, and so is the ledger's refusal of a write that was made. Our own refusals changed nothing, so a
/// corrected request may use the key; and what failed on the way may be repeated, because the repeat is the same commands.
fn fate(status: StatusCode, body: &Value) -> Fate {
    let refused_by_ledger = status == StatusCode::UNPROCESSABLE_ENTITY && body.get("operationId").is_some();
    let cancelled = status == StatusCode::CONFLICT && body.get("operationId").is_some();
    if status.is_success() || refused_by_ledger || cancelled { Fate::Save } else { Fate::Release }
}

async fn keep(studio: &Studio, call: &Call, key: &str, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = match to_bytes(body, REPLY_BYTES_MAX).await {
        Ok(bytes) => bytes,
        Err(why) => {
            return Problem::from(Fault::bug(format!("an answer could not be kept: {why}"))).into_response();
        }
    };
    let value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let kept = match fate(parts.status, &value) {
        Fate::Save => {
            let location = parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
            let kept = parts.extensions.get::<Kept>().map(|Kept(kept)| kept.to_string().into_bytes());
            let body = kept.as_deref().unwrap_or(&bytes);
            save(studio, call, key, parts.status, body, location.map(str::to_owned)).await
        }
        Fate::Release => studio.replies.release(call.customer, key).await,
    };
    if let Err(fault) = kept {
        // The effect stands, so its answer goes out; a repeat runs the same commands, which change nothing more.
        tracing::warn!(
            code = fault.code,
            detail = fault.private.as_deref(),
            "an idempotency key could not be settled"
        );
    }
    Response::from_parts(parts, Body::from(bytes))
}

async fn save(
    studio: &Studio,
    call: &Call,
    key: &str,
    status: StatusCode,
    body: &[u8],
    location: Option<String>,
) -> Result<(), Fault> {
    let body = studio.vault.seal(call.customer, REPLIES_SUBJECT, body).await?;
    studio.replies.finish(call.customer, key, &Reply { status: status.as_u16(), body, location }).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn headers(keys: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for key in keys {
            headers.append(IDEMPOTENCY_KEY_HEADER, HeaderValue::from_str(key).unwrap());
        }
        headers
    }

    #[test]
    fn a_key_is_one_short_text() {
        assert_eq!(key_of(&headers(&[])).unwrap(), None);
        assert_eq!(key_of(&headers(&[" a "])).unwrap(), Some("a".to_owned()));
        for bad in [vec![""], vec!["a", "b"], vec!["x".repeat(256).leak() as &str]] {
            assert_eq!(key_of(&headers(&bad)).unwrap_err().fault().code, "idempotency/key-invalid");
        }
    }

    #[test]
    fn method_target_and_body_all_make_another_request() {
        let at = |method, uri: &'static str, body| hash(&method, &Uri::from_static(uri), body);
        let base = at(Method::POST, "/did/create", b"{}");
        assert_eq!(base, at(Method::POST, "/did/create", b"{}"));
        assert_ne!(base, at(Method::PUT, "/did/create", b"{}"));
        assert_ne!(base, at(Method::POST, "/did/create?maxFee=1", b"{}"));
        assert_ne!(base, at(Method::POST, "/did/create", b"{ }"));
        assert_ne!(at(Method::POST, "/ab", b"c"), at(Method::POST, "/a", b"bc"));
    }

    #[test]
    fn only_final_answers_are_kept() {
        let operation = json!({"operationId": "x"});
        let table = [
            (200, json!({}), Fate::Save),
            (202, operation.clone(), Fate::Save),
            (400, json!({}), Fate::Release),
            (402, operation.clone(), Fate::Release),
            (409, json!({}), Fate::Release),
            (409, operation.clone(), Fate::Save),
            (422, operation, Fate::Save),
            (422, json!({}), Fate::Release),
            (500, json!({}), Fate::Release),
            (503, json!({}), Fate::Release),
        ];
        for (status, body, expected) in table {
            assert_eq!(fate(StatusCode::from_u16(status).unwrap(), &body), expected, "{status} {body}");
        }
    }
}
