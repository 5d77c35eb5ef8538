//! Fees of ordinary transactions (docs/ledger.md#fees): taken whole in advance, then split into fee and tip.

use crate::bech32;
use crate::coins::{self, NCHEQ, amount_of};
use crate::failure::{Outcome, fail, plain, sdk};
use crate::kv::Ctx;
use crate::modules;
use crate::state::bank;
use crate::tx::Tx;
use sha2::{Digest, Sha256};

/// Price of one unit of gas, in ncheq: base gas price 1.0 times 10^4.
pub const NCHEQ_PER_GAS: i128 = 10_000;
/// The base gas price as the queries tell it, scaled by 10^18.
pub const BASE_GAS_PRICE_SCALED: &str = "1000000000000000000";
/// Gas of reading parameters and state of the fee market, measured on the node.
const STATE_GAS: u64 = 3280;
/// Gas counted in a simulation in place of moving the fee.
const SIMULATED_SEND_GAS: u64 = 12_490;
/// Gas of the fee market's own accounts before the price is checked, measured on the node.
const SETTLE_GAS: u64 = 17_260;
/// Gas of writing its state afterwards, measured on the node.
const STATE_WRITE_GAS: u64 = 4720;

/// Address that receives tips: the one of the proposer's consensus key.
pub fn proposer_address() -> Vec<u8> {
    Sha256::digest(crate::validator::public_key()).iter().take(20).copied().collect()
}

/// Moves the whole offered fee to the collector; a simulation only counts the gas of it.
pub fn set_aside(ctx: &mut Ctx<'_>, tx: &Tx, simulate: bool) -> Outcome<()> {
    ctx.meter.consume(STATE_GAS, "ReadFlat")?;
    if simulate {
        return ctx.meter.consume(SIMULATED_SEND_GAS, "simulation send gas consumption");
    }
    let offered: Vec<_> = tx.fee.amount.iter().filter(|c| amount_of(c) != Some(0)).cloned().collect();
    match offered.len() {
        0 => return Err(fail("feemarket", 1, "got length 0: no fee coins")),
        1 => {}
        n => return Err(fail("feemarket", 2, format!("got length {n}: too many fee coins"))),
    }
    let payer = tx.payer().unwrap_or_default();
    let payer = bech32::decode_account(&payer).map_err(|e| sdk(7, e))?;
    bank::send(ctx, &payer, &modules::address_of(modules::FEEMARKET_COLLECTOR), &offered)
}

/// After the messages: checks the price and sends on what was offered beyond the gas used.
pub fn settle(ctx: &mut Ctx<'_>, tx: &Tx) -> Outcome<()> {
    ctx.meter.consume(SETTLE_GAS, "ReadFlat")?;
    let offered = tx.fee.amount.first().and_then(amount_of).unwrap_or(0);
    let required = NCHEQ_PER_GAS * i128::from(tx.fee.gas_limit);
    if offered < required {
        let gas = ctx.meter.used();
        return Err(plain(format!(
            "got: {offered}{NCHEQ} required: {required}{NCHEQ}, minGasPrice: {NCHEQ_PER_GAS}.000000000000000000{NCHEQ}, gas: {gas}: insufficient fee"
        )));
    }
    let fee = (NCHEQ_PER_GAS * i128::from(ctx.meter.used())).min(offered);
    let tip = offered - fee;
    let proposer = proposer_address();
    if tip > 0 {
        let collector = modules::address_of(modules::FEEMARKET_COLLECTOR);
        bank::send(ctx, &collector, &proposer, &[coins::coin(NCHEQ, tip)])?;
    }
    ctx.meter.consume(STATE_WRITE_GAS, "WritePerByte")?;
    ctx.emit("fee_pay", vec![("fee", format!("{fee}{NCHEQ}"))]);
    let payee = bech32::account(&proposer);
    ctx.emit("tip_pay", vec![("tip", format!("{tip}{NCHEQ}")), ("tip_payee", payee)]);
    Ok(())
}
