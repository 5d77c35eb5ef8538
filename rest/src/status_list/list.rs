//! `GET /credential-status/list` and `/credential-status/list/{statusListId}`.

use crate::{
    Answer, Ask, Problem, check,
    input::{Query, invalid},
    paging::{PAGE_ROWS_DEFAULT, page, paging},
    schema::{StatusText, TextOrTexts},
};
use app::{Fault, act};
use credentials::{did_url::resource_by_name, vc::iso_millis};
use domain::{
    id::{Did, StatusListId},
    status_list::{ListCategory, ListPhase, ListType, StatusMessage},
};
use projections::{LIST_ROWS_MAX, Paging, StatusListFilter, StatusListRow};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// A list of the account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct StatusListRecord {
    /// Our id of it.
    status_list_id: String,
    /// Its name.
    status_list_name: String,
    /// DID URL of its newest version.
    uri: String,
    /// The DID it hangs on.
    issuer_id: String,
    /// Always null: names are kept, lists are not replaced.
    previous_uri: Option<String>,
    /// Always null.
    next_uri: Option<String>,
    /// Its resource type.
    list_type: String,
    /// Always `cheqd`.
    storage_type: &'static str,
    /// Always false.
    encrypted: bool,
    /// `credential` or `accreditation`.
    #[schema(value_type = String)]
    credential_category: ListCategory,
    /// Entries.
    size: u32,
    /// Entries that belong to a credential.
    write_cursor: u32,
    /// `ACTIVE`, or `FULL`.
    state: &'static str,
    /// When it was asked for.
    created_at: String,
    /// When anything last happened to it.
    updated_at: String,
    /// A purpose, or several.
    #[schema(value_type = TextOrTexts)]
    status_purpose: Value,
    /// Always false.
    deprecated: bool,
    /// Bits per entry.
    status_size: u8,
    /// What each value means.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Option<Vec<StatusText>>)]
    status_messages: Vec<StatusMessage>,
    /// DID URL of exactly the newest version on the ledger.
    latest_version_url: Option<String>,
    /// Whether our record holds changes that verifiers cannot see yet.
    unpublished_changes: bool,
    /// Always empty; only of a single list.
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_used_indexes: Option<Vec<u32>>,
}

/// Lists of the account.
#[derive(Debug, Serialize, ToSchema)]
struct StatusListRecords {
    /// The page, newest first.
    records: Vec<StatusListRecord>,
    /// How many match.
    total: u64,
}

/// Status lists of the account that are on the ledger.
#[utoipa::path(get, path = "/credential-status/list",
    params(
        ("did" = Option<String>, Query), ("listType" = Option<String>, Query),
        ("statusListName" = Option<String>, Query),
        ("state" = Option<String>, Query, description = "`ACTIVE`, `STANDBY` or `FULL`."),
        ("credentialCategory" = Option<String>, Query), ("deprecated" = Option<bool>, Query),
        ("page" = Option<u64>, Query, description = "Counts from 1."),
        ("limit" = Option<u64>, Query, description = "100 by default, at most 1000.")),
    responses((status = 200, body = StatusListRecords)))]
pub(super) async fn list(ask: Ask) -> Result<Answer, Problem> {
    let wanted = parse(&ask.query)?;
    let customer = ask.call.who.customer;
    let none = || Answer::ok(&StatusListRecords { records: Vec::new(), total: 0 });
    let Some(filter) = wanted.filter else { return none() };
    let network = ask.call.who.reach(&act::STATUS_LIST_LIST, None)?;
    let filter = StatusListFilter { network, ..filter };
    if wanted.state.is_none() && wanted.category.is_none() {
        let page = ask.house.views.status_lists().list(customer, &filter, paging(&ask.query)?).await?;
        let total = page.total.unwrap_or_default();
        let records = page.rows.into_iter().map(record).collect();
        return Answer::ok(&StatusListRecords { records, total });
    }
    // Neither is a column: they are looked at in the rows, of which an account has few.
    let wanted_page = page(&ask.query, PAGE_ROWS_DEFAULT)?;
    let all = Paging::page(None, Some(u64::from(LIST_ROWS_MAX)));
    let page = ask.house.views.status_lists().list(customer, &filter, all).await?;
    let matching = page.rows.into_iter().map(record).filter(|record| {
        wanted.state.is_none_or(|state| record.state == state)
            && wanted.category.is_none_or(|category| record.credential_category == category)
    });
    let matching: Vec<StatusListRecord> = matching.collect();
    let total = matching.len() as u64;
    let skipped = usize::try_from(wanted_page.skipped()).unwrap_or(usize::MAX);
    let records = matching.into_iter().skip(skipped).take(wanted_page.rows as usize).collect();
    Answer::ok(&StatusListRecords { records, total })
}

