//! `GET /account/idtoken`.

use crate::{Answer, Ask, Problem};
use app::people;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// The ID token of a session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdToken {
    /// As the identity provider issued it.
    pub id_token: String,
}

/// The ID token that the identity provider issued when this browser signed in. An API key, and whoever signed in with a
/// password, has none.
#[utoipa::path(get, path = "/account/idtoken", responses((status = 200, body = IdToken)))]
pub(crate) async fn id_token(ask: Ask) -> Result<Answer, Problem> {
    let id_token = people::id_token(&ask.house.studio, &ask.call.who).await?;
    Answer::secret(StatusCode::OK, &IdToken { id_token })
}
