//! Streams: loading and appending, as a `cqrs_es::EventStore` of our own over `postgres_es::PostgresEventRepository`.
//!
//! Not cqrs-es's own store, because in 0.5 its snapshot modes apply events twice, and because an append here must say
//! where it ended.

use crate::{
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
use sqlx::PgPool;
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// All streams of a database.
#[derive(Clone)]
pub struct Streams {
    pool: PgPool,
    repository: Arc<PostgresEventRepository>,
    ids: Arc<dyn Ids>,
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

type Failed<A> = AggregateError<<A as Aggregate>::Refusal>;

impl Streams {
    /// On a pool made by [`crate::pool`] (it needs its search path).
    pub fn new(pool: PgPool, ids: Arc<dyn Ids>) -> Self {
        let repository = Arc::new(PostgresEventRepository::new(pool.clone()));
        Self { pool, repository, ids }
    }

    /// Loads an aggregate, and tells whether a command was appended to its stream before (the number of its first event).
    pub(crate) async fn open<A: Aggregate>(
        &self,
        id: &str,
        command: Option<Uuid>,
    ) -> Result<(Open<A>, Option<i64>), Failed<A>> {
        // Both questions in one round trip. The command is asked for again when a decision comes out empty or refused,
        // because a twin may commit between this and the load of the events.
        let (snapshot_at, state, appended): (Option<i64>, Option<Value>, Option<i64>) = sqlx::query_as(
            "select s.version, s.state, c.first_sequence from (values (1)) as one
             left join es.snapshots s on s.aggregate_type = $1 and s.aggregate_id = $2 and s.schema_hash = $3
             left join es.commands c on c.aggregate_type = $1 and c.aggregate_id = $2 and c.command_id = $4",
        )
        .bind(A::TYPE)
        .bind(id)
        .bind(snapshot::schema_hash::<A>())
        .bind(command)
        .fetch_one(&self.pool)
        .await
        .map_err(unexpected)?;
        let snapshot =
            snapshot_at.zip(state).and_then(|(version, state)| snapshot::decode::<A>(id, version, state));
        let (state, snapshot_at) = snapshot.unwrap_or_default();
        let after = usize::try_from(snapshot_at).unwrap_or_default();
        let mut open = Open { id: id.to_owned(), root: Root(state), version: snapshot_at, snapshot_at };
        for event in self.repository.get_last_events::<Root<A>>(id, after).await? {
            open.version += 1;
            if i64::try_from(event.sequence).ok() != Some(open.version) {
                return Err(unexpected(sqlx::Error::Decode(
                    format!("stream {} {id} has no event {}", A::TYPE, open.version).into(),
                )));
            }
            open.root.0.evolve(
                &decode::<A>(event).map_err(|error| AggregateError::DeserializationError(error.into()))?,
            );
        }
        Ok((open, appended))
    }

    /// The number of the first event of a command in a stream, if it had an effect.
    pub(crate) async fn appended<A: Aggregate>(
        &self,
        id: &str,
        command: Uuid,
    ) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar(
            "select first_sequence from es.commands where aggregate_type = $1 and aggregate_id = $2 and command_id = $3",
        )
        .bind(A::TYPE)
        .bind(id)
        .bind(command)
        .fetch_optional(&self.pool)
        .await
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
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let mut envelopes = Vec::with_capacity(events.len());
        let mut sequence = usize::try_from(context.version).unwrap_or_default();
        for (index, payload) in events.into_iter().enumerate() {
            sequence += 1;
            let mut metadata = metadata.clone();
            metadata.insert("eventId".to_owned(), self.ids.next().to_string());
            metadata.insert("commandIndex".to_owned(), index.to_string());
            let aggregate_id = context.id.clone();
            envelopes.push(EventEnvelope { aggregate_id, sequence, payload, metadata });
        }
        let rows =
            envelopes.iter().map(SerializedEvent::try_from).collect::<Result<Vec<_>, PersistenceError>>()?;
        self.repository.persist::<Root<A>>(&rows, None).await?;
        let version = i64::try_from(sequence).unwrap_or(i64::MAX);
        if version - context.snapshot_at >= SNAPSHOT_EVERY_EVENTS {
            let pool = self.pool.clone();
            tokio::spawn(async move { snapshot::write(&pool, &context.id, version, &context.root.0).await });
        }
        Ok(envelopes)
    }
}

fn decode<A: Aggregate>(event: SerializedEvent) -> Result<A::Event, Unreadable> {
    let stored = Stored { kind: event.event_type, version: event.event_version, payload: event.payload };
    upcast::decode(UPCASTS, A::TYPE, stored)
}

fn unexpected<R: std::error::Error>(error: sqlx::Error) -> AggregateError<R> {
    AggregateError::UnexpectedError(Box::new(error))
}
