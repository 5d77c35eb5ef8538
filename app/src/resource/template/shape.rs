//! Whether a content has the shape that a template shows: the keywords of JSON Schema 2020-12 that the templates use, and no others.
//!
//! Only our own schemas are read here, never a caller's. The crate `jsonschema` would bring some twenty-five others, a second kind of
//! regular expressions and fractions of any size among them, for keywords that no template uses.

use serde_json::{Map, Number, Value};
use std::collections::{BTreeMap, HashSet};

/// Where a content has another shape, and which it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misfit {
    /// JSON Pointer (RFC 6901); empty for the whole.
    pub(super) pointer: String,
    /// What should be there.
    pub(super) why: String,
}

impl Misfit {
    pub(super) fn at(pointer: &str, why: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), why: why.into() }
    }

    /// The same in something that stands at `place`.
    pub(super) fn below(self, place: &str) -> Self {
        Self { pointer: format!("{place}{}", self.pointer), ..self }
    }
}

/// The pointer of a member or item.
pub(super) fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Keywords that check something.
#[cfg(test)]
pub(super) const CHECKED: [&str; 15] = [
    "$ref",
    "type",
    "enum",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "minItems",
    "uniqueItems",
    "minLength",
    "minimum",
    "exclusiveMinimum",
    "if",
    "then",
    "else",
];

/// Whether `content` has the shape of `root`.
pub(super) fn check(root: &Value, content: &Value) -> Result<(), Misfit> {
    Shape { root }.fits(root, content, "")
}

struct Shape<'a> {
    root: &'a Value,
}

impl<'a> Shape<'a> {
    fn fits(&self, schema: &'a Value, content: &Value, at: &str) -> Result<(), Misfit> {
        let Value::Object(schema) = schema else {
            let is_fine = schema != &Value::Bool(false);
            return if is_fine { Ok(()) } else { Err(Misfit::at(at, "should not be there")) };
        };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let named = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            self.fits(named.unwrap_or(&Value::Bool(false)), content, at)?;
        }
        of_type(schema, content, at)?;
        one_of(schema, content, at)?;
        match content {
            Value::Object(members) => self.members(schema, members, at)?,
            Value::Array(items) => self.items(schema, items, at)?,
            Value::String(text) => long_enough(schema, text, at)?,
            Value::Number(number) => large_enough(schema, number, at)?,
            Value::Null | Value::Bool(_) => {}
        }
        match schema.get("if") {
            None => Ok(()),
            Some(condition) => {
                let is_met = self.fits(condition, content, at).is_ok();
                let next = schema.get(if is_met { "then" } else { "else" });
                next.map_or(Ok(()), |next| self.fits(next, content, at))
            }
        }
    }

    fn members(
        &self,
        schema: &'a Map<String, Value>,
        members: &Map<String, Value>,
        at: &str,
    ) -> Result<(), Misfit> {
        for name in texts(schema.get("required")) {
            if !members.contains_key(name) {
                return Err(Misfit::at(&member(at, name), "is missing"));
            }
        }
        let known = schema.get("properties").and_then(Value::as_object);
        for (name, value) in members {
            let own = known.and_then(|known| known.get(name)).or_else(|| schema.get("additionalProperties"));
            if let Some(own) = own {
                self.fits(own, value, &member(at, name))?;
            }
        }
        Ok(())
    }

    fn items(&self, schema: &'a Map<String, Value>, items: &[Value], at: &str) -> Result<(), Misfit> {
        let least = number(schema, "minItems").unwrap_or_default();
        if to_f64(items.len()) < least {
            return Err(Misfit::at(at, format!("should have at least {least} item")));
        }
        let each = schema.get("items");
        let is_unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
        // By their texts: as many comparisons as items, not as pairs of them.
        let mut seen = HashSet::new();
        for (place, item) in items.iter().enumerate() {
            let at = format!("{at}/{place}");
            if let Some(each) = each {
                self.fits(each, item, &at)?;
            }
            if is_unique && !seen.insert(sorted(item).to_string()) {
                return Err(Misfit::at(&at, "should not be there twice"));
            }
        }
        Ok(())
    }
}

/// With the members of objects in the order of their names, so that equal values have one text.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().collect();
            members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        other => other.clone(),
    }
}

fn of_type(schema: &Map<String, Value>, content: &Value, at: &str) -> Result<(), Misfit> {
    let wanted: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        some => texts(some).collect(),
    };
    if wanted.is_empty() || wanted.iter().any(|kind| is_of(kind, content)) {
        return Ok(());
    }
    Err(Misfit::at(at, format!("should be of type {}", wanted.join(" or "))))
}

