//! What users of the devnet rely on: durability, funding, and misbehaviour on demand.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "test helpers: a surprise must end the test"
)]

#[path = "flows/client.rs"]
mod client;

use client::{CHEQ, Client, Offer, did_of};
use devnet::{BlockMode, DevnetConfig, Error, Fault, Genesis, Handle, PUBLIC_ACCOUNTS, start};
use proto::Message;
use proto::cheqd::did::v2::{QueryDidDocRequest, QueryDidDocResponse};
use proto::cheqd::oracle::v2::{QueryActiveExchangeRates, QueryActiveExchangeRatesResponse};
use proto::cosmos::staking::v1beta1::{QueryDelegatorDelegationsRequest, QueryDelegatorDelegationsResponse};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

const STRANGER: &str = "cheqd16mq4hykm03n8tsutn5v49ndjvny6urr6y0ymyx";

fn config() -> DevnetConfig {
    let mut config = DevnetConfig::new(Arc::new(chrono::Utc::now));
    // No heartbeat: heights move only when a test makes them.
    config.blocks = BlockMode::Instant { heartbeat: None };
    config
}

fn at(dir: &Path) -> DevnetConfig {
    DevnetConfig { data_dir: Some(dir.to_path_buf()), ..config() }
}

async fn devnet() -> (Handle, Client) {
    let devnet = start(config()).await.unwrap();
    let client = Client::new(&devnet, 0);
    (devnet, client)
}

fn code(answer: &Value) -> (Value, Value) {
    let result = answer.get("tx_result").unwrap_or(&answer["result"]);
    (result["codespace"].clone(), result["code"].clone())
}

async fn version_of(client: &Client, digit: char) -> Option<String> {
    let request = QueryDidDocRequest { id: did_of(digit) };
    let (response, value) = client.query("/cheqd.did.v2.Query/DidDoc", &request).await;
    let found = (response["code"] == 0).then(|| QueryDidDocResponse::decode(value.as_slice()).unwrap());
    found.map(|d| d.value.unwrap().metadata.unwrap().version_id)
}

