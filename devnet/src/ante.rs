//! Checks before the messages: fee floor, form, timeout, memo, signers, sequence, signature.

use crate::bech32;
use crate::coins::{self, NCHEQ, amount_of};
use crate::failure::{Failure, Outcome, plain, sdk};
use crate::feemarket;
use crate::kv::Ctx;
use crate::state::{accounts, grants};
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k256::ecdsa::signature::Verifier;
use k256::ecdsa::{Signature, VerifyingKey};
use proto::cosmos::auth::v1beta1::BaseAccount;
use proto::cosmos::base::v1beta1::Coin;
use proto::cosmos::crypto::secp256k1::PubKey;
use proto::cosmos::tx::signing::v1beta1::SignMode;
use proto::cosmos::tx::v1beta1::{SignDoc, SignerInfo, mode_info};
use proto::{Message, from_any};
use sha2::{Digest, Sha256};

/// Longest memo, in characters.
pub const MAX_MEMO_CHARS: usize = 256;
/// Most signatures of a transaction.
pub const MAX_SIGNATURES: usize = 7;
/// Gas per byte of a transaction.
pub const GAS_PER_TX_BYTE: u64 = 10;
/// Gas of a secp256k1 signature check.
pub const GAS_SECP256K1: u64 = 1000;
/// Minimum gas price of the node, in ncheq.
pub const MIN_GAS_PRICE_NCHEQ: i128 = 50;
/// Gas of reading the auth parameters, which several steps do.
const AUTH_PARAMS_GAS: u64 = 1042;

/// How a transaction is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Offered to the mempool.
    Check,
    /// Checked again after a block.
    Recheck,
    /// Tried out: no signature, no fee.
    Simulate,
    /// In a block.
    Deliver,
}

/// Facts about the chain that the checks need.
#[derive(Debug, Clone)]
pub struct Env {
    /// Chain id.
    pub chain_id: String,
    /// Gas limit of a block, `None` for unlimited.
    pub max_block_gas: Option<u64>,
}

/// Runs all checks; on success the sequence is raised and ordinary fees are set aside.
pub fn run(ctx: &mut Ctx<'_>, tx: &Tx, mode: Mode, env: &Env) -> Outcome<()> {
    for _ in &tx.messages {
        ctx.meter.consume(crate::gas::HAS, "Has")?;
    }
    ctx.meter.consume(crate::gas::HAS, "Has")?;
    if matches!(mode, Mode::Check | Mode::Recheck) {
        fee_floor(&tx.fee.amount, tx.fee.gas_limit)?;
    }
    if mode != Mode::Recheck {
        form(tx)?;
    }
    if tx.body.timeout_height != 0 && ctx.height > tx.body.timeout_height {
        return Err(sdk(
            30,
            format!("block height: {}, timeout height: {}", ctx.height, tx.body.timeout_height),
        ));
    }
    ctx.meter.consume(AUTH_PARAMS_GAS, "ReadPerByte")?;
    let characters = tx.body.memo.len();
    if characters > MAX_MEMO_CHARS {
        let text =
            format!("maximum number of characters is {MAX_MEMO_CHARS} but received {characters} characters");
        return Err(sdk(12, text));
    }
    ctx.meter.consume(AUTH_PARAMS_GAS, "ReadPerByte")?;
    ctx.meter.consume(GAS_PER_TX_BYTE * tx.size, "txSize")?;
    fee_announcement(ctx, tx)?;
    if !tx.is_taxable() {
        feemarket::set_aside(ctx, tx, mode == Mode::Simulate)?;
    }
    signatures(ctx, tx, mode, env)
}

/// Sorted, without zero amounts.
fn tidy(fee: &[Coin]) -> Vec<Coin> {
    let mut out: Vec<Coin> = fee.iter().filter(|c| amount_of(c) != Some(0)).cloned().collect();
    out.sort_by(|a, b| a.denom.cmp(&b.denom));
    out
}

