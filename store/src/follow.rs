//! Followers: everything downstream of the log.
//!
//! A follower takes entries in by position. What it writes and how far it has come commit in one transaction, so each
//! entry has its effect exactly once, whatever dies when. One process at a time runs a follower (a lease with a fence).
//! An entry that cannot be taken in parks its stream ([`Parked`]): it is reported and tried again, never skipped, and all
//! other streams go on. What is wrong with the follower or the database stops the follower until it is mended.

mod parked;

pub use parked::Parked;
pub(crate) use parked::{Held, LIMITS, indigestible};

use crate::{entry::LogEntry, pool::is_unavailable, progress::Progress};
use async_trait::async_trait;
use futures::FutureExt as _;
use sqlx::{PgConnection, PgPool};
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long a follower that died blocks its successor.
pub const LEASE_SECONDS: u64 = 5;
/// The most entries of one transaction.
pub const BATCH_MAX_EVENTS: usize = 500;
/// How long to wait after a database error, at first.
const PAUSE_MIN_MILLIS: u64 = 200;
/// How long to wait between tries of an entry that fails, at most.
const PAUSE_MAX_MILLIS: u64 = 30_000;

/// Where a follower starts that has no checkpoint yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the first event ever: read models.
    Beginning,
    /// With what comes next: process managers that are switched on later.
    Now,
}

/// Why a batch was not taken in. The transaction is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The database: tried again; if it is not merely away, the follower is marked `failed`.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// An entry this code cannot take in; its stream is parked.
    #[error("position {position}: {why}")]
    Poison {
        /// Which entry.
        position: i64,
        /// Why.
        why: String,
    },
}

impl FollowError {
    /// An entry that cannot be taken in.
    pub fn poison(entry: &LogEntry, why: impl std::fmt::Display) -> Self {
        Self::Poison { position: entry.position, why: why.to_string() }
    }

    fn is_transient(&self) -> bool {
        matches!(self, Self::Database(error) if is_unavailable(error))
    }
}

/// Something that takes in the log.
#[async_trait]
pub trait Follow: Send + Sync {
    /// Its permanent name, the key of its checkpoint.
    fn name(&self) -> &'static str;

    /// The generation of its tables; a rebuild makes the next one.
    fn version(&self) -> i32;

    /// Where it starts without a checkpoint.
    fn start(&self) -> Start {
        Start::Beginning
    }

    /// Whether an entry changes anything in [`Follow::apply`]. A batch in which nothing does only moves the checkpoint, with
    /// one statement instead of a transaction: most events concern few of the followers.
    fn wants(&self, _entry: &LogEntry) -> bool {
        true
    }

    /// Whether it takes in anything of streams of this type; asked for events that cannot be read.
    fn reads(&self, _stream_type: &str) -> bool {
        true
    }

    /// Under which name an entry is parked if more than its stream must keep its order; `<type>-<id>` like that of a stream.
    fn group(&self, _entry: &LogEntry) -> Option<String> {
        None
    }

    /// Takes entries in, in order, inside the transaction that also moves the checkpoint: only writes to the database
    /// through `tx`, no other IO, no clock. May be called again with the same entries after a rollback.
    async fn apply(&mut self, tx: &mut PgConnection, entries: &[LogEntry]) -> Result<(), FollowError>;

    /// Called in the transaction in which this generation replaces the one before it ([`crate::rebuild`]): swap tables or
    /// pointers, drop what is old.
    async fn go_live(&mut self, _tx: &mut PgConnection) -> Result<(), FollowError> {
        Ok(())
    }

    /// Another generation is live now. True if this code writes it from here on (and [`Follow::version`] says so); false
    /// leaves this follower standing by.
    fn adopt(&mut self, _version: i32) -> bool {
        false
    }
}

/// Runs followers of one process.
#[derive(Debug, Clone)]
pub struct Runner {
    pub(crate) pool: PgPool,
    pub(crate) progress: Progress,
    owner: String,
}

/// The right to move one checkpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lease {
    pub(crate) position: i64,
    pub(crate) fence: i64,
}

/// What asking for a lease gave.
#[derive(Debug)]
pub(crate) enum Leased {
    Mine(Lease),
    /// Another process runs it.
    Busy,
    /// Another generation is live.
    Superseded(i32),
}

/// Why following ended.
#[derive(Debug)]
enum Ended {
    Stopped,
    LeaseLost,
}

impl Runner {
    /// `owner` names this process uniquely.
    pub fn new(pool: PgPool, progress: Progress, owner: impl Into<String>) -> Self {
        Self { pool, progress, owner: owner.into() }
    }

    /// Follows until `stop`. Outlives database restarts. A generation that is not the live one stands by until it is (a
    /// first generation is live at once).
    pub async fn run(&self, follower: &mut dyn Follow, stop: CancellationToken) {
        let mut pause = Pause::new();
        while !stop.is_cancelled() {
            match self.turn(follower, &stop).await {
                Ok(wait) => {
                    pause = Pause::new();
                    rest(wait, &stop).await;
                }
                Err(error) => {
                    self.report(follower, &error).await;
                    rest(pause.next(), &stop).await;
                }
            }
        }
        self.release(follower).await;
    }

