//! The order test: many writers that commit late or never, a sequencer that keeps dying, and nobody misses anything.

use crate::support::{PATIENCE, Process, number, run, uuid};
use async_trait::async_trait;
use futures::future::join_all;
use sqlx::{PgConnection, PgPool};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use store::{Follow, FollowError, LogEntry, Runner, Sequencer, Verdict, audit, testing::TestDatabase};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const WRITERS: usize = 24;
/// How long they write, unless `STORE_ORDER_SECONDS` says otherwise.
const SECONDS: u64 = 20;

fn dice(below: u64) -> u64 {
    u64::from_be_bytes(uuid().as_bytes()[8..].try_into().expect("8 bytes")) % below
}

/// Takes down what it is given.
struct Witness(&'static str);

#[async_trait]
impl Follow for Witness {
    fn name(&self) -> &'static str {
        self.0
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, tx: &mut PgConnection, entries: &[LogEntry]) -> Result<(), FollowError> {
        for entry in entries {
            sqlx::query("insert into public.witnessed (witness, position, ingest_id) values ($1, $2, $3)")
                .bind(self.0)
                .bind(entry.position)
                .bind(entry.ingest_id)
                .execute(&mut *tx)
                .await?;
        }
        Ok(())
    }
}

/// What one writer knows for sure afterwards.
#[derive(Default)]
struct Written {
    /// Its committed events.
    committed: Vec<i64>,
    /// (an event it saw committed, an event it wrote after that).
    causes: Vec<(i64, i64)>,
}

/// Appends to its own stream with delays between insert and commit, rolls one in ten back, and now and then looks first
/// at the newest event of everybody.
async fn write(pool: PgPool, writer: usize, until: Instant) -> Written {
    let mut written = Written::default();
    let mut sequence = 0_i64;
    while Instant::now() < until {
        let cause: Option<i64> = if dice(4) == 0 {
            sqlx::query_scalar("select max(ingest_id) from es.events").fetch_one(&pool).await.expect("reads")
        } else {
            None
        };
        let mut tx = pool.begin().await.expect("begins");
        let command = Uuid::from_u128(uuid().as_u128());
        let mut ids = Vec::new();
        for index in 0..=dice(3) {
            let id: i64 = sqlx::query_scalar(
                "insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
                 values ('tally', $1, $2, 'Added', '1', '{\"Added\":{\"amount\":1,\"note\":\"\"}}', json_build_object('commandId', $3::text,
                   'commandIndex', $4::text, 'eventId', gen_random_uuid(), 'correlationId', $3::text, 'customer', $3::text,
                   'actor', 'operator', 'occurredAt', '2026-01-01T00:00:00Z')) returning ingest_id",
            )
            .bind(format!("w{writer}"))
            .bind(sequence + 1 + i64::try_from(index).expect("small"))
            .bind(command.to_string())
            .bind(index.to_string())
            .fetch_one(&mut *tx)
            .await
            .expect("inserts");
            ids.push(id);
            // The load of the test, not a synchronisation: the window in which later numbers commit earlier.
            tokio::time::sleep(Duration::from_micros(dice(8_000))).await;
        }
        if dice(10) == 0 {
            tx.rollback().await.expect("rolls back");
            continue;
        }
        tx.commit().await.expect("commits");
        sequence += i64::try_from(ids.len()).expect("small");
        written.causes.extend(cause.map(|cause| (cause, ids[0])));
        written.committed.extend(ids);
    }
    written
}

