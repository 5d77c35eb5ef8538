//! What may be asked of the schema about itself. Its lists lead to types with lists again, so a short query could ask for the
//! whole schema in each type of each type of it; and it is answered in one go, which no time-out interrupts.

use super::too_much;
use app::Fault;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// Lists of a type whose members lead to other types.
const LISTS: [&str; 5] = ["fields", "inputFields", "interfaces", "possibleTypes", "enumValues"];

/// Refuses a list of a type within another one, and all types asked for more than once. What tools ask to know the schema does
/// neither. The document was counted before: written out it has no more than [`super::FIELDS_MAX`] fields, and no cycles.
pub(super) fn check(document: &ExecutableDocument) -> Result<(), Fault> {
    let mut looking = Looking { document, all_types: 0 };
    document.operations.iter().try_for_each(|(_, operation)| {
        looking.all_types = 0;
        looking.at(&operation.node.selection_set.node, Place::Root)
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Among the fields of the operation.
    Root,
    /// Below `__schema` or `__type`, in no list of a type.
    Schema,
    /// In such a list.
    List,
}

struct Looking<'a> {
    document: &'a ExecutableDocument,
    all_types: usize,
}

impl Looking<'_> {
    fn at(&mut self, set: &SelectionSet, place: Place) -> Result<(), Fault> {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    if let Some(below) = self.below(name, place)? {
                        self.at(&field.node.selection_set.node, below)?;
                    }
                }
                Selection::InlineFragment(fragment) => self.at(&fragment.node.selection_set.node, place)?,
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        self.at(&fragment.node.selection_set.node, place)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Where the fields of a field stand; `None` where nothing is asked of the schema.
    fn below(&mut self, name: &str, place: Place) -> Result<Option<Place>, Fault> {
        match (place, name) {
            (Place::Root, "__schema" | "__type") => Ok(Some(Place::Schema)),
            (Place::Root, _) => Ok(None),
            (Place::List, _) if LISTS.contains(&name) => Err(refused(
                "A list of a type may not be asked for within another one: ask for types by name.",
            )),
            (_, "types") => {
                self.all_types += 1;
                if self.all_types > 1 {
                    return Err(refused("All types may be asked for once in an operation."));
                }
                Ok(Some(place))
            }
            (_, _) if LISTS.contains(&name) => Ok(Some(Place::List)),
            (_, _) => Ok(Some(place)),
        }
    }
}

fn refused(sentence: &str) -> Fault {
    too_much("graphql/introspection-too-large", sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn code(text: &str) -> Option<&'static str> {
        check(&parse_query(text).unwrap()).err().map(|fault| fault.code)
    }

    /// Attacked: seven of these in each other took all memory, and the process did not answer anybody until then.
    #[test]
    fn lists_of_types_do_not_multiply() {
        const TOO_LARGE: Option<&str> = Some("graphql/introspection-too-large");
        for refused in [
            "{ __schema { types { possibleTypes { interfaces { name } } } } }",
            "{ __type(name: \"Did\") { fields { type { fields { name } } } } }",
            "{ __type(name: \"Did\") { fields { args { type { inputFields { name } } } } } }",
            "{ __schema { types { fields { type { ofType { ...T } } } } } } fragment T on __Type { interfaces { name } }",
            "{ ...Q } fragment Q on Query { a: __schema { queryType { fields { type { enumValues { name } } } } } }",
            "{ __schema { a: types { name } b: types { name } } }",
            "{ a: __schema { types { name } } b: __schema { ...S } } fragment S on __Schema { types { name } }",
        ] {
            assert_eq!(code(refused), TOO_LARGE, "{refused}");
        }
        for taken in [
            "{ __type(name: \"Did\") { fields { name args { type { name } } type { ofType { name } } } } }",
            "{ a: __type(name: \"Did\") { interfaces { name } } b: __type(name: \"Node\") { possibleTypes { name } } }",
            "{ dids { nodes { resources { nodes { name } } } } }",
            "query A { __schema { types { name } } } query B { __schema { types { name } } }",
        ] {
            assert_eq!(code(taken), None, "{taken}");
        }
    }
}
