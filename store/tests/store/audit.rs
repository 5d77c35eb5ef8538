//! Whoever edits the record is found out.

use crate::support::{Process, TallyCommand, meta, number, run};
use domain::id::CustomerId;
use futures::TryStreamExt as _;
use store::{Anchor, Broken, ReplayFilter, Verdict, audit, testing::TestDatabase};
use uuid::Uuid;

const EVENTS: i64 = 12;

async fn filled() -> (TestDatabase, Process) {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    let sequencing = process.sequence();
    for number in 0..EVENTS {
        process.execute(&format!("s{}", number % 3), TallyCommand::Add(number)).await.expect("adds");
    }
    assert_eq!(process.sequenced().await, EVENTS);
    process.stop.cancel();
    sequencing.await.expect("stops");
    (database, process)
}

async fn verify(database: &TestDatabase) -> Verdict {
    audit::verify(&database.pool, &[]).await.expect("database answers")
}

fn broken_at(verdict: Verdict, position: i64, what: &str) {
    match verdict {
        Verdict::Broken(Broken { position: found, why }) => {
            assert!(!why.is_empty());
            assert_eq!(found, position, "{what}: {why}");
        }
        Verdict::Intact(_) | Verdict::Differs(_) => panic!("{what} was not noticed"),
    }
}

#[tokio::test]
async fn an_untouched_log_verifies_and_its_head_is_the_last_link() {
    let (database, process) = filled().await;
    let Verdict::Intact(verified) = verify(&database).await else { panic!("is intact") };
    assert_eq!((verified.positions, verified.pending), (EVENTS, 0));
    let link: Vec<u8> = sqlx::query_scalar("select chain from es.log where position = 12")
        .fetch_one(&database.pool)
        .await
        .expect("row");
    assert_eq!(link, verified.head);
    process.execute("late", TallyCommand::Add(1)).await.expect("adds");
    let Verdict::Intact(verified) = verify(&database).await else { panic!("is intact") };
    assert_eq!((verified.positions, verified.pending), (EVENTS, 1), "not sequenced is not tampered");
}

/// The preimage in `chain.rs`, computed by Postgres: a second implementation.
#[tokio::test]
async fn the_chain_is_what_its_documentation_says() {
    let (database, _) = filled().await;
    let links: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "with recursive walk as (
           select 0::bigint as position, decode(repeat('00', 32), 'hex') as link
           union all
           select l.position, sha256(convert_to('studio/log/v1', 'UTF8') || walk.link || int8send(l.position) || int8send(e.ingest_id)
             || uuid_send(e.event_id) || uuid_send(e.tenant)
             || int4send(octet_length(e.aggregate_type)) || convert_to(e.aggregate_type, 'UTF8')
             || int4send(octet_length(e.aggregate_id)) || convert_to(e.aggregate_id, 'UTF8')
             || int8send(e.sequence)
             || int4send(octet_length(e.event_type)) || convert_to(e.event_type, 'UTF8')
             || int4send(octet_length(e.event_version)) || convert_to(e.event_version, 'UTF8')
             || sha256(convert_to(e.payload::text, 'UTF8')) || sha256(convert_to(e.metadata::text, 'UTF8'))
             || int8send((extract(epoch from e.recorded_at) * 1000000)::bigint))
           from walk join es.log l on l.position = walk.position + 1 join es.events e using (ingest_id))
         select walk.link, l.chain from walk join es.log l using (position) order by position",
    )
    .fetch_all(&database.pool)
    .await
    .expect("computes");
    assert_eq!(links.len(), 12);
    assert!(links.iter().all(|(computed, stored)| computed == stored));
}

#[tokio::test]
async fn a_changed_byte_in_any_column_is_found_at_its_position() {
    let (database, _) = filled().await;
    let pool = &database.pool;
    run(pool, "alter table es.events disable trigger all; alter table es.log disable trigger all").await;
    run(pool, "alter table es.events alter event_id drop expression; alter table es.events alter tenant drop expression")
        .await;
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "select table_name::text, column_name::text, data_type::text from information_schema.columns
         where table_schema = 'es' and table_name in ('events', 'log') order by 1, 2",
    )
    .fetch_all(pool)
    .await
    .expect("columns");
    assert_eq!(columns.len(), 14, "a new column must be sealed, too: {columns:?}");
    for (table, column, kind) in columns {
        let change = match kind.as_str() {
            "text" => format!("{column} || 'x'"),
            "bigint" => format!("{column} + 1000"),
            "uuid" => "gen_random_uuid()".to_owned(),
            // One space after the closing brace: the smallest change that means nothing.
            "json" => format!("({column}::text || ' ')::json"),
            "timestamp with time zone" => format!("{column} + interval '1 microsecond'"),
            "bytea" => format!("set_byte({column}, 31, get_byte({column}, 31) # 1)"),
            other => panic!("{table}.{column} is {other}"),
        };
        for position in [1_i64, 6, EVENTS] {
            let row = match table.as_str() {
                "events" => {
                    "ctid = (select e.ctid from es.events e join es.log l using (ingest_id) where position = $1)"
                }
                _ => "position = $1",
            };
            // The old row, whole, to put back.
            let backup = format!(
                "create table public.backup as select * from es.{table} where {}",
                row.replace("$1", &position.to_string())
            );
            run(pool, &backup).await;
            let key: String = sqlx::query_scalar(&format!(
                "update es.{table} set {column} = {change} where {row} returning ctid::text"
            ))
            .bind(position)
            .fetch_one(pool)
            .await
            .expect("tampers");
            broken_at(verify(&database).await, position, &format!("{table}.{column} at {position}"));
            run(pool, &format!("delete from es.{table} where ctid = '{key}'; insert into es.{table} select * from public.backup; drop table public.backup")).await;
        }
    }
    assert!(matches!(verify(&database).await, Verdict::Intact(_)), "all put back");
}

