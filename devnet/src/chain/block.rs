//! Blocks and the JSON around them. Hashes are the devnet's own digests with CometBFT's lengths.

use super::{Tags, digest};
use crate::blocklog::BlockRecord;
use crate::executor::TxResult;
use crate::tx;
use crate::validator;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Block protocol version.
const BLOCK_PROTOCOL: &str = "11";
/// Application protocol version.
pub const APP_PROTOCOL: &str = "4";

/// The event every block has of its own: the oracle's.
const BLOCK_EVENT: &str = "message";
/// Its attributes.
const BLOCK_EVENT_ATTRIBUTES: [(&str, &str); 2] = [("module", "oracle"), ("mode", "BeginBlock")];

/// A block with its results.
#[derive(Debug)]
pub struct Block {
    /// Height.
    pub height: u64,
    /// Time: seconds since 1970 and nanoseconds.
    pub time: (i64, i32),
    /// Transactions, without the injected oracle data.
    pub txs: Vec<Arc<[u8]>>,
    /// Their results.
    pub results: Vec<TxResult>,
    /// Block hash.
    pub hash: [u8; 32],
    /// Digest of the chain after this block.
    pub app_hash: [u8; 32],
    previous_hash: Option<[u8; 32]>,
    previous_app_hash: [u8; 32],
    previous_results_hash: [u8; 32],
    previous_time: (i64, i32),
    chain_id: String,
}

