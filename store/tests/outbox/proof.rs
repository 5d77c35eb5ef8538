//! The outbox held against the log.
#![expect(clippy::panic, reason = "what goes wrong here must fail the test")]

use super::{FEEDER, World, did, included, rejected};
use app::outbox::{Conclusion, OutboxStore as _};
use domain::ledger::LedgerOutcome;
use store::{Verdict, audit};

async fn run(world: &World, sql: &str) {
    sqlx::raw_sql(sql).execute(world.pool()).await.expect(sql);
}

async fn verify(world: &World) -> Verdict {
    // What was appended last is in the log before it is looked at.
    let token = world.progress.latest().await.expect("answers");
    assert!(world.progress.wait_until(token, &[FEEDER], super::WAIT).await.expect("the feeder runs"));
    audit::verify(world.pool(), &[]).await.expect("answers")
}

async fn differing(world: &World, what: &str) -> Vec<String> {
    match verify(world).await {
        Verdict::Differs(found) => found.beside.differences.iter().map(ToString::to_string).collect(),
        other => panic!("{what} was not noticed: {other:?}"),
    }
}

/// Three operations, one of each end, and one on its way.
async fn filled() -> (World, [super::Asked; 4]) {
    let world = World::new().await;
    let asked = [
        world.ask(&did(1), "a").await,
        world.ask(&did(2), "b").await,
        world.ask(&did(3), "c").await,
        world.ask(&did(4), "d").await,
    ];
    world.end(&asked[0], included()).await;
    let mut failed = rejected("ledger/refused");
    if let LedgerOutcome::Rejected(rejection) = &mut failed {
        rejection.tx_hash = Some("CD".repeat(32));
    }
    world.end(&asked[1], failed).await;
    world.end(&asked[2], rejected("operation/cancelled")).await;
    let Verdict::Intact(verified) = verify(&world).await else { panic!("is intact") };
    assert_eq!((verified.beside.operations, verified.beside.outcomes), (4, 3));
    run(&world, "create table public.kept as select * from outbox.ops").await;
    (world, asked)
}

const PUT_BACK: &str = "delete from outbox.ops; insert into outbox.ops select * from public.kept";

/// Safety 12: every column that repeats the log, and every one that does not is named here.
#[tokio::test]
async fn safety_12_a_changed_column_of_a_settled_operation_is_named() {
    let (world, asked) = filled().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select column_name::text, data_type::text from information_schema.columns
         where table_schema = 'outbox' and table_name = 'ops' and column_name <> 'operation' order by 1",
    )
    .fetch_all(world.pool())
    .await
    .expect("columns");
    // Memory of attempts and times of the row itself: the log says nothing of them.
    let unknown =
        ["attempts", "cancel_asked", "created_at", "fee_quoted", "gas_boost", "run_at", "tx", "updated_at"];
    assert!(unknown.iter().all(|column| columns.iter().any(|(name, _)| name == column)));
    run(&world, "alter table outbox.ops drop constraint ops_network_payer_fkey").await;
    let (mut compared, rows) = (0, [(0, "confirmed"), (1, "failed"), (2, "cancelled")]);
    for (column, kind) in columns.iter().filter(|(name, _)| !unknown.contains(&name.as_str())) {
        let change = match (column.as_str(), kind.as_str()) {
            ("state", _) => "case state when 'confirmed' then 'failed' else 'confirmed' end".to_owned(),
            ("network", _) => "'mainnet'".to_owned(),
            ("fee_max", _) => "fee_max - 1".to_owned(),
            (_, "text") => format!("coalesce({column}, '') || 'x'"),
            (_, "bigint" | "numeric") => format!("coalesce({column}, 0) + 1"),
            (_, "uuid") => "gen_random_uuid()".to_owned(),
            (_, "bytea") => format!("set_byte({column}, 0, get_byte({column}, 0) # 1)"),
            (_, "json") => format!("regexp_replace({column}::text, '\": ?\"', '\":\"x')::json"),
            other => panic!("{other:?}"),
        };
        for (index, state) in rows {
            let operation = asked[index].operation;
            // A cancelled operation was in no transaction, by the log; it says nothing of a hash that the row may hold.
            if column == "tx_hash" && state == "cancelled" {
                continue;
            }
            run(
                &world,
                &format!("update outbox.ops set {column} = {change} where operation = '{operation}'"),
            )
            .await;
            let named = differing(&world, &format!("{column} of what is {state}")).await;
            let start = format!("outbox.ops, operation {operation}: {column} is ");
            assert!(
                named.len() == 1 && named[0].starts_with(&start),
                "{column} of what is {state}: {named:?}"
            );
            run(&world, PUT_BACK).await;
            compared += 1;
        }
    }
    assert_eq!(
        compared,
        3 * 23 - 1,
        "a new column of the outbox is compared, or said to be unknown to the log"
    );
    assert!(matches!(verify(&world).await, Verdict::Intact(_)), "all put back");
}

