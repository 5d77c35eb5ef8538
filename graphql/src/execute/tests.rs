//! From a text to a completed answer, over a small schema and over the whole one.

mod optional;
mod small;

use super::*;
use crate::http::tests::asking;
use app::fake::World;
use serde_json::{Value as Json, json};

/// What the whole schema answers, without a database behind it.
async fn answered(query: &str, variables: Json) -> Json {
    let (engine, asking) = (Engine::new(), asking(&World::new()));
    let asked = crate::http::ask::asked(json!({"query": query, "variables": variables})).unwrap();
    let answer = match engine.prepare(&asked, &asking).await {
        Ok(prepared) => engine.execute(prepared, &asking).await,
        Err(refused) => refused,
    };
    serde_json::to_value(answer).unwrap()
}

fn code(answer: &Json) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

/// doors 9: generated clients declare a variable for every argument and leave it out.
#[tokio::test]
async fn a_filter_left_out_or_null_is_no_filter() {
    let query = "query($f: DidFilter, $l: Boolean, $n: Int) {
        dids(first: $n, filter: $f) { totalCount } resources(filter: {latestOnly: $l}) { totalCount } }";
    for variables in
        [json!({}), json!({"f": null, "l": null, "n": null}), json!({"f": {}, "l": true, "n": 3})]
    {
        let answer = answered(query, variables.clone()).await;
        // There is no database; that everything else is in order is the point.
        assert_eq!(code(&answer), "store/unavailable", "{variables}: {answer}");
    }
}

/// doors 11: `{viewer{name apiKeys(first:1000){totalCount}}}` left `apiKeys` out of its non-null parent.
#[tokio::test]
async fn what_can_be_refused_before_execution_is() {
    for (query, variables) in [
        ("{ viewer { name apiKeys(first: 1000) { totalCount } } }", json!({})),
        ("query($n: Int) { viewer { apiKeys(last: $n) { totalCount } } }", json!({"n": -1})),
        ("query($n: Int = 101) { dids { nodes { resources(first: $n) { totalCount } } } }", json!({})),
        (
            "mutation { createKey(input: {}) { key { id } } createDid(input: {network: TESTNET}) {
            did { ...F } } } fragment F on Did { versions(first: 1, last: 1) { totalCount } }",
            json!({}),
        ),
        ("{ statusList(id: \"x\") { entries(first: 101) { index } } }", json!({})),
    ] {
        let answer = answered(query, variables).await;
        assert_eq!(code(&answer), "graphql/paging-invalid", "{query}: {answer}");
        assert!(answer.get("data").is_none(), "{query}: {answer}");
        assert!(answer["errors"][0]["locations"][0]["line"].is_number(), "{query}: {answer}");
    }
    let answer = answered("{ keys(after: \"cDEuMQ\") { nodes { id } } }", json!({})).await;
    assert_eq!(code(&answer), "graphql/cursor-invalid", "{answer}");
}

#[tokio::test]
async fn errors_of_the_request_have_no_data() {
    let operations = "query A { viewer { id } } query B { viewer { id } }";
    for (query, variables) in [
        ("{", json!({})),
        ("{ nothing }", json!({})),
        ("{ viewer }", json!({})),
        ("{ did { did } }", json!({})),
        ("query($d: String!) { did(did: $d) { did } }", json!({})),
        ("query($d: String!) { did(did: $d) { did } }", json!({"d": null})),
        ("query($d: String!) { did(did: $d) { did } }", json!({"d": 7})),
        ("query($f: DidFilter) { dids(filter: $f) { totalCount } }", json!({"f": {"nothing": 1}})),
        ("query($f: DidFilter) { dids(filter: $f) { totalCount } }", json!({"f": {"network": "MARS"}})),
        (
            "query($f: EventFilter) { events(filter: $f) { totalCount } }",
            json!({"f": {"createdFrom": "soon"}}),
        ),
        ("{ events(filter: {createdFrom: \"soon\"}) { totalCount } }", json!({})),
        ("{ viewer { ...F } } fragment F on Account { id } fragment G on Account { id }", json!({})),
        ("{ viewer { __studio_type: id } }", json!({})),
        (operations, json!({})),
    ] {
        let answer = answered(query, variables.clone()).await;
        assert!(answer.get("data").is_none(), "{query} {variables}: {answer}");
        assert!(answer["errors"][0]["message"].is_string(), "{query} {variables}: {answer}");
        assert_eq!(code(&answer), "graphql/invalid", "{query} {variables}: {answer}");
    }
}

#[tokio::test]
async fn an_error_in_a_field_that_may_be_null_leaves_null() {
    let did = "did:cheqd:testnet:7bf81a20-633c-4cc7-bc4a-5a45801005e0";
    let query =
        format!("{{ b: did(did: \"{did}\") {{ did }} a: __typename none: did(did: \"x\") {{ did }} }}");
    let answer = answered(&query, json!({})).await;
    assert_eq!(answer["data"].to_string(), r#"{"b":null,"a":"Query","none":null}"#, "{answer}");
    assert_eq!(answer["errors"][0]["path"], json!(["b"]));
    // `viewer` must not be null, so all of the data is.
    let answer = answered("{ viewer { id } __typename }", json!({})).await;
    assert_eq!(answer["data"], Json::Null, "{answer}");
    assert!(answer.as_object().unwrap().contains_key("data"), "{answer}");
}

/// A mutation written twice is one field (specification, 5.3.2): it must have one effect.
#[tokio::test]
async fn the_same_mutation_twice_is_made_once() {
    let (engine, world) = (Engine::new(), World::new());
    let asking = asking(&world);
    let query = "mutation { createKey(input: {}) { replayed } ...M createKey(input: {}) { userErrors { code } } }
        fragment M on Mutation { createKey(input: {}) { __typename } other: createKey(input: {}) { replayed } }";
    let asked = Asked { query: query.to_owned(), ..Asked::default() };
    let prepared = engine.prepare(&asked, &asking).await.map_err(|refused| refused.errors).unwrap();
    let answer = serde_json::to_value(engine.execute(prepared, &asking).await).unwrap();
    let expected = json!({
        "createKey": {"replayed": false, "__typename": "KeyPayload", "userErrors": []},
        "other": {"replayed": false},
    });
    assert_eq!(answer["data"].to_string(), expected.to_string());
    assert_eq!(world.safe.key_requests().len(), 2);
}

#[tokio::test]
async fn directives_and_fragments_choose_and_nothing_is_left_over() {
    let query = "query($yes: Boolean!, $no: Boolean = false) {
        a: __typename @skip(if: $yes) b: __typename @include(if: $yes) ... @include(if: $yes) { c: __typename }
        n: node(id: \"x\") @skip(if: $yes) { id } __schema { queryType { name @include(if: $no) } }
        ...F @skip(if: $yes) } fragment F on Query { d: __typename }";
    // A condition must not be null.
    let answer = answered(query, json!({"yes": true, "no": null})).await;
    assert!(answer.get("data").is_none(), "{answer}");
    let answer = answered(query, json!({"yes": true})).await;
    let expected = json!({"b": "Query", "c": "Query", "__schema": {"queryType": {}}});
    assert_eq!(answer["data"].to_string(), expected.to_string(), "{answer}");
}
