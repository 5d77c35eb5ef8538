//! Misbehaviour on demand: what `POST /devnet/fault` and the in-process handle can ask for.

use crate::genesis::{DidFeeParams, ResourceFeeParams};
use serde::{Deserialize, Serialize};

/// Most blocks one request may add.
pub const MAX_ADVANCE_BLOCKS: u64 = 100_000;
/// Longest delay of a reply, in milliseconds.
pub const MAX_DELAY_MILLIS: u64 = 60_000;

fn one() -> u64 {
    1
}

/// A request to misbehave, or to change the world around the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Process the next broadcasts, then break the connection instead of answering.
    DropReply {
        /// How many broadcasts.
        #[serde(default = "one")]
        count: u64,
    },
    /// Submit the next broadcasts twice and answer with the second outcome.
    Duplicate {
        /// How many broadcasts.
        #[serde(default = "one")]
        count: u64,
    },
    /// Answer the next requests with HTTP 503 without processing them.
    #[serde(rename = "http_503")]
    Http503 {
        /// How many requests.
        #[serde(default = "one")]
        count: u64,
    },
    /// Answer the next requests late.
    Delay {
        /// Milliseconds, at most 60,000.
        millis: u64,
        /// How many requests.
        #[serde(default = "one")]
        count: u64,
    },
    /// Make no blocks until told otherwise.
    StallBlocks,
    /// Make blocks again.
    ResumeBlocks,
    /// Forget all transactions that wait for a block, without a word.
    Evict,
    /// Forget them like that, and let them turn up again so many blocks later, as from another node's mempool.
    Withhold {
        /// Blocks.
        blocks: u64,
    },
    /// Make blocks now; empty ones while blocks are stalled.
    AdvanceBlocks {
        /// How many.
        count: u64,
    },
    /// Report an account's sequence wrongly in account queries.
    WrongSequence {
        /// Bech32 address.
        address: String,
        /// What is added to the true sequence; 0 ends it.
        delta: i64,
    },
    /// Show height and transactions late by this many blocks (0 ends it).
    Lag {
        /// Blocks.
        blocks: u64,
    },
    /// Let the next transactions run out of gas in a block.
    OutOfGas {
        /// How many transactions.
        #[serde(default = "one")]
        count: u64,
    },
    /// Change the price of CHEQ from the next block on.
    SetPrice {
        /// US dollars per CHEQ, such as `0.05`; `0` for no price.
        cheq_usd: String,
    },
    /// Change the DID fees from the next block on.
    SetDidFees {
        /// New fees.
        params: DidFeeParams,
    },
    /// Change the resource fees from the next block on.
    SetResourceFees {
        /// New fees.
        params: ResourceFeeParams,
    },
    /// Take an account's coins away, all but this many ncheq, in the next block.
    Drain {
        /// Bech32 address.
        address: String,
        /// What stays, in ncheq.
        #[serde(default)]
        leave_ncheq: u64,
    },
    /// End all misbehaviour (prices, fees and balances stay as they are).
    Clear,
}

/// Misbehaviour that is in force.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Active {
    /// Broadcast replies still to drop.
    pub drop_replies: u64,
    /// Broadcasts still to submit twice.
    pub duplicates: u64,
    /// Requests still to refuse.
    pub unavailable: u64,
    /// Requests still to delay.
    pub delays: u64,
    /// Delay of each, in milliseconds.
    pub delay_millis: u64,
    /// Whether blocks are stalled.
    pub stalled: bool,
    /// Account whose sequence is reported wrongly, and by how much.
    pub wrong_sequence: Option<(String, i64)>,
    /// Blocks of lag.
    pub lag_blocks: u64,
}

/// Uses one of a counter up.
pub fn take(counter: &mut u64) -> bool {
    let any = *counter > 0;
    *counter = counter.saturating_sub(1);
    any
}
