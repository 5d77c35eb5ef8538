//! `/credential/*` and `/credentials/*`: credentials issued, verified, revoked, and their history.

mod issue;
mod issued;
pub(crate) mod known;
mod request;
mod status;
mod verdict;
mod verify;

pub(crate) use issue::{Credential, CredentialStatusRequest};
pub(crate) use issued::LIMITS as ISSUED_LIMITS;
pub(crate) use request::{
    attributes, expiration_date, given_credential, reserved, securing, securing_of_accreditation,
    status_request, string_list, structured,
};
pub(crate) use status::{StatusAnswer, StatusChangeResult, publish, symmetric_key};
pub(crate) use verdict::{
    CheckView, HopView, StatusView, chain_members, document_members, policies_echo, shown,
};
pub(crate) use verify::{PoliciesRequest, trusted_roots, verify_options};

use crate::{openapi::Tagged, route::Endpoint};
use app::act;
use axum::routing::{get, post};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(
    issue::issue,
    issue::create,
    verify::verify,
    status::revoke,
    status::suspend,
    status::reinstate,
    issued::list,
    issued::get
))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/credential/issue", &act::CREDENTIAL_ISSUE, post(issue::issue)),
        Endpoint::post("/credential/create", &act::CREDENTIAL_ISSUE, post(issue::create)),
        Endpoint::post("/credential/verify", &act::CREDENTIAL_VERIFY, post(verify::verify)),
        Endpoint::post("/credential/revoke", &act::CREDENTIAL_REVOKE, post(status::revoke)),
        Endpoint::post("/credential/suspend", &act::CREDENTIAL_SUSPEND, post(status::suspend)),
        Endpoint::post("/credential/reinstate", &act::CREDENTIAL_REINSTATE, post(status::reinstate)),
        Endpoint::get("/credentials/issued", &act::CREDENTIAL_LIST, get(issued::list)),
        Endpoint::get("/credentials/issued/{id}", &act::CREDENTIAL_LIST, get(issued::get)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Credentials", api: Docs::openapi() }
}

#[cfg(test)]
mod tests;
