//! Operations on every field of the schema's roots, found by introspection: inputs as variables and as literals, made from
//! their types, and changed ones.

use super::{
    Exchange,
    mutate::mutate,
    odd::{self, Dice},
    raw::Raw,
    world::Things,
};
use crate::house::TestHouse;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Deepest selection of an answer.
const SELECTED_LEVELS: usize = 2;
/// Deepest input that is made on purpose.
const INPUT_LEVELS: usize = 6;
/// Not every example fits together.
const EXAMPLES: u64 = 8;

/// The types by their names.
pub struct Schema {
    types: BTreeMap<String, Value>,
    /// Names that inputs have somewhere.
    names: Vec<String>,
}

/// A field of `Query` or `Mutation`.
pub struct Field {
    pub is_mutation: bool,
    definition: Value,
}

impl Field {
    pub fn name(&self) -> &str {
        self.definition["name"].as_str().expect("a name")
    }

    /// Whether it answers pages.
    pub fn is_list(&self) -> bool {
        named(&self.definition["type"]).ends_with("Connection")
    }
}

const INTROSPECTION: &str = "{ __schema { types { kind name isOneOf
    fields { name args { ...V } type { ...T } } inputFields { ...V } enumValues { name } } } }
    fragment V on __InputValue { name defaultValue type { ...T } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

impl Schema {
    pub async fn of(house: &TestHouse) -> Self {
        let body = json!({"query": INTROSPECTION});
        let told = house.call(Method::POST, "/graphql", Some(body)).await.expect(200);
        let all = told["data"]["__schema"]["types"]
            .as_array()
            .unwrap_or_else(|| panic!("no types: {told}"))
            .clone();
        let name = |definition: &Value| definition["name"].as_str().expect("a name").to_owned();
        let inputs = all.iter().filter_map(|definition| definition["inputFields"].as_array()).flatten();
        let mut names: Vec<String> = inputs.map(name).collect();
        names.sort();
        names.dedup();
        Self { types: all.iter().map(|definition| (name(definition), definition.clone())).collect(), names }
    }

    pub fn fields(&self) -> (Vec<Field>, Vec<Field>) {
        let of = |root: &str, is_mutation| {
            let all = self.types[root]["fields"].as_array().expect("fields").iter();
            all.map(|definition| Field { is_mutation, definition: definition.clone() }).collect()
        };
        (of("Query", false), of("Mutation", true))
    }

    /// The members of an input object; none for other types.
    fn inputs(&self, kind: &Value) -> &[Value] {
        let definition = self.types.get(named(kind));
        definition.and_then(|definition| definition["inputFields"].as_array()).map_or(&[], Vec::as_slice)
    }

    /// Variables for a field that name things: some that are made as examples are, and what must be there with each of the
    /// others.
    pub fn ways(&self, field: &Field, things: &Things) -> Vec<Value> {
        let arguments = field.definition["args"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        let below = arguments.iter().flat_map(|argument| self.inputs(&argument["type"]));
        let names: BTreeSet<&str> =
            arguments.iter().chain(below).filter_map(|input| input["name"].as_str()).collect();
        let mut ways: Vec<Value> = Vec::new();
        let examples = (0..EXAMPLES).map(|case| (case, None));
        for (case, only) in examples.chain(names.into_iter().map(|name| (0, Some(name)))) {
            let dice = &mut Dice::of(0, case);
            let asked = Wanted { write: field.name(), things, only, oddness: 0 };
            let given = arguments.iter().filter_map(|argument| {
                let name = argument["name"].as_str()?;
                let value = self.input(&asked, name, &argument["type"], dice, 0)?.json();
                Some((name.to_owned(), serde_json::from_str(&value).expect("JSON")))
            });
            let variables = Value::Object(given.collect());
            if !ways.contains(&variables) {
                ways.push(variables);
            }
        }
        ways
    }

    /// The text of an operation on one field, with its arguments as variables of their names.
    pub fn operation(&self, field: &Field, variables: &Value) -> String {
        let arguments = field.definition["args"].as_array().into_iter().flatten();
        let given =
            arguments.filter(|argument| !variables[argument["name"].as_str().unwrap_or_default()].is_null());
        let (declared, passed): (Vec<_>, Vec<_>) = given
            .map(|argument| {
                let name = argument["name"].as_str().expect("a name");
                (format!("${name}: {}", written(&argument["type"])), format!("{name}: ${name}"))
            })
            .unzip();
        let list = |items: &[String]| {
            if items.is_empty() { String::new() } else { format!("({})", items.join(", ")) }
        };
        let word = if field.is_mutation { "mutation" } else { "query" };
        let selection = self.selection(&field.definition["type"], SELECTED_LEVELS);
        format!("{word} M{} {{ {}{}{selection} }}", list(&declared), field.name(), list(&passed))
    }

    /// What is asked of an answer: its plain members, and those of what hangs on it.
    fn selection(&self, kind: &Value, levels: usize) -> String {
        let name = named(kind);
        let Some(fields) = self.types.get(name).and_then(|definition| definition["fields"].as_array()) else {
            return match self.types.get(name).map(|definition| definition["kind"].clone()) {
                Some(kind) if kind == "UNION" => " { __typename }".to_owned(),
                _ => String::new(),
            };
        };
        if levels == 0 {
            return " { __typename }".to_owned();
        }
        let mut chosen = vec!["__typename".to_owned()];
        for field in fields {
            let needs = field["args"].as_array().into_iter().flatten();
            let mut needed =
                needs.filter(|arg| arg["type"]["kind"] == "NON_NULL" && arg["defaultValue"].is_null());
            let is_plain = self.types[named(&field["type"])]["fields"].is_null();
            let is_page = named(&field["type"]).ends_with("Connection");
            if needed.next().is_some() || is_page && levels < SELECTED_LEVELS || is_page && levels == 1 {
                continue;
            }
            let below = if is_plain { String::new() } else { self.selection(&field["type"], levels - 1) };
            chosen.push(format!("{}{below}", field["name"].as_str().expect("a name")));
        }
        format!(" {{ {} }}", chosen.join(" "))
    }

    /// An input of this type: what must be there and what has a name that says what exists, and as much else as is wanted.
    fn input(
        &self,
        asked: &Wanted<'_>,
        name: &str,
        kind: &Value,
        dice: &mut Dice,
        level: usize,
    ) -> Option<Raw> {
        let must = kind["kind"] == "NON_NULL";
        let kind = if must { &kind["ofType"] } else { kind };
        let known = asked.things.named(asked.write, name, dice).filter(|_| !dice.chance(asked.oddness));
        if let Some(raw) = known.and_then(|value| self.fitting(&value, kind)) {
            // Whatever has an id has another name too.
            let is_wanted = asked.only.map_or(name != "id", |only| only == name);
            return (must || is_wanted).then_some(raw);
        }
        let holds = |only| self.inputs(kind).iter().any(|field| field["name"] == only);
        let is_wanted = must || dice.chance(asked.oddness) || asked.only.is_some_and(holds);
        if !is_wanted || level > INPUT_LEVELS {
            return None;
        }
        if kind["kind"] == "LIST" {
            let many = if dice.chance(asked.oddness) { dice.below(4) } else { 1 };
            let items = (0..many).filter_map(|_| {
                let item = &kind["ofType"];
                let item = if item["kind"] == "NON_NULL" {
                    item.clone()
                } else {
                    json!({"kind": "NON_NULL", "ofType": item})
                };
                self.input(asked, name, &item, dice, level + 1)
            });
            return Some(Raw::List(items.collect()));
        }
        let definition = &self.types[kind["name"].as_str().expect("a name")];
        if let Some(fields) = definition["inputFields"].as_array() {
            if definition["isOneOf"] == true && !dice.chance(asked.oddness) {
                return self.one_of(asked, fields, dice, level);
            }
            let members = fields.iter().filter_map(|field| {
                let name = field["name"].as_str().expect("a name");
                Some((name.to_owned(), self.input(asked, name, &field["type"], dice, level + 1)?))
            });
            return Some(Raw::Object(members.collect()));
        }
        if let Some(values) = definition["enumValues"].as_array() {
            let value = if asked.oddness == 0 { &values[0] } else { dice.pick(values) };
            return Some(Raw::Name(value["name"].as_str().expect("a name").to_owned()));
        }
        Some(if asked.oddness == 0 { plain(definition) } else { strange(definition, dice) })
    }

    /// An object with exactly one of these members: the one that is looked at, if it is among them.
    fn one_of(&self, asked: &Wanted<'_>, fields: &[Value], dice: &mut Dice, level: usize) -> Option<Raw> {
        let looked_at = fields.iter().find(|field| asked.only.is_some_and(|only| field["name"] == only));
        let field = looked_at.unwrap_or_else(|| dice.pick(fields));
        let name = field["name"].as_str().expect("a name");
        let must = json!({"kind": "NON_NULL", "ofType": field["type"]});
        Some(Raw::Object(vec![(name.to_owned(), self.input(asked, name, &must, dice, level + 1)?)]))
    }

    /// The value as this type wants it, if it can be.
    fn fitting(&self, value: &Value, kind: &Value) -> Option<Raw> {
        if kind["kind"] == "NON_NULL" {
            return self.fitting(value, &kind["ofType"]);
        }
        if kind["kind"] == "LIST" {
            let items: Option<Vec<Raw>> =
                value.as_array()?.iter().map(|item| self.fitting(item, &kind["ofType"])).collect();
            return items.map(Raw::List);
        }
        let definition = &self.types[kind["name"].as_str()?];
        if let Some(values) = definition["enumValues"].as_array() {
            let wanted = value.as_str()?.to_ascii_uppercase();
            return values.iter().any(|value| value["name"] == wanted.as_str()).then_some(Raw::Name(wanted));
        }
        if let Some(fields) = definition["inputFields"].as_array() {
            let of = |name: &str| fields.iter().find(|field| field["name"] == name);
            let members: Option<Vec<(String, Raw)>> = value
                .as_object()?
                .iter()
                .map(|(name, value)| Some((name.clone(), self.fitting(value, &of(name)?["type"])?)))
                .collect();
            return members.map(Raw::Object);
        }
        let fits = match definition["name"].as_str()? {
            "Int" | "Long" => value.is_number(),
            "Boolean" => value.is_boolean(),
            "JSON" => true,
            _ => value.is_string(),
        };
        fits.then(|| Raw::of(value))
    }
}

/// For whom an input is made.
struct Wanted<'a> {
    write: &'a str,
    things: &'a Things,
    /// Of the names that need not be there, the one that is; otherwise all.
    only: Option<&'a str>,
    /// In a hundred values so many are odd, of the right type.
    oddness: u32,
}

fn named(kind: &Value) -> &str {
    kind["name"].as_str().unwrap_or_else(|| named(&kind["ofType"]))
}

fn written(kind: &Value) -> String {
    match kind["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", written(&kind["ofType"])),
        Some("LIST") => format!("[{}]", written(&kind["ofType"])),
        _ => kind["name"].as_str().expect("a name").to_owned(),
    }
}

