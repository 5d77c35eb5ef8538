//! Balances, transfers and supply.

use super::{accounts, store};
use crate::bech32;
use crate::coins::{self, amount_of};
use crate::failure::{Outcome, plain, sdk};
use crate::kv::{Ctx, Key};
use proto::cosmos::base::v1beta1::Coin;

/// Gas of the checks around a transfer that read nothing here (send restrictions, locked coins, module account
/// permissions); measured on the node.
const SUBTRACT_EXTRA_GAS: u64 = 3000;

fn key(address: &[u8], denom: &str) -> Key {
    let length = u8::try_from(address.len()).unwrap_or(u8::MAX);
    Key::new(store::BANK, &[&[2, length], address, denom.as_bytes()])
}

fn supply_key(denom: &str) -> Key {
    Key::new(store::BANK, &[&[0], denom.as_bytes()])
}

/// The denom to address index; the empty separator follows the denom.
fn holder_key(address: &[u8], denom: &str) -> Key {
    Key::new(store::BANK, &[&[3], denom.as_bytes(), &[0], address])
}

fn number(bytes: &[u8]) -> i128 {
    std::str::from_utf8(bytes).ok().and_then(|t| t.parse().ok()).unwrap_or(0)
}

/// Balance without gas.
pub fn peek(ctx: &Ctx<'_>, address: &[u8], denom: &str) -> i128 {
    ctx.peek(&key(address, denom)).map_or(0, |v| number(&v))
}

/// All balances of an account, sorted by denom, without gas.
pub fn peek_all(ctx: &Ctx<'_>, address: &[u8]) -> Vec<Coin> {
    let prefix = key(address, "");
    let skip = prefix.bytes().len();
    let entries = ctx.scan(&prefix).into_iter();
    entries
        .filter_map(|(k, v)| {
            let denom = String::from_utf8(k.get(skip..)?.to_vec()).ok()?;
            Some(coins::coin(&denom, number(&v)))
        })
        .collect()
}

/// Total supply of a denom, without gas.
pub fn peek_supply(ctx: &Ctx<'_>, denom: &str) -> i128 {
    ctx.peek(&supply_key(denom)).map_or(0, |v| number(&v))
}

/// Total supply of every denom there is, sorted by denom, without gas.
pub fn peek_supplies(ctx: &Ctx<'_>) -> Vec<Coin> {
    let prefix = supply_key("");
    let skip = prefix.bytes().len();
    let entries = ctx.scan(&prefix).into_iter();
    entries
        .filter_map(|(k, v)| {
            let denom = String::from_utf8(k.get(skip..)?.to_vec()).ok()?;
            Some(coins::coin(&denom, number(&v)))
        })
        .collect()
}

/// Balance.
pub fn balance(ctx: &mut Ctx<'_>, address: &[u8], denom: &str) -> Outcome<i128> {
    Ok(ctx.get(&key(address, denom))?.map_or(0, |v| number(&v)))
}

fn set_balance(ctx: &mut Ctx<'_>, address: &[u8], denom: &str, old: i128, amount: i128) -> Outcome<()> {
    let key = key(address, denom);
    if amount == 0 {
        ctx.delete(&key)?;
        return ctx.delete(&holder_key(address, denom));
    }
    // The node's indexed map reads the old value and keeps the holder index.
    ctx.get(&key)?;
    ctx.set(&key, amount.to_string().as_bytes())?;
    if old == 0 { ctx.set(&holder_key(address, denom), &[0]) } else { Ok(()) }
}

/// Sets balance and supply of a genesis account.
pub fn put(ctx: &mut Ctx<'_>, address: &[u8], denom: &str, amount: i128) {
    let supply = peek_supply(ctx, denom) - peek(ctx, address, denom) + amount;
    ctx.put(&key(address, denom), amount.to_string().as_bytes());
    ctx.put(&holder_key(address, denom), &[0]);
    ctx.put(&supply_key(denom), supply.to_string().as_bytes());
}

fn subtract(ctx: &mut Ctx<'_>, address: &[u8], amount: &[Coin]) -> Outcome<()> {
    for coin in amount {
        let want = amount_of(coin).ok_or_else(|| sdk(10, coins::text(amount)))?;
        ctx.meter.consume(SUBTRACT_EXTRA_GAS, "ReadFlat")?;
        // Locked coins of vesting accounts: the node reads the account here.
        accounts::get(ctx, address)?;
        let have = balance(ctx, address, &coin.denom)?;
        if have < want {
            let denom = &coin.denom;
            return Err(sdk(5, format!("spendable balance {have}{denom} is smaller than {want}{denom}")));
        }
        set_balance(ctx, address, &coin.denom, have, have - want)?;
    }
    ctx.emit("coin_spent", vec![("spender", bech32::account(address)), ("amount", coins::text(amount))]);
    Ok(())
}

fn add(ctx: &mut Ctx<'_>, address: &[u8], amount: &[Coin]) -> Outcome<()> {
    for coin in amount {
        let more = amount_of(coin).ok_or_else(|| sdk(10, coins::text(amount)))?;
        let have = balance(ctx, address, &coin.denom)?;
        let total = have.checked_add(more).ok_or_else(|| plain("Int overflow"))?;
        set_balance(ctx, address, &coin.denom, have, total)?;
    }
    ctx.emit("coin_received", vec![("receiver", bech32::account(address)), ("amount", coins::text(amount))]);
    Ok(())
}

/// Moves coins; the receiving account is created when it is new.
pub fn send(ctx: &mut Ctx<'_>, from: &[u8], to: &[u8], amount: &[Coin]) -> Outcome<()> {
    subtract(ctx, from, amount)?;
    add(ctx, to, amount)?;
    accounts::ensure(ctx, to)?;
    let (recipient, sender) = (bech32::account(to), bech32::account(from));
    ctx.emit(
        "transfer",
        vec![("recipient", recipient), ("sender", sender.clone()), ("amount", coins::text(amount))],
    );
    ctx.emit("message", vec![("sender", sender)]);
    Ok(())
}

/// Moves coins of several payers to several receivers; the sums were checked by the caller.
pub fn send_many(
    ctx: &mut Ctx<'_>,
    from: &[(Vec<u8>, Vec<Coin>)],
    to: &[(Vec<u8>, Vec<Coin>)],
) -> Outcome<()> {
    for (address, amount) in from {
        subtract(ctx, address, amount)?;
        ctx.emit("message", vec![("sender", bech32::account(address))]);
    }
    for (address, amount) in to {
        add(ctx, address, amount)?;
        ctx.emit("transfer", vec![("recipient", bech32::account(address)), ("amount", coins::text(amount))]);
        accounts::ensure(ctx, address)?;
    }
    Ok(())
}

/// Destroys coins of an account.
pub fn burn(ctx: &mut Ctx<'_>, address: &[u8], amount: &[Coin]) -> Outcome<()> {
    accounts::get(ctx, address)?;
    subtract(ctx, address, amount)?;
    for coin in amount {
        let less = amount_of(coin).unwrap_or(0);
        let supply = ctx.get(&supply_key(&coin.denom))?.map_or(0, |v| number(&v));
        ctx.set(&supply_key(&coin.denom), (supply - less).to_string().as_bytes())?;
    }
    ctx.emit("burn", vec![("burner", bech32::account(address)), ("amount", coins::text(amount))]);
    Ok(())
}