#[tokio::test]
async fn missing_added_and_exchanged_rows_are_found() {
    let changes = [
        (
            "an event is deleted",
            "delete from es.events where ingest_id = (select ingest_id from es.log where position = 5)",
            5,
        ),
        ("a log row is deleted", "delete from es.log where position = 5", 5),
        ("the first log row is deleted", "delete from es.log where position = 1", 1),
        ("the last log row is deleted", "delete from es.log where position = 12", 12),
        (
            "both are deleted",
            "delete from es.events where ingest_id = (select ingest_id from es.log where position = 5);
           delete from es.log where position = 5",
            5,
        ),
        (
            "two events change places",
            "update es.log set ingest_id = -ingest_id where position in (4, 9);
           update es.log l set ingest_id = -o.ingest_id from es.log o
           where (l.position = 4 and o.position = 9) or (l.position = 9 and o.position = 4)",
            4,
        ),
        (
            "an event is slipped in past the sequencer",
            "insert into es.events (aggregate_type, aggregate_id, sequence, event_type, event_version,
           payload, metadata) select aggregate_type, 'forged', 1, event_type, event_version, payload,
           json_build_object('eventId', gen_random_uuid(), 'customer', tenant) from es.events limit 1",
            13,
        ),
        ("a log row is added", "insert into es.log values (13, 99, sha256('x'))", 13),
        ("the head is moved back", "update es.head set position = 11", 12),
        ("the head is moved on", "update es.head set position = 13", 13),
        ("the head's link is changed", "update es.head set chain = sha256('x')", 12),
        ("a waiting event is deleted", "insert into es.pending values (99)", 13),
        (
            "a sequenced event waits again",
            "insert into es.pending select ingest_id from es.log where position = 3",
            13,
        ),
        ("everything is deleted", "delete from es.log; delete from es.events", 1),
    ];
    for (what, change, position) in changes {
        let (database, _) = filled().await;
        run(
            &database.pool,
            "alter table es.events disable trigger all; alter table es.log disable trigger all",
        )
        .await;
        run(&database.pool, change).await;
        broken_at(verify(&database).await, position, what);
    }
}

/// What is named when the command table differs from the log, and how much more there is.
async fn differing(database: &TestDatabase) -> (Vec<String>, i64) {
    match verify(database).await {
        Verdict::Differs(found) => {
            assert_eq!(found.positions, EVENTS, "the log itself is whole");
            (found.beside.differences.iter().map(ToString::to_string).collect(), found.beside.unnamed)
        }
        other => panic!("was not noticed: {other:?}"),
    }
}

/// Safety 12: without its row a repeated command takes effect twice; with a wrong or invented one a new command never does.
#[tokio::test]
async fn safety_12_a_row_of_the_command_table_that_is_missing_changed_or_invented_is_named() {
    let (database, _) = filled().await;
    let pool = &database.pool;
    let Verdict::Intact(verified) = verify(&database).await else { panic!("is intact") };
    assert_eq!((verified.beside.commands, verified.beside.operations), (EVENTS, 0));
    let of = "(select metadata ->> 'commandId' from es.events where aggregate_id = 's1' and sequence = 2)";
    let command: String =
        sqlx::query_scalar(&format!("select {of}")).fetch_one(pool).await.expect("is there");
    let row = format!("es.commands, tally s1, command {command}: ");
    run(pool, "create table public.kept as select * from es.commands").await;
    let changes = [
        ("delete from es.commands where command_id = {of}::uuid", "the row is missing, but event 2"),
        ("update es.commands set first_sequence = 1 where command_id = {of}::uuid", "began with event 1"),
        ("update es.commands set aggregate_id = 's2' where command_id = {of}::uuid", "the row is missing"),
    ];
    for (change, why) in changes {
        run(pool, &change.replace("{of}", of)).await;
        let (named, more) = differing(&database).await;
        assert!(named[0].starts_with(&row) && named[0].contains(why), "{change}: {named:?}");
        assert_eq!((named.len(), more), (1 + usize::from(change.contains("aggregate_id =")), 0), "{named:?}");
        run(pool, "delete from es.commands; insert into es.commands select * from public.kept").await;
    }
    run(pool, "insert into es.commands values ('tally', 's1', gen_random_uuid(), 2)").await;
    let (named, _) = differing(&database).await;
    assert!(named.len() == 1 && named[0].contains("the log has no event of this command"), "{named:?}");
    run(pool, "delete from es.commands").await;
    let (named, more) = differing(&database).await;
    assert_eq!((i64::try_from(named.len()).expect("few"), more), (EVENTS, 0), "every missing row is named");
    run(pool, "insert into es.commands select * from public.kept").await;
    assert!(matches!(verify(&database).await, Verdict::Intact(_)), "all put back");
}

