//! Block, validator and status methods.

use super::params::{Page, Params};
use super::{RpcError, RpcResult, node_info};
use crate::chain::Chain;
use crate::chain::block::{APP_PROTOCOL, Block, result_json, time_text, upper, validator_address};
use crate::validator;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Voting power of the validator.
const VOTING_POWER: &str = "1000000000";

/// Most headers in one answer of `blockchain`.
const MAX_BLOCK_METAS: u64 = 20;

fn newest(chain: &Chain) -> Option<&Block> {
    chain.block(chain.shown_height())
}

pub(super) fn status(chain: &Chain) -> Value {
    let describe = |block: Option<&Block>| match block {
        None => [String::new(), String::new(), "0".into(), time_text((0, 0))],
        Some(b) => [upper(&b.hash), b.header_app_hash(), b.height.to_string(), time_text(b.time)],
    };
    let [latest_hash, latest_app_hash, latest_height, latest_time] = describe(newest(chain));
    let [earliest_hash, earliest_app_hash, earliest_height, earliest_time] = describe(chain.block(1));
    json!({
        "node_info": node_info(chain),
        "sync_info": {
            "latest_block_hash": latest_hash,
            "latest_app_hash": latest_app_hash,
            "latest_block_height": latest_height,
            "latest_block_time": latest_time,
            "earliest_block_hash": earliest_hash,
            "earliest_app_hash": earliest_app_hash,
            "earliest_block_height": earliest_height,
            "earliest_block_time": earliest_time,
            "catching_up": false,
        },
        "validator_info": {
            "address": validator_address(),
            "pub_key": {"type": "tendermint/PubKeyEd25519", "value": STANDARD.encode(validator::public_key())},
            "voting_power": VOTING_POWER,
        },
    })
}

pub(super) fn abci_info(chain: &Chain) -> Value {
    let hash = newest(chain).map_or_else(|| chain.initial_app_hash(), |b| b.app_hash);
    json!({"response": {
        "data": "cheqd-node",
        "version": "4.2.0",
        "app_version": APP_PROTOCOL,
        "last_block_height": chain.shown_height().to_string(),
        "last_block_app_hash": STANDARD.encode(hash),
    }})
}

fn height_of(chain: &Chain, params: &Params) -> Result<u64, RpcError> {
    let latest = chain.shown_height();
    let Some(height) = params.integer(0, "height")? else { return Ok(latest) };
    match u64::try_from(height) {
        Ok(h) if h > latest => Err(RpcError::internal(format!(
            "height {h} must be less than or equal to the current blockchain height {latest}"
        ))),
        Ok(h) if h > 0 => Ok(h),
        _ => Err(RpcError::internal(format!("height must be greater than 0, but got {height}"))),
    }
}

fn asked<'a>(chain: &'a Chain, params: &Params) -> Result<&'a Block, RpcError> {
    let height = height_of(chain, params)?;
    chain.block(height).ok_or_else(|| RpcError::internal(format!("height {height} is not available")))
}

pub(super) fn block(chain: &Chain, params: &Params) -> RpcResult {
    Ok(asked(chain, params)?.to_json())
}

pub(super) fn block_by_hash(chain: &Chain, params: &Params) -> RpcResult {
    let hash = params.base64(0, "hash")?.unwrap_or_default();
    let mut heights = (1..=chain.shown_height()).rev().filter_map(|h| chain.block(h));
    let found = heights.find(|b| b.hash.as_slice() == hash);
    Ok(found.map_or_else(
        || json!({"block_id": {"hash": "", "parts": {"total": 0, "hash": ""}}, "block": null}),
        Block::to_json,
    ))
}

/// Headers of a range of heights, newest first, at most [`MAX_BLOCK_METAS`].
pub(super) fn blockchain(chain: &Chain, params: &Params) -> RpcResult {
    let latest = chain.shown_height();
    let bound = |position, name| match params.integer(position, name)? {
        None => Ok(0),
        Some(height) => u64::try_from(height).map_err(|_| RpcError::internal("heights must be non-negative")),
    };
    let (low, high) = (bound(0, "minHeight")?.max(1), bound(1, "maxHeight")?);
    let high = if high == 0 { latest } else { high.min(latest) };
    let low = low.max(high.saturating_sub(MAX_BLOCK_METAS - 1));
    if low > high {
        return Err(RpcError::internal(format!("min height {low} can't be greater than max height {high}")));
    }
    let metas: Vec<_> = (low..=high).rev().filter_map(|h| chain.block(h)).map(Block::meta_json).collect();
    Ok(json!({"last_height": latest.to_string(), "block_metas": metas}))
}

