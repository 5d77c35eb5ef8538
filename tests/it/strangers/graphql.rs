//! Every field at the roots of GraphQL.

use super::{Estate, events, of_anybody};
use crate::{
    graphql::{ask, ask_as, data},
    house::TestHouse,
    property::graphql::{Field, Schema},
};
use app::act::{NODE_READ, Spec};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn act_of(field: &Field) -> &'static Spec {
    let found = graphql::root_fields()
        .find(|(name, act)| *name == field.name() && act.effect.is_write() == field.is_mutation);
    found.unwrap_or_else(|| panic!("{} is no act", field.name())).1
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_keeps_strangers_out() {
    let house = TestHouse::start().await;
    let estate = Estate::build(&house).await;
    let schema = Schema::of(&house).await;
    let (queries, mutations) = schema.fields();
    let before = events(&house).await;
    for field in queries.iter().filter(|field| field.is_list()) {
        nodes_are_hers(&house, field).await;
    }
    // Accounts have no list.
    let account = ask(&house, "{ viewer { id } }", json!({})).await["viewer"]["id"].clone();
    is_a_node_of_hers(&house, account.as_str().expect("an id")).await;
    let mut named = BTreeSet::new();
    for field in queries.iter().chain(&mutations) {
        let act = act_of(field);
        if of_anybody(act) || *act == NODE_READ {
            continue;
        }
        let ways = schema.ways(field, &estate.hers).into_iter().zip(schema.ways(field, &estate.ghosts));
        for (hers, ghost) in ways.filter(|(hers, ghost)| hers != ghost) {
            let query = schema.operation(field, &hers);
            if as_if_it_did_not_exist(&house, &estate, field, &query, [hers, ghost]).await {
                named.insert(field.name());
            }
        }
    }
    assert_eq!(events(&house).await, before, "nothing happened");
    estate.is_as_it_was(&house).await;
    // Whatever takes names was tried with one that is somebody's.
    for field in queries.iter().chain(&mutations) {
        let takes_names = !of_anybody(act_of(field))
            && *act_of(field) != NODE_READ
            && schema.ways(field, &estate.hers) != schema.ways(field, &estate.ghosts);
        assert!(
            !takes_names || named.contains(field.name()),
            "nothing of Alice's was named to {}",
            field.name()
        );
    }
    house.stop().await;
}

/// Whether what was named is something: Alice is told of it, and a change is refused for nothing else.
async fn as_if_it_did_not_exist(
    house: &TestHouse,
    estate: &Estate,
    field: &Field,
    query: &str,
    [hers, ghost]: [Value; 2],
) -> bool {
    let name = field.name();
    let shown = format!("{query} {hers}");
    let reply = ask_as(house, &house.mallory.key, query, hers.clone()).await;
    let unknown = ask_as(house, &house.mallory.key, query, ghost).await;
    let renamed = estate.hers.renamed_as(&estate.ghosts, &reply.text);
    assert_eq!(renamed, unknown.text, "{shown} tells what exists");
    assert_eq!(estate.told(&reply.text, &shown), None, "{shown}: {}", reply.text);
    let seen = data(reply, &shown)[name].clone();
    if field.is_mutation {
        let code = seen["userErrors"][0]["code"].as_str();
        let code = code.unwrap_or_else(|| panic!("{shown} was not refused: {seen}"));
        assert_eq!(seen.get("operation").cloned().unwrap_or_default(), Value::Null, "{shown}: {seen}");
        return code.ends_with("not-found");
    }
    let told = data(ask_as(house, &house.alice.key, query, hers).await, &shown)[name].clone();
    if field.is_list() {
        assert_eq!(seen["nodes"], json!([]), "{shown}: {seen}");
        assert!(seen.get("totalCount").is_none_or(|total| total == 0), "{shown}: {seen}");
        return told["nodes"] != json!([]);
    }
    let is_nothing = |told: &Value| told.is_null() || *told == json!(0);
    assert!(
        is_nothing(&seen),
        "{shown}: naming what is not his answers null, 0 or an empty list, not {seen}"
    );
    !is_nothing(&told)
}

/// Whatever is in a list of Alice's is in none of Mallory's, and no node of his.
async fn nodes_are_hers(house: &TestHouse, list: &Field) {
    let list = list.name();
    // People are no nodes: they are named within their account.
    let id = match list {
        "members" => "userId",
        "invitations" => "invitationId",
        _ => "id",
    };
    let query = format!("{{ {list}(first: 100) {{ nodes {{ {id} }} }} }}");
    let ids = |told: &Value| -> BTreeSet<String> {
        let nodes = told[list]["nodes"].as_array().expect("nodes").iter();
        nodes.map(|node| node[id].as_str().expect("an id").to_owned()).collect()
    };
    let hers = ids(&ask(house, &query, json!({})).await);
    let his = ids(&data(ask_as(house, &house.mallory.key, &query, json!({})).await, &query));
    assert!(!hers.is_empty(), "Alice has {list}");
    assert!(hers.is_disjoint(&his), "{list} of Mallory: {his:?}");
    for id in hers.into_iter().filter(|_| id == "id") {
        is_a_node_of_hers(house, &id).await;
    }
}

/// By its global id Alice finds it, and Mallory nothing.
async fn is_a_node_of_hers(house: &TestHouse, id: &str) {
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(ask(house, node, json!({"id": id})).await["node"]["id"], id);
    let reply = ask_as(house, &house.mallory.key, node, json!({"id": id})).await;
    assert_eq!(reply.body, json!({"data": {"node": null}}), "{id}: {}", reply.text);
}
