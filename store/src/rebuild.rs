//! Rebuilds: a new generation of a follower's tables beside the live one, caught up from the log, swapped in, the old
//! one dropped. Readers and the live follower go on meanwhile.

use crate::{
    follow::{self, BATCH_MAX_EVENTS, Follow, FollowError, Held, Lease, Leased, Runner},
    progress::Progress,
};
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

/// The most entries of one transaction while nobody reads the tables yet.
pub const REBUILD_BATCH_MAX_EVENTS: usize = 2_000;

/// Why a rebuild ended without a new live generation. What was built stays and is continued by the next try.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Another process builds the same generation.
    #[error("generation {version} of {name} is being built by another process")]
    Busy {
        /// The follower.
        name: &'static str,
        /// The generation.
        version: i32,
    },
    /// It was told to stop.
    #[error("the rebuild was stopped")]
    Stopped,
    /// An entry or the database.
    #[error(transparent)]
    Follow(#[from] FollowError),
}

impl From<sqlx::Error> for RebuildError {
    fn from(error: sqlx::Error) -> Self {
        Self::Follow(error.into())
    }
}

/// Builds `follower`'s generation from the first event on (or goes on where an earlier try ended), then makes it the
/// live one in one transaction with [`Follow::go_live`] and forgets all others of its name. Streams that cannot be taken in
/// are parked ([`Progress::parked`]). Does nothing if it is live already. Its tables must exist.
pub async fn rebuild(
    runner: &Runner,
    follower: &mut dyn Follow,
    stop: &CancellationToken,
) -> Result<(), RebuildError> {
    if follow::live_version(&runner.pool, follower.name()).await? == Some(follower.version()) {
        return Ok(());
    }
    sqlx::query("insert into es.checkpoints (name, version) values ($1, $2) on conflict do nothing")
        .bind(follower.name())
        .bind(follower.version())
        .execute(&runner.pool)
        .await?;
    let Leased::Mine(lease) = runner.lease(follower, false).await? else {
        return Err(RebuildError::Busy { name: follower.name(), version: follower.version() });
    };
    let result = build(runner, follower, lease, stop).await;
    runner.release(follower).await;
    result
}

async fn build(
    runner: &Runner,
    follower: &mut dyn Follow,
    lease: Lease,
    stop: &CancellationToken,
) -> Result<(), RebuildError> {
    let mut lease = lease;
    let mut held = Held::load(&runner.pool, follower).await?;
    loop {
        let end = runner.progress.read_head().await?;
        catch_up_to(runner, follower, &mut lease, &mut held, end, stop).await?;
        if swap(runner, follower, lease, &held).await? {
            return Ok(());
        }
    }
}

/// Takes entries in until `position` is reached.
async fn catch_up_to(
    runner: &Runner,
    follower: &mut dyn Follow,
    lease: &mut Lease,
    held: &mut Held,
    position: i64,
    stop: &CancellationToken,
) -> Result<(), RebuildError> {
    while lease.position < position {
        if stop.is_cancelled() {
            return Err(RebuildError::Stopped);
        }
        lease.position = runner
            .step(follower, *lease, held, REBUILD_BATCH_MAX_EVENTS)
            .await?
            .ok_or(RebuildError::Busy { name: follower.name(), version: follower.version() })?;
    }
    Ok(())
}

/// Makes this generation live if it is at most a batch behind the live one, whose progress is held up meanwhile.
async fn swap(
    runner: &Runner,
    follower: &mut dyn Follow,
    lease: Lease,
    held: &Held,
) -> Result<bool, RebuildError> {
    let mut tx = runner.pool.begin().await?;
    let live: Option<i64> =
        sqlx::query_scalar("select position from es.checkpoints where name = $1 and live for update")
            .bind(follower.name())
            .fetch_optional(&mut *tx)
            .await?;
    let mut position = lease.position;
    if let Some(live) = live.filter(|live| *live > position) {
        if !take_in_rest(&runner.progress, follower, held, &mut tx, position, live).await? {
            return Ok(false);
        }
        position = live;
    }
    follower.go_live(&mut tx).await?;
    sqlx::query("delete from es.checkpoints where name = $1 and version <> $2")
        .bind(follower.name())
        .bind(follower.version())
        .execute(&mut *tx)
        .await?;
    let swapped = sqlx::query(
        "update es.checkpoints set live = true, position = $4, status = 'running', last_error = null
         where name = $1 and version = $2 and fence = $3",
    )
    .bind(follower.name())
    .bind(follower.version())
    .bind(lease.fence)
    .bind(position)
    .execute(&mut *tx)
    .await?;
    if swapped.rows_affected() != 1 {
        return Err(RebuildError::Busy { name: follower.name(), version: follower.version() });
    }
    tx.commit().await?;
    runner.progress.reached(follower.name(), position);
    Ok(true)
}

/// The few entries that the live generation took in since; false if they are more than a batch, or one of them is to be
/// parked first.
async fn take_in_rest(
    progress: &Progress,
    follower: &mut dyn Follow,
    held: &Held,
    tx: &mut PgConnection,
    position: i64,
    live: i64,
) -> Result<bool, FollowError> {
    let missing = usize::try_from(live - position).unwrap_or(usize::MAX);
    if missing > BATCH_MAX_EVENTS {
        return Ok(false);
    }
    let batch = progress.read_after(position, missing).await?;
    if batch.last_position() != Some(live) || !batch.unreadable().is_empty() {
        return Ok(false);
    }
    match follow::apply_around(follower, held, tx, batch.entries()).await {
        Err(error) if follow::indigestible(&error) => Ok(false),
        taken_in => taken_in.map(|()| true),
    }
}
