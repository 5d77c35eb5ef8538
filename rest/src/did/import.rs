//! `POST /did/import`.

use super::Identifier;
use crate::{
    Answer, Ask, Problem, check,
    input::{Input, invalid},
    key::{ImportKeyBody, import::brought},
};
use app::did::ImportDid;
use serde_json::Value;
use utoipa::ToSchema;

/// A DID that was made elsewhere.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ImportDidBody {
    /// The DID.
    pub did: String,
    /// The private keys of all its verification methods, and no others.
    pub keys: Option<Vec<ImportKeyBody>>,
    /// In the place of `keys`: what `/did/export` gave here or elsewhere, or another JWK set as such a JWE.
    pub encrypted_keys: Option<String>,
    /// The password of `encryptedKeys`.
    pub password: Option<String>,
    /// The id of the key that is shown first; that of the first verification method without.
    pub controller_key_id: Option<String>,
    /// What it is called here, as `/did/label` takes it; what it was called before without, or what its document publishes.
    pub name: Option<String>,
    /// What it stands for here, as `/did/label` takes it; the same without.
    pub kind: Option<String>,
}

const KEYS: &str = "Keys should be an array of KeyImportRequest objects used in the DID-VerificationMethod";

/// Takes over a DID with its keys. Its document is read from the ledger, and nothing is written there.
#[utoipa::path(post, path = "/did/import",
    request_body(content((ImportDidBody = "application/json"), (ImportDidBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = Identifier)))]
pub(crate) async fn import(ask: Ask) -> Result<Answer, Problem> {
    let did = ask.input.text("did", "DID should be a string")?;
    let did = check::cheqd_did("did", check::required("did", did, "DID is required")?)?;
    let controller = ask.input.text("controllerKeyId", "controllerKeyId should be a string")?;
    let name = ask.input.text("name", "name should be a string")?;
    let kind = ask.input.text("kind", "kind should be a string")?;
    if let Some(locked) = ask.input.text("encryptedKeys", "encryptedKeys should be a string")? {
        if ask.input.has("keys") {
            return Err(invalid("encryptedKeys", "Give either keys or encryptedKeys").into());
        }
        let password = ask.input.text("password", "password should be a string")?;
        let imported = ImportDid::exported(did, locked, password, controller)?.called(name, kind)?;
        let imported = ask.done(imported).await?;
        return Answer::ok(&Identifier::from(imported));
    }
    let keys = check::required("keys", ask.input.array("keys", KEYS)?, KEYS)?;
    let mut brought_along = Vec::with_capacity(keys.len());
    for (number, key) in keys.into_iter().enumerate() {
        let Value::Object(members) = key else { return Err(invalid("keys", KEYS).into()) };
        let key = brought(&ask, &Input::json(members)).map_err(|problem| problem.with("item", number))?;
        brought_along.push(key);
    }
    let imported = ImportDid::new(did, brought_along, controller)?.called(name, kind)?;
    let imported = ask.done(imported).await?;
    Answer::ok(&Identifier::from(imported))
}
