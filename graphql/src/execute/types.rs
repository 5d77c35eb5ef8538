//! What the schema says, in a form that requests are checked and answers are completed against. It is read from the
//! definition language the schema is published in, so it cannot say anything else.

use async_graphql::{
    Name,
    indexmap::IndexMap,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};
use std::collections::{HashMap, HashSet};

/// An argument or an input field.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) ty: Type,
    pub(crate) has_default: bool,
}

impl Input {
    /// Whether a caller must give it.
    pub(crate) fn required(&self) -> bool {
        !self.ty.nullable && !self.has_default
    }
}

/// A field of an object.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) ty: Type,
    pub(crate) arguments: IndexMap<Name, Input>,
}

/// A type of the schema.
#[derive(Debug)]
pub(crate) enum Kind {
    Scalar,
    Enum(HashSet<Name>),
    Object(HashMap<Name, Field>),
    /// An interface or union, by the objects it can be.
    Abstract(Vec<Name>),
    Input(IndexMap<Name, Input>),
}

/// The types of the schema by name. Those of introspection are not among them.
#[derive(Debug, Default)]
pub(crate) struct Types(HashMap<Name, Kind>);

/// The name inside all lists.
pub(crate) fn innermost(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => innermost(item),
    }
}

impl Types {
    /// From the schema's own definition. One that cannot be read gives no types, which a test would notice.
    pub(crate) fn of(sdl: &str) -> Self {
        let Ok(document) = parse_schema(sdl) else { return Self::default() };
        let mut kinds = HashMap::new();
        let mut members: HashMap<Name, Vec<Name>> = HashMap::new();
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let (name, kind) = (definition.node.name.node, definition.node.kind);
            let kind = match kind {
                TypeKind::Scalar => Kind::Scalar,
                TypeKind::Enum(values) => {
                    Kind::Enum(values.values.into_iter().map(|value| value.node.value.node).collect())
                }
                TypeKind::Object(object) => {
                    for interface in object.implements {
                        members.entry(interface.node).or_default().push(name.clone());
                    }
                    Kind::Object(object.fields.into_iter().map(|field| of_field(field.node)).collect())
                }
                TypeKind::Interface(_) => Kind::Abstract(Vec::new()),
                TypeKind::Union(union) => {
                    Kind::Abstract(union.members.into_iter().map(|member| member.node).collect())
                }
                TypeKind::InputObject(input) => Kind::Input(of_inputs(input.fields)),
            };
            kinds.insert(name, kind);
        }
        for (interface, objects) in members {
            kinds.insert(interface, Kind::Abstract(objects));
        }
        Self(kinds)
    }

    pub(crate) fn kind(&self, name: &str) -> Option<&Kind> {
        self.0.get(name)
    }

    /// A field of an object.
    pub(crate) fn field(&self, object: &str, field: &str) -> Option<&Field> {
        match self.kind(object) {
            Some(Kind::Object(fields)) => fields.get(field),
            _ => None,
        }
    }

    /// Whether a fragment on `condition` speaks of this object.
    pub(crate) fn covers(&self, condition: &str, object: &str) -> bool {
        condition == object
            || matches!(self.kind(condition), Some(Kind::Abstract(objects)) if objects.iter().any(|name| name == object))
    }

    /// Every type.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Name, &Kind)> {
        self.0.iter()
    }
}

fn of_field(field: FieldDefinition) -> (Name, Field) {
    (field.name.node, Field { ty: field.ty.node, arguments: of_inputs(field.arguments) })
}

fn of_inputs(inputs: Vec<async_graphql::Positioned<InputValueDefinition>>) -> IndexMap<Name, Input> {
    inputs
        .into_iter()
        .map(|input| {
            let InputValueDefinition { name, ty, default_value, .. } = input.node;
            (name.node, Input { ty: ty.node, has_default: default_value.is_some() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_read_whole() {
        let types = Types::of(&crate::sdl());
        assert!(types.all().count() > 80);
        let dids = types.field("Query", "dids").unwrap();
        assert_eq!(dids.ty.to_string(), "DidConnection!");
        assert!(dids.arguments.contains_key("after"));
        assert!(types.covers("Node", "Did") && types.covers("Did", "Did") && !types.covers("Did", "Key"));
        let Some(Kind::Input(fields)) = types.kind("UpdateDidInput") else { panic!("an input") };
        assert!(fields["did"].required() && !fields["service"].required());
        let Some(Kind::Enum(values)) = types.kind("Network") else { panic!("an enum") };
        assert!(values.contains("TESTNET"));
        assert!(matches!(types.kind("DateTime"), Some(Kind::Scalar)));
    }
}
