use super::world::*;
use crate::{
    DidFilter, MODEL_NAMES, Paging, ProjectionError, Projections, RowFault, Views, generation, registry,
    table::Generation,
};
use domain::{
    id::{Network, UserId},
    user::UserEvent,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::{Follow as _, Progress};
use tokio_util::sync::CancellationToken;

/// Names of all tables of read models.
async fn tables(world: &World) -> Vec<String> {
    sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'rm' order by 1")
        .fetch_all(&world.db.pool)
        .await
        .unwrap()
}

/// Every row of a generation of a model, sorted: row for row, not only by checksum.
async fn rows(world: &World, name: &str) -> Vec<String> {
    let model = registry::model(name).unwrap();
    let live = generation::live(&world.db.pool, model.name()).await.unwrap().unwrap();
    let mut rows = Vec::new();
    for def in model.tables() {
        let sql = format!("select row_to_json(t)::text from {} t order by 1", live.table(def.part));
        rows.extend(sqlx::query_scalar::<_, String>(&sql).fetch_all(&world.db.pool).await.unwrap());
    }
    rows
}

#[tokio::test]
async fn a_rebuild_beside_live_writes_and_reads_gives_the_same_rows() {
    let world = World::new().await;
    let customer = new_customer();
    world.append(customer, &life(customer)).await;
    world.settle().await;
    let done = Arc::new(AtomicBool::new(false));
    let writer = {
        let (pool, progress, done) = (world.db.pool.clone(), world.progress.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let mut lives = 1;
            while !done.load(Ordering::SeqCst) || lives < 30 {
                append(&pool, customer, &life(customer)).await;
                progress.appended();
                lives += 1;
            }
            lives
        })
    };
    let reader = {
        let (views, done) = (world.views.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let mut seen = 2;
            while !done.load(Ordering::SeqCst) {
                let page =
                    views.dids().list(customer, &DidFilter::default(), Paging::page(None, Some(1))).await;
                let total = page.unwrap().total.unwrap();
                assert!(total >= seen, "a reader saw {seen} rows and then {total}");
                seen = total;
            }
        })
    };
    world.projections.rebuild_all(&CancellationToken::new()).await.unwrap();
    world.projections.rebuild("did", &CancellationToken::new()).await.unwrap();
    done.store(true, Ordering::SeqCst);
    let lives = writer.await.unwrap();
    reader.await.unwrap();
    world.settle().await;
    let page =
        world.views.dids().list(customer, &DidFilter::default(), Paging::page(None, Some(1))).await.unwrap();
    assert_eq!(page.total, Some(2 * lives));
    for name in MODEL_NAMES {
        let (before, live) = (world.projections.checksum(name).await.unwrap(), rows(&world, name).await);
        let number = generation::live(&world.db.pool, name).await.unwrap().unwrap().build();
        assert_eq!(number, if name == "did" { 3 } else { 2 });
        world.projections.rebuild(name, &CancellationToken::new()).await.unwrap();
        assert_eq!(rows(&world, name).await, live, "{name}");
        assert_eq!(world.projections.checksum(name).await.unwrap(), before, "{name}");
    }
    let left: usize = registry::MODELS.iter().map(|model| model.tables().len()).sum();
    assert_eq!(tables(&world).await.len(), left, "old generations are dropped: {:?}", tables(&world).await);
    world.end().await;
}

