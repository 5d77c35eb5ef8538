//! What the outbox needs to be durable.

use crate::port::chain::ChainMessage;
use async_trait::async_trait;
use domain::{
    id::{CustomerId, Did, Ncheq, Network, OperationId},
    ledger::{Effect, LedgerOutcome},
};
use std::time::Duration;
use uuid::Uuid;

/// Why the store did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboxFault {
    /// Somebody else leases the lane by now; whatever was to be written is theirs to decide.
    #[error("the lease of the lane was lost")]
    Fenced,
    /// The database is away or refused; try again.
    #[error("the outbox store is unavailable: {0}")]
    Unavailable(String),
    /// A row that cannot be read; a bug or damage.
    #[error("an outbox row cannot be read: {0}")]
    Unreadable(String),
}

/// The right to sign for one payer. Every write compares owner and fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which chain.
    pub network: Network,
    /// Which account.
    pub payer: String,
    /// Which worker process.
    pub owner: Uuid,
    /// Grows with every change of holder.
    pub fence: i64,
}

/// An operation that is not over.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedOp {
    /// Its id.
    pub operation: OperationId,
    /// Whose it is.
    pub customer: CustomerId,
    /// The type of aggregate that asked.
    pub aggregate_type: String,
    /// Its id.
    pub aggregate_id: String,
    /// The event that asked.
    pub event_id: Uuid,
    /// The request it belongs to.
    pub correlation_id: Uuid,
    /// W3C trace context of that request.
    pub traceparent: Option<String>,
    /// Operations with the same key go one after the other.
    pub ordering_key: Did,
    /// The identity-signed message.
    pub message: ChainMessage,
    /// Its trace on the chain.
    pub effect: Effect,
    /// Refuse to pay more.
    pub fee_max: Option<Ncheq>,
    /// Attempts so far that ended in a no.
    pub attempts: u32,
    /// How often it ran out of gas.
    pub gas_boost: u32,
    /// Whether it is or was in a transaction that may have left a trace: any but one that failed in a block or was refused
    /// at its only sending.
    pub tried: bool,
    /// Whether somebody asked that it end without effect.
    pub cancel_asked: bool,
    /// Height of the newest confirmed operation with the same ordering key: a node below it knows too little.
    pub predecessor_height: Option<u64>,
    /// How it ended, if that is decided but not yet recorded in the aggregate.
    pub outcome: Option<LedgerOutcome>,
}

/// A transaction to be stored before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTx {
    /// Its id here.
    pub id: Uuid,
    /// The account sequence it uses.
    pub sequence: u64,
    /// The signed bytes.
    pub bytes: Vec<u8>,
    /// Upper-case hex SHA-256 of them.
    pub hash: String,
    /// The last height at which it may be included.
    pub timeout_height: u64,
    /// The fee it offers.
    pub fee_offered: Ncheq,
    /// The fee it is expected to be charged.
    pub fee_expected: Ncheq,
    /// Its gas limit.
    pub gas_limit: u64,
}

/// A transaction of a lane that may be on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveTx {
    /// What was stored.
    pub tx: NewTx,
    /// How often it was, or may have been, sent. The first sending is counted when it is stored.
    pub sends: u32,
    /// Whether the node once said yes.
    pub accepted: bool,
}

/// A former transaction of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// Upper-case hex hash.
    pub hash: String,
    /// The account sequence it used.
    pub sequence: u64,
    /// The last height at which it could be included.
    pub timeout_height: u64,
    /// How many messages it had.
    pub messages: usize,
    /// Which of them was the operation's.
    pub index: usize,
    /// What it was expected to be charged.
    pub fee_expected: Ncheq,
    /// Whether it was given up without proof that it is dead.
    pub retired: bool,
    /// Whether it may have taken effect: neither proven dead, nor refused at its only sending, nor failed in a block.
    pub unproven: bool,
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TxEnd {
    /// In a block, code 0 (or its effect was found on chain).
    Included,
    /// In a block, refused there.
    Reverted,
    /// The node refused its only sending: it is nowhere.
    Refused,
    /// Given up although it may still be somewhere; excluded by its sequence.
    Retired,
    /// Provably dead: past its timeout and absent.
    Expired,
}

/// What was in the way, told to whoever waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Stable slug, e.g. `ledger/out-of-gas`.
    pub code: String,
    /// A sentence.
    pub reason: String,
}

