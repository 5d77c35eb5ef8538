//! The state of the first block: defaults of a public local network, or a `genesis` object of a ledger corpus.

use crate::bech32;
use crate::coins::NCHEQ;
use crate::decimal::Dec;
use crate::gas::Meter;
use crate::kv::{Ctx, Layer, Map};
use crate::modules;
use crate::state::{accounts, bank, dids, params};
use proto::cheqd::did::v2::{FeeParams as DidFees, FeeRange};
use proto::cheqd::resource::v2::FeeParams as ResourceFees;
use proto::cosmos::auth::v1beta1::BaseAccount;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A funded account of the genesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Bech32 address.
    pub address: String,
    /// Balance in ncheq, a decimal integer.
    pub balance: String,
}

/// A fee range as genesis files write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// `ncheq` or `usd`.
    pub denom: String,
    /// Lower end, a decimal integer.
    #[serde(default)]
    pub min_amount: Option<String>,
    /// Upper end; equal to the lower one for a fixed price.
    #[serde(default)]
    pub max_amount: Option<String>,
}

/// Prices of DID operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DidFeeParams {
    /// Create.
    pub create_did: Vec<Range>,
    /// Update.
    pub update_did: Vec<Range>,
    /// Deactivate.
    pub deactivate_did: Vec<Range>,
    /// Share that is burned, such as `0.5`.
    pub burn_factor: String,
}

/// Prices of resources by media type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceFeeParams {
    /// `image/…`.
    pub image: Vec<Range>,
    /// `application/json`.
    pub json: Vec<Range>,
    /// Everything else.
    pub default: Vec<Range>,
    /// Share that is burned.
    pub burn_factor: String,
}

/// The oracle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oracle {
    /// US dollars per CHEQ, such as `0.05`; `0` for no price yet.
    pub cheq_usd_price: String,
}

/// Block limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockParams {
    /// Largest block in bytes.
    pub max_bytes: i64,
    /// Gas limit of a block, −1 for none.
    pub max_gas: i64,
}

/// Genesis of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    /// Chain id, which every transaction signature covers.
    pub chain_id: String,
    /// Namespace of the DIDs.
    pub did_namespace: String,
    /// Funded accounts; their numbers are their positions.
    pub accounts: Vec<Account>,
    /// First account number after operator and modules.
    #[serde(default)]
    pub first_free_account_number: Option<u64>,
    /// DID fees.
    pub did_fee_params: DidFeeParams,
    /// Resource fees.
    pub resource_fee_params: ResourceFeeParams,
    /// Price.
    pub oracle: Oracle,
    /// Block limits.
    pub block_params: BlockParams,
}

/// Why a genesis was refused.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// Not the expected JSON.
    #[error("the genesis is not readable: {0}")]
    Json(#[from] serde_json::Error),
    /// A value is out of range.
    #[error("the genesis has an invalid {what}: {value}")]
    Invalid {
        /// What is wrong.
        what: &'static str,
        /// The value.
        value: String,
    },
}

fn invalid(what: &'static str, value: &str) -> GenesisError {
    GenesisError::Invalid { what, value: value.to_owned() }
}

fn usd(amount: &str) -> Vec<Range> {
    vec![Range { denom: "usd".into(), min_amount: Some(amount.into()), max_amount: Some(amount.into()) }]
}

impl Default for Genesis {
    /// Chain `cheqd-devnet-1`, namespace `testnet`, the five public accounts, dollar prices, 0.05 USD per CHEQ.
    fn default() -> Self {
        let accounts = crate::accounts::PUBLIC_ACCOUNTS.iter();
        Self {
            chain_id: "cheqd-devnet-1".into(),
            did_namespace: "testnet".into(),
            accounts: accounts
                .map(|a| Account { address: a.address.into(), balance: a.balance_ncheq.to_string() })
                .collect(),
            first_free_account_number: None,
            did_fee_params: DidFeeParams {
                create_did: usd("2000000000000000000"),
                update_did: usd("1000000000000000000"),
                deactivate_did: usd("400000000000000000"),
                burn_factor: "0.5".into(),
            },
            resource_fee_params: ResourceFeeParams {
                image: usd("100000000000000000"),
                json: usd("400000000000000000"),
                default: usd("200000000000000000"),
                burn_factor: "0.5".into(),
            },
            oracle: Oracle { cheq_usd_price: "0.05".into() },
            block_params: BlockParams { max_bytes: 22_020_096, max_gas: -1 },
        }
    }
}

