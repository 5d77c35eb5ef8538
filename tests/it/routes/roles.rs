//! Every route and every field at the root of GraphQL, asked by every role: who may not is told so before what he sent is
//! looked at, and who may is never told that he may not.

use super::assert_problem;
use crate::house::TestHouse;
use app::act::{
    Spec,
    role::{built_in, every_scope},
};
use domain::customer::RoleName;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const GHOST: &str = "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e33";

/// What a role may do, and a key that may do just that.
struct Someone {
    role: &'static str,
    scopes: BTreeSet<String>,
    key: String,
}

impl Someone {
    fn may(&self, act: &Spec) -> bool {
        act.scopes().iter().any(|scope| self.scopes.contains(scope))
    }
}

/// One of each role, and of one of the account's own.
async fn everybody(house: &TestHouse) -> Vec<Someone> {
    let own = [
        "create:did:testnet",
        "list:did:testnet",
        "read:account",
        "admin:role:list",
        "issue:credential:mainnet",
    ];
    let mut roles: Vec<(&'static str, BTreeSet<String>)> = vec![("registrar", own.map(str::to_owned).into())];
    for role in RoleName::BUILT_IN {
        let scopes = built_in(&RoleName::parse(role).expect("a role")).expect("everybody has it");
        roles.push((role, scopes.unwrap_or_else(every_scope)));
    }
    let mut all = Vec::new();
    for (role, scopes) in roles {
        let made =
            house.post("/admin/api-key/create", json!({"name": role, "scopes": scopes})).await.expect(201);
        all.push(Someone { role, scopes, key: made["apiKey"].as_str().expect("a secret").to_owned() });
    }
    all
}

/// A path with ghosts in place of its parameters.
fn target(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { GHOST } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_knows_every_role() {
    let house = TestHouse::start().await;
    let everybody = everybody(&house).await;
    let mut refused = 0;
    for route in rest::routes() {
        let Some(act) = route.act else { continue };
        let (method, target) = (route.method.clone(), target(route.path));
        let nobody = house.call_as(None, method.clone(), &target, Some(json!([])), &[]).await;
        assert_problem(&nobody, 401, &format!("{method} {target} by nobody"));
        for someone in &everybody {
            let asked = format!("{method} {target} by the role {}", someone.role);
            // No object: a body that is none of any route.
            let body = (method != Method::GET).then(|| json!([]));
            let reply = house.call_as(Some(&someone.key), method.clone(), &target, body, &[]).await;
            if someone.may(act) {
                assert!(![401, 403].contains(&reply.status) && reply.status < 500, "{asked}: {}", reply.text);
                if method != Method::GET {
                    assert_eq!(reply.status, 400, "{asked}: {}", reply.text);
                }
            } else {
                refused += 1;
                assert_problem(&reply, 403, &asked);
                assert_eq!(reply.body["code"], "auth/forbidden", "{asked}");
                assert_eq!(reply.body["scope"], act.needs.name, "{asked}");
            }
        }
    }
    assert!(refused > 100, "only {refused} were refused");
    house.stop().await;
}

/// The schema as it introspects: types by name.
async fn types(house: &TestHouse) -> BTreeMap<String, Value> {
    const TYPE: &str = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
    let query = format!(
        "{{ __schema {{ types {{ kind name enumValues {{ name }} inputFields {{ name defaultValue type {{ {TYPE} }} }}
            fields {{ name type {{ {TYPE} }} args {{ name defaultValue type {{ {TYPE} }} }} }} }} }} }}"
    );
    let told = house.post("/graphql", json!({"query": query})).await.expect(200);
    let all = told["data"]["__schema"]["types"].as_array().expect("types").clone();
    all.into_iter().map(|one| (one["name"].as_str().expect("a name").to_owned(), one)).collect()
}

/// The least that an input of this type can be, as GraphQL writes it.
fn least(types: &BTreeMap<String, Value>, of: &Value) -> String {
    match of["kind"].as_str().expect("a kind") {
        "NON_NULL" => least(types, &of["ofType"]),
        "LIST" => "[]".to_owned(),
        "INPUT_OBJECT" => {
            let fields =
                types[of["name"].as_str().expect("a name")]["inputFields"].as_array().expect("fields");
            format!("{{{}}}", required(types, fields))
        }
        "ENUM" => {
            let values = &types[of["name"].as_str().expect("a name")]["enumValues"];
            values[0]["name"].as_str().expect("a value").to_owned()
        }
        _ => match of["name"].as_str() {
            Some("Int" | "Float" | "Long") => "1".to_owned(),
            Some("Boolean") => "false".to_owned(),
            Some("JSON") => "{}".to_owned(),
            Some("DateTime") => "\"2026-11-28T10:00:00Z\"".to_owned(),
            _ => format!("\"{GHOST}\""),
        },
    }
}

fn required(types: &BTreeMap<String, Value>, of: &[Value]) -> String {
    let needed = of.iter().filter(|one| one["type"]["kind"] == "NON_NULL" && one["defaultValue"].is_null());
    let given = needed
        .map(|one| format!("{}: {}", one["name"].as_str().expect("a name"), least(types, &one["type"])));
    given.collect::<Vec<_>>().join(", ")
}

fn innermost(of: &Value) -> &Value {
    if of["ofType"].is_null() { of } else { innermost(&of["ofType"]) }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_at_the_root_knows_every_role() {
    let house = TestHouse::start().await;
    let everybody = everybody(&house).await;
    let types = types(&house).await;
    let mut refused = 0;
    for (root, word) in [("Query", "query"), ("Mutation", "mutation")] {
        for field in types[root]["fields"].as_array().expect("fields") {
            let name = field["name"].as_str().expect("a name");
            let act = graphql::root_fields().find(|(known, _)| *known == name).expect("an act").1;
            let given = required(&types, field["args"].as_array().expect("arguments"));
            let given = if given.is_empty() { given } else { format!("({given})") };
            let has_members = ["OBJECT", "INTERFACE"]
                .contains(&innermost(&field["type"])["kind"].as_str().expect("a kind"));
            let shown = if has_members { "{ __typename }" } else { "" };
            let query = format!("{word} {{ {name}{given} {shown} }}");
            for someone in &everybody {
                let asked = format!("{query} by the role {}", someone.role);
                let body = Some(json!({"query": query}));
                let reply = house.call_as(Some(&someone.key), Method::POST, "/graphql", body, &[]).await;
                if someone.may(act) {
                    assert_eq!(reply.status, 200, "{asked}: {}", reply.text);
                    assert!(!reply.text.contains("auth/forbidden"), "{asked}: {}", reply.text);
                } else {
                    refused += 1;
                    assert_problem(&reply, 403, &asked);
                    assert_eq!(reply.body["code"], "auth/forbidden", "{asked}");
                }
            }
        }
    }
    assert!(refused > 100, "only {refused} were refused");
    house.stop().await;
}
