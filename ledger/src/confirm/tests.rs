//! Finding transactions, handing them in, and what they cost, against a mock and the recorded chain.

use super::*;
use crate::mock::{Mock, Reply, node, status};
use serde_json::{Value, json};

const HASH: &str = "CA112E8ACE3BDA82745FD3C7649676579914E74C1B7484EC4F455123737B3A7D";

fn found(events: &Value) -> Reply {
    Reply::Result(json!({"hash": HASH, "height": "100", "index": 0, "tx": "AA==", "tx_result": {
        "code": 0, "data": null, "log": "", "info": "", "gas_wanted": "360000", "gas_used": "177094",
        "events": events, "codespace": ""}}))
}

fn header() -> Value {
    let hash = "AA".repeat(32);
    json!({"version": {"block": "11", "app": "4"}, "chain_id": "cheqd", "height": "100",
        "time": "2026-11-22T04:49:09.5Z", "last_block_id": {"hash": hash, "parts": {"total": 1, "hash": hash}},
        "last_commit_hash": hash, "data_hash": hash, "validators_hash": hash, "next_validators_hash": hash,
        "consensus_hash": hash, "app_hash": hash, "last_results_hash": hash, "evidence_hash": hash,
        "proposer_address": "AA9728C0C7174307B25C1D349EBD8BAE007F831B"})
}

fn tax() -> Value {
    json!([
        {"type": "tx", "attributes": [{"key": "fee", "value": "44000000000ncheq", "index": true}]},
        {"type": "tx", "attributes": [{"key": "fee", "value": "40000000000ncheq", "index": true},
                                      {"key": "fee_payer", "value": "cheqd1x", "index": true}]}])
}

#[tokio::test]
async fn a_transaction_in_a_block_is_found_with_its_time_and_charge() {
    let mock = Mock::start(vec![found(&tax()), Reply::Result(json!({"header": header()}))]).await;
    let found = node(&[&mock.url]).lookup(HASH).await.unwrap().unwrap();
    assert_eq!((found.height, found.gas_used, found.gas_wanted), (100, 177_094, 360_000));
    assert_eq!(found.fee_charged, Some(Ncheq(40_000_000_000)));
    assert_eq!(found.block_time.to_rfc3339(), "2026-11-22T04:49:09.500+00:00");
    assert_eq!(mock.methods(), ["tx", "header"]);
}

#[tokio::test]
async fn a_node_without_the_header_method_is_asked_for_the_block() {
    let hash = "AA".repeat(32);
    let id = json!({"hash": hash, "parts": {"total": 1, "hash": hash}});
    let block = json!({"block_id": id, "block": {"header": header(), "data": {"txs": []},
        "evidence": {"evidence": []}, "last_commit": {"height": "99", "round": 0, "block_id": id, "signatures": []}}});
    let mock = Mock::start(vec![found(&tax()), Reply::Code(-32601, "header"), Reply::Result(block)]).await;
    let found = node(&[&mock.url]).lookup(HASH).await.unwrap().unwrap();
    assert_eq!(found.block_time.to_rfc3339(), "2026-11-22T04:49:09.500+00:00");
}

#[tokio::test]
async fn not_found_is_not_a_failure_and_no_index_is_not_not_found() {
    let mock = Mock::start(vec![
        Reply::Error("tx (CA11) not found"),
        status("cheqd", 9),
        Reply::Error("tx (CA11) not found"),
        Reply::Error("transaction indexing is disabled"),
        Reply::Raw(503, String::new()),
    ])
    .await;
    let node = node(&[&mock.url]);
    assert_eq!(node.lookup(HASH).await.unwrap(), None);
    let fault = node.lookup(HASH).await.unwrap_err();
    assert!(
        matches!(&fault, ChainFault::Unexpected { detail, .. } if detail.contains("indexer")),
        "{fault:?}"
    );
    assert!(matches!(node.lookup(HASH).await.unwrap_err(), ChainFault::Unreachable { .. }));
    assert!(node.lookup("nonsense").await.is_err());
}

#[tokio::test]
async fn an_answer_about_another_transaction_is_refused() {
    let mock = Mock::start(vec![found(&json!([]))]).await;
    let other = "00".repeat(32);
    assert!(node(&[&mock.url]).lookup(&other).await.is_err());
}

