//! Poison: an event that a follower cannot take in stops its own stream and nobody else's (safety 3).

use crate::support::{PATIENCE, Process, TallyCommand, number, run, uuid};
use async_trait::async_trait;
use sqlx::PgConnection;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::{Follow, FollowError, LogEntry, Parked, Runner, rebuild, testing::TestDatabase};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How an entry with the amount 13 fails while the follower is broken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Poison,
    Panic,
    /// The server says that a value is out of range.
    Value,
    /// The server says that the table is not there: nothing about the entry.
    Table,
}

/// Writes `(stream, position)` into `public.taken_<version>`, which has no key, so that a second effect would show.
#[derive(Clone)]
struct Taker {
    version: i32,
    fault: Fault,
    broken: Arc<AtomicBool>,
}

impl Taker {
    fn new(version: i32, fault: Fault) -> Self {
        Self { version, fault, broken: Arc::new(AtomicBool::new(true)) }
    }

    fn mend(&self) {
        self.broken.store(false, Ordering::SeqCst);
    }

    fn follow(&self, process: &Process) -> (JoinHandle<()>, CancellationToken) {
        let runner = Runner::new(process.pool.clone(), process.progress.clone(), uuid().to_string());
        let stop = process.stop.child_token();
        let (mut follower, until) = (self.clone(), stop.clone());
        (tokio::spawn(async move { runner.run(&mut follower, until).await }), stop)
    }
}

#[async_trait]
impl Follow for Taker {
    fn name(&self) -> &'static str {
        "taker"
    }

    fn version(&self) -> i32 {
        self.version
    }

    fn reads(&self, stream_type: &str) -> bool {
        stream_type == "tally"
    }

    async fn apply(&mut self, tx: &mut PgConnection, entries: &[LogEntry]) -> Result<(), FollowError> {
        for entry in entries {
            if self.broken.load(Ordering::SeqCst) && entry.fields()["amount"] == 13 {
                match self.fault {
                    Fault::Poison => return Err(FollowError::poison(entry, "unlucky")),
                    Fault::Panic => std::panic::resume_unwind(Box::new("a bug in a follower")),
                    Fault::Value => {
                        sqlx::query("select '0000-01-01'::timestamptz").execute(&mut *tx).await?;
                    }
                    Fault::Table => {
                        sqlx::query("select * from public.nowhere").execute(&mut *tx).await?;
                    }
                }
            }
            sqlx::query(&format!("insert into public.taken_{} values ($1, $2)", self.version))
                .bind(&entry.stream_id)
                .bind(entry.position)
                .execute(&mut *tx)
                .await?;
        }
        Ok(())
    }
}

struct Scene {
    database: TestDatabase,
    process: Process,
    sequencing: JoinHandle<()>,
}

impl Scene {
    async fn new() -> Self {
        let database = TestDatabase::create().await;
        for version in 1..=2 {
            let create =
                format!("create table public.taken_{version} (stream text, position bigint, nth bigserial)");
            run(&database.pool, &create).await;
        }
        let process = Process::of(&database);
        let sequencing = process.sequence();
        Self { database, process, sequencing }
    }

    async fn add(&self, stream: &str, amount: i64) {
        self.process.execute(stream, TallyCommand::Add(amount)).await.expect("adds");
    }

    /// Waits until the follower has gone past everything appended so far.
    async fn settle(&self) {
        let token = self.process.progress.latest().await.expect("answers");
        let passed = self.process.progress.wait_until(token, &["taker"], PATIENCE).await.expect("answers");
        assert!(passed, "in time: {:?}", self.process.progress.followers().await);
    }

    async fn taken(&self, version: i32, stream: &str) -> Vec<i64> {
        sqlx::query_scalar(&format!(
            "select position from public.taken_{version} where stream = $1 order by nth"
        ))
        .bind(stream)
        .fetch_all(&self.database.pool)
        .await
        .expect("reads")
    }

    async fn parked(&self) -> Vec<Parked> {
        self.process.progress.parked().await.expect("answers")
    }

    async fn nothing_parked(&self) {
        let emptied = async {
            while !self.parked().await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, emptied).await.expect("is taken up");
    }

    /// An event that no version can read, written past every check, and two good ones after it.
    async fn poison(&self, stream: &str) {
        run(
            &self.database.pool,
            &format!(
                "insert into es.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
                 select 'tally', '{stream}', n, 'Added', '1',
                   case when n = 1 then ('{{\"Added\":{{\"amount\":1,\"note\":' || repeat('[', 200) || repeat(']', 200) || '}}}}')::json
                        else '{{\"Added\":{{\"amount\":1,\"note\":\"\"}}}}'::json end,
                   json_build_object('commandId', gen_random_uuid(), 'commandIndex', '0', 'eventId', gen_random_uuid(),
                     'correlationId', gen_random_uuid(), 'customer', '00000000-0000-0000-0000-000000000007', 'actor', 'operator',
                     'occurredAt', '2026-01-01T00:00:00Z')
                 from generate_series(1, 3) as n"
            ),
        )
        .await;
        self.process.progress.appended();
    }

