//! Scalars of the schema beside GraphQL's own, `DateTime` and `JSON`, and what each scalar takes.

use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};
use domain::id::{Instant, Ncheq};

/// The largest whole number that every JSON reader keeps exactly: 2^53 − 1.
const LONG_MAX: u64 = (1 << 53) - 1;

/// An amount of ncheq (1 CHEQ = 10^9 ncheq) as a string of digits: JSON numbers would lose the last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount(pub(crate) Ncheq);

/// An amount of ncheq (1 CHEQ = 10^9 ncheq) as a string of digits: JSON numbers would lose the last ones.
#[Scalar(name = "Ncheq")]
impl ScalarType for Amount {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => {
                Ok(Self(text.parse::<Ncheq>().map_err(|why| InputValueError::custom(why.why))?))
            }
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl Amount {
    /// From the text a read model holds.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// A whole number from 0 to 2^53 − 1, as a JSON number: what may not fit into the 32 bits of an `Int`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Long(pub(crate) u64);

/// A whole number from 0 to 2^53 − 1, as a JSON number: what may not fit into the 32 bits of an `Int`.
#[Scalar]
impl ScalarType for Long {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => whole(number).and_then(|number| u64::try_from(number).ok()),
            _ => None,
        };
        let number = number.filter(|number| *number <= LONG_MAX);
        number.map(Self).ok_or_else(|| InputValueError::custom("expected a whole number from 0 to 2^53 - 1"))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

/// The number, if it has no fraction; `5.0` is 5 in JSON.
fn whole(number: &Number) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked: it has no fraction and is in range")]
    let of_float = || {
        let float = number.as_f64()?;
        (float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_991.0).then_some(float as i64)
    };
    number.as_i64().or_else(of_float)
}

/// A value as a scalar takes it; `Err` says what it takes. Scalars that are not known here take anything.
pub(crate) fn check(scalar: &str, value: Value) -> Result<Value, &'static str> {
    match (scalar, &value) {
        ("Int", Value::Number(number)) => {
            let number = whole(number).and_then(|number| i32::try_from(number).ok());
            number.map(Value::from).ok_or("a whole number of 32 bits")
        }
        ("Int", _) => Err("a whole number of 32 bits"),
        ("Float", Value::Number(_))
        | ("String" | "ID", Value::String(_))
        | ("Boolean", Value::Boolean(_)) => Ok(value),
        ("Float", _) => Err("a number"),
        ("String", _) => Err("a string"),
        ("Boolean", _) => Err("true or false"),
        ("ID", Value::Number(number)) if number.is_i64() => Ok(Value::String(number.to_string())),
        ("ID", _) => Err("a string or a whole number"),
        ("DateTime", _) => is::<Instant>(value, "an RFC 3339 time, e.g. 2026-11-26T10:00:00Z"),
        ("Ncheq", _) => is::<Amount>(value, "an amount of ncheq: a string of digits"),
        ("Long", _) => is::<Long>(value, "a whole number from 0 to 2^53 - 1"),
        _ => Ok(value),
    }
}

fn is<T: ScalarType>(value: Value, what: &'static str) -> Result<Value, &'static str> {
    T::parse(value.clone()).map(|_| value).map_err(|_| what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_scalar_takes_what_its_specification_says() {
        let table = [
            ("Int", json!(5), Some(json!(5))),
            ("Int", json!(5.0), Some(json!(5))),
            ("Int", json!(5.5), None),
            ("Int", json!(2_147_483_648_i64), None),
            ("Int", json!("5"), None),
            ("Long", json!(2_592_000_000_i64), Some(json!(2_592_000_000_i64))),
            ("Long", json!(1_u64 << 53), None),
            ("Long", json!(-1), None),
            ("Float", json!(1), Some(json!(1))),
            ("Float", json!("1"), None),
            ("String", json!("x"), Some(json!("x"))),
            ("String", json!(1), None),
            ("Boolean", json!("true"), None),
            ("ID", json!(7), Some(json!("7"))),
            ("ID", json!(7.5), None),
            ("DateTime", json!("2026-11-26T10:00:00+01:00"), Some(json!("2026-11-26T10:00:00+01:00"))),
            ("DateTime", json!("yesterday"), None),
            ("Ncheq", json!("10"), Some(json!("10"))),
            ("Ncheq", json!(10), None),
            ("JSON", json!({"a": [1]}), Some(json!({"a": [1]}))),
        ];
        for (scalar, given, expected) in table {
            let taken = check(scalar, Value::from_json(given.clone()).unwrap());
            assert_eq!(taken.ok().map(|value| value.into_json().unwrap()), expected, "{scalar} {given}");
        }
    }
}
