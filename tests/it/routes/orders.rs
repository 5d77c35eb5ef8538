//! Lists that can be sorted, at both doors: by each of their columns, from either end, and a cursor fits only its order.

use super::{assert_problem, estate::Estate};
use crate::{contract::layer::DOCUMENT, house::TestHouse};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How REST calls a column, what it shows there, how GraphQL calls it, and what it shows. A DID is not sorted as it is written.
type Columns<'a> = &'a [(&'a str, &'a str, &'a str, &'a str)];

const DIDS: Columns<'_> = &[
    ("createdAt", "createdAt", "CREATED", "createdAt"),
    ("updatedAt", "updatedAt", "UPDATED", "updatedAt"),
    ("did", "did", "DID", "did"),
    ("network", "network", "NETWORK", "network"),
    ("state", "state", "STATE", "phase"),
    ("controllerKeyId", "controllerKeyId", "CONTROLLER_KEY", "keys"),
    ("name", "name", "NAME", "name"),
    ("kind", "kind", "KIND", "kind"),
];

const RESOURCES: Columns<'_> = &[
    ("createdAt", "createdAt", "CREATED", "createdAt"),
    ("resourceName", "resourceName", "NAME", "name"),
    ("resourceType", "resourceType", "TYPE", "resourceType"),
    ("mediaType", "mediaType", "MEDIA_TYPE", "mediaType"),
    ("resourceVersion", "resourceVersion", "VERSION", "version"),
    ("resourceId", "resourceId", "RESOURCE", "resourceId"),
    ("did", "", "DID", ""),
    ("network", "", "NETWORK", ""),
    // Everything that REST lists is published.
    ("", "", "STATE", "state"),
];

/// A DID that is no more.
async fn ended(house: &TestHouse) {
    let did = house.did().await;
    house.post(&format!("/did/deactivate/{did}"), json!({})).await.expect(200);
}

/// What a list shows as its ids, in its order.
fn shown(rows: &Value, member: &str) -> Vec<String> {
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| match &row[member] {
        Value::String(text) => text.clone(),
        Value::Array(keys) => keys[0]["kid"].as_str().unwrap_or_default().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    })
    .collect()
}

fn is_sorted(values: &[String], descending: bool, by: &str) {
    let mut sorted = values.to_vec();
    // By DID is by what stands behind the network.
    sorted.sort_by_key(|text| {
        if by == "did" { text.rsplit(':').next().map(str::to_owned) } else { Some(text.clone()) }
    });
    if descending {
        sorted.reverse();
    }
    assert_eq!(values, sorted, "{by}");
}

/// Columns without a word of REST's are GraphQL's alone.
async fn at_rest(house: &TestHouse, path: &str, list: &str, name: &str, columns: Columns<'_>) {
    let columns: Vec<_> = columns.iter().filter(|(word, ..)| !word.is_empty()).collect();
    let metadata = if list == "dids" { "&metadata=true" } else { "" };
    for (word, member, ..) in &columns {
        let mut both = Vec::new();
        for (order, descending) in [("&order=asc", false), ("&order=desc", true), ("", false)] {
            let asked = format!("{path}?sort={word}{order}{metadata}");
            let told = house.get(&asked).await.expect(200);
            if !member.is_empty() {
                is_sorted(&shown(&told[list], member), descending, word);
            }
            let ids = shown(&told[list], name);
            assert_eq!(told["total"], ids.iter().collect::<BTreeSet<_>>().len(), "{asked}");
            // Page by page the same.
            let mut walked = Vec::new();
            for page in 1..=ids.len().div_ceil(2) {
                let told = house.get(&format!("{asked}&limit=2&page={page}")).await.expect(200);
                walked.extend(shown(&told[list], name));
            }
            assert_eq!(walked, ids, "{asked}");
            both.push(ids);
        }
        assert!(both[1].iter().eq(both[0].iter().rev()), "{path} by {word}: from the other end");
        assert_eq!(both[2], both[0], "{path} by {word}");
    }
    let declared = DOCUMENT["paths"][path]["get"]["parameters"].as_array().expect("parameters");
    let sort = declared.iter().find(|parameter| parameter["name"] == "sort").expect("sort");
    let sentence =
        sort["description"].as_str().expect("a description").split('.').next().expect("a sentence");
    let named: Vec<&str> = sentence.trim_start_matches("By one of: ").split(", ").collect();
    assert_eq!(named, columns.iter().map(|(word, ..)| *word).collect::<Vec<_>>(), "{path}");
    for (query, sentence) in [
        ("sort=size", format!("sort should be one of: {}", named.join(", "))),
        ("sort=", format!("sort should be one of: {}", named.join(", "))),
        ("sort=did&order=down", "order should be asc or desc".to_owned()),
        ("order=desc", format!("order goes with sort, which should be one of: {}", named.join(", "))),
    ] {
        let reply = house.get(&format!("{path}?{query}")).await;
        assert_problem(&reply, 400, query);
        assert_eq!(
            (&reply.body["code"], &reply.body["error"]),
            (&json!("request/invalid"), &json!(sentence))
        );
    }
    let reply = house.get(&format!("{path}?orderBy=did")).await;
    assert_problem(&reply, 400, "an unknown parameter");
    assert_eq!(reply.body["code"], "request/unknown-member");
}

