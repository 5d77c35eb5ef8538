//! Others judge the door: graphql-js the questions and the answers, graphql-http's audits the HTTP, graphql-ws's client the
//! sockets. From `tests/graphql-js`, a locked npm installation.

use super::{chain, done, text};
use crate::{
    house::TestHouse,
    npm::{Skipped, judges, say, text as said},
    patience::run,
};
use serde_json::{Value, json};
use std::{path::PathBuf, process::Command};

async fn place() -> Option<PathBuf> {
    match tokio::task::spawn_blocking(|| judges("graphql-js")).await.expect("no panic") {
        Ok(place) => Some(place),
        Err(Skipped(reason)) => {
            say(&format!("SKIPPED: GraphQL was NOT judged by graphql-js: {reason}"));
            None
        }
    }
}

/// Runs a script; it must be content, with at least so many checks.
async fn judged(script: &str, arguments: Vec<String>, input: String, checks: usize) {
    let Some(place) = place().await else { return };
    let script = place.join(script);
    let name = script.display().to_string();
    let output = tokio::task::spawn_blocking(move || {
        run(Command::new("node").arg(script).args(arguments), &input).expect("node starts")
    });
    let output = output.await.expect("no panic");
    let told = said(&output);
    assert!(output.status.success(), "{name} is not content:\n{told}");
    let passed = told.lines().filter(|line| line.starts_with("ok ")).count();
    assert!(passed >= checks, "{name}: too few checks:\n{told}");
}

#[expect(clippy::needless_pass_by_value, reason = "cases read better with values")]
fn question(name: &str, query: &str, variables: Value) -> Value {
    json!({"name": name, "query": query, "variables": variables})
}

/// Questions that both must answer or refuse alike.
fn questions(chain: &chain::Chain, operation: &str) -> Vec<Value> {
    let everything = "query E($did: String!, $first: Int = 5, $f: EventFilter, $yes: Boolean!) {
        ...D viewer { name payers { balance network } apiKeys(first: 1) { nodes { lastFour } } id }
        events(first: $first, filter: $f) { totalCount edges { node { ...Ev } cursor } pageInfo { endCursor hasNextPage } }
        operations(first: 3) { nodes { kind height feePaid history { no } controller { did } id } totalCount }
        a: __typename keys { nodes { kid } totalCount } b: keys(last: 1) { nodes { alias } }
        skipped: viewer @skip(if: $yes) { id } empty: viewer { id @skip(if: $yes) } }
        fragment D on Query { did(did: $did) { phase document id resources(first: 2) { totalCount nodes { ...R } }
            did accreditationsGranted { nodes { name id accreditedFor { types } } } statusLists { nodes { encoding ttlMilliseconds id } } }
            did(did: $did) { network did } }
        fragment R on Resource { url name id versions { totalCount } previousVersion { id } inclusion { height gasUsed } }
        fragment Ev on Event { action actor { type apiKeyId part } id status txHash createdAt }";
    let node = "query N($a: ID!, $b: ID!, $c: ID!) { a: node(id: $a) { ... on Did { did } id __typename ... on Node { again: id } }
        b: node(id: $b) { ...T id } c: node(id: $c) { id } } fragment T on StatusList { name id entries { index } }";
    let did = json!({"did": chain.root_did, "yes": true});
    let input = |more: &str| {
        format!(
            "mutation {{ createKey(input: {{{more}}}) {{ userErrors {{ code details }} key {{ kid }} }} }}"
        )
    };
    let mut all = vec![
        question("everything", everything, did.clone()),
        question("filter null", everything, json!({"did": chain.root_did, "yes": false, "f": null})),
        question(
            "nodes",
            node,
            json!({"a": format!("Did:{}", chain.root_did), "b": chain.list_id, "c": "x"}),
        ),
        question(
            "an operation",
            "query($id: ID!) { operation(id: $id) { id state error code dead } }",
            json!({"id": operation}),
        ),
        question(
            "nothing there",
            "{ did(did: \"did:cheqd:testnet:x\") { did } resource(id: \"x\") { id } }",
            json!({}),
        ),
        question(
            "resolution",
            "query($d: String!) { resolve(didUrl: $d) { status contentType content data } }",
            json!({"d": chain.root_did}),
        ),
        question(
            "no ledger of that network",
            "{ resolve(didUrl: \"did:cheqd:mainnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0\") { status } }",
            json!({}),
        ),
        question("a mutation", &input(""), json!({})),
        question(
            "a mutation with null",
            &input("alias: null, algorithm: null, idempotencyKey: null"),
            json!({}),
        ),
        question("a refusal", &input("idempotencyKey: \"\""), json!({})),
        question(
            "twice",
            "mutation { createKey(input: {}) { replayed } createKey(input: {}) { key { id } } }",
            json!({}),
        ),
    ];
    // Each is invalid, or its variables are; nothing of it may be executed.
    for (name, query, variables) in [
        ("syntax", "{ viewer {", json!({})),
        ("unknown field", "{ viewer { nothing } }", json!({})),
        ("no selection", "{ viewer }", json!({})),
        ("a selection of a leaf", "{ viewer { id { x } } }", json!({})),
        ("unknown argument", "{ dids(nothing: 1) { totalCount } }", json!({})),
        ("missing argument", "{ did { did } }", json!({})),
        ("unknown type", "query($x: Nothing) { dids(filter: $x) { totalCount } }", json!({})),
        ("unused fragment", "{ viewer { id } } fragment F on Account { id }", json!({})),
        ("unknown fragment", "{ viewer { ...F } }", json!({})),
        ("impossible fragment", "{ viewer { ... on Did { did } } }", json!({})),
        ("unused variable", "query($x: Int) { viewer { id } }", json!({})),
        ("undefined variable", "{ dids(first: $x) { totalCount } }", json!({})),
        (
            "variable of another type",
            "query($x: String) { dids(first: $x) { totalCount } }",
            json!({"x": "1"}),
        ),
        ("conflicting fields", "{ keys(first: 1) { totalCount } keys(first: 2) { totalCount } }", json!({})),
        ("conflicting aliases", "{ viewer { a: id a: name } }", json!({})),
        ("missing variable", "query($d: String!) { did(did: $d) { did } }", json!({})),
        ("null variable", "query($d: String!) { did(did: $d) { did } }", json!({"d": null})),
        ("a number for a text", "query($d: String!) { did(did: $d) { did } }", json!({"d": 1})),
        ("a text for a number", "query($n: Int) { dids(first: $n) { totalCount } }", json!({"n": "1"})),
        ("a fraction for a number", "query($n: Int) { dids(first: $n) { totalCount } }", json!({"n": 1.5})),
        (
            "too large a number",
            "query($n: Int) { dids(first: $n) { totalCount } }",
            json!({"n": 3_000_000_000_u32}),
        ),
        (
            "unknown value",
            "query($f: DidFilter) { dids(filter: $f) { totalCount } }",
            json!({"f": {"network": "MARS"}}),
        ),
        (
            "unknown member",
            "query($f: DidFilter) { dids(filter: $f) { totalCount } }",
            json!({"f": {"x": 1}}),
        ),
        (
            "missing member",
            "mutation($i: UpdateDidInput!) { updateDid(input: $i) { replayed } }",
            json!({"i": {}}),
        ),
        ("unknown literal member", "{ dids(filter: {x: 1}) { totalCount } }", json!({})),
        (
            "a condition that is null",
            "query($y: Boolean = true) { viewer { id @skip(if: $y) } }",
            json!({"y": "no"}),
        ),
        ("two anonymous operations", "{ viewer { id } } { viewer { id } }", json!({})),
        ("several operations and no name", "query A { viewer { id } } query B { viewer { id } }", json!({})),
        ("unknown directive", "{ viewer @nothing { id } }", json!({})),
    ] {
        all.push(question(name, query, variables));
    }
    for (name, query) in [
        ("a page too long", "{ viewer { name apiKeys(first: 1000) { totalCount } } }"),
        ("both ends", "{ dids(first: 1, last: 1) { totalCount } }"),
        ("no cursor", "{ dids(after: \"x\") { totalCount } }"),
        (
            "too deep",
            &format!(
                "{{ accreditation(id: \"x\") {} }}",
                "{ parent ".repeat(20) + "{ id }" + &" }".repeat(20)
            ),
        ),
        ("no amount", "mutation { createDid(input: {maxFee: \"-1\"}) { replayed } }"),
        ("no time", "{ events(filter: {createdFrom: \"soon\"}) { totalCount } }"),
    ] {
        let mut limited = question(name, query, json!({}));
        limited["limit"] = json!(true);
        all.push(limited);
    }
    all
}

