//! `/presentation/*`: credentials shown by their holder.

mod create;
mod verify;

use crate::{Input, check, input::invalid, openapi::Tagged, route::Endpoint};
use app::{Fault, act};
use axum::routing::post;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(paths(create::create, verify::verify))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/presentation/create", &act::PRESENTATION_CREATE, post(create::create)),
        Endpoint::post("/presentation/verify", &act::PRESENTATION_VERIFY, post(verify::verify)),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Presentations", api: Docs::openapi() }
}

/// For whom something is presented: `verifierDid`, or a `domain`, which may be any text.
pub(crate) fn verifier(input: &Input) -> Result<Option<String>, Fault> {
    let did = input.raw("verifierDid").map(|did| check::did("verifierDid", did)).transpose()?;
    let domain = text(input, "domain")?;
    match (did, domain) {
        (Some(did), Some(domain)) if did != domain => {
            Err(invalid("domain", "verifierDid and domain name different verifiers"))
        }
        (did, domain) => Ok(did.or(domain)),
    }
}

/// A text that is not empty.
pub(crate) fn text(input: &Input, name: &str) -> Result<Option<String>, Fault> {
    let sentence = format!("{name} should be a text that is not empty");
    match input.text(name, &sentence)? {
        Some("") => Err(invalid(name, sentence)),
        Some(text) => check::short(name, text).map(|text| Some(text.to_owned())),
        None => Ok(None),
    }
}