    /// Leases and follows until the lease is lost; how long to wait before the next turn.
    async fn turn(
        &self,
        follower: &mut dyn Follow,
        stop: &CancellationToken,
    ) -> Result<Duration, FollowError> {
        self.ensure(follower).await?;
        match self.lease(follower, true).await? {
            Leased::Mine(lease) => match self.follow(follower, lease, stop).await? {
                Ended::Stopped | Ended::LeaseLost => Ok(Duration::ZERO),
            },
            Leased::Superseded(version) if follower.adopt(version) && follower.version() == version => {
                Ok(Duration::ZERO)
            }
            Leased::Superseded(version) => {
                tracing::debug!(follower = follower.name(), live = version, "another generation is live");
                Ok(Duration::from_secs(LEASE_SECONDS) / 3)
            }
            Leased::Busy => Ok(Duration::from_secs(LEASE_SECONDS) / 3),
        }
    }

    /// Makes the checkpoint: live at once if the name has no live generation yet.
    pub(crate) async fn ensure(&self, follower: &dyn Follow) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into es.checkpoints (name, version, position, live)
             select $1, $2, case when $3 then (select position from es.head) else 0 end, true
             where not exists (select from es.checkpoints where name = $1 and live)
             on conflict do nothing",
        )
        .bind(follower.name())
        .bind(follower.version())
        .bind(follower.start() == Start::Now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Takes the lease of the live (or, for a rebuild, the other) generation.
    pub(crate) async fn lease(&self, follower: &dyn Follow, live: bool) -> Result<Leased, sqlx::Error> {
        let lease: Option<(i64, i64)> = sqlx::query_as(
            "update es.checkpoints set owner = $3, fence = fence + 1,
               lease_until = clock_timestamp() + make_interval(secs => $4)
             where name = $1 and version = $2 and live = $5
               and (owner is null or owner = $3 or lease_until is null or lease_until < clock_timestamp())
             returning position, fence",
        )
        .bind(follower.name())
        .bind(follower.version())
        .bind(&self.owner)
        .bind(lease_seconds())
        .bind(live)
        .fetch_optional(&self.pool)
        .await?;
        if let Some((position, fence)) = lease {
            return Ok(Leased::Mine(Lease { position, fence }));
        }
        Ok(match live_version(&self.pool, follower.name()).await? {
            Some(version) if version != follower.version() => Leased::Superseded(version),
            _ => Leased::Busy,
        })
    }

    async fn follow(
        &self,
        follower: &mut dyn Follow,
        lease: Lease,
        stop: &CancellationToken,
    ) -> Result<Ended, FollowError> {
        let renewal = Duration::from_secs(LEASE_SECONDS) / 3;
        let mut lease = lease;
        let mut held = Held::load(&self.pool, follower).await?;
        let mut renewed = Instant::now();
        self.progress.reached(follower.name(), lease.position);
        loop {
            if !self.take_up(follower, lease, &mut held).await? {
                return Ok(Ended::LeaseLost);
            }
            let more = tokio::select! {
                () = stop.cancelled() => return Ok(Ended::Stopped),
                more = self.progress.wait_beyond(lease.position, renewal) => more?,
            };
            if !more {
                if renewed.elapsed() >= renewal {
                    if !self.renew(follower, lease).await? {
                        return Ok(Ended::LeaseLost);
                    }
                    renewed = Instant::now();
                }
                continue;
            }
            let Some(position) = self.step(follower, lease, &mut held, BATCH_MAX_EVENTS).await? else {
                return Ok(Ended::LeaseLost);
            };
            lease.position = position;
            renewed = Instant::now();
            self.progress.reached(follower.name(), position);
        }
    }

    /// Takes in at most `limit` entries. None if the lease is lost. If a batch fails, its entries are tried one by one, so
    /// that what is wrong with one of them stays with its stream.
    pub(crate) async fn step(
        &self,
        follower: &mut dyn Follow,
        lease: Lease,
        held: &mut Held,
        limit: usize,
    ) -> Result<Option<i64>, FollowError> {
        let batch = self.progress.read_after(lease.position, limit).await?;
        let Some(last) = batch.last_position() else { return Ok(Some(lease.position)) };
        if !batch.unreadable().is_empty() {
            return self.step_singly(follower, lease, held, batch.items()).await;
        }
        match self.commit(follower, lease, held, batch.entries(), last).await {
            Err(error) if !error.is_transient() => {
                tracing::warn!(follower = follower.name(), %error, "a batch fails; its events are tried one by one");
                self.step_singly(follower, lease, held, batch.items()).await
            }
            result => result,
        }
    }

    /// The checkpoint first, so that this transaction waits for (and then loses against) a swap of generations before it
    /// touches any table of theirs.
    async fn commit(
        &self,
        follower: &mut dyn Follow,
        lease: Lease,
        held: &Held,
        entries: &[LogEntry],
        position: i64,
    ) -> Result<Option<i64>, FollowError> {
        if !entries.iter().any(|entry| follower.wants(entry) && !held.holds(follower, entry)) {
            let moved = self.move_checkpoint(&self.pool, follower, lease, position).await?;
            return Ok(moved.then_some(position));
        }
        let mut tx = self.pool.begin().await?;
        if !self.move_checkpoint(&mut *tx, follower, lease, position).await? {
            return Ok(None);
        }
        apply_around(follower, held, &mut tx, entries).await?;
        tx.commit().await?;
        Ok(Some(position))
    }

    /// False if the lease is lost. Rows and checkpoint vanish together in a crash and come again from the log, so nobody
    /// need wait for the disk.
    async fn move_checkpoint<'e>(
        &self,
        executor: impl sqlx::PgExecutor<'e>,
        follower: &dyn Follow,
        lease: Lease,
        position: i64,
    ) -> Result<bool, sqlx::Error> {
        let moved = sqlx::query(
            "with relaxed as materialized (select set_config('synchronous_commit', 'off', true) as setting)
             update es.checkpoints set position = $1, status = 'running', last_error = null,
               lease_until = clock_timestamp() + make_interval(secs => $2)
             from relaxed where name = $3 and version = $4 and position = $5 and fence = $6 and setting is not null",
        )
        .bind(position)
        .bind(lease_seconds())
        .bind(follower.name())
        .bind(follower.version())
        .bind(lease.position)
        .bind(lease.fence)
        .execute(executor)
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    async fn renew(&self, follower: &dyn Follow, lease: Lease) -> Result<bool, sqlx::Error> {
        let renewed = sqlx::query(
            "update es.checkpoints set lease_until = clock_timestamp() + make_interval(secs => $4)
             where name = $1 and version = $2 and fence = $3 and position = $5",
        )
        .bind(follower.name())
        .bind(follower.version())
        .bind(lease.fence)
        .bind(lease_seconds())
        .bind(lease.position)
        .execute(&self.pool)
        .await?;
        Ok(renewed.rows_affected() == 1)
    }

    /// Alerts, and marks the checkpoint if the fault is not just an absent database.
    async fn report(&self, follower: &dyn Follow, error: &FollowError) {
        if error.is_transient() {
            tracing::warn!(follower = follower.name(), %error, "a follower cannot reach the database; it tries again");
            return;
        }
        tracing::error!(follower = follower.name(), version = follower.version(), %error, "a follower has stopped; it tries again");
        let marked = sqlx::query(
            "update es.checkpoints set status = 'failed', last_error = $3 where name = $1 and version = $2 and owner = $4",
        )
        .bind(follower.name())
        .bind(follower.version())
        .bind(error.to_string())
        .bind(&self.owner)
        .execute(&self.pool)
        .await;
        if let Err(error) = marked {
            tracing::error!(follower = follower.name(), %error, "its failure could not be written down");
        }
    }

    /// Lets another process take over at once.
    pub(crate) async fn release(&self, follower: &dyn Follow) {
        let released = sqlx::query(
            "update es.checkpoints set owner = null, lease_until = null where name = $1 and version = $2 and owner = $3",
        )
        .bind(follower.name())
        .bind(follower.version())
        .bind(&self.owner)
        .execute(&self.pool)
        .await;
        if let Err(error) = released {
            tracing::warn!(follower = follower.name(), %error, "its lease could not be handed back; it runs out by itself");
        }
    }
}

