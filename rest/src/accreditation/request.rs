//! `schemas` of issue and verify requests.

use crate::{Input, check, input::invalid};
use app::Fault;
use credentials::accreditation::{AccreditedFor, MAX_SCOPE_ENTRIES};
use serde_json::Value;

/// `schemas`: `[{url | uri | schemaId, types, limitJurisdiction?}]`, types and places a text or several; `None` if absent.
pub(super) fn schemas(input: &Input) -> Result<Option<Vec<AccreditedFor>>, Fault> {
    const NAME: &str = "schemas";
    let Some(entries) = input.array(NAME, "schemas must be a array")? else { return Ok(None) };
    if entries.len() > MAX_SCOPE_ENTRIES {
        return Err(invalid(NAME, format!("schemas must have at most {MAX_SCOPE_ENTRIES} entries")));
    }
    entries.iter().map(schema).collect::<Result<_, _>>().map(Some)
}

fn schema(entry: &Value) -> Result<AccreditedFor, Fault> {
    const NAME: &str = "schemas";
    const TYPES: &str = "schema.types must be a string or a string array";
    let address = ["url", "uri", "schemaId"].iter().find_map(|name| entry.get(name));
    let Some(address) = address.and_then(Value::as_str).filter(|text| !text.trim().is_empty()) else {
        return Err(invalid(NAME, "schema urls must be a string"));
    };
    check::short(NAME, address)?;
    let texts = |name: &str, sentence: &str| match entry.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
        Some(Value::Array(items)) => check::texts(NAME, items, sentence).map(Some),
        Some(_) => Err(invalid(NAME, sentence)),
    };
    let types = texts("types", TYPES)?.ok_or_else(|| invalid(NAME, TYPES))?;
    let places = texts("limitJurisdiction", "schema.limitJurisdiction must be a string or a string array")?;
    if types.is_empty() || types.len().max(places.as_ref().map_or(0, Vec::len)) > MAX_SCOPE_ENTRIES {
        return Err(invalid(NAME, TYPES));
    }
    Ok(AccreditedFor { limit_jurisdiction: places, ..AccreditedFor::new(address, types) })
}
