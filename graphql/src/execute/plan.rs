//! The operation that is executed: one field per name and object, in the order asked (`CollectFields` of the specification,
//! 6.3.2), with values in place of variables. What is executed and what the answer is completed against are made together.

use super::{
    coerce::{Known, coerced},
    types::{Field as FieldType, Kind, Types, innermost},
};
use crate::{acts, fault::refusal, page};
use app::act::Spec;
use async_graphql::{
    Name, Pos, Positioned, ServerError, Value as ConstValue,
    indexmap::IndexMap,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, InlineFragment,
        OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeCondition,
    },
};
use async_graphql_value::Value;
use std::collections::HashMap;

/// Asked for beside the caller's fields, to know which object stands in an answer, or that there is one; never shown.
pub(crate) const MARK: &str = "__studio_type";

/// The fields of an object, in the order they are shown.
#[derive(Debug, Default)]
pub(crate) struct Plan(pub(crate) Vec<Planned>);

/// A field.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) key: Name,
    /// `None` for what the schema's definition does not have: introspection.
    pub(crate) ty: Option<Type>,
    pub(crate) below: Below,
}

/// What a field's object shows.
#[derive(Debug)]
pub(crate) enum Below {
    /// No object.
    Leaf,
    /// An object of one type.
    One(Plan),
    /// An object of one of these types.
    OneOf(Vec<(Name, Plan)>),
}

impl Plan {
    /// What a caller must be allowed for the things below the root; its fields themselves are acts, and what a mutation made or
    /// changed may be shown by it.
    pub(crate) fn seen(&self) -> Vec<&'static [&'static Spec]> {
        let mut seen: Vec<&'static [&'static Spec]> = Vec::new();
        for root in &self.0 {
            let is_receipt = root.ty.as_ref().is_some_and(|ty| innermost(ty).ends_with("Payload"));
            root.below.each(&mut |field| {
                if is_receipt {
                    field.below.each(&mut |field| field.see(&mut seen));
                } else {
                    field.see(&mut seen);
                }
            });
        }
        seen
    }
}

impl Planned {
    fn see(&self, seen: &mut Vec<&'static [&'static Spec]>) {
        if let Some(acts) = self.ty.as_ref().and_then(|ty| acts::of_type(innermost(ty)))
            && !seen.contains(&acts)
        {
            seen.push(acts);
        }
        self.below.each(&mut |field| field.see(seen));
    }
}

impl Below {
    fn each(&self, look: &mut dyn FnMut(&Planned)) {
        match self {
            Self::Leaf => {}
            Self::One(plan) => plan.0.iter().for_each(look),
            Self::OneOf(plans) => plans.iter().flat_map(|(_, plan)| &plan.0).for_each(look),
        }
    }
}

/// Plans one operation of a valid document. Errors are of the request: nothing was executed.
pub(crate) fn plan(
    types: &Types,
    operation: &Positioned<OperationDefinition>,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    known: &Known,
    cursors: &dyn page::Cursors,
) -> Result<(ExecutableDocument, Plan), Vec<ServerError>> {
    let mut planning = Planning { types, fragments, known, cursors, errors: Vec::new() };
    let root = match operation.node.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let (set, plan) = planning.object(Some(root), &[&operation.node.selection_set.node]);
    if operation.node.ty == OperationType::Subscription {
        planning.require_one_root(operation, &plan);
    }
    if !planning.errors.is_empty() {
        return Err(planning.errors);
    }
    let planned = OperationDefinition {
        ty: operation.node.ty,
        variable_definitions: Vec::new(),
        directives: Vec::new(),
        selection_set: operation.node.selection_set.position_node(set),
    };
    let operations = DocumentOperations::Single(operation.position_node(planned));
    Ok((ExecutableDocument { operations, fragments: HashMap::new() }, plan))
}

