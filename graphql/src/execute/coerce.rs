//! Coercion of what callers give for variables and arguments (GraphQL specification, 3.5 to 3.12 and 6.1.2), before anything
//! is executed: what does not fit is an error of the request.

use super::types::{Input, Kind, Types};
use crate::scalar;
use async_graphql::{
    Name, Positioned, ServerError, Value, Variables,
    indexmap::IndexMap,
    parser::types::{BaseType, Type, VariableDefinition},
};
use std::collections::HashMap;

/// Values of variables. Those that were left out and have no default are absent.
pub(crate) type Known = HashMap<Name, Value>;

/// The values of an operation's variables.
pub(crate) fn variables(
    types: &Types,
    definitions: &[Positioned<VariableDefinition>],
    given: &Variables,
) -> Result<Known, Vec<ServerError>> {
    let mut known = Known::new();
    let mut errors = Vec::new();
    for definition in definitions {
        let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
        let (name, ty) = (&name.node, &var_type.node);
        let value = match given.get(name) {
            Some(value) => coerced(types, ty, value.clone(), &format!("${name}")),
            None => match default_value {
                Some(default) => coerced(types, ty, default.node.clone(), &format!("${name}")),
                None if ty.nullable => continue,
                None => Err(format!("Variable ${name} of required type {ty} was not provided.")),
            },
        };
        match value {
            Ok(value) => {
                known.insert(name.clone(), value);
            }
            Err(sentence) => errors.push(ServerError::new(sentence, Some(definition.pos))),
        }
    }
    if errors.is_empty() { Ok(known) } else { Err(errors) }
}

/// A value as its type wants it; `Err` is a sentence that starts with where it stands.
pub(crate) fn coerced(types: &Types, ty: &Type, value: Value, at: &str) -> Result<Value, String> {
    if value == Value::Null {
        return if ty.nullable { Ok(Value::Null) } else { Err(format!("{at} must not be null.")) };
    }
    match &ty.base {
        BaseType::List(item) => match value {
            Value::List(items) => {
                let each = items.into_iter().enumerate();
                let each = each.map(|(index, value)| coerced(types, item, value, &format!("{at}[{index}]")));
                each.collect::<Result<_, _>>().map(Value::List)
            }
            // One value stands for a list of it.
            single => Ok(Value::List(vec![coerced(types, item, single, at)?])),
        },
        BaseType::Named(name) => named(types, name, value, at),
    }
}

fn named(types: &Types, name: &Name, value: Value, at: &str) -> Result<Value, String> {
    match types.kind(name) {
        Some(Kind::Input(fields)) => match value {
            Value::Object(members) => object(types, name, fields, members, at),
            _ => Err(format!("{at} should be an object of type {name}.")),
        },
        Some(Kind::Enum(values)) => match &value {
            Value::Enum(text) if values.contains(text) => Ok(value),
            Value::String(text) if values.contains(text.as_str()) => Ok(Value::Enum(Name::new(text))),
            _ => Err(format!("{at} should be one of the values of {name}.")),
        },
        // Custom scalars are not always in the definition; output types are refused by validation.
        _ => scalar::check(name, value).map_err(|what| format!("{at} should be {what}.")),
    }
}

fn object(
    types: &Types,
    name: &Name,
    fields: &IndexMap<Name, Input>,
    members: IndexMap<Name, Value>,
    at: &str,
) -> Result<Value, String> {
    let mut taken = IndexMap::with_capacity(members.len());
    for (member, value) in members {
        let Some(field) = fields.get(&member) else {
            return Err(format!("{at} has a member that {name} does not have: {member}."));
        };
        let value = coerced(types, &field.ty, value, &format!("{at}.{member}"))?;
        taken.insert(member, value);
    }
    let missing = fields.iter().find(|(field, input)| input.required() && !taken.contains_key(*field));
    if let Some((field, _)) = missing {
        return Err(format!("{at}.{field} is required."));
    }
    Ok(Value::Object(taken))
}
