//! `/trust-registry/accreditation/*`: accreditations issued, verified, revoked and listed; `/trust-registry/roots`.

mod issue;
mod list;
mod locator;
mod request;
mod roots;
mod status;
mod verify;

use crate::{openapi::Tagged, route::Endpoint};
use app::act;
use axum::http::Method;
use axum::routing::{get, post, put};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(
    issue::issue,
    verify::verify,
    status::revoke,
    status::suspend,
    status::reinstate,
    list::list,
    roots::read,
    roots::write
))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/trust-registry/accreditation/issue", &act::ACCREDITATION_ISSUE, post(issue::issue)),
        Endpoint::post(
            "/trust-registry/accreditation/verify",
            &act::ACCREDITATION_VERIFY,
            post(verify::verify),
        ),
        Endpoint::post(
            "/trust-registry/accreditation/revoke",
            &act::ACCREDITATION_REVOKE,
            post(status::revoke),
        ),
        Endpoint::post(
            "/trust-registry/accreditation/suspend",
            &act::ACCREDITATION_SUSPEND,
            post(status::suspend),
        ),
        Endpoint::post(
            "/trust-registry/accreditation/reinstate",
            &act::ACCREDITATION_REINSTATE,
            post(status::reinstate),
        ),
        Endpoint::get("/trust-registry/accreditation/list", &act::ACCREDITATION_LIST, get(list::list)),
        Endpoint::get("/trust-registry/roots", &act::ROOTS_READ, get(roots::read)),
        Endpoint::act(Method::PUT, "/trust-registry/roots", &act::ROOTS_SET, put(roots::write)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Trust registry", api: Docs::openapi() }
}

#[cfg(test)]
mod tests;
