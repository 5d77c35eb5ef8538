#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]
use super::*;
use crate::{Sequencer, testing::TestDatabase};

/// Writes positions into `public.seen`.
struct Recorder;

#[async_trait]
impl Follow for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn version(&self) -> i32 {
        1
    }

    async fn apply(&mut self, tx: &mut PgConnection, entries: &[LogEntry]) -> Result<(), FollowError> {
        for entry in entries {
            sqlx::query("insert into public.seen values ($1)").bind(entry.position).execute(&mut *tx).await?;
        }
        Ok(())
    }
}

async fn seen(pool: &PgPool) -> Vec<i64> {
    sqlx::query_scalar("select position from public.seen order by 1").fetch_all(pool).await.expect("reads")
}

fn mine(leased: Leased) -> Lease {
    match leased {
        Leased::Mine(lease) => lease,
        other => panic!("not leased: {other:?}"),
    }
}

/// A database whose log has three events, and two processes on it.
async fn three_events() -> (TestDatabase, Runner, Runner) {
    let database = TestDatabase::create().await;
    let pool = database.pool.clone();
    sqlx::raw_sql(
        "create table public.seen (position bigint);
         insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         select 'tally', 'a', n, 'Opened', '1', '\"Opened\"', json_build_object('commandId', gen_random_uuid(), 'commandIndex', '0',
           'eventId', gen_random_uuid(), 'correlationId', gen_random_uuid(), 'customer', gen_random_uuid(), 'actor', 'operator',
           'occurredAt', '2026-01-01T00:00:00Z') from generate_series(1, 3) as n",
    )
    .execute(&pool)
    .await
    .expect("appends");
    let progress = Progress::new(pool.clone());
    let stop = CancellationToken::new();
    let sequencer = Sequencer::new(pool.clone(), progress.clone(), "test");
    let mut head = progress.head();
    tokio::select! {
        () = sequencer.run(stop.clone()) => {}
        reached = head.wait_for(|head| *head == 3) => drop(reached.expect("sequences")),
    }
    let one = Runner::new(pool.clone(), progress.clone(), "one");
    let two = Runner::new(pool.clone(), progress, "two");
    one.ensure(&Recorder).await.expect("registers");
    (database, one, two)
}

async fn expire(database: &TestDatabase) {
    sqlx::raw_sql("update es.checkpoints set lease_until = clock_timestamp() - interval '1 second'")
        .execute(&database.pool)
        .await
        .expect("expires");
}

#[tokio::test]
async fn a_leased_follower_is_busy_for_everybody_else_until_its_lease_ends() {
    let (database, one, two) = three_events().await;
    mine(one.lease(&Recorder, true).await.expect("answers"));
    assert!(matches!(two.lease(&Recorder, true).await.expect("answers"), Leased::Busy));
    expire(&database).await;
    mine(two.lease(&Recorder, true).await.expect("answers"));
    two.release(&Recorder).await;
    mine(one.lease(&Recorder, true).await.expect("answers"));
}

#[tokio::test]
async fn a_zombie_whose_lease_another_has_now_writes_nothing() {
    let (database, one, two) = three_events().await;
    let zombie = mine(one.lease(&Recorder, true).await.expect("answers"));
    expire(&database).await;
    let heir = mine(two.lease(&Recorder, true).await.expect("answers"));
    assert_eq!(zombie.position, heir.position, "only the fence tells them apart");
    assert_eq!(one.step(&mut Recorder, zombie, &mut Held::default(), 2).await.expect("answers"), None);
    assert!(!one.renew(&Recorder, zombie).await.expect("answers"));
    assert_eq!(seen(&database.pool).await, Vec::<i64>::new());
    assert_eq!(two.step(&mut Recorder, heir, &mut Held::default(), 2).await.expect("answers"), Some(2));
    assert_eq!(seen(&database.pool).await, [1, 2]);
}

#[tokio::test]
async fn a_step_repeated_after_its_commit_has_no_second_effect() {
    let (database, one, _) = three_events().await;
    let lease = mine(one.lease(&Recorder, true).await.expect("answers"));
    assert_eq!(one.step(&mut Recorder, lease, &mut Held::default(), 2).await.expect("answers"), Some(2));
    // The answer to the commit was lost: the same step again, same fence, old position.
    assert_eq!(one.step(&mut Recorder, lease, &mut Held::default(), 2).await.expect("answers"), None);
    assert_eq!(seen(&database.pool).await, [1, 2]);
}
