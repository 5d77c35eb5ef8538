//! Settle: record outcomes in the aggregates that asked.

use super::{MAX_ATTEMPTS, Memory, Step, Worker, no_answer};
use crate::{
    Actor, Fault, FaultKind,
    outbox::{
        crash::CrashPoint,
        port::{Conclusion, Hold, Lease, NewTx, Note, OutboxFault, QueuedOp, Requeue, TxEnd},
    },
    port::{
        Execute, Meta,
        chain::{ChainFault, EffectFound, TxFound},
    },
};
use domain::{
    Aggregate,
    accreditation::{Accreditation, AccreditationCommand},
    did::{DidCommand, DidRecord},
    id::{Ncheq, derived_uuid},
    ledger::{Inclusion, LedgerOutcome, Settlement},
    resource::{ResourceCommand, ResourceLine},
    status_list::{StatusList, StatusListCommand},
};
use std::time::Duration;
use uuid::Uuid;

/// What each of `count` equal messages was charged; the remainder of the division goes to the first.
pub(super) fn share(total: Ncheq, count: usize, index: usize) -> Ncheq {
    let count = u128::try_from(count.max(1)).unwrap_or(1);
    let remainder = if index == 0 { total.0 % count } else { 0 };
    Ncheq(total.0 / count + remainder)
}

impl Worker {
    /// Stores the conclusion and records what was decided.
    pub(super) async fn conclude(
        &self,
        lease: &Lease,
        operations: &[QueuedOp],
        conclusion: Conclusion,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        self.store.conclude(lease, &conclusion).await?;
        let decided: Vec<QueuedOp> = conclusion
            .decided
            .into_iter()
            .filter_map(|(operation, outcome)| {
                let op = operations.iter().find(|op| op.operation == operation)?;
                Some(QueuedOp { outcome: Some(outcome), ..op.clone() })
            })
            .collect();
        self.settle_all(lease, &decided, memory).await
    }

    /// A transaction in a block with code 0.
    pub(super) async fn included(
        &self,
        lease: &Lease,
        tx: &NewTx,
        found: &TxFound,
        operations: &[QueuedOp],
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        self.crash.reach(CrashPoint::K7);
        let total = found.fee_charged.unwrap_or(tx.fee_expected);
        let decided = operations.iter().enumerate().map(|(index, op)| {
            let inclusion = Inclusion {
                tx_hash: Some(tx.hash.clone()),
                height: found.height,
                block_time: found.block_time,
                fee_paid: share(total, operations.len(), index),
                gas_used: found.gas_used,
            };
            (op.operation, LedgerOutcome::Included(inclusion))
        });
        let conclusion = Conclusion {
            tx: Some((tx.id, TxEnd::Included)),
            requeued: Vec::new(),
            decided: decided.collect(),
        };
        memory.batch_limit = self.settings.batch.min(memory.batch_limit.saturating_mul(2)).max(1);
        self.conclude(lease, operations, conclusion, memory).await
    }

    /// The effect of an operation stands on the chain: find the transaction that made it, if the index has it, and end.
    pub(super) async fn took_effect(
        &self,
        lease: &Lease,
        op: &QueuedOp,
        effect: &EffectFound,
        tx: Option<(Uuid, TxEnd)>,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        let former = self.store.former(op.operation).await?;
        let mut outcome = None;
        for one in &former {
            match self.chain.lookup(lease.network, &one.hash).await {
                Ok(Some(found)) if found.result.code == 0 => {
                    let total = found.fee_charged.unwrap_or(one.fee_expected);
                    outcome = Some(Inclusion {
                        tx_hash: Some(one.hash.clone()),
                        height: found.height,
                        block_time: found.block_time,
                        fee_paid: share(total, one.messages, one.index),
                        gas_used: found.gas_used,
                    });
                    break;
                }
                Ok(_) => {}
                Err(fault) => return self.silent(lease, &fault, memory).await,
            }
        }
        let inclusion = match outcome {
            Some(inclusion) => inclusion,
            None => match self.chain.status(lease.network).await {
                Ok(status) => Inclusion {
                    tx_hash: None,
                    height: status.height,
                    block_time: match effect {
                        EffectFound::Ours { block_time: Some(time) } => *time,
                        _ => status.block_time,
                    },
                    // No transaction to read it from: what ours was expected to cost, or nothing if there was none.
                    fee_paid: former
                        .first()
                        .map_or(Ncheq(0), |one| share(one.fee_expected, one.messages, one.index)),
                    gas_used: 0,
                },
                Err(fault) => return self.silent(lease, &fault, memory).await,
            },
        };
        self.crash.reach(CrashPoint::K7);
        let decided = vec![(op.operation, LedgerOutcome::Included(inclusion))];
        let conclusion = Conclusion { tx, requeued: Vec::new(), decided };
        self.conclude(lease, std::slice::from_ref(op), conclusion, memory).await
    }

