//! Account, balance, fee market, node and transaction queries.

use super::{Refusal, Reply, request, respond, unknown_path};
use crate::chain::{Chain, SearchHit};
use crate::coins::{self, NCHEQ};
use crate::executor::TxResult;
use crate::state::{accounts, bank as balances};
use crate::{ante, bech32, feemarket as market, tx};
use proto::cosmos::auth::v1beta1::{
    BaseAccount, Params as AuthParams, QueryAccountRequest, QueryAccountResponse,
    QueryParamsResponse as AuthParamsResponse,
};
use proto::cosmos::bank::v1beta1::{
    DenomUnit, Metadata, QueryAllBalancesRequest, QueryAllBalancesResponse, QueryBalanceRequest,
    QueryBalanceResponse, QueryDenomMetadataRequest, QueryDenomMetadataResponse, QueryDenomsMetadataResponse,
    QuerySupplyOfRequest, QuerySupplyOfResponse, QueryTotalSupplyRequest, QueryTotalSupplyResponse,
};
use proto::cosmos::base::abci::v1beta1::{GasInfo, Result as SimulationResult, TxMsgData, TxResponse};
use proto::cosmos::base::query::v1beta1::PageResponse;
use proto::cosmos::base::tendermint::v1beta1::{GetNodeInfoResponse, VersionInfo};
use proto::cosmos::base::v1beta1::DecCoin;
use proto::cosmos::tx::v1beta1::{GetTxRequest, GetTxResponse, SimulateRequest, SimulateResponse, Tx};
use proto::feemarket::feemarket::v1::{
    GasPriceRequest, GasPriceResponse, GasPricesResponse, Params as MarketParams, ParamsResponse, State,
    StateResponse,
};
use proto::google::protobuf::Any;
use proto::tendermint::abci::{Event, EventAttribute};
use proto::tendermint::p2p::{DefaultNodeInfo, DefaultNodeInfoOther, ProtocolVersion};
use proto::{Message, to_any};

/// Version of the node software whose rules are followed.
pub(super) const VERSION: &str = "4.2.0";
/// CometBFT version; clients choose their decoder by it.
pub const COMET_VERSION: &str = "0.38.19";
/// Node id.
pub const NODE_ID: &str = "6465766e65746465766e65746465766e65746465";

/// Fee market queries.
pub(super) fn feemarket(method: &str, data: &[u8]) -> Reply {
    let price = || DecCoin { denom: NCHEQ.into(), amount: market::BASE_GAS_PRICE_SCALED.into() };
    let one = || market::BASE_GAS_PRICE_SCALED.to_owned();
    let rate = || "125000000000000000".to_owned();
    match method {
        "GasPrice" => {
            let asked: GasPriceRequest = request(data)?;
            if asked.denom != NCHEQ {
                return Err(Refusal::Invalid(format!("denom {} not registered in host zone", asked.denom)));
            }
            respond(&GasPriceResponse { price: Some(price()) })
        }
        "GasPrices" => respond(&GasPricesResponse { prices: vec![price()] }),
        "Params" => {
            let params = MarketParams {
                alpha: "0".into(),
                beta: one(),
                gamma: "0".into(),
                delta: "0".into(),
                min_base_gas_price: one(),
                min_learning_rate: rate(),
                max_learning_rate: rate(),
                max_block_utilization: 30_000_000,
                window: 1,
                fee_denom: NCHEQ.into(),
                enabled: true,
                distribute_fees: false,
            };
            respond(&ParamsResponse { params: Some(params) })
        }
        "State" => {
            let state = State { base_gas_price: one(), learning_rate: rate(), window: vec![0], index: 0 };
            respond(&StateResponse { state: Some(state) })
        }
        _ => unknown_path(),
    }
}

pub(super) fn address(text: &str) -> Result<Vec<u8>, Refusal> {
    if text.is_empty() {
        return Err(Refusal::Invalid(
            "rpc error: code = InvalidArgument desc = Address cannot be empty".into(),
        ));
    }
    let (prefix, bytes) =
        bech32::decode(text).map_err(|e| Refusal::Invalid(format!("decoding bech32 failed: {e}")))?;
    if prefix != bech32::ACCOUNT_PREFIX {
        let expected = bech32::ACCOUNT_PREFIX;
        let text = format!("hrp does not match bech32 prefix: expected '{expected}' got '{prefix}'");
        return Err(Refusal::Unknown(format!("{text}: internal logic error")));
    }
    Ok(bytes)
}

fn with_skew(chain: &Chain, mut account: BaseAccount) -> BaseAccount {
    if let Some((address, delta)) = &chain.faults.wrong_sequence
        && *address == account.address
    {
        account.sequence = account.sequence.saturating_add_signed(*delta);
    }
    account
}

