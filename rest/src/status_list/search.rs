//! `GET /credential-status/search`: any list on the ledger, without a key.

use super::request::{list_name, list_type, purpose_of, resource_metadata};
use crate::{
    Answer, Input, Problem, Visit, check,
    input::{Query, invalid},
    rules::{Rules, passed},
};
use app::{Fault, status_list};
use domain::{
    id::Did,
    status_list::{ListType, StatusPurpose},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A list as the ledger has it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SearchStatusListResult {
    /// Always true.
    found: bool,
    /// Its content.
    #[schema(value_type = Object)]
    resource: Value,
    /// Its metadata.
    #[schema(value_type = crate::resource::ResourceView)]
    resource_metadata: Value,
}

/// Finds the newest version of a list on the ledger by its name.
#[utoipa::path(get, path = "/credential-status/search",
    params(
        ("did" = String, Query), ("statusListName" = String, Query),
        ("listType" = String, Query, description = "`BitstringStatusList`, `StatusList2021` or `TokenStatusList`."),
        ("statusPurpose" = Option<String>, Query,
            description = "`revocation` or `suspension`: which of the two StatusList2021 lists of that name.")),
    responses((status = 200, body = SearchStatusListResult)))]
pub(super) async fn search(visit: Visit) -> Result<Answer, Problem> {
    let wanted = parse(&visit.query)?;
    let Wanted { did, name, list_type, purpose } = &wanted;
    let found = status_list::search(&visit.house.studio, did, name, *list_type, *purpose).await;
    let found = found.map_err(|fault| fault.with("found", false))?;
    let found = found.ok_or_else(|| {
        let sentence = format!("search: error: status list '{name}' not found");
        Fault::not_found("status-list/not-found", sentence).with("found", false)
    })?;
    Answer::ok(&SearchStatusListResult {
        found: true,
        resource_metadata: resource_metadata(did, &found.metadata),
        resource: found.resource,
    })
}

struct Wanted {
    did: Did,
    name: String,
    list_type: ListType,
    purpose: StatusPurpose,
}

fn parse(query: &Query) -> Result<Wanted, Fault> {
    let mut rules = Rules::default();
    let value = |name: &str| query.text(name).map(Value::from);
    let did = check::did("did", &value("did").unwrap_or(Value::Null));
    let did = rules.note(did.and_then(|did| check::cheqd_did("did", &did)));
    let name = rules.note(list_name(value("statusListName").as_ref()));
    let list_type = rules.note(list_type(query, &Input::default()));
    let purpose = rules.note(purpose(query, list_type));
    passed!(rules: did, name, list_type, purpose);
    Ok(Wanted { did, name, list_type, purpose })
}

/// A Bitstring or token list is found whatever its purposes, so there the purpose may be any, or left out.
fn purpose(query: &Query, list_type: Option<ListType>) -> Result<StatusPurpose, Fault> {
    const NAME: &str = "statusPurpose";
    let list_type = list_type.unwrap_or(ListType::StatusList2021);
    match query.text(NAME) {
        None if list_type != ListType::StatusList2021 => Ok(StatusPurpose::Revocation),
        None => Err(invalid(NAME, "statusPurpose: required")),
        Some(text) => purpose_of(list_type, text).ok_or_else(|| {
            invalid(NAME, "statusPurpose: invalid statusPurpose, should be one of revocation, suspension")
        }),
    }
}

#[cfg(test)]
pub(super) fn refused(text: &str) -> Option<String> {
    parse(&Query::parse(text).ok()?).err().map(|fault| fault.public)
}
