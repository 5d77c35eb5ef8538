//! What follows from a no of the node.

use super::{MAX_ATTEMPTS, Memory, Step, Worker};
use crate::{
    outbox::{
        classify::{Stage, Verdict, blamed_message, classify},
        port::{Conclusion, Lease, Note, OutboxFault, QueuedOp, Requeue, TxEnd},
    },
    port::chain::{EffectFound, TxCode},
};
use domain::ledger::{LedgerOutcome, Rejection};
use std::time::Duration;
use uuid::Uuid;

domain::limits! {
    /// Attempts after which a refused fee is the operator's matter.
    MAX_REQUOTES: u32 = 3, "tries";
    /// Longest wait for a new block before a transaction is signed again, in seconds.
    BLOCK_WAIT_CAP_SECONDS: u64 = 8, "seconds";
    /// How long an unfunded lane rests before it asks for the balance again, in seconds. A new operation wakes it at once.
    FUNDS_WAIT_SECONDS: u64 = 5, "seconds";
}

/// How long to wait for a new block before signing again, in milliseconds; doubles with every hold in a row.
const BLOCK_WAIT_MILLIS: u64 = 500;
/// How long to wait before looking again at bytes that may still be somewhere.
pub(super) const AMBIGUOUS_WAIT: Duration = Duration::from_secs(5);

/// A no of the node and what it was about.
pub(super) struct Refused<'a> {
    pub(super) stage: Stage,
    pub(super) answer: &'a TxCode,
    pub(super) operations: &'a [QueuedOp],
    /// The transaction it ends, if one was made, and its hash.
    pub(super) tx: Option<(Uuid, TxEnd)>,
    pub(super) hash: Option<&'a str>,
    /// Whether older bytes of the operation may still commit: then it must not be called failed yet.
    pub(super) ambiguous: bool,
    /// Holds in a row.
    pub(super) failures: u32,
}

impl Refused<'_> {
    fn requeue_all(&self, note: Option<&Note>, delay: Duration, counts: bool) -> Conclusion {
        let requeued = self.operations.iter().map(|op| requeue(op, note.cloned(), delay, counts));
        Conclusion { tx: self.tx, requeued: requeued.collect(), decided: Vec::new() }
    }
}

/// Back into the queue, or to the operator when it was there often enough.
pub(super) fn requeue(op: &QueuedOp, note: Option<Note>, delay: Duration, counts: bool) -> Requeue {
    let dead = counts && op.attempts + 1 >= MAX_ATTEMPTS;
    Requeue { operation: op.operation, note, delay, counts, boost_gas: false, dead }
}

impl Worker {
    pub(super) fn block_wait(failures: u32) -> Duration {
        Duration::from_millis(BLOCK_WAIT_MILLIS)
            .saturating_mul(2_u32.saturating_pow(failures.min(10)))
            .min(Duration::from_secs(BLOCK_WAIT_CAP_SECONDS))
    }

    pub(super) const FUNDS_WAIT: Duration = Duration::from_secs(FUNDS_WAIT_SECONDS);

    /// Follows the verdict on a no.
    pub(super) async fn refused(
        &self,
        lease: &Lease,
        no: Refused<'_>,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        let verdict = classify(no.stage, no.answer);
        tracing::info!(payer = lease.payer, stage = ?no.stage, ?verdict, "the ledger said no");
        let attempts = no.operations.iter().map(|op| op.attempts).max().unwrap_or(0);
        match verdict {
            Verdict::Fine | Verdict::Poll => Ok(Step::After(self.backoff(0))),
            Verdict::Resend(note) | Verdict::Sequence(note) => {
                self.wait_and_retry(lease, &no, note, false, memory).await
            }
            Verdict::Account(note) if attempts == 0 => {
                self.wait_and_retry(lease, &no, note, true, memory).await
            }
            Verdict::Requote(note) if attempts < MAX_REQUOTES => {
                self.wait_and_retry(lease, &no, note, true, memory).await
            }
            Verdict::Account(note) | Verdict::Requote(note) | Verdict::Config(note) => {
                self.store.conclude(lease, &no.requeue_all(Some(&note), Duration::ZERO, false)).await?;
                self.misconfigured(lease, note, memory).await
            }
            Verdict::Funds(note) | Verdict::Unfunded(note) => {
                self.store.conclude(lease, &no.requeue_all(Some(&note), Duration::ZERO, false)).await?;
                self.hold(lease, note, Self::FUNDS_WAIT, memory).await
            }
            Verdict::MoreGas(note) => {
                let mut conclusion = no.requeue_all(Some(&note), Duration::ZERO, true);
                for requeue in &mut conclusion.requeued {
                    requeue.boost_gas = true;
                }
                self.conclude(lease, no.operations, conclusion, memory).await
            }
            Verdict::Rebuild(note) => {
                let conclusion = no.requeue_all(Some(&note), self.backoff(attempts), true);
                self.conclude(lease, no.operations, conclusion, memory).await
            }
            Verdict::Inspect(_) | Verdict::Dependency(_) | Verdict::Permanent(_)
                if no.operations.len() > 1 =>
            {
                self.split(lease, &no, memory).await
            }
            Verdict::Inspect(note) => self.inspect(lease, &no, note, memory).await,
            Verdict::Dependency(note) => self.dependency(lease, &no, note, memory).await,
            Verdict::Permanent(note) => self.reject(lease, &no, note, memory).await,
        }
    }

