//! Fee grants: basic allowances only.

use super::store;
use crate::failure::{Outcome, plain, sdk};
use crate::kv::{Ctx, Key};
use crate::{bech32, coins};
use proto::Message;
use proto::cosmos::base::v1beta1::Coin;
use proto::cosmos::feegrant::v1beta1::BasicAllowance;

fn key(granter: &[u8], receiver: &[u8]) -> Key {
    Key::new(store::FEEGRANT, &[&[0], &[20], receiver, &[20], granter])
}

/// Whether a grant exists.
pub fn exists(ctx: &mut Ctx<'_>, granter: &[u8], receiver: &[u8]) -> Outcome<bool> {
    Ok(ctx.get(&key(granter, receiver))?.is_some())
}

/// Stores a grant.
pub fn set(ctx: &mut Ctx<'_>, granter: &[u8], receiver: &[u8], allowance: &BasicAllowance) -> Outcome<()> {
    let url = BasicAllowance::TYPE_URL.len() as u64;
    // The node stores addresses and the type URL beside the allowance: about this many bytes more.
    ctx.meter.consume(30 * (2 * 44 + url + 12), "WritePerByte")?;
    ctx.set(&key(granter, receiver), &allowance.encode_to_vec())
}

/// Removes a grant.
pub fn remove(ctx: &mut Ctx<'_>, granter: &[u8], receiver: &[u8]) -> Outcome<()> {
    ctx.delete(&key(granter, receiver))
}

/// Spends from a grant and emits the grant's events.
pub fn spend(ctx: &mut Ctx<'_>, granter: &[u8], receiver: &[u8], fee: &[Coin]) -> Outcome<()> {
    let raw = |a: &[u8]| String::from_utf8_lossy(a).into_owned();
    let Some(bytes) = ctx.get(&key(granter, receiver))? else {
        let text =
            format!("{} not allowed to pay fees from {}: fee-grant not found", raw(granter), raw(receiver));
        return Err(sdk(38, text));
    };
    let mut allowance = BasicAllowance::decode(&*bytes).map_err(|e| plain(e.to_string()))?;
    if allowance.expiration.as_ref().is_some_and(|e| (e.seconds, e.nanos) < ctx.time) {
        remove(ctx, granter, receiver)?;
        return Err(crate::failure::fail("feegrant", 3, "basic allowance: fee allowance expired"));
    }
    for left in &mut allowance.spend_limit {
        let used = fee.iter().find(|c| c.denom == left.denom).and_then(coins::amount_of).unwrap_or(0);
        let rest = coins::amount_of(left).unwrap_or(0).saturating_sub(used);
        if rest < 0 {
            return Err(crate::failure::fail("feegrant", 2, "basic allowance: fee limit exceeded"));
        }
        left.amount = rest.to_string();
    }
    let pair = || vec![("granter", bech32::account(granter)), ("grantee", bech32::account(receiver))];
    ctx.emit("use_feegrant", pair());
    set(ctx, granter, receiver, &allowance)?;
    ctx.emit("update_feegrant", pair());
    Ok(())
}
