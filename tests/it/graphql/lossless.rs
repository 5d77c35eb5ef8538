//! doors 10: the subscription `events` loses nothing, however much happens between two looks and wherever it is resumed.

use super::{PATIENCE, text, wire::Socket};
use crate::house::{TestHouse, funded};
use app::{
    Call, Written,
    did::{CreateDid, IdentifierFormat, NewDocument, VerificationMethodType},
};
use domain::id::Network;
use futures::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// More than a look reads at once, and more than any list of unsettled writes that was ever kept.
const WRITES: usize = 200;
/// Writes asked for at the same time.
const AT_ONCE: usize = 16;

const EVENTS: &str = "subscription E($after: String) { events(after: $after, filter: {categories: [DID]}) {
    id cursor entity status action } }";

/// Asks for DIDs without waiting for the ledger.
async fn write(house: &TestHouse, tenant: &crate::house::Tenant, count: usize) {
    let studio = &house.house.studio;
    let asked = stream::iter(0..count).map(async |_| {
        let id = studio.ids.next();
        let call = Call {
            who: app::Principal::unbounded(tenant.customer, app::Actor::Operator),
            command_id: id,
            correlation_id: id,
            traceparent: None,
            at: studio.clock.now(),
            wait_seconds: 0,
            dry_run: false,
            fee_max: None,
            desk: app::Desk::default(),
        };
        let create = CreateDid {
            document: NewDocument::Template {
                network: Network::Testnet,
                identifier: IdentifierFormat::Uuid,
                services: Vec::new(),
                contexts: Vec::new(),
                assertion_method: true,
            },
            method: VerificationMethodType::Ed25519VerificationKey2020,
            key: None,
            label: domain::did::DidLabel::default(),
        };
        let written = app::did::create(studio, &call, create).await.expect("asked for");
        assert!(!matches!(written, Written::Quoted(_)));
    });
    asked.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

/// Reads until every write has its outcome, or `stop` says so; what came last of each.
async fn read(
    socket: &mut Socket,
    seen: &mut BTreeMap<String, Value>,
    stop: impl Fn(&BTreeMap<String, Value>) -> bool,
) -> Value {
    let mut cursor = Value::Null;
    let mut told = BTreeSet::new();
    while !stop(seen) {
        let event = socket.answer("e").await.expect("an event")["events"].clone();
        let place = event["cursor"].clone();
        assert!(told.insert(place.to_string()), "the same change twice: {event:#}");
        cursor = place;
        seen.insert(event["id"].to_string(), event["status"].clone());
    }
    cursor
}

#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_of_a_flood_of_writes_is_told_also_after_a_reconnection() {
    let house = TestHouse::start().await;
    let fresh = funded(&house.house, "Fresh").await;
    let mut socket = Socket::connect(&house, &fresh.key).await;
    socket.subscribe("e", EVENTS, json!({})).await;
    // The subscription stands before anything happens: its answer to a query behind it proves that.
    socket.subscribe("q", "{ __typename }", json!({})).await;
    assert!(socket.answer("q").await.is_some() && socket.answer("q").await.is_none());

    let settled = |seen: &BTreeMap<String, Value>| {
        seen.len() == WRITES && seen.values().all(|status| status == "SUCCEEDED")
    };
    let mut seen = BTreeMap::new();
    let reading = async {
        // A first part over one connection, the rest over another, from the last change seen.
        let some = |seen: &BTreeMap<String, Value>| {
            settled(seen) || seen.values().filter(|status| *status == "SUCCEEDED").count() >= WRITES / 10
        };
        let cursor = read(&mut socket, &mut seen, some).await;
        socket.close().await;
        let mut socket = Socket::connect(&house, &fresh.key).await;
        socket.subscribe("e", EVENTS, json!({"after": cursor})).await;
        read(&mut socket, &mut seen, settled).await;
        socket.close().await;
    };
    let both = async { tokio::join!(write(&house, &fresh, WRITES), reading) };
    tokio::time::timeout(PATIENCE * 3, both).await.expect("every outcome comes");
    assert!(settled(&seen));

    // From the very beginning, at once: every write once, with its outcome.
    let mut socket = Socket::connect(&house, &fresh.key).await;
    let first =
        super::ask_as(&house, &fresh.key, "{ events(last: 1) { nodes { cursor action } } }", json!({}));
    let first = super::data(first.await, "the first event")["events"]["nodes"][0].clone();
    // Whatever makes an account comes before anything that it does.
    assert!(
        ["KEY_CREATE", "ACCOUNT_CREATE"].contains(&first["action"].as_str().expect("an action")),
        "{first:#}"
    );
    socket.subscribe("e", EVENTS, json!({"after": first["cursor"]})).await;
    let mut again = BTreeMap::new();
    read(&mut socket, &mut again, |seen| seen.len() == WRITES).await;
    assert_eq!(again, seen);
    house.stop().await;
}