/// The node's own minimum, only when a transaction is offered.
fn fee_floor(fee: &[Coin], gas: u64) -> Outcome<()> {
    let signed = i128::from(i64::from_ne_bytes(gas.to_ne_bytes()));
    let need = MIN_GAS_PRICE_NCHEQ * signed;
    if signed < 0 {
        return Err(Failure::Panic(format!("negative coin amount: {need}")));
    }
    let required = format!("{need}{NCHEQ}");
    if let Some(bad) = fee.iter().find(|c| !coins::valid_denom(&c.denom)) {
        return Err(Failure::Panic(format!("invalid denom: {}", bad.denom)));
    }
    if fee.is_empty() {
        return Err(sdk(13, format!("no fee provided, required: {required}")));
    }
    let sorted = tidy(fee);
    if sorted.windows(2).any(|pair| matches!(pair, [a, b] if a.denom == b.denom)) {
        return Err(sdk(13, format!("invalid fee amount: {}", coins::text(&sorted))));
    }
    if sorted.iter().any(|c| c.denom != NCHEQ) {
        let text = format!(
            "fee is not a subset of required fees; got {}, required: {required}",
            coins::text(&sorted)
        );
        return Err(sdk(10, text));
    }
    let offered = sorted.first().and_then(amount_of).unwrap_or(0);
    if offered < need {
        let text = format!("insufficient fees; got: {} required: {required}", coins::text(&sorted));
        return Err(sdk(13, text));
    }
    Ok(())
}

/// Form of fee, payer and signature list.
fn form(tx: &Tx) -> Outcome<()> {
    if i64::try_from(tx.fee.gas_limit).is_err() {
        return Err(sdk(18, format!("invalid gas supplied; {} > {}", tx.fee.gas_limit, i64::MAX)));
    }
    if tx.fee.amount.iter().any(|c| amount_of(c).is_some_and(|a| a < 0)) {
        return Err(sdk(13, format!("invalid fee provided: {}", coins::text(&tx.fee.amount))));
    }
    if !tx.fee.payer.is_empty() {
        bech32::decode_account(&tx.fee.payer)
            .map_err(|e| sdk(7, format!("Invalid fee payer address ({e})")))?;
    }
    let given = tx.raw.signatures.len();
    if given == 0 {
        return Err(sdk(15, ""));
    }
    let expected = tx.signers().len();
    if given != expected {
        return Err(sdk(4, format!("wrong number of signers; expected {expected}, got {given}")));
    }
    Ok(())
}

/// The payer must exist; the offered fee is announced, and a granter's allowance is used.
fn fee_announcement(ctx: &mut Ctx<'_>, tx: &Tx) -> Outcome<()> {
    let payer = tx.payer().unwrap_or_default();
    let address = bech32::decode_account(&payer).map_err(|e| sdk(7, e))?;
    if !tx.fee.granter.is_empty() && tx.fee.granter != payer {
        let granter = bech32::decode_account(&tx.fee.granter).map_err(|e| sdk(7, e))?;
        grants::spend(ctx, &granter, &address, &tx.fee.amount)?;
    }
    if accounts::get(ctx, &address)?.is_none() {
        let raw = String::from_utf8_lossy(&address);
        return Err(sdk(9, format!("fee payer address: {raw} does not exist")));
    }
    ctx.emit("tx", vec![("fee", coins::text(&tx.fee.amount))]);
    Ok(())
}

fn public_key(info: &SignerInfo) -> Outcome<Option<Vec<u8>>> {
    match &info.public_key {
        None => Ok(None),
        Some(any) if any.type_url.is_empty() => Ok(None),
        Some(any) => from_any::<PubKey>(any).map(|k| Some(k.key)).map_err(|e| sdk(8, e.to_string())),
    }
}

/// Address of a secp256k1 key: RIPEMD-160 of SHA-256.
pub fn address_of_key(key: &[u8]) -> Vec<u8> {
    ripemd::Ripemd160::digest(Sha256::digest(key)).to_vec()
}

struct Signer {
    address: Vec<u8>,
    text: String,
    account: BaseAccount,
}

fn set_public_keys(ctx: &mut Ctx<'_>, tx: &Tx, signers: &[String]) -> Outcome<()> {
    for (index, info) in tx.auth.signer_infos.iter().enumerate() {
        let (Some(key), Some(signer)) = (public_key(info)?, signers.get(index)) else { continue };
        let address = bech32::decode_account(signer).map_err(|e| sdk(7, e))?;
        if address_of_key(&key) != address {
            let text = format!("pubKey does not match signer address {signer} with signer index: {index}");
            return Err(sdk(8, text));
        }
        let Some(mut account) = accounts::get(ctx, &address)? else {
            return Err(sdk(9, format!("account {signer} does not exist")));
        };
        if account.pub_key.is_none() {
            account.pub_key = Some(proto::to_any(&PubKey { key }));
            accounts::set(ctx, &address, &account)?;
        }
    }
    for (index, info) in tx.auth.signer_infos.iter().enumerate() {
        let signer = signers.get(index).map_or("", String::as_str);
        ctx.emit("tx", vec![("acc_seq", format!("{signer}/{}", info.sequence))]);
    }
    for (info, signature) in tx.auth.signer_infos.iter().zip(&tx.raw.signatures) {
        if info.mode_info.is_none() {
            return Err(plain("got empty SignatureData"));
        }
        ctx.emit("tx", vec![("signature", STANDARD.encode(signature))]);
    }
    Ok(())
}

