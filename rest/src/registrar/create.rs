//! `POST /1.0/create`.

use super::{
    Registration,
    answer::{DidRegistration, Shape},
    on, options, without_version,
};
use crate::{Answer, Ask, Input, Problem, check, input::invalid, schema::AnyObject};
use app::{Act as _, Fault, act, did::CreateDid, job::JobAct};
use serde_json::Value;
use utoipa::ToSchema;

/// A new DID, or with `jobId` the signatures for it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RegisterDidBody {
    /// The registration that goes on; none begins one.
    pub job_id: Option<String>,
    /// The whole document, with the caller's keys in its `verificationMethod`.
    #[schema(value_type = Option<AnyObject>)]
    pub did_document: Option<Value>,
    /// `network`, which must be the DID's. Others are not read, but for `versionId`, which is refused.
    #[schema(value_type = Option<AnyObject>)]
    pub options: Option<Value>,
    /// `signingResponse`: signatures by the names of `signingRequest`, or a list of them, each `{kid, signature}`.
    #[schema(value_type = Option<AnyObject>)]
    pub secret: Option<Value>,
}

/// Registers a DID whose keys the caller holds: first 200 with what is to be signed, then 201 with the document.
#[utoipa::path(post, path = "/1.0/create",
    params(("method" = Option<String>, Query, description = "`cheqd`.")),
    request_body = RegisterDidBody,
    responses((status = 200, body = DidRegistration), (status = 201, body = DidRegistration),
        (status = 202, body = DidRegistration)))]
pub(crate) async fn create(ask: Ask) -> Result<Answer, Problem> {
    let registration = Registration { ask: &ask, shape: Shape::Did, act: &act::DID_CREATE };
    registration.run(async { Ok(parse(&ask.input)?) }).await
}

fn parse(input: &Input) -> Result<JobAct, Fault> {
    const NO_METHOD: &str = "Provide a DID Document with at least one valid verification method";
    let options = options(input)?;
    without_version(&options)?;
    let document = input.document("didDocument", "didDocument should be an object")?;
    let document = check::required("didDocument", document, NO_METHOD)?;
    let methods = document.get("verificationMethod").and_then(Value::as_array);
    if methods.is_none_or(Vec::is_empty) {
        return Err(invalid("didDocument", NO_METHOD));
    }
    let request = CreateDid::by_client(&document, None, None)?;
    if let Some(network) = request.network() {
        on(network, &options)?;
    }
    Ok(JobAct::DidCreate(request))
}
