//! `/trust-registry/accreditation/*`: accreditations issued, verified, revoked and listed; `/trust-registry/roots`.

mod issue;
mod list;
mod locator;
mod request;
mod roots;
mod status;
mod verify;

use crate::{
    openapi::Tagged,
    route::{Endpoint, Kind},
};
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
        Endpoint::post("/trust-registry/accreditation/issue", Kind::LedgerWrite, post(issue::issue)),
        Endpoint::post("/trust-registry/accreditation/verify", Kind::LedgerRead, post(verify::verify)),
        Endpoint::post("/trust-registry/accreditation/revoke", Kind::LedgerWrite, post(status::revoke)),
        Endpoint::post("/trust-registry/accreditation/suspend", Kind::LedgerWrite, post(status::suspend)),
        Endpoint::post("/trust-registry/accreditation/reinstate", Kind::LedgerWrite, post(status::reinstate)),
        Endpoint::get("/trust-registry/accreditation/list", get(list::list)),
        Endpoint::get("/trust-registry/roots", get(roots::read)),
        Endpoint::put("/trust-registry/roots", Kind::Write, put(roots::write)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Trust registry", api: Docs::openapi() }
}

#[cfg(test)]
mod tests;