struct Planning<'a> {
    types: &'a Types,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    known: &'a Known,
    cursors: &'a dyn page::Cursors,
    errors: Vec<ServerError>,
}

type Collected<'a> = IndexMap<&'a Name, Vec<&'a Positioned<Field>>>;

impl<'a> Planning<'a> {
    /// The specification's rule "single root field".
    fn require_one_root(&mut self, operation: &Positioned<OperationDefinition>, plan: &Plan) {
        let introspects = plan.0.iter().any(|planned| planned.ty.is_none());
        if plan.0.len() != 1 || introspects {
            let sentence = "A subscription must select exactly one field at its root.";
            self.errors.push(ServerError::new(sentence, Some(operation.pos)));
        }
    }

    /// What is executed for an object, and what is shown of it.
    fn object(&mut self, object: Option<&str>, sets: &[&'a SelectionSet]) -> (SelectionSet, Plan) {
        let mut collected = Collected::new();
        for set in sets {
            self.collect(object, set, &mut collected);
        }
        let mut items = Vec::with_capacity(collected.len());
        let mut plan = Plan(Vec::with_capacity(collected.len()));
        for (key, fields) in collected {
            let Some(first) = fields.first() else { continue };
            if key.as_str() == MARK {
                let sentence = format!("{MARK} is reserved; choose another alias.");
                self.errors.push(ServerError::new(sentence, Some(first.pos)));
                continue;
            }
            let (field, planned) = self.field(object, key, first, &fields);
            items.push(first.position_node(Selection::Field(first.position_node(field))));
            plan.0.push(planned);
        }
        if items.is_empty() {
            items.push(mark());
        }
        (SelectionSet { items }, plan)
    }

    fn field(
        &mut self,
        object: Option<&str>,
        key: &Name,
        first: &Positioned<Field>,
        fields: &[&'a Positioned<Field>],
    ) -> (Field, Planned) {
        let name = &first.node.name.node;
        let known = object.and_then(|object| self.types.field(object, name));
        let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.node.selection_set.node).collect();
        let (set, below) = self.below(known, &sets);
        let arguments = self.arguments(object, known, first);
        let field = Field {
            alias: first.node.alias.clone(),
            name: first.node.name.clone(),
            arguments,
            directives: Vec::new(),
            selection_set: first.node.selection_set.position_node(set),
        };
        (field, Planned { key: key.clone(), ty: known.map(|field| field.ty.clone()), below })
    }

    fn below(&mut self, field: Option<&FieldType>, sets: &[&'a SelectionSet]) -> (SelectionSet, Below) {
        let Some(field) = field else {
            if sets.iter().all(|set| set.items.is_empty()) {
                return (SelectionSet::default(), Below::Leaf);
            }
            let (set, plan) = self.object(None, sets);
            return (set, Below::One(plan));
        };
        let name = innermost(&field.ty);
        match self.types.kind(name) {
            Some(Kind::Object(_)) => {
                let (set, plan) = self.object(Some(name), sets);
                (set, Below::One(plan))
            }
            Some(Kind::Abstract(objects)) => {
                let mut items = vec![mark()];
                let mut plans = Vec::with_capacity(objects.len());
                for object in objects {
                    let (set, plan) = self.object(Some(object), sets);
                    items.push(on(object, set));
                    plans.push((object.clone(), plan));
                }
                (SelectionSet { items }, Below::OneOf(plans))
            }
            _ => (SelectionSet::default(), Below::Leaf),
        }
    }

    /// `CoerceArgumentValues`: what a variable without a value was given to is as if it had not been given.
    fn arguments(
        &mut self,
        object: Option<&str>,
        field: Option<&FieldType>,
        first: &Positioned<Field>,
    ) -> Vec<(Positioned<Name>, Positioned<Value>)> {
        let mut arguments = Vec::with_capacity(first.node.arguments.len());
        for (name, value) in &first.node.arguments {
            let Some(mut constant) = self.constant(&value.node) else { continue };
            if let Some(input) = field.and_then(|field| field.arguments.get(&name.node)) {
                match coerced(self.types, &input.ty, constant, &name.node) {
                    Ok(value) => constant = value,
                    Err(sentence) => {
                        self.errors.push(ServerError::new(sentence, Some(value.pos)));
                        continue;
                    }
                }
            }
            arguments.push((name.clone(), value.position_node(constant.into_value())));
        }
        let required =
            field.into_iter().flat_map(|field| &field.arguments).filter(|(_, input)| input.required());
        for (name, _) in required {
            if !arguments.iter().any(|(given, _)| given.node == *name) {
                self.errors.push(ServerError::new(format!("{name} is required."), Some(first.pos)));
            }
        }
        if let Some(object) = object {
            let place = page::Place { object, field: &first.node.name.node };
            if let Err(fault) = page::check(place, &arguments, self.cursors) {
                self.errors.push(refusal(&fault, Some(first.pos)));
            }
        }
        arguments
    }

    /// A value with what variables stand for; `None` for a variable without a value.
    fn constant(&self, value: &Value) -> Option<ConstValue> {
        Some(match value {
            Value::Variable(name) => return self.known.get(name).cloned(),
            Value::List(items) => {
                ConstValue::List(items.iter().map(|item| self.constant(item).unwrap_or_default()).collect())
            }
            Value::Object(members) => {
                let members = members.iter();
                let given = members.filter_map(|(name, value)| Some((name.clone(), self.constant(value)?)));
                ConstValue::Object(given.collect())
            }
            other => other.clone().into_const().unwrap_or_default(),
        })
    }

    fn collect(&mut self, object: Option<&str>, set: &'a SelectionSet, into: &mut Collected<'a>) {
        for item in &set.items {
            if self.skipped(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    into.entry(&field.node.response_key().node).or_default().push(field);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if self.speaks_of(condition.map(|condition| &condition.node), object) {
                        self.collect(object, &fragment.node.selection_set.node, into);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) else {
                        continue;
                    };
                    if self.speaks_of(Some(&fragment.node.type_condition.node), object) {
                        self.collect(object, &fragment.node.selection_set.node, into);
                    }
                }
            }
        }
    }

    fn speaks_of(&self, condition: Option<&TypeCondition>, object: Option<&str>) -> bool {
        match (condition, object) {
            (Some(condition), Some(object)) => self.types.covers(&condition.on.node, object),
            _ => true,
        }
    }

    fn skipped(&mut self, directives: &[Positioned<Directive>]) -> bool {
        for directive in directives {
            let unless = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => continue,
            };
            let condition = directive.node.get_argument("if").and_then(|value| self.constant(&value.node));
            match condition {
                Some(ConstValue::Boolean(condition)) if condition == unless => {}
                Some(ConstValue::Boolean(_)) => return true,
                _ => {
                    let sentence = "if must be true or false.";
                    self.errors.push(ServerError::new(sentence, Some(directive.pos)));
                }
            }
        }
        false
    }
}

fn mark() -> Positioned<Selection> {
    let name = |text: &str| Positioned::new(Name::new(text), Pos::default());
    let field = Field {
        alias: Some(name(MARK)),
        name: name("__typename"),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet::default(), Pos::default()),
    };
    let field = Positioned::new(field, Pos::default());
    Positioned::new(Selection::Field(field), Pos::default())
}

fn on(object: &Name, set: SelectionSet) -> Positioned<Selection> {
    let condition = TypeCondition { on: Positioned::new(object.clone(), Pos::default()) };
    let fragment = InlineFragment {
        type_condition: Some(Positioned::new(condition, Pos::default())),
        directives: Vec::new(),
        selection_set: Positioned::new(set, Pos::default()),
    };
    let fragment = Positioned::new(fragment, Pos::default());
    Positioned::new(Selection::InlineFragment(fragment), Pos::default())
}
