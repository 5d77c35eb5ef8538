//! `DELETE /key/{kid}`.

use crate::{Answer, Ask, Problem, check};
use app::key::DeleteKey;
use serde::Serialize;
use utoipa::ToSchema;

/// A key that is no more.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedKeyView {
    /// Its id.
    pub kid: String,
    /// Always `true`.
    pub deleted: bool,
}

/// Destroys an identity key for good, private half and all. One that stands in the document of a DID that is not deactivated, or
/// pays fees, stays.
#[utoipa::path(delete, path = "/key/{kid}",
    params(("kid" = String, Path, description = "The key's id, hexadecimal.")),
    responses((status = 200, body = DeletedKeyView), (status = 404, body = crate::problem::ProblemBody),
        (status = 409, body = crate::problem::ProblemBody)))]
pub(crate) async fn delete(ask: Ask) -> Result<Answer, Problem> {
    let kid = check::kid(ask.path.get("kid"))?;
    let kid = ask.done(DeleteKey { kid }).await?;
    Answer::ok(&DeletedKeyView { kid: kid.0, deleted: true })
}
