//! `POST /admin/api-key/create`.

use super::{ApiKeyView, bounds, expires_at, name, not_specified, only_known, told_once};
use crate::{Answer, Ask, Problem};
use app::customer::IssueApiKey;
use utoipa::ToSchema;

/// An API key to issue.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct CreateApiKeyBody {
    /// A name for it, for people.
    pub name: String,
    /// When it stops working, ISO 8601; after the operator's default life without.
    pub expires_at: Option<String>,
    /// What it may do, by scopes; what the caller may, without.
    pub scopes: Option<Vec<String>>,
    /// On which networks, `mainnet` and `testnet`; where the caller may, without.
    pub networks: Option<Vec<String>>,
    /// From which client addresses: single ones, and ranges as `192.0.2.0/24`; from where the caller may, without.
    pub allowed_addresses: Option<Vec<String>>,
}

/// Issues an API key, which may do no more than the caller. Its secret is in this answer for the only time; a repeat under the same `Idempotency-Key` shows the key
/// without it.
#[utoipa::path(post, path = "/admin/api-key/create",
    request_body(content((CreateApiKeyBody = "application/json"), (CreateApiKeyBody = "application/x-www-form-urlencoded"))),
    responses((status = 201, body = ApiKeyView)))]
pub(crate) async fn create(ask: Ask) -> Result<Answer, Problem> {
    only_known(&ask.input, &["name", "expiresAt", "scopes", "networks", "allowedAddresses"])?;
    let name = name(&ask.input)?.ok_or_else(not_specified)?;
    let expires_at = expires_at(&ask.input)?;
    let bounds = bounds(&ask.input)?;
    told_once(&ask, ask.done(IssueApiKey { name, expires_at, bounds }).await?).await
}
