//! `/did/*` and the DID resolver.

mod changes;
mod create;
mod deactivate;
mod export;
mod identifier;
mod import;
mod label;
mod list;
mod resolve;
mod search;
mod update;

pub use changes::{AddKeyBody, DidChangeBody, RotateKeyBody};
pub use create::{CreateDidBody, CreateDidOptions};
pub use deactivate::DeactivateDidBody;
pub use export::{DidExport, ExportDidBody, WalletKey};
pub use identifier::{DidKeyView, Identifier, Resolution};
pub use import::ImportDidBody;
pub use label::{DidLabel, LabelDidBody};
pub use list::{DidEntry, DidList, DidListOrResolution, ServiceEntry, TextOrDidEntry};
pub(crate) use resolve::OPTIONS_BYTES_MAX;
pub(crate) use resolve::{LIMITS, forward};
pub use update::UpdateDidBody;

use crate::{Ask, Problem, check, input::invalid, openapi::Tagged, route::Endpoint};
use app::{act, key};
use axum::routing::{get, post};
use serde_json::Value;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(
    create::create,
    import::import,
    export::export,
    update::update,
    deactivate::deactivate,
    deactivate::deactivate_named,
    label::label,
    list::list,
    search::search,
    resolve::resolve,
    resolve::resolve_with_options
))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/did/create", &act::DID_CREATE, post(create::create)),
        Endpoint::post("/did/import", &act::DID_IMPORT, post(import::import)),
        Endpoint::post("/did/export/{did}", &act::DID_EXPORT, post(export::export)),
        Endpoint::post("/did/update", &act::DID_UPDATE, post(update::update)),
        Endpoint::post("/did/deactivate", &act::DID_DEACTIVATE, post(deactivate::deactivate_named)),
        Endpoint::post("/did/deactivate/{did}", &act::DID_DEACTIVATE, post(deactivate::deactivate)),
        Endpoint::post("/did/label/{did}", &act::DID_LABEL, post(label::label)),
        Endpoint::get("/did/list", &act::DID_LIST, get(list::list)).asks_with("did"),
        Endpoint::public_ledger("/did/search/{did}", get(search::search)),
        Endpoint::public_ledger("/1.0/identifiers/{*did_url}", get(resolve::resolve)),
        Endpoint::public_question("/1.0/identifiers/{*did_url}", post(resolve::resolve_with_options)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Decentralized Identifiers (DIDs)", api: Docs::openapi() }
}

/// Fault unless every `publicKeyHexs` is a key of the caller. As in cheqd Studio this only asserts; who signs follows from
/// the DID documents.
pub(crate) async fn owns_public_keys(ask: &Ask) -> Result<(), Problem> {
    const SENTENCE: &str = "publicKeyHexs should be an array of strings";
    let given: Vec<Value> = ask.input.array("publicKeyHexs", SENTENCE)?.unwrap_or_default();
    let mut foreign = Vec::new();
    for kid in check::public_key_hexs(&given)? {
        match key::read(&ask.house.studio, &ask.call, &kid).await {
            Ok(_) => {}
            Err(fault) if fault.code == "key/not-found" => foreign.push(kid.0),
            Err(fault) => return Err(fault.into()),
        }
    }
    if foreign.is_empty() {
        return Ok(());
    }
    let sentence = format!("Public keys with hexs: {} are not owned by the customer", foreign.join(", "));
    Err(invalid("publicKeyHexs", sentence).into())
}