fn load(ctx: &mut Ctx<'_>, signer: &str) -> Outcome<Signer> {
    let address = bech32::decode_account(signer).map_err(|e| sdk(7, e))?;
    match accounts::get(ctx, &address)? {
        Some(account) => Ok(Signer { address, text: signer.to_owned(), account }),
        None => Err(sdk(9, format!("account {signer} does not exist"))),
    }
}

fn signatures(ctx: &mut Ctx<'_>, tx: &Tx, mode: Mode, env: &Env) -> Outcome<()> {
    let signers = tx.signers();
    set_public_keys(ctx, tx, &signers)?;
    ctx.meter.consume(AUTH_PARAMS_GAS, "ReadPerByte")?;
    if tx.auth.signer_infos.len() > MAX_SIGNATURES {
        let text = format!("signatures: {}, limit: {MAX_SIGNATURES}", tx.auth.signer_infos.len());
        return Err(sdk(14, text));
    }
    ctx.meter.consume(AUTH_PARAMS_GAS, "ReadPerByte")?;
    for (signer, _) in signers.iter().zip(&tx.auth.signer_infos) {
        load(ctx, signer)?;
        ctx.meter.consume(GAS_SECP256K1, "ante verify: secp256k1")?;
    }
    let given = tx.auth.signer_infos.len();
    if given != signers.len() {
        return Err(sdk(4, format!("invalid number of signer;  expected: {}, got {given}", signers.len())));
    }
    for (signer, (info, signature)) in signers.iter().zip(tx.auth.signer_infos.iter().zip(&tx.raw.signatures))
    {
        let signer = load(ctx, signer)?;
        let expected = signer.account.sequence;
        if info.sequence != expected {
            let text = format!("account sequence mismatch, expected {expected}, got {}", info.sequence);
            return Err(sdk(32, text));
        }
        if matches!(mode, Mode::Check | Mode::Deliver) {
            verify(tx, &signer, info, signature, env)?;
        }
    }
    for signer in &signers {
        let mut signer = load(ctx, signer)?;
        signer.account.sequence += 1;
        accounts::set(ctx, &signer.address, &signer.account)?;
    }
    Ok(())
}

fn is_direct(info: &SignerInfo) -> bool {
    let sum = info.mode_info.as_ref().and_then(|m| m.sum.as_ref());
    matches!(sum, Some(mode_info::Sum::Single(s)) if s.mode == SignMode::Direct as i32)
}

fn verify(tx: &Tx, signer: &Signer, info: &SignerInfo, signature: &[u8], env: &Env) -> Outcome<()> {
    let Some(key) = accounts::public_key(&signer.account)? else {
        return Err(sdk(
            8,
            format!("account {} has no public key: pubkey on account is not set", signer.text),
        ));
    };
    let number = signer.account.account_number;
    let chain = &env.chain_id;
    if !is_direct(info) {
        // Other sign modes need their own sign bytes, which no client of the devnet produces.
        let sequence = signer.account.sequence;
        return Err(sdk(
            4,
            format!(
                "signature verification failed; please verify account number ({number}), sequence ({sequence}) and chain-id ({chain})"
            ),
        ));
    }
    let doc = SignDoc {
        body_bytes: tx.raw.body_bytes.clone(),
        auth_info_bytes: tx.raw.auth_info_bytes.clone(),
        chain_id: chain.clone(),
        account_number: number,
    };
    if good_signature(&key, &doc.encode_to_vec(), signature) {
        return Ok(());
    }
    Err(sdk(
        4,
        format!(
            "signature verification failed; please verify account number ({number}) and chain-id ({chain}): (unable to verify single signer signature)"
        ),
    ))
}

/// 64 bytes r and s, with s in the lower half of the group order.
fn good_signature(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (VerifyingKey::from_sec1_bytes(key), Signature::from_slice(signature))
    else {
        return false;
    };
    signature.normalize_s().is_none() && key.verify(message, &signature).is_ok()
}
