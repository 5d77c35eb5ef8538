//! Doors 8, its neighbours: no list of any door answers everything that an account has.

use super::estate::SUBJECT;
use crate::{
    contract::layer::DOCUMENT,
    flow::{client_keys, members},
    house::TestHouse,
};
use futures::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// One more than the longest page of a list that names no limit.
const MANY: usize = 101;
/// One more than a page of GraphQL has by default.
const MORE: usize = 21;
/// Requests at the same time.
const AT_ONCE: usize = 8;
const PATIENCE: Duration = Duration::from_mins(2);

/// Sends all of them, and waits until the ledger has what they write.
async fn send(house: &TestHouse, path: &str, bodies: Vec<Value>) {
    let key = house.alice.key.as_str();
    let headers = [("prefer", "respond-async")];
    let calls = bodies
        .into_iter()
        .map(async |body| house.call_as(Some(key), Method::POST, path, Some(body), &headers).await);
    let replies: Vec<_> = stream::iter(calls).buffered(AT_ONCE).collect().await;
    for reply in replies {
        match reply.status {
            202 => {
                let id = reply.body["operationId"].as_str().expect("an id").parse().expect("an id");
                house.house.studio.outcomes.ended(id, PATIENCE).await.expect("it ends");
            }
            status => assert!([200, 201].contains(&status), "{path}: {}", reply.text),
        }
    }
}

/// Gives the account more of everything than a page has. The DID under which most of it is.
async fn fill(house: &TestHouse) -> String {
    let options = json!({"verificationMethodType": "Ed25519VerificationKey2020"});
    send(house, "/did/create", vec![json!({"network": "testnet", "options": options}); MANY]).await;
    let did = house.did().await;
    let named = |number: usize| format!("{number}");
    let lists = (0..MANY).map(|number| json!({"did": did, "statusListName": named(number)})).collect();
    let path = "/credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    send(house, path, lists).await;
    let roots = (0..MORE).map(|number| {
        json!({"issuerDid": did, "subjectDid": did, "accreditationName": named(number), "trustFramework": "f",
            "trustFrameworkId": "https://f.example",
            "schemas": [{"url": format!("{did}?resourceName=a&resourceType=b"), "types": ["T"]}]})
    });
    let path = "/trust-registry/accreditation/issue?accreditationType=authorize";
    send(house, path, roots.collect()).await;
    let credential = json!({"issuerDid": did, "subjectDid": SUBJECT, "attributes": {"a": 1}});
    send(house, "/credential/issue", vec![credential; MORE]).await;
    let keys = (0..MANY).map(|number| json!({"name": named(number)})).collect();
    send(house, "/admin/api-key/create", keys).await;
    send(house, "/key/create", vec![json!({}); MORE]).await;
    let joining = (0..MANY).map(async |number| {
        members::member(house, &format!("member{number}@example.org"), "auditor").await;
    });
    stream::iter(joining).buffered(AT_ONCE).collect::<Vec<()>>().await;
    let invite = |number| json!({"email": format!("guest{number}@example.org"), "role": "auditor"});
    send(house, "/admin/invitation/create", (0..MORE).map(invite).collect()).await;
    jobs(house).await;
    house.caught_up().await;
    did
}

/// The key of a DID that signed whatever is under it.
async fn first_key(house: &TestHouse, did: &str) -> String {
    let listed = house.get("/did/list?metadata=true&limit=1000").await.expect(200);
    let mut rows = listed["dids"].as_array().expect("DIDs").iter();
    let row = rows.find(|row| row["did"] == did).expect("the DID");
    row["controllerKeyId"].as_str().expect("a key").to_owned()
}

