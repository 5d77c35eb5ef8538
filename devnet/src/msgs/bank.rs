//! Moving and burning coins.

use crate::bech32::decode_account;
use crate::coins;
use crate::failure::{Outcome, fail, sdk};
use crate::kv::Ctx;
use crate::modules;
use crate::state::bank;
use proto::cheqd::did::v2::{MsgBurn, MsgBurnResponse};
use proto::cosmos::bank::v1beta1::{MsgMultiSend, MsgMultiSendResponse, MsgSend, MsgSendResponse};
use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;
use proto::to_any;

fn address(text: &str, role: &str) -> Outcome<Vec<u8>> {
    decode_account(text).map_err(|e| sdk(7, format!("invalid {role} address: {e}")))
}

fn not_blocked(address: &[u8], text: &str) -> Outcome<()> {
    if modules::is_blocked(address) {
        return Err(sdk(4, format!("{text} is not allowed to receive funds")));
    }
    Ok(())
}

fn positive(amount: &[Coin]) -> Outcome<()> {
    if amount.is_empty() || !coins::valid(amount) { Err(sdk(10, coins::text(amount))) } else { Ok(()) }
}

/// Gas of asking whether sending is enabled, measured on the node.
const SEND_ENABLED_GAS: u64 = 2450;

/// `MsgSend`.
pub fn send(ctx: &mut Ctx<'_>, msg: &MsgSend) -> Outcome<Any> {
    let from = address(&msg.from_address, "from")?;
    let to = address(&msg.to_address, "to")?;
    positive(&msg.amount)?;
    ctx.meter.consume(SEND_ENABLED_GAS, "ReadFlat")?;
    not_blocked(&to, &msg.to_address)?;
    bank::send(ctx, &from, &to, &msg.amount)?;
    Ok(to_any(&MsgSendResponse {}))
}

/// `MsgMultiSend`: one input, any number of outputs.
pub fn multi_send(ctx: &mut Ctx<'_>, msg: &MsgMultiSend) -> Outcome<Any> {
    let [input] = msg.inputs.as_slice() else {
        let code = if msg.inputs.is_empty() { 5 } else { 7 };
        let text = if code == 5 { "no inputs to send transaction" } else { "multiple senders not allowed" };
        return Err(fail("bank", code, text));
    };
    if msg.outputs.is_empty() {
        return Err(fail("bank", 6, "no outputs to send transaction"));
    }
    let from = address(&input.address, "input")?;
    positive(&input.coins)?;
    ctx.meter.consume(SEND_ENABLED_GAS, "ReadFlat")?;
    let mut sums = std::collections::BTreeMap::new();
    let mut outputs = Vec::with_capacity(msg.outputs.len());
    for output in &msg.outputs {
        let to = address(&output.address, "output")?;
        positive(&output.coins)?;
        not_blocked(&to, &output.address)?;
        for coin in &output.coins {
            let sum = sums.entry(coin.denom.clone()).or_insert(0_i128);
            *sum = sum.saturating_add(coins::amount_of(coin).unwrap_or(0));
        }
        outputs.push((to, output.coins.clone()));
    }
    let total: Vec<Coin> = sums.iter().map(|(denom, amount)| coins::coin(denom, *amount)).collect();
    if total != input.coins {
        return Err(fail("bank", 4, "sum inputs != sum outputs"));
    }
    bank::send_many(ctx, &[(from, input.coins.clone())], &outputs)?;
    Ok(to_any(&MsgMultiSendResponse {}))
}

/// `MsgBurn`: ncheq of the sender only.
pub fn burn(ctx: &mut Ctx<'_>, msg: &MsgBurn) -> Outcome<Any> {
    let from = address(&msg.from_address, "from")?;
    positive(&msg.amount)?;
    if let Some(other) = msg.amount.iter().find(|c| c.denom != coins::NCHEQ) {
        return Err(fail("cheqd", 3, format!("{}: Invalid Denom", other.denom)));
    }
    let module = modules::address_of(modules::DID);
    bank::send(ctx, &from, &module, &msg.amount)?;
    bank::burn(ctx, &module, &msg.amount)?;
    let attributes =
        vec![("burn_from_address", msg.from_address.clone()), ("amount", coins::text(&msg.amount))];
    ctx.emit("burn", attributes);
    Ok(to_any(&MsgBurnResponse {}))
}
