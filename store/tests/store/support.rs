//! A small aggregate, ids, metadata and a running store for the tests.

use app::{
    Actor, Fault,
    port::{Committed, Execute, Ids, Loaded, Meta},
};
use domain::{Aggregate, Refusal, RefusalClass, id::CustomerId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{EventStoreCommands, Progress, Sequencer, testing::TestDatabase};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Counts, and remembers the order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) opened: bool,
    pub(crate) total: i64,
    pub(crate) fingerprint: u64,
}

#[derive(Debug, Clone)]
pub(crate) enum TallyCommand {
    Open,
    Add(i64),
    AddEach(Vec<i64>),
    Weigh(f64),
    Note(serde_json::Value),
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum TallyEvent {
    Opened,
    Added { amount: i64, note: String },
    Weighed { weight: f64 },
    Noted { what: serde_json::Value },
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the tally is open already")]
pub(crate) struct OpenAlready;

impl Refusal for OpenAlready {
    fn code(&self) -> &'static str {
        "tally/open"
    }
    fn class(&self) -> RefusalClass {
        RefusalClass::Conflict
    }
}

impl domain::Event for TallyEvent {
    fn kind(&self) -> &'static str {
        match self {
            Self::Opened => "Opened",
            Self::Added { .. } => "Added",
            Self::Weighed { .. } => "Weighed",
            Self::Noted { .. } => "Noted",
        }
    }
}

impl Aggregate for Tally {
    const TYPE: &'static str = "tally";
    type Command = TallyCommand;
    type Event = TallyEvent;
    type Refusal = OpenAlready;

    fn decide(&self, command: TallyCommand) -> Result<Vec<TallyEvent>, OpenAlready> {
        let added = |amount| TallyEvent::Added { amount, note: format!("ü\"{amount}") };
        Ok(match command {
            TallyCommand::Open if self.opened => return Err(OpenAlready),
            TallyCommand::Open => vec![TallyEvent::Opened],
            TallyCommand::Add(amount) => vec![added(amount)],
            TallyCommand::AddEach(amounts) => amounts.into_iter().map(added).collect(),
            TallyCommand::Weigh(weight) => vec![TallyEvent::Weighed { weight }],
            TallyCommand::Note(what) => vec![TallyEvent::Noted { what }],
            TallyCommand::Nothing => Vec::new(),
        })
    }

    fn evolve(&mut self, event: &TallyEvent) {
        match event {
            TallyEvent::Opened => self.opened = true,
            TallyEvent::Weighed { .. } | TallyEvent::Noted { .. } => {}
            TallyEvent::Added { amount, .. } => {
                self.total += amount;
                self.fingerprint =
                    self.fingerprint.wrapping_mul(1_000_003).wrapping_add(amount.unsigned_abs() + 1);
            }
        }
    }
}

pub(crate) struct TestIds;

impl Ids for TestIds {
    fn next(&self) -> Uuid {
        uuid()
    }
    fn random(&self) -> u32 {
        u32::from_be_bytes(uuid().as_bytes()[12..].try_into().expect("4 bytes"))
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's dice")]
pub(crate) fn uuid() -> Uuid {
    Uuid::now_v7()
}

#[expect(clippy::disallowed_methods, reason = "a test's clock")]
pub(crate) fn now() -> domain::id::Instant {
    chrono::Utc::now()
}

/// Metadata of a new command.
pub(crate) fn meta() -> Meta {
    Meta {
        command_id: uuid(),
        correlation_id: uuid(),
        causation_id: Some(uuid()),
        customer: CustomerId(Uuid::from_u128(7)),
        actor: Actor::Studio("test".to_owned()),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        occurred_at: now(),
        keys_used: Vec::new(),
    }
}

/// One process on a database.
#[derive(Clone)]
pub(crate) struct Process {
    pub(crate) pool: sqlx::PgPool,
    pub(crate) progress: Progress,
    pub(crate) commands: EventStoreCommands,
    pub(crate) stop: CancellationToken,
}

impl Process {
    pub(crate) fn on(pool: sqlx::PgPool) -> Self {
        let progress = Progress::new(pool.clone());
        let commands = EventStoreCommands::new(pool.clone(), progress.clone(), Arc::new(TestIds));
        Self { pool, progress, commands, stop: CancellationToken::new() }
    }

    pub(crate) fn of(database: &TestDatabase) -> Self {
        Self::on(database.pool.clone())
    }

    pub(crate) fn sequence(&self) -> JoinHandle<()> {
        let sequencer = Sequencer::new(self.pool.clone(), self.progress.clone(), uuid().to_string());
        let stop = self.stop.clone();
        tokio::spawn(async move { sequencer.run(stop).await })
    }

    pub(crate) async fn execute(&self, id: &str, command: TallyCommand) -> Result<Committed<Tally>, Fault> {
        self.execute_as(id, command, meta()).await
    }

    pub(crate) async fn execute_as(
        &self,
        id: &str,
        command: TallyCommand,
        meta: Meta,
    ) -> Result<Committed<Tally>, Fault> {
        Execute::<Tally>::execute(&self.commands, id, command, meta).await
    }

    pub(crate) async fn load(&self, id: &str) -> Loaded<Tally> {
        Execute::<Tally>::load(&self.commands, id).await.expect("loads")
    }

    /// Waits until everything appended so far is in the log.
    pub(crate) async fn sequenced(&self) -> i64 {
        let token = self.progress.latest().await.expect("database answers");
        assert!(self.progress.wait_until(token, &[], PATIENCE).await.expect("database answers"));
        self.progress.position_of(token).await.expect("database answers").unwrap_or_default()
    }
}

/// When a wait in a test is taken for a failure.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// A number column of one row.
pub(crate) async fn number(pool: &sqlx::PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.expect(sql)
}

pub(crate) async fn run(pool: &sqlx::PgPool, sql: &str) {
    sqlx::raw_sql(sql).execute(pool).await.expect(sql);
}
