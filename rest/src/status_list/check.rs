//! `POST /credential-status/check`.

use super::request::{anywhere, list_name, list_type, purpose_of, purposes_of, whole_number};
use crate::{
    Answer, Ask, Input, Problem, check as rule,
    input::{Query, invalid},
    rules::{Rules, passed},
    schema::StatusText,
};
use app::{
    Fault,
    status_list::{self, CHECKED_ENTRIES_MAX, CheckStatus, CheckedEntry, Selection},
};
use credentials::did_url::{DidUrl, ResourceRef};
use domain::status_list::{ListType, StatusPurpose};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, OneOfBuilder, Ref, RefOr, schema::Schema},
};

/// Entries to tell.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CheckStatusRequest {
    /// The DID of the list.
    did: String,
    /// Its name.
    status_list_name: String,
    /// One entry.
    index: Option<u32>,
    /// Or several.
    indices: Option<Vec<u32>>,
    /// Or all from here …
    index_range_start: Option<u32>,
    /// … to here, inclusive.
    index_range_end: Option<u32>,
    /// BitstringStatusList: the list's DID URL or its address at a resolver.
    status_list_credential: Option<String>,
    /// Has no effect: the list says its size.
    status_size: Option<u8>,
    /// Has no effect: the list says its messages.
    status_message: Option<Vec<StatusText>>,
    /// Has no effect: only open lists are read.
    make_fee_payment: Option<bool>,
    /// The same as in the query, which wins.
    list_type: Option<String>,
    /// The same as in the query, which wins.
    status_purpose: Option<String>,
}

/// What one entry says; for several entries an array of these.
#[derive(Debug)]
struct CheckStatusAnswer;

impl PartialSchema for CheckStatusAnswer {
    fn schema() -> RefOr<Schema> {
        let one = || Ref::from_schema_name(CheckStatusResult::name());
        OneOfBuilder::new().item(one()).item(ArrayBuilder::new().items(one())).into()
    }
}

impl ToSchema for CheckStatusAnswer {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((CheckStatusResult::name().into_owned(), CheckStatusResult::schema()));
        CheckStatusResult::schemas(schemas);
    }
}

/// What one entry says.
#[derive(Debug, Serialize, ToSchema)]
struct CheckStatusResult {
    /// For one entry: true.
    checked: Option<bool>,
    /// StatusList2021, purpose revocation.
    revoked: Option<bool>,
    /// StatusList2021, purpose suspension.
    suspended: Option<bool>,
    /// The value; -1 for an entry that does not exist.
    status: Option<i16>,
    /// The purpose asked about.
    purpose: Option<String>,
    /// Whether the value is 0.
    valid: Option<bool>,
    /// Which entry, for several.
    index: Option<u32>,
    /// The list's text for the value.
    message: Option<String>,
    /// Why there is no value.
    error: Option<String>,
}

/// Tells what entries of a list say, from its newest version on the ledger. The list may be anybody's.
#[utoipa::path(post, path = "/credential-status/check",
    params(
        ("listType" = Option<String>, Query,
            description = "`BitstringStatusList`, `StatusList2021` or `TokenStatusList`; may stand in the body instead."),
        ("statusPurpose" = Option<String>, Query,
            description = "The purpose asked about; may stand in the body instead.")),
    request_body(content(
        (CheckStatusRequest = "application/json"),
        (CheckStatusRequest = "application/x-www-form-urlencoded"))),
    responses((status = 200, body = CheckStatusAnswer)))]
pub(super) async fn check(ask: Ask) -> Result<Answer, Problem> {
    let question = parse(&ask.query, &ask.input)?;
    let told = status_list::check(&ask.house.studio, &question).await;
    let told = told.map_err(|fault| fault.with("checked", false))?;
    Answer::ok(&answer(&question, &told)?)
}

fn answer(question: &CheckStatus, told: &[CheckedEntry]) -> Result<Value, Fault> {
    if let (Selection::One(_), [entry]) = (&question.selection, told) {
        let mut body = described(question, entry);
        if let Err(reason) = &entry.value {
            return Err(
                Fault::invalid("status-list/index-out-of-range", reason.as_str()).with("checked", false)
            );
        }
        body.insert("checked".to_owned(), Value::Bool(true));
        return Ok(Value::Object(body));
    }
    let entries = told.iter().map(|entry| {
        let mut body = described(question, entry);
        body.insert("index".to_owned(), json!(entry.index));
        if let Err(reason) = &entry.value {
            body.insert("error".to_owned(), json!(reason));
        }
        Value::Object(body)
    });
    Ok(Value::Array(entries.collect()))
}

fn described(question: &CheckStatus, entry: &CheckedEntry) -> Map<String, Value> {
    let mut body = Map::new();
    let set = entry.value.as_ref().is_ok_and(|value| *value != 0);
    match (question.list_type, question.purpose) {
        (ListType::StatusList2021, StatusPurpose::Suspension) if entry.value.is_ok() => {
            body.insert("suspended".to_owned(), Value::Bool(set));
            return body;
        }
        (ListType::StatusList2021, _) if entry.value.is_ok() => {
            body.insert("revoked".to_owned(), Value::Bool(set));
            return body;
        }
        _ => {}
    }
    let status = entry.value.as_ref().map_or(-1, |value| i16::from(*value));
    body.insert("status".to_owned(), json!(status));
    body.insert("purpose".to_owned(), json!(question.purpose));
    body.insert("valid".to_owned(), Value::Bool(status == 0));
    if let Some(message) = &entry.message {
        body.insert("message".to_owned(), json!(message));
    }
    body
}

