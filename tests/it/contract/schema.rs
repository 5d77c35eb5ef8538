//! Values against JSON Schema 2020-12, as far as OpenAPI 3.1 documents of utoipa use it. Stricter than a client needs to
//! be: an object that lists its members has no others, unless the schema says that it may.

use serde_json::Value;

/// The schemas that references name: `components.schemas` of the document.
pub struct Schemas<'a>(pub &'a Value);

impl Schemas<'_> {
    /// What does not fit, each with its place; empty if the value fits.
    pub fn complaints(&self, schema: &Value, value: &Value) -> Vec<String> {
        self.at(schema, value, "$")
    }

    fn at(&self, schema: &Value, value: &Value, place: &str) -> Vec<String> {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.trim_start_matches("#/components/schemas/");
            let named = &self.0[name];
            assert!(named.is_object(), "{reference} is not in the document");
            return self.at(named, value, place);
        }
        for (word, least, most) in [("oneOf", 1, 1), ("anyOf", 1, usize::MAX)] {
            if let Some(choices) = schema[word].as_array() {
                return self.choice(choices, value, place, least, most);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return parts.iter().flat_map(|part| self.at(part, value, place)).collect();
        }
        let mut wrong = Vec::new();
        if !kinds(schema).is_empty() && !kinds(schema).iter().any(|kind| is(kind, value)) {
            wrong.push(format!("{place}: {} is no {}", shown(value), kinds(schema).join(" or ")));
            return wrong;
        }
        if schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(value)) {
            wrong.push(format!("{place}: {} is not one of {}", shown(value), schema["enum"]));
        }
        match value {
            Value::Object(_) => wrong.extend(self.object(schema, value, place)),
            Value::Array(items) if !schema["items"].is_null() => {
                let each = items.iter().enumerate();
                wrong.extend(
                    each.flat_map(|(i, item)| self.at(&schema["items"], item, &format!("{place}[{i}]"))),
                );
            }
            Value::Number(number) => wrong.extend(bounds(schema, number, place)),
            Value::String(text) => wrong.extend(format_of(schema, text, place)),
            _ => {}
        }
        wrong
    }

    fn choice(
        &self,
        choices: &[Value],
        value: &Value,
        place: &str,
        least: usize,
        most: usize,
    ) -> Vec<String> {
        let tried: Vec<Vec<String>> = choices.iter().map(|choice| self.at(choice, value, place)).collect();
        let fitting = tried.iter().filter(|wrong| wrong.is_empty()).count();
        if (least..=most).contains(&fitting) {
            return Vec::new();
        }
        // Whoever sees a list wants to know what is wrong in it, not that it is no text.
        let is_of_kind = |wrong: &&Vec<String>| !wrong[0].starts_with(&format!("{place}: "));
        let wrong = || tried.iter().filter(|wrong| !wrong.is_empty());
        let nearest = wrong().find(is_of_kind).or_else(|| wrong().next()).cloned().unwrap_or_default();
        vec![format!(
            "{place}: {} fits {fitting} of {} shapes; {}",
            shown(value),
            choices.len(),
            nearest.join("; ")
        )]
    }

    fn object(&self, schema: &Value, value: &Value, place: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        let members = value.as_object().expect("an object");
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                wrong.push(format!("{place}: {name} is missing"));
            }
        }
        let declared = &schema["properties"];
        for (name, member) in members {
            let place = format!("{place}.{name}");
            match (&declared[name], &schema["additionalProperties"]) {
                (Value::Null, Value::Bool(true)) => {}
                (Value::Null, Value::Null) if declared.is_null() => {}
                (Value::Null, others @ Value::Object(_)) => wrong.extend(self.at(others, member, &place)),
                (Value::Null, _) => wrong.push(format!("{place} is not declared")),
                (known, _) => wrong.extend(self.at(known, member, &place)),
            }
        }
        wrong
    }
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the document has a type {other}"),
    }
}

fn bounds(schema: &Value, number: &serde_json::Number, place: &str) -> Vec<String> {
    let number = number.as_f64().expect("a finite number");
    let below = schema["minimum"].as_f64().is_some_and(|least| number < least);
    let above = schema["maximum"].as_f64().is_some_and(|most| number > most);
    (below || above).then(|| format!("{place}: {number} is out of range")).into_iter().collect()
}

fn format_of(schema: &Value, text: &str, place: &str) -> Vec<String> {
    let fits = match schema["format"].as_str() {
        Some("uuid") => uuid::Uuid::try_parse(text).is_ok(),
        Some("date-time") => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        _ => true,
    };
    (!fits).then(|| format!("{place}: {text} has another format")).into_iter().collect()
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 80 { format!("{}…", text.chars().take(80).collect::<String>()) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_told_with_its_place() {
        let named = json!({"Leaf": {"type": "object", "required": ["n"], "properties": {"n": {"type": ["integer", "null"], "minimum": 0}}}});
        let schemas = Schemas(&named);
        let leaf = json!({"$ref": "#/components/schemas/Leaf"});
        let either = json!({"oneOf": [{"type": "null"}, leaf, {"type": "array", "items": leaf}]});
        let open =
            json!({"type": "object", "properties": {"a": {"enum": ["x"]}}, "additionalProperties": true});
        let fits = |schema: &Value, value: Value| schemas.complaints(schema, &value);
        for (schema, value) in [
            (&leaf, json!({"n": 1})),
            (&leaf, json!({"n": null})),
            (&either, json!(null)),
            (&either, json!([{"n": 1}, {"n": 2}])),
            (&open, json!({"a": "x", "b": [1]})),
            (&json!({"type": "object"}), json!({"anything": 1})),
            (&json!({}), json!([null])),
        ] {
            assert_eq!(fits(schema, value.clone()), Vec::<String>::new(), "{value}");
        }
        for (schema, value, place) in [
            (&leaf, json!({}), "$: n is missing"),
            (&leaf, json!({"n": "1"}), "$.n: \"1\" is no integer or null"),
            (&leaf, json!({"n": 1.5}), "$.n: 1.5 is no integer or null"),
            (&leaf, json!({"n": -1}), "$.n: -1 is out of range"),
            (&leaf, json!({"n": 1, "m": 1}), "$.m is not declared"),
            (&open, json!({"a": "y"}), "$.a: \"y\" is not one of [\"x\"]"),
            (&json!({"type": "string", "format": "uuid"}), json!("x"), "$: x has another format"),
        ] {
            assert_eq!(fits(schema, value.clone()), [place], "{value}");
        }
        assert!(fits(&either, json!([{"n": 1}, {}]))[0].contains("$[1]: n is missing"));
        assert!(fits(&json!({"oneOf": [{}, {}]}), json!(1))[0].contains("fits 2 of 2 shapes"));
    }
}
