//! Several rules at once, and cheqd Studio's choice of the one to tell: the last that failed, in the order of declaration
//! (docs/api.md#bodies). All of them stand in `errors`, so that a form can mark every field.

use app::Fault;
use serde_json::{Value, json};

/// What failed so far.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    failures: Vec<Fault>,
}

impl Rules {
    /// Notes the rule's outcome; its value if it passed.
    pub(crate) fn note<T>(&mut self, outcome: Result<T, Fault>) -> Option<T> {
        outcome.map_err(|fault| self.failures.push(fault)).ok()
    }

    /// The fault to answer, if any rule failed.
    pub(crate) fn finish(mut self) -> Result<(), Fault> {
        let all: Vec<Value> = self.failures.iter().map(told).collect();
        match self.failures.pop() {
            None => Ok(()),
            Some(last) if self.failures.is_empty() => Err(last),
            Some(last) => Err(last.with("errors", all)),
        }
    }
}

fn told(fault: &Fault) -> Value {
    json!({"field": fault.members.get("field"), "code": fault.code, "error": fault.public})
}

/// Ends the rules: answers the fault, if one failed, else goes on with the values of those that are named.
macro_rules! passed {
    ($rules:ident: $($value:ident),+) => {
        $rules.finish()?;
        $(let $value = $value.ok_or_else($crate::rules::incomplete)?;)+
    };
}
pub(crate) use passed;

/// Every rule passed, so every value is there.
pub(crate) fn incomplete() -> Fault {
    Fault::bug("a request that passed all rules lacks a value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::invalid;

    #[test]
    fn the_last_failure_is_told_and_all_are_listed() {
        let mut rules = Rules::default();
        assert_eq!(rules.note(Ok(1)), Some(1));
        assert_eq!(rules.note::<()>(Err(invalid("a", "first"))), None);
        assert_eq!(rules.note::<()>(Err(invalid("b", "second"))), None);
        let fault = rules.finish().unwrap_err();
        assert_eq!(fault.public, "second");
        assert_eq!(fault.members["errors"][0]["field"], "a");
        assert_eq!(fault.members["errors"][1]["error"], "second");
        assert!(Rules::default().finish().is_ok());
    }
}