#[tokio::test]
async fn what_was_answered_survives_a_hard_stop_at_any_byte_after_it() {
    let (first_dir, second_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = start(at(first_dir.path())).await.unwrap();
    let client = Client::new(&first, 0);
    first.inject(Fault::SetPrice { cheq_usd: "0.1".into() }).unwrap();
    first.inject(Fault::OutOfGas { count: 1 }).unwrap();
    let unlucky = client.create_did('a', Offer::at(0)).await;
    let lucky = client.create_did('a', Offer::at(1)).await;
    for bytes in [&unlucky, &lucky] {
        assert_eq!(code(&client.broadcast(bytes).await), (json!(""), json!(0)));
    }
    assert_eq!(code(&client.find(&unlucky).await.unwrap()), (json!("sdk"), json!(11)));
    let (found, status) = (client.find(&lucky).await.unwrap(), client.call("status", json!({})).await);
    let balance = first.balance(&client.address).unwrap();
    assert_eq!(balance, i128::from(PUBLIC_ACCOUNTS[0].balance_ncheq - 20 * CHEQ), "2 USD at the new price");

    // The file as a power cut leaves it: what was synced, and a piece of a record that was being written.
    let mut file = std::fs::read(first_dir.path().join("blocks.log")).unwrap();
    file.extend([200, 1, 0, 0, 9, 9, 9]);
    std::fs::write(second_dir.path().join("blocks.log"), file).unwrap();
    let second = start(at(second_dir.path())).await.unwrap();
    let client = Client::new(&second, 0);
    assert_eq!(client.find(&lucky).await.unwrap(), found);
    assert_eq!(client.call("status", json!({})).await["result"]["sync_info"], status["result"]["sync_info"]);
    assert_eq!(second.balance(&client.address).unwrap(), balance);
    assert!(version_of(&client, 'a').await.is_some());
    let again = client.broadcast(&lucky).await;
    assert_eq!(again["error"]["data"], "tx already exists in cache", "what is committed stays known");

    let busy = start(at(second_dir.path())).await;
    assert!(busy.err().unwrap().to_string().contains("in use"));
    second.shutdown().await;
    let other = Genesis { chain_id: "cheqd-other-1".into(), ..Genesis::default() };
    let refused = start(DevnetConfig { genesis: Some(other), ..at(second_dir.path()) }).await;
    assert!(refused.err().unwrap().to_string().contains("belongs to chain cheqd-devnet-1"));
}

#[tokio::test]
async fn a_new_payer_is_funded_in_a_block_and_can_be_funded_again() {
    let (devnet, client) = devnet().await;
    assert!(client.account(STRANGER).await.is_none());
    let height = devnet.height();
    let result = devnet.fund(STRANGER, 5 * CHEQ).unwrap();
    assert!(result.events.iter().any(|e| e.kind == "transfer"));
    assert_eq!(devnet.height(), height + 1);
    let account = client.account(STRANGER).await.unwrap();
    assert_eq!((account.sequence, account.pub_key), (0, None));
    devnet.fund(STRANGER, CHEQ).unwrap();
    assert_eq!(devnet.balance(STRANGER).unwrap(), i128::from(6 * CHEQ));
    assert!(matches!(devnet.fund("cheqd1nonsense", 1), Err(Error::Invalid { .. })));
    assert!(matches!(devnet.fund(STRANGER, u64::MAX), Err(Error::Refused { code: 5, .. })));
}

#[tokio::test]
async fn a_stalled_and_evicted_transaction_ends_with_its_timeout_height() {
    let (devnet, client) = devnet().await;
    devnet.inject(Fault::StallBlocks).unwrap();
    let timeout_height = devnet.height() + 10;
    let bytes = client.create_did('b', Offer { timeout_height, ..Offer::at(0) }).await;
    assert_eq!(code(&client.broadcast(&bytes).await).1, 0);
    assert_eq!(client.broadcast(&bytes).await["error"]["data"], "tx already exists in cache");
    assert!(client.find(&bytes).await.is_none());
    assert_eq!(devnet.waiting(), 1);
    // Heights pass without it, until it can no longer be included.
    devnet.advance_blocks(5).unwrap();
    assert_eq!(devnet.waiting(), 1);
    devnet.inject(Fault::Evict).unwrap();
    assert_eq!(devnet.waiting(), 0);
    assert_eq!(code(&client.broadcast(&bytes).await).1, 0, "evicted bytes can be offered again");
    devnet.advance_blocks(6).unwrap();
    assert_eq!(devnet.waiting(), 0, "the recheck after a block drops what is too late");
    devnet.inject(Fault::ResumeBlocks).unwrap();
    assert_eq!(code(&client.broadcast(&bytes).await), (json!("sdk"), json!(30)));
    assert!(client.find(&bytes).await.is_none());
    assert_eq!(client.account(&client.address).await.unwrap().sequence, 0);
}

#[tokio::test]
async fn resuming_includes_what_waited_in_order() {
    let (devnet, client) = devnet().await;
    devnet.inject(Fault::StallBlocks).unwrap();
    let (first, second) =
        (client.create_did('c', Offer::at(0)).await, client.create_did('d', Offer::at(1)).await);
    for bytes in [&first, &second] {
        assert_eq!(code(&client.broadcast(bytes).await).1, 0);
    }
    devnet.inject(Fault::ResumeBlocks).unwrap();
    let (a, b) = (client.find(&first).await.unwrap(), client.find(&second).await.unwrap());
    assert_eq!(a["height"], b["height"]);
    assert_eq!((code(&a).1, code(&b).1), (json!(0), json!(0)));
}

#[tokio::test]
async fn a_dropped_reply_hides_an_accepted_transaction() {
    let (_devnet, client) = devnet().await;
    let (status, _) = client.fault(&json!({"fault": "drop_reply"})).await;
    assert_eq!(status, 200);
    let bytes = client.create_did('e', Offer::at(0)).await;
    let tx = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &bytes);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "broadcast_tx_sync", "params": {"tx": tx}});
    assert!(client.post(&body).await.is_err(), "the connection breaks");
    assert_eq!(code(&client.find(&bytes).await.unwrap()).1, 0, "and yet it is in a block");
    assert!(client.post(&body).await.unwrap()["error"].is_object(), "the fault is used up");
}

