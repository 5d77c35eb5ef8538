//! Followers: every entry once, in order, whatever dies; a rebuild replaces. (Poison: `parking.rs`.)

use crate::support::{PATIENCE, Process, TallyCommand, number, run, uuid};
use async_trait::async_trait;
use sqlx::PgConnection;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{
    Follow, FollowError, LogEntry, Runner, Start, follow::live_version, rebuild, testing::TestDatabase,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Writes each position into `public.seen_<version>`, which has no key, so that a second effect would show.
#[derive(Clone)]
struct Recorder {
    version: i32,
    start: Start,
    adopts: bool,
    breaks: Arc<AtomicBool>,
    mischief: Option<Arc<AtomicU64>>,
}

impl Recorder {
    fn new(version: i32) -> Self {
        let breaks = Arc::new(AtomicBool::new(false));
        Self { version, start: Start::Beginning, adopts: false, breaks, mischief: None }
    }

    async fn tables(database: &TestDatabase) {
        for version in 1..=2 {
            let create = format!("create table public.seen_{version} (position bigint, nth bigserial)");
            run(&database.pool, &create).await;
        }
    }

    fn follow(self, process: &Process) -> JoinHandle<()> {
        let runner = Runner::new(process.pool.clone(), process.progress.clone(), uuid().to_string());
        self.follow_as(runner, process.stop.clone())
    }

    fn follow_as(mut self, runner: Runner, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move { runner.run(&mut self, stop).await })
    }
}

#[async_trait]
impl Follow for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn version(&self) -> i32 {
        self.version
    }

    fn start(&self) -> Start {
        self.start
    }

    async fn apply(&mut self, tx: &mut PgConnection, entries: &[LogEntry]) -> Result<(), FollowError> {
        for entry in entries {
            if self.breaks.load(Ordering::SeqCst) && entry.fields()["amount"] == 13 {
                return Err(FollowError::Database(sqlx::Error::WorkerCrashed));
            }
            sqlx::query(&format!("insert into public.seen_{} (position) values ($1)", self.version))
                .bind(entry.position)
                .execute(&mut *tx)
                .await?;
        }
        if let Some(mischief) = &self.mischief {
            // Between the rows and the commit: every kind of death in turn.
            match mischief.fetch_add(1, Ordering::SeqCst) % 5 {
                1 => {
                    sqlx::query("select pg_terminate_backend(pg_backend_pid())").execute(&mut *tx).await?;
                }
                2 => std::panic::resume_unwind(Box::new("a bug in a follower")),
                3 => return Err(FollowError::Database(sqlx::Error::WorkerCrashed)),
                _ => {}
            }
        }
        Ok(())
    }

    async fn go_live(&mut self, tx: &mut PgConnection) -> Result<(), FollowError> {
        sqlx::query("create table public.went_live ()").execute(tx).await?;
        Ok(())
    }

    fn adopt(&mut self, version: i32) -> bool {
        if self.adopts {
            self.version = version;
        }
        self.adopts
    }
}

async fn seen(database: &TestDatabase, version: i32) -> Vec<i64> {
    sqlx::query_scalar(&format!("select position from public.seen_{version} order by nth"))
        .fetch_all(&database.pool)
        .await
        .expect("reads")
}

async fn caught_up(process: &Process) -> i64 {
    let token = process.progress.latest().await.expect("answers");
    assert!(process.progress.wait_until(token, &["recorder"], PATIENCE).await.expect("answers"), "in time");
    process.progress.position_of(token).await.expect("answers").expect("sequenced")
}

