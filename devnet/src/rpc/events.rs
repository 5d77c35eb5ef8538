//! What a block tells subscribers: itself, its header, its events, and each of its transactions.

use super::blocks;
use crate::chain::block::{Block, result_json, upper};
use crate::chain::{Chain, Tags};
use crate::executor::TxResult;
use crate::tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// One event: what it is found by, and its `data` member.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Keys and values, `tm.event` among them.
    pub tags: Tags,
    /// `{"type": …, "value": …}`.
    pub data: Value,
}

fn told(kind: &str, mut tags: Tags, value: &Value) -> Told {
    tags.insert("tm.event".into(), vec![kind.to_owned()]);
    Told { tags, data: json!({"type": format!("tendermint/event/{kind}"), "value": value}) }
}

fn of_transaction(block: &Block, index: usize, bytes: &[u8], result: &TxResult) -> Told {
    let mut tags = Tags::from([
        ("tx.hash".to_owned(), vec![upper(&tx::hash(bytes))]),
        ("tx.height".to_owned(), vec![block.height.to_string()]),
    ]);
    for event in &result.events {
        for (key, value) in &event.attributes {
            tags.entry(format!("{}.{key}", event.kind)).or_default().push(value.clone());
        }
    }
    let value = json!({"TxResult": {
        "height": block.height.to_string(),
        "index": index,
        "tx": STANDARD.encode(bytes),
        "result": result_json(result),
    }});
    told("Tx", tags, &value)
}

/// Everything a block tells, in CometBFT's order; nothing for a height that is not there.
pub fn of_block(chain: &Chain, height: u64) -> Vec<Told> {
    let Some(block) = chain.block(height) else { return Vec::new() };
    let mut tags = block.tags();
    tags.remove("block.height");
    let mut whole = block.to_json();
    if let Some(map) = whole.as_object_mut() {
        let results = json!({
            "events": Block::events_json(),
            "tx_results": blocks::results(block),
            "validator_updates": null,
            "consensus_param_updates": blocks::consensus(chain),
            "app_hash": STANDARD.encode(block.app_hash),
        });
        map.insert("result_finalize_block".into(), results);
    }
    let header = json!({"header": block.header_json()});
    let events = json!({
        "height": block.height.to_string(),
        "events": Block::events_json(),
        "num_txs": (block.txs.len() + 1).to_string(),
    });
    let mut out = vec![
        told("NewBlock", tags.clone(), &whole),
        told("NewBlockHeader", Tags::new(), &header),
        told("NewBlockEvents", tags, &events),
        of_transaction(block, 0, &block.injected(), &Block::injected_result()),
    ];
    let entries = block.txs.iter().zip(&block.results).enumerate();
    out.extend(entries.map(|(position, (bytes, result))| of_transaction(block, position + 1, bytes, result)));
    out
}
