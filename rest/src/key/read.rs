//! `GET /key/read/{kid}`.

use super::KeyView;
use crate::{Answer, Ask, Problem, check};
use app::{Fault, key};
use domain::id::KeyId;
use projections::KeyRow;

/// A key of the caller.
#[utoipa::path(get, path = "/key/read/{kid}",
    params(("kid" = String, Path, description = "The key's id, hexadecimal.")),
    responses((status = 200, body = KeyView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn read(ask: Ask) -> Result<Answer, Problem> {
    let kid = check::kid(ask.path.get("kid"))?;
    Answer::ok(&view(&ask, &kid).await?)
}

pub(super) async fn row(ask: &Ask, kid: &KeyId) -> Result<KeyRow, Problem> {
    let row = ask.house.views.accounts().key(ask.call.who.customer, &kid.0).await?;
    let none = || Fault::not_found("key/not-found", format!("Key with kid: {kid} not found"));
    Ok(row.ok_or_else(none)?)
}

pub(super) async fn view(ask: &Ask, kid: &KeyId) -> Result<KeyView, Problem> {
    let row = row(ask, kid).await?;
    let (studio, customer) = (&ask.house.studio, ask.call.who.customer);
    let alias = key::alias(studio, customer, row.sealed_alias.as_ref(), row.alias.clone()).await?;
    Ok(KeyView::of(row, alias))
}
