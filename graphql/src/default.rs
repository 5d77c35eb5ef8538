//! Optional inputs with a default. Left out or `null`, they are the default: a generated client that sends `null` for what its
//! user did not say gets what the schema says.

use async_graphql::{InputType, InputValueError, InputValueResult, Value, registry::Registry};
use std::borrow::Cow;

/// A value with a default of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct OrDefault<T>(pub(crate) T);

/// Whether; `DEFAULT` if nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag<const DEFAULT: bool>(pub(crate) bool);

impl<const DEFAULT: bool> Default for Flag<DEFAULT> {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

/// A nullable type in the schema whose `null` is `absent`.
macro_rules! nullable {
    (($($generics:tt)*) $name:ty, $inner:ty) => {
        impl<$($generics)*> InputType for $name {
            type RawValueType = <$inner as InputType>::RawValueType;

            fn type_name() -> Cow<'static, str> {
                <$inner>::type_name()
            }
            fn qualified_type_name() -> String {
                <$inner>::type_name().into_owned()
            }
            fn create_type_info(registry: &mut Registry) -> String {
                <$inner>::create_type_info(registry);
                <$inner>::type_name().into_owned()
            }
            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                match value {
                    None | Some(Value::Null) => Ok(Self::default()),
                    given => <$inner>::parse(given).map(Self).map_err(InputValueError::propagate),
                }
            }
            fn to_value(&self) -> Value {
                self.0.to_value()
            }
            fn as_raw_value(&self) -> Option<&Self::RawValueType> {
                self.0.as_raw_value()
            }
        }
    };
}
nullable!((T: InputType + Default) OrDefault<T>, T);
nullable!((const DEFAULT: bool) Flag<DEFAULT>, bool);

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::value;

    fn parsed<T: InputType>(given: Option<Value>) -> T {
        T::parse(given).map_err(|_| "refused").unwrap()
    }

    #[test]
    fn absent_and_null_are_the_default_and_the_type_is_nullable() {
        for given in [None, Some(Value::Null)] {
            assert!(parsed::<Flag<true>>(given.clone()).0);
            assert!(!parsed::<Flag<false>>(given.clone()).0);
            assert_eq!(parsed::<OrDefault<String>>(given), OrDefault(String::new()));
        }
        assert!(!parsed::<Flag<true>>(Some(value!(false))).0);
        assert_eq!(parsed::<OrDefault<i32>>(Some(value!(7))).0, 7);
        assert!(Flag::<true>::parse(Some(value!("yes"))).is_err());
        assert_eq!(Flag::<true>::qualified_type_name(), "Boolean");
        assert_eq!(OrDefault::<String>::qualified_type_name(), "String");
    }
}
