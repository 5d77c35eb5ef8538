//! How far everybody is: the end of the log, each follower's position, and waiting for them.
//!
//! One value per process and database, shared by the dispatcher (which nudges the sequencer), the sequencer, the
//! followers and everybody who waits. What happens in this process is signalled at once; what other processes do is seen
//! by polling, because notifications in the append transaction would serialise all commits.

use crate::{
    entry::{self, LogEntry},
    fault,
    follow::Parked,
    upcast::UPCASTS,
};
use app::{Fault, port::commands::Token};
use sqlx::{FromRow, PgPool, Row as _, postgres::PgRow};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, Notify, watch},
    time::{Instant, sleep, timeout},
};
use uuid::Uuid;

/// How often this process looks whether another one extended the log.
const HEAD_POLL_MILLIS: u64 = 50;
/// How often a waiter looks at followers that run in other processes.
const WAIT_POLL_MILLIS: u64 = 40;

/// See the module. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Progress(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    appended: Notify,
    head: watch::Sender<i64>,
    positions: watch::Sender<HashMap<String, i64>>,
    /// How often the database broke away.
    breaks: AtomicU64,
    polled: Mutex<Option<Instant>>,
    tail: Mutex<Arc<Page>>,
}

/// One follower as its checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowerStatus {
    /// Its name.
    pub name: String,
    /// The generation of its tables.
    pub version: i32,
    /// The last position it has taken in.
    pub position: i64,
    /// Whether readers use this generation; false while it is being built.
    pub live: bool,
    /// `running` or `failed`.
    pub status: String,
    /// Why it fails, with the position.
    pub last_error: Option<String>,
    /// How many positions it is behind the end of the log.
    pub lag: i64,
}

impl FromRow<'_, PgRow> for FollowerStatus {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            name: row.try_get("name")?,
            version: row.try_get("version")?,
            position: row.try_get("position")?,
            live: row.try_get("live")?,
            status: row.try_get("status")?,
            last_error: row.try_get("last_error")?,
            lag: row.try_get("lag")?,
        })
    }
}

/// An event that this version of Studio cannot read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) position: i64,
    pub(crate) stream_type: String,
    pub(crate) stream_id: String,
    pub(crate) tenant: Uuid,
    pub(crate) why: String,
}

/// What stands at one position.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Item<'a> {
    Entry(&'a LogEntry),
    Unreadable(&'a Unreadable),
}

impl Item<'_> {
    fn position(self) -> i64 {
        match self {
            Self::Entry(entry) => entry.position,
            Self::Unreadable(unreadable) => unreadable.position,
        }
    }
}

/// What one read of the log gave, in order.
#[derive(Debug, Default)]
struct Page {
    entries: Vec<LogEntry>,
    unreadable: Vec<Unreadable>,
}

impl Page {
    fn first_position(&self) -> Option<i64> {
        let first = [
            self.entries.first().map(|entry| entry.position),
            self.unreadable.first().map(|one| one.position),
        ];
        first.into_iter().flatten().min()
    }

    fn last_position(&self) -> Option<i64> {
        self.entries.last().map(|entry| entry.position).max(self.unreadable.last().map(|one| one.position))
    }
}

/// Entries after a position and up to another, shared between followers that read the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    page: Arc<Page>,
    after: i64,
    to: i64,
}

impl Batch {
    fn of(page: Arc<Page>, after: i64, to: i64) -> Self {
        Self { page, after, to }
    }

    /// What can be read.
    pub(crate) fn entries(&self) -> &[LogEntry] {
        let entries = &self.page.entries;
        let from = entries.partition_point(|entry| entry.position <= self.after);
        let to = entries.partition_point(|entry| entry.position <= self.to);
        entries.get(from..to).unwrap_or_default()
    }

    /// What cannot.
    pub(crate) fn unreadable(&self) -> &[Unreadable] {
        let unreadable = &self.page.unreadable;
        let from = unreadable.partition_point(|one| one.position <= self.after);
        let to = unreadable.partition_point(|one| one.position <= self.to);
        unreadable.get(from..to).unwrap_or_default()
    }

    /// Both, in order.
    pub(crate) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let mut items: Vec<Item<'_>> = self.entries().iter().map(Item::Entry).collect();
        items.extend(self.unreadable().iter().map(Item::Unreadable));
        items.sort_by_key(|item| item.position());
        items.into_iter()
    }

    /// The last position; none if there is nothing.
    pub(crate) fn last_position(&self) -> Option<i64> {
        let last = self.entries().last().map(|entry| entry.position);
        last.max(self.unreadable().last().map(|one| one.position))
    }

    /// Whether there may be more after it.
    pub(crate) fn is_full(&self, limit: usize) -> bool {
        self.entries().len() + self.unreadable().len() >= limit
    }
}

