//! How fast the sequencer orders a backlog and how fast each read model is rebuilt from the first event, on a durable
//! private Postgres. Every tenant lives the same life of 22 events that the tests tell.
//!
//! `cargo bench -p studio-projections --bench rebuild`; JSON lines on standard output, a table on standard error.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a bench measures, prints and fails at once"
)]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../src/tests/world.rs"]
mod world;

use projections::{MODEL_NAMES, Projections, Views};
use serde_json::json;
use std::time::{Duration, Instant};
use store::{Progress, Sequencer};
use tokio_util::sync::CancellationToken;

/// Tenants; each has 22 events.
const TENANTS: usize = 4_000;
/// How often the head of the log is looked at while the sequencer works.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Rebuilds of each model; the median counts.
const REPETITIONS: usize = 3;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let (_directory, server, pool) = store::testing::bench_server().await;

    let begin = Instant::now();
    for _ in 0..TENANTS {
        let customer = world::new_customer();
        world::append(&pool, customer, &world::life(customer)).await;
    }
    let events: i64 =
        sqlx::query_scalar("select count(*) from es.events").fetch_one(&pool).await.expect("a count");
    let written = begin.elapsed().as_secs_f64();
    eprintln!("{events} events written in {written:.1} s");

    let progress = Progress::new(pool.clone());
    let stop = CancellationToken::new();
    let begin = Instant::now();
    let sequencer = Sequencer::new(pool.clone(), progress.clone(), "bench");
    let stopping = stop.clone();
    let sequencing = tokio::spawn(async move { sequencer.run(stopping).await });
    while sqlx::query_scalar::<_, i64>("select position from es.head").fetch_one(&pool).await.expect("a head")
        < events
    {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let seconds = begin.elapsed().as_secs_f64();
    stop.cancel();
    sequencing.await.expect("the sequencer ends");
    let rate = events as f64 / seconds;
    println!("{}", json!({"bench": "sequencer", "events": events, "seconds": seconds, "events_per_s": rate}));
    eprintln!("{:<28} {rate:>9.0} events/s", "sequencer");

    let projections = Projections::new(pool.clone(), progress.clone(), "bench");
    let never = CancellationToken::new();
    projections.prepare(&never).await.expect("tables");
    let mut total = 0.0;
    for model in MODEL_NAMES {
        let mut seconds = Vec::new();
        for _ in 0..REPETITIONS {
            let begin = Instant::now();
            projections.rebuild(model, &never).await.expect("a rebuild");
            seconds.push(begin.elapsed().as_secs_f64());
        }
        let seconds = median(seconds);
        total += seconds;
        let rate = events as f64 / seconds;
        println!(
            "{}",
            json!({"bench": "rebuild", "model": model, "events": events, "seconds": seconds, "events_per_s": rate})
        );
        eprintln!("{:<28} {rate:>9.0} events/s", format!("rebuild {model}"));
    }
    let rate = events as f64 / total;
    println!(
        "{}",
        json!({"bench": "rebuild", "model": "all, one after the other", "events": events, "seconds": total, "events_per_s": rate})
    );
    eprintln!("{:<28} {rate:>9.0} events/s", "all, one after the other");
    pool.close().await;
    server.stop().await.expect("Postgres stops");
}
