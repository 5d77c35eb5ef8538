//! Money for payer accounts of a development chain, sent from an account with a known mnemonic.
//!
//! Only for chains whose mnemonics are public (`studio up`, tests). Real payers are funded by people, and their keys
//! live in `vault`.

use crate::{message::bank, tx};
use app::port::{
    Chain,
    chain::{ChainFault, TxCode, TxDraft},
};
use bip32::{DerivationPath, XPrv};
use domain::id::{Ncheq, Network};
use k256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use std::time::Duration;

/// Where cheqd keeps a mnemonic's first account.
pub const HD_PATH: &str = "m/44'/118'/0'/0/0";
/// Blocks within which a transfer must be included.
const TIMEOUT_BLOCKS: u64 = 40;
/// Pause between two looks for a transfer.
const LOOK_PAUSE: Duration = Duration::from_millis(200);
/// Looks for a transfer before giving up (with the pause: two minutes).
const LOOKS_MAX: u32 = 600;
/// Attempts at a transfer that lost its place to another (sdk/32).
const ATTEMPTS_MAX: u32 = 5;
/// sdk code of a wrong sequence.
const CODE_SEQUENCE: u32 = 32;

/// Why no money was sent. Never shows the mnemonic.
#[derive(Debug, thiserror::Error)]
pub enum FaucetError {
    /// The mnemonic is not one of BIP-39's, or no key follows from it.
    #[error("the faucet's mnemonic is not valid: {0}")]
    Mnemonic(String),
    /// The chain gave no answer.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// The faucet's own account does not exist on the chain.
    #[error("the faucet account {0} does not exist on this chain")]
    Unfunded(String),
    /// The chain refused the transfer.
    #[error("the transfer was refused with {}/{}: {}", .0.codespace, .0.code, .0.log)]
    Refused(TxCode),
    /// The transfer was not found in a block in time.
    #[error("the transfer {0} has not been included in time")]
    Lost(String),
}

/// What a top-up did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopUp {
    /// The account had enough already.
    Enough(Ncheq),
    /// Money was sent in this transaction (upper-case hex hash), which is in a block.
    Sent(String),
}

/// An account that gives money away.
pub struct Faucet {
    key: SigningKey,
    address: String,
    /// One transfer at a time, since transfers share a sequence.
    turn: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Faucet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faucet").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Faucet {
    /// The first account of a mnemonic (no passphrase).
    pub fn from_mnemonic(mnemonic: &str) -> Result<Self, FaucetError> {
        let invalid = |why: &dyn std::fmt::Display| FaucetError::Mnemonic(why.to_string());
        let mnemonic: bip39::Mnemonic =
            mnemonic.parse().map_err(|_| invalid(&"unknown words or checksum"))?;
        let path: DerivationPath = HD_PATH.parse().map_err(|error| invalid(&error))?;
        let key: SigningKey = XPrv::derive_from_path(mnemonic.to_seed(""), &path)
            .map_err(|error| invalid(&error))?
            .private_key()
            .clone();
        let address = tx::address_of(key.verifying_key().to_encoded_point(true).as_bytes())
            .map_err(|error| invalid(&error))?;
        Ok(Self { key, address, turn: tokio::sync::Mutex::new(()) })
    }

    /// Its address (`cheqd1…`).
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends `amount` to `to` if it has less than `below`, and waits until that is in a block.
    pub async fn top_up(
        &self,
        chain: &dyn Chain,
        network: Network,
        to: &str,
        below: Ncheq,
        amount: Ncheq,
    ) -> Result<TopUp, FaucetError> {
        let _turn = self.turn.lock().await;
        let balance = chain.balance(network, to).await?;
        if balance >= below {
            return Ok(TopUp::Enough(balance));
        }
        let mut last = None;
        for _ in 0..ATTEMPTS_MAX {
            match self.send(chain, network, to, amount).await {
                Ok(hash) => return Ok(TopUp::Sent(hash)),
                Err(FaucetError::Refused(no)) if no.code == CODE_SEQUENCE && no.codespace == "sdk" => {
                    last = Some(no);
                    tokio::time::sleep(LOOK_PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
        last.map_or_else(|| Err(FaucetError::Lost(String::new())), |no| Err(FaucetError::Refused(no)))
    }

    async fn send(
        &self,
        chain: &dyn Chain,
        network: Network,
        to: &str,
        amount: Ncheq,
    ) -> Result<String, FaucetError> {
        let messages = vec![bank::send(&self.address, to, amount)];
        let status = chain.status(network).await?;
        let account = chain.account(network, &self.address).await?;
        let account = account.ok_or_else(|| FaucetError::Unfunded(self.address.clone()))?;
        let quote = chain.quote(network, &messages, None).await?;
        let unsigned = chain.unsigned(&TxDraft {
            chain_id: status.chain_id,
            payer: self.address.clone(),
            payer_public_key: self.key.verifying_key().to_encoded_point(true).as_bytes().to_vec(),
            account_number: account.number,
            sequence: account.sequence,
            messages,
            fee: quote.offer,
            gas_limit: quote.gas_limit,
            timeout_height: status.height + TIMEOUT_BLOCKS,
            memo: String::new(),
        })?;
        let signature: Signature = self.key.sign(&unsigned.sign_bytes);
        let signed = chain.signed(&unsigned, &signature.to_bytes());
        let answer = chain.broadcast(network, &signed.bytes).await?;
        if answer.code != 0 {
            return Err(FaucetError::Refused(answer));
        }
        for _ in 0..LOOKS_MAX {
            if let Some(found) = chain.lookup(network, &signed.hash).await? {
                return if found.result.code == 0 {
                    Ok(signed.hash)
                } else {
                    Err(FaucetError::Refused(found.result))
                };
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        Err(FaucetError::Lost(signed.hash))
    }
}
