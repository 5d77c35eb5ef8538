//! `POST /key/create`.

use super::{KeyView, read};
use crate::{
    Answer, Ask, Problem, check,
    input::{Input, invalid},
};
use app::{Fault, key::CreateKey};
use domain::key::KeyAlgorithm;
use utoipa::ToSchema;

/// A key to make.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct CreateKeyBody {
    /// A name for it, for people.
    pub alias: Option<String>,
}

/// Makes an identity key in the vault. Its private half never leaves it.
#[utoipa::path(post, path = "/key/create",
    params(("type" = Option<super::KeyType>, Query, description = "Default `Ed25519`.")),
    request_body(content(
        (Option<CreateKeyBody> = "application/json"), (Option<CreateKeyBody> = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = KeyView)))]
pub(crate) async fn create(ask: Ask) -> Result<Answer, Problem> {
    let algorithm = algorithm(ask.query.text("type"))?;
    let alias = alias(&ask.input)?;
    let record = ask.done(CreateKey { algorithm, alias }).await?;
    Answer::ok(&read::view(&ask, &record.kid).await?)
}

pub(super) fn algorithm(key_type: Option<&str>) -> Result<KeyAlgorithm, Fault> {
    let Some(name) = key_type else { return Ok(KeyAlgorithm::Ed25519) };
    KeyAlgorithm::named(name).ok_or_else(|| invalid("type", format!("Key type not supported: {name}")))
}

pub(super) fn alias(input: &Input) -> Result<Option<String>, Fault> {
    let alias = input.text("alias", "alias should be a string")?;
    Ok(alias.map(|alias| check::short("alias", alias)).transpose()?.map(str::to_owned))
}