/// doors 11: graphql-js judges the shape of answers against the schema.
#[tokio::test(flavor = "multi_thread")]
async fn graphql_js_finds_our_answers_right() {
    let house = TestHouse::start().await;
    let chain = chain::build(&house).await;
    let made = done(&house, "createDid", "did { did }", json!({"network": "TESTNET"})).await;
    let operation = text(&made["operation"]["operationId"]).to_owned();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/graphql/schema.graphql").to_owned();
    let arguments = vec![format!("{}/graphql", house.base), house.alice.key.clone(), schema];
    let asked = questions(&chain, &operation);
    judged("judge.mjs", arguments.clone(), json!(asked).to_string(), asked.len()).await;

    // Without a ledger: errors of all sorts beside data.
    house.node.go_away();
    let status =
        json!({"input": {"did": chain.root_did, "name": "n", "purpose": "REVOCATION", "indices": [1]}});
    let asked = [
        question("balances", "{ viewer { payers { balance address } name } __typename }", json!({})),
        question(
            "bytes",
            "query($id: ID!) { resource(id: $id) { data name id } resources { nodes { data id } } }",
            json!({"id": chain.schema_id}),
        ),
        question(
            "what must not be null",
            "query($input: StatusInput!) { viewer { id } statusOf(input: $input) { value index } }",
            status,
        ),
    ];
    judged("judge.mjs", arguments, json!(asked).to_string(), asked.len()).await;
    house.stop().await;
}

/// doors 3 and 12.
#[tokio::test(flavor = "multi_thread")]
async fn the_audits_of_graphql_over_http_pass() {
    let house = TestHouse::start().await;
    let arguments = vec![format!("{}/graphql", house.base), house.alice.key.clone()];
    judged("audit.mjs", arguments, String::new(), 50).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_of_graphql_ws_follows_events() {
    let house = TestHouse::start().await;
    let address = format!("{}/graphql/ws", house.base.replacen("http", "ws", 1));
    judged("socket.mjs", vec![address, house.alice.key.clone()], String::new(), 6).await;
    house.stop().await;
}
