//! Members that requests about status lists have in common.

use crate::{
    Input, check,
    input::{Query, invalid},
    resource::ResourceView,
};
use app::{Fault, port::resolver::ResourceMetadata};
use domain::{
    id::Did,
    status_list::{ListType, StatusPurpose},
};
use serde_json::{Value, json};

/// A member of the query, or, where the contract's rules look anywhere, of the body.
pub(super) fn anywhere<'a>(
    query: &'a Query,
    input: &'a Input,
    name: &str,
    sentence: &str,
) -> Result<Option<&'a str>, Fault> {
    match query.text(name) {
        Some(text) => Ok(Some(text)),
        None => input.text(name, sentence),
    }
}

/// `listType`.
pub(crate) fn list_type(query: &Query, input: &Input) -> Result<ListType, Fault> {
    const NAME: &str = "listType";
    let text = anywhere(query, input, NAME, "listType: should be a string")?;
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| invalid(NAME, "listType: required"))?;
    ListType::named(text).ok_or_else(|| {
        invalid(
            NAME,
            "listType: invalid listType, should be one of ['BitstringStatusList', 'StatusList2021', 'TokenStatusList']",
        )
    })
}

/// `did` of a body that writes.
pub(super) fn own_did(input: &Input) -> Result<Did, Fault> {
    let did = check::required("did", input.raw("did"), "did: required")?;
    check::cheqd_did("did", &check::did("did", did)?)
}

/// `statusListName`.
pub(super) fn list_name(name: Option<&Value>) -> Result<String, Fault> {
    const NAME: &str = "statusListName";
    match name {
        None => Err(invalid(NAME, "statusListName: required")),
        Some(Value::String(text)) if text.is_empty() => {
            Err(invalid(NAME, "statusListName: should be a non-empty string"))
        }
        Some(Value::String(text)) => check::short(NAME, text).map(str::to_owned),
        Some(_) => Err(invalid(NAME, "statusListName: should be a string")),
    }
}

/// The purposes a family has, as the contract lists them.
pub(super) fn purposes_of(list_type: ListType) -> String {
    list_type.rules().purposes.iter().map(|purpose| purpose.name()).collect::<Vec<_>>().join(", ")
}

/// A purpose that the family has.
pub(super) fn purpose_of(list_type: ListType, text: &str) -> Option<StatusPurpose> {
    StatusPurpose::named(text).filter(|purpose| list_type.rules().purposes.contains(purpose))
}

/// A whole number in JSON, or in a form as text; faults tell a text, a fraction and a wrong number apart.
pub(super) fn whole_number(
    input: &Input,
    name: &str,
    number: &str,
    integer: &str,
    least: u64,
    too_small: &str,
) -> Result<Option<u64>, Fault> {
    let value = match input.raw(name) {
        None => return Ok(None),
        Some(Value::Number(given)) => given.clone(),
        Some(_) => serde_json::Number::from(input.number(name, number)?.unwrap_or_default()),
    };
    if value.as_f64().is_some_and(|value| value.fract() != 0.0) {
        return Err(invalid(name, integer));
    }
    let whole = value.as_u64().filter(|whole| *whole >= least);
    whole.map(Some).ok_or_else(|| invalid(name, too_small))
}

/// Metadata of a resource as cheqd Studio's answers have it.
pub(crate) fn resource_metadata(did: &Did, metadata: &ResourceMetadata) -> Value {
    json!(ResourceView::new(did, metadata.clone()))
}