impl Progress {
    /// Of this database.
    pub fn new(pool: PgPool) -> Self {
        Self(Arc::new(Inner {
            pool,
            appended: Notify::new(),
            head: watch::Sender::new(0),
            positions: watch::Sender::new(HashMap::new()),
            breaks: AtomicU64::new(0),
            polled: Mutex::new(None),
            tail: Mutex::default(),
        }))
    }

    /// Says that events were committed, so that the sequencer of this process looks at once.
    pub fn appended(&self) {
        self.0.appended.notify_one();
    }

    pub(crate) async fn nudged(&self) {
        self.0.appended.notified().await;
    }

    /// The last position of the log that this process knows of; changes wake the receiver.
    pub fn head(&self) -> watch::Receiver<i64> {
        self.0.head.subscribe()
    }

    /// The positions of live followers that this process knows of, by name; changes wake the receiver.
    pub fn positions(&self) -> watch::Receiver<HashMap<String, i64>> {
        self.0.positions.subscribe()
    }

    pub(crate) fn reached_head(&self, position: i64) {
        self.0.head.send_if_modified(|head| {
            let further = position > *head;
            *head = position.max(*head);
            further
        });
    }

    pub(crate) fn reached(&self, name: &str, position: i64) {
        self.0.positions.send_if_modified(|positions| match positions.get_mut(name) {
            Some(known) if *known >= position => false,
            Some(known) => {
                *known = position;
                true
            }
            None => positions.insert(name.to_owned(), position).is_none(),
        });
    }

    /// A token for everything appended so far.
    pub async fn latest(&self) -> Result<Token, Fault> {
        let last: Option<i64> = sqlx::query_scalar("select max(ingest_id) from es.events")
            .fetch_one(&self.0.pool)
            .await
            .map_err(|error| fault::from_sqlx(&error))?;
        Ok(Token(last.unwrap_or_default()))
    }

