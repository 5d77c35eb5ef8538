//! Parking: what a follower cannot digest stops its own stream and nobody else's.
//!
//! The entry and all later ones of its stream wait; the follower goes on with the others. The stream is tried again when
//! the follower starts and with growing pauses after that, and then taken in from where it stopped, in order, each entry
//! once. While anything is parked the model says too little about that stream; `studio doctor` names it.

use super::{Follow, FollowError, Lease, Runner, apply};
use crate::{
    entry::LogEntry,
    progress::{Item, Unreadable},
};
use domain::id::Instant as Timestamp;
use sqlx::{FromRow, PgPool, Row as _, postgres::PgRow};
use std::{collections::HashMap, slice, time::Duration};
use tokio::time::Instant;
use uuid::Uuid;

domain::limits! {
    /// Streams that one follower may have parked. With more, the follower itself is what is broken, and it stops.
    pub PARKED_STREAMS_MAX: usize = 10_000, "streams";
    /// The first pause before a parked stream is tried again; doubled each time.
    pub PARKED_PAUSE_MIN_SECONDS: u64 = 5, "seconds";
    /// The longest pause before a parked stream is tried again.
    pub PARKED_PAUSE_MAX_SECONDS: u64 = 300, "seconds";
}

/// Entries of a tenant looked through at a time for those of a parked stream, so that the others are not held up.
const TAKE_UP_ENTRIES: usize = 500;

/// A stream that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The follower that cannot take it in.
    pub follower: String,
    /// The generation of its tables.
    pub version: i32,
    /// The stream, `<type>-<id>`.
    pub stream: String,
    /// Whose it is.
    pub tenant: Uuid,
    /// The first event that was not taken in.
    pub position: i64,
    /// Why.
    pub error: String,
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried.
    pub tries: i32,
}

impl FromRow<'_, PgRow> for Parked {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            follower: row.try_get("follower")?,
            version: row.try_get("version")?,
            stream: row.try_get("stream")?,
            tenant: row.try_get("tenant")?,
            position: row.try_get("position")?,
            error: row.try_get("error")?,
            since: row.try_get("since")?,
            tries: row.try_get("tries")?,
        })
    }
}

/// The parked streams of a follower, as it keeps them while it has the lease.
#[derive(Debug, Default)]
pub(crate) struct Held(HashMap<String, Waiting>);

#[derive(Debug, Clone)]
struct Waiting {
    tenant: Uuid,
    position: i64,
    tries: u32,
    /// When it is tried next; none: at once.
    due: Option<Instant>,
}

impl Held {
    /// As the database knows them; all are due at once, because this code may be newer than what parked them.
    pub(crate) async fn load(pool: &PgPool, follower: &dyn Follow) -> Result<Self, sqlx::Error> {
        let rows: Vec<(String, Uuid, i64)> = sqlx::query_as(
            "select stream, tenant, position from es.parked where follower = $1 and version = $2",
        )
        .bind(follower.name())
        .bind(follower.version())
        .fetch_all(pool)
        .await?;
        let waiting =
            |(stream, tenant, position)| (stream, Waiting { tenant, position, tries: 0, due: None });
        Ok(Self(rows.into_iter().map(waiting).collect()))
    }

    /// Whether an entry waits for its stream.
    pub(super) fn holds(&self, follower: &dyn Follow, entry: &LogEntry) -> bool {
        !self.0.is_empty() && self.0.keys().any(|stream| belongs(follower, entry, stream))
    }

    /// The stream that has waited longest for its next try, if one is due.
    fn due(&self) -> Option<(String, Waiting)> {
        let now = Instant::now();
        let due = self.0.iter().filter(|(_, waiting)| waiting.due.is_none_or(|due| due <= now));
        due.min_by_key(|(_, waiting)| waiting.due).map(|(stream, waiting)| (stream.clone(), waiting.clone()))
    }

    fn failed_again(&mut self, stream: &str, position: i64) {
        if let Some(waiting) = self.0.get_mut(stream) {
            let pause =
                PARKED_PAUSE_MIN_SECONDS.saturating_mul(1_u64.checked_shl(waiting.tries).unwrap_or(u64::MAX));
            waiting.due = Some(Instant::now() + Duration::from_secs(pause.min(PARKED_PAUSE_MAX_SECONDS)));
            waiting.tries = waiting.tries.saturating_add(1);
            waiting.position = position;
        }
    }
}

