//! Commands: load, decide, append; again on a conflict; once per command id.

use crate::{
    entry,
    fault::{conflict, from_sqlx, indigestible},
    pool::{TRUSTED_IDLE_MILLIS, is_unavailable},
    progress::Progress,
    rehearse::{Indigestible, Rehearse},
    root::{Fact, Root},
    streams::{Open, Streams},
};
use app::{
    Fault,
    port::{Addressed, Commands, Committed, Execute, Ids, Loaded, Meta, commands::Token},
};
use async_trait::async_trait;
use cqrs_es::{
    Aggregate as _, AggregateContext as _, AggregateError, EventStore as _, event_sink::EventSink,
};
use domain::Aggregate;
use sqlx::PgPool;
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};
use tracing::Instrument as _;
use uuid::Uuid;

domain::limits! {
    /// How often a command is decided at most when other processes keep changing the same stream.
    pub CONFLICT_TRIES: u32 = 5, "tries";
    /// How often a command is tried at most when connections break under it. Safe, because a command that did commit is found.
    BROKEN_TRIES: u32 = 3, "tries";
    /// How long a command waits for the commands of this process that came before it to the same stream.
    QUEUE_TIMEOUT_SECONDS: u64 = 30, "seconds";
}

/// The first pause after a conflict; doubled each time, and a random part of it is waited.
const CONFLICT_PAUSE_MILLIS: u64 = 8;
/// Queues that streams share by hash. More than commands ever run at once, so strangers seldom wait for each other.
const QUEUES: usize = 1_024;
/// The trigger's code for a command that was appended before.
const ERRCODE_REPEATED: &str = "ES002";

/// [`Execute`] for every aggregate, on Postgres. Cheap to clone.
#[derive(Clone)]
pub struct EventStoreCommands(Arc<Inner>);

struct Inner {
    streams: Streams,
    progress: Progress,
    ids: Arc<dyn Ids>,
    /// Commands to one stream go one after the other within a process: they would only conflict.
    queues: Vec<Mutex<()>>,
}

/// Why one try of a command did not end in an answer.
enum Setback {
    /// The stream went on since it was loaded.
    Conflict,
    /// The command turned out to have been appended by a twin.
    Repeated,
    /// The connection broke; whether the append committed is unknown.
    Broken(Fault),
    /// An answer, in truth.
    Final(Fault),
}

impl EventStoreCommands {
    /// `ids` gives event ids (`UUIDv7`) and the jitter of retries.
    pub fn new(pool: PgPool, progress: Progress, ids: Arc<dyn Ids>) -> Self {
        Self::read_by(pool, progress, ids, Vec::new())
    }

    /// The same, with readers who are shown every event before it is appended.
    pub fn read_by(
        pool: PgPool,
        progress: Progress,
        ids: Arc<dyn Ids>,
        readers: Vec<Arc<dyn Rehearse>>,
    ) -> Self {
        Self(Arc::new(Inner {
            streams: Streams::read_by(pool, Arc::clone(&ids), readers),
            progress,
            ids,
            queues: (0..QUEUES).map(|_| Mutex::new(())).collect(),
        }))
    }

    /// The streams it works on.
    pub fn streams(&self) -> &Streams {
        &self.0.streams
    }
}

/// Studio's command port, behind one pointer.
pub fn commands(pool: PgPool, progress: Progress, ids: Arc<dyn Ids>) -> Arc<dyn Commands> {
    Arc::new(EventStoreCommands::new(pool, progress, ids))
}

impl Inner {
    async fn execute<A: Aggregate>(
        &self,
        id: &str,
        command: A::Command,
        meta: Meta,
    ) -> Result<Committed<A>, Fault> {
        let _turn = self.turn::<A>(id).await?;
        let (mut conflicts, mut breaks) = (0, 0);
        loop {
            match self.attempt(id, command.clone(), &meta).await {
                Ok(committed) => return Ok(committed),
                Err(Setback::Final(fault)) => return Err(fault),
                Err(Setback::Broken(fault)) => {
                    breaks += 1;
                    if breaks >= BROKEN_TRIES {
                        return Err(fault);
                    }
                    if breaks == BROKEN_TRIES - 1 {
                        // A server that restarted leaves a pool of dead connections, and young ones are used unasked: by
                        // now none is young.
                        sleep(Duration::from_millis(TRUSTED_IDLE_MILLIS)).await;
                    }
                }
                Err(Setback::Conflict | Setback::Repeated) => {
                    conflicts += 1;
                    if conflicts >= CONFLICT_TRIES {
                        return Err(conflict());
                    }
                    let most = CONFLICT_PAUSE_MILLIS << conflicts;
                    sleep(Duration::from_millis(u64::from(self.ids.random()) % most)).await;
                }
            }
        }
    }

