//! Appends per second through the real command path, against a raw single-statement insert of the same bytes into a bare
//! table of the same database: the ratio in one run is what counts. Durable private Postgres, sequencer running.
//!
//! `cargo bench -p studio-store --bench append`; JSON lines on standard output, a table on standard error.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a bench measures, prints and fails at once"
)]

use app::{
    Actor,
    port::{Execute, Ids, Meta},
};
use domain::{Aggregate, Refusal, RefusalClass, id::CustomerId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::{
    fs,
    future::Future,
    io::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use store::{EventStoreCommands, Progress, Sequencer};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Closed-loop clients.
const CLIENTS: [usize; 3] = [1, 16, 64];
/// Interleaved repetitions; the median counts.
const REPETITIONS: usize = 5;
/// Length of one repetition of one shape.
const SECONDS: u64 = 2;
/// Commands a client sends to one stream before it takes a new one.
const STREAM_EVENTS: u64 = 10;
/// Text of one event, in bytes.
const NOTE_BYTES: usize = 300;
/// Disk syncs timed for the record.
const SYNCS: usize = 200;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Ledger {
    entries: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum LedgerEvent {
    Noted { note: String },
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("never")]
struct Never;

impl Refusal for Never {
    fn code(&self) -> &'static str {
        "bench/never"
    }
    fn class(&self) -> RefusalClass {
        RefusalClass::Conflict
    }
}

impl domain::Event for LedgerEvent {
    fn kind(&self) -> &'static str {
        "Noted"
    }
}

impl Aggregate for Ledger {
    const TYPE: &'static str = "bench";
    type Command = String;
    type Event = LedgerEvent;
    type Refusal = Never;

    fn decide(&self, note: String) -> Result<Vec<LedgerEvent>, Never> {
        Ok(vec![LedgerEvent::Noted { note }])
    }

    fn evolve(&mut self, LedgerEvent::Noted { .. }: &LedgerEvent) {
        self.entries += 1;
    }
}

/// Ids from a counter: the same in every run, and as close together as `UUIDv7`s of one moment.
struct Counted(AtomicU64);

impl Ids for Counted {
    fn next(&self) -> Uuid {
        Uuid::from_u128((0xbe_u128 << 120) | u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
    fn random(&self) -> u32 {
        u32::try_from(self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(2_654_435_761) >> 32).unwrap_or(7)
    }
}

/// What one repetition gave.
#[derive(Debug, Clone)]
struct Sample {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    errors: u64,
}

#[derive(Clone)]
struct Rig {
    ids: Arc<Counted>,
    commands: EventStoreCommands,
    plain: PgPool,
    note: String,
}

impl Rig {
    fn meta(&self) -> Meta {
        Meta {
            command_id: self.ids.next(),
            correlation_id: self.ids.next(),
            causation_id: None,
            customer: CustomerId(Uuid::from_u128(7)),
            actor: Actor::Studio("bench".to_owned()),
            traceparent: None,
            occurred_at: domain::id::Instant::from_timestamp(1_767_225_600, 0).expect("an instant"),
            keys_used: Vec::new(),
        }
    }

    async fn append(&self, stream: &str) -> bool {
        Execute::<Ledger>::execute(&self.commands, stream, self.note.clone(), self.meta()).await.is_ok()
    }

    /// The same columns and bytes, no trigger, no order, no idempotency.
    async fn insert(&self) -> bool {
        let id = self.ids.next();
        let metadata = json!({"eventId": id, "commandId": self.ids.next(), "commandIndex": "0", "correlationId": self.ids.next(),
            "customer": Uuid::from_u128(7), "actor": "studio:bench", "occurredAt": "2026-01-01T00:00:00Z"});
        sqlx::query(
            "insert into bench.raw (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
             values ($1, $2, 1, 'Noted', '1', $3, $4)",
        )
        .bind(Ledger::TYPE)
        .bind(id.to_string())
        .bind(json!({"Noted": {"note": self.note}}))
        .bind(metadata)
        .execute(&self.plain)
        .await
        .is_ok()
    }
}

/// Closed-loop clients for [`SECONDS`]; `work` gets the client's number and its turn.
async fn load<F, Fut>(clients: usize, work: F) -> Sample
where
    F: Fn(usize, u64) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = bool> + Send,
{
    let started = Instant::now();
    let until = started + Duration::from_secs(SECONDS);
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let work = work.clone();
        tasks.spawn(async move {
            let (mut times, mut errors) = (Vec::new(), 0);
            for turn in 0.. {
                let begin = Instant::now();
                if begin >= until {
                    break;
                }
                if work(client, turn).await {
                    times.push(begin.elapsed());
                } else {
                    errors += 1;
                }
            }
            (times, errors)
        });
    }
    let (mut times, mut errors) = (Vec::new(), 0);
    while let Some(done) = tasks.join_next().await {
        let (mine, failed) = done.expect("a client");
        times.extend(mine);
        errors += failed;
    }
    let seconds = started.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index within the list"
        )]
        let index = (times.len() as f64 * share) as usize;
        times.get(index.min(times.len().saturating_sub(1))).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    Sample { per_second: times.len() as f64 / seconds, p50_ms: at(0.5), p99_ms: at(0.99), errors }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn report(shape: &str, clients: usize, samples: &[Sample], raw: Option<f64>) -> f64 {
    let rates: Vec<f64> = samples.iter().map(|sample| sample.per_second).collect();
    let rate = median(rates.clone());
    let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let most = rates.iter().copied().fold(0.0, f64::max);
    let p50 = median(samples.iter().map(|sample| sample.p50_ms).collect());
    let p99 = median(samples.iter().map(|sample| sample.p99_ms).collect());
    let errors: u64 = samples.iter().map(|sample| sample.errors).sum();
    let ratio = raw.map(|raw| rate / raw);
    let line = json!({"bench": "append", "shape": shape, "clients": clients, "events_per_s": rate, "min": least,
        "max": most, "p50_ms": p50, "p99_ms": p99, "errors": errors, "ratio_to_raw": ratio, "repetitions": samples.len()});
    println!("{line}");
    let ratio = ratio.map(|ratio| format!("{:>6.0} %", ratio * 100.0)).unwrap_or_default();
    eprintln!(
        "{shape:<28} c={clients:<3} {rate:>8.0}/s ({least:.0}–{most:.0})  p50 {p50:>6.2} ms  p99 {p99:>6.2} ms  errors {errors} {ratio}"
    );
    rate
}

/// The machine's disk, as an upper bound of one serial writer.
fn disk_sync_ms(directory: &Path) -> f64 {
    let path = directory.join("sync-probe");
    let mut file = fs::File::create(&path).expect("a file");
    let times = (0..SYNCS).map(|_| {
        let begin = Instant::now();
        file.write_all(&[7; 8192]).and_then(|()| file.sync_data()).expect("a sync");
        begin.elapsed().as_secs_f64() * 1e3
    });
    let result = median(times.collect());
    fs::remove_file(path).expect("removed");
    result
}

#[tokio::main]
async fn main() {
    let (directory, server, pool) = store::testing::bench_server().await;
    let facts: (String, String) =
        sqlx::query_as("select version(), current_setting('fsync')").fetch_one(&pool).await.expect("facts");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let machine = json!({"bench": "machine", "cores": cores, "postgres": facts.0, "fsync": facts.1,
        "disk_sync_ms": disk_sync_ms(directory.path()), "connections": store::pool::CONNECTIONS_DEFAULT});
    println!("{machine}");
    eprintln!("{machine}");

    sqlx::raw_sql(
        "create schema bench; create table bench.raw (aggregate_type text, aggregate_id text,
           sequence bigint, event_type text, event_version text, payload json, metadata json,
           primary key (aggregate_type, aggregate_id, sequence))",
    )
    .execute(&pool)
    .await
    .expect("the bare table");
    let progress = Progress::new(pool.clone());
    let stop = CancellationToken::new();
    let sequencer = Sequencer::new(pool.clone(), progress.clone(), "bench");
    let stopping = stop.clone();
    let sequencing = tokio::spawn(async move { sequencer.run(stopping).await });
    let ids = Arc::new(Counted(AtomicU64::new(1)));
    let commands = EventStoreCommands::new(pool.clone(), progress.clone(), Arc::clone(&ids) as Arc<dyn Ids>);
    let plain = PgPoolOptions::new()
        .max_connections(store::pool::CONNECTIONS_DEFAULT)
        .test_before_acquire(false)
        .connect_with(server.connect_options())
        .await
        .expect("a plain pool");
    let note = "n".repeat(NOTE_BYTES);
    let rig = Rig { ids, commands, plain, note };
    for clients in CLIENTS {
        measure(&rig, clients).await;
    }
    stop.cancel();
    sequencing.await.expect("the sequencer ends");
    let (events, positions): (i64, i64) =
        sqlx::query_as("select (select count(*) from es.events), (select count(*) from es.log)")
            .fetch_one(&pool)
            .await
            .expect("counts");
    eprintln!("{events} events appended, {positions} sequenced by the end");
    pool.close().await;
    rig.plain.close().await;
    server.stop().await.expect("Postgres stops");
}