fn plain(scalar: &Value) -> Raw {
    match scalar["name"].as_str() {
        Some("Int" | "Long" | "Float") => Raw::token(&1),
        Some("Boolean") => Raw::token(&true),
        Some("DateTime") => Raw::text("2026-01-01T00:00:00Z"),
        Some("Ncheq") => Raw::text("100000000000000"),
        Some("JSON") => Raw::Object(vec![("a".to_owned(), Raw::token(&1))]),
        _ => Raw::text("x"),
    }
}

fn strange(scalar: &Value, dice: &mut Dice) -> Raw {
    match scalar["name"].as_str() {
        Some("Int" | "Long" | "Float") => odd::number(dice),
        Some("Boolean") => Raw::token(&dice.chance(50)),
        Some("DateTime") => Raw::text(&odd::date_text(dice)),
        Some("JSON") => odd::tree(dice, 4),
        _ => odd::text(dice),
    }
}

/// One request, as it is sent.
pub struct Asking {
    field: String,
    body: String,
    pub is_example: bool,
}

impl Asking {
    pub fn shown(&self) -> String {
        format!("POST /graphql {}\n{}", self.field, self.body)
    }

    pub fn of(schema: &Schema, field: &Field, things: &Things, dice: &mut Dice, is_example: bool) -> Self {
        let oddness = if is_example { 0 } else { *dice.pick(&[0, 0, 0, 5, 15, 40]) };
        let asked = Wanted { write: field.name(), things, only: None, oddness };
        let mut arguments: Vec<(String, Raw, String)> = Vec::new();
        for argument in field.definition["args"].as_array().into_iter().flatten() {
            let name = argument["name"].as_str().expect("a name");
            if let Some(value) = schema.input(&asked, name, &argument["type"], dice, 0) {
                arguments.push((name.to_owned(), value, written(&argument["type"])));
            }
        }
        if !is_example && (oddness == 0 || dice.chance(30)) {
            for (_, value, _) in &mut arguments {
                mutate(dice, value, &schema.names);
            }
        }
        let word = if field.is_mutation { "mutation" } else { "query" };
        let selection = schema.selection(&field.definition["type"], SELECTED_LEVELS);
        let as_literal = dice.chance(50);
        let mut variables: Vec<(String, Raw)> = Vec::new();
        let mut declared = Vec::new();
        let mut given = Vec::new();
        for (name, mut value, kind) in arguments {
            if as_literal {
                // A part of a literal may be a variable, which is as deep as it likes.
                if !is_example && dice.chance(15) {
                    let number = dice.below(value.count());
                    let variable = format!("v{}", variables.len());
                    if let Some(part) = value.nth(number) {
                        let inner = std::mem::replace(part, Raw::Variable(variable.clone()));
                        declared.push(format!("${variable}: JSON"));
                        variables.push((variable, if dice.chance(50) { inner } else { odd::deep(dice) }));
                    }
                }
                given.push(format!("{name}: {}", value.literal()));
            } else {
                declared.push(format!("${name}: {kind}"));
                given.push(format!("{name}: ${name}"));
                variables.push((name, value));
            }
        }
        let list = |items: &[String]| {
            if items.is_empty() { String::new() } else { format!("({})", items.join(", ")) }
        };
        let name = field.name();
        let query = format!("{word} M{} {{ {name}{}{selection} }}", list(&declared), list(&given));
        let mut variables = Raw::Object(variables);
        if !is_example && dice.chance(5) {
            mutate(dice, &mut variables, &schema.names);
        }
        let mut body = format!("{{\"query\":{},\"variables\":{}}}", Value::from(query), variables.json());
        if !is_example && dice.chance(3) {
            body = format!("[{body},{body}]");
        }
        Self { field: name.to_owned(), body, is_example }
    }

