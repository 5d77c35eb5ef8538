//! What the write side promises to use cases.

use crate::support::{PATIENCE, Process, Tally, TallyCommand, TallyEvent, meta, number, run, uuid};
use app::{
    FaultKind,
    port::{Addressed, Execute},
};
use cqrs_es::{AggregateContext as _, AggregateError, EventStore as _};
use domain::Aggregate as _;
use futures::future::join_all;
use sqlx::{Executor as _, Row as _};
use store::{
    root::{Fact, Root},
    snapshot::SNAPSHOT_EVERY_EVENTS,
    streams::{Open, Streams},
    testing::TestDatabase,
};

fn added(amount: i64) -> TallyEvent {
    TallyEvent::Added { amount, note: format!("ü\"{amount}") }
}

/// The truth: every event of the stream, folded from nothing.
async fn replayed(streams: &Streams, id: &str) -> Tally {
    let events = cqrs_es::EventStore::<Root<Tally>>::load_events(streams, id).await.expect("loads");
    events.iter().fold(Tally::default(), |mut tally, event| {
        tally.evolve(&event.payload.0);
        tally
    })
}

#[tokio::test]
async fn a_command_is_decided_appended_and_loaded_again() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    assert_eq!(process.load("a").await.version, 0, "a stream without events is the default");
    let opened = process.execute("a", TallyCommand::Open).await.expect("opens");
    assert_eq!((opened.version, opened.events), (1, vec![TallyEvent::Opened]));
    let both = process.execute("a", TallyCommand::AddEach(vec![3, 4])).await.expect("adds");
    assert_eq!((both.version, both.state.total), (3, 7));
    assert_eq!(both.events, vec![added(3), added(4)]);
    let last = number(&database.pool, "select max(ingest_id) from es.events").await;
    assert_eq!(both.token.0, last, "the token names the last event");
    let loaded = Process::of(&database).load("a").await;
    assert_eq!((loaded.state, loaded.version), (both.state, 3));
    let refused = process.execute("a", TallyCommand::Open).await.expect_err("is open");
    assert_eq!((refused.code, refused.kind), ("tally/open", FaultKind::Conflict));
    assert_eq!(process.load("a").await.version, 3, "a refusal appends nothing");
}

#[tokio::test]
async fn an_empty_decision_appends_nothing_and_still_says_where_the_stream_stands() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let none = process.execute("a", TallyCommand::Nothing).await.expect("nothing");
    assert_eq!((none.version, none.token.0), (0, 0));
    let one = process.execute("a", TallyCommand::Add(1)).await.expect("adds");
    let none = process.execute("a", TallyCommand::Nothing).await.expect("nothing");
    assert_eq!((none.version, none.token, none.events.len()), (1, one.token, 0));
    assert_eq!(number(&database.pool, "select count(*) from es.events").await, 1);
}

