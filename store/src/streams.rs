//! Streams: loading and appending, as a `cqrs_es::EventStore` of our own over `postgres_es::PostgresEventRepository`.
//!
//! Not cqrs-es's own store, because in 0.5 its snapshot modes apply events twice, and because an append here must say
//! where it ended.

use crate::{
    rehearse::{self, Rehearse},
    root::{Fact, Root},
    snapshot::{self, SNAPSHOT_EVERY_EVENTS},
    upcast::{self, Stored, UPCASTS, Unreadable},
};
use app::port::Ids;
use cqrs_es::{
    AggregateContext, AggregateError, EventEnvelope, EventStore,
    persist::{PersistedEventRepository as _, PersistenceError, SerializedEvent},
};
use domain::Aggregate;
use postgres_es::PostgresEventRepository;
use serde_json::Value;
use sqlx::{PgPool, Row as _};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// All streams of a database.
#[derive(Clone)]
pub struct Streams {
    pool: PgPool,
    repository: Arc<PostgresEventRepository>,
    ids: Arc<dyn Ids>,
    readers: Arc<[Arc<dyn Rehearse>]>,
}

/// A loaded aggregate, and where its stream stood.
#[derive(Debug, Clone)]
pub struct Open<A: Aggregate> {
    pub(crate) id: String,
    pub(crate) root: Root<A>,
    pub(crate) version: i64,
    snapshot_at: i64,
}

impl<A: Aggregate> AggregateContext<Root<A>> for Open<A> {
    fn aggregate(&mut self) -> &mut Root<A> {
        &mut self.root
    }
}

impl<A: Aggregate> Open<A> {
    /// Applies the next event of the stream.
    fn evolve(&mut self, sequence: i64, stored: Stored) -> Result<(), Failed<A>> {
        self.version += 1;
        if sequence != self.version {
            return Err(unexpected(sqlx::Error::Decode(
                format!("stream {} {} has no event {}", A::TYPE, self.id, self.version).into(),
            )));
        }
        let event = upcast::decode(UPCASTS, A::TYPE, stored)
            .map_err(|error: Unreadable| AggregateError::DeserializationError(error.into()))?;
        self.root.0.evolve(&event);
        Ok(())
    }
}

type Failed<A> = AggregateError<<A as Aggregate>::Refusal>;

impl Streams {
    /// On a pool made by [`crate::pool`] (it needs its search path).
    pub fn new(pool: PgPool, ids: Arc<dyn Ids>) -> Self {
        Self::read_by(pool, ids, Vec::new())
    }

    /// The same, with readers who are shown every event before it is appended.
    pub fn read_by(pool: PgPool, ids: Arc<dyn Ids>, readers: Vec<Arc<dyn Rehearse>>) -> Self {
        let repository = Arc::new(PostgresEventRepository::new(pool.clone()));
        Self { pool, repository, ids, readers: readers.into() }
    }

    /// Loads an aggregate, and tells whether a command was appended to its stream before (the number of its first event).
    pub(crate) async fn open<A: Aggregate>(
        &self,
        id: &str,
        command: Option<Uuid>,
    ) -> Result<(Open<A>, Option<i64>), Failed<A>> {
        let mut opened = self.open_many(&[(id, command)]).await?;
        opened.pop().ok_or_else(|| unexpected(sqlx::Error::RowNotFound))
    }

