//! Requests to every route of `openapi.json`: the recorded examples, bodies made from the schemas, and changed ones.

use super::{
    Exchange,
    mutate::{self, mutate},
    odd::{self, Dice},
    raw::{Raw, percent},
    world::Things,
};
use crate::{
    contract::layer::{Asked, DOCUMENT},
    house::{Reply, TestHouse},
};
use reqwest::Method;
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::LazyLock};

static EXAMPLES: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../rest/examples.json")).expect("the examples are JSON")
});

/// A route of the document.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    operation: &'static Value,
}

impl Route {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn example(&self, part: &str) -> Value {
        EXAMPLES[self.name()][part].clone()
    }

    fn parameters(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let all = self.operation["parameters"].as_array().into_iter().flatten();
        all.filter_map(|parameter| Some((parameter["in"].as_str()?, parameter["name"].as_str()?)))
    }

    fn body_schema(&self, kind: &str) -> &'static Value {
        &self.operation["requestBody"]["content"][kind]["schema"]
    }
}

/// Every route: those that only read, and all others. Signing in is nobody's yet, and has tests of its own.
pub fn routes() -> (Vec<Route>, Vec<Route>) {
    let paths = DOCUMENT["paths"].as_object().expect("paths").iter();
    let all = paths.flat_map(|(path, item)| {
        item.as_object().expect("methods").iter().filter_map(|(method, operation)| {
            if operation["tags"][0] == rest::auth::SIGNING_IN {
                return None;
            }
            let method: Method = method.to_ascii_uppercase().parse().ok()?;
            Some(Route { method, path: path.as_str(), operation })
        })
    });
    all.partition(|route: &Route| route.method == Method::GET)
}

/// Names that bodies of this contract have somewhere.
fn known_names() -> &'static [String] {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let schemas = DOCUMENT["components"]["schemas"].as_object().expect("schemas").values();
        let names = schemas.filter_map(|schema| schema["properties"].as_object()).flat_map(Map::keys);
        names.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    });
    &NAMES
}

/// One request, as it is sent.
pub struct Asking {
    pub method: Method,
    pub target: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
    /// Nothing in it was changed: it is what the examples show.
    pub is_example: bool,
}

impl Asking {
    pub fn shown(&self) -> String {
        format!(
            "{} {} {:?}\n{}",
            self.method,
            self.target,
            self.headers,
            self.body.as_deref().unwrap_or_default()
        )
    }

    /// A request to this route with these things.
    pub fn of(route: &Route, things: &Things, dice: &mut Dice, is_example: bool) -> Self {
        let name = route.name();
        let mut headers = Vec::new();
        let target = target(route, &name, things, dice, is_example);
        let mut body = None;
        if !route.body_schema("application/json").is_null() || !is_example && dice.chance(5) {
            let mut tree = base(route, &name, things, dice, is_example);
            if !is_example && dice.chance(92) {
                mutate(dice, &mut tree, known_names());
            }
            let has_form = !route.body_schema("application/x-www-form-urlencoded").is_null();
            if has_form && !is_example && dice.chance(15) {
                headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
                body = Some(tree.form(dice.chance(50)));
            } else {
                headers.push(("content-type", "application/json".to_owned()));
                body = Some(tree.json());
            }
        }
        if dice.chance(60) {
            headers.push(("prefer", "respond-async".to_owned()));
        }
        if dice.chance(10) {
            headers.push(("idempotency-key", format!("k{}", dice.below(6))));
        }
        Self { method: route.method.clone(), target, headers, body, is_example }
    }

