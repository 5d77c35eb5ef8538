//! What one caller's flood costs another: a tenant's `GET /account` and `/health/live`, quiet and while somebody floods.
//!
//! Starts the release binary as `studio up` with its devnet, makes a second customer, and lets the first one (or nobody in
//! particular) flood from this same machine. Prints p50 and p99 of the second one's requests and the ratio to quiet times of
//! the same run; where a flood is gated, fails if a request of the second one does, or if its p99 is five times the quiet one.
//!
//! `cargo bench -p studio --bench flood -- [seconds per measurement [words of a flood's name]]`; JSON lines on standard output, a table on standard
//! error. Attackers and victim share the processors with Studio, so the ratio is an upper bound.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench measures, prints and fails at once"
)]

#[path = "flood/attack.rs"]
mod attack;
#[path = "load/process.rs"]
mod process;

use attack::{Attack, customer};
use process::{Running, Usage};
use reqwest::Client;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Length of one measurement unless the first argument says otherwise.
const SECONDS_DEFAULT: u64 = 10;
/// The most that a flood may cost another tenant: p99 of `/account` over its quiet value.
const RATIO_MAX: f64 = 5.0;

struct Latency {
    p50_ms: f64,
    p99_ms: f64,
    requests: usize,
    failed: usize,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    // Cargo appends `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(SECONDS_DEFAULT);
    let seconds = Duration::from_secs(seconds);
    let studio = Running::start(None).await;
    eprintln!("ready after {:.0} ms", studio.ready_ms);
    studio.fund().await;
    let victim = customer(&studio, "Victim");
    eprintln!(
        "{:<44} {:<14} {:>8} {:>9} {:>9} {:>7} {:>7}",
        "flood", "asked", "requests", "p50 ms", "p99 ms", "ratio", "failed"
    );
    let (mut broken, mut measured) = (Vec::new(), 0);
    let wanted = arguments.next().unwrap_or_default();
    for attack in Attack::ALL.into_iter().filter(|attack| attack.name().contains(&wanted)) {
        let quiet = both(&studio, &victim, seconds).await;
        let stop = CancellationToken::new();
        let attackers = attack.begin(&studio, &stop).await;
        let flooded = both(&studio, &victim, seconds).await;
        stop.cancel();
        attackers.join_all().await;
        attack.end(&studio).await;
        for (asked, (quiet, flooded)) in
            ["/account", "/health/live"].into_iter().zip(quiet.iter().zip(&flooded))
        {
            let ratio = report(attack.name(), asked, quiet, flooded);
            assert_eq!(quiet.failed, 0, "{asked} failed in the quiet");
            measured += 1;
            let is_gated = attack.is_gated() && asked == "/account";
            if (attack.is_gated() && flooded.failed > 0) || (is_gated && ratio >= RATIO_MAX) {
                broken.push(format!(
                    "{} {asked}: ratio {ratio:.1}, {} failed",
                    attack.name(),
                    flooded.failed
                ));
            }
        }
    }
    let usage = Usage::of(&studio);
    eprintln!(
        "studio {:.1} MB resident (peak {:.1}, {:.0} ms of processor time), postgres {:.1} MB in {} processes ({:.0} ms)",
        usage.studio_rss_mb,
        usage.studio_peak_mb,
        usage.studio_cpu_ms,
        usage.postgres_pss_mb,
        usage.postgres_processes,
        usage.postgres_cpu_ms
    );
    studio.end().await;
    assert!(measured > 0, "no flood is called {wanted}");
    assert!(broken.is_empty(), "somebody else paid for a flood:\n{}", broken.join("\n"));
}

async fn both(studio: &Running, key: &str, time: Duration) -> [Latency; 2] {
    let account = latency(studio, "/account", Some(key), time / 2).await;
    let live = latency(studio, "/health/live", None, time / 2).await;
    [account, live]
}

/// One client that asks again as soon as it is answered, over new connections every now and then.
async fn latency(studio: &Running, path: &str, key: Option<&str>, time: Duration) -> Latency {
    let mut times = Vec::new();
    let mut failed = 0;
    let begin = Instant::now();
    let mut http = Client::new();
    while begin.elapsed() < time {
        if times.len() % 50 == 0 {
            http = Client::new();
        }
        let mut request = http.get(format!("{}{path}", studio.base));
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        let asked = Instant::now();
        let is_served = match request.send().await {
            Ok(answer) => answer.status() == 200 && answer.bytes().await.is_ok(),
            Err(_) => false,
        };
        failed += usize::from(!is_served);
        times.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    Latency { p50_ms: at(0.5), p99_ms: at(0.99), requests: times.len(), failed }
}

fn report(flood: &str, asked: &str, quiet: &Latency, flooded: &Latency) -> f64 {
    let ratio = flooded.p99_ms / quiet.p99_ms;
    println!(
        "{}",
        json!({"bench": "flood", "flood": flood, "asked": asked, "quiet_p50_ms": quiet.p50_ms, "quiet_p99_ms": quiet.p99_ms,
            "p50_ms": flooded.p50_ms, "p99_ms": flooded.p99_ms, "p99_ratio": ratio, "requests": flooded.requests,
            "failed": flooded.failed + quiet.failed})
    );
    eprintln!(
        "{:<44} {asked:<14} {:>8} {:>9.2} {:>9.2} {:>7} {:>7}",
        "quiet", quiet.requests, quiet.p50_ms, quiet.p99_ms, "", quiet.failed
    );
    eprintln!(
        "{flood:<44} {asked:<14} {:>8} {:>9.2} {:>9.2} {ratio:>7.1} {:>7}",
        flooded.requests, flooded.p50_ms, flooded.p99_ms, flooded.failed
    );
    ratio
}
