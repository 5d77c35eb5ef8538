//! Closed-loop clients: each sends its next request when the last one is answered.

use super::{
    process::{Running, Usage},
    story::{Story, credential_body, did_body, with_status},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Text of a failed answer that is shown, in characters.
const EXAMPLE_MAX: usize = 160;

/// One kind of request, the same each time.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    method: Method,
    path: String,
    body: Option<Value>,
    /// Text a good answer holds, beside a status of 2xx.
    good: &'static str,
}

impl Case {
    /// Everything that is measured.
    pub(crate) fn all(story: &Story) -> Vec<Self> {
        let post = |name, path: &str, body: Value, good| Self {
            name,
            method: Method::POST,
            path: path.to_owned(),
            body: Some(body),
            good,
        };
        let get = |name, path: &str, good| Self {
            name,
            method: Method::GET,
            path: path.to_owned(),
            body: None,
            good,
        };
        let plain = credential_body(&story.issuer, &story.schema);
        let mut under = plain.clone();
        under["termsOfUse"] = story.terms.clone();
        let chain = json!({"didUrl": story.accreditation, "subjectDid": story.issuer, "rootAuthorization": story.root});
        let chain_path = "/trust-registry/accreditation/verify";
        let verify = |jwt: &str| json!({"credential": jwt});
        vec![
            get("GET /health/live", "/health/live", ""),
            get("GET /account", "/account", "customer"),
            get("GET /did/list", "/did/list?page=1&limit=10", "dids"),
            get("GET /credentials/issued", "/credentials/issued?page=1&limit=10", "credentials"),
            post("issue VC-JWT", "/credential/issue", plain.clone(), "jwt"),
            post("issue VC-JWT + status index", "/credential/issue", with_status(plain), "jwt"),
            post("verify VC-JWT", "/credential/verify", verify(&story.jwt), "\"verified\":true"),
            post(
                "verify VC-JWT + status",
                "/credential/verify?verifyStatus=true",
                verify(&story.jwt_with_status),
                "\"verified\":true",
            ),
            post(
                "verify VC-JWT + trust chain",
                "/credential/verify?verifyTrustChain=true",
                verify(&story.jwt_with_chain),
                "\"verified\":true",
            ),
            post("verify accreditation, 3 hops", chain_path, chain, "\"verified\":true"),
            post("DID create", "/did/create", did_body(), "did:cheqd:testnet:"),
        ]
    }
}

/// What one measurement gave; processor times are per good answer.
pub(crate) struct Outcome {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) studio_cpu_ms: f64,
    pub(crate) postgres_cpu_ms: f64,
    pub(crate) errors: u64,
    pub(crate) example: Option<String>,
}

#[derive(Default)]
struct Tally {
    times: Vec<Duration>,
    errors: u64,
    example: Option<String>,
}

/// Runs a case for so many seconds.
pub(crate) async fn run(studio: &Running, case: &Case, clients: usize, seconds: u64) -> Outcome {
    let before = Usage::of(studio);
    let begin = Instant::now();
    let until = begin + Duration::from_secs(seconds);
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let mut request = studio.http.request(case.method.clone(), format!("{}{}", studio.base, case.path));
        request = request.header("x-api-key", &studio.key);
        if let Some(body) = &case.body {
            request = request.json(body);
        }
        tasks.spawn(client(request, case.good, until));
    }
    let mut all = Tally::default();
    while let Some(done) = tasks.join_next().await {
        let mut one = done.expect("a client");
        all.times.append(&mut one.times);
        all.errors += one.errors;
        all.example = all.example.or(one.example);
    }
    let elapsed = begin.elapsed().as_secs_f64();
    let after = Usage::of(studio);
    all.times.sort_unstable();
    let good = all.times.len().max(1) as f64;
    Outcome {
        per_second: all.times.len() as f64 / elapsed,
        p50_ms: share(&all.times, 50),
        p99_ms: share(&all.times, 99),
        studio_cpu_ms: (after.studio_cpu_ms - before.studio_cpu_ms) / good,
        postgres_cpu_ms: (after.postgres_cpu_ms - before.postgres_cpu_ms) / good,
        errors: all.errors,
        example: all.example,
    }
}

/// At least one request, then on until the time is over.
async fn client(request: reqwest::RequestBuilder, good: &'static str, until: Instant) -> Tally {
    let mut tally = Tally::default();
    loop {
        let begin = Instant::now();
        match send(request.try_clone().expect("a body in memory"), good).await {
            Ok(()) => tally.times.push(begin.elapsed()),
            Err(why) => {
                tally.errors += 1;
                tally.example.get_or_insert(why);
            }
        }
        if Instant::now() >= until {
            return tally;
        }
    }
}

async fn send(request: reqwest::RequestBuilder, good: &str) -> Result<(), String> {
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| error.to_string())?;
    if status.is_success() && text.contains(good) {
        return Ok(());
    }
    Err(format!("{status} {}", text.chars().take(EXAMPLE_MAX).collect::<String>()))
}

/// The time that so many per cent of the answers did not exceed, in milliseconds.
fn share(sorted: &[Duration], per_cent: usize) -> f64 {
    let index = (sorted.len() * per_cent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}