/// An operation goes back into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requeue {
    /// Which.
    pub operation: OperationId,
    /// Why; `None` if it was not its fault (another message of the same transaction failed).
    pub note: Option<Note>,
    /// How long to wait.
    pub delay: Duration,
    /// Whether it is one of the counted attempts.
    pub counts: bool,
    /// Whether it needs more gas next time.
    pub boost_gas: bool,
    /// Whether it waits for an operator instead: it then blocks its ordering key and nothing else.
    pub dead: bool,
}

/// The end of a transaction, and what becomes of its operations; or just the latter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conclusion {
    /// The live transaction and its end.
    pub tx: Option<(Uuid, TxEnd)>,
    /// Operations to try again.
    pub requeued: Vec<Requeue>,
    /// Operations whose outcome is known and must now be recorded in their aggregates.
    pub decided: Vec<(OperationId, LedgerOutcome)>,
}

/// Nothing moves in this lane for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub note: Note,
    /// For how long.
    pub delay: Duration,
}

/// A transaction that may be on its way, behind another of the same lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// The account sequence it uses.
    pub sequence: u64,
    /// The fee it is expected to be charged.
    pub fee_expected: Ncheq,
}

/// How much work a worker wants to see at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most ready operations.
    pub ready: usize,
    /// No ready operations if so many transactions are on their way.
    pub in_flight: usize,
}

/// What there is to do in a lane.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Work {
    /// The transaction with the lowest sequence of those that may be on their way, and its operations in the order of its
    /// messages.
    pub front: Option<(LiveTx, Vec<QueuedOp>)>,
    /// The others that may be on their way, by sequence.
    pub behind: Vec<Behind>,
    /// Operations whose outcome is decided but not recorded.
    pub settling: Vec<QueuedOp>,
    /// First what is to be cancelled, then heads of their ordering keys that are due, each in the order of the log; none while outcomes wait to be recorded or enough
    /// transactions are on their way.
    pub ready: Vec<QueuedOp>,
    /// How long until the next one is due, if any waits.
    pub next_in: Option<Duration>,
    /// Holds in a row so far.
    pub failures: u32,
    /// Counts reasons to look at the lane; handed back on release.
    pub bumps: i64,
}

/// The outbox's memory. All times are the store's own clock; callers hand in durations only.
#[async_trait]
pub trait OutboxStore: Send + Sync {
    /// Leases a lane that has something due and that nobody leases, longest waiting first.
    async fn lease(&self, owner: Uuid, ttl: Duration) -> Result<Option<Lease>, OutboxFault>;
    /// What there is to do, within the limits; renews the lease.
    async fn work(&self, lease: &Lease, ttl: Duration, limits: Limits) -> Result<Work, OutboxFault>;
    /// Whether there is a new reason to look at the lane since `bumps` was read with [`OutboxStore::work`].
    async fn bumped(&self, lease: &Lease, bumps: i64) -> Result<bool, OutboxFault>;
    /// Keeps the lease.
    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<(), OutboxFault>;
    /// Stores a transaction durably, with its operations in the order of its messages, and clears the lane's hold.
    async fn prepare(&self, lease: &Lease, tx: &NewTx, operations: &[OperationId])
    -> Result<(), OutboxFault>;
    /// Notes that the same bytes are about to be sent once more.
    async fn sending(&self, lease: &Lease, tx: Uuid) -> Result<(), OutboxFault>;
    /// Notes that the node said yes.
    async fn accepted(&self, lease: &Lease, tx: Uuid) -> Result<(), OutboxFault>;
    /// Ends a transaction, requeues operations, stores decided outcomes: all in one transaction.
    async fn conclude(&self, lease: &Lease, conclusion: &Conclusion) -> Result<(), OutboxFault>;
    /// Notes that the outcomes of operations stand in the log, and tells whoever waits. Idempotent.
    async fn settled(&self, lease: &Lease, operations: &[OperationId]) -> Result<(), OutboxFault>;
    /// Holds the lane and tells whoever waits why.
    async fn hold(&self, lease: &Lease, hold: &Hold) -> Result<(), OutboxFault>;
    /// Gives the lane back; it is due again after `wake_in`, or at once if it was bumped since [`OutboxStore::work`].
    async fn release(&self, lease: &Lease, bumps: i64, wake_in: Option<Duration>) -> Result<(), OutboxFault>;
    /// The former transactions of an operation, newest first.
    async fn former(&self, operation: OperationId) -> Result<Vec<Former>, OutboxFault>;
    /// Whether another DID of this customer is still being created, on which an operation may depend.
    async fn creation_pending(
        &self,
        network: Network,
        customer: CustomerId,
        except: &Did,
    ) -> Result<bool, OutboxFault>;
    /// Returns when there may be work, at the latest after `limit`.
    async fn wait_for_work(&self, limit: Duration);
}