#[tokio::test]
async fn requests_are_refused_duplicated_and_lied_to_as_often_as_asked() {
    let (devnet, client) = devnet().await;
    client.fault(&json!({"fault": "http_503", "count": 2})).await;
    let health = json!({"jsonrpc": "2.0", "id": 1, "method": "health", "params": {}});
    for _ in 0..2 {
        let error = client.post(&health).await.unwrap_err();
        assert_eq!(error.status().unwrap(), 503);
    }
    assert_eq!(client.post(&health).await.unwrap()["result"], json!({}));

    let bytes = client.create_did('f', Offer::at(0)).await;
    client.fault(&json!({"fault": "duplicate"})).await;
    assert_eq!(client.broadcast(&bytes).await["error"]["data"], "tx already exists in cache");
    assert_eq!(code(&client.find(&bytes).await.unwrap()).1, 0);

    client.fault(&json!({"fault": "wrong_sequence", "address": client.address, "delta": -1})).await;
    assert_eq!(client.account(&client.address).await.unwrap().sequence, 0);
    client.fault(&json!({"fault": "lag", "blocks": 1})).await;
    assert!(client.find(&bytes).await.is_none(), "not indexed yet");
    client.fault(&json!({"fault": "clear"})).await;
    assert_eq!(client.account(&client.address).await.unwrap().sequence, 1);
    assert!(client.find(&bytes).await.is_some());
    let height = devnet.height();
    let (_, answer) = client.fault(&json!({"fault": "advance_blocks", "count": 3})).await;
    assert_eq!(answer["height"], (height + 3).to_string());
    let (status, answer) = client.fault(&json!({"fault": "no_such_fault"})).await;
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("no_such_fault"));
}

#[tokio::test]
async fn a_fee_refused_after_the_checks_blocks_its_sequence_until_the_next_block() {
    let (devnet, client) = devnet().await;
    let cheap = client.create_did('1', Offer { fee: 39 * CHEQ, ..Offer::at(0) }).await;
    let answer = client.broadcast(&cheap).await;
    assert_eq!(code(&answer), (json!("undefined"), json!(1)));
    assert_eq!(answer["result"]["log"], "insufficient fee: need at least 40000000000, got 39000000000");
    let right = client.create_did('1', Offer::at(0)).await;
    assert_eq!(code(&client.broadcast(&right).await), (json!("sdk"), json!(32)));
    devnet.advance_blocks(1).unwrap();
    assert_eq!(code(&client.broadcast(&right).await).1, 0);
    assert_eq!(code(&client.find(&right).await.unwrap()).1, 0);
}

#[tokio::test]
async fn price_and_balance_can_change_between_check_and_block() {
    let (devnet, client) = devnet().await;
    devnet.inject(Fault::StallBlocks).unwrap();
    let first = client.create_did('2', Offer::at(0)).await;
    assert_eq!(code(&client.broadcast(&first).await).1, 0);
    // The change comes with the block of the transaction, before it.
    devnet.inject(Fault::SetPrice { cheq_usd: "0.04".into() }).unwrap();
    devnet.inject(Fault::ResumeBlocks).unwrap();
    let failed = client.find(&first).await.unwrap();
    assert_eq!(code(&failed), (json!("undefined"), json!(1)));
    assert_eq!(failed["tx_result"]["log"], "insufficient fee: need at least 50000000000, got 44000000000");

    devnet.inject(Fault::Drain { address: client.address.clone(), leave_ncheq: 7 }).unwrap();
    assert_eq!(devnet.balance(&client.address).unwrap(), 7);
    let poor = client.create_did('2', Offer { fee: 60 * CHEQ, ..Offer::at(1) }).await;
    let answer = client.broadcast(&poor).await;
    assert_eq!(code(&answer), (json!("undefined"), json!(1)));
    assert!(answer["result"]["log"].as_str().unwrap().contains("insufficient funds"));
}

#[tokio::test]
async fn identity_fees_are_split_and_transfers_pay_by_gas() {
    let (devnet, client) = devnet().await;
    let did = client.create_did('3', Offer::at(0)).await;
    client.broadcast(&did).await;
    let collected = |name: &str| devnet.balance(&devnet::modules::text_address(name)).unwrap();
    assert_eq!(collected("fee_collector"), i128::from(19_900_000_000_u64));
    assert_eq!(collected("oracle"), i128::from(100_000_000_u64));
    assert_eq!(collected("cheqd"), 0, "the other half is burned");
    let before = devnet.balance(&client.address).unwrap();
    let transfer = client.send(STRANGER, 9, Offer { fee: 3 * CHEQ, gas: 250_000, ..Offer::at(1) }).await;
    client.broadcast(&transfer).await;
    assert_eq!(code(&client.find(&transfer).await.unwrap()).1, 0);
    assert_eq!(devnet.balance(STRANGER).unwrap(), 9);
    assert_eq!(before - devnet.balance(&client.address).unwrap(), i128::from(3 * CHEQ + 9));
}