    /// What the example of a route asks for, and the same with each further name that the route takes: in its query, and in
    /// its body, down to the members of members.
    pub fn ways(route: &Route, things: &Things, seed: u64) -> Vec<Self> {
        let name = route.name();
        let example = || {
            let mut asking = Self::of(route, things, &mut Dice::of(seed, 0), true);
            asking.headers.retain(|(header, _)| *header == "content-type");
            asking
        };
        let mut all = vec![example()];
        let recorded = route.example("parameters");
        let query = route.parameters().filter(|(place, name)| *place == "query" && recorded[name].is_null());
        for (_, parameter) in query {
            let value = things.named(&name, parameter, &mut Dice::of(seed, 1));
            let Some(Value::String(value)) = value else { continue };
            let mut asking = example();
            let mark = if asking.target.contains('?') { "&" } else { "?" };
            asking.target += &[mark, parameter, "=", &percent(&value)].concat();
            all.push(asking);
        }
        let body = all[0].body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok());
        let Some(body) = body.filter(Value::is_object) else { return all };
        for (outer, inner) in members(route.body_schema("application/json")) {
            let place = if inner.is_some() { &body[&outer] } else { &body };
            let member = inner.as_ref().unwrap_or(&outer);
            let value = things.named(&name, member, &mut Dice::of(seed, 1));
            let (Some(value), true) = (value, place[member].is_null()) else { continue };
            let mut body = body.clone();
            match inner {
                Some(inner) if place.is_object() || place.is_null() => body[&outer][inner] = value,
                Some(_) => continue,
                None => body[outer] = value,
            }
            all.push(Self { body: Some(body.to_string()), ..example() });
        }
        all
    }

    /// What it answers to whoever has this key, and what is wrong with that; none if there was no answer.
    pub async fn answer(&self, house: &TestHouse, key: Option<&str>) -> Result<(Reply, Vec<String>), String> {
        let mut request = house.request(self.method.clone(), &self.target);
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let (client, request) = request.build_split();
        let request = request.map_err(|why| format!("no request: {why}"))?;
        let asked = Asked::of(&request);
        let response = client.execute(request).await.map_err(|why| format!("no answer: {why:?}"))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.map_err(|why| format!("half an answer: {why:?}"))?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let reply = Reply { status, headers, body, text };
        let wrong = asked.map(|asked| asked.answer(&reply)).unwrap_or_default();
        Ok((reply, wrong))
    }

    /// Sends it for Alice; none if there was no answer.
    pub async fn send(&self, house: &TestHouse) -> Result<Exchange, String> {
        let (reply, mut wrong) = self.answer(house, Some(&house.alice.key)).await?;
        let status = reply.status;
        if status >= 500 {
            wrong.push("an answer of 5xx".to_owned());
        }
        // What resolves answers as its own specification says.
        let is_resolution = ["didResolutionMetadata", "dereferencingMetadata"]
            .iter()
            .any(|name| reply.body[name].is_object());
        if (400..500).contains(&status) && !is_resolution {
            wrong.extend(super::undocumented(&reply.body["code"]));
        }
        Ok(Exchange { is_done: status < 300, status, text: reply.text, wrong })
    }
}

