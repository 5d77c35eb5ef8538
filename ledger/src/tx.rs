//! Laying out and signing transactions (docs/ledger.md#transactions). Pure.

use app::port::chain::{ChainFault, SignedTx, TxDraft, UnsignedTx};
use cosmrs::{
    AccountId, Any, Coin, Denom,
    crypto::PublicKey,
    proto::cosmos::tx::v1beta1::TxRaw,
    tx::{Body, Fee, SignDoc, SignerInfo},
};
use domain::id::Network;
use k256::ecdsa::VerifyingKey;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

/// Prefix of cheqd account addresses.
pub const ADDRESS_PREFIX: &str = "cheqd";

/// The bech32 address (`cheqd1…`) of a compressed secp256k1 public key (33 bytes).
pub fn address_of(public_key: &[u8]) -> Result<String, String> {
    let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|error| error.to_string())?;
    let id = PublicKey::from(key).account_id(ADDRESS_PREFIX).map_err(|error| error.to_string())?;
    Ok(id.to_string())
}

/// Body, auth info and the bytes to sign (`SIGN_MODE_DIRECT`). The payer stands in `fee.payer`, because cheqd's messages
/// name no signer of their own.
pub fn unsigned(draft: &TxDraft) -> Result<UnsignedTx, ChainFault> {
    lay_out(draft).map_err(|detail| ChainFault::Unexpected {
        network: network_of(&draft.chain_id),
        detail: format!("the transaction cannot be laid out: {detail}"),
    })
}

fn lay_out(draft: &TxDraft) -> Result<UnsignedTx, String> {
    let text = |error: cosmrs::ErrorReport| error.to_string();
    let key = VerifyingKey::from_sec1_bytes(&draft.payer_public_key).map_err(|error| error.to_string())?;
    let key = PublicKey::from(key);
    let payer: AccountId = draft.payer.parse().map_err(text)?;
    // A wrong key would only show as sdk/8 after the bytes have been stored and sent.
    if key.account_id(ADDRESS_PREFIX).map_err(text)? != payer {
        return Err(format!("{payer} is not the address of the payer's public key"));
    }
    let denom: Denom = "ncheq".parse().map_err(text)?;
    let fee = Fee {
        amount: vec![Coin { denom, amount: draft.fee.0 }],
        gas_limit: draft.gas_limit,
        payer: Some(payer),
        granter: None,
    };
    let messages = draft
        .messages
        .iter()
        .map(|message| Any { type_url: message.type_url.clone(), value: message.value.clone() });
    let timeout_height = cosmrs::tendermint::block::Height::try_from(draft.timeout_height)
        .map_err(|error| error.to_string())?;
    let body = Body::new(messages, draft.memo.clone(), timeout_height).into_bytes().map_err(text)?;
    let auth_info =
        SignerInfo::single_direct(Some(key), draft.sequence).auth_info(fee).into_bytes().map_err(text)?;
    let sign_doc = SignDoc {
        body_bytes: body.clone(),
        auth_info_bytes: auth_info.clone(),
        chain_id: draft.chain_id.clone(),
        account_number: draft.account_number,
    };
    Ok(UnsignedTx { sign_bytes: sign_doc.into_bytes().map_err(text)?, body, auth_info })
}

/// `TxRaw` bytes and their hash. For a simulation the signature may be empty: the node does not check it.
pub fn signed(unsigned: &UnsignedTx, signature: &[u8]) -> SignedTx {
    let raw = TxRaw {
        body_bytes: unsigned.body.clone(),
        auth_info_bytes: unsigned.auth_info.clone(),
        signatures: vec![signature.to_vec()],
    };
    let bytes = raw.encode_to_vec();
    let hash = hex::encode_upper(Sha256::digest(&bytes));
    SignedTx { bytes, hash }
}

/// Only for the text of a fault: which network a chain id belongs to.
fn network_of(chain_id: &str) -> Network {
    if chain_id.contains("mainnet") { Network::Mainnet } else { Network::Testnet }
}
