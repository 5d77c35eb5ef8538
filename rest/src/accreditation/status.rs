//! `POST /trust-registry/accreditation/revoke`, `/suspend`, `/reinstate`.

use super::locator::Parts;
use crate::{
    Answer, Ask, Input, Problem,
    credential::{StatusAnswer, StatusChangeResult, publish, symmetric_key},
    input::Query,
    job,
    rules::{Rules, passed},
};
use app::{Fault, accreditation::ChangeAccreditationStatus, job::JobAct};
use axum::http::StatusCode;
use domain::accreditation::AccreditationStatusAction;
use serde::Serialize;
use utoipa::ToSchema;

/// The accreditation whose status changes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AccreditationRevokeRequest {
    /// DID URL of the accreditation, or its address at a resolver; by name it means the newest version.
    did_url: Option<String>,
    /// Or its DID …
    did: Option<String>,
    /// … with the resource's id …
    resource_id: Option<String>,
    /// … or its name …
    resource_name: Option<String>,
    /// … and type.
    resource_type: Option<String>,
    /// Has no effect: the lists here are open.
    symmetric_key: Option<String>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `custodian` by default.
    mode: Option<String>,
}

/// Revokes an accreditation for good. Everything that hangs on it fails from then on.
#[utoipa::path(post, path = "/trust-registry/accreditation/revoke",
    params(("publish" = Option<bool>, Query, description = "Show it to verifiers now. On by default.")),
    request_body(content(
        (AccreditationRevokeRequest = "application/json"),
        (AccreditationRevokeRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = StatusChangeResult)))]
pub(super) async fn revoke(ask: Ask) -> Result<Answer, Problem> {
    change(ask, AccreditationStatusAction::Revoke).await
}

/// Suspends an accreditation, and with it everything that hangs on it, until it is reinstated.
#[utoipa::path(post, path = "/trust-registry/accreditation/suspend",
    params(("publish" = Option<bool>, Query, description = "Show it to verifiers now. On by default.")),
    request_body(content(
        (AccreditationRevokeRequest = "application/json"),
        (AccreditationRevokeRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = StatusChangeResult)))]
pub(super) async fn suspend(ask: Ask) -> Result<Answer, Problem> {
    change(ask, AccreditationStatusAction::Suspend).await
}

/// Ends a suspension. A revoked accreditation stays revoked (409).
#[utoipa::path(post, path = "/trust-registry/accreditation/reinstate",
    params(("publish" = Option<bool>, Query, description = "Show it to verifiers now. On by default.")),
    request_body(content(
        (AccreditationRevokeRequest = "application/json"),
        (AccreditationRevokeRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = StatusChangeResult)))]
pub(super) async fn reinstate(ask: Ask) -> Result<Answer, Problem> {
    change(ask, AccreditationStatusAction::Reinstate).await
}

async fn change(ask: Ask, action: AccreditationStatusAction) -> Result<Answer, Problem> {
    let (locator, publish) = parse(&ask.query, &ask.input)?;
    let did_url = locator.settle(&ask.house.studio).await?;
    let input = ChangeAccreditationStatus { did_url, action, publish };
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::AccreditationStatus(input)).await;
    }
    let written = ask.perform(input).await?;
    Answer::written(&ask, StatusCode::OK, written, |changed| {
        StatusAnswer { action, applied: &changed.applied }.to_json()
    })
    .await
}

pub(super) fn parse(query: &Query, input: &Input) -> Result<(super::locator::Locator, bool), Fault> {
    let mut rules = Rules::default();
    let parts = Parts::read(input, &mut rules);
    let sentence = "Invalid Request: Either didUrl or did with resource attributes are required";
    let locator = parts.and_then(|parts| rules.note(parts.locator(sentence)));
    rules.note(symmetric_key(input));
    let publish = rules.note(publish(query));
    passed!(rules: locator, publish);
    Ok((locator, publish))
}
