//! `POST /did/deactivate`, the DID in the path or the body.

use super::{Resolution, owns_public_keys};
use crate::{Answer, Ask, Problem, check, input::invalid, job};
use app::{did::DeactivateDid, job::JobAct};
use axum::http::StatusCode;
use utoipa::ToSchema;

/// A DID to end; where the path names it, the body is optional and must not name another.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct DeactivateDidBody {
    /// The DID.
    pub did: Option<String>,
    /// Keys that must be the caller's; they do not choose who signs.
    pub public_key_hexs: Option<Vec<String>>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `custodian` by default.
    pub mode: Option<String>,
}

/// Ends a DID for good.
#[utoipa::path(post, path = "/did/deactivate/{did}",
    params(("did" = String, Path, description = "The DID.")),
    request_body(content(
        (Option<DeactivateDidBody> = "application/json"),
        (Option<DeactivateDidBody> = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = Resolution), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn deactivate(ask: Ask) -> Result<Answer, Problem> {
    run(ask).await
}

/// Ends the DID named in the body (`did`) for good.
#[utoipa::path(post, path = "/did/deactivate",
    request_body(content((DeactivateDidBody = "application/json"), (DeactivateDidBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = Resolution), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn deactivate_named(ask: Ask) -> Result<Answer, Problem> {
    run(ask).await
}

async fn run(ask: Ask) -> Result<Answer, Problem> {
    let in_path = Some(ask.path.get("did")).filter(|did| !did.is_empty());
    let in_body = ask.input.text("did", "DID should be a string")?;
    let text = check::required("did", in_path.or(in_body), "did is required")?;
    let did = check::cheqd_did("did", text)?;
    if let Some(other) =
        in_body.map(|text| check::cheqd_did("did", text)).transpose()?.filter(|other| *other != did)
    {
        return Err(invalid("did", format!("The path names {did} and the body names {other}")).into());
    }
    owns_public_keys(&ask).await?;
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::DidDeactivate(DeactivateDid(did))).await;
    }
    let written = ask.perform(DeactivateDid(did)).await?;
    Answer::written(&ask, StatusCode::OK, written, Resolution::from).await
}
