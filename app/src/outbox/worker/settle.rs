//! Settle: record outcomes in the aggregates that asked.

use super::{MAX_ATTEMPTS, Memory, Step, Worker, no_answer};
use crate::{
    Actor, Fault, FaultKind,
    outbox::{
        crash::CrashPoint,
        port::{Conclusion, Hold, Lease, NewTx, Note, OutboxFault, QueuedOp, Requeue, TxEnd},
    },
    port::{
        Addressed, Commands, Execute, Meta,
        chain::{ChainFault, EffectFound, TxFound},
    },
};
use domain::{
    Aggregate,
    id::{Ncheq, OperationId, derived_uuid},
    ledger::{Inclusion, LedgerOutcome, Settlement},
    register,
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

    /// Records outcomes; each is idempotent. Those that cannot be recorded do not hold up the others.
    pub(super) async fn settle_all(
        &self,
        lease: &Lease,
        operations: &[QueuedOp],
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        let mut failed = Vec::new();
        for kind in register::TYPES.iter().filter(|kind| register::asks_for_writes(kind)) {
            let (recorded, faults) = self.record(kind, operations).await;
            failed.extend(faults);
            if !recorded.is_empty() {
                memory.settle_failures = 0;
                self.crash.reach(CrashPoint::K8);
                self.store.settled(lease, &recorded).await?;
                memory.solo.retain(|operation| !recorded.contains(operation));
            }
        }
        let strange = operations.iter().filter(|op| !register::asks_for_writes(&op.aggregate_type));
        failed.extend(strange.map(|op| (op, nobody_hears(op))));
        let Some((_, first)) = failed.first() else { return Ok(Step::Again) };
        memory.settle_failures += 1;
        let passing = |fault: &Fault| fault.kind == FaultKind::Unavailable || fault.code == "store/conflict";
        for (op, fault) in &failed {
            tracing::warn!(operation = %op.operation, %fault, private = fault.private, "an outcome waits");
        }
        if passing(first) || (first.kind == FaultKind::Bug && memory.settle_failures < MAX_ATTEMPTS) {
            return Ok(Step::After(self.backoff(memory.settle_failures)));
        }
        memory.settle_failures = 0;
        for (op, fault) in failed.iter().filter(|(_, fault)| !passing(fault)) {
            self.give_up_settling(lease, op, fault).await?;
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

    /// Tells the aggregates of one type how their operations ended: those that heard it, and why others did not.
    async fn record<'a>(
        &self,
        kind: &str,
        operations: &'a [QueuedOp],
    ) -> (Vec<OperationId>, Vec<(&'a QueuedOp, Fault)>) {
        let ended: Vec<(&QueuedOp, &LedgerOutcome)> = operations
            .iter()
            .filter(|op| op.aggregate_type == kind)
            .filter_map(|op| Some((op, op.outcome.as_ref()?)))
            .collect();
        if ended.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let answers = self.tell_any(kind, &ended).await;
        let (mut recorded, mut failed) = (Vec::new(), Vec::new());
        for ((op, _), answer) in ended.into_iter().zip(answers) {
            match answer {
                Ok(()) => recorded.push(op.operation),
                Err(fault) => failed.push((op, fault)),
            }
        }
        (recorded, failed)
    }

    async fn tell_all<A: Aggregate>(&self, ended: &[(&QueuedOp, &LedgerOutcome)]) -> Vec<Result<(), Fault>>
    where
        dyn Commands: Execute<A>,
    {
        let at = self.clock.now();
        let commands = ended.iter().filter_map(|(op, outcome)| {
            Some(Addressed {
                id: op.aggregate_id.clone(),
                command: A::outcome(op.operation, (*outcome).clone(), at)?,
                meta: self.meta(op, outcome),
            })
        });
        Execute::<A>::execute_many(&*self.commands, commands.collect()).await
    }

    fn meta(&self, op: &QueuedOp, outcome: &LedgerOutcome) -> Meta {
        let end = match outcome.settlement() {
            Settlement::Included => "included",
            Settlement::Rejected => "rejected",
        };
        Meta {
            command_id: derived_uuid("outcome", &[&op.operation.to_string(), end]),
            correlation_id: op.correlation_id,
            causation_id: Some(op.event_id),
            customer: op.customer,
            actor: Actor::Studio("outbox".to_owned()),
            traceparent: op.traceparent.clone(),
            occurred_at: self.clock.now(),
            keys_used: Vec::new(),
        }
    }
}

macro_rules! listeners {
    ($($module:ident: $name:ident = $aggregate:ty,)+) => {
        impl Worker {
            /// Tells the aggregates of the type `kind` how their operations ended: an answer each, in their order.
            async fn tell_any(
                &self,
                kind: &str,
                ended: &[(&QueuedOp, &LedgerOutcome)],
            ) -> Vec<Result<(), Fault>> {
                match kind {
                    $(<$aggregate as Aggregate>::TYPE => self.tell_all::<$aggregate>(ended).await,)+
                    _ => Vec::new(),
                }
            }
        }
    };
}
domain::aggregates!(listeners);

fn nobody_hears(op: &QueuedOp) -> Fault {
    Fault::new(
        FaultKind::Conflict,
        "outbox/unknown-aggregate",
        format!("No {} can hear how a ledger write ended.", op.aggregate_type),
    )
}