    /// The node gave no answer while a transaction is on its way: nothing is decided, the next step asks again.
    pub(super) async fn silent(
        &self,
        lease: &Lease,
        fault: &ChainFault,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        tracing::warn!(payer = lease.payer, %fault, "the ledger gave no answer");
        memory.silences += 1;
        let delay = self.backoff(memory.silences);
        self.store.hold(lease, &Hold { note: no_answer(fault), delay }).await?;
        Ok(Step::After(delay))
    }

    /// Records outcomes one by one; each is idempotent.
    pub(super) async fn settle_all(
        &self,
        lease: &Lease,
        operations: &[QueuedOp],
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        for op in operations {
            let Some(outcome) = &op.outcome else { continue };
            match self.record(op, outcome.clone()).await {
                Ok(()) => {
                    memory.settle_failures = 0;
                    memory.solo.remove(&op.operation);
                    self.crash.reach(CrashPoint::K8);
                    self.store.settled(lease, &[op.operation]).await?;
                }
                Err(fault) => {
                    memory.settle_failures += 1;
                    tracing::warn!(operation = %op.operation, %fault, private = fault.private, "an outcome waits");
                    let passing = fault.kind == FaultKind::Unavailable || fault.code == "store/conflict";
                    if passing || (fault.kind == FaultKind::Bug && memory.settle_failures < MAX_ATTEMPTS) {
                        return Ok(Step::After(self.backoff(memory.settle_failures)));
                    }
                    memory.settle_failures = 0;
                    self.give_up_settling(lease, op, &fault).await?;
                }
            }
        }
        Ok(Step::Again)
    }

    async fn give_up_settling(&self, lease: &Lease, op: &QueuedOp, fault: &Fault) -> Result<(), OutboxFault> {
        tracing::error!(operation = %op.operation, %fault, private = fault.private, "an outcome was refused");
        let dead = Requeue {
            operation: op.operation,
            note: Some(Note { code: "outbox/outcome-refused".to_owned(), reason: fault.public.clone() }),
            delay: Duration::ZERO,
            counts: true,
            boost_gas: false,
            dead: true,
        };
        self.store.conclude(lease, &Conclusion { requeued: vec![dead], ..Conclusion::default() }).await
    }

    async fn record(&self, op: &QueuedOp, outcome: LedgerOutcome) -> Result<(), Fault> {
        let at = self.clock.now();
        let end = match outcome.settlement() {
            Settlement::Included => "included",
            Settlement::Rejected => "rejected",
        };
        let meta = Meta {
            command_id: derived_uuid("outcome", &[&op.operation.to_string(), end]),
            correlation_id: op.correlation_id,
            causation_id: Some(op.event_id),
            customer: op.customer,
            actor: Actor::Studio("outbox".to_owned()),
            traceparent: op.traceparent.clone(),
            occurred_at: at,
        };
        let (operation, id, commands) = (op.operation, op.aggregate_id.as_str(), &*self.commands);
        match op.aggregate_type.as_str() {
            DidRecord::TYPE => {
                let command = DidCommand::RecordOutcome { operation, outcome, at };
                Execute::<DidRecord>::execute(commands, id, command, meta).await.map(|_| ())
            }
            ResourceLine::TYPE => {
                let command = ResourceCommand::RecordOutcome { operation, outcome, at };
                Execute::<ResourceLine>::execute(commands, id, command, meta).await.map(|_| ())
            }
            StatusList::TYPE => {
                let command = StatusListCommand::RecordOutcome { operation, outcome, at };
                Execute::<StatusList>::execute(commands, id, command, meta).await.map(|_| ())
            }
            Accreditation::TYPE => {
                let command = AccreditationCommand::RecordOutcome { operation, outcome, at };
                Execute::<Accreditation>::execute(commands, id, command, meta).await.map(|_| ())
            }
            other => Err(Fault::new(
                FaultKind::Conflict,
                "outbox/unknown-aggregate",
                format!("No {other} can hear how a ledger write ended."),
            )),
        }
    }
}
