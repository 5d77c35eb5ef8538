//! doors 9, for every argument and every input field of the schema that may be left out: given by a variable that is left
//! out, and by one that is null. Both must come as far as the database, which is not there.

use super::*;
use crate::execute::types::{Input, Kind, innermost};
use async_graphql::parser::types::{BaseType, Type};
use std::{
    collections::{HashSet, VecDeque},
    fmt::Write as _,
};

/// A value of a type, as it is written in a query.
fn sample(types: &Types, ty: &Type) -> String {
    match &ty.base {
        BaseType::List(item) => format!("[{}]", sample(types, item)),
        BaseType::Named(name) => match types.kind(name) {
            Some(Kind::Enum(values)) => values.iter().min().unwrap().to_string(),
            Some(Kind::Input(fields)) => {
                let required = fields.iter().filter(|(_, input)| input.required());
                let members: Vec<String> = required
                    .map(|(name, input)| format!("{name}: {}", sample_of(types, name, &input.ty)))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
            _ => match name.as_str() {
                "Int" | "Float" | "Long" => "1".to_owned(),
                "Boolean" => "true".to_owned(),
                "DateTime" => "\"2026-11-26T10:00:00Z\"".to_owned(),
                "Ncheq" => "\"1\"".to_owned(),
                "JSON" => "{}".to_owned(),
                _ => "\"x\"".to_owned(),
            },
        },
    }
}

/// A token that says what a credential says; whether it verifies is not asked.
const CREDENTIAL: &str = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6a2V5OnoiLCJ2YyI6eyJAY29udGV4dCI6WyJodHRwczovL3d3dy53My5vcmcvMjAxOC9jcmVkZW50aWFscy92MSJdLCJ0eXBlIjpbIlZlcmlmaWFibGVDcmVkZW50aWFsIl0sImNyZWRlbnRpYWxTdWJqZWN0Ijp7ImlkIjoiZGlkOmtleTp6In19fQ.AA";

/// Documents have rules of their own, which are not what is asked here.
fn sample_of(types: &Types, name: &str, ty: &Type) -> String {
    match name {
        "credential" => format!("\"{CREDENTIAL}\""),
        _ => sample(types, ty),
    }
}

fn required<'a>(types: &Types, arguments: impl Iterator<Item = (&'a Name, &'a Input)>) -> Vec<String> {
    let needed = arguments.filter(|(_, input)| input.required());
    needed.map(|(name, input)| format!("{name}: {}", sample_of(types, name, &input.ty))).collect()
}

fn call(name: &str, arguments: &[String]) -> String {
    if arguments.is_empty() { name.to_owned() } else { format!("{name}({})", arguments.join(", ")) }
}

/// Something that can be selected of a type.
fn selection(types: &Types, ty: &Type) -> &'static str {
    match types.kind(innermost(ty)) {
        Some(Kind::Object(_) | Kind::Abstract(_)) => "{ __typename }",
        _ => "",
    }
}

/// The ways to each object, from the root: what stands before and after a field of it.
fn ways(types: &Types, root: &'static str, verb: &str) -> Vec<(String, String, String)> {
    let mut found = vec![(root.to_owned(), format!("{verb}($v: TYPE) {{ "), " }".to_owned())];
    let mut seen: HashSet<String> = [root.to_owned()].into();
    let mut open: VecDeque<usize> = [0].into();
    while let Some(at) = open.pop_front() {
        let (object, before, after) = found[at].clone();
        let Some(Kind::Object(fields)) = types.kind(&object) else { continue };
        let mut names: Vec<_> = fields.iter().collect();
        names.sort_by_key(|(name, _)| name.to_string());
        for (name, field) in names {
            let below = innermost(&field.ty);
            if matches!(types.kind(below), Some(Kind::Object(_))) && seen.insert(below.to_string()) {
                let mut before = before.clone();
                write!(before, "{} {{ ", call(name, &required(types, field.arguments.iter()))).unwrap();
                found.push((below.to_string(), before, format!(" }}{after}")));
                open.push_back(found.len() - 1);
            }
        }
    }
    found
}

/// Every place for an optional value: the query with `$v` there, and the type of the variable.
fn questions(types: &Types) -> Vec<(String, String)> {
    let mut questions = Vec::new();
    let mut inputs = HashSet::new();
    for (root, verb) in [("Query", "query Q"), ("Mutation", "mutation M")] {
        for (object, before, after) in ways(types, root, verb) {
            let Some(Kind::Object(fields)) = types.kind(&object) else { continue };
            for (name, field) in fields {
                let ask = |arguments: &[String], ty: &Type| {
                    let field = format!("{} {}", call(name, arguments), selection(types, &field.ty));
                    (format!("{}{field}{after}", before.replace("TYPE", &nullable(ty))), nullable(ty))
                };
                for (argument, input) in &field.arguments {
                    let mut given =
                        required(types, field.arguments.iter().filter(|(name, _)| *name != argument));
                    if !input.required() {
                        given.push(format!("{argument}: $v"));
                        questions.push(ask(&given, &input.ty));
                        given.pop();
                    }
                    let kind = innermost(&input.ty);
                    let Some(Kind::Input(members)) = types.kind(kind) else { continue };
                    // Once per input type is enough, wherever it stands.
                    if !inputs.insert(kind.clone()) {
                        continue;
                    }
                    for (member, input) in members.iter().filter(|(_, input)| !input.required()) {
                        let mut all = required(types, members.iter());
                        all.push(format!("{member}: $v"));
                        given.push(format!("{argument}: {{{}}}", all.join(", ")));
                        questions.push(ask(&given, &input.ty));
                        given.pop();
                    }
                }
            }
        }
    }
    questions
}

fn nullable(ty: &Type) -> String {
    ty.to_string().trim_end_matches('!').to_owned()
}

#[tokio::test]
async fn every_optional_value_may_be_a_variable_left_out_or_null() {
    let types = Types::of(&sdl());
    let questions = questions(&types);
    assert!(questions.len() > 150, "{} places", questions.len());
    let (engine, asking) = (Engine::new(), asking(&World::new()));
    let mut refused = Vec::new();
    for (query, ty) in &questions {
        for variables in [json!({}), json!({"v": null})] {
            let asked = crate::http::ask::asked(json!({"query": query, "variables": variables})).unwrap();
            let answer = match engine.prepare(&asked, &asking).await {
                Ok(prepared) => engine.execute(prepared, &asking).await,
                Err(refused) => refused,
            };
            let answer = serde_json::to_value(&answer).unwrap();
            let errors = answer["errors"].as_array().cloned().unwrap_or_default();
            let ours = ["store/unavailable", "ledger/not-configured", "bug", "request/invalid"];
            let known = |error: &Json| {
                error["extensions"]["code"].as_str().is_some_and(|code| {
                    ours.contains(&code) || code.starts_with("did/") || code.starts_with("presentation/")
                })
            };
            if answer.get("data").is_none() || !errors.iter().all(known) {
                refused.push(format!("{query} ({ty}) with {variables}: {answer}"));
            }
        }
    }
    assert!(refused.is_empty(), "{} refused: {refused:#?}", refused.len());
}
