//! `POST /did/label/{did}`.

use crate::{Answer, Ask, Problem, check};
use app::did::LabelDid;
use serde::Serialize;
use utoipa::ToSchema;

/// What a DID shall be called here. What is left out stays as it is; an empty text takes it away.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct LabelDidBody {
    /// A name for people.
    pub name: Option<String>,
    /// `organisation`, `agent`, or a short word of your own.
    pub kind: Option<String>,
}

/// What a DID is called here.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DidLabel {
    /// The DID.
    pub did: String,
    /// Its name.
    pub name: Option<String>,
    /// Its kind.
    pub kind: Option<String>,
}

/// Calls a DID something, for whoever reads its lists here. Nothing is written to the ledger: `publishName` among the changes of
/// `/did/update` does that.
#[utoipa::path(post, path = "/did/label/{did}",
    params(("did" = String, Path, description = "The DID.")),
    request_body(content((LabelDidBody = "application/json"), (LabelDidBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = DidLabel), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn label(ask: Ask) -> Result<Answer, Problem> {
    let did = check::cheqd_did("did", ask.path.get("did"))?;
    let name = ask.input.text("name", "name should be a string")?;
    let kind = ask.input.text("kind", "kind should be a string")?;
    let made = ask.done(LabelDid::new(did, name, kind)?).await?;
    Answer::ok(&DidLabel { did: made.did.to_string(), name: made.label.name, kind: made.label.kind })
}
