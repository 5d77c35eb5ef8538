//! `GET /status-lists/{statusListId}` and `/status-lists`: lists for readers who know nothing of the ledger.

use crate::{
    Answer, Problem, Visit, check,
    front::ExactType,
    input::{Query, invalid},
};
use app::{
    Fault, FaultKind,
    resolve::takes,
    status_list::{self, ServedStatusList},
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use credentials::{status_list::Published, vc};
use domain::id::{Instant, StatusListId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long ago an instant must be for the list of then to be the one for good.
const SETTLED_SECONDS: i64 = 300;
/// How long such a list may be kept.
const SETTLED_AGE_SECONDS: u64 = 86_400;
const JSON: &str = "application/json";
const CREDENTIAL: &str = "application/vc";
const CREDENTIAL_JWT: &str = "application/vc+jwt";

/// Where the lists of an issuer are (draft-ietf-oauth-status-list, section 9.3).
#[derive(Debug, Serialize, ToSchema)]
struct StatusListAggregation {
    /// Their addresses.
    status_lists: Vec<String>,
}

/// The list that an address in a credential or token leads to, as its readers want it and as the ledger holds it. Anybody may ask.
#[utoipa::path(get, path = "/status-lists/{statusListId}",
    params(
        ("statusListId" = String, Path),
        ("time" = Option<i64>, Query, description = "The version of this instant, in seconds since 1970.")),
    responses(
        (status = 200, description = "The list: a TokenStatusList as the token that it is, any other as JSON.",
            content((String = "application/statuslist+jwt"), (String = "application/statuslist+cwt"), (String = "application/vc+jwt"),
                (serde_json::Value = "application/vc"), (serde_json::Value = "application/json"))),
        (status = 304, description = "It is the one that the reader has."),
        (status = 400, body = crate::problem::ProblemBody, description = "The time is none."),
        (status = 404, body = crate::problem::ProblemBody, description = "There is no such list, or was none then."),
        (status = 406, body = crate::problem::ProblemBody, description = "The list has none of the forms asked for.")))]
pub(super) async fn serve(headers: HeaderMap, visit: Visit) -> Result<Response, Problem> {
    let missing = || Fault::not_found("status-list/not-found", "Status list not found");
    let id = Uuid::try_parse(visit.path.get("statusListId")).map_err(|_| missing())?;
    let at = instant(&visit.query)?;
    let studio = &visit.house.studio;
    let found = status_list::serve(studio, StatusListId(id), at).await?.ok_or_else(missing)?;
    let forms = forms(&found.published);
    let chosen = match visit.accept.as_deref() {
        None => forms.first(),
        Some(accept) => forms.iter().find(|form| takes(Some(accept), form)),
    };
    let Some(media_type) = chosen.copied() else {
        let sentence = format!("This status list is {}.", forms.join(" or "));
        return Err(Fault::new(FaultKind::NotAcceptable, "request/not-acceptable", sentence).into());
    };
    let found = match media_type {
        CREDENTIAL => ServedStatusList { data: enveloped(&found)?, ..found },
        _ => found,
    };
    answer(&headers, found, media_type, at, studio.clock.now())
}

/// What a list can be given as, the form that its issuer signed first.
fn forms(published: &Published) -> Vec<&'static str> {
    match (published.token(), published.is_w3c()) {
        (Some(token), _) => vec![token.media_type()],
        (None, true) => vec![CREDENTIAL_JWT, CREDENTIAL],
        (None, false) => vec![JSON],
    }
}

/// A signed list as a credential of the data model 2.0 (its section 4.13): nothing is signed on reading.
fn enveloped(found: &ServedStatusList) -> Result<Vec<u8>, Problem> {
    let token = String::from_utf8(found.data.clone()).map_err(Fault::bug)?;
    let envelope = serde_json::json!({
        "@context": vc::CREDENTIALS_V2,
        "id": format!("data:{CREDENTIAL_JWT},{token}"),
        "type": vc::ENVELOPED_CREDENTIAL,
    });
    Ok(serde_json::to_vec(&envelope).map_err(Fault::bug)?)
}

fn answer(
    asked: &HeaderMap,
    found: ServedStatusList,
    media_type: &'static str,
    at: Option<Instant>,
    now: Instant,
) -> Result<Response, Problem> {
    let tag = format!("\"{}{}\"", found.metadata.checksum, if media_type == CREDENTIAL { "-vc" } else { "" });
    let is_known =
        asked.get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok()).is_some_and(|known| {
            known
                .split(',')
                .map(|tag| tag.trim().trim_start_matches("W/"))
                .any(|known| known == tag || known == "*")
        });
    let kept = cache_control(&found.published, at, now);
    let body = if is_known { Body::empty() } else { Body::from(found.data) };
    let mut response = Response::new(body);
    *response.status_mut() = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let headers = response.headers_mut();
    for (name, value) in [(header::ETAG, tag), (header::CACHE_CONTROL, kept)] {
        headers.insert(name, HeaderValue::from_str(&value).map_err(Fault::bug)?);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::VARY, HeaderValue::from_name(header::ACCEPT));
    response.extensions_mut().insert(ExactType);
    Ok(response)
}

/// As long as the list says that it may be kept, and never beyond its end. What was in force then does not change any more.
fn cache_control(published: &Published, at: Option<Instant>, now: Instant) -> String {
    let ttl = published.ttl_milliseconds().map(|ttl| ttl / 1000);
    let left = published
        .ends()
        .ok()
        .flatten()
        .map(|end| u64::try_from(end.signed_duration_since(now).num_seconds()).unwrap_or_default());
    match kept_seconds(ttl, at, now).map(|seconds| left.map_or(seconds, |left| seconds.min(left))) {
        Some(seconds @ 1..) => format!("public, max-age={seconds}"),
        _ => "no-cache".to_owned(),
    }
}

/// How long an answer may be kept: as long as the list says, or as of an instant for a day, once no block of then can follow.
pub(super) fn kept_seconds(ttl: Option<u64>, at: Option<Instant>, now: Instant) -> Option<u64> {
    match at {
        None => ttl,
        Some(at) if now.signed_duration_since(at).num_seconds() > SETTLED_SECONDS => {
            Some(SETTLED_AGE_SECONDS)
        }
        Some(_) => None,
    }
}

fn instant(query: &Query) -> Result<Option<Instant>, Fault> {
    const SENTENCE: &str = "time: should be a whole number of seconds since 1970";
    let Some(text) = query.text("time") else { return Ok(None) };
    let seconds: i64 = text.parse().map_err(|_| invalid("time", SENTENCE))?;
    let at = Instant::from_timestamp(seconds, 0).ok_or_else(|| invalid("time", SENTENCE))?;
    Ok(Some(at))
}

/// The addresses of the Token Status Lists that an issuer has here. Anybody may ask.
#[utoipa::path(get, path = "/status-lists",
    params(("issuer" = String, Query, description = "The DID of the issuer.")),
    responses((status = 200, body = StatusListAggregation)))]
pub(super) async fn addresses(visit: Visit) -> Result<Answer, Problem> {
    let issuer = visit.query.text("issuer").ok_or_else(|| invalid("issuer", "issuer: required"))?;
    let issuer = check::cheqd_did("issuer", issuer)?;
    let status_lists = status_list::addresses(&visit.house.studio, &issuer).await?;
    Answer::ok(&StatusListAggregation { status_lists })
}