async fn at_graphql(house: &TestHouse, list: &str, input: &str, columns: Columns<'_>) {
    let ask = async |order: Value, window: Value| {
        let member =
            columns.iter().map(|(.., member)| if *member == "keys" { "keys { kid }" } else { member });
        let members: BTreeSet<&str> = member.collect();
        let members = members.into_iter().collect::<Vec<_>>().join(" ");
        let query = format!(
            "query($order: {input}, $first: Int, $after: String, $last: Int, $before: String) {{
                {list}(orderBy: $order, first: $first, after: $after, last: $last, before: $before) {{
                totalCount nodes {{ id {members} }} pageInfo {{ hasNextPage startCursor endCursor }} }} }}"
        );
        let mut variables = window;
        variables["order"] = order;
        let told = house.post("/graphql", json!({"query": query, "variables": variables})).await.expect(200);
        if told["errors"].is_null() { Ok(told["data"][list].clone()) } else { Err(told["errors"][0].clone()) }
    };
    let mut foreign = Value::Null;
    for (.., word, member) in columns {
        let mut both = Vec::new();
        for direction in ["ASC", "DESC"] {
            let order = json!({"by": word, "direction": direction});
            let all = ask(order.clone(), json!({"first": 100})).await.expect("a list");
            if !member.is_empty() {
                is_sorted(&shown(&all["nodes"], member), direction == "DESC", member);
            }
            let ids = shown(&all["nodes"], "id");
            assert_eq!(all["totalCount"], ids.len(), "{order}");
            let (mut walked, mut after) = (Vec::new(), Value::Null);
            loop {
                let page = ask(order.clone(), json!({"first": 2, "after": after})).await.expect("a page");
                walked.extend(shown(&page["nodes"], "id"));
                assert!(walked.len() <= ids.len(), "{order}: it ends");
                after = page["pageInfo"]["endCursor"].clone();
                if page["pageInfo"]["hasNextPage"] == false {
                    break;
                }
            }
            assert_eq!(walked, ids, "{order}");
            let end = &all["pageInfo"]["endCursor"];
            let back = ask(order.clone(), json!({"last": 100, "before": end})).await.expect("a page");
            assert_eq!(shown(&back["nodes"], "id"), ids[..ids.len() - 1], "{order}, backwards");
            for window in [json!({"after": foreign}), json!({"before": foreign})] {
                if !foreign.is_null() {
                    let refused = ask(order.clone(), window).await.expect_err("a cursor of another order");
                    assert_eq!(refused["extensions"]["code"], "graphql/cursor-invalid", "{order}");
                }
            }
            foreign = all["pageInfo"]["startCursor"].clone();
            both.push(ids);
        }
        assert!(both[1].iter().eq(both[0].iter().rev()), "{list} by {word}: from the other end");
        // Left out or null, the direction is ASC.
        for order in [json!({"by": word}), json!({"by": word, "direction": null})] {
            let page = ask(order, json!({"first": 100})).await.expect("a list");
            assert_eq!(shown(&page["nodes"], "id"), both[0], "{list} by {word}");
        }
    }
    let plain = ask(Value::Null, json!({"after": foreign})).await.expect_err("a cursor of a sorted list");
    assert_eq!(plain["extensions"]["code"], "graphql/cursor-invalid");
    for order in [json!({"by": "SIZE"}), json!({}), json!({"by": "DID", "direction": "DOWN"})] {
        ask(order, json!({})).await.expect_err("no order");
    }
    let schema = graphql::sdl();
    let fields =
        schema.split(&format!("\nenum {input}Field {{")).nth(1).and_then(|rest| rest.split("\n}").next());
    let fields = fields.expect("an enumeration").lines().map(str::trim);
    let is_value =
        |line: &&str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let fields: BTreeSet<&str> = fields.filter(is_value).collect();
    assert_eq!(fields, columns.iter().map(|(_, _, word, _)| *word).collect(), "{input}Field");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_sorted_by_every_column_at_both_doors() {
    let house = TestHouse::start().await;
    Estate::build(&house).await;
    ended(&house).await;
    house.caught_up().await;
    at_rest(&house, "/did/list", "dids", "did", DIDS).await;
    at_rest(&house, "/resource/list", "resources", "resourceId", RESOURCES).await;
    at_graphql(&house, "dids", "DidOrder", DIDS).await;
    at_graphql(&house, "resources", "ResourceOrder", RESOURCES).await;
    house.stop().await;
}