    /// The lane rests for about a block, then the operations go again.
    async fn wait_and_retry(
        &self,
        lease: &Lease,
        no: &Refused<'_>,
        note: Note,
        counts: bool,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        let delay = Self::block_wait(no.failures);
        self.store.conclude(lease, &no.requeue_all(Some(&note), Duration::ZERO, counts)).await?;
        self.hold(lease, note, delay, memory).await
    }

    /// One bad message sinks a whole transaction: it goes alone next time, where it is judged; the others go without it.
    async fn split(&self, lease: &Lease, no: &Refused<'_>, memory: &mut Memory) -> Result<Step, OutboxFault> {
        if let Some(blamed) = blamed_message(&no.answer.log).and_then(|index| no.operations.get(index)) {
            memory.solo.insert(blamed.operation);
        } else {
            memory.solo.extend(no.operations.iter().map(|op| op.operation));
            memory.batch_limit = (memory.batch_limit / 2).max(1);
        }
        let conclusion = no.requeue_all(None, Duration::ZERO, false);
        self.conclude(lease, no.operations, conclusion, memory).await
    }

    async fn inspect(
        &self,
        lease: &Lease,
        no: &Refused<'_>,
        note: Note,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        let Some(op) = no.operations.first() else { return Ok(Step::Again) };
        match self.chain.effect(lease.network, &op.effect).await {
            Ok(effect @ EffectFound::Ours { .. }) => {
                self.took_effect(lease, op, &effect, no.tx, memory).await
            }
            Ok(EffectFound::Absent | EffectFound::Foreign) => self.reject(lease, no, note, memory).await,
            Err(fault) => {
                self.store.conclude(lease, &no.requeue_all(Some(&note), Duration::ZERO, false)).await?;
                self.unreachable(lease, &fault, no.failures, memory).await
            }
        }
    }

    async fn dependency(
        &self,
        lease: &Lease,
        no: &Refused<'_>,
        note: Note,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        let Some(op) = no.operations.first() else { return Ok(Step::Again) };
        if self.store.creation_pending(lease.network, op.customer, &op.ordering_key).await? {
            let conclusion = no.requeue_all(Some(&note), self.backoff(op.attempts + 2), true);
            return self.conclude(lease, no.operations, conclusion, memory).await;
        }
        self.reject(lease, no, note, memory).await
    }

    /// It never will take effect, unless older bytes may still commit: then it waits until they cannot.
    pub(super) async fn reject(
        &self,
        lease: &Lease,
        no: &Refused<'_>,
        note: Note,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        if no.ambiguous {
            let conclusion = no.requeue_all(Some(&note), AMBIGUOUS_WAIT, false);
            return self.conclude(lease, no.operations, conclusion, memory).await;
        }
        let tx_hash = no.hash.filter(|_| no.stage == Stage::Block).map(str::to_owned);
        let rejection = Rejection { code: note.code, reason: note.reason, tx_hash };
        let decided = no
            .operations
            .iter()
            .map(|op| (op.operation, LedgerOutcome::Rejected(rejection.clone())))
            .collect();
        let conclusion = Conclusion { tx: no.tx, requeued: Vec::new(), decided };
        self.conclude(lease, no.operations, conclusion, memory).await
    }
}