/// RFC 3339 in UTC with nanoseconds.
pub fn time_text((seconds, nanos): (i64, i32)) -> String {
    let time = DateTime::from_timestamp(seconds, u32::try_from(nanos).unwrap_or(0)).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// Upper-case hex.
pub fn upper(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

/// Address of the validator: the first 20 bytes of SHA-256 of its key.
pub fn validator_address() -> String {
    upper(Sha256::digest(validator::public_key()).get(..20).unwrap_or_default())
}

/// Digest of transaction results.
pub fn results_hash(results: &[TxResult]) -> [u8; 32] {
    let mut parts = Vec::new();
    for result in results {
        let events: Vec<_> = result.events.iter().map(crate::events::Event::to_json).collect();
        let events = Value::Array(events).to_string();
        let code = result.code.to_le_bytes();
        let gas = result.gas_used.to_le_bytes();
        parts.push(digest(&[&code, result.codespace.as_bytes(), &result.data, &gas, events.as_bytes()]));
    }
    digest(&parts.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
}

fn empty_digest() -> [u8; 32] {
    Sha256::digest([]).into()
}

/// A result as CometBFT shows it; `data` of a successful check is the empty string, of a failure null.
pub fn result_json(result: &TxResult) -> Value {
    let data = if result.code == 0 { json!(STANDARD.encode(&result.data)) } else { Value::Null };
    let events: Vec<_> = result.events.iter().map(crate::events::Event::to_json).collect();
    json!({
        "code": result.code,
        "data": data,
        "log": result.log,
        "info": "",
        "gas_wanted": result.gas_wanted.to_string(),
        "gas_used": result.gas_used.to_string(),
        "events": events,
        "codespace": result.codespace,
    })
}

impl Block {
    /// Completes an executed block.
    pub(super) fn new(
        chain_id: &str,
        record: BlockRecord,
        results: Vec<TxResult>,
        previous: Option<&Block>,
        initial_app_hash: [u8; 32],
    ) -> Self {
        let app_hash = record.app_hash.as_slice().try_into().unwrap_or([0; 32]);
        let mut block = Self {
            height: record.height,
            time: (record.seconds, record.nanos),
            txs: record.txs.into_iter().map(Arc::from).collect(),
            results,
            hash: [0; 32],
            app_hash,
            previous_hash: previous.map(|p| p.hash),
            previous_app_hash: previous.map_or(initial_app_hash, |p| p.app_hash),
            previous_results_hash: previous.map_or_else(empty_digest, |p| results_hash(&p.results)),
            previous_time: previous.map_or((record.seconds, record.nanos), |p| p.time),
            chain_id: chain_id.to_owned(),
        };
        block.hash = digest(&[block.header_json().to_string().as_bytes()]);
        block
    }

    /// Oracle data that the ledger puts in front of the transactions of every block. It is not a transaction.
    pub fn injected(&self) -> Vec<u8> {
        format!("devnet oracle votes of block {}", self.height).into_bytes()
    }

    /// Result of the injected data.
    pub fn injected_result() -> TxResult {
        TxResult { codespace: "sdk", code: 2, log: "tx parse error".into(), ..TxResult::default() }
    }

    fn data_hash(&self) -> [u8; 32] {
        let hashes: Vec<_> = self.txs.iter().map(|t| tx::hash(t)).collect();
        digest(&hashes.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
    }

    fn parts_json(hash: Option<[u8; 32]>) -> Value {
        match hash {
            None => json!({"hash": "", "parts": {"total": 0, "hash": ""}}),
            Some(hash) => {
                json!({"hash": upper(&hash), "parts": {"total": 1, "hash": upper(&digest(&[&hash]))}})
            }
        }
    }

    /// The block id.
    pub fn id_json(&self) -> Value {
        Self::parts_json(Some(self.hash))
    }

    /// The application digest in the header: the one after the block before.
    pub fn header_app_hash(&self) -> String {
        upper(&self.previous_app_hash)
    }

    /// The header.
    pub fn header_json(&self) -> Value {
        let validators = upper(&digest(&[&validator::public_key()]));
        json!({
            "version": {"block": BLOCK_PROTOCOL, "app": APP_PROTOCOL},
            "chain_id": self.chain_id,
            "height": self.height.to_string(),
            "time": time_text(self.time),
            "last_block_id": Self::parts_json(self.previous_hash),
            "last_commit_hash": upper(&digest(&[b"commit", &self.previous_hash.unwrap_or_default()])),
            "data_hash": upper(&self.data_hash()),
            "validators_hash": validators,
            "next_validators_hash": validators,
            "consensus_hash": upper(&digest(&[b"consensus"])),
            "app_hash": upper(&self.previous_app_hash),
            "last_results_hash": upper(&self.previous_results_hash),
            "evidence_hash": upper(&empty_digest()),
            "proposer_address": validator_address(),
        })
    }

    fn signatures_json(hash: &[u8; 32], time: (i64, i32)) -> Value {
        json!([{
            "block_id_flag": 2,
            "validator_address": validator_address(),
            "timestamp": time_text(time),
            "signature": STANDARD.encode(validator::sign(hash)),
        }])
    }

    /// The commit for this block.
    pub fn commit_json(&self) -> Value {
        json!({
            "height": self.height.to_string(),
            "round": 0,
            "block_id": self.id_json(),
            "signatures": Self::signatures_json(&self.hash, self.time),
        })
    }

    fn last_commit_json(&self) -> Value {
        let signatures = match &self.previous_hash {
            None => json!([]),
            Some(hash) => Self::signatures_json(hash, self.previous_time),
        };
        json!({
            "height": self.height.saturating_sub(1).to_string(),
            "round": 0,
            "block_id": Self::parts_json(self.previous_hash),
            "signatures": signatures,
        })
    }

    /// Events of the block itself, as CometBFT shows them.
    pub fn events_json() -> Value {
        let attributes: Vec<_> = BLOCK_EVENT_ATTRIBUTES
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value, "index": true}))
            .collect();
        json!([{"type": BLOCK_EVENT, "attributes": attributes}])
    }

    /// What `block_search` finds it by.
    pub fn tags(&self) -> Tags {
        let mut tags = Tags::from([("block.height".to_owned(), vec![self.height.to_string()])]);
        for (key, value) in BLOCK_EVENT_ATTRIBUTES {
            tags.insert(format!("{BLOCK_EVENT}.{key}"), vec![value.to_owned()]);
        }
        tags
    }

    /// Header and size, as a list of blocks shows them.
    pub fn meta_json(&self) -> Value {
        let size = self.txs.iter().map(|tx| tx.len()).sum::<usize>() + self.injected().len();
        json!({
            "block_id": self.id_json(),
            "block_size": size.to_string(),
            "header": self.header_json(),
            "num_txs": (self.txs.len() + 1).to_string(),
        })
    }

    /// The whole block.
    pub fn to_json(&self) -> Value {
        let mut txs = vec![STANDARD.encode(self.injected())];
        txs.extend(self.txs.iter().map(|t| STANDARD.encode(t)));
        json!({
            "block_id": self.id_json(),
            "block": {
                "header": self.header_json(),
                "data": {"txs": txs},
                "evidence": {"evidence": []},
                "last_commit": self.last_commit_json(),
            },
        })
    }
}