    async fn turn<A: Aggregate>(&self, id: &str) -> Result<Option<tokio::sync::MutexGuard<'_, ()>>, Fault> {
        let mut hash = DefaultHasher::new();
        (A::TYPE, id).hash(&mut hash);
        let index = usize::try_from(hash.finish() % QUEUES as u64).unwrap_or_default();
        let Some(queue) = self.queues.get(index) else { return Ok(None) };
        match timeout(Duration::from_secs(QUEUE_TIMEOUT_SECONDS), queue.lock()).await {
            Ok(turn) => Ok(Some(turn)),
            Err(_) => Err(Fault::unavailable(
                "store/unavailable",
                "Too many changes of the same thing are waiting; try again.",
                format!("the queue of {} {id} is too long", A::TYPE),
            )),
        }
    }

    async fn attempt<A: Aggregate>(
        &self,
        id: &str,
        command: A::Command,
        meta: &Meta,
    ) -> Result<Committed<A>, Setback> {
        let (mut open, appended) =
            self.streams.open::<A>(id, Some(meta.command_id)).await.map_err(setback::<A>)?;
        if let Some(first) = appended {
            return self.repeated(open, meta.command_id, first).await;
        }
        let sink = EventSink::default();
        if let Err(refusal) = open.aggregate().handle(command, &(), &sink).await {
            return Err(Setback::Final(Fault::refused(&refusal)));
        }
        let events = sink.collect().await;
        if events.is_empty() {
            return self.committed(open.id, open.root, Vec::new(), open.version).await;
        }
        let state = open.root.clone();
        let decided = events.iter().map(|Fact(event)| event.clone()).collect();
        let envelopes =
            self.streams.commit(events, open, entry::flatten(meta)).await.map_err(setback::<A>)?;
        self.progress.appended();
        let version = envelopes.last().and_then(|last| i64::try_from(last.sequence).ok()).unwrap_or_default();
        self.committed(id.to_owned(), state, decided, version).await
    }

    /// One try of many commands at once; without an answer are those that had better be tried alone.
    async fn attempt_many<A: Aggregate>(
        &self,
        commands: &[Addressed<A>],
    ) -> Result<Vec<Option<Result<(), Fault>>>, Setback> {
        let mut answers: Vec<Option<Result<(), Fault>>> = commands.iter().map(|_| None).collect();
        // A later command to the same stream depends on the earlier one.
        let mut streams = HashSet::new();
        let chosen: Vec<(usize, &Addressed<A>)> =
            commands.iter().enumerate().filter(|(_, one)| streams.insert(one.id.as_str())).collect();
        let asked: Vec<_> =
            chosen.iter().map(|(_, one)| (one.id.as_str(), Some(one.meta.command_id))).collect();
        let opened = self.streams.open_many::<A>(&asked).await.map_err(setback::<A>)?;
        let (mut decided, mut envelopes) = (Vec::new(), Vec::new());
        for ((index, one), (mut open, appended)) in chosen.into_iter().zip(opened) {
            let Some(answer) = answers.get_mut(index) else { continue };
            if appended.is_some() {
                *answer = Some(Ok(()));
                continue;
            }
            let sink = EventSink::default();
            match open.aggregate().handle(one.command.clone(), &(), &sink).await {
                Ok(()) => {
                    let events = sink.collect().await;
                    let events = self.streams.envelopes(events, &open, &entry::flatten(&one.meta));
                    let version = events.last().and_then(|last| i64::try_from(last.sequence).ok());
                    envelopes.extend(events);
                    decided.push((index, open, version));
                }
                Err(refusal) => *answer = Some(Err(Fault::refused(&refusal))),
            }
        }
        self.streams.append(&envelopes).await.map_err(setback::<A>)?;
        self.progress.appended();
        for (index, open, version) in decided {
            if let Some(version) = version {
                self.streams.snapshot_if_due(open, version);
            }
            if let Some(answer) = answers.get_mut(index) {
                *answer = Some(Ok(()));
            }
        }
        Ok(answers)
    }

    async fn execute_many<A: Aggregate>(&self, commands: Vec<Addressed<A>>) -> Vec<Result<(), Fault>> {
        // Streams are not queued for: whoever else writes to one of them makes a conflict of it, and then each command is
        // tried alone, in its queue.
        let answers = self.attempt_many(&commands).await;
        let answers = answers.unwrap_or_else(|_| commands.iter().map(|_| None).collect());
        let mut all = Vec::with_capacity(commands.len());
        for (one, answer) in commands.into_iter().zip(answers) {
            all.push(match answer {
                Some(answer) => answer,
                None => self.execute::<A>(&one.id, one.command, one.meta).await.map(|_| ()),
            });
        }
        all
    }

    /// The first answer again: what the command did then, and the aggregate as it is now.
    async fn repeated<A: Aggregate>(
        &self,
        open: Open<A>,
        command: Uuid,
        first: i64,
    ) -> Result<Committed<A>, Setback> {
        let events = self.streams.events_of::<A>(&open.id, command, first).await.map_err(setback::<A>)?;
        self.committed(open.id, open.root, events, open.version).await
    }

    async fn committed<A: Aggregate>(
        &self,
        id: String,
        root: Root<A>,
        events: Vec<A::Event>,
        version: i64,
    ) -> Result<Committed<A>, Setback> {
        let token = self.streams.ingest_id::<A>(&id, version).await.map_err(|error| from_database(&error))?;
        let version = u64::try_from(version).unwrap_or_default();
        Ok(Committed { state: root.0, events, version, token: Token(token) })
    }
}