fn is_of(kind: &str, content: &Value) -> bool {
    match kind {
        "null" => content.is_null(),
        "boolean" => content.is_boolean(),
        "string" => content.is_string(),
        "array" => content.is_array(),
        "object" => content.is_object(),
        "number" => content.is_number(),
        // 1.0 is an integer.
        "integer" => {
            content.is_i64() || content.is_u64() || content.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        _ => false,
    }
}

fn one_of(schema: &Map<String, Value>, content: &Value, at: &str) -> Result<(), Misfit> {
    let Some(Value::Array(choices)) = schema.get("enum") else { return Ok(()) };
    if choices.contains(content) {
        return Ok(());
    }
    let names: Vec<String> = choices.iter().map(ToString::to_string).collect();
    Err(Misfit::at(at, format!("should be one of {}", names.join(", "))))
}

fn long_enough(schema: &Map<String, Value>, text: &str, at: &str) -> Result<(), Misfit> {
    let least = number(schema, "minLength").unwrap_or_default();
    if to_f64(text.chars().count()) < least {
        return Err(Misfit::at(at, format!("should have at least {least} character")));
    }
    Ok(())
}

fn large_enough(schema: &Map<String, Value>, content: &Number, at: &str) -> Result<(), Misfit> {
    let content = content.as_f64().unwrap_or_default();
    if let Some(least) = number(schema, "minimum").filter(|least| content < *least) {
        return Err(Misfit::at(at, format!("should be at least {least}")));
    }
    if let Some(below) = number(schema, "exclusiveMinimum").filter(|below| content <= *below) {
        return Err(Misfit::at(at, format!("should be more than {below}")));
    }
    Ok(())
}

fn number(schema: &Map<String, Value>, keyword: &str) -> Option<f64> {
    schema.get(keyword).and_then(Value::as_f64)
}

#[expect(clippy::cast_precision_loss, reason = "contents have fewer parts than 2^52")]
const fn to_f64(count: usize) -> f64 {
    count as f64
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(schema: &Value, content: &Value) -> Result<(), (String, String)> {
        check(schema, content).map_err(|misfit| (misfit.pointer, misfit.why))
    }

    #[test]
    fn every_keyword_says_where_and_what() {
        for (schema, good, bad, pointer, why) in [
            (json!({"type": "string"}), json!("a"), json!(1), "", "should be of type string"),
            (
                json!({"type": ["array", "null"]}),
                json!(null),
                json!({}),
                "",
                "should be of type array or null",
            ),
            (json!({"type": "integer"}), json!(1.0), json!(1.5), "", "should be of type integer"),
            (json!({"enum": ["a", 1]}), json!(1), json!("b"), "", "should be one of \"a\", 1"),
            (json!({"required": ["a/b"]}), json!({"a/b": 1}), json!({}), "/a~1b", "is missing"),
            (
                json!({"properties": {"a": {"properties": {"b": {"type": "null"}}}}}),
                json!({"a": {"c": 1}}),
                json!({"a": {"b": 1}}),
                "/a/b",
                "should be of type null",
            ),
            (
                json!({"properties": {"a": true}, "additionalProperties": false}),
                json!({"a": 1}),
                json!({"~": 1}),
                "/~0",
                "should not be there",
            ),
            (
                json!({"items": {"minLength": 1}}),
                json!(["a"]),
                json!(["a", ""]),
                "/1",
                "should have at least 1 character",
            ),
            (json!({"minItems": 1}), json!([0]), json!([]), "", "should have at least 1 item"),
            (
                json!({"uniqueItems": true}),
                json!([1, 2]),
                json!([1, 2, 1]),
                "/2",
                "should not be there twice",
            ),
            (json!({"minimum": 0}), json!(0), json!(-1), "", "should be at least 0"),
            (json!({"exclusiveMinimum": 0}), json!(0.1), json!(0), "", "should be more than 0"),
            (
                json!({"if": {"type": "array"}, "then": {"minItems": 1}, "else": {"type": "string"}}),
                json!([1]),
                json!(1),
                "",
                "should be of type string",
            ),
            (
                json!({"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}, "type": "array"}}}),
                json!([[], [[]]]),
                json!([[], [[], 1]]),
                "/1/1",
                "should be of type array",
            ),
            (json!({"$ref": "#/$defs/none"}), json!(null), json!(1), "", "should not be there"),
        ] {
            if schema["$ref"] != "#/$defs/none" {
                assert_eq!(told(&schema, &good), Ok(()), "{schema} {good}");
            }
            assert_eq!(told(&schema, &bad), Err((pointer.to_owned(), why.to_owned())), "{schema} {bad}");
        }
    }
}