/// The name under which a stream is parked.
fn stream_of(stream_type: &str, stream_id: &str) -> String {
    format!("{stream_type}-{stream_id}")
}

fn belongs(follower: &dyn Follow, entry: &LogEntry, stream: &str) -> bool {
    let by_stream = stream.strip_prefix(entry.stream_type.as_str()).and_then(|rest| rest.strip_prefix('-'));
    by_stream == Some(entry.stream_id.as_str()) || follower.group(entry).as_deref() == Some(stream)
}

/// Why an entry was not taken in, where that is about the entry and not about the database or the follower.
pub(crate) fn indigestible(error: &FollowError) -> bool {
    match error {
        FollowError::Poison { .. } => true,
        // 21 cardinality, 22 data, 23 integrity, 54 limits of the server: said of the values.
        FollowError::Database(sqlx::Error::Database(error)) => error
            .code()
            .is_some_and(|code| ["21", "22", "23", "54"].iter().any(|class| code.starts_with(class))),
        FollowError::Database(error) => {
            matches!(
                error,
                sqlx::Error::Decode(_) | sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. }
            )
        }
    }
}

/// What is parked at a time.
struct Stop<'a> {
    stream: String,
    tenant: Uuid,
    position: i64,
    why: &'a str,
}

impl Runner {
    /// Takes in consecutive items one by one; those that cannot be taken in are parked. None if the lease is lost.
    pub(super) async fn step_singly(
        &self,
        follower: &mut dyn Follow,
        lease: Lease,
        held: &mut Held,
        items: impl Iterator<Item = Item<'_>>,
    ) -> Result<Option<i64>, FollowError> {
        let mut lease = lease;
        for item in items {
            let Some(position) = self.take_in(follower, lease, held, item).await? else { return Ok(None) };
            lease.position = position;
            self.progress.reached(follower.name(), position);
        }
        Ok(Some(lease.position))
    }

    async fn take_in(
        &self,
        follower: &mut dyn Follow,
        lease: Lease,
        held: &mut Held,
        item: Item<'_>,
    ) -> Result<Option<i64>, FollowError> {
        match item {
            Item::Entry(entry) => {
                match self.commit(follower, lease, held, slice::from_ref(entry), entry.position).await {
                    Err(error) if indigestible(&error) => {
                        let stream = follower.group(entry);
                        let stop = Stop {
                            stream: stream.unwrap_or_else(|| stream_of(&entry.stream_type, &entry.stream_id)),
                            tenant: entry.metadata.customer.0,
                            position: entry.position,
                            why: &error.to_string(),
                        };
                        self.park(follower, lease, held, stop).await
                    }
                    result => result,
                }
            }
            Item::Unreadable(Unreadable { position, stream_type, stream_id, tenant, why }) => {
                let stream = stream_of(stream_type, stream_id);
                if !follower.reads(stream_type) || held.0.contains_key(&stream) {
                    return self.commit(follower, lease, held, &[], *position).await;
                }
                let stop = Stop { stream, tenant: *tenant, position: *position, why };
                self.park(follower, lease, held, stop).await
            }
        }
    }

    /// Goes past an entry and notes that its stream waits for it, in one transaction.
    async fn park(
        &self,
        follower: &dyn Follow,
        lease: Lease,
        held: &mut Held,
        stop: Stop<'_>,
    ) -> Result<Option<i64>, FollowError> {
        let Stop { stream, tenant, position, why } = stop;
        if held.0.len() >= PARKED_STREAMS_MAX {
            let why = format!("{PARKED_STREAMS_MAX} streams are parked already; this one is next: {why}");
            return Err(FollowError::Poison { position, why });
        }
        tracing::error!(follower = follower.name(), %stream, position, why, "a stream is parked; all others go on");
        let mut tx = self.pool.begin().await?;
        if !self.move_checkpoint(&mut *tx, follower, lease, position).await? {
            return Ok(None);
        }
        sqlx::query(
            "insert into es.parked (follower, version, stream, tenant, position, error) values ($1, $2, $3, $4, $5, $6)
             on conflict do nothing",
        )
        .bind(follower.name())
        .bind(follower.version())
        .bind(&stream)
        .bind(tenant)
        .bind(position)
        .bind(why.replace('\0', "\u{fffd}"))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        held.0.insert(stream.clone(), Waiting { tenant, position, tries: 0, due: None });
        held.failed_again(&stream, position);
        Ok(Some(position))
    }