#[tokio::test(flavor = "multi_thread")]
async fn deaths_between_rows_and_checkpoint_neither_lose_nor_repeat_anything() {
    let database = TestDatabase::create().await;
    Recorder::tables(&database).await;
    let process = Process::of(&database);
    let sequencing = process.sequence();
    let mischief = Arc::new(AtomicU64::new(0));
    let owner = uuid().to_string();
    let writing = process.clone();
    let writer = tokio::spawn(async move {
        for number in 0..400 {
            writing.execute(&format!("s{}", number % 7), TallyCommand::Add(number)).await.expect("adds");
        }
    });
    // Besides, the whole task is shot at arbitrary moments; the next one is the restarted process of the same name.
    let mut shots = 0_u64;
    while !writer.is_finished() {
        let recorder = Recorder { mischief: Some(Arc::clone(&mischief)), ..Recorder::new(1) };
        let runner = Runner::new(process.pool.clone(), process.progress.clone(), owner.clone());
        let task = recorder.follow_as(runner, process.stop.clone());
        tokio::time::sleep(Duration::from_millis(u64::from(uuid().as_bytes()[15]) / 2)).await;
        task.abort();
        drop(task.await);
        shots += 1;
    }
    writer.await.expect("writes");
    let task = Recorder::new(1)
        .follow_as(Runner::new(process.pool.clone(), process.progress.clone(), owner), process.stop.clone());
    assert_eq!(caught_up(&process).await, 400);
    assert!(shots > 3 && mischief.load(Ordering::SeqCst) > 5, "something did die: {shots} shots");
    assert_eq!(seen(&database, 1).await, (1..=400).collect::<Vec<_>>());
    process.stop.cancel();
    task.await.expect("stops");
    sequencing.await.expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_followers_can_wait_for_those_of_another() {
    let database = TestDatabase::create().await;
    Recorder::tables(&database).await;
    let (api, worker) = (Process::on(database.another_pool(6)), Process::on(database.another_pool(6)));
    let token = api.execute("a", TallyCommand::Add(1)).await.expect("adds").token;
    let short = Duration::from_millis(200);
    assert!(
        !api.progress.wait_until(token, &["recorder"], short).await.expect("answers"),
        "nobody works yet"
    );
    let tasks = [worker.sequence(), Recorder::new(1).follow(&worker)];
    assert!(api.progress.wait_until(token, &["recorder"], PATIENCE).await.expect("answers"));
    assert_eq!(seen(&database, 1).await, [1]);
    assert!(!api.progress.wait_until(token, &["recorder", "unknown"], short).await.expect("answers"));
    worker.stop.cancel();
    for task in tasks {
        task.await.expect("stops");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_may_start_with_what_comes_next() {
    let database = TestDatabase::create().await;
    Recorder::tables(&database).await;
    let process = Process::of(&database);
    let sequencing = process.sequence();
    process.execute("a", TallyCommand::AddEach(vec![1, 2, 3])).await.expect("adds");
    process.sequenced().await;
    let task = Recorder { start: Start::Now, ..Recorder::new(1) }.follow(&process);
    let registered = async {
        while live_version(&database.pool, "recorder").await.expect("answers").is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, registered).await.expect("registers");
    process.execute("a", TallyCommand::Add(4)).await.expect("adds");
    caught_up(&process).await;
    assert_eq!(seen(&database, 1).await, [4]);
    process.stop.cancel();
    task.await.expect("stops");
    sequencing.await.expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_replaces_the_live_generation_while_writers_go_on() {
    let database = TestDatabase::create().await;
    Recorder::tables(&database).await;
    let process = Process::of(&database);
    let sequencing = process.sequence();
    process.execute("a", TallyCommand::AddEach((0..3_000).collect())).await.expect("adds");
    let live = Recorder { adopts: true, ..Recorder::new(1) }.follow(&process);
    assert_eq!(caught_up(&process).await, 3_000);
    let writing = process.clone();
    let writer = tokio::spawn(async move {
        for number in 0..200 {
            writing.execute(&format!("s{}", number % 5), TallyCommand::Add(number)).await.expect("adds");
        }
    });
    let runner = Runner::new(process.pool.clone(), process.progress.clone(), "operator");
    rebuild(&runner, &mut Recorder::new(2), &process.stop).await.expect("rebuilds");
    assert_eq!(live_version(&database.pool, "recorder").await.expect("answers"), Some(2));
    assert_eq!(
        number(&database.pool, "select count(*) from es.checkpoints").await,
        1,
        "the old one is forgotten"
    );
    assert_eq!(
        number(&database.pool, "select count(*) from pg_tables where tablename = 'went_live'").await,
        1
    );
    rebuild(&runner, &mut Recorder::new(2), &process.stop).await.expect("nothing to do");
    writer.await.expect("writes");
    assert_eq!(caught_up(&process).await, 3_200, "the running follower goes on with the new generation");
    assert_eq!(seen(&database, 2).await, (1..=3_200).collect::<Vec<_>>());
    let old = seen(&database, 1).await;
    assert_eq!(
        old,
        (1..=i64::try_from(old.len()).expect("small")).collect::<Vec<_>>(),
        "and left the old one whole"
    );
    process.stop.cancel();
    live.await.expect("stops");
    sequencing.await.expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_rebuild_goes_on_where_it_ended() {
    let database = TestDatabase::create().await;
    Recorder::tables(&database).await;
    let process = Process::of(&database);
    let sequencing = process.sequence();
    process.execute("a", TallyCommand::AddEach((0..20).collect())).await.expect("adds");
    process.sequenced().await;
    let live = Recorder::new(1).follow(&process);
    caught_up(&process).await;
    let runner = Runner::new(process.pool.clone(), process.progress.clone(), "operator");
    let mut next = Recorder::new(2);
    next.breaks.store(true, Ordering::SeqCst);
    rebuild(&runner, &mut next, &process.stop).await.expect_err("the database breaks away");
    assert_eq!(
        live_version(&database.pool, "recorder").await.expect("answers"),
        Some(1),
        "readers keep what they have"
    );
    next.breaks.store(false, Ordering::SeqCst);
    rebuild(&runner, &mut next, &process.stop).await.expect("rebuilds");
    assert_eq!(seen(&database, 2).await, (1..=20).collect::<Vec<_>>());
    process.stop.cancel();
    live.await.expect("stops");
    sequencing.await.expect("stops");
}