/// Safety 12: rows without events, events without rows, and ends that only one side knows of.
#[tokio::test]
async fn safety_12_missing_invented_and_prematurely_settled_operations_are_named() {
    let (world, asked) = filled().await;
    let [done, .., open] = asked.each_ref().map(|one| one.operation);
    let changes = [
        (
            format!("delete from outbox.ops where operation = '{open}'"),
            open,
            "the row is missing, but the event",
        ),
        (
            format!("delete from outbox.ops where operation = '{done}'"),
            done,
            "the row is missing, but the event",
        ),
        (
            format!("update outbox.ops set state = 'confirmed', fee_paid = 1 where operation = '{open}'"),
            open,
            "its state is confirmed, but no event of the log ended it",
        ),
        (
            format!("update outbox.ops set state = 'queued' where operation = '{done}'"),
            done,
            "state is queued; event 2 of resource",
        ),
        (
            format!("update outbox.ops set payer = 'cheqd1thief' where operation = '{open}'"),
            open,
            "payer is cheqd1thief; the event at position",
        ),
    ];
    run(&world, "alter table outbox.ops drop constraint ops_network_payer_fkey").await;
    for (change, operation, why) in changes {
        run(&world, &change).await;
        let named = differing(&world, &change).await;
        let start = format!("outbox.ops, operation {operation}: ");
        assert!(named.len() == 1 && named[0].starts_with(&start) && named[0].contains(why), "{named:?}");
        run(&world, PUT_BACK).await;
    }
    run(
        &world,
        "insert into outbox.ops select (jsonb_populate_record(o, '{\"operation\":
           \"00000000-0000-7000-8000-000000000001\", \"effect_key\": \"another\"}')).* from public.kept o limit 1",
    )
    .await;
    let named = differing(&world, "an invented operation").await;
    assert!(
        named.len() == 1 && named[0].ends_with("000000000001: no event of the log asked for it"),
        "{named:?}"
    );
}

/// Safety 12: what the feeder has not reached yet is no difference.
#[tokio::test]
async fn safety_12_an_operation_that_the_feeder_did_not_make_yet_is_not_missed() {
    let (mut world, asked) = filled().await;
    let (open, done) = (asked[3].operation, asked[0].operation);
    world.stop.cancel();
    while let Some(ended) = world.parts.join_next().await {
        ended.expect("no part panicked");
    }
    let view = || async { audit::verify(world.pool(), &[]).await.expect("answers") };
    run(&world, &format!("delete from outbox.ops where operation in ('{open}', '{done}')")).await;
    let Verdict::Differs(found) = view().await else { panic!("is missed") };
    assert_eq!(found.beside.differences.len(), 2);
    run(&world, "update es.checkpoints set position = 0 where name = 'outbox'").await;
    assert!(matches!(view().await, Verdict::Intact(_)), "the feeder makes it when it gets there");
    run(
        &world,
        "update es.checkpoints set position = (select max(position) from es.log) where name = 'outbox';
         insert into es.parked (follower, version, stream, tenant, position, error)
           select 'outbox', 1, 'did-' || ordering_key, customer, position, 'x' from public.kept",
    )
    .await;
    assert!(matches!(view().await, Verdict::Intact(_)), "or when it can");
}

/// Safety 12: the row says what the log says, although the worker found the outcome a second time and less of it.
#[tokio::test]
async fn safety_12_an_outcome_that_was_in_the_log_before_its_row_ends_it_as_logged() {
    let (world, asked) = filled().await;
    let done = &asked[0];
    run(
        &world,
        &format!(
            "update outbox.ops set state = 'queued', outcome = null, fee_paid = null, tx_hash = null, height = null
             where operation = '{}'",
            done.operation
        ),
    )
    .await;
    let lease = world.lease(1).await.expect("due");
    let mut found = included();
    if let LedgerOutcome::Included(inclusion) = &mut found {
        (inclusion.tx_hash, inclusion.fee_paid) = (None, domain::id::Ncheq(0));
    }
    let decided = Conclusion { decided: vec![(done.operation, found)], ..Conclusion::default() };
    world.outbox.conclude(&lease, &decided).await.expect("concluded");
    world.outbox.settled(&lease, &[done.operation]).await.expect("settled");
    let Verdict::Intact(verified) = verify(&world).await else { panic!("{:?}", verify(&world).await) };
    assert_eq!(verified.beside.outcomes, 3);
}