    /// [`Streams::open`] for several streams, in their order, as they stand at one moment: whether a command was appended
    /// and what the stream says always agree.
    pub(crate) async fn open_many<A: Aggregate>(
        &self,
        asked: &[(&str, Option<Uuid>)],
    ) -> Result<Vec<(Open<A>, Option<i64>)>, Failed<A>> {
        let ids: Vec<&str> = asked.iter().map(|(id, _)| *id).collect();
        let commands: Vec<Option<Uuid>> = asked.iter().map(|(_, command)| *command).collect();
        // One row an event, and one for a stream without any; the snapshot comes with the first. Lateral and limited, so that
        // the planner has no choice but to look each stream up in the indexes, whatever it believes of the tables.
        let rows = sqlx::query(
            "select a.no, s.version as snapshot_at, c.first_sequence, e.sequence, e.event_type, e.event_version, e.payload,
               case when e.sequence is null or e.sequence = coalesce(s.version, 0) + 1 then s.state end as state
             from unnest($2::text[], $3::uuid[]) with ordinality as a (id, command, no)
             left join lateral (select version, state from es.snapshots
               where aggregate_type = $1 and aggregate_id = a.id and schema_hash = $4 limit 1) s on true
             left join lateral (select first_sequence from es.commands
               where aggregate_type = $1 and aggregate_id = a.id and command_id = a.command limit 1) c on true
             left join lateral (select sequence, event_type, event_version, payload from es.events
               where aggregate_type = $1 and aggregate_id = a.id and sequence > coalesce(s.version, 0)
               order by aggregate_type, aggregate_id, sequence limit $5) e on true
             order by a.no, e.sequence",
        )
        .bind(A::TYPE)
        .bind(ids)
        .bind(commands)
        .bind(snapshot::schema_hash::<A>())
        .bind(i64::MAX)
        .fetch_all(&self.pool)
        .await
        .map_err(unexpected)?;
        let mut opened: Vec<(Open<A>, Option<i64>)> = Vec::with_capacity(asked.len());
        for row in &rows {
            let no: i64 = row.try_get("no").map_err(unexpected)?;
            let index = usize::try_from(no - 1).unwrap_or_default();
            let Some((id, _)) = asked.get(index) else { continue };
            if opened.len() == index {
                let state: Option<Value> = row.try_get("state").map_err(unexpected)?;
                let version: Option<i64> = row.try_get("snapshot_at").map_err(unexpected)?;
                let snapshot =
                    version.zip(state).and_then(|(version, state)| snapshot::decode::<A>(id, version, state));
                if snapshot.is_none() && version.is_some() {
                    // A snapshot that cannot be used: the whole stream says the same.
                    let whole = self.open_without_snapshot(id).await?;
                    opened.push((whole, row.try_get("first_sequence").map_err(unexpected)?));
                    continue;
                }
                let (state, snapshot_at) = snapshot.unwrap_or_default();
                let open =
                    Open { id: (*id).to_owned(), root: Root(state), version: snapshot_at, snapshot_at };
                opened.push((open, row.try_get("first_sequence").map_err(unexpected)?));
            }
            let Some((open, _)) = opened.last_mut() else { continue };
            let Some(sequence) = row.try_get::<Option<i64>, _>("sequence").map_err(unexpected)? else {
                continue;
            };
            if sequence <= open.version {
                continue;
            }
            let stored = Stored {
                kind: row.try_get("event_type").map_err(unexpected)?,
                version: row.try_get("event_version").map_err(unexpected)?,
                payload: row.try_get("payload").map_err(unexpected)?,
            };
            open.evolve(sequence, stored)?;
        }
        Ok(opened)
    }

    async fn open_without_snapshot<A: Aggregate>(&self, id: &str) -> Result<Open<A>, Failed<A>> {
        let mut open = Open { id: id.to_owned(), root: Root(A::default()), version: 0, snapshot_at: 0 };
        for event in self.repository.get_events::<Root<A>>(id).await? {
            let sequence = i64::try_from(event.sequence).unwrap_or_default();
            let stored =
                Stored { kind: event.event_type, version: event.event_version, payload: event.payload };
            open.evolve(sequence, stored)?;
        }
        Ok(open)
    }

    /// What a command appended, given the number of its first event.
    pub(crate) async fn events_of<A: Aggregate>(
        &self,
        id: &str,
        command: Uuid,
        first: i64,
    ) -> Result<Vec<A::Event>, Failed<A>> {
        let before = usize::try_from(first - 1).unwrap_or_default();
        let command = command.to_string();
        self.repository
            .get_last_events::<Root<A>>(id, before)
            .await?
            .into_iter()
            .take_while(|event| event.metadata.get("commandId").and_then(Value::as_str) == Some(&command))
            .map(|event| {
                decode::<A>(event).map_err(|error| AggregateError::DeserializationError(error.into()))
            })
            .collect()
    }

    /// The insert number of an event; 0 for a stream without events.
    pub(crate) async fn ingest_id<A: Aggregate>(&self, id: &str, sequence: i64) -> Result<i64, sqlx::Error> {
        if sequence == 0 {
            return Ok(0);
        }
        sqlx::query_scalar(
            "select ingest_id from es.events where aggregate_type = $1 and aggregate_id = $2 and sequence = $3",
        )
        .bind(A::TYPE)
        .bind(id)
        .bind(sequence)
        .fetch_one(&self.pool)
        .await
    }
}