/// One of them.
#[utoipa::path(get, path = "/credential-status/list/{statusListId}",
    params(("statusListId" = String, Path)), responses((status = 200, body = StatusListRecord)))]
pub(super) async fn get(ask: Ask) -> Result<Answer, Problem> {
    let missing = || Fault::not_found("status-list/not-found", "Status list not found").with("found", false);
    let id = Uuid::try_parse(ask.path.get("statusListId")).map_err(|_| missing())?;
    let row = ask.house.views.status_lists().get(ask.call.who.customer, StatusListId(id)).await?;
    let row = row.ok_or_else(missing)?;
    ask.call.who.may(&act::STATUS_LIST_LIST, Some(row.network))?;
    Answer::ok(&StatusListRecord { additional_used_indexes: Some(Vec::new()), ..record(row) })
}

#[derive(Debug)]
struct Wanted {
    /// `None` when nothing here can match.
    filter: Option<StatusListFilter>,
    state: Option<&'static str>,
    category: Option<ListCategory>,
}

fn parse(query: &Query) -> Result<Wanted, Fault> {
    let did = match query.text("did") {
        None => None,
        Some(text) if check::did_sentence(text).is_some() => {
            return Err(invalid("did", "did: should be a valid DID"));
        }
        Some(text) => Some(Did::parse(text).ok()),
    };
    let state = match query.text("state") {
        None => None,
        Some("ACTIVE") => Some("ACTIVE"),
        Some("STANDBY") => Some("STANDBY"),
        Some("FULL") => Some("FULL"),
        Some(_) => {
            let sentence = "state: invalid state, should be one of ['ACTIVE', 'STANDBY', 'FULL']";
            return Err(invalid("state", sentence));
        }
    };
    let category = match query.text("credentialCategory") {
        None => None,
        Some("credential") => Some(ListCategory::Credential),
        Some("accreditation") => Some(ListCategory::Accreditation),
        Some(_) => {
            let sentence =
                "credentialCategory: invalid category, should be one of ['credential', 'accreditation']";
            return Err(invalid("credentialCategory", sentence));
        }
    };
    let deprecated = query.flag_or("deprecated", "deprecated: should be a boolean")?;
    let list_type = match query.text("listType") {
        None => None,
        Some(text) if text.contains("Bitstring") => Some(ListType::BitstringStatusList),
        Some(text) if text.contains("StatusList2021") => Some(ListType::StatusList2021),
        Some(text) if text.contains("TokenStatusList") => Some(ListType::TokenStatusList),
        Some(_) => return Ok(Wanted { filter: None, state, category }),
    };
    // A DID of another method holds no list on the ledger, and no list here is ever deprecated.
    let impossible = did == Some(None) || deprecated == Some(true);
    let filter = StatusListFilter {
        did: did.flatten(),
        network: None,
        name: query.text("statusListName").map(str::to_owned),
        resource_type: None,
        list_type,
        phases: vec![ListPhase::Live],
    };
    Ok(Wanted { filter: (!impossible).then_some(filter), state, category })
}

fn record(row: StatusListRow) -> StatusListRecord {
    let purposes = &row.description.purposes;
    let status_purpose = match purposes.as_slice() {
        [one] => json!(one),
        several => json!(several),
    };
    StatusListRecord {
        status_list_id: row.list.to_string(),
        status_list_name: row.name.clone(),
        uri: resource_by_name(row.did.as_str(), &row.name, &row.resource_type),
        issuer_id: row.did.to_string(),
        previous_uri: None,
        next_uri: None,
        list_type: row.resource_type.clone(),
        storage_type: "cheqd",
        encrypted: false,
        credential_category: row.description.category,
        size: row.description.length,
        write_cursor: row.allocated,
        state: if row.allocated >= row.description.length { "FULL" } else { "ACTIVE" },
        created_at: iso_millis(row.created_at),
        updated_at: iso_millis(row.updated_at),
        status_purpose,
        deprecated: false,
        status_size: row.description.status_size_bits,
        latest_version_url: row.latest_url(),
        unpublished_changes: row.unpublished_changes(),
        status_messages: row.description.messages,
        additional_used_indexes: None,
    }
}

#[cfg(test)]
pub(super) fn recorded(row: StatusListRow) -> StatusListRecord {
    record(row)
}

#[cfg(test)]
pub(super) fn refused(text: &str) -> Option<String> {
    parse(&Query::parse(text).ok()?).err().map(|fault| fault.public)
}
