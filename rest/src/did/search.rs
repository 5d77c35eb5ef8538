//! `GET /did/search/{did}`.

use super::forward;
use crate::{Problem, Visit};
use axum::response::Response;

/// Resolves a DID or DID URL from the ledger, as `/1.0/identifiers/` does. Anybody may ask.
#[utoipa::path(get, path = "/did/search/{did}",
    params(
        ("did" = String, Path, description = "A DID; a fragment is written `%2523key-1`."),
        ("metadata" = Option<bool>, Query), ("versionId" = Option<String>, Query), ("versionTime" = Option<String>, Query),
        ("transformKeys" = Option<String>, Query), ("service" = Option<String>, Query), ("relativeRef" = Option<String>, Query),
    ),
    responses((status = 200, body = serde_json::Value), (status = 404, body = serde_json::Value, description = "A DID resolution result with `notFound`.")))]
pub(crate) async fn search(visit: Visit) -> Result<Response, Problem> {
    let did = visit.path.get("did").to_owned();
    forward(&visit, &did).await
}
