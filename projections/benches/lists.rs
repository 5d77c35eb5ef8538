//! What a page of a long list costs: a million DIDs and a million resource versions of one tenant beside others', on a
//! durable private Postgres. First page, deep page, the same depth by a cursor, each filter and each order.
//!
//! `cargo bench -p studio-projections --bench lists -- [rows]`; JSON lines on standard output, a table on standard error.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench measures, prints and fails at once"
)]

#[path = "../src/tests/fill.rs"]
mod fill;

use domain::{
    accreditation::PublicationPhase,
    did::DidPhase,
    id::{CustomerId, Did, Instant, Network},
};
use projections::{
    Column as _, DidColumn, DidFilter, Order, Paging, Placed as _, Projections, ResourceColumn,
    ResourceFilter, ResourceSource, Sortable as _, Views,
};
use serde_json::json;
use std::time::Duration;
use store::Progress;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Rows of the tenant unless the first argument says otherwise; others have a fifth as many together.
const ROWS: u64 = 1_000_000;
/// About the size of what a row has beside its columns.
const DOCUMENT_BYTES: i32 = 700;
/// Rows of a page.
const PAGE: u64 = 100;
/// Measurements of what is quick, and of what is not.
const QUICK: usize = 300;
const DEEP: usize = 40;

/// Runs one question often and tells how long it took.
async fn measure<F>(list: &str, case: &str, times: usize, ask: impl Fn() -> F)
where
    F: Future<Output = u64>,
{
    let mut taken = Vec::with_capacity(times);
    let mut found = 0;
    // The first fills caches.
    for _ in 0..=times {
        let begin = std::time::Instant::now();
        found = ask().await;
        taken.push(begin.elapsed());
    }
    let first = taken.remove(0);
    taken.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let (p50, p99) = (ms(taken[times / 2]), ms(taken[times * 99 / 100]));
    println!(
        "{}",
        json!({"bench": "lists", "list": list, "case": case, "found": found, "first_ms": ms(first), "p50_ms": p50, "p99_ms": p99})
    );
    eprintln!("{list:<10} {case:<44} {found:>9} {:>9.1} {p50:>9.2} {p99:>9.2}", ms(first));
}

#[tokio::main]
async fn main() {
    // Cargo appends `--bench`.
    let rows = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(ROWS);
    let (_directory, server, pool) = store::testing::bench_server().await;
    let projections = Projections::new(pool.clone(), Progress::new(pool.clone()), "bench");
    projections.prepare(&CancellationToken::new()).await.expect("tables");
    let customer = CustomerId(Uuid::from_u128(7));
    let begin = std::time::Instant::now();
    let all = i64::try_from(rows * 6 / 5).expect("a number");
    fill::dids(&pool, customer, all, DOCUMENT_BYTES).await;
    fill::resources(&pool, customer, all, 64).await;
    eprintln!("filled in {:.0} s", begin.elapsed().as_secs_f64());
    sizes(&pool).await;
    let views = Views::new(pool.clone());
    eprintln!(
        "{:<10} {:<44} {:>9} {:>9} {:>9} {:>9}",
        "list", "case", "found", "first ms", "p50 ms", "p99 ms"
    );
    dids(&views, customer, rows).await;
    resources(&views, customer, rows).await;
    pool.close().await;
    server.stop().await.expect("Postgres stops");
}

async fn sizes(pool: &sqlx::PgPool) {
    let sizes: Vec<(String, i64, i64)> = sqlx::query_as(
        "select tablename::text, pg_relation_size('rm.' || tablename), pg_indexes_size(('rm.' || tablename)::regclass)
         from pg_tables where schemaname = 'rm' and tablename ~ '^(did|resource)_v' order by 1",
    )
    .fetch_all(pool)
    .await
    .expect("sizes");
    for (table, rows, indexes) in sizes {
        println!(
            "{}",
            json!({"bench": "lists", "table": table, "table_bytes": rows, "index_bytes": indexes})
        );
        eprintln!("{table}: {} MB and {} MB of indexes", rows >> 20, indexes >> 20);
    }
}

/// The number of a page nearly at the end of a list.
const fn deep(rows: u64) -> u64 {
    rows * 98 / 100 / PAGE
}

fn number(page: u64) -> Paging {
    Paging::page(Some(page), Some(PAGE))
}

fn early() -> Instant {
    "2026-01-01T01:00:00Z".parse().expect("a time")
}