impl Genesis {
    /// Reads a genesis object, or the `genesis` member of a whole corpus file.
    ///
    /// # Errors
    /// When members are missing or of the wrong type.
    pub fn from_json(value: &Value) -> Result<Self, GenesisError> {
        let inner = value.get("genesis").unwrap_or(value);
        Ok(serde_json::from_value(inner.clone())?)
    }

    /// Gas limit of a block.
    pub fn max_block_gas(&self) -> Option<u64> {
        u64::try_from(self.block_params.max_gas).ok().filter(|g| *g > 0)
    }

    /// DID fees on the wire.
    pub fn did_fees(&self) -> Result<DidFees, GenesisError> {
        self.did_fee_params.to_proto()
    }

    /// Resource fees on the wire.
    pub fn resource_fees(&self) -> Result<ResourceFees, GenesisError> {
        self.resource_fee_params.to_proto()
    }

    /// The state before the first block.
    ///
    /// # Errors
    /// When an address, amount or decimal is invalid.
    pub fn state(&self) -> Result<Map, GenesisError> {
        let base = Map::new();
        let mut ctx = Ctx::new(&base, Layer::new(), Meter::new(None), 0, (0, 0));
        dids::put_namespace(&mut ctx, &self.did_namespace);
        params::put_did_fees(&mut ctx, &self.did_fees()?);
        params::put_resource_fees(&mut ctx, &self.resource_fees()?);
        let price = &self.oracle.cheq_usd_price;
        let price = Dec::from_decimal(price).ok_or_else(|| invalid("price", price))?;
        params::put_price(&mut ctx, &price);
        let mut number = 0;
        let mut open = |ctx: &mut Ctx<'_>, bytes: &[u8]| {
            let address = bech32::account(bytes);
            let account = BaseAccount { address, pub_key: None, account_number: number, sequence: 0 };
            accounts::put(ctx, bytes, &account);
            number += 1;
        };
        for account in &self.accounts {
            let bytes = bech32::decode_account(&account.address).map_err(|e| invalid("address", &e))?;
            let balance: i128 = account.balance.parse().map_err(|_| invalid("balance", &account.balance))?;
            open(&mut ctx, &bytes);
            bank::put(&mut ctx, &bytes, NCHEQ, balance);
        }
        open(&mut ctx, &modules::address_of("devnet-operator"));
        for name in modules::AT_GENESIS {
            open(&mut ctx, &modules::address_of(name));
        }
        let free = self.first_free_account_number.unwrap_or(number);
        accounts::put_next_number(&mut ctx, free.max(number));
        let mut state = Map::new();
        crate::kv::apply(&mut state, ctx.into_layer());
        Ok(state)
    }
}

fn ranges(list: &[Range]) -> Result<Vec<FeeRange>, GenesisError> {
    let amount = |text: &Option<String>| match text {
        Some(t) if t.parse::<i128>().is_err() => Err(invalid("fee amount", t)),
        other => Ok(other.clone()),
    };
    let convert = |r: &Range| {
        let (min_amount, max_amount) = (amount(&r.min_amount)?, amount(&r.max_amount)?);
        Ok(FeeRange { denom: r.denom.clone(), min_amount, max_amount })
    };
    list.iter().map(convert).collect()
}

fn scaled(text: &str) -> Result<String, GenesisError> {
    Dec::from_decimal(text).map(|d| d.to_scaled()).ok_or_else(|| invalid("burn factor", text))
}

impl DidFeeParams {
    /// The wire form.
    ///
    /// # Errors
    /// When an amount or the burn factor is no number.
    pub fn to_proto(&self) -> Result<DidFees, GenesisError> {
        Ok(DidFees {
            create_did: ranges(&self.create_did)?,
            update_did: ranges(&self.update_did)?,
            deactivate_did: ranges(&self.deactivate_did)?,
            burn_factor: scaled(&self.burn_factor)?,
        })
    }
}

impl ResourceFeeParams {
    /// The wire form.
    ///
    /// # Errors
    /// When an amount or the burn factor is no number.
    pub fn to_proto(&self) -> Result<ResourceFees, GenesisError> {
        Ok(ResourceFees {
            image: ranges(&self.image)?,
            json: ranges(&self.json)?,
            default: ranges(&self.default)?,
            burn_factor: scaled(&self.burn_factor)?,
        })
    }
}
