//! Parameters that can change while the chain runs: fees, price, and the counters of injected faults.

use super::store;
use crate::decimal::Dec;
use crate::failure::{Outcome, plain};
use crate::kv::{Ctx, Key};
use proto::Message;
use proto::cheqd::{did, resource};

fn did_key() -> Key {
    Key::new(store::CHEQD, &[b"feeparams"])
}

fn resource_key() -> Key {
    Key::new(store::RESOURCE, &[b"feeparams"])
}

fn price_key() -> Key {
    Key::new(store::DEVNET, &[b"cheq-usd-price"])
}

fn out_of_gas_key() -> Key {
    Key::new(store::DEVNET, &[b"out-of-gas"])
}

/// DID fees, without gas.
pub fn did_fees(ctx: &Ctx<'_>) -> Outcome<did::v2::FeeParams> {
    let bytes = ctx.peek(&did_key()).unwrap_or_default();
    did::v2::FeeParams::decode(&*bytes).map_err(|e| plain(e.to_string()))
}

/// Resource fees, without gas.
pub fn resource_fees(ctx: &Ctx<'_>) -> Outcome<resource::v2::FeeParams> {
    let bytes = ctx.peek(&resource_key()).unwrap_or_default();
    resource::v2::FeeParams::decode(&*bytes).map_err(|e| plain(e.to_string()))
}

/// Sets the DID fees.
pub fn put_did_fees(ctx: &mut Ctx<'_>, params: &did::v2::FeeParams) {
    ctx.put(&did_key(), &params.encode_to_vec());
}

/// Sets the resource fees.
pub fn put_resource_fees(ctx: &mut Ctx<'_>, params: &resource::v2::FeeParams) {
    ctx.put(&resource_key(), &params.encode_to_vec());
}

/// US dollars per CHEQ; `None` while the oracle has no price.
pub fn price(ctx: &Ctx<'_>) -> Option<Dec> {
    let bytes = ctx.peek(&price_key())?;
    std::str::from_utf8(&bytes).ok().and_then(Dec::from_scaled).filter(|p| !p.is_zero())
}

/// Sets the price.
pub fn put_price(ctx: &mut Ctx<'_>, price: &Dec) {
    ctx.put(&price_key(), price.to_scaled().as_bytes());
}

/// Transactions that are still to run out of gas on purpose.
pub fn forced_out_of_gas(ctx: &Ctx<'_>) -> u64 {
    ctx.peek(&out_of_gas_key()).and_then(|v| <[u8; 8]>::try_from(&*v).ok()).map_or(0, u64::from_be_bytes)
}

/// Sets how many transactions are to run out of gas on purpose.
pub fn put_forced_out_of_gas(ctx: &mut Ctx<'_>, count: u64) {
    ctx.put(&out_of_gas_key(), &count.to_be_bytes());
}