pub(super) fn parse(query: &Query, input: &Input) -> Result<CheckStatus, Fault> {
    let mut rules = Rules::default();
    let did = rules.note(
        rule::did("did", input.raw("did").unwrap_or(&Value::Null))
            .and_then(|did| rule::cheqd_did("did", &did)),
    );
    let name = rules.note(list_name(input.raw("statusListName")));
    let list_type = rules.note(list_type(query, input));
    let purpose = rules.note(purpose(query, input, list_type));
    let selection = rules.note(selection(input));
    rules.note(input.flag("makeFeePayment", "makeFeePayment: should be a boolean"));
    passed!(rules: did, name, list_type, purpose, selection);
    let question = CheckStatus { did, name, list_type, purpose, selection };
    named_list(input, &question)?;
    Ok(question)
}

fn purpose(query: &Query, input: &Input, list_type: Option<ListType>) -> Result<StatusPurpose, Fault> {
    const NAME: &str = "statusPurpose";
    let text = anywhere(query, input, NAME, "statusPurpose: should be a string")?;
    // A token's values say themselves what they mean.
    if text.is_none() && list_type == Some(ListType::TokenStatusList) {
        return Ok(StatusPurpose::Message);
    }
    let text = rule::required(NAME, text, "statusPurpose: required")?;
    if text.is_empty() {
        return Err(invalid(NAME, "statusPurpose: should be a non-empty string"));
    }
    let list_type = list_type.unwrap_or(ListType::BitstringStatusList);
    purpose_of(list_type, text).ok_or_else(|| {
        let is_plural = list_type.rules().has_several_purposes;
        let what = if is_plural { "statusPurpose(s)" } else { "statusPurpose" };
        let allowed = purposes_of(list_type);
        let shown: String = text.chars().take(64).collect();
        invalid(NAME, format!("statusPurpose: invalid {what} \"{shown}\", should be one of {allowed}"))
    })
}

/// One of `index`, `indices`, or `indexRangeStart` with `indexRangeEnd`.
fn selection(input: &Input) -> Result<Selection, Fault> {
    let index = whole_number(
        input,
        "index",
        "index: should be a number",
        "index: should be an integer",
        0,
        "index: should be a positive number",
    )?;
    let bound = |name: &str| {
        let number = format!("{name}: should be a number");
        let positive = format!("{name}: should be a non-negative number");
        whole_number(input, name, &number, &positive, 0, &positive)
    };
    let (start, end) = (bound("indexRangeStart")?, bound("indexRangeEnd")?);
    // Beyond 32 bits it is out of the range of any list.
    let narrow = |index: u64| u32::try_from(index).unwrap_or(u32::MAX);
    if let Some(index) = index {
        return Ok(Selection::One(narrow(index)));
    }
    if let Some(items) = input.array("indices", "indices: should be an array of non-negative integers")? {
        return many(&items, input.raw("indices").is_some_and(Value::is_string));
    }
    let (Some(start), Some(end)) = (start, end) else {
        return Err(invalid(
            "index",
            "one of index, indices, or both indexRangeStart and indexRangeEnd must be provided",
        ));
    };
    if end < start {
        return Err(invalid(
            "indexRangeEnd",
            "indexRangeEnd: should be an integer greater than or equal to indexRangeStart",
        ));
    }
    if end - start >= CHECKED_ENTRIES_MAX as u64 {
        return Err(too_many("indexRangeEnd"));
    }
    Ok(Selection::Many((start..=end).map(narrow).collect()))
}

fn too_many(field: &str) -> Fault {
    invalid(field, format!("{field}: at most {CHECKED_ENTRIES_MAX} entries can be checked at once"))
}

fn many(items: &[Value], is_text_allowed: bool) -> Result<Selection, Fault> {
    const NAME: &str = "indices";
    if items.len() > CHECKED_ENTRIES_MAX {
        return Err(too_many(NAME));
    }
    let read: Option<Vec<u32>> = items.iter().map(|item| index_of(item, is_text_allowed)).collect();
    read.filter(|read| !read.is_empty())
        .map(Selection::Many)
        .ok_or_else(|| invalid(NAME, "indices: should be an array of non-negative integers"))
}

/// An index; as text only where the whole list came as the text of a form.
pub(super) fn index_of(item: &Value, is_text_allowed: bool) -> Option<u32> {
    match item {
        Value::Number(number) => number.as_u64().and_then(|index| u32::try_from(index).ok()),
        Value::String(text) if is_text_allowed => text.parse().ok(),
        _ => None,
    }
}

/// `statusListCredential` names the list once more; the contract asks for it, and it must not name another list.
fn named_list(input: &Input, question: &CheckStatus) -> Result<(), Fault> {
    const NAME: &str = "statusListCredential";
    let sentence = "check: error: 'statusListCredential' is required for BitstringStatusList type";
    let text = match input.text(NAME, "statusListCredential: should be a string")? {
        Some(text) => text,
        None if question.list_type != ListType::BitstringStatusList => return Ok(()),
        None => return Err(invalid(NAME, sentence).with("checked", false)),
    };
    let elsewhere = || {
        invalid(
            NAME,
            "check: error: 'statusListCredential' names another list than 'did' and 'statusListName'",
        )
        .with("checked", false)
    };
    let url = DidUrl::parse(text).map_err(|_| elsewhere())?;
    if url.did() != question.did.as_str() {
        return Err(elsewhere());
    }
    match url.resource() {
        Some(ResourceRef::ByName { name, .. }) if name == question.name => Ok(()),
        // An exact version cannot be told from the name alone; what is checked is the newest version in any case.
        Some(ResourceRef::ById { .. }) => Ok(()),
        _ => Err(elsewhere()),
    }
}

#[cfg(test)]
pub(super) fn answered(question: &CheckStatus, told: &[CheckedEntry]) -> Result<Value, Fault> {
    answer(question, told)
}
