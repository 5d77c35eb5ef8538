//! Identity fees: what a message costs, and how the charge is split (docs/ledger.md#fees).

use crate::coins::{self, NCHEQ};
use crate::decimal::Dec;
use crate::failure::{Failure, Outcome, plain, sdk};
use crate::kv::Ctx;
use crate::state::{bank, grants, params};
use crate::tx::{Msg, Tx};
use crate::{bech32, media_type, modules};
use proto::cheqd::did::v2::FeeRange;

/// The pseudo denom of fees in US dollars, with 18 decimals.
const USD: &str = "usd";
/// `usd` units in a millionth of a dollar.
const USD_UNITS_PER_MICRO: u64 = 1_000_000_000_000;
/// ncheq in one CHEQ.
const NCHEQ_PER_CHEQ: i128 = 1_000_000_000;
/// Millionths in one.
const MICRO: u64 = 1_000_000;
/// Part of the reward that goes to the oracle.
const ORACLE_SHARE: &str = "0.005";
/// Gas of parameters and price (moving averages over historic prices), measured on the node.
const QUOTE_GAS: u64 = 9320;
/// Gas per message that is charged, measured on the node.
const QUOTE_GAS_PER_MESSAGE: u64 = 1000;

/// A charge: denom and amount.
type Charge = (String, i128);

fn int(text: Option<&String>) -> Option<i128> {
    text.and_then(|t| t.parse().ok())
}

fn overflow() -> Failure {
    plain("Int overflow")
}

/// Millionths of a dollar for an amount of a denom.
fn to_micro(denom: &str, amount: i128, price: &Dec) -> Outcome<i128> {
    if denom == USD {
        return Ok(amount / i128::from(USD_UNITS_PER_MICRO));
    }
    let cheq = Dec::from_int(amount).quo_int(1_000_000_000);
    cheq.mul(price).mul_int(i128::from(MICRO)).truncate().ok_or_else(overflow)
}

/// ncheq for millionths of a dollar.
fn micro_to_ncheq(micro: i128, price: &Dec) -> Outcome<i128> {
    let value = Dec::from_int(micro).quo(price).ok_or_else(overflow)?;
    value.mul_int(NCHEQ_PER_CHEQ).quo_int(MICRO).truncate().ok_or_else(overflow)
}

fn fixed(range: &FeeRange) -> Option<i128> {
    let (min, max) = (int(range.min_amount.as_ref())?, int(range.max_amount.as_ref())?);
    (min == max).then_some(min)
}

fn fixed_charge(
    range: &FeeRange,
    fixed: i128,
    denom: &str,
    fee: i128,
    price: Option<&Dec>,
) -> Outcome<Charge> {
    if range.denom == denom {
        if fee < fixed {
            return Err(plain(format!(
                "invalid fixed fee: expected at least {fixed}{denom}, got {fee}{denom}"
            )));
        }
        return Ok((denom.to_owned(), fixed));
    }
    if denom != NCHEQ || range.denom != USD {
        return Err(plain(format!("unsupported cross-denom fixed fee: user paid {denom}")));
    }
    let price =
        price.ok_or_else(|| plain("cannot verify cross-denom fixed fee: cheq price not available"))?;
    let dollars = Dec::from_int(fixed).quo_int(USD_UNITS_PER_MICRO);
    let value = dollars.quo(price).ok_or_else(overflow)?;
    let need = value.mul_int(NCHEQ_PER_CHEQ).quo_int(MICRO).truncate().ok_or_else(overflow)?;
    if fee < need {
        return Err(plain(format!("insufficient fee: need at least {need}, got {fee}")));
    }
    Ok((NCHEQ.to_owned(), need))
}

/// Without a price only an ncheq minimum can be checked; the amount is checked but not charged.
fn check_without_price(ranges: &[FeeRange], fee: i128) -> Outcome<()> {
    let range = ranges.iter().find(|r| r.denom == NCHEQ);
    let want = range.and_then(|r| int(r.min_amount.as_ref()).or_else(|| int(r.max_amount.as_ref())));
    match want {
        None => Err(plain("cheq price not available and no ncheq fallback fee defined")),
        Some(want) if fee < want => {
            Err(plain(format!("cheq price unavailable; expected fee ≥ {want}{NCHEQ}")))
        }
        Some(_) => Ok(()),
    }
}

fn ranged_charge(ranges: &[FeeRange], denom: &str, fee: i128, price: &Dec) -> Outcome<Charge> {
    let (mut low, mut high): (Option<i128>, Option<i128>) = (None, None);
    for range in ranges {
        if let Some(min) = int(range.min_amount.as_ref()) {
            let min = to_micro(&range.denom, min, price)?;
            low = Some(low.map_or(min, |l| l.max(min)));
        }
        if let Some(max) = int(range.max_amount.as_ref()) {
            let max = to_micro(&range.denom, max, price)?;
            high = Some(high.map_or(max, |h| h.min(max)));
        }
    }
    let low = low.unwrap_or(0);
    if high.is_some_and(|h| low > h) {
        return Err(plain("no valid overlapping USD range"));
    }
    let offered = to_micro(denom, fee, price)?;
    if offered < low {
        return Err(plain(format!("fee too low: expected ≥ {low} USD, got {offered} USD")));
    }
    // The ledger charges the minimum to whoever offers more than the cap.
    let effective = if high.is_some_and(|h| offered > h) { low } else { offered };
    let target = ranges.iter().find(|r| r.denom == USD).or_else(|| ranges.first());
    match target {
        Some(range) if range.denom == USD => {
            Ok((USD.to_owned(), effective.checked_mul(i128::from(USD_UNITS_PER_MICRO)).ok_or_else(overflow)?))
        }
        _ => Ok((NCHEQ.to_owned(), micro_to_ncheq(effective, price)?)),
    }
}

