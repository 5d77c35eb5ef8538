//! Named places at which a power cut is interesting (docs/ledger.md#crash-points). A test aid that is always compiled, so that
//! the tested binary is the shipped one.

use crate::{
    Fault,
    port::{Addressed, Committed, Execute, Loaded, Meta},
};
use async_trait::async_trait;
use domain::Aggregate;
use std::{str::FromStr, sync::Arc};

/// A place at which the process may be told to die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Before a command's events are appended.
    K0,
    /// Appended; the caller does not know yet.
    K1,
    /// While preparing a transaction, before anything of it is durable.
    K2,
    /// Bytes, hash and sequence are durable; nothing was sent.
    K3,
    /// Sent; the answer is lost.
    K4,
    /// Accepted by the node; we have not noted it.
    K5,
    /// Accepted and noted; not in a block yet as far as we know.
    K6,
    /// Seen in a block; the outcome is not recorded.
    K7,
    /// The outcome is recorded; whoever waits was not told.
    K8,
    /// Past its timeout and absent; not yet given up.
    K9,
    /// Its sequence was used by something that is not ours; not yet given up.
    K10,
    /// Another worker holds the lane by now; this one, late, has just been told so.
    K11,
}

impl CrashPoint {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::K0,
        Self::K1,
        Self::K2,
        Self::K3,
        Self::K4,
        Self::K5,
        Self::K6,
        Self::K7,
        Self::K8,
        Self::K9,
        Self::K10,
        Self::K11,
    ];
}

/// Not the name of a crash point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a crash point: K0 to K11 are")]
pub struct UnknownCrashPoint(pub String);

impl FromStr for CrashPoint {
    type Err = UnknownCrashPoint;
    fn from_str(text: &str) -> Result<Self, UnknownCrashPoint> {
        Self::ALL
            .into_iter()
            .find(|point| format!("{point:?}") == text)
            .ok_or_else(|| UnknownCrashPoint(text.to_owned()))
    }
}

/// Gets told whenever a crash point is reached.
pub trait CrashPoints: Send + Sync {
    /// May not return.
    fn reach(&self, point: CrashPoint);
}

/// The normal case: nothing happens.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCrash;

impl CrashPoints for NoCrash {
    fn reach(&self, _point: CrashPoint) {}
}

/// Ends the process without any clean-up when the point is reached, as a power cut would.
#[derive(Debug, Clone, Copy)]
pub struct AbortAt(pub CrashPoint);

impl CrashPoints for AbortAt {
    fn reach(&self, point: CrashPoint) {
        if point == self.0 {
            std::process::abort();
        }
    }
}

/// Commands with the crash points around an append (K0, K1).
pub struct Crashing<C> {
    inner: C,
    points: Arc<dyn CrashPoints>,
}

impl<C> Crashing<C> {
    /// Wraps `inner`.
    pub fn new(inner: C, points: Arc<dyn CrashPoints>) -> Self {
        Self { inner, points }
    }
}

#[async_trait]
impl<A: Aggregate, C: Execute<A>> Execute<A> for Crashing<C> {
    async fn execute(&self, id: &str, command: A::Command, meta: Meta) -> Result<Committed<A>, Fault> {
        self.points.reach(CrashPoint::K0);
        let committed = self.inner.execute(id, command, meta).await?;
        self.points.reach(CrashPoint::K1);
        Ok(committed)
    }

    async fn execute_many(&self, commands: Vec<Addressed<A>>) -> Vec<Result<(), Fault>> {
        self.points.reach(CrashPoint::K0);
        let answers = self.inner.execute_many(commands).await;
        self.points.reach(CrashPoint::K1);
        answers
    }

    async fn load(&self, id: &str) -> Result<Loaded<A>, Fault> {
        self.inner.load(id).await
    }
}
