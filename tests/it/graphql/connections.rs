//! Relay connections: every row once, in order, whatever is added meanwhile.

use super::{ask, ask_as, data, did, done, error, text};
use crate::house::TestHouse;
use serde_json::{Value, json};

const KEYS: &str = "query K($first: Int, $after: String, $last: Int, $before: String) {
    keys(purpose: IDENTITY, first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { kid } } nodes { kid }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn page(house: &TestHouse, variables: Value) -> Value {
    let page = ask(house, KEYS, variables).await["keys"].clone();
    let edges = page["edges"].as_array().expect("edges");
    let nodes: Vec<&Value> = edges.iter().map(|edge| &edge["node"]).collect();
    assert_eq!(json!(nodes), page["nodes"], "edges and nodes are the same rows");
    let cursor = |edge: Option<&Value>| edge.map_or(Value::Null, |edge| edge["cursor"].clone());
    assert_eq!(page["pageInfo"]["startCursor"], cursor(edges.first()), "{page:#}");
    assert_eq!(page["pageInfo"]["endCursor"], cursor(edges.last()), "{page:#}");
    assert!(page.get("totalCount").is_none());
    page
}

fn kids(page: &Value) -> Vec<String> {
    page["nodes"].as_array().expect("nodes").iter().map(|node| text(&node["kid"]).to_owned()).collect()
}

async fn key(house: &TestHouse) -> String {
    text(&done(house, "createKey", "key { kid }", json!({})).await["key"]["kid"]).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_row_once_in_order_whatever_is_added_meanwhile() {
    let house = TestHouse::start().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(key(&house).await);
    }
    let newest_first: Vec<String> = made.iter().rev().cloned().collect();

    let mut walked = Vec::new();
    let mut pages = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = page(&house, json!({"first": 3, "after": after})).await;
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !walked.is_empty(), "{page:#}");
        walked.extend(kids(&page));
        after = page["pageInfo"]["endCursor"].clone();
        let more = page["pageInfo"]["hasNextPage"] == true;
        pages.push(page);
        if !more {
            break;
        }
        // New rows come before the first page and move nothing.
        made.push(key(&house).await);
    }
    assert_eq!(walked, newest_first);
    assert_eq!(pages.len(), 3);

    // Back from the end, towards the newer ones, which have become more.
    let back = page(&house, json!({"last": 3, "before": pages[2]["pageInfo"]["startCursor"]})).await;
    assert_eq!(kids(&back), kids(&pages[1]));
    assert_eq!(
        (&back["pageInfo"]["hasPreviousPage"], &back["pageInfo"]["hasNextPage"]),
        (&json!(true), &json!(true))
    );
    let newer = page(&house, json!({"last": 50, "before": pages[0]["pageInfo"]["startCursor"]})).await;
    assert_eq!(kids(&newer), [made[8].clone(), made[7].clone()]);
    assert_eq!(newer["pageInfo"]["hasPreviousPage"], false);
    let oldest = page(&house, json!({"last": 2})).await;
    assert_eq!(kids(&oldest), [made[1].clone(), made[0].clone()]);
    assert_eq!(oldest["pageInfo"]["hasNextPage"], false);
    assert_eq!(oldest["pageInfo"]["hasPreviousPage"], true);
    let empty = page(&house, json!({"first": 0})).await;
    assert_eq!(kids(&empty), Vec::<String>::new());
    let end = page(&house, json!({"first": 5, "after": pages[2]["pageInfo"]["endCursor"]})).await;
    assert_eq!((kids(&end), &end["pageInfo"]["hasNextPage"]), (Vec::new(), &json!(false)));
    let full = page(&house, json!({"first": 9})).await;
    assert_eq!((kids(&full).len(), &full["pageInfo"]["hasNextPage"]), (9, &json!(false)));

    counts(&house, made.len()).await;
    refusals(&house).await;
    house.stop().await;
}

async fn counts(house: &TestHouse, keys: usize) {
    let query = "query C($after: String) {
        none: keys(purpose: IDENTITY, first: 0) { totalCount }
        some: keys(purpose: IDENTITY, first: 2, after: $after) { totalCount nodes { kid } pageInfo { endCursor } }
        payers: keys(purpose: PAYER, first: 1) { totalCount }
        spread: keys(purpose: IDENTITY, first: 1) { ...F }
        skipped: keys(purpose: IDENTITY, first: 1) { totalCount @skip(if: true) nodes { kid } } }
        fragment F on KeyConnection { totalCount }";
    let first = ask(house, query, json!({})).await;
    for name in ["none", "some", "spread"] {
        assert_eq!(first[name]["totalCount"], keys, "{name}: {first:#}");
    }
    assert!(first["skipped"].get("totalCount").is_none());
    assert!(first["payers"]["totalCount"].as_u64().is_some_and(|payers| payers >= 1), "{first:#}");
    let second = ask(house, query, json!({"after": first["some"]["pageInfo"]["endCursor"]})).await;
    assert_eq!(second["some"]["totalCount"], keys, "of all pages: {second:#}");
    assert_ne!(second["some"]["nodes"], first["some"]["nodes"]);
}