#[tokio::test]
async fn verify_finds_a_changed_row_and_leaves_nothing_behind() {
    let world = World::new().await;
    let customer = new_customer();
    world.append(customer, &life(customer)).await;
    let user = UserId(id());
    let email_hash = Some("address".to_owned());
    let came = UserEvent::UserRegistered { user, email: None, email_hash, name: None, at: at(1) };
    world.append(customer, &[story("user", &user, &[came])]).await;
    world.settle().await;
    let before = tables(&world).await;
    let stop = CancellationToken::new();
    for name in MODEL_NAMES {
        let verification = world.projections.verify(name, &stop).await.unwrap();
        assert!(verification.is_equal(), "{verification:?}");
        assert!(verification.live.rows > 0, "{verification:?}");
    }
    let live = generation::live(&world.db.pool, "did").await.unwrap().unwrap();
    let sql = format!("update {} set network = 'mainnet' where network = 'testnet'", live.table(""));
    sqlx::query(&sql).execute(&world.db.pool).await.unwrap();
    let verification = world.projections.verify("did", &stop).await.unwrap();
    assert!(!verification.is_equal());
    assert_eq!(verification.live.position, verification.rebuilt.position);
    assert!(!verification.rows.is_empty(), "{verification:?}");
    assert_eq!(tables(&world).await, before);
    world.projections.rebuild("did", &stop).await.unwrap();
    assert!(world.projections.verify("did", &stop).await.unwrap().is_equal(), "a rebuild repairs it");
    world.end().await;
}

/// Doors 17: whoever is told that a model differs is told where.
#[tokio::test]
async fn doors_17_verify_names_the_first_differing_row_of_each_table() {
    let world = World::new().await;
    let customer = new_customer();
    for _ in 0..3 {
        world.append(customer, &life(customer)).await;
    }
    world.settle().await;
    let (stop, pool) = (CancellationToken::new(), &world.db.pool);
    let live = generation::live(pool, "did").await.unwrap().unwrap();
    let (main, versions) = (live.table(""), live.table("version"));
    let dids: Vec<String> =
        sqlx::query_scalar(&format!("select did from {main} order by 1")).fetch_all(pool).await.unwrap();
    assert!(dids.len() > 2);
    let sql = format!(
        "update {main} set network = 'elsewhere', position = -position where did in ('{}', '{}'); delete from {versions} where did = '{}'",
        dids[1], dids[2], dids[0]
    );
    sqlx::raw_sql(&sql).execute(pool).await.unwrap();
    let found = world.projections.verify("did", &stop).await.unwrap();
    let [first, second] = found.rows.as_slice() else { panic!("one row of each table: {found:?}") };
    assert_eq!((&first.table, first.key.replace(' ', "")), (&main, format!("{{\"did\":\"{}\"}}", dids[1])));
    assert_eq!(first.fault, RowFault::Changed(vec!["network".to_owned(), "position".to_owned()]));
    assert!(second.table == versions && second.key.contains(&dids[0]), "{second:?}");
    assert_eq!(second.fault, RowFault::Missing);
    assert!(first.to_string().ends_with("network, position differ"), "{first}");
    world.projections.rebuild("did", &stop).await.unwrap();
    let live = generation::live(pool, "did").await.unwrap().unwrap().table("");
    let sql = format!(
        "insert into {live} select (json_populate_record(d, '{{\"did\": \"did:a:0\", \"position\": -1}}')).* from {live} d limit 1"
    );
    sqlx::raw_sql(&sql).execute(pool).await.unwrap();
    let found = world.projections.verify("did", &stop).await.unwrap();
    let [surplus] = found.rows.as_slice() else { panic!("one row: {found:?}") };
    assert_eq!((surplus.fault.clone(), surplus.key.contains("did:a:0")), (RowFault::Surplus, true));
    world.end().await;
}

#[tokio::test]
async fn a_second_rebuild_of_the_same_model_is_refused() {
    let world = World::new().await;
    world.settle().await;
    let model = registry::model("did").unwrap();
    world.projections.prepare(&world.stop).await.unwrap();
    let building = generation::begin_build(&world.db.pool, model, "somebody else").await.unwrap();
    let refused = world.projections.rebuild("did", &CancellationToken::new()).await;
    assert!(matches!(refused, Err(ProjectionError::RebuildRunning("did"))), "{refused:?}");
    world.projections.rebuild("resource", &CancellationToken::new()).await.unwrap();
    generation::discard(&world.db.pool, building).await.unwrap();
    world.projections.rebuild("did", &CancellationToken::new()).await.unwrap();
    let unknown = world.projections.rebuild("nothing", &CancellationToken::new()).await;
    assert!(matches!(unknown, Err(ProjectionError::UnknownModel { .. })));
    world.end().await;
}

