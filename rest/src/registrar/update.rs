//! `POST /1.0/update`.

use super::{
    Registration,
    answer::{DidRegistration, Shape},
    named_did, on, options, without_version,
};
use crate::{
    Answer, Ask, Input, Problem,
    input::{invalid, without_nulls},
    schema::AnyObject,
};
use app::{
    Fault, act,
    did::{GivenDocument, UpdateDid},
    job::JobAct,
};
use domain::id::Did;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The one operation on documents that is carried out.
const SET: &str = "setDidDocument";
const DOCUMENT: &str = "didDocument";
const OPERATION: &str = "didDocumentOperation";

/// A new document of a DID, or with `jobId` the signatures for it.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RegisterUpdateBody {
    /// The registration that goes on; none begins one.
    pub job_id: Option<String>,
    /// The DID.
    pub did: Option<String>,
    /// `["setDidDocument"]`, which is meant without it too.
    pub did_document_operation: Option<Vec<String>>,
    /// The whole new document, as the only one in the list. Its `id` may be left out.
    #[schema(value_type = Option<Vec<AnyObject>>)]
    pub did_document: Option<Vec<Value>>,
    /// `network`, which must be the DID's. Others are not read, but for `versionId`, which is refused.
    #[schema(value_type = Option<AnyObject>)]
    pub options: Option<Value>,
    /// `signingResponse`: signatures by the names of `signingRequest`, or a list of them, each `{kid, signature}`.
    #[schema(value_type = Option<AnyObject>)]
    pub secret: Option<Value>,
}

/// Replaces the document of a DID whose keys the caller holds: first 200 with what is to be signed, then 201 with the document.
#[utoipa::path(post, path = "/1.0/update",
    params(("method" = Option<String>, Query, description = "`cheqd`.")),
    request_body = RegisterUpdateBody,
    responses((status = 200, body = DidRegistration), (status = 201, body = DidRegistration),
        (status = 202, body = DidRegistration)))]
pub(crate) async fn update(ask: Ask) -> Result<Answer, Problem> {
    let registration = Registration { ask: &ask, shape: Shape::Did, act: &act::DID_UPDATE };
    registration.run(async { Ok(parse(&named_did(&ask)?, &ask.input)?) }).await
}

fn parse(did: &Did, input: &Input) -> Result<JobAct, Fault> {
    let options = options(input)?;
    without_version(&options)?;
    on(did.network(), &options)?;
    sets(input)?;
    let document = whole(did, the_document(input)?)?;
    GivenDocument::for_update(&document).map(|given| JobAct::DidUpdate(UpdateDid::Document(given)))
}

/// Fault `request/invalid` unless the document is to be set.
fn sets(input: &Input) -> Result<(), Fault> {
    const SENTENCE: &str =
        "didDocumentOperation should be [\"setDidDocument\"]: only whole documents are set here";
    match input.array(OPERATION, SENTENCE)? {
        None => Ok(()),
        Some(operations) if operations == [SET] => Ok(()),
        Some(_) => Err(invalid(OPERATION, SENTENCE)),
    }
}

/// The only document of the list.
fn the_document(input: &Input) -> Result<Map<String, Value>, Fault> {
    const SENTENCE: &str = "didDocument should be an array of exactly one DID document";
    match input.array(DOCUMENT, SENTENCE)?.map(Vec::into_iter).map(|mut items| (items.next(), items.next())) {
        Some((Some(Value::Object(document)), None)) => match without_nulls(Value::Object(document)) {
            Value::Object(document) => Ok(document),
            _ => Err(invalid(DOCUMENT, SENTENCE)),
        },
        _ => Err(invalid(DOCUMENT, SENTENCE)),
    }
}

/// With its `id`, and without what the ledger says beside a document.
fn whole(did: &Did, mut document: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    document.remove("versionId");
    let id = document.entry("id").or_insert_with(|| Value::from(did.as_str()));
    if id.as_str() != Some(did.as_str()) {
        return Err(invalid(DOCUMENT, format!("didDocument should be one of {did}, which did names")));
    }
    Ok(document)
}