impl<A: Aggregate> EventStore<Root<A>> for Streams {
    type AC = Open<A>;

    async fn load_events(&self, aggregate_id: &str) -> Result<Vec<EventEnvelope<Root<A>>>, Failed<A>> {
        let rows = self.repository.get_events::<Root<A>>(aggregate_id).await?;
        rows.into_iter()
            .map(|row| {
                let sequence = row.sequence;
                let metadata =
                    serde_json::from_value(row.metadata.clone()).map_err(PersistenceError::from)?;
                let payload =
                    decode::<A>(row).map_err(|error| AggregateError::DeserializationError(error.into()))?;
                Ok(EventEnvelope {
                    aggregate_id: aggregate_id.to_owned(),
                    sequence,
                    payload: Fact(payload),
                    metadata,
                })
            })
            .collect()
    }

    async fn load_aggregate(&self, aggregate_id: &str) -> Result<Self::AC, Failed<A>> {
        Ok(self.open(aggregate_id, None).await?.0)
    }

    /// Appends after what `context` has seen; a conflict if the stream went on meanwhile. `context` has the events applied
    /// already (the sink did), so it is what a snapshot stores.
    async fn commit(
        &self,
        events: Vec<Fact<A::Event>>,
        context: Self::AC,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<Root<A>>>, Failed<A>> {
        let decided = self.envelopes(events, &context, &metadata);
        self.append(&decided).await?;
        if let Some(last) = decided.last() {
            self.snapshot_if_due(context, i64::try_from(last.sequence).unwrap_or(i64::MAX));
        }
        Ok(decided)
    }
}

impl Streams {
    /// Events of a command to a stream, numbered and with their metadata.
    pub(crate) fn envelopes<A: Aggregate>(
        &self,
        events: Vec<Fact<A::Event>>,
        context: &Open<A>,
        metadata: &HashMap<String, String>,
    ) -> Vec<EventEnvelope<Root<A>>> {
        let seen = usize::try_from(context.version).unwrap_or_default();
        let mut envelopes = Vec::with_capacity(events.len());
        for (index, payload) in events.into_iter().enumerate() {
            let sequence = seen + index + 1;
            let mut metadata = metadata.clone();
            metadata.insert("eventId".to_owned(), self.ids.next().to_string());
            metadata.insert("commandIndex".to_owned(), index.to_string());
            let aggregate_id = context.id.clone();
            envelopes.push(EventEnvelope { aggregate_id, sequence, payload, metadata });
        }
        envelopes
    }

    /// Appends events, of one stream or of several, all or none; none that a reader could not take in.
    pub(crate) async fn append<A: Aggregate>(
        &self,
        events: &[EventEnvelope<Root<A>>],
    ) -> Result<(), Failed<A>> {
        if events.is_empty() {
            return Ok(());
        }
        let rows =
            events.iter().map(SerializedEvent::try_from).collect::<Result<Vec<_>, PersistenceError>>()?;
        for (row, event) in rows.iter().zip(events) {
            rehearse::read_back::<A>(row, &event.payload.0, &self.readers)
                .map_err(|error| AggregateError::UnexpectedError(Box::new(error)))?;
        }
        self.repository.persist::<Root<A>>(&rows, None).await?;
        Ok(())
    }

    /// Writes a snapshot beside the caller when the stream has grown enough since the last.
    pub(crate) fn snapshot_if_due<A: Aggregate>(&self, context: Open<A>, version: i64) {
        if version - context.snapshot_at >= SNAPSHOT_EVERY_EVENTS {
            let pool = self.pool.clone();
            tokio::spawn(async move { snapshot::write(&pool, &context.id, version, &context.root.0).await });
        }
    }
}

fn decode<A: Aggregate>(event: SerializedEvent) -> Result<A::Event, Unreadable> {
    let stored = Stored { kind: event.event_type, version: event.event_version, payload: event.payload };
    upcast::decode(UPCASTS, A::TYPE, stored)
}

fn unexpected<R: std::error::Error>(error: sqlx::Error) -> AggregateError<R> {
    AggregateError::UnexpectedError(Box::new(error))
}