/// Shoots and restarts the sequencers of two processes until told to stop; then lets one live.
async fn sequence_and_die(processes: [Process; 2], over: Arc<AtomicBool>, stop: CancellationToken) -> u32 {
    let sequencer = |index: usize| {
        let process = &processes[index];
        let sequencer =
            Sequencer::new(process.pool.clone(), process.progress.clone(), format!("process-{index}"));
        let stop = stop.clone();
        tokio::spawn(async move { sequencer.run(stop).await })
    };
    let mut running = [sequencer(0), sequencer(1)];
    let mut deaths = 0;
    while !over.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(50 + dice(250))).await;
        let victim = usize::try_from(dice(2)).expect("small");
        if dice(3) == 0 {
            // From outside: whatever connection is inside a batch.
            run(&processes[0].pool, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
                and pid <> pg_backend_pid() and query like '%es.pending%' and query not like '%pg_terminate%' and query not like '%insert into events%'").await;
        } else {
            running[victim].abort();
            let restarted = sequencer(victim);
            drop(std::mem::replace(&mut running[victim], restarted).await);
        }
        deaths += 1;
    }
    stop.cancelled().await;
    join_all(running).await;
    deaths
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn followers_miss_nothing_and_see_dense_positions() {
    #[expect(clippy::disallowed_methods, reason = "lets a developer shorten the test")]
    let seconds =
        std::env::var("STORE_ORDER_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let database = TestDatabase::create().await;
    run(
        &database.pool,
        "create table public.witnessed (nth bigserial, witness text, position bigint, ingest_id bigint)",
    )
    .await;
    let processes = [Process::on(database.another_pool(6)), Process::on(database.another_pool(6))];
    let stop = CancellationToken::new();
    let over = Arc::new(AtomicBool::new(false));
    let sequencing = tokio::spawn(sequence_and_die(processes.clone(), Arc::clone(&over), stop.clone()));
    let witnesses: Vec<_> = [("first", 0), ("second", 1), ("third", 1)]
        .into_iter()
        .map(|(name, process): (&'static str, usize)| {
            let process = &processes[process];
            let runner = Runner::new(process.pool.clone(), process.progress.clone(), name);
            let stop = stop.clone();
            tokio::spawn(async move { runner.run(&mut Witness(name), stop).await })
        })
        .collect();
    let writers_pool = database.another_pool(u32::try_from(WRITERS).expect("small"));
    let until = Instant::now() + Duration::from_secs(seconds);
    let writers = (0..WRITERS).map(|writer| tokio::spawn(write(writers_pool.clone(), writer, until)));
    let written: Vec<Written> =
        join_all(writers).await.into_iter().map(|writer| writer.expect("writes")).collect();
    over.store(true, Ordering::SeqCst);
    let token = processes[0].progress.latest().await.expect("answers");
    let all = processes[0].progress.wait_until(token, &["first", "second", "third"], PATIENCE).await;
    assert!(all.expect("answers"), "followers arrive");
    stop.cancel();
    let deaths = sequencing.await.expect("sequences");
    join_all(witnesses).await;

    let log: Vec<(i64, i64)> = sqlx::query_as("select position, ingest_id from es.log order by position")
        .fetch_all(&database.pool)
        .await
        .expect("reads");
    let total = i64::try_from(log.len()).expect("small");
    println!("{total} events of {WRITERS} writers in {seconds} s; the sequencers died {deaths} times");
    assert!(deaths > 0 && total > 100);
    assert!(log.iter().zip(1..).all(|((position, _), expected)| *position == expected), "dense from 1");
    let mut committed: Vec<i64> = written.iter().flat_map(|written| written.committed.clone()).collect();
    committed.sort_unstable();
    let mut logged: Vec<i64> = log.iter().map(|(_, ingest_id)| *ingest_id).collect();
    logged.sort_unstable();
    assert_eq!(committed, logged, "every committed event once, no other");
    assert_eq!(number(&database.pool, "select count(*) from es.pending").await, 0);
    let position: HashMap<i64, i64> =
        log.iter().map(|(position, ingest_id)| (*ingest_id, *position)).collect();
    for (cause, effect) in written.iter().flat_map(|written| &written.causes) {
        assert!(position[cause] < position[effect], "a cause stands before its effect");
    }
    let disorder = "select count(*) from (select sequence, row_number() over (partition by aggregate_id order by position) as nth
       from es.log join es.events using (ingest_id)) as streams where sequence <> nth";
    assert_eq!(number(&database.pool, disorder).await, 0, "streams keep their order");
    for witness in ["first", "second", "third"] {
        let seen: Vec<(i64, i64)> = sqlx::query_as(
            "select position, ingest_id from public.witnessed where witness = $1 order by nth",
        )
        .bind(witness)
        .fetch_all(&database.pool)
        .await
        .expect("reads");
        assert_eq!(seen, log, "the {witness} follower saw the log, all of it, in order, once");
    }
    assert!(matches!(audit::verify(&database.pool, &[]).await.expect("answers"), Verdict::Intact(_)));
}
