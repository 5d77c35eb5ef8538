//! `DELETE` and `POST /admin/api-key/revoke`: cheqd Studio routes the one and documents the other.

use super::{ApiKeyView, named, view};
use crate::{Answer, Ask, Problem};
use app::customer::RevokeApiKey;
use utoipa::ToSchema;

/// An API key to revoke.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RevokeApiKeyBody {
    /// The key: its id, or its secret.
    pub api_key: String,
}

/// Stops an API key at once, and for good; also the one that the request came with.
#[utoipa::path(delete, path = "/admin/api-key/revoke",
    request_body(content((RevokeApiKeyBody = "application/json"), (RevokeApiKeyBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = ApiKeyView)))]
pub(crate) async fn revoke(ask: Ask) -> Result<Answer, Problem> {
    run(ask).await
}

/// The same as `DELETE`.
#[utoipa::path(post, path = "/admin/api-key/revoke",
    request_body(content((RevokeApiKeyBody = "application/json"), (RevokeApiKeyBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = ApiKeyView)))]
pub(crate) async fn revoke_by_post(ask: Ask) -> Result<Answer, Problem> {
    run(ask).await
}

async fn run(ask: Ask) -> Result<Answer, Problem> {
    let key = named(&ask).await?;
    ask.done(RevokeApiKey(key)).await?;
    Answer::ok(&view(&ask, key).await?)
}