/// All shapes at this number of clients, interleaved.
async fn measure(rig: &Rig, clients: usize) {
    let (mut raw, mut fresh, mut grown, mut hot) = (vec![], vec![], vec![], vec![]);
    for repetition in 0..REPETITIONS {
        let mine = rig.clone();
        raw.push(
            load(clients, move |_, _| {
                let rig = mine.clone();
                async move { rig.insert().await }
            })
            .await,
        );
        let mine = rig.clone();
        fresh.push(
            load(clients, move |client, turn| {
                let rig = mine.clone();
                async move { rig.append(&format!("fresh-{clients}-{repetition}-{client}-{turn}")).await }
            })
            .await,
        );
        let mine = rig.clone();
        grown.push(
            load(clients, move |client, turn| {
                let rig = mine.clone();
                let stream = turn / STREAM_EVENTS;
                async move { rig.append(&format!("grown-{clients}-{repetition}-{client}-{stream}")).await }
            })
            .await,
        );
        if clients > 1 {
            let mine = rig.clone();
            hot.push(
                load(clients, move |_, turn| {
                    let rig = mine.clone();
                    let stream = turn / STREAM_EVENTS;
                    async move { rig.append(&format!("hot-{clients}-{repetition}-{stream}")).await }
                })
                .await,
            );
        }
    }
    let base = report("raw insert", clients, &raw, None);
    report("append, new streams", clients, &fresh, Some(base));
    report("append, streams of 10", clients, &grown, Some(base));
    if clients > 1 {
        report("append, all on one stream", clients, &hot, Some(base));
    }
}