#[tokio::test]
async fn a_node_that_lags_behind_may_not_say_that_a_transaction_is_absent() {
    // The good node showed height 90 and is gone when the transaction is looked for; the other one is at 50.
    let good = Mock::start(vec![status("cheqd", 90), Reply::Raw(503, String::new())]).await;
    let not_found = || Reply::Error("tx (CA11) not found");
    let lagging = Mock::start(vec![not_found(), status("cheqd", 50), not_found()]).await;
    let node = node(&[&good.url, &lagging.url]);
    assert_eq!(node.status().await.unwrap().height, 90);
    let fault = node.lookup(HASH).await.unwrap_err();
    assert!(matches!(fault, ChainFault::Unreachable { .. }), "{fault:?}");
    assert_eq!(lagging.methods(), ["tx", "status"]);
}

#[tokio::test]
async fn a_mempools_no_becomes_the_registered_code_and_already_known_a_yes() {
    let cases = [
        (Reply::Error("tx already exists in cache"), 0, ""),
        (
            Reply::Error("mempool is full: number of txs 5000 (max: 5000), total txs bytes 1 (max: 2)"),
            20,
            "sdk",
        ),
        (Reply::Error("Tx too large. Max size is 1048576, but got 2000000"), 21, "sdk"),
        (Reply::Raw(413, String::new()), 21, "sdk"),
        (
            Reply::Raw(
                400,
                json!({"jsonrpc": "2.0", "id": -1, "error": {"code": -32600, "message": "Invalid Request",
                "data": "error reading request body: http: request body too large"}})
                .to_string(),
            ),
            21,
            "sdk",
        ),
        (
            Reply::Result(json!({"code": 32, "data": "", "codespace": "sdk", "hash": HASH,
                "log": "account sequence mismatch, expected 5, got 4: incorrect account sequence"})),
            32,
            "sdk",
        ),
        (Reply::Result(json!({"code": 0, "data": "", "codespace": "", "hash": HASH, "log": ""})), 0, ""),
    ];
    for (reply, code, codespace) in cases {
        let mock = Mock::start(vec![reply.clone()]).await;
        let answer = node(&[&mock.url]).broadcast(b"bytes").await.unwrap();
        assert_eq!((answer.code, answer.codespace.as_str()), (code, codespace), "{reply:?}");
    }
    for reply in [Reply::Error("timed out waiting for mempool"), Reply::Raw(503, String::new()), Reply::Cut] {
        let mock = Mock::start(vec![reply.clone()]).await;
        assert!(node(&[&mock.url]).broadcast(b"bytes").await.is_err(), "{reply:?}");
    }
}

/// Queries travel larger than what they ask about, so a simulation meets the node's bound first (safety 9).
#[tokio::test]
async fn safety_9_what_is_too_large_to_be_simulated_is_refused_as_what_is_too_large_to_be_sent() {
    let data = "error reading request body: http: request body too large";
    let body = json!({"jsonrpc": "2.0", "id": -1,
        "error": {"code": -32600, "message": "Invalid Request", "data": data}});
    for reply in [Reply::Raw(400, body.to_string()), Reply::Raw(413, String::new())] {
        let mock = Mock::start(vec![reply.clone()]).await;
        let refusal = node(&[&mock.url]).simulate(b"bytes").await.unwrap().unwrap_err();
        assert_eq!((refusal.code, refusal.codespace.as_str()), (21, "sdk"), "{reply:?}");
    }
}

#[test]
fn the_charge_of_every_recorded_transaction_is_what_its_payer_lost() {
    let corpus: Value = serde_json::from_str(include_str!("../../tests/data/corpus-excerpt.json")).unwrap();
    let mut count = 0;
    for chain in ["usd", "ranges"] {
        for case in corpus[chain]["included"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            // Transfers change the balance besides the fee, and a granter pays for feegrant-use.
            let Some(delta) = case["payer_delta"].as_str() else { continue };
            let lost: u128 = delta.trim_start_matches('-').parse().unwrap();
            let sent = match name {
                "send-create-account" | "send-create-account-2" => 60_000_000_000,
                "send-fee-exact" | "send-fee-over" | "send-no-payer" => 1,
                "send-two" => 11,
                "multi-create-send" => 12_345,
                "feegrant-use" => continue,
                _ => 0,
            };
            let events: Vec<Event> = case["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| {
                    let attributes: Vec<Value> = event["attributes"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|pair| json!({"key": pair[0], "value": pair[1], "index": true}))
                        .collect();
                    serde_json::from_value(json!({"type": event["type"], "attributes": attributes})).unwrap()
                })
                .collect();
            let charged = fee_charged(&events).unwrap().0;
            assert_eq!(charged + sent, lost, "{name}");
            count += 1;
        }
    }
    assert!(count > 120, "{count}");
}