#[async_trait]
impl<A: Aggregate> Execute<A> for EventStoreCommands {
    async fn execute(&self, id: &str, command: A::Command, meta: Meta) -> Result<Committed<A>, Fault> {
        let inner = Arc::clone(&self.0);
        let id = id.to_owned();
        let span = tracing::debug_span!("command", stream = A::TYPE, id, command = %meta.command_id);
        // A task of its own: a caller that hangs up must not cancel it between append and nudge.
        let task = async move { inner.execute(&id, command, meta).await };
        tokio::spawn(task.instrument(span)).await.unwrap_or_else(|error| Err(Fault::bug(error)))
    }

    async fn execute_many(&self, commands: Vec<Addressed<A>>) -> Vec<Result<(), Fault>> {
        let (inner, count) = (Arc::clone(&self.0), commands.len());
        let span = tracing::debug_span!("commands", streams = A::TYPE, count);
        let task = async move { inner.execute_many(commands).await };
        tokio::spawn(task.instrument(span))
            .await
            .unwrap_or_else(|error| (0..count).map(|_| Err(Fault::bug(&error))).collect())
    }

    async fn load(&self, id: &str) -> Result<Loaded<A>, Fault> {
        match self.0.streams.open::<A>(id, None).await.map_err(setback::<A>) {
            Ok((open, _)) => {
                Ok(Loaded { state: open.root.0, version: u64::try_from(open.version).unwrap_or_default() })
            }
            Err(Setback::Broken(fault) | Setback::Final(fault)) => Err(fault),
            Err(Setback::Conflict | Setback::Repeated) => Err(conflict()),
        }
    }
}

fn setback<A: Aggregate>(error: AggregateError<A::Refusal>) -> Setback {
    match error {
        AggregateError::UserError(refusal) => Setback::Final(Fault::refused(&refusal)),
        AggregateError::AggregateConflict => Setback::Conflict,
        AggregateError::DatabaseConnectionError(error) | AggregateError::UnexpectedError(error) => {
            if let Some(error) = error.downcast_ref::<sqlx::Error>() {
                return from_database(error);
            }
            match error.downcast_ref::<Indigestible>() {
                Some(why) => Setback::Final(indigestible(why)),
                None => Setback::Final(Fault::bug(error)),
            }
        }
        AggregateError::DeserializationError(error) => Setback::Final(Fault::bug(error)),
    }
}

fn from_database(error: &sqlx::Error) -> Setback {
    let code = match error {
        sqlx::Error::Database(error) => error.code().unwrap_or_default().into_owned(),
        _ => String::new(),
    };
    match error {
        _ if code == ERRCODE_REPEATED => Setback::Repeated,
        // Serialisation failures and deadlocks: the same remedy.
        _ if code.starts_with("40") => Setback::Conflict,
        // Waiting for a connection took the whole patience already.
        sqlx::Error::PoolTimedOut => Setback::Final(from_sqlx(error)),
        _ if is_unavailable(error) => Setback::Broken(from_sqlx(error)),
        _ => Setback::Final(from_sqlx(error)),
    }
}