#[tokio::test]
async fn of_two_appends_to_the_same_place_one_wins_and_the_other_conflicts() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let streams = process.commands.streams();
    let mut first: Open<Tally> = streams.load_aggregate("a").await.expect("loads");
    let mut second: Open<Tally> = streams.load_aggregate("a").await.expect("loads");
    let fields = || {
        let id = || uuid().to_string();
        let whole = [("commandId", id()), ("correlationId", id()), ("customer", id())];
        let more = [("actor", "operator".to_owned()), ("occurredAt", "2026-01-01T00:00:00Z".to_owned())];
        whole.into_iter().chain(more).map(|(key, value)| (key.to_owned(), value)).collect()
    };
    first.aggregate().0.evolve(&added(1));
    second.aggregate().0.evolve(&added(2));
    streams.commit(vec![Fact(added(1))], first, fields()).await.expect("wins");
    let lost = streams.commit(vec![Fact(added(2))], second, fields()).await.expect_err("loses");
    assert!(matches!(lost, AggregateError::AggregateConflict), "{lost}");
    assert_eq!(replayed(streams, "a").await.total, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_commands_of_several_processes_lose_nothing() {
    let database = TestDatabase::create().await;
    let processes = [Process::on(database.another_pool(8)), Process::on(database.another_pool(8))];
    let clients = (0..120_usize).map(|client| {
        let process = processes[client % 2].clone();
        tokio::spawn(async move { process.execute("hot", TallyCommand::Add(1)).await })
    });
    let mut done = 0_i64;
    for answer in join_all(clients).await {
        match answer.expect("no panic") {
            Ok(_) => done += 1,
            Err(fault) => assert_eq!(fault.code, "store/conflict", "the only excuse"),
        }
    }
    assert!(done > 60, "most get through: {done}");
    let loaded = processes[0].load("hot").await;
    assert_eq!((loaded.state.total, loaded.version), (done, done.unsigned_abs()), "each answer counts once");
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_of_a_command_have_one_effect_and_get_the_same_answer() {
    let database = TestDatabase::create().await;
    let processes = [Process::on(database.another_pool(6)), Process::on(database.another_pool(6))];
    for round in 0..10 {
        let (id, meta) = (format!("twins-{round}"), meta());
        // `Open` refuses when decided twice, which is what a repeat must not run into.
        let twins = (0..8_usize).map(|twin| {
            let (process, id, meta) = (processes[twin % 2].clone(), id.clone(), meta.clone());
            tokio::spawn(async move { process.execute_as(&id, TallyCommand::Open, meta).await })
        });
        for answer in join_all(twins).await {
            let committed = answer.expect("no panic").expect("every twin is answered");
            assert_eq!((committed.events, committed.version), (vec![TallyEvent::Opened], 1));
        }
        processes[0].execute(&id, TallyCommand::AddEach(vec![1, 2])).await.expect("adds");
        let late = processes[1].execute_as(&id, TallyCommand::Open, meta).await.expect("a late repeat");
        assert_eq!(late.events, vec![TallyEvent::Opened], "what it did then");
        assert_eq!((late.state.total, late.version), (3, 3), "the aggregate as it is now");
    }
    assert_eq!(number(&database.pool, "select count(*) from es.events").await, 30);
}

#[tokio::test]
async fn a_repeat_of_several_events_gets_exactly_these() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let meta = meta();
    process.execute("a", TallyCommand::Add(1)).await.expect("adds");
    let command = TallyCommand::AddEach(vec![5, 6, 7]);
    process.execute_as("a", command.clone(), meta.clone()).await.expect("adds");
    process.execute("a", TallyCommand::Add(8)).await.expect("adds");
    let again = process.execute_as("a", command.clone(), meta.clone()).await.expect("again");
    assert_eq!(again.events, vec![added(5), added(6), added(7)]);
    assert_eq!((again.state.total, again.version), (27, 5));
    let other = process.execute_as("b", command, meta).await.expect("another stream");
    assert_eq!(other.version, 3, "the same command to another stream is another effect");
}

#[tokio::test]
async fn the_database_itself_refuses_a_command_twice_and_a_gap() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let meta = meta();
    process.execute_as("a", TallyCommand::Add(1), meta.clone()).await.expect("adds");
    let insert = |sequence: i64, command: uuid::Uuid, index: i64| {
        sqlx::query(
            "insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
             values ('tally', 'a', $1, 'Opened', '1', '\"Opened\"', json_build_object('commandId', $2::text, 'commandIndex', $3::text,
               'eventId', gen_random_uuid(), 'customer', gen_random_uuid()))",
        )
        .bind(sequence)
        .bind(command.to_string())
        .bind(index.to_string())
        .execute(&database.pool)
    };
    let code =
        |error: sqlx::Error| error.as_database_error().and_then(|error| error.code().map(String::from));
    let repeated = insert(2, meta.command_id, 0).await.expect_err("same command");
    assert_eq!(code(repeated).as_deref(), Some("ES002"));
    let smuggled = insert(2, meta.command_id, 7).await.expect_err("not its second event");
    assert_eq!(code(smuggled).as_deref(), Some("ES003"));
    let gap = insert(3, uuid(), 0).await.expect_err("a gap");
    assert_eq!(code(gap).as_deref(), Some("ES001"));
    let anonymous = insert(2, uuid(), 0).await;
    assert!(anonymous.is_ok(), "the insert itself is sound: {anonymous:?}");
}

#[tokio::test]
async fn events_and_log_refuse_every_change() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let sequencing = process.sequence();
    process.execute("a", TallyCommand::AddEach(vec![1, 2])).await.expect("adds");
    process.sequenced().await;
    for table in ["es.events", "es.log"] {
        let first = if table == "es.log" { "chain = chain" } else { "payload = '{}'" };
        for change in [
            format!("update {table} set {first}"),
            format!("delete from {table}"),
            format!("truncate {table}"),
            format!("truncate {table} cascade"),
        ] {
            let error = sqlx::query(&change).execute(&database.pool).await.expect_err(&change);
            let code = error.as_database_error().and_then(|error| error.code().map(String::from));
            assert_eq!(code.as_deref(), Some("ES900"), "{change}: {error}");
        }
    }
    assert_eq!(number(&database.pool, "select count(*) from es.events").await, 2);
    process.stop.cancel();
    sequencing.await.expect("stops");
}