    async fn end(self, task: JoinHandle<()>) {
        self.process.stop.cancel();
        task.await.expect("stops");
        self.sequencing.await.expect("stops");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_follower_cannot_take_in_parks_its_stream_and_comes_later_in_order() {
    for fault in [Fault::Poison, Fault::Panic, Fault::Value] {
        let scene = Scene::new().await;
        let taker = Taker::new(1, fault);
        let (task, stop) = taker.follow(&scene.process);
        for (stream, amount) in [("a", 1), ("b", 2), ("a", 13), ("b", 3), ("a", 4)] {
            scene.add(stream, amount).await;
        }
        scene.settle().await;
        assert_eq!(scene.taken(1, "b").await, [2, 4], "others go on");
        assert_eq!(scene.taken(1, "a").await, [1], "what came before it is taken in");
        let parked = scene.parked().await;
        assert_eq!(parked.len(), 1);
        assert_eq!((parked[0].follower.as_str(), parked[0].stream.as_str()), ("taker", "tally-a"));
        assert_eq!(parked[0].position, 3);
        assert!(!parked[0].error.is_empty());

        // A new process that cannot either: still nothing lost, nothing twice.
        stop.cancel();
        task.await.expect("stops");
        let (task, stop) = taker.follow(&scene.process);
        scene.add("a", 5).await;
        scene.add("b", 6).await;
        scene.settle().await;
        assert_eq!((scene.taken(1, "a").await, scene.taken(1, "b").await), (vec![1], vec![2, 4, 7]));
        assert_eq!(scene.parked().await[0].position, 3);

        // One that can.
        stop.cancel();
        task.await.expect("stops");
        taker.mend();
        let (task, _) = taker.follow(&scene.process);
        scene.nothing_parked().await;
        scene.add("a", 7).await;
        scene.settle().await;
        assert_eq!(scene.taken(1, "a").await, [1, 3, 5, 6, 8]);
        assert_eq!(scene.taken(1, "b").await, [2, 4, 7]);
        scene.end(task).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_parks_its_stream_for_those_who_read_such_streams() {
    let scene = Scene::new().await;
    scene.add("b", 1).await;
    scene.poison("poisoned").await;
    scene.add("b", 2).await;
    let taker = Taker::new(1, Fault::Poison);
    let (task, stop) = taker.follow(&scene.process);
    scene.add("b", 3).await;
    scene.settle().await;
    assert_eq!(scene.taken(1, "b").await.len(), 3);
    assert_eq!(scene.taken(1, "poisoned").await, Vec::<i64>::new());
    assert_eq!(scene.parked().await[0].stream, "tally-poisoned");

    // The row is mended past the triggers, which stands for a version that can read it.
    stop.cancel();
    task.await.expect("stops");
    run(
        &scene.database.pool,
        "alter table es.events disable trigger append_only;
         update es.events set payload = '{\"Added\":{\"amount\":1,\"note\":\"\"}}' where aggregate_id = 'poisoned' and sequence = 1;
         alter table es.events enable trigger append_only;",
    )
    .await;
    let (task, _) = taker.follow(&scene.process);
    scene.nothing_parked().await;
    assert_eq!(scene.taken(1, "poisoned").await.len(), 3);
    scene.end(task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_follower_itself_parks_nothing() {
    let scene = Scene::new().await;
    let taker = Taker::new(1, Fault::Table);
    let (task, _) = taker.follow(&scene.process);
    scene.add("a", 1).await;
    scene.add("a", 13).await;
    let failed = async {
        loop {
            let status = scene.process.progress.followers().await.expect("answers");
            if let Some(follower) = status.into_iter().find(|follower| follower.status == "failed") {
                break follower;
            }
            tokio::task::yield_now().await;
        }
    };
    let status = tokio::time::timeout(PATIENCE, failed).await.expect("is marked");
    assert_eq!((status.position, status.lag), (1, 1));
    assert!(scene.parked().await.is_empty());
    taker.mend();
    scene.settle().await;
    assert_eq!(scene.taken(1, "a").await, [1, 2]);
    scene.end(task).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_parks_what_it_cannot_take_in_and_says_so() {
    let scene = Scene::new().await;
    for (stream, amount) in [("a", 13), ("b", 2), ("a", 3)] {
        scene.add(stream, amount).await;
    }
    scene.poison("poisoned").await;
    scene.process.sequenced().await;
    let good = Taker::new(1, Fault::Poison);
    good.mend();
    let (task, stop) = good.follow(&scene.process);
    scene.settle().await;
    assert_eq!(scene.parked().await.len(), 1, "the unreadable one");
    stop.cancel();
    task.await.expect("stops");

    let mut next = Taker::new(2, Fault::Poison);
    let runner = Runner::new(scene.process.pool.clone(), scene.process.progress.clone(), "operator");
    rebuild(&runner, &mut next, &scene.process.stop).await.expect("goes live");
    let parked: Vec<String> = scene.parked().await.into_iter().map(|parked| parked.stream).collect();
    assert_eq!(parked, ["tally-a", "tally-poisoned"]);
    assert_eq!((scene.taken(2, "a").await, scene.taken(2, "b").await), (vec![], vec![2]));
    assert_eq!(
        number(&scene.database.pool, "select count(*) from es.parked").await,
        2,
        "the old generation's are gone"
    );
    next.mend();
    let (task, _) = next.follow(&scene.process);
    let first = async {
        while scene.parked().await.len() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, first).await.expect("is taken up");
    assert_eq!(scene.taken(2, "a").await, [1, 3]);
    scene.end(task).await;
}