async fn refusals(house: &TestHouse) {
    for (variables, code) in [
        (json!({"first": 101}), "graphql/paging-invalid"),
        (json!({"first": -1}), "graphql/paging-invalid"),
        (json!({"first": 1, "last": 1}), "graphql/paging-invalid"),
        (json!({"first": 1, "before": "cDEuMQ"}), "graphql/cursor-invalid"),
        (json!({"after": "nonsense"}), "graphql/cursor-invalid"),
        (json!({"before": "1"}), "graphql/cursor-invalid"),
    ] {
        let asked = variables.to_string();
        let error = error(ask_as(house, &house.alice.key, KEYS, variables).await, &asked);
        assert_eq!(error["extensions"]["code"], code, "{asked}: {error:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_pages_the_same_way() {
    let house = TestHouse::start().await;
    let chain = super::chain::build(&house).await;
    let subject = did(&house).await;
    super::chain::issue(&house, &chain.issuer_did, &subject, json!({})).await;
    // What each list shows of a row.
    let lists = [
        ("dids", "did", "DidFilter"),
        ("resources", "url", "ResourceFilter"),
        ("statusLists", "statusListId", "StatusListFilter"),
        ("credentials", "credentialId", "CredentialFilter"),
        ("accreditations", "url", "AccreditationFilter"),
        ("events", "cursor", "EventFilter"),
        // doors 14: this one was walked forward only and did not count.
        ("operations", "operationId", "OperationFilter"),
    ];
    for (list, name, filter) in lists {
        let query = format!(
            "query L($first: Int, $after: String, $last: Int, $before: String, $filter: {filter}) {{
                {list}(first: $first, after: $after, last: $last, before: $before, filter: $filter) {{
                totalCount edges {{ cursor node {{ id name: {name} createdAt }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let all = ask(&house, &query, json!({"first": 100})).await[list].clone();
        let all_edges = all["edges"].as_array().expect("edges");
        assert!(all_edges.len() >= 2, "{list}: {all:#}");
        assert_eq!(all["pageInfo"]["hasNextPage"], false, "{list}");
        assert_eq!(all["totalCount"], all_edges.len(), "{list}");
        let mut times: Vec<&str> = all_edges.iter().map(|edge| text(&edge["node"]["createdAt"])).collect();
        let shown = times.clone();
        times.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(shown, times, "{list} is newest first");

        let mut walked = Vec::new();
        let mut after = Value::Null;
        for step in 0.. {
            assert!(step <= all_edges.len(), "{list} does not end");
            let page = ask(&house, &query, json!({"first": 2, "after": after})).await[list].clone();
            walked.extend(page["edges"].as_array().expect("edges").clone());
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(&walked, all_edges, "{list}");
        // Back from the end, and between two cursors.
        let edges = async |variables: Value| ask(&house, &query, variables).await[list]["edges"].clone();
        let (first, last) = (&all_edges[0]["cursor"], &all_edges[all_edges.len() - 1]["cursor"]);
        let older = edges(json!({"last": 100, "before": last})).await;
        assert_eq!(older, json!(all_edges[..all_edges.len() - 1]), "{list}");
        let between = &all_edges[1..all_edges.len() - 1];
        let inner = edges(json!({"first": 100, "after": first, "before": last})).await;
        assert_eq!(inner, json!(between), "{list}");
        let inner = edges(json!({"last": 1, "after": first, "before": last})).await;
        assert_eq!(inner, json!(between.last().into_iter().collect::<Vec<_>>()), "{list}");
        // Each by its global id.
        let query = "query N($id: ID!) { node(id: $id) { __typename id } }";
        for edge in all_edges {
            let found = ask(&house, query, json!({"id": edge["node"]["id"]})).await;
            assert_eq!(found["node"]["id"], edge["node"]["id"], "{list}");
        }
    }
    filters(&house, &chain).await;
    house.stop().await;
}

async fn filters(house: &TestHouse, chain: &super::chain::Chain) {
    let query = "query F($did: String!) {
        accredit: accreditations(filter: {kind: ACCREDIT, issuer: $did}) { totalCount }
        none: accreditations(filter: {kind: ATTEST, issuer: $did}) { totalCount }
        schemas: resources(filter: {did: $did, sources: [RESOURCE]}) { totalCount }
        lists: resources(filter: {did: $did, sources: [STATUS_LIST]}) { totalCount }
        malformed: resources(filter: {did: \"nonsense\"}) { totalCount nodes { id } }
        mainnet: dids(filter: {network: MAINNET}) { totalCount }
        active: dids(filter: {phases: [ACTIVE]}) { totalCount }
        signed: credentials(filter: {category: CREDENTIAL}) { totalCount }
        granted: credentials(filter: {category: ACCREDITATION}) { totalCount }
        deeds: events(filter: {categories: [ACCREDITATION], statuses: [SUCCEEDED]}) { totalCount }
        writes: operations(filter: {did: $did, kind: STATUS_LIST_CREATE, state: CONFIRMED}) { nodes { did kind } } }";
    let found = ask(house, query, json!({"did": chain.root_did})).await;
    for (name, count) in [
        ("accredit", 1),
        ("none", 0),
        ("schemas", 1),
        ("lists", 1),
        ("malformed", 0),
        ("mainnet", 0),
        ("active", 5),
        ("signed", 2),
        ("granted", 3),
        ("deeds", 3),
    ] {
        assert_eq!(found[name]["totalCount"], count, "{name}: {found:#}");
    }
    assert_eq!(found["writes"]["nodes"], json!([{"did": chain.root_did, "kind": "STATUS_LIST_CREATE"}]));
    // Filters are part of what a cursor walks.
    let query =
        "{ credentials(first: 1, filter: {category: CREDENTIAL}) { pageInfo { endCursor } nodes { id } } }";
    let first = ask(house, query, json!({})).await;
    let query = "query A($after: String) { credentials(first: 5, after: $after, filter: {category: CREDENTIAL}) { nodes { id } } }";
    let reply = ask_as(
        house,
        &house.alice.key,
        query,
        json!({"after": first["credentials"]["pageInfo"]["endCursor"]}),
    )
    .await;
    let rest = data(reply, query);
    assert_eq!(rest["credentials"]["nodes"], json!([{"id": chain.credential_id}]), "{rest:#}");
}
