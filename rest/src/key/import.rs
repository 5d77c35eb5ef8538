//! `POST /key/import`.

use super::{KeyView, create, read};
use crate::{Answer, Ask, Problem, check, input::invalid};
use app::key::ImportKey;
use utoipa::ToSchema;

/// A key to take over.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ImportKeyBody {
    /// Hexadecimal: 32 bytes, or for Ed25519 also 64, with the public half behind.
    pub private_key_hex: String,
    /// Which curve; `Ed25519` by default.
    #[schema(rename = "type")]
    pub key_type: Option<super::KeyType>,
    /// A name for it, for people.
    pub alias: Option<String>,
    /// Only `false`: keys under a password are not taken.
    pub encrypted: Option<bool>,
}

/// Takes over an identity key that the caller made. From then on it is like one made here; one that the account has already
/// stays as it is.
#[utoipa::path(post, path = "/key/import",
    request_body(content(
        (ImportKeyBody = "application/json"), (ImportKeyBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = KeyView)))]
pub(crate) async fn import(ask: Ask) -> Result<Answer, Problem> {
    // What came under a password is not a key to us, and must not be taken for one.
    let encrypted = ask.input.flag("encrypted", "encrypted should be a boolean")?.unwrap_or(false);
    let sealed = ["ivHex", "salt"].into_iter().find(|name| ask.input.has(name));
    if let Some(name) = encrypted.then_some("encrypted").or(sealed) {
        let sentence = format!("{name} is not supported: send the private key without encryption, over TLS");
        return Err(invalid(name, sentence).into());
    }
    let algorithm = create::algorithm(ask.input.text("type", "type should be a string")?)?;
    let private = ask.input.text("privateKeyHex", "Private key should be a hexadecimal string")?;
    let private = check::required("privateKeyHex", private, "Private key was not provided")?;
    let act = ImportKey::new(&ask.house.studio, algorithm, private, create::alias(&ask)?)?;
    let record = ask.done(act).await?;
    Answer::ok(&read::view(&ask, &record.kid).await?)
}
