//! `POST /admin/api-key/update`.

use super::{ApiKeyView, expires_at, name, named, only_known, view};
use crate::{Answer, Ask, Problem, input::invalid};
use app::customer::{ChangeApiKey, RevokeApiKey};
use utoipa::ToSchema;

/// What to change of an API key.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct UpdateApiKeyBody {
    /// The key: its id, or its secret.
    pub api_key: String,
    /// Its new name.
    pub name: Option<String>,
    /// When it stops working, ISO 8601.
    pub expires_at: Option<String>,
    /// `true` revokes it, for good; `false` changes nothing.
    pub revoked: Option<bool>,
}

/// Changes the name or the end of a working API key, or revokes it.
#[utoipa::path(post, path = "/admin/api-key/update",
    request_body(content((UpdateApiKeyBody = "application/json"), (UpdateApiKeyBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = ApiKeyView)))]
pub(crate) async fn change(ask: Ask) -> Result<Answer, Problem> {
    only_known(&ask.input, &["apiKey", "name", "expiresAt", "revoked"])?;
    let (name, ends) = (name(&ask.input)?, expires_at(&ask.input)?);
    let revoked = ask.input.flag("revoked", "Invalid boolean value")?;
    let is_revoked = revoked == Some(true);
    if is_revoked && (name.is_some() || ends.is_some()) {
        return Err(invalid("revoked", "A key that is revoked takes no other change").into());
    }
    let key = named(&ask).await?;
    if is_revoked {
        ask.done(RevokeApiKey(key)).await?;
    } else {
        ask.done(ChangeApiKey { key, name, expires_at: ends }).await?;
    }
    Answer::ok(&view(&ask, key).await?)
}
