//! `/resource/*`.

mod create;
pub(crate) mod list;
mod search;
mod templates;
mod versions;

pub use create::{CreateResourceBody, CreatedResource, ResourceView};
pub use list::{ResourceEntry, ResourceList};
pub use templates::{ResourceTemplate, ResourceTemplates};
pub use versions::{ResourceVersion, ResourceVersions, VersionUrls};

use crate::{openapi::Tagged, route::Endpoint, schema::AlternativeAddress};
use app::act;
use axum::routing::{get, post};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(create::create, search::search, list::list, versions::versions, templates::templates))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/resource/create/{did}", &act::RESOURCE_CREATE, post(create::create)),
        Endpoint::public_ledger("/resource/search/{did}", get(search::search)),
        Endpoint::get("/resource/list", &act::RESOURCE_LIST, get(list::list)),
        Endpoint::get("/resource/versions/{did}", &act::RESOURCE_READ, get(versions::versions)),
        Endpoint::get("/resource/templates", &act::RESOURCE_LIST, get(templates::templates)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "DID-Linked Resources (DLRs)", api: Docs::openapi() }
}

/// Other addresses of a resource, as the ledger has them.
fn alternatives(pairs: Vec<(String, String)>) -> Vec<AlternativeAddress> {
    let shown = |(uri, description): (String, String)| AlternativeAddress {
        uri,
        description: Some(description).filter(|text| !text.is_empty()),
    };
    pairs.into_iter().map(shown).collect()
}