    /// Goes on with one parked stream if one is due: a part of it at a time. False if the lease is lost.
    pub(super) async fn take_up(
        &self,
        follower: &mut dyn Follow,
        lease: Lease,
        held: &mut Held,
    ) -> Result<bool, FollowError> {
        let Some((stream, waiting)) = held.due() else { return Ok(true) };
        let from = waiting.position - 1;
        let batch =
            self.progress.read_of_tenant(waiting.tenant, from, lease.position, TAKE_UP_ENTRIES).await?;
        for item in batch.items() {
            let (position, failure) = match item {
                Item::Entry(entry) if belongs(follower, entry, &stream) => {
                    match self.take_up_one(follower, lease, &stream, entry).await {
                        Ok(true) => continue,
                        Ok(false) => return Ok(false),
                        Err(error) if indigestible(&error) => (entry.position, error.to_string()),
                        Err(error) => return Err(error),
                    }
                }
                Item::Unreadable(unreadable)
                    if stream_of(&unreadable.stream_type, &unreadable.stream_id) == stream =>
                {
                    (unreadable.position, unreadable.why.clone())
                }
                Item::Entry(_) | Item::Unreadable(_) => continue,
            };
            self.still_parked(follower, &stream, position, &failure).await?;
            held.failed_again(&stream, position);
            return Ok(true);
        }
        let next = batch.last_position().map_or(lease.position, |last| last) + 1;
        if batch.is_full(TAKE_UP_ENTRIES) {
            if let Some(waiting) = held.0.get_mut(&stream) {
                waiting.position = next;
            }
            return Ok(true);
        }
        if !self.unpark(follower, lease, &stream).await? {
            return Ok(false);
        }
        held.0.remove(&stream);
        tracing::warn!(
            follower = follower.name(),
            %stream,
            "a parked stream was taken up again; `studio rebuild --verify` tells whether others had waited for it"
        );
        Ok(true)
    }

    /// One entry of a parked stream; with it moves the place from which the rest is still to come.
    async fn take_up_one(
        &self,
        follower: &mut dyn Follow,
        lease: Lease,
        stream: &str,
        entry: &LogEntry,
    ) -> Result<bool, FollowError> {
        let mut tx = self.pool.begin().await?;
        if !self.move_checkpoint(&mut *tx, follower, lease, lease.position).await? {
            return Ok(false);
        }
        if follower.wants(entry) {
            apply(follower, &mut tx, slice::from_ref(entry)).await?;
        }
        sqlx::query(
            "update es.parked set position = $4 where follower = $1 and version = $2 and stream = $3",
        )
        .bind(follower.name())
        .bind(follower.version())
        .bind(stream)
        .bind(entry.position + 1)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn still_parked(
        &self,
        follower: &dyn Follow,
        stream: &str,
        position: i64,
        why: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update es.parked set position = greatest(position, $4), error = $5, tries = tries + 1, tried_at = clock_timestamp()
             where follower = $1 and version = $2 and stream = $3",
        )
        .bind(follower.name())
        .bind(follower.version())
        .bind(stream)
        .bind(position)
        .bind(why.replace('\0', "\u{fffd}"))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn unpark(&self, follower: &dyn Follow, lease: Lease, stream: &str) -> Result<bool, FollowError> {
        let mut tx = self.pool.begin().await?;
        if !self.move_checkpoint(&mut *tx, follower, lease, lease.position).await? {
            return Ok(false);
        }
        sqlx::query("delete from es.parked where follower = $1 and version = $2 and stream = $3")
            .bind(follower.name())
            .bind(follower.version())
            .bind(stream)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }
}