/// Safety 12: several events of one command, also while they wait for their position, and more differences than are named.
#[tokio::test]
async fn safety_12_a_command_of_many_events_has_one_row_for_all_of_them() {
    let database = TestDatabase::create().await;
    let process = Process::of(&database);
    process.execute("a", TallyCommand::AddEach(vec![1, 2, 3])).await.expect("adds");
    process.execute("a", TallyCommand::AddEach((0..30).collect())).await.expect("adds");
    let Verdict::Intact(verified) = verify(&database).await else { panic!("is intact") };
    assert_eq!((verified.pending, verified.beside.commands), (33, 2), "compared although they wait");
    run(&database.pool, "delete from es.commands where first_sequence = 4").await;
    let Verdict::Differs(found) = verify(&database).await else { panic!("was not noticed") };
    assert_eq!(found.beside.differences.len(), audit::DIFFERENCES_NAMED_MAX);
    assert_eq!(found.beside.unnamed, 10, "each event without its row counts");
}

#[tokio::test]
async fn a_rewritten_history_betrays_itself_against_a_link_noted_elsewhere() {
    let (database, _) = filled().await;
    let Verdict::Intact(before) = verify(&database).await else { panic!("is intact") };
    let anchor = Anchor { position: before.positions, chain: before.head };
    assert!(matches!(audit::verify(&database.pool, &[anchor]).await, Ok(Verdict::Intact(_))));
    // Cut the end off and make everything consistent: nothing inside the database can tell.
    run(
        &database.pool,
        "alter table es.events disable trigger all; alter table es.log disable trigger all;
         delete from es.commands c using es.events e join es.log l using (ingest_id)
           where l.position = 12 and c.command_id::text = e.metadata ->> 'commandId';
         delete from es.events where ingest_id = (select ingest_id from es.log where position = 12);
         delete from es.log where position = 12;
         update es.head set position = 11, chain = (select chain from es.log where position = 11)",
    )
    .await;
    assert!(matches!(verify(&database).await, Verdict::Intact(_)));
    let verdict = audit::verify(&database.pool, &[anchor]).await.expect("database answers");
    broken_at(verdict, 12, "a cut end");
    let other = Anchor { position: 3, chain: [9; 32] };
    broken_at(audit::verify(&database.pool, &[other]).await.expect("answers"), 3, "another history");
}

#[tokio::test]
async fn replay_gives_what_was_recorded_filtered_and_in_order() {
    let (database, process) = filled().await;
    let stranger = CustomerId(Uuid::from_u128(8));
    let mut theirs = meta();
    theirs.customer = stranger;
    let sequencing = Process::of(&database);
    let task = sequencing.sequence();
    process.execute_as("s1", TallyCommand::Add(99), theirs.clone()).await.expect("adds");
    assert_eq!(process.sequenced().await, EVENTS + 1);
    let positions = |filter: ReplayFilter| {
        let pool = database.pool.clone();
        async move {
            let entries: Vec<_> = audit::replay(&pool, filter).try_collect().await.expect("replays");
            entries.iter().map(|recorded| recorded.entry.position).collect::<Vec<_>>()
        }
    };
    assert_eq!(positions(ReplayFilter::default()).await, (1..=13).collect::<Vec<_>>());
    let stream = Some(("tally".to_owned(), "s1".to_owned()));
    assert_eq!(positions(ReplayFilter { stream, ..Default::default() }).await, [2, 5, 8, 11, 13]);
    assert_eq!(positions(ReplayFilter { customer: Some(stranger), ..Default::default() }).await, [13]);
    let part = ReplayFilter { after: 3, until_position: Some(6), ..Default::default() };
    assert_eq!(positions(part).await, [4, 5, 6]);
    let entries: Vec<_> = audit::replay(&database.pool, ReplayFilter { after: 12, ..Default::default() })
        .try_collect()
        .await
        .expect("replays");
    let entries: Vec<_> = entries.into_iter().map(|recorded| recorded.entry).collect();
    assert_eq!(entries[0].metadata.command_id, theirs.command_id);
    assert_eq!(entries[0].metadata.traceparent, theirs.traceparent);
    assert_eq!(entries[0].fields()["amount"], 99);
    let until = ReplayFilter {
        until: Some(entries[0].recorded_at - chrono::TimeDelta::microseconds(1)),
        ..Default::default()
    };
    assert_eq!(positions(until).await.last(), Some(&12));
    assert_eq!(number(&database.pool, "select count(*) from es.events").await, 13);
    sequencing.stop.cancel();
    task.await.expect("stops");
}