/// Acts that wait for signatures that nobody gives.
async fn jobs(house: &TestHouse) {
    let open = async |number: usize| {
        let did = format!("did:cheqd:testnet:0c8d0d6e-7c1b-4f0e-9a53-{number:012}");
        let body = json!({"mode": "client", "didDocument": client_keys::document(&did, &[9])});
        house.post("/did/create", body).await.expect(202)
    };
    stream::iter((0..MANY).map(open)).buffered(AT_ONCE).collect::<Vec<_>>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doors_8_every_list_without_a_limit_ends_and_goes_on_where_it_ended() {
    let house = TestHouse::start().await;
    let did = fill(&house).await;
    let uses = format!("/key/{}/uses", first_key(&house, &did).await);
    let lists = [
        (uses.as_str(), "", "uses", 100),
        ("/did/list", "", "dids", 100),
        ("/did/list", "metadata=true", "dids", 100),
        ("/resource/list", "", "resources", 100),
        ("/event/list", "", "events", 100),
        ("/admin/api-key/list", "", "apiKeys", 100),
        ("/admin/member/list", "", "members", 100),
        ("/admin/invitation/list", "", "invitations", 100),
        ("/credential-status/list", "", "records", 100),
        ("/credential-status/list", "state=ACTIVE", "records", 100),
        ("/credentials/issued", "", "credentials", 10),
        ("/credentials/issued", "category=credential", "credentials", 10),
        ("/credentials/issued", &format!("subjectId={SUBJECT}"), "credentials", 10),
        ("/trust-registry/accreditation/list", "accreditationType=authorize", "accreditations", 10),
        ("/operations", "", "operations", 100),
        ("/operations", "state=confirmed", "operations", 100),
        ("/jobs", "", "jobs", 100),
        ("/jobs", "phase=open", "jobs", 100),
        ("/key/list", "", "keys", 100),
        ("/key/list", "purpose=identity", "keys", 100),
    ];
    for (path, query, member, default) in lists {
        let (mut seen, mut pages, mut total) = (BTreeSet::new(), 0_usize, Value::Null);
        let mut more = String::new();
        loop {
            let found = house.get(&format!("{path}?{query}&{more}").replace("?&", "?")).await.expect(200);
            let rows = found[member].as_array().expect("rows");
            pages += 1;
            assert!(rows.len() <= default, "{path}?{query}: {} rows", rows.len());
            assert!(pages > 1 || rows.len() == default, "{path}?{query}: {} rows", rows.len());
            for row in rows {
                assert!(seen.insert(row.to_string()), "{path}?{query}: twice {row}");
            }
            total = if found["total"].is_null() { total } else { found["total"].clone() };
            // Operations are walked by the place of the last one.
            more = match found["next"].as_str() {
                Some(next) => format!("after={next}"),
                None if rows.len() < default || ["/operations", "/jobs"].contains(&path) => break,
                None => format!("page={}", pages + 1),
            };
        }
        assert!(pages > 1 && seen.len() > default, "{path}?{query}: {pages} pages");
        assert!(total.is_null() || total == seen.len(), "{path}?{query}: {total} of {}", seen.len());
    }
    // A new list has its place here.
    let paths = DOCUMENT["paths"].as_object().expect("paths").iter();
    let has_pages = |item: &Value| {
        let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
        parameters.into_iter().any(|parameter| parameter["name"] == "limit")
    };
    let declared_as = |path| if path == uses { "/key/{kid}/uses" } else { path };
    let known: BTreeSet<&str> = lists.iter().map(|(path, ..)| declared_as(*path)).collect();
    let declared: BTreeSet<&str> =
        paths.filter(|(_, item)| has_pages(item)).map(|(path, _)| path.as_str()).collect();
    // The history of one resource has its pages in flow/resources.rs.
    let declared: BTreeSet<&str> =
        declared.into_iter().filter(|path| *path != "/resource/versions/{did}").collect();
    assert_eq!(known, declared);

    let all = [
        "dids",
        "resources",
        "statusLists",
        "credentials",
        "accreditations",
        "operations",
        "events",
        "keys",
        "jobs",
    ];
    for list in all {
        let query = format!("{{ {list} {{ totalCount nodes {{ id }} pageInfo {{ hasNextPage }} }} }}");
        let told = house.post("/graphql", json!({"query": query})).await.expect(200)["data"][list].clone();
        assert_eq!(told["nodes"].as_array().map(Vec::len), Some(20), "{list}");
        assert_eq!(told["pageInfo"]["hasNextPage"], true, "{list}");
        assert!(
            told["totalCount"].as_u64().is_some_and(|count| count > 20),
            "{list}: {}",
            told["totalCount"]
        );
    }
    let below = format!("did(did: \"{did}\")");
    for (above, list) in [
        ("viewer", "apiKeys"),
        (below.as_str(), "statusLists"),
        (&below, "resources"),
        (&below, "credentials"),
        (&below, "accreditationsGranted"),
        (&below, "accreditationsReceived"),
    ] {
        let query = format!("{{ above: {above} {{ {list} {{ nodes {{ __typename }} }} }} }}");
        let told = house.post("/graphql", json!({"query": query})).await.expect(200);
        let rows = told["data"]["above"][list]["nodes"].as_array().map(Vec::len);
        assert_eq!(rows, Some(20), "{above} {list}: {}", told["errors"]);
    }
    house.stop().await;
}
