//! What the ledger said: blocks, refusals, prices, other addresses.

use crate::scalar::{Amount, Long};
use async_graphql::SimpleObject;
use domain::{id::Instant, ledger, resource::AlternativeUri as Uri};

/// Proof that a write is in a block.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Inclusion {
    /// Upper-case hex SHA-256 of the transaction; null only if its effect was found on the ledger but not the transaction.
    tx_hash: Option<String>,
    /// Block height.
    height: Long,
    /// Time of that block.
    block_time: Instant,
    /// What the payer was charged for this message.
    fee_paid: Amount,
    /// Gas the whole transaction used.
    gas_used: Long,
}

impl From<ledger::Inclusion> for Inclusion {
    fn from(inclusion: ledger::Inclusion) -> Self {
        let ledger::Inclusion { tx_hash, height, block_time, fee_paid, gas_used } = inclusion;
        Self {
            tx_hash,
            height: Long(height),
            block_time,
            fee_paid: Amount(fee_paid),
            gas_used: Long(gas_used),
        }
    }
}

/// Why a write will never take effect.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Rejection {
    /// Stable slug, e.g. `ledger/unauthorized`.
    code: String,
    /// A sentence for people.
    reason: String,
    /// Upper-case hex hash of the transaction that failed, if one reached a block.
    tx_hash: Option<String>,
}

impl From<ledger::Rejection> for Rejection {
    fn from(rejection: ledger::Rejection) -> Self {
        Self { code: rejection.code, reason: rejection.reason, tx_hash: rejection.tx_hash }
    }
}

/// What became of what was asked to be published; a part of the object that shows it.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct Published {
    /// The block it is in.
    pub(crate) inclusion: Option<Inclusion>,
    /// Why it was refused, if it was.
    pub(crate) rejection: Option<Rejection>,
    /// When it was asked for.
    pub(crate) created_at: Instant,
    /// When anything last happened to it.
    pub(crate) updated_at: Instant,
}

/// Another address of a resource.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct AlternativeUri {
    /// The address.
    uri: String,
    /// What it is.
    description: String,
}

impl From<Uri> for AlternativeUri {
    fn from(uri: Uri) -> Self {
        Self { uri: uri.uri, description: uri.description }
    }
}