#[tokio::test]
async fn streams_of_other_types_and_ids_do_not_mix() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    for id in ["a", "A", "a ", "ä", "a/b", "did:cheqd:testnet:x"] {
        process.execute(id, TallyCommand::Add(1)).await.expect("adds");
        assert_eq!(process.load(id).await.version, 1, "{id}");
    }
    let key = Execute::<domain::key::Key>::load(&process.commands, "a").await.expect("loads");
    assert_eq!(key.version, 0, "a key with the id of a tally");
}

#[tokio::test]
async fn a_stream_of_ten_thousand_events_loads_with_and_without_its_snapshot() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    for chunk in 0..4 {
        let amounts = (0..2_500).map(|amount| amount + chunk).collect();
        process.execute("long", TallyCommand::AddEach(amounts)).await.expect("adds");
    }
    let truth = replayed(process.commands.streams(), "long").await;
    let loaded = process.load("long").await;
    assert_eq!((loaded.version, &loaded.state), (10_000, &truth));
    run(&database.pool, "delete from es.snapshots").await;
    assert_eq!(process.load("long").await.state, truth);
}

#[tokio::test]
async fn a_snapshot_never_says_anything_else_than_the_events() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let mut seed = u64::from(u32::from_be_bytes(uuid().as_bytes()[12..].try_into().expect("4 bytes")));
    println!("seed {seed}");
    for _ in 0..40 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let count = i64::try_from((seed >> 33) % 90).expect("small");
        let committed =
            process.execute("s", TallyCommand::AddEach((1..=count).collect())).await.expect("adds");
        assert_eq!(committed.state, replayed(process.commands.streams(), "s").await);
        assert_eq!(process.load("s").await.state, committed.state);
    }
    // Snapshots are written behind the answer; this one is due for sure.
    let each = usize::try_from(SNAPSHOT_EVERY_EVENTS).expect("small");
    process.execute("s", TallyCommand::AddEach(vec![1; each])).await.expect("adds");
    tokio::time::timeout(PATIENCE, async {
        while number(&database.pool, "select count(*) from es.snapshots where version > 250").await == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("a snapshot is written");
    let truth = replayed(process.commands.streams(), "s").await;
    assert_eq!(process.load("s").await.state, truth);
    run(&database.pool, "update es.snapshots set state = '{\"total\": \"much\"}'").await;
    assert_eq!(process.load("s").await.state, truth, "an unreadable snapshot is ignored");
    run(&database.pool, "update es.snapshots set schema_hash = 'old', state = '{\"opened\":true,\"total\":1,\"fingerprint\":1}'")
        .await;
    assert_eq!(process.load("s").await.state, truth, "a snapshot of other code is ignored");
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_cancel_its_command() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let sequencing = process.sequence();
    let mut head = process.progress.head();
    {
        let mut call = Box::pin(process.execute("a", TallyCommand::Add(1)));
        assert!(futures::poll!(&mut call).is_pending());
    }
    tokio::time::timeout(PATIENCE, head.wait_for(|head| *head == 1))
        .await
        .expect("in time")
        .expect("sequenced");
    assert_eq!(process.load("a").await.version, 1);
    process.stop.cancel();
    sequencing.await.expect("stops");
}

#[tokio::test]
async fn an_event_of_an_unknown_kind_is_an_error_not_a_gap() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    process.execute("a", TallyCommand::Add(1)).await.expect("adds");
    run(
        &database.pool,
        "insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         values ('tally', 'a', 2, 'Shredded', '1', '{\"Shredded\":{}}', json_build_object('commandId', gen_random_uuid(),
           'commandIndex', '0', 'eventId', gen_random_uuid(), 'customer', gen_random_uuid()))",
    )
    .await;
    let fault = Execute::<Tally>::load(&process.commands, "a").await.expect_err("unreadable");
    assert_eq!(fault.kind, FaultKind::Bug);
    assert!(fault.private.unwrap_or_default().contains("Shredded"));
    assert!(
        process.execute("a", TallyCommand::Add(1)).await.is_err(),
        "nothing is decided on half a history"
    );
}

#[tokio::test]
async fn a_text_postgres_cannot_store_is_the_callers_mistake() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let mut meta = meta();
    meta.traceparent = Some("a\0b".to_owned());
    let fault = process.execute_as("a", TallyCommand::Add(1), meta).await.expect_err("U+0000");
    assert_eq!(fault.kind, FaultKind::Invalid, "{fault:?}");
}

