//! Small reading aids over `serde_json::Value` that several formats share.

use serde_json::{Map, Number, Value};

/// A text or a list of texts, as JSON-LD allows; entries that are not text are left out.
pub(crate) fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A value or a list of values: always a list.
pub(crate) fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(single) => vec![single],
    }
}

/// The text member `name`.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// Appends `items` to `target` unless already there (order of first occurrence kept).
pub(crate) fn push_unique(target: &mut Vec<Value>, item: Value) {
    if !target.contains(&item) {
        target.push(item);
    }
}

/// JavaScript's idea of a present value: what did-jwt-vc copies into `vc`.
pub(crate) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64().is_some_and(|n| n != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// Equality of what is said: member order does not matter, and numbers are equal when they are the same number, however it
/// is written (`1` and `1.0`). Nothing is rounded: 9007199254740993 is not 9007199254740992.0.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        (a, b) => a == b,
    }
}

fn same_number(left: &Number, right: &Number) -> bool {
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => left == right,
        // Two fractions; or a fraction and a whole number, which are never the same.
        (None, None) => left.as_f64() == right.as_f64(),
        _ => false,
    }
}

/// A number without fraction, exactly; `None` if it has one, or is beyond 2^100.
fn whole(number: &Number) -> Option<i128> {
    /// 2^100.
    const BEYOND: f64 = 1_267_650_600_228_229_401_496_703_205_376.0;
    if let Some(number) = number.as_i64() {
        return Some(number.into());
    }
    if let Some(number) = number.as_u64() {
        return Some(number.into());
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^100 fits")]
    number
        .as_f64()
        .filter(|number| number.fract() == 0.0 && number.abs() < BEYOND)
        .map(|number| number as i128)
}

/// The canonical form (RFC 8785). A value has one, so a failure is none: it would be an empty text, which no value has.
pub(crate) fn canonical(value: &Value) -> String {
    serde_json_canonicalizer::to_string(value).unwrap_or_default()
}

/// Inserts only when there is a value.
pub(crate) fn insert_some(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn verdicts_8_numbers_are_compared_exactly() {
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        for (left, right) in [
            ("1", "1.0"),
            ("0", "-0"),
            ("0", "-0.0"),
            ("100", "1e2"),
            ("18446744073709551615", "18446744073709551615"),
            ("1e300", "1.0e300"),
            ("0.1", "1e-1"),
            ("9007199254740992", "9007199254740992.0"),
        ] {
            assert!(equal(&read(left), &read(right)) && equal(&read(right), &read(left)), "{left} {right}");
        }
        for (left, right) in [
            ("9007199254740993", "9007199254740992.0"),
            ("9223372036854775807", "9223372036854775808.0"),
            ("18446744073709551615", "1.8446744073709552e19"),
            ("18446744073709551615", "18446744073709551614"),
            ("-1", "18446744073709551615"),
            ("1", "1.0000000000000002"),
            ("0.1", "0.10000000000000002"),
            ("1e300", "1e301"),
            ("1", "true"),
            ("1", "\"1\""),
        ] {
            assert!(!equal(&read(left), &read(right)) && !equal(&read(right), &read(left)), "{left} {right}");
        }
        assert!(equal(&json!({"a": [1, {"b": 2.0}]}), &json!({"a": [1.0, {"b": 2}]})));
        assert!(!equal(&json!({"a": 1}), &json!({"a": 1, "b": null})));
    }
}
