//! What one request may ask for: more is refused before anything runs.

use super::{ask, ask_as, done, error, events};
use crate::house::TestHouse;
use graphql::{
    ALIASES_MAX, BATCH_REQUESTS_MAX, BODY_BYTES_MAX, COMPLEXITY_MAX, CONNECTION_ROWS_MAX, DEPTH_MAX,
    DIRECTIVES_MAX, QUERY_BYTES_MAX, ROOT_FIELDS_MAX,
};
use reqwest::Method;
use serde_json::{Value, json};

/// A query whose deepest field is this deep.
fn deep(levels: usize) -> String {
    let above = levels - 3;
    format!(
        "{{ accreditations(first: 1) {{ nodes {{ {} id {} }} }} }}",
        "parent { ".repeat(above),
        "} ".repeat(above)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_asks_too_much_is_refused_before_anything_runs() {
    let house = TestHouse::start().await;
    let before = events(&house).await;
    ask(&house, &deep(DEPTH_MAX), json!({})).await;

    // Every field of the innermost rows counts once for every row around them.
    let rows = CONNECTION_ROWS_MAX as usize;
    let nested = |leaf: &str| {
        format!(
            "{{ dids(first: {rows}) {{ nodes {{ resources(first: {}) {{ nodes {{ {leaf} }} }} }} }} }}",
            rows - 5
        )
    };
    assert!(rows * (rows - 5) * 2 < COMPLEXITY_MAX && rows * (rows - 5) * 3 > COMPLEXITY_MAX);
    ask(&house, &nested("id"), json!({})).await;
    let costly = nested("id url");
    let write = format!(
        "mutation {{ createDid(input: {{network: TESTNET}}) {{ operation {{ {} }} }} }}",
        "controller { pendingOperation { ".repeat(DEPTH_MAX) + "id" + &" } }".repeat(DEPTH_MAX)
    );
    let aliases = (0..=ALIASES_MAX).map(|n| format!("a{n}: id")).collect::<Vec<_>>().join(" ");
    let roots = "viewer { id } ".repeat(ROOT_FIELDS_MAX + 1);
    let directives = "@include(if: true) ".repeat(DIRECTIVES_MAX + 1);
    for (name, query, code) in [
        ("depth", deep(DEPTH_MAX + 1), "graphql/too-deep"),
        ("complexity", costly, "graphql/too-complex"),
        ("a deep mutation", write, "graphql/too-deep"),
        ("aliases", format!("{{ viewer {{ {aliases} }} }}"), "graphql/too-many-aliases"),
        ("root fields", format!("{{ {roots} }}"), "graphql/too-many-root-fields"),
        ("directives", format!("{{ viewer {{ id {directives} }} }}"), "graphql/invalid"),
        ("a cycle", "{ ...a } fragment a on Query { ...a }".to_owned(), "graphql/fragment-cycle"),
        (
            "length",
            format!("{{ viewer {{ id }} }} #{}", "x".repeat(QUERY_BYTES_MAX)),
            "graphql/query-too-long",
        ),
        ("a rank growth", "{".repeat(5_000), "graphql/too-deep"),
        ("not GraphQL", "select 1".to_owned(), "graphql/invalid"),
    ] {
        let reply = ask_as(&house, &house.alice.key, &query, json!({})).await;
        assert!(reply.body.get("data").is_none(), "{name}: {}", reply.text);
        let refused = error(reply, name);
        assert_eq!(refused["extensions"]["code"], code, "{name}: {refused:#}");
    }
    assert_eq!(events(&house).await, before, "nothing ran");
    // A mutation cannot be sent by GET (doors 12).
    let get =
        house.request(Method::GET, "/graphql?query=mutation%7BcreateKey(input:%7B%7D)%7Breplayed%7D%7D");
    assert_eq!(TestHouse::answer(get.header("x-api-key", &house.alice.key)).await.status, 405);
    assert_eq!(events(&house).await, before, "nothing ran");
    bodies(&house).await;
    batches(&house).await;
    house.stop().await;
}

async fn bodies(house: &TestHouse) {
    let key = house.alice.key.as_str();
    let send = async |kind: &str, body: String| {
        let request =
            house.request(Method::POST, "/graphql").header("x-api-key", key).header("content-type", kind);
        TestHouse::answer(request.body(body)).await
    };
    let fine = json!({"query": "{ viewer { id } }"}).to_string();
    assert_eq!(send("application/json; charset=utf-8", fine.clone()).await.status, 200);
    // doors 14: scripts of other pages may read our headers, and cookies are no keys (doors 6).
    let asked = house.request(Method::POST, "/graphql").header("origin", "https://elsewhere.example");
    let asked = asked.header("cookie", format!("x-api-key={key}")).header("content-type", "application/json");
    let reply = TestHouse::answer(asked.body(fine.clone())).await;
    assert_eq!(reply.status, 401, "{}", reply.text);
    let exposed = reply.headers["access-control-expose-headers"].to_str().expect("a text");
    assert!(exposed.contains("x-request-id") && exposed.contains("retry-after"), "{exposed}");
    assert!(!reply.headers.contains_key("access-control-allow-credentials"));
    let large =
        json!({"query": "{ viewer { id } }", "variables": {"x": "y".repeat(BODY_BYTES_MAX)}}).to_string();
    for (kind, body, status, code) in [
        ("text/plain", fine.clone(), 415, "request/unsupported-media-type"),
        ("application/x-www-form-urlencoded", fine, 415, "request/unsupported-media-type"),
        ("application/json", "{".to_owned(), 400, "request/body-malformed"),
        ("application/json", "7".to_owned(), 400, "request/body-malformed"),
        ("application/json", json!({"query": 7}).to_string(), 400, "request/body-malformed"),
        ("application/json", "{}".to_owned(), 400, "graphql/query-missing"),
        ("application/json", "[".repeat(100_000), 400, "request/json-too-deep"),
        ("application/json", "[]".to_owned(), 400, "graphql/batch-size"),
        ("application/json", large, 413, "request/body-too-large"),
    ] {
        let reply = send(kind, body).await;
        assert_eq!((reply.status, &reply.body["code"]), (status, &json!(code)), "{kind}: {}", reply.text);
    }
}

async fn batches(house: &TestHouse) {
    let send = async |requests: Vec<Value>| house.post("/graphql", Value::Array(requests)).await;
    let one = json!({"query": "query A($k: String!) { key(kid: $k) { kid } } query B { viewer { name } }", "operationName": "B"});
    let replies = send(vec![one.clone(), json!({"query": "{ nothing }"}), one.clone()]).await.expect(200);
    assert_eq!(replies[0]["data"]["viewer"]["name"], "Alice", "{replies:#}");
    assert_eq!(replies[1]["errors"][0]["extensions"]["code"], "graphql/invalid", "{replies:#}");
    assert_eq!(replies[2]["data"], replies[0]["data"], "{replies:#}");
    let many = send(vec![one; BATCH_REQUESTS_MAX + 1]).await;
    assert_eq!((many.status, &many.body["code"]), (400, &json!("graphql/batch-size")), "{}", many.text);
    // What tools ask first.
    let introspection = "query I { __schema { types { kind name fields(includeDeprecated: true) { name args { name
        type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name } } } } } } } } } } } } }";
    ask(house, introspection, json!({})).await;
    done(house, "createKey", "key { kid }", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_postgres_cannot_hold_are_no_bug() {
    let house = TestHouse::start().await;
    for query in [
        "query($t: String!) { operations(first: 1, filter: {did: $t}) { nodes { id } } }",
        "query($t: String!) { credentials(first: 1, filter: {issuer: $t}) { nodes { id } } }",
        "query($t: String!) { resources(first: 1, filter: {name: $t}) { nodes { id } } }",
        "query($t: String!) { events(first: 1, filter: {entity: $t}) { nodes { id } } }",
    ] {
        let reply = ask_as(&house, &house.alice.key, query, json!({"t": "a\u{0}b"})).await;
        assert!(!reply.text.contains("\"bug\""), "{query}: {}", reply.text);
    }
    house.stop().await;
}
