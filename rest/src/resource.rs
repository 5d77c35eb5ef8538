//! `/resource/*`.

mod create;
mod list;
mod search;

pub use create::{CreateResourceBody, CreatedResource, ResourceView};
pub use list::{ResourceEntry, ResourceList};

use crate::{openapi::Tagged, route::Endpoint};
use app::act;
use axum::routing::{get, post};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(create::create, search::search, list::list))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/resource/create/{did}", &act::RESOURCE_CREATE, post(create::create)),
        Endpoint::public_ledger("/resource/search/{did}", get(search::search)),
        Endpoint::get("/resource/list", &act::RESOURCE_LIST, get(list::list)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "DID-Linked Resources (DLRs)", api: Docs::openapi() }
}