#[tokio::test]
async fn people_can_read_by_url_and_browsers_get_a_page() {
    let (devnet, client) = devnet().await;
    let bytes = client.create_did('4', Offer::at(0)).await;
    client.broadcast(&bytes).await;
    let hash = hex::encode(devnet::tx::hash(&bytes));
    let get = |path: String| async move { reqwest::get(path).await.unwrap() };
    let tx: Value = get(format!("{}/tx?hash=0x{hash}", devnet.url())).await.json().await.unwrap();
    assert_eq!(tx["result"]["hash"], hash.to_uppercase());
    let block: Value = get(format!("{}/block?height=1", devnet.url())).await.json().await.unwrap();
    assert_eq!(block["result"]["block"]["header"]["height"], "1");
    assert_eq!(get(format!("{}/nonsense", devnet.url())).await.status(), 404);
    assert!(get(devnet.url()).await.text().await.unwrap().contains("cheqd devnet"));
    devnet.shutdown().await;
}

/// Identifiers 9: what wallets ask before they show an account.
#[tokio::test]
async fn identifiers_9_rates_and_staked_balances_are_known_paths() {
    let (devnet, client) = devnet().await;
    let path = "/cheqd.oracle.v2.Query/ActiveExchangeRates";
    let (response, value) = client.query(path, &QueryActiveExchangeRates {}).await;
    assert_eq!(response["code"], 0, "{response}");
    let rates = QueryActiveExchangeRatesResponse::decode(value.as_slice()).unwrap();
    assert!(rates.active_rates.contains(&"CHEQ".to_owned()), "{rates:?}");

    let asked = QueryDelegatorDelegationsRequest { delegator_addr: client.address.clone(), pagination: None };
    for method in ["DelegatorDelegations", "DelegatorUnbondingDelegations"] {
        let path = format!("/cosmos.staking.v1beta1.Query/{method}");
        let (response, value) = client.query(&path, &asked).await;
        assert_eq!(response["code"], 0, "{method}: {response}");
        let staked = QueryDelegatorDelegationsResponse::decode(value.as_slice()).unwrap();
        assert!(staked.delegation_responses.is_empty(), "{method}: {staked:?}");
    }
    let (response, _) = client.query("/cosmos.staking.v1beta1.Query/Nonsense", &asked).await;
    assert_eq!(response["code"], 6, "{response}");
    assert!(response["log"].as_str().unwrap().starts_with("unknown query path"), "{response}");
    devnet.shutdown().await;
}

/// Identifiers 9: the node answers one call of a batch with an object, as it would without the brackets.
#[tokio::test]
async fn identifiers_9_one_call_of_a_batch_is_answered_alone() {
    let (devnet, client) = devnet().await;
    let call = |id: u64| json!({"jsonrpc": "2.0", "id": id, "method": "health", "params": {}});
    let alone = client.post(&call(1)).await.unwrap();
    assert_eq!(alone, json!({"jsonrpc": "2.0", "id": 1, "result": {}}));
    assert_eq!(client.post(&json!([call(1)])).await.unwrap(), alone);
    let two = client.post(&json!([call(1), call(2)])).await.unwrap();
    assert_eq!(two, json!([alone, {"jsonrpc": "2.0", "id": 2, "result": {}}]));
    // A notification has no answer, so that its neighbour's stands alone as well.
    let notified = json!([{"jsonrpc": "2.0", "method": "health", "params": {}}, call(1)]);
    assert_eq!(client.post(&notified).await.unwrap(), alone);
    devnet.shutdown().await;
}

/// Identifiers 9: at a dollar per CHEQ a DID costs two, which clients with a fixed fee of 2.5 can pay.
#[tokio::test]
async fn identifiers_9_a_price_makes_fixed_fees_enough() {
    let fixed = Offer { fee: 5 * CHEQ / 2, ..Offer::at(0) };
    let (devnet, client) = devnet().await;
    let refused = client.broadcast(&client.create_did('5', fixed).await).await;
    assert_ne!(code(&refused).1, 0, "too little at the price of the genesis: {refused}");
    devnet.shutdown().await;

    let devnet = start(DevnetConfig { cheq_usd_price: Some("1".into()), ..config() }).await.unwrap();
    let client = Client::new(&devnet, 0);
    let had = devnet.balance(&client.address).unwrap();
    let bytes = client.create_did('5', fixed).await;
    assert_eq!(code(&client.broadcast(&bytes).await).1, 0);
    assert_eq!(code(&client.find(&bytes).await.unwrap()).1, 0);
    assert_eq!(had - devnet.balance(&client.address).unwrap(), i128::from(2 * CHEQ));
    devnet.shutdown().await;
}
