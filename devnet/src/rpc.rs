//! JSON-RPC over HTTP: envelope, parameters and dispatch.

mod blocks;
pub mod events;
pub mod params;
pub mod txs;

use crate::chain::Chain;
use crate::query::{self, cosmos};
use params::Params;
use serde_json::{Value, json};

/// A JSON-RPC error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpcError {
    /// Code.
    pub code: i64,
    /// Message of the code.
    pub message: &'static str,
    /// What happened.
    pub data: Option<String>,
}

/// A result or an error.
pub type RpcResult = Result<Value, RpcError>;

impl RpcError {
    /// −32603: the method failed.
    pub fn internal(data: impl Into<String>) -> Self {
        Self { code: -32603, message: "Internal error", data: Some(data.into()) }
    }

    /// −32602: unusable parameters.
    pub fn params(data: impl std::fmt::Display) -> Self {
        let data = Some(format!("error converting json params to arguments: {data}"));
        Self { code: -32602, message: "Invalid params", data }
    }

    /// −32601: no such method.
    pub fn method() -> Self {
        Self { code: -32601, message: "Method not found", data: None }
    }

    /// −32600: not a request.
    pub fn request(data: impl Into<String>) -> Self {
        Self { code: -32600, message: "Invalid Request", data: Some(data.into()) }
    }

    /// −32700: not JSON.
    pub fn parse(data: impl Into<String>) -> Self {
        Self { code: -32700, message: "Parse error. Invalid JSON", data: Some(data.into()) }
    }

    fn to_json(&self) -> Value {
        let mut out = json!({"code": self.code, "message": self.message});
        if let (Some(data), Some(map)) = (&self.data, out.as_object_mut()) {
            map.insert("data".into(), json!(data));
        }
        out
    }
}

/// Wraps a result in the envelope; `id` is echoed as it came.
pub fn envelope(id: Option<&Value>, result: RpcResult) -> Value {
    let mut out = json!({"jsonrpc": "2.0"});
    if let Some(map) = out.as_object_mut() {
        if let Some(id) = id {
            map.insert("id".into(), id.clone());
        }
        match result {
            Ok(result) => map.insert("result".into(), result),
            Err(error) => map.insert("error".into(), error.to_json()),
        };
    }
    out
}

/// Methods that put a transaction into the mempool.
pub fn is_broadcast(method: &str) -> bool {
    matches!(method, "broadcast_tx_sync" | "broadcast_tx_async" | "broadcast_tx_commit")
}

/// What to do after a call.
pub enum Outcome {
    /// Answer this.
    Done(RpcResult),
    /// Answer when this transaction is in a block: its hash and the answer of the check.
    AwaitCommit([u8; 32], Value),
}

/// Executes a method. `accepted` is told whether a transaction came into the mempool.
pub fn call(chain: &mut Chain, method: &str, params: &Params) -> Outcome {
    if is_broadcast(method) {
        return txs::broadcast(chain, method, params);
    }
    Outcome::Done(read(chain, method, params))
}

fn read(chain: &Chain, method: &str, params: &Params) -> RpcResult {
    match method {
        "health" => Ok(json!({})),
        "status" => Ok(blocks::status(chain)),
        "abci_info" => Ok(blocks::abci_info(chain)),
        "abci_query" => abci_query(chain, params),
        "net_info" => {
            Ok(json!({"listening": true, "listeners": ["Listener(@)"], "n_peers": "0", "peers": []}))
        }
        "genesis" => blocks::genesis(chain),
        "block" => blocks::block(chain, params),
        "block_by_hash" => blocks::block_by_hash(chain, params),
        "block_results" => blocks::block_results(chain, params),
        "blockchain" => blocks::blockchain(chain, params),
        "block_search" => blocks::block_search(chain, params),
        "header" => blocks::header(chain, params),
        "commit" => blocks::commit(chain, params),
        "validators" => blocks::validators(chain, params),
        "consensus_params" => blocks::consensus_params(chain, params),
        "unconfirmed_txs" => txs::unconfirmed(chain, params),
        "num_unconfirmed_txs" => Ok(txs::unconfirmed_count(chain)),
        "tx" => txs::tx(chain, params),
        "tx_search" => txs::tx_search(chain, params),
        "check_tx" => txs::check_tx(chain, params),
        _ => Err(RpcError::method()),
    }
}

fn abci_query(chain: &Chain, params: &Params) -> RpcResult {
    use base64::Engine;
    let path = params.text(0, "path")?.unwrap_or_default();
    let data = params.hex(1, "data")?.unwrap_or_default();
    let height = params.integer(2, "height")?.unwrap_or(0);
    let height = u64::try_from(height).map_err(|_| RpcError::internal("height cannot be negative"))?;
    let answer = query::run(chain, &path, &data, height);
    let value = match answer.value.as_slice() {
        [] => Value::Null,
        bytes => json!(base64::engine::general_purpose::STANDARD.encode(bytes)),
    };
    Ok(json!({"response": {
        "code": answer.code,
        "log": answer.log,
        "info": "",
        "index": "0",
        "key": null,
        "value": value,
        "proofOps": null,
        "height": chain.shown_height().to_string(),
        "codespace": answer.codespace,
    }}))
}

/// The node's identity, in `status`.
fn node_info(chain: &Chain) -> Value {
    json!({
        "protocol_version": {"p2p": "8", "block": "11", "app": "4"},
        "id": cosmos::NODE_ID,
        "listen_addr": "tcp://0.0.0.0:26656",
        "network": chain.env().chain_id,
        "version": cosmos::COMET_VERSION,
        "channels": "40202122233038606100",
        "moniker": "devnet",
        "other": {"tx_index": "on", "rpc_address": "tcp://0.0.0.0:26657"},
    })
}
