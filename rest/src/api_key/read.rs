//! `GET /admin/api-key/list` and `/get`.

use super::{ApiKeyView, shown, view};
use crate::{Answer, Ask, Problem, paging::paging};
use app::{Fault, customer};
use domain::id::ApiKeyId;
use projections::ApiKeyRow;
use serde::Serialize;
use utoipa::ToSchema;

/// API keys, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyList {
    /// How many there are on all pages.
    pub total: u64,
    /// The page.
    pub api_keys: Vec<ApiKeyView>,
}

/// The caller's API keys, revoked and expired ones too. No secret is shown.
#[utoipa::path(get, path = "/admin/api-key/list",
    params(
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "100 by default, at most 1000.")),
    responses((status = 200, body = ApiKeyList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let paging = paging(&ask.query)?;
    let page = ask.house.views.accounts().api_keys(ask.call.who.customer, paging).await?;
    let keys: Vec<ApiKeyId> = page.rows.iter().map(|row| row.key).collect();
    let uses = ask.house.studio.last_uses.of(&keys).await?;
    let view = |row: ApiKeyRow| {
        let used_at = uses.get(&row.key).copied();
        ApiKeyView::of(row, used_at)
    };
    let api_keys = page.rows.into_iter().map(view).collect();
    Answer::ok(&ApiKeyList { total: page.total.unwrap_or_default(), api_keys })
}

/// An API key of the caller; without `apiKey` the newest one that was not revoked. No secret is shown.
#[utoipa::path(get, path = "/admin/api-key/get",
    params(("apiKey" = Option<String>, Query,
        description = "The key's id. A secret is understood too, but addresses end in the logs of whatever lies between.")),
    responses((status = 200, body = ApiKeyView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn read(ask: Ask) -> Result<Answer, Problem> {
    if let Some(text) = ask.query.text("apiKey") {
        let key = customer::find_api_key(&ask.house.studio, ask.call.who.customer, text).await?;
        return Answer::ok(&view(&ask, key).await?);
    }
    let newest =
        ask.house.views.accounts().newest_working_api_key(ask.call.who.customer, ask.call.at).await?;
    let row = newest.ok_or_else(|| Fault::not_found("customer/api-key-not-found", "API key not found"))?;
    Answer::ok(&shown(&ask, row).await?)
}
