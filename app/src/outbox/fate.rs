//! What to think of a transaction that is in no block we know of; and how long to wait.

use crate::port::chain::EffectFound;
use std::time::Duration;

/// What is known about an absent transaction. The order of asking matters: height first, then the hash (absent), then
/// the account, then the effect; so whatever is later can only know more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Height of the chain before the hash was looked up.
    pub height: u64,
    /// The last height at which the transaction may be included.
    pub timeout_height: u64,
    /// The sequence it uses.
    pub sequence: u64,
    /// The account's next sequence as committed; `None` if the account does not exist.
    pub account: Option<u64>,
    /// What stands where its effect would stand, if that was asked.
    pub effect: Option<EffectFound>,
    /// Whether the index had time enough to show what became of the sequence.
    pub patience_over: bool,
}

/// What to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It may still come: send the same bytes again.
    Resend,
    /// Its sequence is used. By it or by another? Ask for the effect.
    AskEffect,
    /// Its sequence is used and its effect stands: it took effect, only the index does not show it (yet).
    TookEffect,
    /// Its sequence is used, its effect is not there (yet): wait, the index may show that it failed in a block.
    Wait,
    /// The chain is past its timeout and its sequence is unused: it is dead, the sequence is free.
    Expired,
    /// Its sequence is used, by nothing we can find, and its effect is not there: it never will be. The payer's key is in
    /// use elsewhere.
    Stolen,
    /// Something else stands where its effect would stand, and its sequence is used: it never will.
    Collision,
}

/// Judges an absent transaction. It is never given up while it may still commit.
pub fn fate(absence: &Absence) -> Fate {
    let used = absence.account.is_some_and(|next| next > absence.sequence);
    let past = absence.height > absence.timeout_height;
    if !used {
        return if past { Fate::Expired } else { Fate::Resend };
    }
    match &absence.effect {
        None => Fate::AskEffect,
        Some(EffectFound::Ours { .. }) => Fate::TookEffect,
        Some(EffectFound::Foreign) => Fate::Collision,
        Some(EffectFound::Absent) if past || absence.patience_over => Fate::Stolen,
        Some(EffectFound::Absent) => Fate::Wait,
    }
}

/// Full-jitter exponential backoff: uniform in `(0, min(cap, base · 2^failures)]`, from a random number.
pub fn backoff(base: Duration, cap: Duration, failures: u32, random: u32) -> Duration {
    let ceiling = base.saturating_mul(2_u32.saturating_pow(failures.min(20))).min(cap);
    ceiling.mul_f64((f64::from(random) + 1.0) / (f64::from(u32::MAX) + 1.0)).max(Duration::from_millis(1))
}
