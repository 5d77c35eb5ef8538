//! Replays what a real cheqd node answered (413 + 30 steps) against the devnet over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "test helpers: a broken recording must end the test"
)]

#[path = "corpus/compare.rs"]
mod compare;
#[path = "corpus/wire.rs"]
mod wire;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use compare::{answer, bytes_of, shape};
use devnet::{BlockMode, DevnetConfig, Handle, start};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

/// Gas of a transaction may be off by this much, in percent.
const DELIVER_GAS_PERCENT: u64 = 4;
/// Gas of a simulation may be off by this much, in percent.
const SIMULATE_GAS_PERCENT: u64 = 15;

struct Player {
    devnet: Handle,
    http: reqwest::Client,
    failures: Vec<String>,
    pending: Vec<(Value, Option<i128>)>,
}

fn corpus(packed: &[u8]) -> Value {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

impl Player {
    async fn post(&self, body: String) -> (u16, String) {
        let request = self.http.post(self.devnet.url()).header("content-type", "application/json").body(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        serde_json::from_str(&self.post(body.to_string()).await.1).unwrap()
    }

    async fn query(&self, path: &str, data: &[u8], height: Option<u64>) -> Value {
        let mut params = json!({"path": path, "data": hex::encode(data), "prove": false});
        if let Some(height) = height {
            params["height"] = json!(height.to_string());
        }
        let answer = self.call("abci_query", params).await;
        let mut response = answer["result"]["response"].clone();
        let value = STANDARD.decode(response["value"].as_str().unwrap_or("")).unwrap();
        response["value_b64"] = json!(STANDARD.encode(value));
        response
    }

    async fn sequence(&self, address: &str) -> Value {
        let mut request = Vec::new();
        wire::delimited(&mut request, 1, address.as_bytes());
        let answer = self.query("/cosmos.auth.v1beta1.Query/Account", &request, None).await;
        if answer["code"] != 0 {
            return Value::Null;
        }
        let inner =
            |bytes: &[u8], n: u64| wire::fields(bytes).unwrap().into_iter().find(|f| f.0 == n).map(|f| f.2);
        let account = inner(&inner(&bytes_of(&answer, "value"), 1).unwrap(), 2).unwrap();
        let raw = inner(&account, 4).unwrap_or_default();
        let sequence = raw.iter().rev().fold(0_u64, |n, b| n << 7 | u64::from(b & 127));
        json!(sequence)
    }

    async fn tx(&self, hash: &str) -> Option<Value> {
        let hash = STANDARD.encode(hex::decode(hash).unwrap());
        self.call("tx", json!({"hash": hash, "prove": false})).await.get("result").cloned()
    }

    async fn compare_query(&self, recorded: &Value, out: &mut Vec<String>) {
        let path = recorded["path"].as_str().unwrap();
        let got = self.query(path, &bytes_of(recorded, "request"), recorded["height"].as_u64()).await;
        let before = out.len();
        answer(path, recorded, &got, out);
        if out.len() == before && recorded["compare"] != "code" {
            let list = recorded["mask"].as_array().cloned().unwrap_or_default();
            let path_of = |m: &Value| m.as_str().unwrap().split('.').map(|n| n.parse().unwrap()).collect();
            let masks: Vec<Vec<u64>> = list.iter().map(path_of).collect();
            let blank = |v: &Value| wire::blank(&bytes_of(v, "value"), &masks);
            if blank(recorded) != blank(&got) {
                out.push(format!("{path}: another value"));
            }
        }
    }

    fn compare_deliver(recorded: &Value, got: &Value, out: &mut Vec<String>) {
        let result = &got["tx_result"];
        answer("deliver", recorded, result, out);
        let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), ToOwned::to_owned);
        if text(&recorded["gas_wanted"]) != text(&result["gas_wanted"]) {
            out.push(format!(
                "gas wanted: recorded {}, got {}",
                recorded["gas_wanted"], result["gas_wanted"]
            ));
        }
        compare::gas("deliver", &recorded["gas_used"], &result["gas_used"], DELIVER_GAS_PERCENT, out);
        let data = STANDARD.decode(result["data"].as_str().unwrap_or("")).unwrap();
        if wire::blank_tx_data(&bytes_of(recorded, "data")) != wire::blank_tx_data(&data) {
            out.push("other result data".into());
        }
        compare::events(&recorded["events"], &result["events"], out);
    }

    async fn step_tx(&mut self, step: &Value) -> Vec<String> {
        let mut out = Vec::new();
        let raw = bytes_of(step, "tx");
        let payer = step["payer"].as_str();
        let before = payer.map(|p| self.devnet.balance(p).unwrap());
        if step["wait_block_before"] == true {
            self.devnet.advance_blocks(1).unwrap();
        }
        if !step["simulate"].is_null() {
            let mut request = Vec::new();
            if !raw.is_empty() {
                wire::delimited(&mut request, 2, &raw);
            }
            let got = self.query("/cosmos.tx.v1beta1.Service/Simulate", &request, None).await;
            answer("simulate", &step["simulate"], &got, &mut out);
            if step["simulate"]["code"] == 0 && got["code"] == 0 {
                let value = bytes_of(&got, "value");
                let info = wire::fields(&value).unwrap().into_iter().find(|f| f.0 == 1).unwrap().2;
                let used = wire::fields(&info).unwrap().into_iter().find(|f| f.0 == 2).unwrap().2;
                let used = used.iter().rev().fold(0_u64, |n, b| n << 7 | u64::from(b & 127));
                compare::gas(
                    "simulate",
                    &step["simulate"]["gas_used"],
                    &json!(used),
                    SIMULATE_GAS_PERCENT,
                    &mut out,
                );
            }
        }
        let sent = self.call("broadcast_tx_sync", json!({"tx": STANDARD.encode(&raw)})).await;
        if step["rpc_error"].is_object() || sent["error"].is_object() {
            if step["rpc_error"] != sent["error"] {
                out.push(format!("broadcast: recorded {}, got {sent}", step["rpc_error"]));
            }
        } else {
            answer("check", &step["check"], &sent["result"], &mut out);
            if sent["result"]["hash"] != step["hash"] {
                out.push("another hash".into());
            }
        }
        if step["nowait"] == true {
            self.pending.push((step.clone(), before));
            return out;
        }
        let accepted = sent["result"]["code"] == 0;
        if accepted || step["wait_block_after"] == true {
            self.devnet.advance_blocks(1).unwrap();
        }
        if accepted {
            let got = self.tx(step["hash"].as_str().unwrap()).await;
            if got.is_some() != (step["included"] == true) {
                out.push(format!("included: recorded {}", step["included"]));
            } else if let Some(got) = got {
                Self::compare_deliver(&step["deliver"], &got, &mut out);
            }
        }
        if let (Some(payer), Some(before)) = (payer, before) {
            let delta = (self.devnet.balance(payer).unwrap() - before).to_string();
            if step["payer_delta"] != delta.as_str() {
                out.push(format!("payer delta: recorded {}, got {delta}", step["payer_delta"]));
            }
            let sequence = self.sequence(payer).await;
            if step["payer_sequence"] != sequence {
                out.push(format!("sequence: recorded {}, got {sequence}", step["payer_sequence"]));
            }
        }
        for query in step["queries"].as_array().into_iter().flatten() {
            self.compare_query(query, &mut out).await;
        }
        out
    }

    async fn step_drain(&mut self, step: &Value) -> Vec<String> {
        let mut out = Vec::new();
        self.devnet.advance_blocks(1).unwrap();
        let mut start = BTreeMap::new();
        let mut heights = Vec::new();
        for (tx, before) in std::mem::take(&mut self.pending) {
            if let (Some(payer), Some(before)) = (tx["payer"].as_str(), before) {
                start.entry(payer.to_owned()).or_insert(before);
            }
            if tx["included"] != true {
                continue;
            }
            match self.tx(tx["hash"].as_str().unwrap()).await {
                None => out.push(format!("{}: not in a block", tx["name"])),
                Some(got) => {
                    heights.push(got["height"].clone());
                    Self::compare_deliver(&tx["deliver"], &got, &mut out);
                }
            }
        }
        if step["same_block"] == true && heights.windows(2).any(|w| w[0] != w[1]) {
            out.push(format!("not in one block: {heights:?}"));
        }
        for account in step["accounts"].as_array().unwrap() {
            let address = account["address"].as_str().unwrap();
            if let Some(before) = start.get(address) {
                let delta = (self.devnet.balance(address).unwrap() - before).to_string();
                if account["delta"] != delta.as_str() {
                    out.push(format!("delta of {address}: recorded {}, got {delta}", account["delta"]));
                }
            }
            if account["sequence"] != self.sequence(address).await {
                out.push(format!("sequence of {address}: recorded {}", account["sequence"]));
            }
        }
        out
    }

    /// Sends a raw request; makes the block a waiting broadcast needs.
    async fn raw_with_block(&self, body: String) -> (u16, String) {
        let request = self.post(body);
        tokio::pin!(request);
        loop {
            tokio::select! {
                biased;
                answer = &mut request => return answer,
                () = tokio::task::yield_now() => {
                    if self.devnet.waiting() > 0 {
                        self.devnet.advance_blocks(1).unwrap();
                    }
                }
            }
        }
    }

    async fn step_rpc(&mut self, step: &Value) -> Vec<String> {
        let mut out = Vec::new();
        let mut body = step["request"].as_str().unwrap().to_owned();
        if let Some((_, after)) = body.clone().split_once("$HEIGHT:") {
            let hash = &after[..64];
            let height = self.tx(hash).await.map_or(json!("1"), |t| t["height"].clone());
            body = body.replace(&format!("$HEIGHT:{hash}"), height.as_str().unwrap());
        }
        let (status, text) = self.raw_with_block(body).await;
        if step["http_status"] != status {
            out.push(format!("HTTP status: recorded {}, got {status}", step["http_status"]));
        }
        let got: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let recorded = &step["response"];
        match step["compare"].as_str().unwrap() {
            "status" => {}
            "error" | "error-code" => {
                let exact = step["compare"] == "error";
                let keys = if exact { &["code", "message", "data"][..] } else { &["code", "message"][..] };
                for key in keys {
                    if recorded["error"][key] != got["error"][key] {
                        out.push(format!("error: recorded {}, got {got}", recorded["error"]));
                        break;
                    }
                }
            }
            _ => {
                shape(recorded, &got, "$", &mut out);
                if recorded.is_object() && recorded["id"] != got["id"] {
                    out.push("another id".into());
                }
            }
        }
        if self.devnet.waiting() > 0 {
            self.devnet.advance_blocks(1).unwrap();
        }
        if let Some(hash) = step["wait_tx"].as_str()
            && self.tx(hash).await.is_none()
        {
            out.push("the transaction is in no block".into());
        }
        out
    }

    async fn check_genesis(&self, genesis: &Value) -> Vec<String> {
        let mut out = Vec::new();
        let status = self.call("status", json!({})).await;
        if status["result"]["node_info"]["network"] != genesis["chain_id"] {
            out.push("another chain id".into());
        }
        for account in genesis["accounts"].as_array().unwrap() {
            let address = account["address"].as_str().unwrap();
            let balance = self.devnet.balance(address).unwrap().to_string();
            if account["balance"] != balance.as_str() || account["sequence"] != self.sequence(address).await {
                out.push(format!("{address} is not as in the genesis"));
            }
        }
        out
    }

    async fn play(packed: &[u8]) -> (usize, Vec<String>) {
        let corpus = corpus(packed);
        let mut config = DevnetConfig::new(Arc::new(chrono::Utc::now)).with_genesis_json(&corpus).unwrap();
        config.blocks = BlockMode::Manual;
        let devnet = start(config).await.unwrap();
        let mut player = Self { devnet, http: reqwest::Client::new(), failures: vec![], pending: vec![] };
        player.failures = player.check_genesis(&corpus["genesis"]).await;
        let steps = corpus["steps"].as_array().unwrap();
        for step in steps {
            let complaints = match step["kind"].as_str().unwrap() {
                "query" => {
                    let mut out = Vec::new();
                    player.compare_query(step, &mut out).await;
                    out
                }
                "tx" => player.step_tx(step).await,
                "drain" => player.step_drain(step).await,
                "rpc" => player.step_rpc(step).await,
                other => vec![format!("unknown kind of step {other}")],
            };
            // Optional steps are outside what clients need; they must not break the rest.
            if step["optional"] != true {
                let name = step["name"].as_str().unwrap();
                player.failures.extend(complaints.into_iter().map(|c| format!("{name}: {c}")));
            }
        }
        player.devnet.shutdown().await;
        (steps.len(), player.failures)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_step_with_fixed_dollar_fees() {
    let (steps, failures) = Player::play(include_bytes!("fixtures/ledger-corpus.json.gz")).await;
    assert_eq!(steps, 413);
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recorded_step_with_fee_ranges() {
    let (steps, failures) = Player::play(include_bytes!("fixtures/ledger-corpus-ranges.json.gz")).await;
    assert_eq!(steps, 30);
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
}
