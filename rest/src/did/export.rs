//! `POST /did/export/{did}`.

use super::Resolution;
use crate::{Answer, Ask, Problem, check, input::invalid, schema::AnyObject};
use app::did::{ExportDid, ExportedDid, public_half};
use axum::http::StatusCode;
use chrono::SecondsFormat;
use domain::{did::ControllerKey, key::KeyAlgorithm};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

const WALLET: &str = "https://w3id.org/wallet/v1";
const RESOLUTION: &str = "https://w3id.org/did-resolution/v1";

/// The password of an export.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ExportDidBody {
    /// What opens the private keys again: at least 12 characters. It is not kept.
    #[schema(min_length = 12)]
    pub password: String,
    /// `studio`.
    pub provider_id: Option<String>,
}

/// A DID with its keys. The private ones are in `encryptedKeys` and nowhere else.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DidExport {
    /// Contexts.
    #[serde(rename = "@context")]
    pub context: [&'static str; 2],
    /// The DID.
    pub id: String,
    /// `DIDResolutionResponse`.
    #[serde(rename = "type")]
    pub kind: [&'static str; 1],
    /// The document.
    #[schema(value_type = AnyObject)]
    pub did_document: Value,
    /// `created`, `updated`, `versionId`, `deactivated`, …; empty if the ledger could not be asked.
    #[schema(value_type = AnyObject)]
    pub did_document_metadata: Value,
    /// `contentType`.
    #[schema(value_type = AnyObject)]
    pub did_resolution_metadata: Value,
    /// The keys that are in `encryptedKeys`, by their public halves.
    pub keys: Vec<WalletKey>,
    /// The private keys: a JWK set as a compact JWE under the password (PBES2-HS512+A256KW, A256GCM). `null` for a repeat under the
    /// same idempotency key.
    pub encrypted_keys: Option<String>,
}

/// A key of a DID, its public half.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WalletKey {
    /// Contexts.
    #[serde(rename = "@context")]
    pub context: [&'static str; 1],
    /// DID URL of its verification method, and its `kid` in `encryptedKeys`.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: [&'static str; 1],
    /// The DID.
    pub controller: String,
    /// Its id here: the public key in hex.
    pub name: String,
    /// What it belongs to.
    pub correlation: Vec<String>,
    /// When it was exported.
    pub created: String,
    /// The public key, multibase.
    pub public_key_multibase: String,
    /// The public key, base58.
    pub public_key_base58: String,
}

/// Gives the owner of a DID its private keys, locked under a password. The history shows it. The keys stay here too.
#[utoipa::path(post, path = "/did/export/{did}",
    params(("did" = String, Path, description = "The DID.")),
    request_body(content((ExportDidBody = "application/json"), (ExportDidBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = DidExport), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn export(ask: Ask) -> Result<Answer, Problem> {
    let did = check::cheqd_did("did", ask.path.get("did"))?;
    match ask.input.text("providerId", "providerId should be a string")? {
        None | Some("studio") => {}
        Some(_) => {
            return Err(invalid("providerId", "Only keys of the provider studio are exported here").into());
        }
    }
    let password = ask.input.text("password", "password should be a string")?;
    let exported = ask.done(ExportDid::new(did, password)?).await?;
    Answer::secret(StatusCode::OK, &view(exported)?)
}

fn view(exported: ExportedDid) -> Result<DidExport, Problem> {
    let ExportedDid { did, document, resolved, keys, at, locked } = exported;
    let created = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let keys = keys.iter().map(|key| wallet_key(did.as_str(), key, &created)).collect::<Result<_, _>>()?;
    let Resolution { did_document, did_document_metadata, did_resolution_metadata } = resolved.map_or_else(
        || Resolution {
            did_document: document,
            did_document_metadata: json!({}),
            did_resolution_metadata: json!({}),
        },
        Resolution::from,
    );
    Ok(DidExport {
        context: [WALLET, RESOLUTION],
        id: did.to_string(),
        kind: ["DIDResolutionResponse"],
        did_document,
        did_document_metadata,
        did_resolution_metadata,
        keys,
        encrypted_keys: locked,
    })
}

fn wallet_key(did: &str, key: &ControllerKey, created: &str) -> Result<WalletKey, Problem> {
    let public = public_half(key)?;
    let kind = match key.algorithm() {
        KeyAlgorithm::Ed25519 => "Ed25519VerificationKey2018",
        KeyAlgorithm::Secp256k1 | KeyAlgorithm::Secp256r1 => "JsonWebKey2020",
    };
    Ok(WalletKey {
        context: [WALLET],
        id: key.verification_method.clone(),
        kind: [kind],
        controller: did.to_owned(),
        name: key.kid.0.clone(),
        correlation: vec![key.verification_method.clone()],
        created: created.to_owned(),
        public_key_multibase: public.to_multibase(),
        public_key_base58: public.to_base58(),
    })
}
