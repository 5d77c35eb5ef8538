//! What Presentation Exchange asks of a presentation definition beyond the shape of its parts.

use super::{
    check_schema,
    shape::{Misfit, member},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Checks a definition whose shape is right.
pub(super) fn check(definition: &Value) -> Result<(), Misfit> {
    let descriptors = list(definition, "input_descriptors");
    let mut ids = BTreeSet::new();
    let mut groups = BTreeSet::new();
    for (place, descriptor) in descriptors.iter().enumerate() {
        let at = format!("/input_descriptors/{place}");
        if !ids.insert(text(descriptor, "id")) {
            return Err(Misfit::at(&member(&at, "id"), "should be another one for each descriptor"));
        }
        groups.extend(list(descriptor, "group").iter().filter_map(Value::as_str));
        let fields = descriptor.pointer("/constraints/fields").and_then(Value::as_array);
        for (place, field) in fields.into_iter().flatten().enumerate() {
            check_field(field).map_err(|misfit| misfit.below(&format!("{at}/constraints/fields/{place}")))?;
        }
    }
    check_requirements(definition, "submission_requirements", &groups)
}

fn check_field(field: &Value) -> Result<(), Misfit> {
    for (place, path) in list(field, "path").iter().enumerate() {
        if !path.as_str().is_some_and(|path| path.starts_with('$')) {
            return Err(Misfit::at(&format!("/path/{place}"), "should be a JSONPath, which begins with $"));
        }
    }
    match field.get("filter") {
        Some(filter) => check_schema(filter).map_err(|misfit| misfit.below("/filter")),
        None if field.get("predicate").is_some() => {
            Err(Misfit::at("/filter", "is missing: a predicate is about one"))
        }
        None => Ok(()),
    }
}

/// Each takes from one group that there is, or from requirements below it.
fn check_requirements(above: &Value, name: &str, groups: &BTreeSet<&str>) -> Result<(), Misfit> {
    for (place, requirement) in list(above, name).iter().enumerate() {
        let at = format!("/{name}/{place}");
        match (requirement.get("from").and_then(Value::as_str), requirement.get("from_nested")) {
            (Some(group), None) if groups.contains(group) => {}
            (Some(_), None) => {
                let why = "should name a group of an input descriptor";
                return Err(Misfit::at(&member(&at, "from"), why));
            }
            (None, Some(_)) => {
                check_requirements(requirement, "from_nested", groups).map_err(|misfit| misfit.below(&at))?;
            }
            _ => return Err(Misfit::at(&at, "should have either from or from_nested")),
        }
    }
    Ok(())
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
