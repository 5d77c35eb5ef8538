//! `POST /admin/api-key/rotate`.

use super::{ApiKeyView, expires_at, named, only_known, told_once};
use crate::{Answer, Ask, Problem};
use app::customer::RotateApiKey;
use std::time::Duration;
use utoipa::ToSchema;

/// An API key to replace.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct RotateApiKeyBody {
    /// The key to replace: its id, or its secret.
    pub api_key: String,
    /// When the new one stops working, ISO 8601; after the operator's default life without.
    pub expires_at: Option<String>,
    /// For how many seconds the old one goes on; without, it stops at once. At most 30 days.
    pub overlap_seconds: Option<u64>,
}

/// Issues a key with the name of another one, which stops working. The secret is in this answer for the only time.
#[utoipa::path(post, path = "/admin/api-key/rotate",
    request_body(content((RotateApiKeyBody = "application/json"), (RotateApiKeyBody = "application/x-www-form-urlencoded"))),
    responses((status = 201, body = ApiKeyView)))]
pub(crate) async fn rotate(ask: Ask) -> Result<Answer, Problem> {
    only_known(&ask.input, &["apiKey", "expiresAt", "overlapSeconds"])?;
    let old = named(&ask).await?;
    let expires_at = expires_at(&ask.input)?;
    let overlap =
        ask.input.number("overlapSeconds", "overlapSeconds should be a whole number, zero or more")?;
    let overlap = Duration::from_secs(overlap.unwrap_or_default());
    told_once(&ask, ask.done(RotateApiKey { old, expires_at, overlap }).await?).await
}
