//! Scalars of the schema beside GraphQL's own, `DateTime` and `JSON`.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use domain::id::Ncheq;

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