fn target(route: &Route, write: &str, things: &Things, dice: &mut Dice, is_example: bool) -> String {
    let recorded = route.example("parameters");
    let mut path = route.path.to_owned();
    let mut query = Vec::new();
    let oddly = |dice: &mut Dice, percent| !is_example && dice.chance(percent);
    for (place, name) in route.parameters().filter(|(place, _)| *place != "header") {
        let example = &recorded[name];
        let value = if example.is_null() { Value::Null } else { things.settle(write, name, example, dice) };
        let mut value = match value {
            Value::String(text) => Some(text),
            Value::Null if place == "path" => Some("x".to_owned()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        if oddly(dice, 7) {
            value = Some(mutate::parameter(dice));
        }
        match (place, value) {
            ("path", value) => {
                let value = percent(&value.unwrap_or_default());
                path = path.replace(&format!("{{{name}}}"), if value.is_empty() { "%20" } else { &value });
            }
            // Whether a write is tried only is chance too.
            (_, None) if name == "dryRun" && oddly(dice, 5) => query.push("dryRun=true".to_owned()),
            (_, Some(value)) if !oddly(dice, 2) => query.push(format!("{name}={}", percent(&value))),
            _ => {}
        }
    }
    if oddly(dice, 2) {
        query.push(format!("{}={}", percent(&mutate::parameter(dice)), percent(&mutate::parameter(dice))));
    }
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// A body to begin with: the recorded one, or one made from its schema.
fn base(route: &Route, write: &str, things: &Things, dice: &mut Dice, is_example: bool) -> Raw {
    let recorded = route.example("request");
    if recorded.is_null() || !is_example && dice.chance(25) {
        return made(route.body_schema("application/json"), write, "", things, dice, 0);
    }
    Raw::of(&things.settle(write, "", &recorded, dice))
}

/// The members of a body, and the members of those that are objects.
fn members(schema: &'static Value) -> Vec<(String, Option<String>)> {
    let own = |schema| properties(schema).into_iter().flatten();
    let below = |(outer, schema): (&String, &'static Value)| -> Vec<(String, Option<String>)> {
        own(schema).map(|(inner, _)| (outer.clone(), Some(inner.clone()))).collect()
    };
    let flat = own(schema).map(|(outer, _)| (outer.clone(), None));
    flat.chain(own(schema).flat_map(below)).collect()
}

fn properties(schema: &'static Value) -> Option<&'static Map<String, Value>> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.trim_start_matches("#/components/schemas/");
        return properties(&DOCUMENT["components"]["schemas"][name]);
    }
    let mut choices =
        ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|word| schema[word].as_array()).flatten();
    schema["properties"].as_object().or_else(|| choices.find_map(properties))
}

/// A value as the schema wants it, with names that exist where it can be told which.
fn made(schema: &Value, write: &str, name: &str, things: &Things, dice: &mut Dice, level: usize) -> Raw {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = &DOCUMENT["components"]["schemas"][reference.trim_start_matches("#/components/schemas/")];
        return made(named, write, name, things, dice, level);
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[word].as_array() {
            return made(dice.pick(choices), write, name, things, dice, level);
        }
    }
    if let (Some(value), true) = (things.named(write, name, dice), dice.chance(92)) {
        return Raw::of(&value);
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return Raw::of(dice.pick(allowed));
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kind = if kinds.is_empty() { "" } else { *dice.pick(&kinds) };
    match kind {
        "object" if schema["properties"].is_object() && level < 6 => {
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let properties = schema["properties"].as_object().into_iter().flatten();
            let members = properties.filter_map(|(name, schema)| {
                let is_there = required.contains(&name.as_str()) || dice.chance(35);
                is_there.then(|| (name.clone(), made(schema, write, name, things, dice, level + 1)))
            });
            Raw::Object(members.collect())
        }
        "array" if level < 6 => {
            let many = dice.below(3);
            Raw::List(
                (0..many).map(|_| made(&schema["items"], write, name, things, dice, level + 1)).collect(),
            )
        }
        "boolean" => Raw::token(&dice.chance(50)),
        "integer" | "number" => odd::number(dice),
        "null" => Raw::null(),
        "string" => odd::text(dice),
        _ => odd::tree(dice, 3),
    }
}

/// The lists of everything must be there to be shown, whatever was written.
pub async fn read_all(house: &TestHouse, reads: &[Route], things: &Things) -> Vec<String> {
    let mut wrong = Vec::new();
    for route in reads.iter().filter(|route| !route.path.contains('{')) {
        let examples = route.example("parameters");
        let mut dice = Dice::of(0, 0);
        let mut example = |name: &str| {
            let value = things.settle(&route.name(), name, &examples[name], &mut dice);
            Some(format!("{name}={}", percent(value.as_str()?)))
        };
        let parameters = route.operation["parameters"].as_array().into_iter().flatten();
        let required = parameters.clone().filter(|parameter| parameter["required"] == true);
        let mut query: Vec<String> = required.filter_map(|p| example(p["name"].as_str()?)).collect();
        if let Some(limit) = parameters.clone().find(|parameter| parameter["name"] == "limit") {
            query.push(format!("limit={}", limit["schema"]["maximum"].as_u64().unwrap_or(100)));
            query.extend(route.parameters().any(|(_, name)| name == "page").then(|| "page=1".to_owned()));
        }
        let target = format!("{}?{}", route.path, query.join("&"));
        let target = target.trim_end_matches('?').to_owned();
        let asking =
            Asking { method: Method::GET, target, headers: Vec::new(), body: None, is_example: true };
        match asking.send(house).await {
            Ok(told) if told.wrong.is_empty() && told.is_done => {}
            // Of a browser that signed in.
            Ok(told) if told.wrong.is_empty() && told.text.contains("auth/no-id-token") => {}
            Ok(told) => {
                wrong.push(format!("{}: {} {:?} {}", asking.target, told.status, told.wrong, told.text));
            }
            Err(why) => wrong.push(format!("{}: {why}", asking.target)),
        }
    }
    wrong
}
