//! Cancel: end an operation without effect, if it provably has none.

use super::{
    Memory, Step, Worker,
    refused::{AMBIGUOUS_WAIT, requeue},
};
use crate::{
    outbox::port::{Conclusion, Lease, Note, OutboxFault, QueuedOp},
    port::chain::{ChainFault, EffectFound},
};
use domain::ledger::{LedgerOutcome, Rejection};

/// The code of the rejection that ends a cancelled operation; the outbox's trigger knows it (`outbox.note_outcome`).
pub const CANCELLED: &str = "operation/cancelled";

/// What the chain says of an operation that somebody wants cancelled.
enum Trace {
    /// Its effect stands: it is too late.
    Stands(EffectFound),
    /// It has none and can get none.
    Never,
    /// A transaction of it may still come, or have come where this node cannot see it yet.
    Open,
}

impl Worker {
    /// Somebody asked that this operation end. Whoever never was in a transaction ends at once, ledger or no ledger.
    pub(super) async fn cancel(
        &self,
        lease: &Lease,
        op: &QueuedOp,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        let trace = if op.tried { self.trace(lease, op).await? } else { Ok(Trace::Never) };
        let conclusion = match trace {
            Err(fault) => return self.silent(lease, &fault, memory).await,
            Ok(Trace::Stands(effect)) => return self.took_effect(lease, op, &effect, None, memory).await,
            Ok(Trace::Open) => {
                let note = Note {
                    code: "ledger/former-transaction".to_owned(),
                    reason: "A transaction of the write may still come; it ends when that is too late."
                        .to_owned(),
                };
                let requeued = vec![requeue(op, Some(note), AMBIGUOUS_WAIT, false)];
                Conclusion { requeued, ..Conclusion::default() }
            }
            Ok(Trace::Never) => {
                let rejection = Rejection {
                    code: CANCELLED.to_owned(),
                    reason: "The operation was cancelled before it took effect on the ledger.".to_owned(),
                    tx_hash: None,
                };
                let decided = vec![(op.operation, LedgerOutcome::Rejected(rejection))];
                Conclusion { decided, ..Conclusion::default() }
            }
        };
        self.conclude(lease, std::slice::from_ref(op), conclusion, memory).await
    }

    /// The height first: what is absent after it counts for every block up to it.
    async fn trace(&self, lease: &Lease, op: &QueuedOp) -> Result<Result<Trace, ChainFault>, OutboxFault> {
        let asked = async {
            let status = self.chain.status(lease.network).await?;
            Ok::<_, ChainFault>((status, self.chain.effect(lease.network, &op.effect).await?))
        };
        let (status, effect) = match asked.await {
            Ok(answers) => answers,
            Err(fault) => return Ok(Err(fault)),
        };
        if let EffectFound::Ours { .. } = effect {
            return Ok(Ok(Trace::Stands(effect)));
        }
        let former = self.store.former(op.operation).await?;
        let open = status.catching_up
            || former.iter().any(|one| one.unproven && one.timeout_height >= status.height);
        Ok(Ok(if open { Trace::Open } else { Trace::Never }))
    }
}
