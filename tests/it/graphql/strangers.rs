//! What a stranger is told whatever he asks for: cursors that are somebody else's, and who he is.

use super::{ask, ask_as, data, error, text};
use crate::{
    house::TestHouse,
    property::{
        graphql::{Field, Schema},
        odd::Dice,
        world::Things,
    },
};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn doors_14_a_cursor_is_good_for_its_list_and_its_tenant_and_says_nothing() {
    let house = TestHouse::start().await;
    let things = Things::build(&house, 3).await;
    let did = things.named("", "did", &mut Dice::of(0, 0));
    let (queries, _) = Schema::of(&house).await.fields();
    let lists = queries.iter().filter(|field| field.is_list());
    let lists: Vec<&str> = lists.map(Field::name).collect();
    let edges = |list: &&str| format!("{list}(first: 1) {{ edges {{ cursor }} }}");
    let query = lists.iter().map(edges).collect::<Vec<_>>().join(" ");
    let cursors = ask(&house, &format!("{{ {query} }}"), json!({})).await;
    let empty: Vec<_> = lists.iter().filter(|list| cursors[list]["edges"][0].is_null()).collect();
    assert!(empty.is_empty(), "nothing is in {empty:?}, so nobody walks them");
    let mut known = BTreeSet::new();
    for &from in &lists {
        let cursor = text(&cursors[from]["edges"][0]["cursor"]);
        assert_eq!(cursor.len(), 32, "{cursor}");
        assert!(known.insert(cursor.to_owned()), "{cursor} twice");
        for &to in &lists {
            let query = format!("query A($after: String) {{ {to}(after: $after) {{ edges {{ cursor }} }} }}");
            let variables = json!({"after": cursor});
            let hers = ask_as(&house, &house.alice.key, &query, variables.clone()).await;
            if from == to {
                data(hers, &query);
            } else {
                assert_eq!(
                    error(hers, &query)["extensions"]["code"],
                    "graphql/cursor-invalid",
                    "{from} in {to}"
                );
            }
            let theirs = error(ask_as(&house, &house.mallory.key, &query, variables).await, &query);
            assert_eq!(theirs["extensions"]["code"], "graphql/cursor-invalid", "{from} in {to}");
        }
    }
    // A cursor of one thing's list is none of another list of it.
    let query = "query N($did: String!) { did(did: $did) { resources(first: 1) { edges { cursor } } } }";
    let nested = ask(&house, query, json!({"did": did})).await;
    let nested = nested["did"]["resources"]["edges"][0]["cursor"].clone();
    let query = "query N($did: String!, $after: String) { did(did: $did) { versions(after: $after) { nodes { versionId } } } }";
    let variables = json!({"did": did, "after": nested});
    let wrong = error(ask_as(&house, &house.alice.key, query, variables).await, query);
    assert_eq!(wrong["extensions"]["code"], "graphql/cursor-invalid", "{wrong:#}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_comes_first() {
    let house = TestHouse::start().await;
    let body = json!({"query": "{ viewer { id } }"});
    let nobody = house.call_as(None, Method::POST, "/graphql", Some(body.clone()), &[]).await;
    assert_eq!((nobody.status, &nobody.body["code"]), (401, &json!("auth/missing-key")), "{}", nobody.text);
    let bearer = format!("Bearer {}", house.alice.key);
    let bearer = [("authorization", bearer.as_str())];
    let nobody = house.call_as(None, Method::POST, "/graphql", Some(body.clone()), &bearer).await;
    assert_eq!(nobody.status, 401, "{}", nobody.text);
    let alice = house.alice.key.as_str();
    for key in ["", "null", &alice[..alice.len() - 1], &alice.to_ascii_uppercase(), &"x".repeat(8000)] {
        let wrong = house.call_as(Some(key), Method::POST, "/graphql", Some(body.clone()), &[]).await;
        assert_eq!(
            (wrong.status, &wrong.body["code"]),
            (401, &json!("auth/invalid-key")),
            "{key}: {}",
            wrong.text
        );
    }
    // Introspection is for those with a key too, and a body that is none is looked at later.
    let schema = json!({"query": "{ __schema { queryType { name } } }"});
    assert_eq!(house.call_as(None, Method::POST, "/graphql", Some(schema), &[]).await.status, 401);
    let request = house.request(Method::POST, "/graphql").header("content-type", "text/xml").body("{");
    assert_eq!(TestHouse::answer(request).await.status, 401);
    // The page is public and shows nothing but itself.
    let page = house.call_as(None, Method::GET, "/graphql", None, &[("accept", "text/html")]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.headers["content-type"].to_str().expect("a text").starts_with("text/html"));
    assert!(!page.text.contains("https://unpkg") && !page.text.contains("cdn."), "{}", page.text);

    let viewer =
        "{ viewer { customerId name payers { address } apiKeys { nodes { lastFour name revokedAt } } } }";
    let alice = ask(&house, viewer, json!({})).await["viewer"].clone();
    assert_eq!(alice["customerId"], house.alice.customer.to_string());
    assert_eq!(alice["name"], "Alice");
    assert_eq!(alice["apiKeys"]["nodes"].as_array().map(Vec::len), Some(1), "{alice:#}");
    assert!(house.alice.key.ends_with(text(&alice["apiKeys"]["nodes"][0]["lastFour"])), "{alice:#}");
    assert!(!alice.to_string().contains(&house.alice.key));
    let mallory = data(ask_as(&house, &house.mallory.key, viewer, json!({})).await, viewer);
    assert_eq!(mallory["viewer"]["name"], "Mallory");
    let unknown = ask_as(&house, &house.alice.key, "{ viewer { secret } }", json!({})).await;
    assert_eq!(error(unknown, "an unknown field")["extensions"]["code"], "graphql/invalid");
    house.stop().await;
}
