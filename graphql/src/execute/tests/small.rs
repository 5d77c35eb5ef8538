//! Planning and completing, over a schema of a few types.

use crate::{
    execute::{
        coerce::{Known, variables},
        complete::complete,
        plan::{Plan, plan},
        types::Types,
    },
    page::Cursors,
};
use async_graphql::{
    PathSegment, ServerError, Value, Variables,
    parser::{parse_query, types::ExecutableDocument},
};
use projections::Cursor;
use serde_json::{Value as Json, json};

const SDL: &str = "
    type Query { a: Thing b: Thing! list: [Thing!]! holes: [Thing]! either: Either text: String must: String! }
    type Mutation { make(n: Int = 3, list: [Int!], in: In): Thing }
    type Thing { name: String id: ID! thing: Thing must: Thing! either: Either }
    type Other { id: ID! other: String }
    interface Either { id: ID! }
    type One implements Either { id: ID! one: String }
    type Two implements Either { id: ID! two: String! }
    input In { x: Int y: Int! = 2 }";

struct NoCursors;

impl Cursors for NoCursors {
    fn open(&self, _: &str, _: &str) -> Option<Cursor> {
        None
    }

    fn open_sorted(&self, _: &str, _: &str) -> Option<(Cursor, String)> {
        None
    }
}

fn planned(query: &str, given: Json) -> Result<(ExecutableDocument, Plan), Vec<String>> {
    let types = Types::of(SDL);
    let document = parse_query(query).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let known: Known = variables(&types, &operation.node.variable_definitions, &Variables::from_json(given))
        .map_err(texts)?;
    plan(&types, operation, &document.fragments, &known, &NoCursors).map_err(texts)
}

fn texts(errors: Vec<ServerError>) -> Vec<String> {
    errors.into_iter().map(|error| error.message).collect()
}

/// The completed data and how many errors there are, from what the library made of a query.
fn shown(query: &str, raw: Json, failed: &[&[&str]]) -> (String, usize) {
    let (_, plan) = planned(query, json!({})).unwrap();
    let mut errors: Vec<ServerError> = failed.iter().map(|path| error(path)).collect();
    let data = complete(&plan, Value::from_json(raw).unwrap(), &mut errors);
    (serde_json::to_string(&data).unwrap(), errors.len())
}

fn error(path: &[&str]) -> ServerError {
    let segment = |text: &&str| {
        text.parse().map_or_else(|_| PathSegment::Field((*text).to_owned()), PathSegment::Index)
    };
    ServerError { path: path.iter().map(segment).collect(), ..ServerError::new("no", None) }
}

/// doors 3: members came in the order they were ready.
#[test]
fn members_come_in_the_order_asked() {
    let query = "{ text a { id ...F name } b { name id } x: text } fragment F on Thing { thing { id name } }";
    let raw = json!({
        "x": "3", "b": {"id": "2", "name": null}, "text": "1",
        "a": {"name": "n", "thing": {"name": "t", "id": "4"}, "id": "1"},
    });
    let expected = r#"{"text":"1","a":{"id":"1","thing":{"id":"4","name":"t"},"name":"n"},"b":{"name":null,"id":"2"},"x":"3"}"#;
    assert_eq!(shown(query, raw, &[]), (expected.to_owned(), 0));
}

#[test]
fn fields_of_the_same_name_are_one_with_all_that_is_asked_of_it() {
    let query = "{ a { id } text a { name thing { id } } ... { a { thing { name } } } }";
    let (document, _) = planned(query, json!({})).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    assert_eq!(operation.node.selection_set.node.items.len(), 2);
    let raw = json!({"text": "t", "a": {"thing": {"name": "n", "id": "2"}, "name": "m", "id": "1"}});
    let expected = r#"{"a":{"id":"1","name":"m","thing":{"id":"2","name":"n"}},"text":"t"}"#;
    assert_eq!(shown(query, raw, &[]), (expected.to_owned(), 0));
}

