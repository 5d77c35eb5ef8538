//! The five deterministic transactions that a real chain accepted are accepted here, in the same order.
#![expect(clippy::disallowed_methods, reason = "tests take the time from the system")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use devnet::{BlockMode, DevnetConfig, Genesis, start};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn the_sdks_own_transactions_are_accepted_in_order() {
    let vectors: Value = serde_json::from_slice(include_bytes!("fixtures/ledger-vectors.json")).unwrap();
    let mut genesis = Genesis { chain_id: vectors["chainId"].as_str().unwrap().into(), ..Genesis::default() };
    // The vectors are signed by the first public account as account number 3.
    genesis.accounts.swap(0, 3);
    assert_eq!(vectors["accountNumber"], 3);
    let mut config = DevnetConfig::new(Arc::new(chrono::Utc::now));
    (config.genesis, config.blocks) = (Some(genesis), BlockMode::Instant { heartbeat: None });
    let devnet = start(config).await.unwrap();
    let http = reqwest::Client::new();
    let call = async |method: &str, params: Value| -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        http.post(devnet.url()).json(&body).send().await.unwrap().json().await.unwrap()
    };
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let bytes = hex::decode(case["txRawHex"].as_str().unwrap()).unwrap();
        assert_eq!(hex::encode_upper(devnet::tx::hash(&bytes)), case["txHash"].as_str().unwrap());
        let sent = call("broadcast_tx_sync", json!({"tx": STANDARD.encode(&bytes)})).await;
        assert_eq!(sent["result"]["code"], 0, "{}: {sent}", case["name"]);
        let hash = STANDARD.encode(devnet::tx::hash(&bytes));
        let found = call("tx", json!({"hash": hash, "prove": false})).await;
        assert_eq!(found["result"]["tx_result"]["code"], 0, "{}: {found}", case["name"]);
    }
}
