//! Answers as the specification completes them (6.4.3 and 6.4.4): members in the order asked, `null` where a field has an
//! error, and where `null` must not stand, `null` in the place of what holds it.
//!
//! The library resolves fields concurrently, adds them in the order they are ready, and leaves out those with errors. That
//! is put right here, against the plan of what was asked.

use super::plan::{Below, MARK, Plan, Planned};
use async_graphql::{
    Name, PathSegment, ServerError, Value,
    indexmap::IndexMap,
    parser::types::{BaseType, Type},
};
use std::collections::HashSet;

/// The data of an answer; `Null` if an error took all of it. A `null` that nobody gave a reason for gets an error.
pub(crate) fn complete(plan: &Plan, data: Value, errors: &mut Vec<ServerError>) -> Value {
    let mut completing = Completing::default();
    for error in errors.iter() {
        completing.explain(&error.path);
    }
    let members = match data {
        Value::Object(members) => members,
        _ => IndexMap::new(),
    };
    let shown = completing.object(plan, members);
    errors.append(&mut completing.unexplained);
    shown.unwrap_or_default()
}

/// A null where none may stand.
struct Gone;

#[derive(Default)]
struct Completing {
    /// The places of errors.
    at: HashSet<Vec<Step>>,
    /// The places above errors.
    above: HashSet<Vec<Step>>,
    path: Vec<Step>,
    unexplained: Vec<ServerError>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Step {
    Field(String),
    Index(usize),
}

impl From<&PathSegment> for Step {
    fn from(segment: &PathSegment) -> Self {
        match segment {
            PathSegment::Field(name) => Self::Field(name.clone()),
            PathSegment::Index(index) => Self::Index(*index),
        }
    }
}

impl From<Step> for PathSegment {
    fn from(step: Step) -> Self {
        match step {
            Step::Field(name) => Self::Field(name),
            Step::Index(index) => Self::Index(index),
        }
    }
}

impl Completing {
    fn explain(&mut self, path: &[PathSegment]) {
        let steps: Vec<Step> = path.iter().map(Step::from).collect();
        for length in 1..steps.len() {
            self.above.insert(steps.iter().take(length).cloned().collect());
        }
        self.at.insert(steps);
    }

    /// Whether an error is at this place or below it.
    fn has_reason(&self) -> bool {
        self.at.contains(&self.path) || self.above.contains(&self.path)
    }

    fn object(&mut self, plan: &Plan, mut members: IndexMap<Name, Value>) -> Result<Value, Gone> {
        let mut shown = IndexMap::with_capacity(plan.0.len());
        for planned in &plan.0 {
            let given = members.swap_remove(&planned.key);
            self.path.push(Step::Field(planned.key.to_string()));
            let value = self.field(planned, given);
            self.path.pop();
            shown.insert(planned.key.clone(), value?);
        }
        Ok(Value::Object(shown))
    }

    fn field(&mut self, planned: &Planned, given: Option<Value>) -> Result<Value, Gone> {
        match &planned.ty {
            Some(ty) => self.value(ty, &planned.below, given.unwrap_or_default()),
            None => Ok(self.untyped(&planned.below, given.unwrap_or_default())),
        }
    }

    fn value(&mut self, ty: &Type, below: &Below, given: Value) -> Result<Value, Gone> {
        let value = match (&ty.base, given) {
            (BaseType::List(item), Value::List(items)) => self.list(item, below, items),
            (BaseType::Named(_), given) => self.named(below, given),
            (BaseType::List(_), _) => Ok(Value::Null),
        };
        match value {
            Ok(Value::Null) | Err(Gone) if !ty.nullable => {
                if !self.has_reason() {
                    self.note_unexplained();
                }
                Err(Gone)
            }
            Err(Gone) => Ok(Value::Null),
            Ok(value) => Ok(value),
        }
    }

    fn list(&mut self, item: &Type, below: &Below, items: Vec<Value>) -> Result<Value, Gone> {
        let mut shown = Vec::with_capacity(items.len());
        for (index, given) in items.into_iter().enumerate() {
            self.path.push(Step::Index(index));
            let value = self.value(item, below, given);
            self.path.pop();
            shown.push(value?);
        }
        Ok(Value::List(shown))
    }

    fn named(&mut self, below: &Below, given: Value) -> Result<Value, Gone> {
        if matches!(below, Below::Leaf) {
            return Ok(given);
        }
        let members = match given {
            Value::Object(members) => members,
            // An object all of whose fields had errors is left as null by the library.
            Value::Null if self.above.contains(&self.path) => IndexMap::new(),
            _ => return Ok(Value::Null),
        };
        match below {
            Below::Leaf => Ok(Value::Null),
            Below::One(plan) => self.object(plan, members),
            Below::OneOf(plans) => {
                let found = plans.iter().find(|(name, _)| {
                    matches!(members.get(MARK), Some(Value::String(object)) if object == name.as_str())
                });
                match found {
                    Some((_, plan)) => self.object(plan, members),
                    None => Ok(Value::Null),
                }
            }
        }
    }

    /// What the schema's definition does not have; introspection has no errors.
    fn untyped(&mut self, below: &Below, given: Value) -> Value {
        match (below, given) {
            (Below::One(_), Value::List(items)) => {
                Value::List(items.into_iter().map(|item| self.untyped(below, item)).collect())
            }
            (Below::One(plan), Value::Object(members)) => self.object(plan, members).unwrap_or_default(),
            (_, given) => given,
        }
    }

    fn note_unexplained(&mut self) {
        let mut error = ServerError::new("A value is missing that must be there.", None);
        error.path = self.path.iter().cloned().map(PathSegment::from).collect();
        error.extensions.get_or_insert_default().set("code", "bug");
        tracing::error!(path = ?error.path, "graphql.field.missing");
        self.explain(&error.path);
        self.unexplained.push(error);
    }
}
