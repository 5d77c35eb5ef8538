//! `POST /account/bootstrap`: LogTo's webhook.

use super::{
    contract::BootstrapView,
    visit::{Visit, no_store, problem},
};
use crate::{House, schema::AnyObject};
use app::people;
use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use porch::visitors_call;
use std::sync::Arc;

/// What LogTo signs a webhook in.
const SIGNATURE_HEADER: &str = "logto-signature-sha-256";

domain::limits! {
    /// Largest webhook of an identity provider.
    HOOK_BODY_BYTES_MAX: usize = 256 * 1024, "bytes";
}

/// LogTo's webhook: makes the account of a user who registered or signed in there, as their first visit would.
#[utoipa::path(post, path = "/account/bootstrap",
    params(("logto-signature-sha-256" = Option<String>, Header, description = "HMAC-SHA256 of the body, in hex.")),
    request_body(content = AnyObject, content_type = "application/json", example = json!({
        "event": "PostRegister", "createdAt": "2026-01-15T09:00:00.000Z",
        "user": {"id": "8bc5hs5anpk8", "primaryEmail": "ada@example.org", "name": "Ada", "isSuspended": false}})),
    responses(
        (status = 200, body = BootstrapView, example = json!({"success": true, "status": {
            "customerInitialized": true, "mainnetAccountProvisioned": true, "testnetAccountProvisioned": true,
            "customDataUpdated": true, "testnetMinimumBalance": false, "stripeAccountCreated": false, "errors": []}})),
        (status = 500, description = "The identity provider did not take all of it, or our mistake.",
            body = AnyObject)))]
pub(super) async fn told(State(house): State<Arc<House>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(&house, &parts.headers, &parts.extensions);
    let taken = async {
        // The signature is that of the bytes, so nothing reads them before.
        porch::head::is_plain(&parts.headers)?;
        let bytes = porch::body::read(&parts.headers, body, HOOK_BODY_BYTES_MAX).await?;
        let signature = parts.headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
        let _place = visit.place().await?;
        people::bootstrap(&house.studio, &visitors_call(&house.studio), signature, &bytes).await
    };
    match taken.await {
        Ok(done) => {
            let view = BootstrapView::from(done);
            let status = if view.success { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
            no_store((status, Json(view)).into_response())
        }
        Err(fault) => problem(fault),
    }
}