    pub async fn send(&self, house: &TestHouse) -> Result<Exchange, String> {
        let request = house.request(Method::POST, "/graphql").header("x-api-key", &house.alice.key);
        let request = request.header("content-type", "application/json").body(self.body.clone());
        let response = request.send().await.map_err(|why| format!("no answer: {why:?}"))?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|why| format!("half an answer: {why:?}"))?;
        let mut wrong = Vec::new();
        let Ok(told) = serde_json::from_str::<Value>(&text) else {
            return Ok(Exchange {
                is_done: false,
                status,
                text,
                wrong: vec!["an answer that is no JSON".to_owned()],
            });
        };
        if status >= 500 {
            wrong.push("an answer of 5xx".to_owned());
        }
        let answers = if let Value::Array(many) = told { many } else { vec![told] };
        let mut is_done = status == 200;
        for answer in &answers {
            if status != 200 {
                wrong.extend(super::undocumented(&answer["code"]));
                continue;
            }
            if answer["data"].is_null() && answer["errors"].is_null() {
                wrong.push("neither data nor errors".to_owned());
            }
            for error in answer["errors"].as_array().into_iter().flatten() {
                is_done = false;
                wrong.extend(super::undocumented(&error["extensions"]["code"]));
            }
            let errors = answer["data"].as_object().into_iter().flat_map(Map::values);
            for error in errors.filter_map(|payload| payload["userErrors"].as_array()).flatten() {
                is_done = false;
                // Without a code nobody asked for it.
                if !error["code"].is_null() {
                    wrong.extend(super::undocumented(&error["code"]));
                }
            }
        }
        Ok(Exchange { is_done, status, text, wrong })
    }
}

/// Every list and every thing that can be asked for by what must be there; it must be there to be shown.
pub async fn read_all(house: &TestHouse, schema: &Schema, queries: &[Field]) -> Vec<String> {
    let mut wrong = Vec::new();
    for field in queries {
        let arguments = field.definition["args"].as_array().cloned().unwrap_or_default();
        if !arguments.iter().any(|argument| argument["name"] == "first") {
            continue;
        }
        let name = field.name();
        let page = &schema.types[named(&field.definition["type"])];
        let nodes = page["fields"].as_array().into_iter().flatten().find(|field| field["name"] == "nodes");
        let Some(nodes) = nodes else { continue };
        let selection = schema.selection(&nodes["type"], 1);
        let query = format!("{{ {name}(first: 100) {{ totalCount nodes{selection} }} }}");
        let asking =
            Asking { field: name.to_owned(), body: json!({"query": query}).to_string(), is_example: true };
        match asking.send(house).await {
            Ok(told) if told.wrong.is_empty() && told.is_done => {}
            Ok(told) => wrong.push(format!("{query}: {} {:?} {}", told.status, told.wrong, told.text)),
            Err(why) => wrong.push(format!("{query}: {why}")),
        }
    }
    wrong
}
