//! `POST /account/bootstrap`: LogTo's webhook.

use super::visit::{Visit, no_store, problem};
use crate::House;
use app::people;
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use porch::visitors_call;
use serde_json::json;
use std::sync::Arc;

/// What LogTo signs a webhook in.
const SIGNATURE_HEADER: &str = "logto-signature-sha-256";

domain::limits! {
    /// Largest webhook of an identity provider.
    HOOK_BODY_BYTES_MAX: usize = 256 * 1024, "bytes";
}

/// Takes what LogTo tells. The signature is that of the bytes, so nothing reads them before.
pub(super) async fn told(State(house): State<Arc<House>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(&house, &parts.headers, &parts.extensions);
    let taken = async {
        porch::head::is_plain(&parts.headers)?;
        let bytes = porch::body::read(&parts.headers, body, HOOK_BODY_BYTES_MAX).await?;
        let signature = parts.headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
        let _place = visit.place().await?;
        people::bootstrap(&house.studio, &visitors_call(&house.studio), signature, &bytes).await
    };
    match taken.await {
        Ok(done) => {
            let is_whole = done.errors.is_empty();
            let status = if is_whole { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
            no_store((status, Json(json!({"success": is_whole, "status": done}))).into_response())
        }
        Err(fault) => problem(fault),
    }
}
