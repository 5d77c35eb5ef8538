//! `POST /auth/backchannel-logout`: the identity provider tells that it signed somebody out (OpenID Connect Back-Channel Logout 1.0).

use super::{
    contract::LogoutTokenBody,
    fields::Fields,
    visit::{Visit, no_store, problem},
};
use crate::House;
use app::{Fault, people};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use std::sync::Arc;

const TOKEN: &str = "logout_token";

/// Where the identity provider tells whom it signed out (OpenID Connect Back-Channel Logout 1.0). The token proves it.
#[utoipa::path(post, path = "/auth/backchannel-logout",
    request_body(content = LogoutTokenBody, content_type = "application/x-www-form-urlencoded",
        example = json!({"logout_token": "eyJhbGciOiJFUzM4NCIsInR5cCI6ImxvZ291dCtqd3QifQ.e30.c2lnbmF0dXJl"})),
    responses((status = 200, description = "Whom the token names is signed out.")))]
pub(super) async fn signed_out(State(house): State<Arc<House>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(&house, &parts.headers, &parts.extensions);
    let ended = async {
        let fields = Fields::read(&visit.headers, body).await?;
        let token =
            fields.given(TOKEN).ok_or_else(|| Fault::about(TOKEN, format!("{TOKEN} is required.")))?;
        let _place = visit.place().await?;
        people::sign_out_at_provider(&house.studio, token).await
    };
    match ended.await {
        Ok(_) => no_store(StatusCode::OK.into_response()),
        Err(fault) => problem(fault),
    }
}
