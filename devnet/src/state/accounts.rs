//! Accounts: number, sequence, public key.

use super::store;
use crate::bech32;
use crate::failure::{Outcome, plain};
use crate::kv::{Ctx, Key};
use proto::cosmos::auth::v1beta1::BaseAccount;
use proto::cosmos::crypto::secp256k1::PubKey;
use proto::google::protobuf::Any;
use proto::{Message, to_any};

/// Gas of the account number index when an account is rewritten; the index itself is not kept here.
const INDEX_REWRITE_GAS: u64 = 6200;
/// Gas of the account number index entry of a new account.
const INDEX_ENTRY_GAS: u64 = 2870;

fn key(address: &[u8]) -> Key {
    Key::new(store::AUTH, &[&[1], address])
}

fn next_number_key() -> Key {
    Key::new(store::AUTH, &[&[2]])
}

fn decode(bytes: &[u8]) -> Option<BaseAccount> {
    let any = Any::decode(bytes).ok()?;
    BaseAccount::decode(any.value.as_slice()).ok()
}

/// Reads an account.
pub fn get(ctx: &mut Ctx<'_>, address: &[u8]) -> Outcome<Option<BaseAccount>> {
    Ok(ctx.get(&key(address))?.and_then(|v| decode(&v)))
}

/// Reads an account without gas.
pub fn peek(ctx: &Ctx<'_>, address: &[u8]) -> Option<BaseAccount> {
    ctx.peek(&key(address)).and_then(|v| decode(&v))
}

/// Writes an account.
pub fn set(ctx: &mut Ctx<'_>, address: &[u8], account: &BaseAccount) -> Outcome<()> {
    // The node reads the old value first to keep its account number index right.
    ctx.get(&key(address))?;
    ctx.meter.consume(INDEX_REWRITE_GAS, "WritePerByte")?;
    ctx.set(&key(address), &to_any(account).encode_to_vec())
}

/// The next free account number.
pub fn peek_next_number(ctx: &Ctx<'_>) -> u64 {
    ctx.peek(&next_number_key()).and_then(|v| <[u8; 8]>::try_from(&*v).ok()).map_or(0, u64::from_be_bytes)
}

/// Sets the next free account number (genesis).
pub fn put_next_number(ctx: &mut Ctx<'_>, number: u64) {
    ctx.put(&next_number_key(), &number.to_be_bytes());
}

/// Writes an account of the genesis.
pub fn put(ctx: &mut Ctx<'_>, address: &[u8], account: &BaseAccount) {
    ctx.put(&key(address), &to_any(account).encode_to_vec());
}

/// Creates an account with the next number unless it exists.
pub fn ensure(ctx: &mut Ctx<'_>, address: &[u8]) -> Outcome<()> {
    if ctx.has(&key(address))? {
        return Ok(());
    }
    let number = peek_next_number(ctx);
    ctx.get(&next_number_key())?;
    ctx.set(&next_number_key(), &(number + 1).to_be_bytes())?;
    ctx.meter.consume(INDEX_ENTRY_GAS, "WritePerByte")?;
    let account =
        BaseAccount { address: bech32::account(address), pub_key: None, account_number: number, sequence: 0 };
    ctx.get(&key(address))?;
    ctx.set(&key(address), &to_any(&account).encode_to_vec())
}

/// The secp256k1 public key of an account.
pub fn public_key(account: &BaseAccount) -> Outcome<Option<Vec<u8>>> {
    match &account.pub_key {
        None => Ok(None),
        Some(any) => {
            PubKey::decode(any.value.as_slice()).map(|k| Some(k.key)).map_err(|e| plain(e.to_string()))
        }
    }
}
