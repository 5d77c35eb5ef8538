//! `POST /credential-status/update/unencrypted`.

use super::request::{anywhere, list_name, list_type, own_did, resource_metadata};
use crate::{
    Answer, Ask, Input, Problem,
    credential::StatusAnswer,
    input::{Query, invalid},
    job,
    rules::{Rules, passed},
    schema::IndexOrIndices,
};
use app::{
    Fault,
    job::JobAct,
    status_list::{Applied, CHANGES_MAX, ChangeStatusList, StatusSelector},
};
use axum::http::StatusCode;
use domain::{
    credential::StatusAction,
    status_list::{ListType, StatusPurpose},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Entries to change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UpdateStatusListRequest {
    /// The DID of the list.
    did: String,
    /// Its name.
    status_list_name: String,
    /// An index or several.
    indices: IndexOrIndices,
    /// Has no effect: versions are named by the instant of publication.
    status_list_version: Option<String>,
    /// The same as in the query, which wins.
    list_type: Option<String>,
    /// The same as in the query, which wins.
    status_action: Option<String>,
    /// `client` if the caller signs with keys of his own: 202 with a job. `custodian` by default.
    mode: Option<String>,
}

/// A changed list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UpdateStatusListResult {
    /// Always true.
    updated: bool,
    /// StatusList2021, after `revoke`: true for each index.
    revoked: Option<Vec<bool>>,
    /// StatusList2021, after `suspend`: true for each index.
    suspended: Option<Vec<bool>>,
    /// StatusList2021, after `reinstate`: true for each index.
    unsuspended: Option<Vec<bool>>,
    /// What was published; absent when every entry said so already.
    #[schema(value_type = Option<Object>)]
    resource: Option<Value>,
    /// Its metadata on the ledger.
    resource_metadata: Option<crate::resource::ResourceView>,
}

/// Changes entries of a list and publishes it. The history of the credentials behind the entries follows.
#[utoipa::path(post, path = "/credential-status/update/unencrypted",
    params(
        ("listType" = Option<String>, Query,
            description = "`BitstringStatusList`, `StatusList2021` or `TokenStatusList`; may stand in the body instead."),
        ("statusAction" = Option<String>, Query,
            description = "`revoke`, `suspend`, `reinstate`, or the value itself for a BitstringStatusList or TokenStatusList. May stand in the \
                           body instead."),
        ("publish" = Option<bool>, Query,
            description = "False keeps the change in the record until the next publication of the list: a later change, or this \
                           one once more.")),
    request_body(content(
        (UpdateStatusListRequest = "application/json"),
        (UpdateStatusListRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = UpdateStatusListResult)))]
pub(super) async fn update(ask: Ask) -> Result<Answer, Problem> {
    let input = parse(&ask.query, &ask.input)?;
    if job::is_by_client(&ask.input)? {
        return job::open(&ask, JobAct::StatusListUpdate(input)).await;
    }
    let (selector, count) = (input.selector, input.indices.len());
    let written = ask.perform(input).await.map_err(|problem| problem.with("updated", false))?;
    Answer::written(&ask, StatusCode::OK, written, |applied| changed(&applied, selector, count)).await
}

pub(super) fn changed(applied: &Applied, selector: StatusSelector, count: usize) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("updated".to_owned(), Value::Bool(true));
    if let (ListType::StatusList2021, StatusSelector::Action(action)) =
        (applied.description.list_type, selector)
    {
        body.insert(StatusAnswer::member(action).to_owned(), json!(vec![true; count]));
    }
    if let Some((content, metadata)) = &applied.published {
        body.insert("resource".to_owned(), content.clone());
        body.insert("resourceMetadata".to_owned(), resource_metadata(&applied.description.did, metadata));
    }
    body
}

pub(super) fn parse(query: &Query, input: &Input) -> Result<ChangeStatusList, Fault> {
    let mut rules = Rules::default();
    let did = rules.note(own_did(input));
    let list_type = rules.note(list_type(query, input));
    let selector = rules.note(selector(query, input, list_type));
    let indices = rules.note(indices(input));
    let name = rules.note(list_name(input.raw("statusListName")));
    rules.note(input.text("statusListVersion", "statusListVersion: should be a string"));
    let publish =
        rules.note(query.flag_or("publish", "publish: should be a boolean").map(|it| it.unwrap_or(true)));
    passed!(rules: selector, did, name, list_type, indices, publish);
    let purpose = match selector {
        StatusSelector::Action(StatusAction::Suspend | StatusAction::Reinstate) => StatusPurpose::Suspension,
        StatusSelector::Action(StatusAction::Revoke) | StatusSelector::Value(_) => StatusPurpose::Revocation,
    };
    Ok(ChangeStatusList { did, name, list_type, purpose, indices, selector, publish })
}

fn selector(query: &Query, input: &Input, list_type: Option<ListType>) -> Result<StatusSelector, Fault> {
    const NAME: &str = "statusAction";
    let text = anywhere(query, input, NAME, "statusAction: should be a string")?;
    match text.filter(|text| !text.is_empty()) {
        None => Err(invalid(NAME, "statusAction: required")),
        Some("revoke") => Ok(StatusSelector::Action(StatusAction::Revoke)),
        Some("suspend") => Ok(StatusSelector::Action(StatusAction::Suspend)),
        Some("reinstate") => Ok(StatusSelector::Action(StatusAction::Reinstate)),
        Some(text) => match text.parse::<u8>() {
            Ok(_) if list_type == Some(ListType::StatusList2021) => {
                Err(invalid(NAME, "statusAction: a value can only be set in a BitstringStatusList"))
            }
            Ok(value) => Ok(StatusSelector::Value(value)),
            Err(_) => {
                let shown: String = text.chars().take(64).collect();
                Err(invalid(NAME, format!("Invalid statusAction provided: {shown}")))
            }
        },
    }
}

/// One index or several; 0 is an index like any other.
fn indices(input: &Input) -> Result<Vec<u32>, Fault> {
    const NAME: &str = "indices";
    const SENTENCE: &str = "indices: should be a positive integer or an array of positive integers";
    let items = match input.raw(NAME) {
        None => return Err(invalid(NAME, "indices: required")),
        Some(number @ Value::Number(_)) => vec![number.clone()],
        Some(_) => input.array(NAME, SENTENCE)?.unwrap_or_default(),
    };
    let is_text_allowed = input.raw(NAME).is_some_and(Value::is_string);
    if items.is_empty() {
        return Err(invalid(NAME, SENTENCE));
    }
    if items.len() > CHANGES_MAX {
        return Err(invalid(NAME, format!("indices: at most {CHANGES_MAX} entries can be changed at once")));
    }
    let read = items.iter().map(|item| super::check::index_of(item, is_text_allowed));
    let read: Option<Vec<u32>> = read.collect();
    read.ok_or_else(|| invalid(NAME, SENTENCE))
}