#[tokio::test]
async fn a_connection_left_inside_a_transaction_is_not_used_again() {
    let database = TestDatabase::create().await;
    let pool = database.another_pool(1);
    let mut connection = pool.acquire().await.expect("connects");
    // What a cancelled `begin()` of sqlx 0.8 leaves: a BEGIN that nobody knows of.
    sqlx::raw_sql("begin; insert into es.pending values (1)")
        .execute(&mut *connection)
        .await
        .expect("begins");
    drop(connection);
    let stuck = pool.fetch_one("select now() < statement_timestamp() as stuck").await;
    assert!(!stuck.and_then(|row| row.try_get::<bool, _>("stuck")).expect("answers"));
    assert_eq!(number(&pool, "select count(*) from es.pending").await, 0);
}

#[tokio::test]
async fn a_connection_outside_of_a_transaction_is_used_again() {
    let database = TestDatabase::create().await;
    let pool = database.another_pool(1);
    let first = number(&pool, "select pg_backend_pid()::bigint").await;
    for _ in 0..5 {
        assert_eq!(number(&pool, "select pg_backend_pid()::bigint").await, first);
        let mut tx = pool.begin().await.expect("begins");
        sqlx::query("select 1").execute(&mut *tx).await.expect("answers");
        tx.commit().await.expect("commits");
    }
}

fn addressed(id: &str, command: TallyCommand, meta: app::port::Meta) -> Addressed<Tally> {
    Addressed { id: id.to_owned(), command, meta }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_at_once_do_what_each_would_do_alone() {
    let database = TestDatabase::create().await;
    let (together, alone) = (Process::of(&database), Process::on(database.another_pool(4)));
    let repeated = meta();
    for prefix in ["t", "a"] {
        let id = |name: &str| format!("{prefix}-{name}");
        alone.execute(&id("open"), TallyCommand::Open).await.expect("opens");
        let long = vec![1; usize::try_from(SNAPSHOT_EVERY_EVENTS).expect("small") - 1];
        alone.execute(&id("long"), TallyCommand::AddEach(long)).await.expect("adds");
        alone.execute_as(&id("repeated"), TallyCommand::Add(5), repeated.clone()).await.expect("adds");
    }
    let batch = |prefix: &str| {
        let one = |name: &str, command| addressed(&format!("{prefix}-{name}"), command, meta());
        let mut batch = vec![
            one("new", TallyCommand::AddEach(vec![1, 2])),
            one("open", TallyCommand::Open),
            one("long", TallyCommand::AddEach(vec![2, 3])),
            addressed(&format!("{prefix}-repeated"), TallyCommand::Add(5), repeated.clone()),
            one("nothing", TallyCommand::Nothing),
            // Decided after the first one to the same stream.
            one("new", TallyCommand::Open),
            one("new", TallyCommand::Open),
        ];
        batch.extend((0..150).map(|number| one(&format!("many-{number}"), TallyCommand::Add(number))));
        batch
    };
    let singly = {
        let mut answers = Vec::new();
        for Addressed { id, command, meta } in batch("a") {
            answers.push(alone.execute_as(&id, command, meta).await.map(|_| ()).map_err(|fault| fault.code));
        }
        answers
    };
    let before = number(&database.pool, "select count(*) from es.events").await;
    let answers = Execute::execute_many(&together.commands, batch("t")).await;
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.map_err(|fault| fault.code)).collect();
    assert_eq!(answers, singly);
    assert_eq!(answers[1], Err("tally/open"));
    assert_eq!(number(&database.pool, "select count(*) from es.events").await, before + 2 + 2 + 1 + 150);
    for name in ["new", "open", "long", "repeated", "nothing", "many-149"] {
        let (one, other) = (alone.load(&format!("t-{name}")).await, alone.load(&format!("a-{name}")).await);
        assert_eq!((one.state, one.version), (other.state, other.version), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_at_once_get_through_beside_others_to_the_same_streams() {
    let database = TestDatabase::create().await;
    let processes = [Process::on(database.another_pool(6)), Process::on(database.another_pool(6))];
    let rounds = (0..12_usize).map(|round| {
        let process = processes[round % 2].clone();
        tokio::spawn(async move {
            let batch = (0..20).map(|stream| addressed(&format!("s-{stream}"), TallyCommand::Add(1), meta()));
            Execute::execute_many(&process.commands, batch.collect()).await
        })
    });
    let mut done = 0_i64;
    for answers in join_all(rounds).await {
        for answer in answers.expect("no panic") {
            match answer {
                Ok(()) => done += 1,
                Err(fault) => assert_eq!(fault.code, "store/conflict", "the only excuse"),
            }
        }
    }
    assert_eq!(
        number(&database.pool, "select count(*) from es.events").await,
        done,
        "each answer counts once"
    );
    assert!(done > 120, "most get through: {done}");
}
