//! What it costs to let a request in: whose API key it is, whether he may, and a place among his work, against the same request
//! without all that.
//!
//! Over a private Postgres with the real adapters, in this process and on one thread, so that the thread's own processor time
//! says what a request takes to the nanosecond. The identity provider that is configured answers nobody: keys never ask for it.
//!
//! - *admission*: the steps alone, as both doors take them (`porch::identify`, the act's scope, a place).
//! - *request*: a whole request through the router whose handler has next to nothing to do (`GET /account/idtoken` with a key).
//! - *open*: the same through the router to a handler that wants no key (`GET /health/live`).
//!
//! `cargo bench -p studio --bench admission -- [requests per measurement] [repetitions]`; JSON lines on standard output, a table on
//! standard error. Fails if an admission takes more than its bound.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "a bench measures, prints and fails at once"
)]

use app::{
    act,
    budget::{Caller, Work},
};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode},
};
use porch::Client;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, Ipv4Addr},
};
use studio::{
    Config, House,
    background::{self, Roles},
    command::router,
    tenant,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use vault::MasterKey;

/// The most processor time that letting a request in may take, in microseconds.
const ADMISSION_MICROSECONDS_MAX: f64 = 30.0;
/// Requests of a measurement, unless the first argument says otherwise.
const REQUESTS_DEFAULT: usize = 20_000;
/// Measurements of each kind, unless the second argument says otherwise; the median counts.
const REPETITIONS_DEFAULT: usize = 9;
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Where requests come from.
const FROM: Client = Client(IpAddr::V4(Ipv4Addr::LOCALHOST));

fn argument(number: usize) -> Option<usize> {
    // Cargo appends `--bench`.
    std::env::args().skip(1).filter(|argument| argument != "--bench").nth(number)?.parse().ok()
}

/// What this thread has had of a processor, in nanoseconds.
fn processor_nanoseconds() -> u64 {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    stat.split(' ').next().and_then(|text| text.parse().ok()).expect("a number")
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Admission,
    Request,
    Open,
}

struct Rig {
    house: House,
    router: Router,
}

impl Rig {
    /// Letting one request in: what a door asks before its handler runs.
    async fn admit(&self, headers: &HeaderMap) {
        let (studio, budget) = (&self.house.studio, &self.house.budget);
        let known = porch::identify(studio, budget, &Method::GET, headers, FROM).await.expect("a key");
        known.who.may(&act::ACCOUNT_READ, None).expect("it may read");
        porch::head::is_plain(headers).expect("plain headers");
        let caller = Caller::Tenant(known.who.customer);
        drop(budget.enter(Work::Read, caller).await.expect("a place"));
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path).header("host", "localhost:3000");
        if let Some(key) = key {
            request = request.header(porch::head::API_KEY_HEADER, key);
        }
        let request = match body {
            Some(body) => {
                request.header("content-type", "application/json").body(Body::from(body.to_string()))
            }
            None => request.body(Body::empty()),
        };
        let answer = self.router.clone().oneshot(request.expect("a request")).await.expect("an answer");
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await.expect("a body");
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// Processor time of one, in microseconds.
    async fn measure(&self, kind: Kind, key: &str, requests: usize) -> f64 {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("localhost:3000"));
        headers.insert(porch::head::API_KEY_HEADER, HeaderValue::from_str(key).expect("a key"));
        let before = processor_nanoseconds();
        for _ in 0..requests {
            match kind {
                Kind::Admission => self.admit(&headers).await,
                Kind::Request => {
                    let (status, _) = self.ask(Method::GET, "/account/idtoken", Some(key), None).await;
                    assert_eq!(status, StatusCode::BAD_REQUEST, "a key has no ID token");
                }
                Kind::Open => {
                    let (status, _) = self.ask(Method::GET, "/health/live", None, None).await;
                    assert_eq!(status, StatusCode::OK);
                }
            }
        }
        (processor_nanoseconds() - before) as f64 / 1e3 / requests as f64
    }

    /// A key that is bound in every way that a key can be.
    async fn bounded_key(&self, key: &str) -> String {
        let body = json!({
            "name": "bounded", "networks": ["testnet"], "allowedAddresses": ["10.0.0.0/8", "192.0.2.0/24", "127.0.0.0/8"],
            "scopes": ["read:account", "create:did:testnet", "update:did:testnet"],
        });
        let (status, answer) = self.ask(Method::POST, "/admin/api-key/create", Some(key), Some(&body)).await;
        assert!(status.is_success(), "{answer}");
        answer["apiKey"].as_str().expect("a secret").to_owned()
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

async fn measure(rig: &Rig, which: &str, key: &str) -> f64 {
    let requests = argument(0).unwrap_or(REQUESTS_DEFAULT);
    let repetitions = argument(1).unwrap_or(REPETITIONS_DEFAULT);
    let kinds = [Kind::Admission, Kind::Request, Kind::Open];
    let mut seen: [Vec<f64>; 3] = Default::default();
    // One after the other, so that what the machine does otherwise meets all alike; the first round warms up.
    for round in 0..=repetitions {
        for (kind, seen) in kinds.into_iter().zip(&mut seen) {
            let each = rig.measure(kind, key, requests).await;
            if round > 0 {
                seen.push(each);
            }
        }
    }
    let [admission, request, open] = seen.map(median);
    println!(
        "{}",
        json!({"bench": "admission", "key": which, "requests": requests, "repetitions": repetitions, "admission_us": admission,
            "request_us": request, "open_us": open, "difference_us": request - open})
    );
    eprintln!(
        "{which:<10} admission {admission:>6.2} µs   request {request:>6.2} µs   open {open:>6.2} µs   difference {:>6.2} µs",
        request - open
    );
    admission.max(request - open)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (_directory, server, pool) = store::testing::bench_server().await;

    // Nobody listens at either address: a provider and a node that are switched off.
    let variables = [
        ("TESTNET_RPC_URL", "http://127.0.0.1:9"),
        ("OIDC_ISSUER_URL", "http://127.0.0.1:9"),
        ("OIDC_CLIENT_ID", "studio"),
    ];
    let variables: BTreeMap<String, String> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let config = Config::from_map(&variables).expect("a configuration");
    let house = House::open(config, pool, MasterKey::generate()).await.expect("house opens");
    let stop = CancellationToken::new();
    let roles = Roles { followers: true, workers: 0 };
    let mut parts = background::start(&house, roles, &stop).await.expect("followers");
    let rig = Rig { router: router(&house), house };
    let key =
        tenant::register(&rig.house, "Bench").await.expect("a customer").api_key.secret.expect("a secret");
    let bounded = rig.bounded_key(&key).await;
    stop.cancel();
    while parts.join_next().await.is_some() {}

    let costs = [measure(&rig, "unbounded", &key).await, measure(&rig, "bounded", &bounded).await];
    assert!(
        costs.iter().all(|cost| *cost <= ADMISSION_MICROSECONDS_MAX),
        "letting a request in takes more than {ADMISSION_MICROSECONDS_MAX} µs: {costs:?}"
    );
    drop(rig);
    server.stop().await.expect("Postgres stops");
}
