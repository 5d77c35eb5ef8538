//! How often somebody tried to sign in and could not.

use crate::Fault;
use async_trait::async_trait;
use domain::id::Instant;

domain::limits! {
    /// Failed tries for one account from one network within [`ATTEMPT_WINDOW_SECONDS`].
    pub ATTEMPTS_PER_ACCOUNT_AND_NETWORK_MAX: i32 = 10, "tries";
    /// Failed tries for one account from anywhere within [`ATTEMPT_WINDOW_SECONDS`].
    pub ATTEMPTS_PER_ACCOUNT_MAX: i32 = 50, "tries";
    /// Failed tries from one network within [`ATTEMPT_WINDOW_SECONDS`].
    pub ATTEMPTS_PER_NETWORK_MAX: i32 = 100, "tries";
    /// How long failed tries count.
    pub ATTEMPT_WINDOW_SECONDS: i64 = 900, "seconds";
}

/// Whose tries are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// Keyed hash of the account, the network, or both, in lower-case hex. An account that does not exist is counted like any
    /// other.
    pub subject: String,
    /// How many may fail.
    pub failures_max: i32,
}

/// Counts of failed tries, the same in every process.
#[async_trait]
pub trait Attempts: Send + Sync {
    /// Counts a try under these, in their order, before it is made, so that many at once are not more. When to come again, if one
    /// has failed too often: those behind it are not counted then, and so leave nothing behind.
    async fn count(&self, counted: &[Counted], now: Instant) -> Result<Option<Instant>, Fault>;
    /// A try did not fail: takes it back where it is counted for a network, and forgets the failures before it where it is
    /// counted for an account.
    async fn succeeded(&self, forgotten: &[String], taken_back: &str) -> Result<(), Fault>;
}