/// Account queries.
pub(super) fn auth(chain: &Chain, method: &str, data: &[u8]) -> Reply {
    match method {
        "Account" => {
            let asked: QueryAccountRequest = request(data)?;
            let bytes = address(&asked.address)?;
            match chain.read(|ctx| accounts::peek(ctx, &bytes)) {
                Some(account) => {
                    let account = Some(to_any(&with_skew(chain, account)));
                    respond(&QueryAccountResponse { account })
                }
                None => Err(Refusal::NotFound(format!("account {} not found", asked.address))),
            }
        }
        "Params" => {
            let params = AuthParams {
                max_memo_characters: ante::MAX_MEMO_CHARS as u64,
                tx_sig_limit: ante::MAX_SIGNATURES as u64,
                tx_size_cost_per_byte: ante::GAS_PER_TX_BYTE,
                sig_verify_cost_ed25519: 590,
                sig_verify_cost_secp256k1: ante::GAS_SECP256K1,
            };
            respond(&AuthParamsResponse { params: Some(params) })
        }
        _ => unknown_path(),
    }
}

fn denom(text: &str) -> Result<(), Refusal> {
    if coins::valid_denom(text) {
        return Ok(());
    }
    Err(Refusal::Invalid(format!("rpc error: code = InvalidArgument desc = invalid denom: {text}")))
}

fn counted(rows: usize) -> PageResponse {
    PageResponse { total: u64::try_from(rows).unwrap_or(0), ..PageResponse::default() }
}

/// How the ledger's coin is shown.
fn cheq() -> Metadata {
    let unit = |denom: &str, exponent| DenomUnit { denom: denom.into(), exponent, aliases: Vec::new() };
    Metadata {
        description: "The native token of the cheqd network.".into(),
        denom_units: vec![unit(NCHEQ, 0), unit("cheq", 9)],
        base: NCHEQ.into(),
        display: "cheq".into(),
        name: "cheqd".into(),
        symbol: "CHEQ".into(),
    }
}

/// Balance queries.
pub(super) fn bank(chain: &Chain, method: &str, data: &[u8]) -> Reply {
    match method {
        // Nothing is locked here: what there is can be spent.
        "Balance" | "SpendableBalanceByDenom" => {
            let asked: QueryBalanceRequest = request(data)?;
            denom(&asked.denom)?;
            let bytes = address(&asked.address)?;
            let amount = chain.read(|ctx| balances::peek(ctx, &bytes, &asked.denom));
            respond(&QueryBalanceResponse { balance: Some(coins::coin(&asked.denom, amount)) })
        }
        "AllBalances" | "SpendableBalances" => {
            let asked: QueryAllBalancesRequest = request(data)?;
            let bytes = address(&asked.address)?;
            let balances = chain.read(|ctx| balances::peek_all(ctx, &bytes));
            respond(&QueryAllBalancesResponse { pagination: Some(counted(balances.len())), balances })
        }
        "SupplyOf" => {
            let asked: QuerySupplyOfRequest = request(data)?;
            denom(&asked.denom)?;
            let amount = chain.read(|ctx| balances::peek_supply(ctx, &asked.denom));
            respond(&QuerySupplyOfResponse { amount: Some(coins::coin(&asked.denom, amount)) })
        }
        "TotalSupply" => {
            let _: QueryTotalSupplyRequest = request(data)?;
            let supply = chain.read(|ctx| balances::peek_supplies(ctx));
            respond(&QueryTotalSupplyResponse { pagination: Some(counted(supply.len())), supply })
        }
        "DenomMetadata" => {
            let asked: QueryDenomMetadataRequest = request(data)?;
            denom(&asked.denom)?;
            if asked.denom != NCHEQ {
                return Err(Refusal::NotFound(format!("client metadata for denom {}", asked.denom)));
            }
            respond(&QueryDenomMetadataResponse { metadata: Some(cheq()) })
        }
        "DenomsMetadata" => {
            respond(&QueryDenomsMetadataResponse { metadatas: vec![cheq()], pagination: Some(counted(1)) })
        }
        _ => unknown_path(),
    }
}

/// Node information.
pub(super) fn node(chain: &Chain, method: &str) -> Reply {
    if method != "GetNodeInfo" {
        return unknown_path();
    }
    let info = DefaultNodeInfo {
        protocol_version: Some(ProtocolVersion { p2p: 8, block: 11, app: 4 }),
        default_node_id: NODE_ID.into(),
        listen_addr: "tcp://0.0.0.0:26656".into(),
        network: chain.env().chain_id.clone(),
        version: COMET_VERSION.into(),
        channels: vec![0x40, 0x20, 0x21, 0x22, 0x23, 0x30, 0x38, 0x60, 0x61, 0],
        moniker: "devnet".into(),
        other: Some(DefaultNodeInfoOther {
            tx_index: "on".into(),
            rpc_address: "tcp://0.0.0.0:26657".into(),
        }),
    };
    let version = VersionInfo {
        name: "cheqd-node".into(),
        app_name: "cheqd-noded".into(),
        version: VERSION.into(),
        git_commit: "devnet".into(),
        ..VersionInfo::default()
    };
    respond(&GetNodeInfoResponse { default_node_info: Some(info), application_version: Some(version) })
}