/// A process that dies in a rebuild leaves what is there at each of its steps: tables and a checkpoint without a lease,
/// with some entries taken in. The live generation goes on, and the next rebuild clears up.
#[tokio::test]
async fn what_a_killed_rebuild_leaves_is_harmless_and_cleared_by_the_next() {
    let world = World::new().await;
    let customer = new_customer();
    world.append(customer, &life(customer)).await;
    world.settle().await;
    let (pool, model) = (&world.db.pool, registry::model("did").unwrap());
    let abandoned = generation::begin_build(pool, model, "killed").await.unwrap();
    let live = generation::live(pool, "did").await.unwrap().unwrap().table("");
    let sql = format!("insert into {} select * from {live} limit 1", abandoned.table(""));
    sqlx::query(&sql).execute(pool).await.unwrap();
    sqlx::query("update es.checkpoints set position = 5, lease_until = clock_timestamp() - interval '1 hour' where not live")
        .execute(pool)
        .await
        .unwrap();
    // A half-made generation without a checkpoint, too: as if a drop had been lost.
    let orphan = Generation { model: "did", number: abandoned.number + 7 };
    sqlx::query(&format!("create table {} (x int)", orphan.table("version"))).execute(pool).await.unwrap();

    let did = new_did(Network::Testnet);
    world.append(customer, &[did_created(customer, &did)]).await;
    world.settle().await;
    assert!(world.views.dids().get(customer, &did).await.unwrap().is_some(), "live goes on");
    let before = rows(&world, "did").await;
    world.projections.rebuild("did", &CancellationToken::new()).await.unwrap();
    assert_eq!(rows(&world, "did").await, before);
    let number = generation::live(pool, "did").await.unwrap().unwrap().number;
    assert_eq!(number, orphan.number + 1, "numbers are never used twice");
    let left = tables(&world).await.into_iter().filter(|table| table.starts_with("did_")).count();
    assert_eq!(left, model.tables().len());
    world.end().await;
}

#[tokio::test]
async fn a_stopped_rebuild_changes_nothing() {
    let world = World::new().await;
    let customer = new_customer();
    world.append(customer, &life(customer)).await;
    world.settle().await;
    let before = tables(&world).await;
    let stopped = CancellationToken::new();
    stopped.cancel();
    let ended = world.projections.rebuild("did", &stopped).await;
    assert!(matches!(ended, Err(ProjectionError::Follow { model: "did", .. })), "{ended:?}");
    assert_eq!(tables(&world).await, before);
    assert!(world.projections.verify("did", &CancellationToken::new()).await.unwrap().is_equal());
    world.end().await;
}

/// Two processes follow; a third one reads with the tables it knew, after another has swapped them.
#[tokio::test]
async fn other_processes_follow_and_read_across_a_swap() {
    let mut world = World::new().await;
    let customer = new_customer();
    world.append(customer, &life(customer)).await;
    world.settle().await;
    let pool = world.db.another_pool(8);
    let views = Views::new(pool.clone());
    let count = async || {
        views
            .dids()
            .list(customer, &DidFilter::default(), Paging::page(None, Some(1)))
            .await
            .unwrap()
            .total
            .unwrap()
    };
    assert_eq!(count().await, 2);
    let other = Projections::new(pool.clone(), Progress::new(pool), "another process");
    other.rebuild_all(&CancellationToken::new()).await.unwrap();
    assert_eq!(count().await, 2);
    // The followers of the first process go on with the generation the second one made.
    world.append(customer, &life(customer)).await;
    world.settle().await;
    assert_eq!(count().await, 4);
    world.follow();
    world.append(customer, &life(customer)).await;
    world.settle().await;
    assert_eq!(count().await, 6);
    world.end().await;
}

