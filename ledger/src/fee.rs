//! What a transaction costs: parameters and price from the chain, the ledger's rules (docs/ledger.md#fees), and a margin.

pub mod decimal;
pub mod rule;

use crate::{
    client::Node,
    media_type::{self, FeeClass},
    query::Answer,
};
use app::port::chain::{ChainFault, ChainMessage, FeeQuote};
use decimal::Dec;
use domain::id::Ncheq;
use prost::Message as _;
use proto::cheqd::{
    did::v2::{FeeParams as DidFees, FeeRange, MsgCreateDidDoc, MsgDeactivateDidDoc, MsgUpdateDidDoc},
    resource::v2::{FeeParams as ResourceFees, MsgCreateResource},
};
use rule::Asked;

/// Gas of the tax, which Simulate does not see (docs/ledger.md#gas: 74,000, and 13,000 more for the first charge of a chain).
pub const TAX_GAS: u64 = 90_000;
/// Margin on simulated gas for what changes until inclusion, in percent.
pub const GAS_MARGIN_PERCENT: u64 = 5;
/// Gas limits without a simulation: one DID write of ordinary size.
pub const DID_WRITE_GAS: u64 = 360_000;
/// A deactivation rewrites every version: 223,000 and 23,000 per further version; enough for some thirty.
pub const DEACTIVATION_GAS: u64 = 1_000_000;
/// A resource without its bytes, and per byte (156,000 + 40 n measured).
pub const RESOURCE_GAS: u64 = 250_000;
/// See [`RESOURCE_GAS`].
pub const RESOURCE_GAS_PER_BYTE: u64 = 45;
/// Any other message, e.g. a transfer (112,000 to 167,000 measured). Its gas costs money, so this is close.
pub const OTHER_GAS: u64 = 200_000;

domain::limits! {
    /// The usual block limit of the live networks; asking for more is refused outright (sdk/41).
    pub GAS_LIMIT_MAX: u64 = 30_000_000, "gas";
}

/// The least a node with default settings takes per gas at `CheckTx`, whatever the messages cost.
pub const NODE_GAS_PRICE_NCHEQ: u128 = 50;
/// The fee market's price is quoted without this factor.
const FEEMARKET_FACTOR: u32 = 10_000;
/// Price per gas where the chain quotes none (genesis default of v4.2).
const FALLBACK_GAS_PRICE_NCHEQ: u128 = 10_000;

/// What a message is to the fee rules.
enum Kind {
    CreateDid,
    UpdateDid,
    DeactivateDid,
    Resource { class: Option<FeeClass>, bytes: u64 },
    Other,
}

impl Kind {
    fn of(message: &ChainMessage) -> Result<Self, prost::DecodeError> {
        Ok(match message.type_url.as_str() {
            MsgCreateDidDoc::TYPE_URL => Self::CreateDid,
            MsgUpdateDidDoc::TYPE_URL => Self::UpdateDid,
            MsgDeactivateDidDoc::TYPE_URL => Self::DeactivateDid,
            MsgCreateResource::TYPE_URL => {
                let payload =
                    MsgCreateResource::decode(message.value.as_slice())?.payload.unwrap_or_default();
                Self::Resource {
                    class: media_type::fee_class(&payload.data),
                    bytes: payload.data.len() as u64,
                }
            }
            _ => Self::Other,
        })
    }

    const fn is_taxed(&self) -> bool {
        !matches!(self, Self::Other)
    }

    const fn gas(&self) -> u64 {
        match self {
            Self::CreateDid | Self::UpdateDid => DID_WRITE_GAS,
            Self::DeactivateDid => DEACTIVATION_GAS,
            Self::Resource { bytes, .. } => RESOURCE_GAS + *bytes * RESOURCE_GAS_PER_BYTE,
            Self::Other => OTHER_GAS,
        }
    }
}

/// The fee of these messages in one transaction.
pub(crate) async fn quote(
    node: &Node,
    messages: &[ChainMessage],
    gas_simulated: Option<u64>,
) -> Result<FeeQuote, ChainFault> {
    let kinds = messages
        .iter()
        .map(Kind::of)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| node.unexpected(format!("a message to be priced does not decode: {error}")))?;
    if kinds.iter().any(Kind::is_taxed) {
        taxed(node, &kinds, gas_simulated).await
    } else {
        by_gas(node, &kinds, gas_simulated).await
    }
}

fn gas_limit(kinds: &[Kind], simulated: Option<u64>) -> u64 {
    let wanted = match simulated {
        Some(gas) => gas.saturating_add(gas / 100 * GAS_MARGIN_PERCENT).saturating_add(TAX_GAS),
        None => kinds.iter().fold(0_u64, |sum, kind| sum.saturating_add(kind.gas())),
    };
    wanted.min(GAS_LIMIT_MAX)
}

