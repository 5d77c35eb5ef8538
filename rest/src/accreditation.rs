//! `/trust-registry/accreditation/*`: accreditations issued, verified, revoked and listed.

mod issue;
mod list;
mod locator;
mod request;
mod status;
mod verify;

use crate::{
    openapi::Tagged,
    route::{Endpoint, Kind},
};
use axum::routing::{get, post};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(
    issue::issue,
    verify::verify,
    status::revoke,
    status::suspend,
    status::reinstate,
    list::list
))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/trust-registry/accreditation/issue", Kind::LedgerWrite, post(issue::issue)),
        Endpoint::post("/trust-registry/accreditation/verify", Kind::Read, post(verify::verify)),
        Endpoint::post("/trust-registry/accreditation/revoke", Kind::LedgerWrite, post(status::revoke)),
        Endpoint::post("/trust-registry/accreditation/suspend", Kind::LedgerWrite, post(status::suspend)),
        Endpoint::post("/trust-registry/accreditation/reinstate", Kind::LedgerWrite, post(status::reinstate)),
        Endpoint::get("/trust-registry/accreditation/list", get(list::list)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Trust registry", api: Docs::openapi() }
}

#[cfg(test)]
mod tests;
