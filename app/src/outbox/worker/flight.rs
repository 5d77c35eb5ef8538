//! The transactions of a lane that are on their way, as far as the next one must know of them.

use crate::outbox::port::{Behind, Work};
use domain::id::Ncheq;

/// Sequences and money that are spoken for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Flight(Vec<Behind>);

impl Flight {
    /// Those of this work, the front one included.
    pub(super) fn of(work: &Work) -> Self {
        let front = work
            .front
            .iter()
            .map(|(live, _)| Behind { sequence: live.tx.sequence, fee_expected: live.tx.fee_expected });
        Self(front.chain(work.behind.iter().copied()).collect())
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The sequence of the next transaction: the lowest that is neither used on the chain nor by one on its way. So a gap,
    /// left by one that was given up, is filled first, and what was given up can no longer commit beside its successor.
    pub(super) fn next_sequence(&self, account: u64) -> u64 {
        let mut next = account;
        while self.0.iter().any(|one| one.sequence == next) {
            next += 1;
        }
        next
    }

    /// What remains of a balance when all of them have been charged.
    pub(super) fn left_of(&self, balance: Ncheq) -> Ncheq {
        Ncheq(self.0.iter().fold(balance.0, |left, one| left.saturating_sub(one.fee_expected.0)))
    }
}
