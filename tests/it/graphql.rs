//! The GraphQL door over real HTTP and `WebSockets`: the chain of trust by mutations alone, connections, edges, what strangers
//! see, how writes behave, what is refused, what can be followed.

mod chain;
mod connections;
mod cost;
mod edges;
mod guide;
mod judge;
mod limits;
mod lossless;
mod socket;
mod strangers;
mod unpaid;
pub mod wire;
mod writes;

use crate::house::{Reply, TestHouse};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{sync::LazyLock, time::Duration};

/// When a test gives up on something that must happen; no assertion depends on how long it takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What every mutation is asked for beside its own thing.
const PAYLOAD: &str = "replayed userErrors { message code field details }";
/// What those of the ledger are asked for besides.
const OPERATION: &str = "operation { id operationId kind did state txHash feePaid error code }";
/// And those that write to it.
const QUOTE: &str = "quote { fee offer usd gas height }";

/// One request with this key.
pub async fn ask_as(house: &TestHouse, key: &str, query: &str, variables: Value) -> Reply {
    let body = json!({"query": query, "variables": variables});
    house.call_as(Some(key), Method::POST, "/graphql", Some(body), &[]).await
}

/// Alice's question; the test fails if anything is in its way.
#[track_caller]
pub fn ask(house: &TestHouse, query: &str, variables: Value) -> impl Future<Output = Value> {
    let (key, query) = (house.alice.key.clone(), query.to_owned());
    async move { data(ask_as(house, &key, &query, variables).await, &query) }
}

/// The data of an answer without errors.
#[track_caller]
pub fn data(reply: Reply, asked: &str) -> Value {
    let body = reply.expect(StatusCode::OK.as_u16());
    assert_eq!(body.get("errors"), None, "{asked}: {body:#}");
    body["data"].clone()
}

/// The only error of an answer; it has a sentence and a code.
#[track_caller]
fn error(reply: Reply, asked: &str) -> Value {
    let body = reply.expect(StatusCode::OK.as_u16());
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{asked}: no error: {body:#}"));
    assert_eq!(errors.len(), 1, "{asked}: {body:#}");
    assert!(!text(&errors[0]["message"]).is_empty(), "{asked}: {body:#}");
    assert!(errors[0]["extensions"]["code"].is_string(), "{asked}: {body:#}");
    errors[0].clone()
}

/// The schema as it is written down.
static SCHEMA: LazyLock<String> = LazyLock::new(graphql::sdl);

/// What stands between two texts of the schema.
#[track_caller]
fn between<'a>(schema: &'a str, from: &str, to: &str) -> &'a str {
    let found = schema.split_once(from).and_then(|(_, rest)| rest.split_once(to));
    found.unwrap_or_else(|| panic!("no {from} in the schema")).0
}

/// A mutation's text: its input is a variable.
fn mutation(field: &str, selection: &str) -> String {
    let declared = between(&SCHEMA, &format!("\n\t{field}("), "\n\t\"\"\"");
    let input = between(declared, "input: ", "!");
    let payload = between(declared, "): ", "!");
    let members = between(&SCHEMA, &format!("\ntype {payload} {{"), "\n}");
    let of = |member: &str, asked: &'static str| {
        if members.contains(&format!("\n\t{member}: ")) { asked } else { "" }
    };
    let (operation, quote) = (of("operation", OPERATION), of("quote", QUOTE));
    format!(
        "mutation M($input: {input}!) {{ {field}(input: $input) {{ {PAYLOAD} {operation} {quote} {selection} }} }}"
    )
}

/// What a mutation answers to anybody; refusals are part of it.
async fn payload_as(house: &TestHouse, key: &str, field: &str, selection: &str, input: Value) -> Value {
    let query = mutation(field, selection);
    let reply = ask_as(house, key, &query, json!({"input": input})).await;
    data(reply, &format!("{field} {input}"))[field].clone()
}

/// What a mutation answers to Alice.
async fn payload(house: &TestHouse, field: &str, selection: &str, input: Value) -> Value {
    payload_as(house, &house.alice.key, field, selection, input).await
}

/// What a mutation of Alice's answers that must succeed.
async fn done(house: &TestHouse, field: &str, selection: &str, input: Value) -> Value {
    let payload = payload(house, field, selection, input.clone()).await;
    assert_eq!(payload["userErrors"], json!([]), "{field} {input}: {payload:#}");
    payload
}

/// The only refusal of a payload.
#[track_caller]
fn user_error(payload: &Value) -> &Value {
    let errors = payload["userErrors"].as_array().expect("a list");
    assert_eq!(errors.len(), 1, "{payload:#}");
    assert!(!text(&errors[0]["message"]).is_empty(), "{payload:#}");
    &errors[0]
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

/// A new DID of Alice's, by mutation.
async fn did(house: &TestHouse) -> String {
    let made = done(house, "createDid", "did { did phase }", json!({"network": "TESTNET"})).await;
    assert_eq!(made["did"]["phase"], "ACTIVE", "{made:#}");
    assert_eq!(made["operation"]["state"], "CONFIRMED", "{made:#}");
    text(&made["did"]["did"]).to_owned()
}

/// How many events there are, whether the sequencer has seen them or not.
async fn events(house: &TestHouse) -> i64 {
    sqlx::query_scalar("select count(*) from events")
        .fetch_one(&house.house.pool)
        .await
        .expect("events are counted")
}

/// Waits for the end of an operation and until everybody can see it.
async fn ended(house: &TestHouse, operation: &str) {
    let id: domain::id::OperationId = operation.parse().expect("an id");
    let outcomes = &house.house.studio.outcomes;
    outcomes.ended(id, PATIENCE).await.expect("it ends");
    assert!(outcomes.all_visible().await.expect("read models answer"), "the read models keep up");
}
