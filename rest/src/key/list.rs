//! `GET /key/list`.

use super::KeyView;
use crate::{Answer, Ask, Problem, input::invalid, paging::paging, people::opened};
use domain::key::KeyPurpose;
use serde::Serialize;
use utoipa::ToSchema;

/// The caller's keys, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyList {
    /// How many there are on all pages.
    pub(super) total: u64,
    /// The page.
    pub(super) keys: Vec<KeyView>,
}

/// The caller's keys by their public halves.
#[utoipa::path(get, path = "/key/list",
    params(
        ("purpose" = Option<String>, Query, description = "`identity` or `payer`."),
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "100 by default, at most 1000."),
    ),
    responses((status = 200, body = KeyList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let purpose = match ask.query.text("purpose") {
        None => None,
        Some("identity") => Some(KeyPurpose::Identity),
        Some("payer") => Some(KeyPurpose::Payer),
        Some(_) => return Err(invalid("purpose", "purpose should be identity or payer").into()),
    };
    let paging = paging(&ask.query)?;
    let page = ask.house.views.accounts().keys(ask.call.who.customer, purpose, paging).await?;
    let aliases = opened(&ask, page.rows.iter().map(|row| row.sealed_alias.clone()).collect()).await?;
    let view = |(row, alias): (projections::KeyRow, Option<String>)| {
        let alias = if row.sealed_alias.is_some() { alias } else { row.alias.clone() };
        KeyView::of(row, alias)
    };
    let keys = page.rows.into_iter().zip(aliases).map(view).collect();
    Answer::ok(&KeyList { total: page.total.unwrap_or_default(), keys })
}
