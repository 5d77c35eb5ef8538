//! Gives committed events their place in the global order.
//!
//! Writers never wait for each other: each leaves the numbers of its new rows in `es.pending`. One leader per database
//! moves whatever is there to `es.log` with dense positions and the hash chain. "Not yet sequenced" is a set, not a
//! mark on a number line, so a writer that commits late is simply in a later batch; and since an event that its writer
//! saw has a smaller number, causes stand before their effects.

use crate::{
    chain::{Link, Sealing},
    progress::Progress,
};
use sqlx::{PgPool, Row as _};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long a leader that died blocks its successor.
pub const LEASE_SECONDS: u64 = 3;
/// The most events of one batch.
pub const BATCH_MAX_EVENTS: usize = 5_000;
/// How soon a busy leader looks again for events of other processes.
const POLL_MIN_MILLIS: u64 = 2;
/// How seldom an idle leader looks for them.
const POLL_MAX_MILLIS: u64 = 25;
/// How long to wait after a database error.
const ERROR_PAUSE_MILLIS: u64 = 250;

/// What a batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Events(usize),
    LeaseLost,
}

/// Why a batch failed.
#[derive(Debug, thiserror::Error)]
enum SequenceError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("{0} appended events have vanished before they were sequenced; run `studio audit verify`")]
    Vanished(usize),
}

/// The sequencer. Safe to run in every process: one leads, the others stand by.
#[derive(Debug, Clone)]
pub struct Sequencer {
    pool: PgPool,
    progress: Progress,
    owner: String,
}

impl Sequencer {
    /// `owner` names this process uniquely, e.g. host, pid and a random part.
    pub fn new(pool: PgPool, progress: Progress, owner: impl Into<String>) -> Self {
        Self { pool, progress, owner: owner.into() }
    }

    /// Sequences until `stop`. Outlives database restarts; hands the lease back at the end.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.lease().await {
                Ok(Some(fence)) => match self.lead(fence, &stop).await {
                    Ok(()) => Duration::ZERO,
                    Err(error) => {
                        tracing::error!(%error, "the sequencer stumbled; it tries again");
                        Duration::from_millis(ERROR_PAUSE_MILLIS)
                    }
                },
                Ok(None) => Duration::from_secs(LEASE_SECONDS) / 3,
                Err(error) => {
                    tracing::warn!(%error, "the sequencer cannot reach the database; it tries again");
                    Duration::from_millis(ERROR_PAUSE_MILLIS)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(pause) => {}
            }
        }
        if let Err(error) = self.release().await {
            tracing::warn!(%error, "the sequencer could not hand its lease back; it runs out by itself");
        }
    }

    /// Takes the lead if nobody else holds it: a new fence number.
    async fn lease(&self) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar(
            "update es.head set leader = $1, fence = fence + 1, lease_until = clock_timestamp() + make_interval(secs => $2)
             where leader is null or leader = $1 or lease_until is null or lease_until < clock_timestamp() returning fence",
        )
        .bind(&self.owner)
        .bind(lease_seconds())
        .fetch_optional(&self.pool)
        .await
    }

    async fn release(&self) -> Result<(), sqlx::Error> {
        sqlx::query("update es.head set leader = null, lease_until = null where leader = $1")
            .bind(&self.owner)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Moves batches until the lease is lost or `stop`.
    async fn lead(&self, fence: i64, stop: &CancellationToken) -> Result<(), SequenceError> {
        let mut renewed = Instant::now();
        let mut idle = Duration::from_millis(POLL_MIN_MILLIS);
        self.progress.reached_head(self.progress.read_head().await?);
        while !stop.is_cancelled() {
            if self.is_pending().await? {
                match self.batch(fence).await? {
                    Moved::LeaseLost => return Ok(()),
                    Moved::Events(count) => {
                        renewed = Instant::now();
                        idle = Duration::from_millis(POLL_MIN_MILLIS);
                        if count == BATCH_MAX_EVENTS {
                            continue;
                        }
                    }
                }
            } else if renewed.elapsed() > Duration::from_secs(LEASE_SECONDS) / 3 {
                if !self.renew(fence).await? {
                    return Ok(());
                }
                renewed = Instant::now();
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.progress.nudged() => {}
                () = sleep(idle) => idle = (idle * 2).min(Duration::from_millis(POLL_MAX_MILLIS)),
            }
        }
        Ok(())
    }

    /// One cheap look instead of a transaction, many times a second.
    async fn is_pending(&self) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar("select exists (select from es.pending)").fetch_one(&self.pool).await
    }

    async fn renew(&self, fence: i64) -> Result<bool, sqlx::Error> {
        let renewed = sqlx::query(
            "update es.head set lease_until = clock_timestamp() + make_interval(secs => $2) where fence = $1",
        )
        .bind(fence)
        .bind(lease_seconds())
        .execute(&self.pool)
        .await?;
        Ok(renewed.rows_affected() == 1)
    }

    /// Moves one batch in one transaction. The head's row lock and fence make two leaders harmless.
    async fn batch(&self, fence: i64) -> Result<Moved, SequenceError> {
        let mut tx = self.pool.begin().await?;
        let head: Option<(i64, Vec<u8>)> =
            sqlx::query_as("select position, chain from es.head where fence = $1 for update")
                .bind(fence)
                .fetch_optional(&mut *tx)
                .await?;
        let Some((mut position, chain)) = head else { return Ok(Moved::LeaseLost) };
        let mut link: Link =
            chain.try_into().map_err(|_| sqlx::Error::Decode("es.head.chain is not 32 bytes".into()))?;
        let rows = sqlx::query(&format!(
            "with due as (
               delete from es.pending where ingest_id in (select ingest_id from es.pending order by ingest_id limit $1)
               returning ingest_id)
             select due.ingest_id as due, {} from due left join es.events e using (ingest_id) order by due.ingest_id",
            Sealing::COLUMNS
        ))
        .bind(i64::try_from(BATCH_MAX_EVENTS).unwrap_or(i64::MAX))
        .fetch_all(&mut *tx)
        .await?;
        let (mut positions, mut ids, mut links) = (Vec::new(), Vec::new(), Vec::new());
        let mut vanished = 0_usize;
        for row in &rows {
            if row.try_get::<Option<i64>, _>("ingest_id")?.is_none() {
                vanished += 1;
                continue;
            }
            let sealing = Sealing::from_row(row)?;
            position += 1;
            link = sealing.link(&link, position);
            positions.push(position);
            ids.push(sealing.ingest_id);
            links.push(link.to_vec());
        }
        if vanished > 0 {
            // Rolls back: nothing is sequenced around a hole that somebody cut into the record.
            return Err(SequenceError::Vanished(vanished));
        }
        sqlx::query("insert into es.log (position, ingest_id, chain) select * from unnest($1::bigint[], $2::bigint[], $3::bytea[])")
            .bind(&positions)
            .bind(&ids)
            .bind(&links)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "update es.head set position = $2, chain = $3, lease_until = clock_timestamp() + make_interval(secs => $4)
             where fence = $1",
        )
        .bind(fence)
        .bind(position)
        .bind(link.to_vec())
        .bind(lease_seconds())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        self.progress.reached_head(position);
        Ok(Moved::Events(positions.len()))
    }
}

/// For `make_interval`.
fn lease_seconds() -> f64 {
    Duration::from_secs(LEASE_SECONDS).as_secs_f64()
}
