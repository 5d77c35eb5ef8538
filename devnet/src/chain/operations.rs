//! Changes from outside the transactions. They are written into the block that makes them, so that a replay repeats
//! them.

use crate::accounts::FAUCET_ADDRESS;
use crate::bech32;
use crate::coins::{self, NCHEQ};
use crate::decimal::Dec;
use crate::genesis::{DidFeeParams, ResourceFeeParams};
use crate::kv::Ctx;
use crate::state::{bank, params};
use serde::{Deserialize, Serialize};

/// A change a block makes before its transactions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// New price: US dollars per CHEQ times 10^18.
    SetPrice {
        /// Scaled decimal.
        scaled: String,
    },
    /// New DID fees.
    SetDidFees {
        /// The fees.
        params: DidFeeParams,
    },
    /// New resource fees.
    SetResourceFees {
        /// The fees.
        params: ResourceFeeParams,
    },
    /// Moves an account's ncheq to the faucet, all but some.
    Drain {
        /// Bech32 address.
        address: String,
        /// What stays, in ncheq.
        leave_ncheq: u64,
    },
    /// The next transactions run out of gas.
    OutOfGas {
        /// How many.
        count: u64,
    },
}

impl Operation {
    /// Applies the change. Values were checked when the change was asked for.
    pub(super) fn apply(self, ctx: &mut Ctx<'_>) {
        match self {
            Self::SetPrice { scaled } => {
                if let Some(price) = Dec::from_scaled(&scaled) {
                    params::put_price(ctx, &price);
                }
            }
            Self::SetDidFees { params } => {
                if let Ok(params) = params.to_proto() {
                    params::put_did_fees(ctx, &params);
                }
            }
            Self::SetResourceFees { params } => {
                if let Ok(params) = params.to_proto() {
                    params::put_resource_fees(ctx, &params);
                }
            }
            Self::Drain { address, leave_ncheq } => drain(ctx, &address, i128::from(leave_ncheq)),
            Self::OutOfGas { count } => params::put_forced_out_of_gas(ctx, count),
        }
    }
}

fn drain(ctx: &mut Ctx<'_>, address: &str, leave: i128) {
    let (Ok(from), Ok(to)) = (bech32::decode_account(address), bech32::decode_account(FAUCET_ADDRESS)) else {
        return;
    };
    let amount = bank::peek(ctx, &from, NCHEQ) - leave;
    if amount > 0
        && let Err(error) = bank::send(ctx, &from, &to, &[coins::coin(NCHEQ, amount)])
    {
        tracing::error!(?error, "an account could not be drained");
    }
}