/// The live generation of a follower.
pub async fn live_version(pool: &PgPool, name: &str) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar("select version from es.checkpoints where name = $1 and live")
        .bind(name)
        .fetch_optional(pool)
        .await
}

/// Takes in what does not wait for its stream.
pub(crate) async fn apply_around(
    follower: &mut dyn Follow,
    held: &Held,
    tx: &mut PgConnection,
    entries: &[LogEntry],
) -> Result<(), FollowError> {
    let waiting: Vec<bool> = entries.iter().map(|entry| held.holds(follower, entry)).collect();
    let mut from = 0;
    for run in waiting.split(|waits| *waits) {
        let entries = entries.get(from..from + run.len()).unwrap_or_default();
        from += run.len() + 1;
        if !entries.is_empty() {
            apply(follower, tx, entries).await?;
        }
    }
    Ok(())
}

/// A panic in a follower is poison, not the end of its task.
pub(crate) async fn apply(
    follower: &mut dyn Follow,
    tx: &mut PgConnection,
    entries: &[LogEntry],
) -> Result<(), FollowError> {
    let first = entries.first().map_or(0, |entry| entry.position);
    AssertUnwindSafe(follower.apply(tx, entries)).catch_unwind().await.unwrap_or_else(|_| {
        Err(FollowError::Poison {
            position: first,
            why: "the follower panicked in the batch from here".to_owned(),
        })
    })
}

async fn rest(wait: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(wait) => {}
    }
}

/// For `make_interval`.
fn lease_seconds() -> f64 {
    Duration::from_secs(LEASE_SECONDS).as_secs_f64()
}

/// Growing pauses between failing tries.
struct Pause(Duration);

impl Pause {
    fn new() -> Self {
        Self(Duration::from_millis(PAUSE_MIN_MILLIS))
    }

    fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(Duration::from_millis(PAUSE_MAX_MILLIS));
        pause
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
