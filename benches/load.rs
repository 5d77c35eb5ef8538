//! A running Studio under load: start-up, resident memory, a chain of trust, then issue, verify, reads and DID creation
//! over HTTP at several numbers of closed-loop clients, with processor time per request taken from `/proc`.
//!
//! It starts the release binary as `studio up` on a fresh data directory under `target` (private durable Postgres, devnet
//! inside the same process) and drives it from this same machine.
//!
//! `cargo bench -p studio --bench load -- [seconds per measurement] [repetitions]`; JSON lines on standard output, a table
//! on standard error.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a bench measures, prints and fails at once"
)]

mod load {
    pub(crate) mod clients;
    pub(crate) mod process;
    pub(crate) mod story;
}

use load::{
    clients::{Case, run},
    process::{Running, Usage},
    story::Story,
};
use serde_json::json;

/// Closed-loop clients.
const CLIENTS: [usize; 3] = [1, 8, 32];
/// Length of one measurement unless the first argument says otherwise.
const SECONDS_DEFAULT: u64 = 5;
/// Measurements of each case unless the second argument says otherwise; the median counts.
const REPETITIONS_DEFAULT: usize = 3;
/// A second start is taken this often.
const STARTS: usize = 3;

fn argument(number: usize) -> Option<u64> {
    // Cargo appends `--bench`.
    std::env::args().skip(1).filter(|argument| argument != "--bench").nth(number)?.parse().ok()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let seconds = argument(0).unwrap_or(SECONDS_DEFAULT);
    let repetitions = argument(1).map_or(REPETITIONS_DEFAULT, |count| usize::try_from(count).unwrap_or(1));
    let studio = starts().await;
    studio.fund().await;

    let begin = std::time::Instant::now();
    let story = Story::tell(&studio).await;
    let whole = begin.elapsed().as_secs_f64() * 1e3;
    println!("{}", json!({"bench": "trust chain", "steps_ms": story.steps, "whole_ms": whole}));
    eprintln!("trust chain, from nothing to verified: {whole:.0} ms {}", json!(story.steps));

    let before = Usage::of(&studio);
    memory("after a chain of trust", &before);
    eprintln!(
        "{:<34} {:>3} {:>8} {:>9} {:>9} {:>9} {:>9} {:>7}",
        "case", "c", "2xx/s", "p50 ms", "p99 ms", "studio ms", "pg ms", "errors"
    );
    for case in Case::all(&story) {
        for clients in CLIENTS {
            // The first seconds warm caches and connections and are not counted.
            run(&studio, &case, clients, 1).await;
            let mut results = Vec::new();
            for _ in 0..repetitions {
                results.push(run(&studio, &case, clients, seconds).await);
            }
            report(case.name, clients, &results);
            let failed = results.iter().find(|one| one.per_second <= 0.0).map(|one| &one.example);
            assert!(failed.is_none(), "{}: nothing was answered as it should: {failed:?}", case.name);
        }
    }
    memory("after the load", &Usage::of(&studio));
    studio.end().await;
}

/// First start on an empty directory, then further ones on the same; the last is left running.
async fn starts() -> Running {
    let mut studio = Running::start(None).await;
    println!("{}", json!({"bench": "start", "start": "first", "ready_ms": studio.ready_ms}));
    eprintln!("first start, ready after {:.0} ms", studio.ready_ms);
    memory("after the first start", &Usage::of(&studio));
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let directory = studio.stop().await;
        studio = Running::start(Some(directory)).await;
        times.push(studio.ready_ms);
    }
    println!(
        "{}",
        json!({"bench": "start", "start": "further", "ready_ms": median(times.clone()), "all": times})
    );
    eprintln!("further starts, ready after {:.0} ms (median of {STARTS})", median(times));
    studio
}

fn memory(when: &str, usage: &Usage) {
    println!(
        "{}",
        json!({"bench": "memory", "when": when, "studio_mb": usage.studio_rss_mb,
        "studio_peak_mb": usage.studio_peak_mb, "postgres_mb": usage.postgres_pss_mb, "postgres_processes": usage.postgres_processes})
    );
    eprintln!(
        "memory {when}: studio {:.1} MB resident (peak {:.1}), postgres {:.1} MB in {} processes (shared pages counted once)",
        usage.studio_rss_mb, usage.studio_peak_mb, usage.postgres_pss_mb, usage.postgres_processes
    );
}

fn report(name: &str, clients: usize, results: &[load::clients::Outcome]) {
    let of = |pick: fn(&load::clients::Outcome) -> f64| median(results.iter().map(pick).collect());
    let (rate, p50, p99) = (of(|one| one.per_second), of(|one| one.p50_ms), of(|one| one.p99_ms));
    let (studio, postgres) = (of(|one| one.studio_cpu_ms), of(|one| one.postgres_cpu_ms));
    let rates: Vec<f64> = results.iter().map(|one| one.per_second).collect();
    let errors: u64 = results.iter().map(|one| one.errors).sum();
    let example = results.iter().find_map(|one| one.example.clone());
    println!(
        "{}",
        json!({"bench": "http", "case": name, "clients": clients, "ok_per_s": rate, "all_ok_per_s": rates, "p50_ms": p50, "p99_ms": p99,
            "studio_cpu_ms": studio, "postgres_cpu_ms": postgres, "errors": errors, "error": example})
    );
    eprintln!(
        "{name:<34} {clients:>3} {rate:>8.1} {p50:>9.2} {p99:>9.2} {studio:>9.3} {postgres:>9.3} {errors:>7} {}",
        example.unwrap_or_default()
    );
}