/// What a message costs against the whole offered fee; `None` when it is checked but free.
pub fn charge(ranges: &[FeeRange], denom: &str, fee: i128, price: Option<&Dec>) -> Outcome<Option<Charge>> {
    if ranges.is_empty() {
        return Err(plain("fee ranges empty"));
    }
    if let Some((range, amount)) = ranges.iter().find_map(|r| fixed(r).map(|f| (r, f))) {
        return fixed_charge(range, amount, denom, fee, price).map(Some);
    }
    match price {
        None => check_without_price(ranges, fee).map(|()| None),
        Some(price) => ranged_charge(ranges, denom, fee, price).map(Some),
    }
}

fn ranges_of(ctx: &Ctx<'_>, msg: &Msg) -> Outcome<(Vec<FeeRange>, Dec)> {
    let factor = |text: &str| Dec::from_scaled(text).unwrap_or_else(Dec::zero);
    if let Msg::CreateResource(m) = msg {
        let Some(payload) = &m.payload else {
            let text = "runtime error: invalid memory address or nil pointer dereference";
            return Err(Failure::Panic(text.into()));
        };
        let fees = params::resource_fees(ctx)?;
        let kind = media_type::detect(&payload.data);
        let ranges = if kind.starts_with("image/") {
            fees.image
        } else if kind.starts_with("application/json") {
            fees.json
        } else {
            fees.default
        };
        return Ok((ranges, factor(&fees.burn_factor)));
    }
    let fees = params::did_fees(ctx)?;
    let ranges = match msg {
        Msg::CreateDid(_) => fees.create_did,
        Msg::UpdateDid(_) => fees.update_did,
        _ => fees.deactivate_did,
    };
    Ok((ranges, factor(&fees.burn_factor)))
}

/// Reward and burn of one charge, in ncheq.
fn split(charge: &Charge, burn_factor: &Dec, price: Option<&Dec>) -> Outcome<(i128, i128)> {
    let (denom, amount) = charge;
    let burn = Dec::from_int(*amount).mul(burn_factor).truncate().ok_or_else(overflow)?;
    let reward = amount - burn;
    if denom != USD {
        return Ok((reward, burn));
    }
    let price = price.ok_or_else(overflow)?;
    let convert = |units: i128| {
        let dollars = Dec::from_int(units).quo_int(1_000_000_000_000_000_000);
        dollars.quo(price).and_then(|d| d.mul_int(NCHEQ_PER_CHEQ).truncate()).ok_or_else(overflow)
    };
    Ok((convert(reward)?, convert(burn)?))
}

/// Charges all identity fees of a transaction.
pub fn collect(ctx: &mut Ctx<'_>, tx: &Tx) -> Outcome<()> {
    let Some(offer) = tx.fee.amount.first() else {
        return Err(Failure::Panic("runtime error: index out of range [0] with length 0".into()));
    };
    if offer.denom != NCHEQ {
        return Err(sdk(10, format!("invalid denom: {}", coins::text(&tx.fee.amount))));
    }
    let fee = coins::amount_of(offer).unwrap_or(0);
    let price = params::price(ctx);
    ctx.meter.consume(QUOTE_GAS, "ReadFlat")?;
    let (mut reward, mut burn) = (0, 0);
    for msg in tx.messages.iter().filter(|m| m.is_taxable()) {
        let (ranges, factor) = ranges_of(ctx, msg)?;
        ctx.meter.consume(QUOTE_GAS_PER_MESSAGE, "ReadFlat")?;
        let Some(charge) = charge(&ranges, &offer.denom, fee, price.as_ref())? else { continue };
        let (r, b) = split(&charge, &factor, price.as_ref())?;
        reward = i128::checked_add(reward, r).ok_or_else(overflow)?;
        burn = i128::checked_add(burn, b).ok_or_else(overflow)?;
    }
    if reward.checked_add(burn).ok_or_else(overflow)? == 0 {
        return Ok(());
    }
    pay(ctx, tx, reward, burn)
}

fn pay(ctx: &mut Ctx<'_>, tx: &Tx, reward: i128, burn: i128) -> Outcome<()> {
    let total = [coins::coin(NCHEQ, reward + burn)];
    let payer = tx.payer().unwrap_or_default();
    let payer_bytes = bech32::decode_account(&payer).map_err(|e| sdk(7, e))?;
    let mut source = payer_bytes.clone();
    if !tx.fee.granter.is_empty() {
        source = bech32::decode_account(&tx.fee.granter).map_err(|e| sdk(7, e))?;
        grants::spend(ctx, &source, &payer_bytes, &total)?;
    }
    let module = modules::address_of(modules::DID);
    bank::send(ctx, &source, &module, &total).map_err(|e| match e {
        Failure::Code { log, .. } => {
            let from = bech32::account(&source);
            plain(format!("failed to deduct fees from {from}: {log}: insufficient funds"))
        }
        other => other,
    })?;
    let attributes = vec![("fee", coins::text(&total)), ("fee_payer", bech32::account(&source))];
    ctx.emit("tx", attributes);
    let share = Dec::from_decimal(ORACLE_SHARE).unwrap_or_else(Dec::zero);
    let oracle = Dec::from_int(reward).mul(&share).truncate().ok_or_else(overflow)?;
    for (target, amount) in [(modules::ORACLE, oracle), (modules::FEE_COLLECTOR, reward - oracle)] {
        if amount > 0 {
            bank::send(ctx, &module, &modules::address_of(target), &[coins::coin(NCHEQ, amount)])?;
        }
    }
    if burn > 0 {
        bank::burn(ctx, &module, &[coins::coin(NCHEQ, burn)])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