/// Identity messages: fixed or range fees of the did and resource modules. Others in the same transaction ride free.
async fn taxed(node: &Node, kinds: &[Kind], simulated: Option<u64>) -> Result<FeeQuote, ChainFault> {
    let mut height = 0;
    let mut did = None;
    let mut resource = None;
    if kinds.iter().any(|kind| kind.is_taxed() && !matches!(kind, Kind::Resource { .. })) {
        let Answer { value, height: at } = node.did_params().await?;
        did = Some(value);
        height = at;
    }
    if kinds.iter().any(|kind| matches!(kind, Kind::Resource { .. })) {
        let Answer { value, height: at } = node.resource_params().await?;
        resource = Some(value);
        height = height.max(at);
    }
    let price = match node.price().await? {
        Some(text) => Dec::from_wire(&text)
            .ok_or_else(|| node.unexpected(format!("the oracle answered a price that is none: {text}")))?,
        None => Dec::ZERO,
    };
    let price = Some(price).filter(|price| !price.is_zero());
    let did = did.unwrap_or_default();
    let resource = resource.unwrap_or_default();
    let asked = kinds
        .iter()
        .filter_map(|kind| asked(kind, &did, &resource, price.as_ref()))
        .collect::<Result<Vec<Asked>, _>>()
        .map_err(|why| node.unexpected(format!("no fee can be quoted: {why}")))?;
    let gas_limit = gas_limit(kinds, simulated);
    let floor = u128::from(gas_limit) * NODE_GAS_PRICE_NCHEQ;
    let offer = asked.iter().map(|asked| asked.offer).max().unwrap_or(0).max(floor);
    let mut expected: u128 = 0;
    for asked in &asked {
        let charge = rule::charge(&asked.ranges, offer, price.as_ref())
            .map_err(|why| node.unexpected(format!("no fee can be quoted: {why}")))?;
        expected = expected.saturating_add(charge);
    }
    Ok(FeeQuote {
        offer: Ncheq(offer),
        expected: Ncheq(expected),
        gas_limit,
        usd: rule::dollars(&asked),
        may_batch: asked.iter().all(|asked| asked.is_fixed),
        height,
    })
}

/// What one taxed message asks for; `None` for one that rides free.
fn asked(
    kind: &Kind,
    did: &DidFees,
    resource: &ResourceFees,
    price: Option<&Dec>,
) -> Option<Result<Asked, rule::NoFee>> {
    let of_class = |class: FeeClass| -> &[FeeRange] {
        match class {
            FeeClass::Image => &resource.image,
            FeeClass::Json => &resource.json,
            FeeClass::Default => &resource.default,
        }
    };
    Some(match kind {
        Kind::CreateDid => rule::asked(&did.create_did, price),
        Kind::UpdateDid => rule::asked(&did.update_did, price),
        Kind::DeactivateDid => rule::asked(&did.deactivate_did, price),
        Kind::Resource { class: Some(class), .. } => rule::asked(of_class(*class), price),
        Kind::Resource { class: None, .. } => unclear(of_class, price),
        Kind::Other => return None,
    })
}

/// A resource whose media type only the ledger can tell: offers enough for any class where over-offering is not
/// charged (fixed fees), and else takes the default class.
fn unclear<'a>(
    of_class: impl Fn(FeeClass) -> &'a [FeeRange],
    price: Option<&Dec>,
) -> Result<Asked, rule::NoFee> {
    let mut asked = rule::asked(of_class(FeeClass::Default), price)?;
    if asked.is_fixed {
        for class in [FeeClass::Image, FeeClass::Json] {
            let other = rule::asked(of_class(class), price)?;
            if other.is_fixed {
                asked.offer = asked.offer.max(other.offer);
            }
        }
    }
    Ok(asked)
}

/// Ordinary messages: the fee market takes the whole offer, so it is exact.
async fn by_gas(node: &Node, kinds: &[Kind], simulated: Option<u64>) -> Result<FeeQuote, ChainFault> {
    let gas_limit = gas_limit(kinds, simulated);
    let (fee, height) = match node.gas_price().await? {
        Some(Answer { value, height }) => {
            let price = Dec::from_wire(&value).ok_or_else(|| {
                node.unexpected(format!("the fee market answered a price that is none: {value}"))
            })?;
            let fee = price.times(FEEMARKET_FACTOR).times(gas_limit).ceiling();
            (fee.ok_or_else(|| node.unexpected("the fee market's price is out of range"))?, height)
        }
        None => (u128::from(gas_limit) * FALLBACK_GAS_PRICE_NCHEQ, node.status().await?.height),
    };
    let fee = Ncheq(fee.max(u128::from(gas_limit) * NODE_GAS_PRICE_NCHEQ));
    Ok(FeeQuote { offer: fee, expected: fee, gas_limit, usd: None, may_batch: true, height })
}

#[cfg(test)]
mod tests;