/// Doors 10, its neighbours: deeds of every kind, those that come to nothing too, while the ledger is away and when it is back.
#[tokio::test(flavor = "multi_thread")]
async fn doors_10_failures_and_deeds_without_a_ledger_are_told_as_the_list_tells_them() {
    const DIDS: usize = 60;
    const KEYS: usize = 20;
    let house = TestHouse::start().await;
    let fresh = funded(&house.house, "Fresh").await;
    let all = EVENTS.replace(", filter: {categories: [DID]}", "");
    let listed = async || -> BTreeMap<String, Value> {
        let query = "query L($after: String) { events(first: 100, after: $after) {
            nodes { id status } pageInfo { hasNextPage endCursor } } }";
        let (mut found, mut after) = (BTreeMap::new(), Value::Null);
        loop {
            let page = super::ask_as(&house, &fresh.key, query, json!({"after": after})).await;
            let page = super::data(page, query)["events"].clone();
            let nodes = page["nodes"].as_array().expect("events").iter();
            found.extend(nodes.map(|node| (node["id"].to_string(), node["status"].clone())));
            if page["pageInfo"]["hasNextPage"] == false {
                return found;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    };
    let before = listed().await;
    let mut socket = Socket::connect(&house, &fresh.key).await;
    socket.subscribe("e", &all, json!({})).await;
    socket.subscribe("q", "{ __typename }", json!({})).await;
    assert!(socket.answer("q").await.is_some() && socket.answer("q").await.is_none());

    let call = async |path: String, body: Value| {
        let reply = house.call_as(Some(&fresh.key), Method::POST, &path, Some(body), &[]).await;
        assert!([200, 202].contains(&reply.status), "{path}: {}", reply.text);
    };
    house.node.go_away();
    write(&house, &fresh, DIDS).await;
    // The feeder of the outbox takes them up in its own time.
    let taken_up = async {
        loop {
            let path = "/operations";
            let list = house.call_as(Some(&fresh.key), Method::GET, path, None, &[]).await.expect(200);
            let rows = list["operations"].as_array().expect("a list").iter();
            let ids: Vec<String> = rows.map(|one| text(&one["operationId"]).to_owned()).collect();
            if ids.len() == DIDS {
                return ids;
            }
        }
    };
    let operations = tokio::time::timeout(PATIENCE, taken_up).await.expect("all are taken up");
    for (number, operation) in operations.iter().enumerate() {
        if number % 2 == 0 {
            call(format!("/operations/{operation}/cancel"), json!({})).await;
        }
        if number < KEYS {
            call("/key/create".to_owned(), json!({})).await;
        }
    }
    house.node.recover();
    for operation in &operations {
        let id = operation.parse().expect("an id");
        house.house.studio.outcomes.ended(id, PATIENCE).await.expect("it ends");
    }
    house.caught_up().await;

    let last: BTreeMap<_, _> =
        listed().await.into_iter().filter(|(id, _)| !before.contains_key(id)).collect();
    let failed = last.values().filter(|status| *status == "FAILED").count();
    assert!(last.len() >= DIDS + KEYS && failed > 0, "{failed} failed of {last:#?}");
    let mut seen = BTreeMap::new();
    let is_all =
        |seen: &BTreeMap<String, Value>| last.iter().all(|(id, status)| seen.get(id) == Some(status));
    tokio::time::timeout(PATIENCE, read(&mut socket, &mut seen, is_all)).await.expect("every outcome comes");
    assert_eq!(seen, last);
    house.stop().await;
}