async fn dids(views: &Views, customer: CustomerId, rows: u64) {
    let (dids, none) = (views.dids(), DidFilter::default);
    let shown = || DidFilter { phases: vec![DidPhase::Active, DidPhase::Deactivated], ..none() };
    // As REST asks: what is filtered by time is also listed by it.
    let newest = Order::new(DidColumn::Created, true);
    let list = async |filter: &DidFilter, paging: Paging| {
        let page = match filter.created_until {
            Some(_) => dids.sorted(customer, filter, &newest, paging).await.expect("a page"),
            None => dids.list(customer, filter, paging).await.expect("a page"),
        };
        page.total.unwrap_or(page.rows.len() as u64)
    };
    let first = number(1);
    let filter = shown();
    measure("dids", "first page, with total", QUICK, || list(&filter, first)).await;
    let page = deep(rows);
    let case = format!("page {page}, with total");
    measure("dids", &case, DEEP, || list(&filter, number(page))).await;
    let there = dids.list(customer, &filter, number(page)).await.expect("a page").rows.remove(0).cursor();
    measure("dids", "the same depth by a cursor", QUICK, || list(&filter, Paging::first(100, Some(there))))
        .await;
    let begins = |text: &str| DidFilter { search: Some(text.into()), ..shown() };
    for (case, filter) in [
        ("network", DidFilter { network: Some(Network::Mainnet), ..shown() }),
        ("deactivated", DidFilter { phases: vec![DidPhase::Deactivated], ..none() }),
        ("state nobody is in", DidFilter { phases: vec![DidPhase::Absent], ..none() }),
        ("createdAt, few", DidFilter { created_until: Some(early()), ..shown() }),
        ("createdAt, all", DidFilter { created_until: "2999-01-01T00:00:00Z".parse().ok(), ..shown() }),
        ("search, one character", begins("4")),
        ("search, four characters", begins("4b1c")),
        ("search, a network and two", begins("did:cheqd:testnet:4b")),
        (
            "controllerKeyId",
            DidFilter { controller_key: Some("e4da3b7fbbce2345d7772b0674a318d5".into()), ..shown() },
        ),
    ] {
        measure("dids", &format!("{case}: first page, with total"), DEEP, || list(&filter, first)).await;
    }
    let filter = shown();
    for by in DidColumn::ALL {
        for descending in [false, true] {
            let order = Order::new(*by, descending);
            let sorted = async |order: &Order<DidColumn>, paging: Paging| {
                let page = dids.sorted(customer, &filter, order, paging).await.expect("a page");
                page.rows.len() as u64
            };
            let name = format!("by {} {}", by.word(), if descending { "desc" } else { "asc" });
            measure("dids", &format!("{name}: first page"), QUICK, || sorted(&order, first)).await;
            measure("dids", &format!("{name}: page {page}"), DEEP, || sorted(&order, number(page))).await;
            let there =
                dids.sorted(customer, &filter, &order, number(page)).await.expect("a page").rows.remove(0);
            let after = Order { after: Some(there.value(*by)), ..order.clone() };
            let paging = Paging::first(100, Some(there.cursor()));
            measure("dids", &format!("{name}: as deep by a cursor"), QUICK, || sorted(&after, paging)).await;
        }
    }
}

async fn resources(views: &Views, customer: CustomerId, rows: u64) {
    let (resources, none) = (views.resources(), ResourceFilter::default);
    let shown = || ResourceFilter { states: vec![PublicationPhase::Published], ..none() };
    let newest = Order::new(ResourceColumn::Created, true);
    let list = async |filter: &ResourceFilter, paging: Paging| {
        let page = match filter.created_until {
            Some(_) => resources.sorted(customer, filter, &newest, paging).await.expect("a page"),
            None => resources.list(customer, filter, paging).await.expect("a page"),
        };
        page.total.unwrap_or(page.rows.len() as u64)
    };
    let first = number(1);
    let filter = shown();
    measure("resources", "first page, with total", QUICK, || list(&filter, first)).await;
    let page = deep(rows * 97 / 100);
    let case = format!("page {page}, with total");
    measure("resources", &case, DEEP, || list(&filter, number(page))).await;
    let text = |text: &str| Some(text.to_owned());
    let did = Did::parse("did:cheqd:testnet:e4da3b7f-bbce-2345-d777-2b0674a318d5").ok();
    for (case, filter) in [
        ("did", ResourceFilter { did, ..shown() }),
        ("network", ResourceFilter { network: Some(Network::Mainnet), ..shown() }),
        ("resourceName", ResourceFilter { name: text("name 5"), ..shown() }),
        ("resourceType", ResourceFilter { resource_type: text("type 5"), ..shown() }),
        ("mediaType", ResourceFilter { media_type: text("media/5"), ..shown() }),
        ("resourceVersion", ResourceFilter { version: text("5"), ..shown() }),
        ("latest", ResourceFilter { latest_only: true, ..shown() }),
        ("sources", ResourceFilter { sources: vec![ResourceSource::Accreditation], ..shown() }),
        ("createdAt, few", ResourceFilter { created_until: Some(early()), ..shown() }),
    ] {
        measure("resources", &format!("{case}: first page, with total"), DEEP, || list(&filter, first)).await;
    }
    let filter = shown();
    for by in ResourceColumn::ALL {
        for descending in [false, true] {
            let order = Order::new(*by, descending);
            let sorted = async |paging: Paging| {
                let page = resources.sorted(customer, &filter, &order, paging).await.expect("a page");
                page.rows.len() as u64
            };
            let name = format!("by {} {}", by.word(), if descending { "desc" } else { "asc" });
            measure("resources", &format!("{name}: first page"), QUICK, || sorted(first)).await;
            measure("resources", &format!("{name}: page {page}"), DEEP, || sorted(number(page))).await;
        }
    }
}
