//! `GET /event/list`.

use crate::{
    Answer, Ask, Problem, check,
    input::{Query, invalid},
    key::milliseconds,
    openapi::Tagged,
    paging::paging,
    route::Endpoint,
};
use app::{Fault, act};
use axum::routing::get;
use projections::{ActivityCategory, ActivityFilter, ActivityRow, ActivityStatus};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

/// What the caller did, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventList {
    /// How many there are on all pages.
    pub total: u64,
    /// The page.
    pub events: Vec<EventEntry>,
}

/// One deed that is over.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventEntry {
    /// Its ledger operation, if it is one; else an id of its own.
    pub operation_id: String,
    /// What it is about.
    #[schema(value_type = String, example = "did")]
    pub category: ActivityCategory,
    /// What was done.
    #[schema(example = "did-create")]
    pub operation_name: String,
    /// Always false.
    pub deprecated: bool,
    /// Whether it took effect.
    pub successful: bool,
    /// When it was asked for.
    pub created_at: String,
    /// When its outcome was known.
    pub updated_at: Option<String>,
    /// The id of the thing.
    pub entity: String,
    /// Why it failed, as a stable slug.
    pub code: Option<String>,
    /// Transaction, for ledger writes.
    pub tx_hash: Option<String>,
    /// What it cost, in ncheq.
    pub fee_paid: Option<String>,
}

impl From<ActivityRow> for EventEntry {
    fn from(row: ActivityRow) -> Self {
        Self {
            operation_id: row.operation.map_or(row.activity, |operation| operation.0).to_string(),
            category: row.category,
            operation_name: row.action.name(),
            deprecated: false,
            successful: row.status == ActivityStatus::Succeeded,
            created_at: milliseconds(row.created_at),
            updated_at: row.updated_at.map(milliseconds),
            entity: row.entity,
            code: row.failure,
            tx_hash: row.tx_hash,
            fee_paid: row.fee_paid,
        }
    }
}

#[derive(OpenApi)]
#[openapi(paths(list))]
struct Docs;

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/event/list", &act::EVENT_LIST, get(list))]
}

pub(crate) fn docs() -> Tagged {
    Tagged { tag: "Events", api: Docs::openapi() }
}

/// Categories of the contract that Studio has no deeds of yet.
const EMPTY_CATEGORIES: [&str; 2] = ["presentation", "subscription"];

/// What the caller did. Ledger writes appear once their outcome is known; until then they are in `/operations`.
#[utoipa::path(get, path = "/event/list",
    params(
        ("category" = Option<String>, Query), ("operationName" = Option<String>, Query),
        ("name" = Option<String>, Query, description = "The same as `operationName`."),
        ("network" = Option<String>, Query), ("deprecated" = Option<bool>, Query), ("successful" = Option<bool>, Query),
        ("createdAt" = Option<String>, Query, description = "Only those asked for at or before this time."),
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "100 by default, at most 1000."),
    ),
    responses((status = 200, body = EventList)))]
pub(crate) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let query = &ask.query;
    let deprecated = query.flag_or("deprecated", "deprecated is supposed to have type of Boolean")?;
    let statuses = match query.flag_or("successful", "successful is supposed to have type of Boolean")? {
        Some(true) => vec![ActivityStatus::Succeeded],
        Some(false) => vec![ActivityStatus::Failed],
        None => vec![ActivityStatus::Succeeded, ActivityStatus::Failed],
    };
    let category = query.text("category");
    let empty = category.is_some_and(|name| EMPTY_CATEGORIES.contains(&name)) || deprecated == Some(true);
    let categories = match category.filter(|_| !empty) {
        None => Vec::new(),
        Some(name) => vec![read_category(name)?],
    };
    let created_until = query.named("createdAt");
    let filter = ActivityFilter {
        categories,
        action: action(query)?.map(str::to_owned),
        statuses,
        network: ask.network(&act::EVENT_LIST)?,
        created_until: created_until
            .map(|text| check::instant("createdAt", text, "createdAt should be an ISO 8601 time"))
            .transpose()?,
        ..ActivityFilter::default()
    };
    let paging = paging(query)?;
    if empty {
        return Answer::ok(&EventList { total: 0, events: Vec::new() });
    }
    let page = ask.house.views.activities().list(ask.call.who.customer, &filter, paging).await?;
    let events = page.rows.into_iter().map(EventEntry::from).collect();
    Answer::ok(&EventList { total: page.total.unwrap_or_default(), events })
}

/// The deed under either of its names, which may not say two things.
fn action(query: &Query) -> Result<Option<&str>, Fault> {
    match (query.text("operationName"), query.text("name")) {
        (Some(one), Some(other)) if one != other => {
            Err(invalid("name", "name and operationName should say the same"))
        }
        (one, other) => Ok(one.or(other)),
    }
}

fn read_category(name: &str) -> Result<ActivityCategory, Fault> {
    serde_json::from_value(name.into())
        .map_err(|_| invalid("category", format!("There is no category {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_categories_are_known_and_others_are_400() {
        for name in ["did", "resource", "credential", "credential-status", "key"] {
            read_category(name).unwrap();
        }
        assert_eq!(read_category("zap").unwrap_err().kind, app::FaultKind::Invalid);
    }
}