    /// The position of the event a token names; none until it is sequenced.
    pub async fn position_of(&self, token: Token) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar("select position from es.log where ingest_id = $1")
            .bind(token.0)
            .fetch_optional(&self.0.pool)
            .await
    }

    /// Waits until the live generations of all these followers have passed the token, at most `limit`; false if they have
    /// not by then.
    pub async fn wait_until(&self, token: Token, followers: &[&str], limit: Duration) -> Result<bool, Fault> {
        if token == Token::default() {
            return Ok(true);
        }
        match timeout(limit, self.passed(token, followers)).await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(error)) => Err(fault::from_sqlx(&error)),
            Err(_) => Ok(false),
        }
    }

    async fn passed(&self, token: Token, followers: &[&str]) -> Result<(), sqlx::Error> {
        let mut head = self.head();
        let position = loop {
            head.borrow_and_update();
            if let Some(position) = self.position_of(token).await? {
                break position;
            }
            tokio::select! {
                _ = head.changed() => {}
                () = sleep(Duration::from_millis(WAIT_POLL_MILLIS)) => {}
            }
        };
        let mut positions = self.positions();
        loop {
            let behind: Vec<String> = {
                let positions = positions.borrow_and_update();
                let is_behind = |name: &&str| positions.get(*name).is_none_or(|reached| *reached < position);
                followers.iter().copied().filter(is_behind).map(str::to_owned).collect()
            };
            if behind.is_empty() {
                return Ok(());
            }
            tokio::select! {
                _ = positions.changed() => {}
                () = sleep(Duration::from_millis(WAIT_POLL_MILLIS)) => self.look_at(&behind).await?,
            }
        }
    }

    /// Reads checkpoints that other processes may have moved.
    async fn look_at(&self, names: &[String]) -> Result<(), sqlx::Error> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select name, position from es.checkpoints where live and name = any($1)")
                .bind(names)
                .fetch_all(&self.0.pool)
                .await?;
        for (name, position) in rows {
            self.reached(&name, position);
        }
        Ok(())
    }

    /// Every follower, for `studio doctor` and metrics.
    pub async fn followers(&self) -> Result<Vec<FollowerStatus>, sqlx::Error> {
        sqlx::query_as(
            "select name, version, c.position, live, status, last_error, h.position - c.position as lag
             from es.checkpoints c, es.head h order by name, version",
        )
        .fetch_all(&self.0.pool)
        .await
    }

    /// Waits until the log goes beyond `position`, at most `limit`. An error for every waiter when the database broke away
    /// meanwhile: what was taken in last may be lost, so everybody looks again where he stands.
    pub(crate) async fn wait_beyond(&self, position: i64, limit: Duration) -> Result<bool, sqlx::Error> {
        let deadline = Instant::now() + limit;
        let mut head = self.head();
        let breaks = self.0.breaks.load(Ordering::Relaxed);
        loop {
            if self.0.breaks.load(Ordering::Relaxed) != breaks {
                return Err(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()));
            }
            if *head.borrow_and_update() > position {
                return Ok(true);
            }
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::select! {
                _ = head.changed() => {}
                () = sleep(Duration::from_millis(HEAD_POLL_MILLIS)) => self.poll_head().await?,
            }
        }
    }

    /// Looks at the end of the log, at most once per [`HEAD_POLL_MILLIS`] however many followers ask.
    async fn poll_head(&self) -> Result<(), sqlx::Error> {
        let mut polled = self.0.polled.lock().await;
        if polled.is_some_and(|at| at.elapsed() < Duration::from_millis(HEAD_POLL_MILLIS)) {
            return Ok(());
        }
        *polled = Some(Instant::now());
        match self.read_head().await {
            Ok(head) => self.reached_head(head),
            Err(error) => {
                // Checkpoints are not waited for on the disk (`follow::Runner::move_checkpoint`): after a crash of the server
                // they may stand further back than we saw them.
                self.0.positions.send_replace(HashMap::new());
                self.0.breaks.fetch_add(1, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    }

    /// The end of the log as the database says.
    pub async fn read_head(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("select position from es.head").fetch_one(&self.0.pool).await
    }

    /// Every parked stream, for `studio doctor` and metrics.
    pub async fn parked(&self) -> Result<Vec<Parked>, sqlx::Error> {
        sqlx::query_as(
            "select follower, p.version, stream, tenant, p.position, error, since, tries
             from es.parked p join es.checkpoints c on c.name = p.follower and c.version = p.version and c.live
             order by follower, since, stream",
        )
        .fetch_all(&self.0.pool)
        .await
    }

    /// The entries after `position`, at most `limit` of them. Followers near the end of the log share one read.
    pub(crate) async fn read_after(&self, position: i64, limit: usize) -> Result<Batch, sqlx::Error> {
        let known_head = *self.0.head.borrow();
        if known_head - position > i64::try_from(limit).unwrap_or(i64::MAX) {
            let page = self.select_after(position, limit).await?;
            return Ok(Batch::of(Arc::new(page), position, i64::MAX));
        }
        let mut tail = self.0.tail.lock().await;
        if let (Some(first), Some(last)) = (tail.first_position(), tail.last_position())
            && position + 1 >= first
            && position < last
            && last >= known_head
        {
            let to = position.saturating_add(i64::try_from(limit).unwrap_or(i64::MAX));
            return Ok(Batch::of(Arc::clone(&tail), position, to));
        }
        *tail = Arc::new(self.select_after(position, limit).await?);
        Ok(Batch::of(Arc::clone(&tail), position, i64::MAX))
    }

    async fn select_after(&self, position: i64, limit: usize) -> Result<Page, sqlx::Error> {
        let rows = sqlx::query(&format!(
            "select {}, e.tenant from es.log l join es.events e using (ingest_id) where l.position > $1
             order by l.position limit $2",
            entry::COLUMNS
        ))
        .bind(position)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.0.pool)
        .await?;
        // Dense by construction: a gap means that somebody removed rows, and going on would hide it.
        for (expected, row) in (position + 1..).zip(&rows) {
            if row.try_get::<i64, _>("position")? != expected {
                let why = format!("the log has no event at position {expected}: run `studio audit verify`");
                return Err(sqlx::Error::Protocol(why));
            }
        }
        page_of(&rows)
    }

    /// The entries of one tenant after `position` and up to `to`, at most `limit` of them.
    pub(crate) async fn read_of_tenant(
        &self,
        tenant: Uuid,
        position: i64,
        to: i64,
        limit: usize,
    ) -> Result<Batch, sqlx::Error> {
        let rows = sqlx::query(&format!(
            "select {}, e.tenant from es.events e join es.log l using (ingest_id)
             where e.tenant = $1 and l.position > $2 and l.position <= $3 order by l.position limit $4",
            entry::COLUMNS
        ))
        .bind(tenant)
        .bind(position)
        .bind(to)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.0.pool)
        .await?;
        Ok(Batch::of(Arc::new(page_of(&rows)?), position, to))
    }
}

/// Rows with [`entry::COLUMNS`] and `tenant`. One that cannot be read does not keep the others from being read.
fn page_of(rows: &[PgRow]) -> Result<Page, sqlx::Error> {
    let mut page = Page::default();
    for row in rows {
        match entry::from_row(row, UPCASTS) {
            Ok(entry) => page.entries.push(entry),
            Err(error) => page.unreadable.push(Unreadable {
                position: row.try_get("position")?,
                stream_type: row.try_get("aggregate_type")?,
                stream_id: row.try_get("aggregate_id")?,
                tenant: row.try_get("tenant")?,
                why: error.to_string(),
            }),
        }
    }
    Ok(page)
}
