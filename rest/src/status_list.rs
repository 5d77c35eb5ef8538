//! `/credential-status/*`: status lists created, changed, checked, found and listed.

mod change;
mod check;
mod create;
mod list;
mod request;
mod search;
mod serve;

pub(crate) use request::{list_type, resource_metadata};

use crate::{openapi::Tagged, route::Endpoint};
use app::act;
use axum::routing::{get, post};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(
    create::create,
    change::update,
    check::check,
    search::search,
    list::list,
    list::get,
    serve::serve,
    serve::addresses
))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/credential-status/create/unencrypted",
            &act::STATUS_LIST_CREATE,
            post(create::create),
        ),
        Endpoint::post(
            "/credential-status/update/unencrypted",
            &act::STATUS_LIST_UPDATE,
            post(change::update),
        ),
        Endpoint::post("/credential-status/check", &act::STATUS_LIST_CHECK, post(check::check)),
        Endpoint::public_ledger("/credential-status/search", get(search::search)).strict(),
        Endpoint::get("/credential-status/list", &act::STATUS_LIST_LIST, get(list::list)),
        Endpoint::get("/credential-status/list/{statusListId}", &act::STATUS_LIST_LIST, get(list::get)),
        Endpoint::public_ledger("/status-lists", get(serve::addresses)).strict(),
        Endpoint::public_ledger("/status-lists/{statusListId}", get(serve::serve)).strict(),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Status lists", api: Docs::openapi() }
}

#[cfg(test)]
mod tests;
