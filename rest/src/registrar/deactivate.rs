//! `POST /1.0/deactivate`.

use super::{
    Registration,
    answer::{DidRegistration, Shape},
    named_did, on, options, without_version,
};
use crate::{Answer, Ask, Input, Problem, schema::AnyObject};
use app::{Fault, act, did::DeactivateDid, job::JobAct};
use domain::id::Did;
use serde_json::Value;
use utoipa::ToSchema;

/// A DID to end, or with `jobId` the signatures for that.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RegisterEndBody {
    /// The registration that goes on; none begins one.
    pub job_id: Option<String>,
    /// The DID.
    pub did: Option<String>,
    /// `network`, which must be the DID's. Others are not read, but for `versionId`, which is refused.
    #[schema(value_type = Option<AnyObject>)]
    pub options: Option<Value>,
    /// `signingResponse`: signatures by the names of `signingRequest`, or a list of them, each `{kid, signature}`.
    #[schema(value_type = Option<AnyObject>)]
    pub secret: Option<Value>,
}

/// Ends a DID whose keys the caller holds, for good: first 200 with what is to be signed, then 201.
#[utoipa::path(post, path = "/1.0/deactivate",
    params(("method" = Option<String>, Query, description = "`cheqd`.")),
    request_body = RegisterEndBody,
    responses((status = 200, body = DidRegistration), (status = 201, body = DidRegistration),
        (status = 202, body = DidRegistration)))]
pub(crate) async fn deactivate(ask: Ask) -> Result<Answer, Problem> {
    let registration = Registration { ask: &ask, shape: Shape::Did, act: &act::DID_DEACTIVATE };
    registration.run(async { Ok(parse(named_did(&ask)?, &ask.input)?) }).await
}

fn parse(did: Did, input: &Input) -> Result<JobAct, Fault> {
    let options = options(input)?;
    without_version(&options)?;
    on(did.network(), &options)?;
    Ok(JobAct::DidDeactivate(DeactivateDid(did)))
}