/// Blocks by height and block events, newest first unless asked otherwise.
pub(super) fn block_search(chain: &Chain, params: &Params) -> RpcResult {
    let query = params.text(0, "query")?.unwrap_or_default();
    let page = Page { number: params.integer(1, "page")?, size: params.integer(2, "per_page")? };
    let order = params.text(3, "order_by")?.unwrap_or_default();
    let mut found = chain.search_blocks(&query).map_err(|e| RpcError::internal(e.to_string()))?;
    match order.as_str() {
        "asc" => {}
        "" | "desc" => found.reverse(),
        _ => return Err(RpcError::internal("expected order_by to be either `asc` or `desc` or empty")),
    }
    let total = found.len();
    let blocks: Vec<_> = page.of(found)?.into_iter().map(Block::to_json).collect();
    Ok(json!({"blocks": blocks, "total_count": total.to_string()}))
}

pub(super) fn consensus(chain: &Chain) -> Value {
    let limits = &chain.genesis.block_params;
    json!({
        "block": {"max_bytes": limits.max_bytes.to_string(), "max_gas": limits.max_gas.to_string()},
        "evidence": {"max_age_num_blocks": "100000", "max_age_duration": "172800000000000", "max_bytes": "1048576"},
        "validator": {"pub_key_types": ["ed25519"]},
        "version": {"app": APP_PROTOCOL},
        "abci": {"vote_extensions_enable_height": "2"},
    })
}

/// Results of all transactions of a block, the injected data first.
pub(super) fn results(block: &Block) -> Vec<Value> {
    let mut results = vec![result_json(&Block::injected_result())];
    results.extend(block.results.iter().map(result_json));
    results
}

pub(super) fn block_results(chain: &Chain, params: &Params) -> RpcResult {
    let block = asked(chain, params)?;
    Ok(json!({
        "height": block.height.to_string(),
        "txs_results": results(block),
        "finalize_block_events": Block::events_json(),
        "validator_updates": null,
        "consensus_param_updates": consensus(chain),
        "app_hash": STANDARD.encode(block.app_hash),
    }))
}

pub(super) fn header(chain: &Chain, params: &Params) -> RpcResult {
    Ok(json!({"header": asked(chain, params)?.header_json()}))
}

pub(super) fn commit(chain: &Chain, params: &Params) -> RpcResult {
    let block = asked(chain, params)?;
    let canonical = block.height < chain.shown_height();
    Ok(json!({
        "signed_header": {"header": block.header_json(), "commit": block.commit_json()},
        "canonical": canonical,
    }))
}

pub(super) fn validators(chain: &Chain, params: &Params) -> RpcResult {
    let height = height_of(chain, params)?;
    Ok(json!({
        "block_height": height.to_string(),
        "validators": [{
            "address": validator_address(),
            "pub_key": {"type": "tendermint/PubKeyEd25519", "value": STANDARD.encode(validator::public_key())},
            "voting_power": VOTING_POWER,
            "proposer_priority": "0",
        }],
        "count": "1",
        "total": "1",
    }))
}

pub(super) fn consensus_params(chain: &Chain, params: &Params) -> RpcResult {
    let height = height_of(chain, params)?;
    Ok(json!({"block_height": height.to_string(), "consensus_params": consensus(chain)}))
}

pub(super) fn genesis(chain: &Chain) -> RpcResult {
    let state = serde_json::to_value(&chain.genesis).map_err(|e| RpcError::internal(e.to_string()))?;
    let time = chain.block(1).map_or((0, 0), |b| b.time);
    Ok(json!({"genesis": {
        "genesis_time": time_text(time),
        "chain_id": chain.env().chain_id,
        "initial_height": "1",
        "consensus_params": consensus(chain),
        "validators": [{
            "address": validator_address(),
            "pub_key": {"type": "tendermint/PubKeyEd25519", "value": STANDARD.encode(validator::public_key())},
            "power": VOTING_POWER,
            "name": "devnet",
        }],
        "app_hash": upper(&chain.initial_app_hash()),
        "app_state": state,
    }}))
}
