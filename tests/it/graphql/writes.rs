//! How writes behave: refusals are data, a repeat has one effect, a price is told before it is paid, and who does not wait
//! can look later.

use super::{ask, ask_as, data, done, ended, error, events, payload, payload_as, text, user_error};
use crate::house::{TestHouse, penniless};
use serde_json::{Value, json};

const DID: &str = "did { did phase pendingOperation { operationId state } }";

fn new_did() -> Value {
    json!({"network": "TESTNET"})
}

#[expect(clippy::needless_pass_by_value, reason = "reads best with json! in place")]
fn with(mut input: Value, more: Value) -> Value {
    input.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    input
}

async fn operations(house: &TestHouse) -> usize {
    let all = ask(house, "{ operations(first: 100) { nodes { id } } }", json!({})).await;
    all["operations"]["nodes"].as_array().expect("nodes").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_caller_got_wrong_is_data() {
    let house = TestHouse::start().await;
    let did = super::did(&house).await;
    let before = events(&house).await;
    let about = json!([{"schemaId": "https://schema.example/1", "types": ["A"]}]);
    let nowhere = format!("{did}/resources/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14");
    let table = [
        ("createDid", json!({}), "request/invalid", Some("network")),
        (
            "createDid",
            with(new_did(), json!({"idempotencyKey": " "})),
            "idempotency/key-invalid",
            Some("idempotencyKey"),
        ),
        ("updateDid", json!({"did": "did:key:z6Mk", "service": []}), "request/invalid", Some("did")),
        ("updateDid", json!({"did": did}), "request/invalid", Some("didDocument")),
        (
            "createResource",
            json!({"did": did, "name": " ", "resourceType": "T", "data": "e30"}),
            "request/invalid",
            Some("name"),
        ),
        (
            "createResource",
            json!({"did": did, "name": "n", "resourceType": "T", "data": "***"}),
            "request/invalid",
            Some("data"),
        ),
        (
            "createStatusList",
            json!({"did": did, "name": "n", "purposes": []}),
            "request/invalid",
            Some("purposes"),
        ),
        (
            "updateStatusList",
            json!({"did": did, "name": "n", "indices": [1]}),
            "request/invalid",
            Some("action"),
        ),
        (
            "issueCredential",
            json!({"issuer": did, "subject": did, "attributes": [1]}),
            "request/invalid",
            Some("attributes"),
        ),
        ("revokeCredential", json!({}), "request/invalid", Some("id")),
        (
            "revokeCredential",
            json!({"id": "0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14"}),
            "credential/not-found",
            Some("id"),
        ),
        (
            "issueAccreditation",
            json!({"kind": "AUTHORIZE", "issuer": did, "subject": did, "name": "n", "accreditedFor": []}),
            "request/invalid",
            Some("accreditedFor"),
        ),
    ];
    for (field, input, code, wrong) in table {
        let asked = format!("{field} {input}");
        let refused = payload(&house, field, "", input).await;
        let error = user_error(&refused);
        assert_eq!((&error["code"], error["field"].as_str()), (&json!(code), wrong), "{asked}: {refused:#}");
        assert_eq!((&refused["operation"], &refused["quote"]), (&Value::Null, &Value::Null), "{asked}");
    }
    // Without a field: the rules, not the form.
    let orphan = json!({"kind": "ATTEST", "issuer": did, "subject": did, "name": "n", "accreditedFor": about,
        "parentAccreditation": nowhere, "rootAuthorization": nowhere});
    let refused = payload(&house, "issueAccreditation", "accreditation { id }", orphan).await;
    user_error(&refused);
    assert_eq!(refused["accreditation"], Value::Null, "{refused:#}");
    let unlisted =
        json!({"issuer": did, "subject": did, "attributes": {}, "credentialStatus": {"listName": "no list"}});
    let refused = payload(&house, "issueCredential", "credential { id }", unlisted).await;
    user_error(&refused);
    assert_eq!(refused["credential"], Value::Null, "{refused:#}");
    assert_eq!(events(&house).await, before, "nothing happened");

    // What is not even of the schema is an error, and its siblings do not run.
    let query =
        "mutation { createKey(input: {}) { key { kid } } createDid(input: {network: MOONNET}) { replayed } }";
    let wrong = error(ask_as(&house, &house.alice.key, query, json!({})).await, query);
    assert_eq!(wrong["extensions"]["code"], "graphql/invalid", "{wrong:#}");
    assert_eq!(events(&house).await, before, "nothing happened");
    // Fields of one mutation run one after the other, and a refusal stops no sibling.
    let query = "mutation { a: createKey(input: {alias: \"a\"}) { key { alias } } b: createDid(input: {}) { userErrors { code } }
        c: createKey(input: {alias: \"c\"}) { key { alias } } }";
    let both = ask(&house, query, json!({})).await;
    assert_eq!(
        (&both["a"]["key"]["alias"], &both["c"]["key"]["alias"]),
        (&json!("a"), &json!("c")),
        "{both:#}"
    );
    assert_eq!(both["b"]["userErrors"][0]["code"], "request/invalid");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_key_answers_the_same_and_pays_once() {
    let house = TestHouse::start().await;
    let keyed = |more: Value| with(with(new_did(), json!({"idempotencyKey": "order-1"})), more);
    let first = done(&house, "createDid", DID, keyed(json!({}))).await;
    assert_eq!(first["replayed"], false, "{first:#}");
    let balance = house.balance(&house.alice.payer).await;
    // How long somebody waits is not part of what they ask.
    for input in [keyed(json!({})), keyed(json!({"wait": 5}))] {
        let again = done(&house, "createDid", DID, input).await;
        assert_eq!(again["replayed"], true, "{again:#}");
        assert_eq!((&again["did"], &again["operation"]), (&first["did"], &first["operation"]), "{again:#}");
    }
    assert_eq!(house.balance(&house.alice.payer).await, balance, "paid once");
    assert_eq!(operations(&house).await, 1);

    for (field, input) in [
        ("createDid", keyed(json!({"identifierFormat": "BASE58BTC"}))),
        ("createDid", keyed(json!({"maxFee": "99999999999999"}))),
        ("createKey", json!({"idempotencyKey": "order-1"})),
    ] {
        let other = payload(&house, field, "", input).await;
        let error = user_error(&other);
        assert_eq!(error["code"], "idempotency/key-reused", "{other:#}");
        assert_eq!(error["field"], "idempotencyKey", "{other:#}");
    }
    assert_eq!(operations(&house).await, 1);
    // The same key of another tenant is another key.
    let theirs = payload_as(&house, &house.mallory.key, "createDid", DID, keyed(json!({}))).await;
    assert_eq!((&theirs["userErrors"], &theirs["replayed"]), (&json!([]), &json!(false)), "{theirs:#}");
    assert_ne!(theirs["did"]["did"], first["did"]["did"]);

    // A refusal changed nothing, so the corrected request may use the key.
    let refused = payload(&house, "createDid", DID, json!({"idempotencyKey": "order-2"})).await;
    assert_eq!(user_error(&refused)["field"], "network", "{refused:#}");
    done(&house, "createDid", DID, with(new_did(), json!({"idempotencyKey": "order-2"}))).await;

    // Without the ledger too: one credential, one key.
    let issue = json!({"issuer": first["did"]["did"], "subject": first["did"]["did"], "attributes": {"a": 1}, "idempotencyKey": "c"});
    let one = done(&house, "issueCredential", "credential { id credential }", issue.clone()).await;
    let two = done(&house, "issueCredential", "credential { id credential }", issue).await;
    assert_eq!((&one["credential"], &two["replayed"]), (&two["credential"], &json!(true)), "{two:#}");

    // Two at the same time: one runs; the other is told so, or gets its answer.
    let input = with(new_did(), json!({"idempotencyKey": "order-3"}));
    let before = operations(&house).await;
    let (one, two) = tokio::join!(
        payload(&house, "createDid", DID, input.clone()),
        payload(&house, "createDid", DID, input.clone())
    );
    assert_eq!(operations(&house).await, before + 1, "{one:#} {two:#}");
    let settled = done(&house, "createDid", DID, input).await;
    for seen in [one, two] {
        match seen["userErrors"].as_array().expect("a list").first() {
            Some(error) => assert_eq!(error["code"], "idempotency/in-flight", "{seen:#}"),
            None => assert_eq!(seen["did"]["did"], settled["did"]["did"], "{seen:#}"),
        }
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_is_told_before_it_is_paid() {
    let house = TestHouse::start().await;
    let did = super::did(&house).await;
    let (before, balance) = (events(&house).await, house.balance(&house.alice.payer).await);
    let resource = json!({"did": did, "name": "n", "resourceType": "T", "data": "{}", "encoding": "TEXT"});
    let writes = [
        ("createDid", new_did()),
        ("deactivateDid", json!({"did": did})),
        ("createResource", resource),
        ("createStatusList", json!({"did": did, "name": "l", "purposes": ["REVOCATION"]})),
    ];
    for (field, input) in writes.clone() {
        let dry = json!({"dryRun": true, "idempotencyKey": "not used up"});
        let told = done(&house, field, "", with(input, dry)).await;
        let amount = |name: &str| text(&told["quote"][name]).parse::<u128>().expect("ncheq");
        assert!(amount("fee") > 0 && amount("offer") >= amount("fee"), "{field}: {told:#}");
        assert!(told["quote"]["gas"].as_u64().is_some_and(|gas| gas > 0), "{field}: {told:#}");
        assert_eq!(told["operation"], Value::Null, "{field}: {told:#}");
    }
    assert_eq!(events(&house).await, before, "no event");
    for (field, input) in writes {
        let dear = payload(&house, field, "", with(input, json!({"maxFee": "1"}))).await;
        let error = user_error(&dear);
        assert_eq!(error["code"], "ledger/fee-above-max", "{field}: {dear:#}");
        assert_eq!(error["details"]["maxFee"], "1", "{field}: {dear:#}");
    }
    assert_eq!(operations(&house).await, 1, "no write");
    assert_eq!(house.balance(&house.alice.payer).await, balance);
    let query = super::mutation("createDid", "");
    let number = json!({"input": {"network": "TESTNET", "maxFee": 5}});
    let wrong = error(ask_as(&house, &house.alice.key, &query, number).await, "maxFee as a number");
    assert_eq!(wrong["extensions"]["code"], "graphql/invalid", "{wrong:#}");

    let poor = penniless(&house.house, "Poor").await;
    let refused = payload_as(&house, &poor.key, "createDid", DID, new_did()).await;
    let error = user_error(&refused);
    assert_eq!(error["code"], "ledger/insufficient-funds", "{refused:#}");
    assert_eq!(error["details"]["address"], poor.payer, "{refused:#}");
    assert!(
        text(&error["details"]["shortfall"]).parse::<u128>().is_ok_and(|missing| missing > 0),
        "{refused:#}"
    );
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_wait_looks_later() {
    let house = TestHouse::start().await;
    house.node.go_away();
    let input = with(new_did(), json!({"wait": 0, "idempotencyKey": "later"}));
    let begun = done(&house, "createDid", DID, input.clone()).await;
    assert!(["PENDING", "SUBMITTED"].contains(&text(&begun["operation"]["state"])), "{begun:#}");
    assert_eq!(begun["operation"]["kind"], "DID_CREATE", "{begun:#}");
    assert_eq!(begun["did"]["phase"], "CREATING", "{begun:#}");
    let operation = text(&begun["operation"]["operationId"]).to_owned();
    assert_eq!(begun["did"]["pendingOperation"]["operationId"], operation, "{begun:#}");
    assert_eq!(begun["operation"]["did"], begun["did"]["did"], "{begun:#}");

    let read = "query R($id: ID!, $node: ID!, $did: String!) {
        operation(id: $id) { operationId state txHash controller { did phase } history { no code } }
        node(id: $node) { id ... on Operation { state } }
        did(did: $did) { phase created { txHash } pendingOperation { operationId } }
        pending: operations(filter: {state: PENDING}) { nodes { operationId } }
        submitted: operations(filter: {state: SUBMITTED}) { nodes { operationId } } }";
    let variables = json!({"id": operation, "node": begun["operation"]["id"], "did": begun["did"]["did"]});
    let seen = ask(&house, read, variables.clone()).await;
    assert_eq!(seen["operation"]["operationId"], operation, "{seen:#}");
    assert_eq!(seen["operation"]["controller"]["phase"], "CREATING", "{seen:#}");
    assert_eq!(seen["node"]["id"], begun["operation"]["id"], "{seen:#}");
    assert_eq!(seen["did"]["created"], Value::Null, "{seen:#}");
    // Repeating it is no second write; the answer shows how it stands.
    let again = done(&house, "createDid", DID, input.clone()).await;
    assert_eq!(
        (&again["replayed"], &again["operation"]["operationId"]),
        (&json!(true), &json!(operation)),
        "{again:#}"
    );
    // A change of what is not there yet is refused.
    let early = json!({"did": begun["did"]["did"], "service": [], "wait": 0});
    user_error(&payload(&house, "updateDid", "", early).await);

    unavailable(&house).await;

    house.node.recover();
    ended(&house, &operation).await;
    let seen = ask(&house, read, variables).await;
    assert_eq!(seen["operation"]["state"], "CONFIRMED", "{seen:#}");
    assert_eq!(seen["did"]["phase"], "ACTIVE", "{seen:#}");
    assert_eq!(seen["did"]["created"]["txHash"], seen["operation"]["txHash"], "{seen:#}");
    assert_eq!(seen["did"]["pendingOperation"], Value::Null, "{seen:#}");
    assert_eq!(
        (&seen["pending"]["nodes"], &seen["submitted"]["nodes"]),
        (&json!([]), &json!([])),
        "{seen:#}"
    );
    let again = done(&house, "createDid", DID, input).await;
    assert_eq!(
        (&again["operation"]["state"], &again["did"]["phase"]),
        (&json!("CONFIRMED"), &json!("ACTIVE")),
        "{again:#}"
    );
    assert_eq!(operations(&house).await, 1);
    let query = "{ viewer { payers { network address balance } } }";
    let seen = ask(&house, query, json!({})).await["viewer"]["payers"].clone();
    let testnet = seen.as_array().expect("payers").iter().find(|payer| payer["network"] == "TESTNET");
    let testnet = testnet.expect("a testnet payer");
    assert_eq!(testnet["balance"], house.balance(&house.alice.payer).await.to_string(), "{seen:#}");
    house.stop().await;
}

/// While the ledger is away: what needs it says so with a code, and what does not goes on.
async fn unavailable(house: &TestHouse) {
    let key = &house.alice.key;
    let away = |error: &Value, asked: &str| {
        assert!(text(&error["extensions"]["code"]).starts_with("ledger/"), "{asked}: {error:#}");
        assert!(
            error["extensions"]["retryAfterSeconds"].as_u64().is_some_and(|wait| wait > 0),
            "{asked}: {error:#}"
        );
        assert!(!error.to_string().contains("127.0.0.1"), "{asked} tells an address: {error:#}");
    };
    // Of two payers one has no ledger here, and the other's is away; the rest of the answer is there.
    let query = "{ viewer { name payers { network address balance } } }";
    let reply = ask_as(house, key, query, json!({})).await;
    let seen = reply.body["data"]["viewer"].clone();
    assert_eq!(seen["payers"].as_array().map(Vec::len), Some(2), "{}", reply.text);
    away(&error(reply, query), query);
    assert_eq!(seen["name"], "Alice", "{seen:#}");
    for payer in seen["payers"].as_array().expect("payers") {
        assert!(payer["address"].is_string() && payer["balance"].is_null(), "{seen:#}");
    }
    let query = "query V($input: TrustChainInput!) { trustChain(input: $input) { verified error } }";
    let url = "did:cheqd:testnet:3b9b8eec-5b5d-4382-86d8-9185126ff130/resources/0c8d0d6e-7c1b-4f0e-9a53-5a1d4c0a7e14";
    let question = json!({"input": {"didUrl": url, "subjectDid": "did:cheqd:testnet:3b9b8eec-5b5d-4382-86d8-9185126ff130"}});
    away(&error(ask_as(house, key, query, question).await, query), query);
    let query = "query S($input: StatusInput!) { statusOf(input: $input) { index value } }";
    let question = json!({"input": {"did": "did:cheqd:testnet:3b9b8eec-5b5d-4382-86d8-9185126ff130", "name": "n",
        "purpose": "REVOCATION", "indices": [1]}});
    away(&error(ask_as(house, key, query, question).await, query), query);
    // A price cannot be told without the ledger.
    let query = super::mutation("createDid", "");
    let dry = json!({"input": with(new_did(), json!({"dryRun": true}))});
    away(&error(ask_as(house, key, &query, dry).await, "a dry run"), "a dry run");
    let query = "{ viewer { name payers { address } } dids { nodes { did } } }";
    let seen = data(ask_as(house, key, query, json!({})).await, query);
    assert_eq!(seen["viewer"]["name"], "Alice", "{seen:#}");
    let made = done(house, "createKey", "key { kid }", json!({})).await;
    assert!(made["key"]["kid"].is_string(), "{made:#}");
}