#[tokio::test]
async fn tables_of_another_revision_are_not_read_and_an_older_one_is_rebuilt_at_start() {
    let mut world = World::still().await;
    let customer = new_customer();
    let did = new_did(Network::Testnet);
    world.append(customer, &[did_created(customer, &did)]).await;
    let unbuilt = world.views.dids().get(customer, &did).await;
    assert!(matches!(unbuilt, Err(ProjectionError::NotBuilt("did"))), "{unbuilt:?}");
    // As an older version of Studio left it: revision 0 with another table.
    sqlx::raw_sql(
        "create schema rm; create table rm.did_v0_4 (something text);
         insert into es.checkpoints (name, version, live) values ('did', 4, true)",
    )
    .execute(&world.db.pool)
    .await
    .unwrap();
    let old = world.views.dids().get(customer, &did).await;
    assert!(old.unwrap_err().is_unavailable());
    world.follow();
    world.settle().await;
    assert!(world.views.dids().get(customer, &did).await.unwrap().is_some());
    assert!(!tables(&world).await.contains(&"did_v0_4".to_owned()));
    world.end().await;
}

#[tokio::test]
async fn processes_that_start_together_make_one_set_of_tables() {
    let world = World::still().await;
    let starts = (0..4).map(|_| {
        let (projections, stop) = (world.projections.clone(), world.stop.clone());
        tokio::spawn(async move { projections.prepare(&stop).await.unwrap().len() })
    });
    for start in starts.collect::<Vec<_>>() {
        assert_eq!(start.await.unwrap(), MODEL_NAMES.len());
    }
    let expected: usize = registry::MODELS.iter().map(|model| model.tables().len()).sum();
    assert_eq!(tables(&world).await.len(), expected);
    world.end().await;
}

#[tokio::test]
async fn tables_of_a_newer_revision_are_not_written() {
    let world = World::still().await;
    let model = registry::model("did").unwrap();
    let newer = (model.revision() + 1) * crate::table::BUILDS_PER_REVISION_MAX + 3;
    sqlx::query("insert into es.checkpoints (name, version, live) values ('did', $1, true)")
        .bind(newer)
        .execute(&world.db.pool)
        .await
        .unwrap();
    let followers = world.projections.prepare(&world.stop).await.unwrap();
    let mut follower = followers.into_iter().find(|follower| follower.name() == "did").unwrap();
    assert_ne!(follower.version(), newer);
    assert!(!follower.adopt(newer));
    assert_ne!(follower.version(), newer, "it stands by");
    let live = generation::live(&world.db.pool, "did").await.unwrap().unwrap();
    assert_eq!(live.number, newer, "and does not build an older one over it");
    let built = model.revision() * crate::table::BUILDS_PER_REVISION_MAX + 1;
    assert!(follower.adopt(built) && follower.version() == built);
    world.end().await;
}

/// Not a test: prints how fast each model rebuilds. `cargo test -p studio-projections -- --ignored --nocapture rate`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn rebuild_rate() {
    let world = World::new().await;
    let mut events = 0;
    for _ in 0..100 {
        let customer = new_customer();
        let stories: Vec<Story> = (0..20).flat_map(|_| life(customer)).collect();
        events += stories.iter().map(|story| story.events.len()).sum::<usize>();
        world.append(customer, &stories).await;
    }
    world.settle().await;
    for name in MODEL_NAMES {
        let start = std::time::Instant::now();
        world.projections.rebuild(name, &CancellationToken::new()).await.unwrap();
        let rate = f64::from(u32::try_from(events).unwrap()) / start.elapsed().as_secs_f64();
        println!("{name}: {events} events, {rate:.0} events/s");
    }
    world.end().await;
}

#[test]
fn names_of_models_are_theirs_alone() {
    let names: Vec<&str> = registry::MODELS.iter().map(|model| model.name()).collect();
    assert_eq!(names, MODEL_NAMES);
    for one in MODEL_NAMES {
        for other in MODEL_NAMES {
            assert!(one == other || !other.starts_with(&format!("{one}_")), "{one} {other}");
        }
    }
    for model in registry::MODELS {
        for def in model.tables() {
            let table = Generation { model: model.name(), number: 100_001 }.table(def.part);
            assert!(table.len() < 64 && def.columns.iter().any(|(name, _)| def.key.contains(name)));
        }
    }
}
