//! Transaction methods.

use super::params::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, Page, Params};
use super::{Outcome, RpcError, RpcResult};
use crate::chain::block::{Block, result_json, upper};
use crate::chain::{Chain, SearchHit};
use crate::executor::TxResult;
use crate::faults::take;
use crate::tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The result of a check; events of a check are only those of the fee.
fn check_json(result: &TxResult) -> Value {
    result_json(result)
}

fn offer(chain: &mut Chain, bytes: &[u8]) -> Result<TxResult, RpcError> {
    let first = chain.offer(bytes).map_err(|e| RpcError::internal(e.to_string()))?;
    if take(&mut chain.faults.duplicates) {
        return chain.offer(bytes).map_err(|e| RpcError::internal(e.to_string()));
    }
    Ok(first)
}

fn brief(result: &TxResult, hash: &[u8; 32]) -> Value {
    json!({
        "code": result.code,
        "data": "",
        "log": result.log,
        "codespace": result.codespace,
        "hash": upper(hash),
    })
}

pub(super) fn broadcast(chain: &mut Chain, method: &str, params: &Params) -> Outcome {
    let bytes = match params.base64(0, "tx") {
        Ok(bytes) => bytes.unwrap_or_default(),
        Err(error) => return Outcome::Done(Err(error)),
    };
    let hash = tx::hash(&bytes);
    let result = match offer(chain, &bytes) {
        Ok(result) => result,
        // Nobody waits for the check of an asynchronous broadcast.
        Err(_) if method == "broadcast_tx_async" => TxResult::default(),
        Err(error) => return Outcome::Done(Err(error)),
    };
    match method {
        "broadcast_tx_async" => Outcome::Done(Ok(brief(&TxResult::default(), &hash))),
        "broadcast_tx_sync" => Outcome::Done(Ok(brief(&result, &hash))),
        _ if result.code != 0 => Outcome::Done(Ok(json!({
            "check_tx": check_json(&result),
            "tx_result": nothing(),
            "hash": upper(&hash),
            "height": "0",
        }))),
        _ => Outcome::AwaitCommit(hash, check_json(&result)),
    }
}

fn nothing() -> Value {
    let mut empty = result_json(&TxResult::default());
    if let Some(map) = empty.as_object_mut() {
        map.insert("data".into(), Value::Null);
    }
    empty
}

/// The answer of `broadcast_tx_commit` once the transaction is in a block.
pub fn committed(chain: &Chain, hash: &[u8; 32], check: &Value) -> Option<Value> {
    let hit = chain.find(hash)?;
    Some(json!({
        "check_tx": check,
        "tx_result": result_json(hit.result),
        "hash": upper(hash),
        "height": hit.height.to_string(),
    }))
}

/// Real transactions stand behind the injected oracle data, so positions shift by one.
fn hit_json(hit: &SearchHit<'_>) -> Value {
    json!({
        "hash": upper(&tx::hash(hit.bytes)),
        "height": hit.height.to_string(),
        "index": hit.position + 1,
        "tx_result": result_json(hit.result),
        "tx": STANDARD.encode(hit.bytes),
    })
}

fn with_proof(chain: &Chain, hit: &SearchHit<'_>, prove: bool) -> Value {
    let mut out = hit_json(hit);
    let block = chain.block(hit.height);
    if let (true, Some(map), Some(block)) = (prove, out.as_object_mut(), block) {
        let leaf = STANDARD.encode(tx::hash(hit.bytes));
        let aunt = STANDARD.encode(tx::hash(&block.injected()));
        let proof = json!({
            "total": (block.txs.len() + 1).to_string(),
            "index": (hit.position + 1).to_string(),
            "leaf_hash": leaf,
            "aunts": [aunt],
        });
        let root = block.header_json().get("data_hash").cloned().unwrap_or(Value::Null);
        let data = STANDARD.encode(hit.bytes);
        map.insert("proof".into(), json!({"root_hash": root, "data": data, "proof": proof}));
    }
    out
}

fn boolean(params: &Params, name: &str) -> bool {
    match params {
        Params::Named(map) => map.get(name).and_then(Value::as_bool).unwrap_or(false),
        Params::Listed(list) => list.get(1).and_then(Value::as_bool).unwrap_or(false),
        Params::Url(list) => list.iter().any(|(n, v)| n == name && v == "true"),
    }
}

pub(super) fn tx(chain: &Chain, params: &Params) -> RpcResult {
    let hash = params.base64(0, "hash")?.unwrap_or_default();
    match chain.find(&hash) {
        Some(hit) => Ok(with_proof(chain, &hit, boolean(params, "prove"))),
        None => Err(RpcError::internal(format!("tx ({}) not found", upper(&hash)))),
    }
}

fn injected_json(block: &Block) -> Value {
    let bytes = block.injected();
    json!({
        "hash": upper(&tx::hash(&bytes)),
        "height": block.height.to_string(),
        "index": 0,
        "tx_result": result_json(&Block::injected_result()),
        "tx": STANDARD.encode(bytes),
    })
}

/// The height of a query that asks for exactly one height.
fn single_height(query: &str) -> Option<u64> {
    let value = query.trim().strip_prefix("tx.height")?.trim_start().strip_prefix('=')?.trim();
    value.trim_matches('\'').parse().ok()
}

pub(super) fn tx_search(chain: &Chain, params: &Params) -> RpcResult {
    let query = params.text(0, "query")?.unwrap_or_default();
    let page = Page { number: params.integer(2, "page")?, size: params.integer(3, "per_page")? };
    let order = params.text(4, "order_by")?.unwrap_or_default();
    let hits = chain.search(&query).map_err(|e| RpcError::internal(e.to_string()))?;
    let mut all: Vec<Value> = Vec::new();
    if let Some(block) =
        single_height(&query).filter(|h| *h <= chain.shown_height()).and_then(|h| chain.block(h))
    {
        all.push(injected_json(block));
    }
    all.extend(hits.iter().map(hit_json));
    match order.as_str() {
        "" | "asc" => {}
        "desc" => all.reverse(),
        _ => return Err(RpcError::internal("expected order_by to be either `asc` or `desc` or empty")),
    }
    let total = all.len();
    let txs = page.of(all)?;
    Ok(json!({"txs": txs, "total_count": total.to_string()}))
}

pub(super) fn check_tx(chain: &Chain, params: &Params) -> RpcResult {
    let bytes = params.base64(0, "tx")?.unwrap_or_default();
    Ok(check_json(&chain.check_only(&bytes)))
}

fn counts(chain: &Chain, shown: usize, txs: &Value) -> Value {
    json!({
        "n_txs": shown.to_string(),
        "total": chain.waiting().count().to_string(),
        "total_bytes": chain.mempool_bytes().to_string(),
        "txs": txs,
    })
}

pub(super) fn unconfirmed(chain: &Chain, params: &Params) -> RpcResult {
    let limit =
        params.integer(0, "limit")?.and_then(|l| usize::try_from(l).ok()).unwrap_or(DEFAULT_PAGE_SIZE);
    let txs: Vec<_> =
        chain.waiting().take(limit.min(MAX_PAGE_SIZE)).map(|b| json!(STANDARD.encode(b))).collect();
    Ok(counts(chain, txs.len(), &Value::Array(txs.clone())))
}

pub(super) fn unconfirmed_count(chain: &Chain) -> Value {
    counts(chain, chain.waiting().count(), &Value::Null)
}
