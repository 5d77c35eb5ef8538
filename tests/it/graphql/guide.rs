//! The guide asks what the schema has: every query of `docs/graphql.md` is asked of a house with a chain of trust in it.

use super::{ask, chain};
use crate::house::TestHouse;
use serde_json::{Value, json};

/// The texts between `graphql` fences.
fn queries(page: &str) -> Vec<&str> {
    let blocks = page.split("```graphql\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default()).collect()
}

fn empty(value: &Value) -> bool {
    value.is_null() || value["nodes"].as_array().is_some_and(Vec::is_empty)
}

/// doors 18, a neighbour.
#[tokio::test(flavor = "multi_thread")]
async fn every_query_of_the_guide_is_answered() {
    let house = TestHouse::start().await;
    let chain = chain::build(&house).await;
    let variables = json!({"did": chain.root_did, "credential": chain.credential,
        "accreditation": chain.accreditation.url, "subject": chain.body_did});
    let page = include_str!("../../../docs/graphql.md");
    let asked = queries(page);
    assert!(asked.len() >= MIN_QUERIES, "too few queries were found: {}", asked.len());
    for query in asked {
        let data = ask(&house, query, variables.clone()).await;
        for (field, value) in data.as_object().expect("data") {
            assert!(!empty(value), "{field} shows nothing: {query}: {data:#}");
        }
        for verdict in ["verifyCredential", "trustChain"] {
            if let Some(told) = data.get(verdict) {
                assert_eq!(told["verified"], true, "{query}: {data:#}");
            }
        }
    }
    house.stop().await;
}

/// The guide has at least so many; fewer mean that they were not found.
const MIN_QUERIES: usize = 12;
