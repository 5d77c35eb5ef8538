//! Postgres goes away and comes back; nothing of Studio is restarted.

use crate::support::{PATIENCE, Process, TallyCommand, meta, number, run};
use app::FaultKind;
use async_trait::async_trait;
use sqlx::PgConnection;
use store::{Follow, FollowError, LogEntry, Runner, Verdict, audit};

struct Counter;

#[async_trait]
impl Follow for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, tx: &mut PgConnection, entries: &[LogEntry]) -> Result<(), FollowError> {
        for entry in entries {
            sqlx::query("insert into public.counted values ($1)")
                .bind(entry.position)
                .execute(&mut *tx)
                .await?;
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_postgres_is_an_honest_fault_and_then_forgotten() {
    let (_directory, server) = store::testing::own_server().await;
    let pool = store::pool::connect(server.connect_options(), 10);
    store::migrate(&pool).await.expect("migrates");
    run(&pool, "create table public.counted (position bigint primary key)").await;
    let process = Process::on(pool.clone());
    let sequencing = process.sequence();
    let runner = Runner::new(pool.clone(), process.progress.clone(), "test");
    let stop = process.stop.clone();
    let following = tokio::spawn(async move { runner.run(&mut Counter, stop).await });

    let mut appended = 0;
    for outage in 0..3_i64 {
        for _ in 0..10 {
            process.execute("a", TallyCommand::Add(1)).await.expect("adds");
            appended += 1;
        }
        // A command that is under way when the server dies: its answer may be lost, its effect must be all or nothing.
        let (racing, twin) = (process.clone(), meta());
        let race = {
            let twin = twin.clone();
            tokio::spawn(async move { racing.execute_as("race", TallyCommand::Add(1), twin).await })
        };
        server.crash().await.expect("crashes");
        let fault = process.execute("a", TallyCommand::Add(1)).await.expect_err("is away");
        assert_eq!((fault.code, fault.kind), ("store/unavailable", FaultKind::Unavailable), "{fault:?}");
        drop(race.await.expect("no panic"));
        server.restart().await.expect("restarts");
        process.execute_as("race", TallyCommand::Add(1), twin).await.expect("the repeat with the same id");
        let race = process.load("race").await;
        assert_eq!(race.state.total, outage + 1, "once, whether the first answer was lost or not");
        appended += 1;
        let token = process.progress.latest().await.expect("answers");
        let caught_up = process.progress.wait_until(token, &["counter"], PATIENCE).await.expect("answers");
        assert!(caught_up, "sequencer and follower go on by themselves");
        assert_eq!(number(&pool, "select count(*) from public.counted").await, appended);
    }
    let Verdict::Intact(verified) = audit::verify(&pool, &[]).await.expect("answers") else {
        panic!("intact")
    };
    assert_eq!(verified.positions, appended);
    process.stop.cancel();
    sequencing.await.expect("stops");
    following.await.expect("stops");
    server.stop().await.expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_over_from_a_dead_sequencer_and_nothing_is_sequenced_around_a_hole() {
    let database = store::testing::TestDatabase::create().await;
    let (dead, heir) = (Process::on(database.another_pool(4)), Process::on(database.another_pool(4)));
    let leader = dead.sequence();
    dead.execute("a", TallyCommand::Add(1)).await.expect("adds");
    dead.sequenced().await;
    leader.abort(); // Holds its lease still.
    drop(leader.await);
    let standby = heir.sequence();
    heir.execute("a", TallyCommand::Add(2)).await.expect("adds");
    assert_eq!(heir.sequenced().await, 2, "after the lease ran out");
    // Somebody removes an event before it is sequenced. What follows must not close over it.
    heir.stop.cancel();
    standby.await.expect("stops");
    heir.execute("a", TallyCommand::Add(3)).await.expect("adds");
    run(
        &database.pool,
        "alter table es.events disable trigger all; delete from es.events where sequence = 3; alter table es.events enable trigger all",
    )
    .await;
    let last = Process::on(database.another_pool(4));
    let task = last.sequence();
    let token = last.execute("b", TallyCommand::Add(4)).await.expect("adds").token;
    let waited = last.progress.wait_until(token, &[], std::time::Duration::from_millis(800)).await;
    assert!(!waited.expect("answers"), "the order stops");
    assert!(
        matches!(audit::verify(&database.pool, &[]).await.expect("answers"), Verdict::Broken(_)),
        "and the audit says why"
    );
    last.stop.cancel();
    task.await.expect("stops");
}
