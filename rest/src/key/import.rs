//! `POST /key/import`.

use super::{KeyView, create, read};
use crate::{Answer, Ask, Problem, check, input::Input};
use app::key::{ImportKey, Lock};
use utoipa::ToSchema;

/// A key to take over.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ImportKeyBody {
    /// Hexadecimal: 32 bytes, or for Ed25519 also 64, with the public half behind. Encrypted: the ciphertext of those bytes with
    /// the tag behind.
    pub private_key_hex: String,
    /// Which curve; `Ed25519` by default.
    #[schema(rename = "type")]
    pub key_type: Option<super::KeyType>,
    /// A name for it, for people.
    pub alias: Option<String>,
    /// Whether it is encrypted under the secret that the operator has set; `false` by default.
    pub encrypted: Option<bool>,
    /// Of an encrypted one: the 12 bytes of the nonce, hexadecimal.
    pub iv_hex: Option<String>,
    /// Of an encrypted one: a salt, hexadecimal; what counts is the text as it stands.
    pub salt: Option<String>,
}

/// Takes over an identity key that the caller made. From then on it is like one made here; one that the account has already
/// stays as it is.
#[utoipa::path(post, path = "/key/import",
    request_body(content(
        (ImportKeyBody = "application/json"), (ImportKeyBody = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = KeyView)))]
pub(crate) async fn import(ask: Ask) -> Result<Answer, Problem> {
    let record = ask.done(brought(&ask, &ask.input)?).await?;
    Answer::ok(&read::view(&ask, &record.kid).await?)
}

/// The key that a body, or a part of one, brings.
pub(crate) fn brought(ask: &Ask, input: &Input) -> Result<ImportKey, Problem> {
    let encrypted = input.flag("encrypted", "encrypted should be a boolean")?.unwrap_or(false);
    let iv = input.text("ivHex", "ivHex should be a hexadecimal string")?;
    let salt = input.text("salt", "salt should be a hexadecimal string")?;
    let algorithm = create::algorithm(input.text("type", "type should be a string")?)?;
    let private = input.text("privateKeyHex", "Private key should be a hexadecimal string")?;
    let private = check::required("privateKeyHex", private, "Private key was not provided")?;
    let lock = Lock::given(encrypted, iv, salt)?;
    Ok(ImportKey::new(&ask.house.studio, algorithm, private, lock, create::alias(input)?)?)
}
