//! `/key/*`.

mod create;
mod delete;
pub(crate) mod import;
mod list;
mod read;
mod uses;
mod verification_method;

pub use create::CreateKeyBody;
pub use delete::DeletedKeyView;
pub use import::ImportKeyBody;

use crate::{openapi::Tagged, route::Endpoint};
use app::act;
use axum::{
    http::Method,
    routing::{self, get, post},
};
use chrono::SecondsFormat;
use domain::{
    id::Instant,
    key::{KeyAlgorithm, KeyPurpose},
};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

/// A key as it is shown: its public half only.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Its id: the public key in hex.
    pub kid: String,
    /// Always `postgres`, as in cheqd Studio.
    pub kms: &'static str,
    /// `Ed25519`, `Secp256k1` or `Secp256r1`.
    #[serde(rename = "type")]
    pub key_type: KeyType,
    /// The public key in hex.
    pub public_key_hex: String,
    /// What it can do.
    pub meta: KeyMeta,
    /// `identity` for DIDs and credentials, `payer` for a ledger account that pays fees.
    #[schema(value_type = String)]
    pub purpose: KeyPurpose,
    /// The caller's name for it; `null` if it has none, or once it was erased.
    pub public_key_alias: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// Always `null`: a key does not change.
    pub updated_at: Option<String>,
}

/// Which curve.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub enum KeyType {
    /// For DIDs and credentials.
    Ed25519,
    /// For ledger accounts.
    Secp256k1,
    /// P-256, for DIDs and credentials.
    Secp256r1,
}

/// What a key can do.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyMeta {
    /// Signature algorithms.
    pub algorithms: Vec<&'static str>,
}

impl From<KeyAlgorithm> for KeyType {
    fn from(algorithm: KeyAlgorithm) -> Self {
        match algorithm {
            KeyAlgorithm::Ed25519 => Self::Ed25519,
            KeyAlgorithm::Secp256k1 => Self::Secp256k1,
            KeyAlgorithm::Secp256r1 => Self::Secp256r1,
        }
    }
}

impl KeyMeta {
    pub(crate) fn of(algorithm: KeyAlgorithm) -> Self {
        let algorithms = match algorithm {
            KeyAlgorithm::Ed25519 => vec!["EdDSA", "Ed25519"],
            KeyAlgorithm::Secp256k1 => vec!["ES256K"],
            KeyAlgorithm::Secp256r1 => vec!["ES256"],
        };
        Self { algorithms }
    }
}

impl KeyView {
    /// The row, with the name of the key in the clear.
    pub(crate) fn of(row: projections::KeyRow, alias: Option<String>) -> Self {
        Self {
            kid: row.kid.0,
            kms: "postgres",
            key_type: row.algorithm.into(),
            public_key_hex: row.public_key_hex,
            meta: KeyMeta::of(row.algorithm),
            purpose: row.purpose,
            public_key_alias: alias,
            created_at: milliseconds(row.created_at),
            updated_at: None,
        }
    }
}

/// `2026-01-02T03:04:05.000Z`.
pub(crate) fn milliseconds(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[derive(OpenApi)]
#[openapi(paths(
    create::create,
    import::import,
    read::read,
    delete::delete,
    list::list,
    uses::uses,
    verification_method::verification_method
))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/key/create", &act::KEY_CREATE, post(create::create)),
        Endpoint::post("/key/import", &act::KEY_IMPORT, post(import::import)),
        Endpoint::get("/key/read/{kid}", &act::KEY_READ, get(read::read)),
        Endpoint::act(Method::DELETE, "/key/{kid}", &act::KEY_DELETE, routing::delete(delete::delete)),
        Endpoint::get("/key/list", &act::KEY_LIST, get(list::list)),
        Endpoint::get("/key/{kid}/uses", &act::EVENT_LIST, get(uses::uses)),
        Endpoint::get(
            "/key/{kid}/verification-method",
            &act::KEY_READ,
            get(verification_method::verification_method),
        ),
    ]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Keys", api: Docs::openapi() }
}
