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
    did::{GivenDocument, GivenParts, Parts, UpdateDid},
    job::JobAct,
};
use domain::id::Did;
use serde_json::{Map, Value};
use utoipa::ToSchema;

const SET: &str = "setDidDocument";
const ADD: &str = "addToDidDocument";
const REMOVE: &str = "removeFromDidDocument";
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
    /// What to do with each of `didDocument`, in their order: `addToDidDocument`, `removeFromDidDocument`, or, first of all,
    /// `setDidDocument`, which is meant without it too.
    pub did_document_operation: Option<Vec<String>>,
    /// The whole new document, or parts of it: what comes in, or what goes, by its id. `id` may be left out.
    #[schema(value_type = Option<Vec<AnyObject>>)]
    pub did_document: Option<Vec<Value>>,
    /// `network`, which must be the DID's. Others are not read, but for `versionId`, which is refused.
    #[schema(value_type = Option<AnyObject>)]
    pub options: Option<Value>,
    /// `signingResponse`: signatures by the names of `signingRequest`, or a list of them, each `{kid, signature}`.
    #[schema(value_type = Option<AnyObject>)]
    pub secret: Option<Value>,
}

/// Changes the document of a DID whose keys the caller holds: first 200 with what is to be signed, then 201 with the document.
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
    let documents = documents(input)?;
    let operations = operations(input, documents.len())?;
    let mut steps = operations.into_iter().zip(documents).peekable();
    let whole = match steps.next_if(|(operation, _)| *operation == Operation::Set) {
        Some((_, document)) => Some(GivenDocument::for_update(&whole(did, document)?)?),
        None => None,
    };
    let mut parts = Vec::new();
    for (operation, document) in steps {
        let part = sections(did, document)?;
        parts.push(match operation {
            Operation::Set => {
                let sentence =
                    "setDidDocument replaces everything: it should be the first of didDocumentOperation";
                return Err(invalid(OPERATION, sentence));
            }
            Operation::Add => Parts::Add(part),
            Operation::Remove => Parts::Remove(part),
        });
    }
    Ok(JobAct::DidUpdate(match whole {
        Some(document) if parts.is_empty() => UpdateDid::Document(document),
        whole => UpdateDid::Parts(GivenParts::new(did.clone(), whole, parts)?),
    }))
}

/// What to do with a document of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Set,
    Add,
    Remove,
}

/// One for each document; a single document is set without being told.
fn operations(input: &Input, documents: usize) -> Result<Vec<Operation>, Fault> {
    const SENTENCE: &str = "didDocumentOperation should be an array of setDidDocument, addToDidDocument and removeFromDidDocument";
    let operations = match input.array(OPERATION, SENTENCE)? {
        None => vec![Operation::Set],
        Some(names) => {
            names.iter().map(named).collect::<Option<_>>().ok_or_else(|| invalid(OPERATION, SENTENCE))?
        }
    };
    if operations.len() == documents {
        return Ok(operations);
    }
    let sentence = format!(
        "didDocument and didDocumentOperation should have as many entries: {documents} and {} came",
        operations.len()
    );
    Err(invalid(DOCUMENT, sentence))
}

fn named(name: &Value) -> Option<Operation> {
    match name.as_str()? {
        SET => Some(Operation::Set),
        ADD => Some(Operation::Add),
        REMOVE => Some(Operation::Remove),
        _ => None,
    }
}

/// The documents of the list: at least one.
fn documents(input: &Input) -> Result<Vec<Map<String, Value>>, Fault> {
    const SENTENCE: &str = "didDocument should be an array of DID documents: exactly one, unless didDocumentOperation says what to do with each";
    let wrong = || invalid(DOCUMENT, SENTENCE);
    let items = input.array(DOCUMENT, SENTENCE)?.filter(|items| !items.is_empty()).ok_or_else(wrong)?;
    let document = |item: Value| match without_nulls(item) {
        Value::Object(document) => Ok(document),
        _ => Err(wrong()),
    };
    items.into_iter().map(document).collect()
}

/// The sections of a document that names parts of one.
fn sections(did: &Did, document: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let mut sections = whole(did, document)?;
    sections.remove("id");
    Ok(sections)
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