/// doors 11: a field with an error was left out.
#[test]
fn an_error_is_null_where_null_may_stand() {
    assert_eq!(
        shown("{ text a { name id } }", json!({"a": {"id": "1"}}), &[&["text"], &["a", "name"]]),
        (r#"{"text":null,"a":{"name":null,"id":"1"}}"#.to_owned(), 2)
    );
    // All fields of `a` have errors: the library makes null of that.
    let query = "{ a { name thing { id } } }";
    let expected = r#"{"a":{"name":null,"thing":null}}"#;
    assert_eq!(
        shown(query, json!({"a": null}), &[&["a", "name"], &["a", "thing"]]),
        (expected.to_owned(), 2)
    );
    // There is no `a`, and nothing went wrong.
    assert_eq!(shown(query, json!({"a": null}), &[]), (r#"{"a":null}"#.to_owned(), 0));
    assert_eq!(shown(query, json!({}), &[&["a"]]), (r#"{"a":null}"#.to_owned(), 1));
}

#[test]
fn an_error_takes_what_must_not_be_null_with_it() {
    // Up to the next place that may be null …
    let query = "{ text a { thing { must { id } name } } }";
    let raw = json!({"text": "t", "a": {"thing": {"must": null, "name": "n"}}});
    let expected = r#"{"text":"t","a":{"thing":null}}"#;
    assert_eq!(shown(query, raw, &[&["a", "thing", "must", "id"]]), (expected.to_owned(), 1));
    // … or to the very top.
    let (data, errors) = shown("{ text b { id } }", json!({"text": "t", "b": null}), &[&["b", "id"]]);
    assert_eq!((data.as_str(), errors), ("null", 1));
    let (data, errors) = shown("{ text must }", json!({"text": "t"}), &[&["must"]]);
    assert_eq!((data.as_str(), errors), ("null", 1));
}

/// doors 11: `nodes: [null]` in a list that must not hold null.
#[test]
fn lists_hold_null_only_where_they_may() {
    let raw = json!({"holes": [{"id": "1"}, null, {"name": "x"}]});
    let expected = r#"{"holes":[{"id":"1"},null,null]}"#;
    assert_eq!(shown("{ holes { id } }", raw, &[&["holes", "2", "id"]]), (expected.to_owned(), 1));
    let raw = json!({"text": "t", "list": [{"id": "1"}, null]});
    assert_eq!(shown("{ text list { id } }", raw, &[&["list", "1", "id"]]), ("null".to_owned(), 1));
    assert_eq!(shown("{ list { id } }", json!({"list": []}), &[]), (r#"{"list":[]}"#.to_owned(), 0));
    // An item that could not be resolved takes the list with it in the library.
    assert_eq!(
        shown("{ text holes { id } }", json!({"text": "t"}), &[&["holes", "0"]]),
        ("null".to_owned(), 1)
    );
}

#[test]
fn an_object_of_an_interface_shows_what_its_own_type_is_asked() {
    let query = "{ either { ... on One { one } id ... on Two { two } ... on Either { again: id } } }";
    let one = json!({"either": {"__studio_type": "One", "again": "1", "id": "1", "one": "o"}});
    assert_eq!(shown(query, one, &[]), (r#"{"either":{"one":"o","id":"1","again":"1"}}"#.to_owned(), 0));
    let two = json!({"either": {"__studio_type": "Two", "again": "2", "id": "2", "two": "t"}});
    assert_eq!(shown(query, two, &[]), (r#"{"either":{"id":"2","two":"t","again":"2"}}"#.to_owned(), 0));
    let two = json!({"either": {"__studio_type": "Two", "again": "2", "id": "2"}});
    assert_eq!(shown(query, two, &[&["either", "two"]]), (r#"{"either":null}"#.to_owned(), 1));
}

#[test]
fn an_object_of_which_nothing_is_shown_is_still_there() {
    let query = "{ a { name @skip(if: true) } list { id @include(if: false) } }";
    let raw = json!({"a": {"__studio_type": "Thing"}, "list": [{"__studio_type": "Thing"}]});
    assert_eq!(shown(query, raw, &[]), (r#"{"a":{},"list":[{}]}"#.to_owned(), 0));
    assert_eq!(
        shown("{ a @skip(if: true) { id } }", json!({"__studio_type": "Query"}), &[]),
        ("{}".to_owned(), 0)
    );
}

#[test]
fn a_missing_value_nobody_explains_is_an_error_of_ours() {
    let (_, plan) = planned("{ text a { id } }", json!({})).unwrap();
    let mut errors = Vec::new();
    let data = complete(&plan, Value::from_json(json!({"text": "t", "a": {}})).unwrap(), &mut errors);
    assert_eq!(serde_json::to_string(&data).unwrap(), r#"{"text":"t","a":null}"#);
    let told = serde_json::to_value(&errors).unwrap();
    assert_eq!(told[0]["path"], json!(["a", "id"]));
    assert_eq!(told[0]["extensions"]["code"], "bug");
}

fn argument(query: &str, given: Json, name: &str) -> Result<Option<Json>, Vec<String>> {
    let (document, _) = planned(query, given)?;
    let (_, operation) = document.operations.iter().next().unwrap();
    let async_graphql::parser::types::Selection::Field(field) =
        &operation.node.selection_set.node.items[0].node
    else {
        panic!("a field")
    };
    let value = field.node.get_argument(name).map(|value| value.node.clone().into_const().unwrap());
    Ok(value.map(|value| value.into_json().unwrap()))
}

/// doors 9: a variable without a value is as if its argument had not been written.
#[test]
fn variables_become_values_or_nothing() {
    let query = "mutation($n: Int, $l: [Int!], $x: Int, $in: In) { make(n: $n, list: $l, in: {x: $x, y: 1}) { id } \
        other: make(in: $in) { id } }";
    let of = |given: Json, name: &str| argument(query, given, name).unwrap();
    assert_eq!(of(json!({}), "n"), None, "left out, so the default applies");
    assert_eq!(of(json!({"n": null}), "n"), Some(Json::Null), "null is a value");
    assert_eq!(of(json!({"n": 7}), "n"), Some(json!(7)));
    assert_eq!(of(json!({"n": 7.0}), "n"), Some(json!(7)));
    assert_eq!(of(json!({"l": 7}), "list"), Some(json!([7])), "one value stands for a list of it");
    assert_eq!(of(json!({}), "in"), Some(json!({"y": 1})));
    assert_eq!(of(json!({"x": null}), "in"), Some(json!({"x": null, "y": 1})));
    let default = "mutation($n: Int = 5) { make(n: $n) { id } }";
    assert_eq!(argument(default, json!({}), "n").unwrap(), Some(json!(5)));
    assert_eq!(argument(default, json!({"n": null}), "n").unwrap(), Some(Json::Null));
    for (given, sentence) in [
        (json!({"n": "7"}), "$n should be a whole number of 32 bits."),
        (json!({"n": 7.5}), "$n should be a whole number of 32 bits."),
        (json!({"l": [1, null]}), "$l[1] must not be null."),
        (json!({"in": {"z": 1}}), "$in has a member that In does not have: z."),
        (json!({"in": {"y": null}}), "$in.y must not be null."),
        (json!({"in": []}), "$in should be an object of type In."),
    ] {
        assert_eq!(argument(query, given.clone(), "n"), Err(vec![sentence.to_owned()]), "{given}");
    }
    let required = "mutation($n: Int!) { make(n: $n) { id } }";
    assert_eq!(
        argument(required, json!({}), "n"),
        Err(vec!["Variable $n of required type Int! was not provided.".to_owned()])
    );
}

#[test]
fn a_subscription_has_one_root_field() {
    for (query, fine) in [
        ("subscription { events { id } }", true),
        ("subscription { events { id } events { x } }", true),
        ("subscription { events { id } operation(id: \"x\") { id } }", false),
        ("subscription { __typename }", false),
        ("subscription { events @skip(if: true) { id } }", false),
    ] {
        let types =
            Types::of("type Subscription { events: E! operation(id: ID!): E! } type E { id: ID! x: Int }");
        let document = parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let planned = plan(&types, operation, &document.fragments, &Known::new(), &NoCursors);
        assert_eq!(planned.is_ok(), fine, "{query}");
    }
}
