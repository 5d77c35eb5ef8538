//! What nested lists cost: as many statements for many things as for few.

use super::{ask, did, done};
use crate::house::TestHouse;
use serde_json::json;

/// Every connection below a row of a list, with what is asked of each row.
const NESTED: [(&str, &str); 14] = [
    // doors 15: fifty DIDs with this ran a hundred statements.
    ("dids", "resources { totalCount }"),
    ("dids", "resources(first: 2) { nodes { name } totalCount pageInfo { hasNextPage } }"),
    (
        "dids",
        "versions(last: 1) { totalCount edges { cursor node { versionId operation { state history { no } } } } }",
    ),
    ("dids", "statusLists { totalCount nodes { name entries(first: 2) { index value credential { id } } } }"),
    ("dids", "credentials { totalCount nodes { id issuerDid { did } } }"),
    ("dids", "accreditationsReceived { totalCount nodes { id } }"),
    ("dids", "accreditationsGranted { totalCount nodes { id } }"),
    ("dids", "pendingOperation { id }"),
    ("resources", "versions { totalCount nodes { id previousVersion { id } } } controller { did }"),
    ("statusLists", "entries { index } credentials { totalCount nodes { id } } latestResource { id }"),
    ("accreditations", "children { totalCount nodes { id } } versions { totalCount nodes { id } }"),
    ("accreditations", "parent { id } root { id } resource { id } operation { state } issuerDid { did }"),
    ("operations", "history { no } controller { did }"),
    ("events", "operation { state }"),
];

#[tokio::test(flavor = "multi_thread")]
async fn many_things_cost_as_many_statements_as_few() {
    let house = TestHouse::start().await;
    super::chain::build(&house).await;
    for _ in 0..2 {
        let did = did(&house).await;
        for name in ["one", "two", "three"] {
            let input =
                json!({"did": did, "name": name, "resourceType": "T", "data": "{}", "encoding": "TEXT"});
            done(&house, "createResource", "resource { id }", input).await;
        }
        let list = json!({"did": did, "name": "l", "purposes": ["REVOCATION"]});
        done(&house, "createStatusList", "statusList { id }", list).await;
    }
    let views = house.house.views.clone();
    for (list, nested) in NESTED {
        let cost = async |rows: usize| {
            let query = format!("{{ {list}(first: {rows}) {{ nodes {{ id {nested} }} }} }}");
            let before = views.statements();
            let seen = ask(&house, &query, json!({})).await;
            (seen[list]["nodes"].as_array().map_or(0, Vec::len), views.statements() - before)
        };
        // The first asks learn which tables are live.
        cost(1).await;
        let (few, of_few) = cost(2).await;
        let (many, of_many) = cost(50).await;
        assert_eq!(few, 2, "{list}");
        assert!(many > few, "{list}: {many} rows");
        // Loaders gather what is asked within a moment; on a busy machine that can be two moments.
        assert!(
            of_many <= of_few * 2,
            "{list} {{ {nested} }}: {of_few} statements for {few} rows, {of_many} for {many}"
        );
        assert!(of_many < 24, "{list} {{ {nested} }}: {of_many} statements");
    }
    house.stop().await;
}
