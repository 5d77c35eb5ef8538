//! The addresses of cheqd Studio for signing in and out, which are the same things under other names.

use super::sign_in;
use crate::House;
use axum::{
    extract::{Request, State},
    response::Response,
};
use std::sync::Arc;

/// The same as `GET /auth/sign-in`.
#[utoipa::path(method(get, post), path = "/logto/sign-in",
    params(
        ("returnTo" = Option<String>, Query, description = "A path here, where the browser goes then."),
        ("connector" = Option<String>, Query, description = "Which way in the identity provider offers first."),
    ),
    responses((status = 200, description = "The page for e-mail address and password.", content_type = "text/html", body = String),
        (status = 302, description = "On to the identity provider.")))]
pub(super) async fn sign_in(house: State<Arc<House>>, request: Request) -> Response {
    sign_in::page(house, request).await
}

/// The same as `GET /auth/sign-up`.
#[utoipa::path(method(get, post), path = "/logto/sign-up",
    params(
        ("returnTo" = Option<String>, Query, description = "A path here, where the browser goes then."),
        ("connector" = Option<String>, Query, description = "Which way in the identity provider offers first."),
    ),
    responses((status = 200, description = "The page for e-mail address and password.", content_type = "text/html", body = String),
        (status = 302, description = "On to the identity provider.")))]
pub(super) async fn sign_up(house: State<Arc<House>>, request: Request) -> Response {
    sign_in::sign_up(house, request).await
}

/// The same as `GET /auth/callback`.
#[utoipa::path(method(get, post), path = "/logto/sign-in-callback",
    params(
        ("code" = Option<String>, Query), ("state" = Option<String>, Query), ("iss" = Option<String>, Query),
        ("error" = Option<String>, Query),
    ),
    responses((status = 303, description = "Signed in; on to where the browser wanted to be.")))]
pub(super) async fn callback(house: State<Arc<House>>, request: Request) -> Response {
    sign_in::callback(house, request).await
}

/// Signs the browser out, as `POST /auth/sign-out` does. If another page sent it here, it is asked first.
#[utoipa::path(method(get, post), path = "/logto/sign-out",
    responses((status = 200, description = "A page that asks.", content_type = "text/html", body = String),
        (status = 303, description = "Signed out; on to the identity provider, or to the page for signing in.")))]
pub(super) async fn sign_out(house: State<Arc<House>>, request: Request) -> Response {
    sign_in::sign_out_anyhow(house, request).await
}
