//! `POST /subject/erase`: the right to be forgotten.

use crate::{Answer, Ask, Problem, check, openapi::Tagged, route::Endpoint};
use app::{act, customer::EraseSubject};
use axum::routing::post;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

/// Whose data to erase.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct EraseSubjectBody {
    /// The DID that the credentials are about.
    pub subject_did: String,
}

/// What was erased.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasedSubject {
    /// The DID of the request; it is kept nowhere.
    pub subject_did: String,
    /// Always true.
    pub erased: bool,
}

#[derive(OpenApi)]
#[openapi(paths(erase))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::post("/subject/erase", &act::SUBJECT_ERASE, post(erase))]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Subjects", api: Docs::openapi() }
}

/// Makes the credentials that the caller issued about a subject unreadable here, for good, together with the answers kept for
/// repeats. Their ids, times and statuses stay, and can still be changed; copies of others, and what is on the ledger, stay.
#[utoipa::path(post, path = "/subject/erase",
    request_body(content((EraseSubjectBody = "application/json"), (EraseSubjectBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = ErasedSubject), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn erase(ask: Ask) -> Result<Answer, Problem> {
    const SENTENCE: &str = "subjectDid should be the DID of a subject: did:…";
    let did = check::required("subjectDid", ask.input.text("subjectDid", SENTENCE)?, SENTENCE)?;
    ask.done(EraseSubject(did.to_owned())).await?;
    Answer::ok(&ErasedSubject { subject_did: did.to_owned(), erased: true })
}