/// Consensus parameters, encoded by hand: nobody else needs these messages.
pub(super) fn consensus(chain: &Chain, method: &str) -> Reply {
    if method != "Params" {
        return unknown_path();
    }
    let limits = &chain.genesis.block_params;
    let block = numbers(&[(1, limits.max_bytes), (2, limits.max_gas)]);
    let age = numbers(&[(1, 172_800)]);
    let mut evidence = numbers(&[(1, 100_000)]);
    evidence.extend(field(2, &age));
    evidence.extend(numbers(&[(3, 1_048_576)]));
    let mut params = field(1, &block);
    params.extend(field(2, &evidence));
    params.extend(field(3, &field(1, b"ed25519")));
    params.extend(field(4, &numbers(&[(1, 4)])));
    params.extend(field(5, &numbers(&[(1, 2)])));
    Ok(field(1, &params))
}

fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    prost::encoding::encode_key(number, prost::encoding::WireType::LengthDelimited, &mut out);
    prost::encoding::encode_varint(u64::try_from(content.len()).unwrap_or(0), &mut out);
    out.extend_from_slice(content);
    out
}

fn numbers(values: &[(u32, i64)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, value) in values {
        prost::encoding::int64::encode(*number, value, &mut out);
    }
    out
}

fn events(result: &TxResult) -> Vec<Event> {
    let attribute = |(key, value): &(&'static str, String)| EventAttribute {
        key: (*key).into(),
        value: value.clone(),
        index: true,
    };
    let event = |e: &crate::events::Event| Event {
        r#type: e.kind.into(),
        attributes: e.attributes.iter().map(attribute).collect(),
    };
    result.events.iter().map(event).collect()
}

fn simulate(chain: &Chain, data: &[u8]) -> Reply {
    let asked: SimulateRequest = request(data)?;
    if asked.tx_bytes.is_empty() {
        let text = "rpc error: code = InvalidArgument desc = empty txBytes is not allowed";
        return Err(Refusal::Invalid(text.into()));
    }
    let result = chain.simulate(&asked.tx_bytes);
    if result.code != 0 {
        let (log, gas) = (&result.log, result.gas_used);
        // A source position always stands in the brackets; clients must not rely on it.
        let text =
            format!("rpc error: code = Unknown desc = {log} [devnet/executor.go:1] with gas used: '{gas}'");
        return Err(Refusal::Unknown(text));
    }
    let msg_responses = TxMsgData::decode(result.data.as_slice()).unwrap_or_default().msg_responses;
    let gas_info = GasInfo { gas_wanted: result.gas_wanted, gas_used: result.gas_used };
    let events = events(&result);
    let result = SimulationResult { data: result.data, log: result.log, events, msg_responses };
    respond(&SimulateResponse { gas_info: Some(gas_info), result: Some(result) })
}

fn transaction(chain: &Chain, hit: &SearchHit<'_>) -> Reply {
    let raw = tx::Tx::decode(hit.bytes).map_err(Refusal::from)?;
    let tx = Tx { body: Some(raw.body), auth_info: Some(raw.auth), signatures: raw.raw.signatures };
    let result = hit.result;
    let time = chain.block(hit.height).map_or((0, 0), |b| b.time);
    let signed = |gas: u64| i64::try_from(gas).unwrap_or(i64::MAX);
    let response = TxResponse {
        height: i64::try_from(hit.height).unwrap_or(i64::MAX),
        txhash: hex::encode_upper(raw.hash),
        codespace: result.codespace.into(),
        code: result.code,
        data: hex::encode_upper(&result.data),
        raw_log: result.log.clone(),
        info: String::new(),
        gas_wanted: signed(result.gas_wanted),
        gas_used: signed(result.gas_used),
        tx: Some(Any { type_url: "/cosmos.tx.v1beta1.Tx".into(), value: tx.encode_to_vec() }),
        timestamp: crate::chain::block::time_text(time),
        events: events(result),
    };
    respond(&GetTxResponse { tx: Some(tx), tx_response: Some(response) })
}

/// The transaction service: simulation and look-up.
pub(super) fn tx(chain: &Chain, method: &str, data: &[u8]) -> Reply {
    match method {
        "Simulate" => simulate(chain, data),
        "GetTx" => {
            let asked: GetTxRequest = request(data)?;
            let hash = hex::decode(&asked.hash).unwrap_or_default();
            match chain.find(&hash) {
                Some(hit) => transaction(chain, &hit),
                None => Err(Refusal::NotFound(format!("tx not found: {}", asked.hash))),
            }
        }
        _ => unknown_path(),
    }
}
