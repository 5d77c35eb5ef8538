//! DID creations per second through the whole outbox: from the event that asked to the outcome in the read models. A
//! durable private Postgres, one worker, the devnet in this process or the node that `CHEQD_RPC_URL` names
//! (`CHEQD_MNEMONIC` pays), each on this same machine.
//!
//! Two rates are taken. *drain*: everything is accepted first, then the worker starts; what the outbox and the ledger give
//! together. *flow*: clients ask while the worker is at it; what a running Studio gives, accepting included.
//!
//! `cargo bench -p studio --bench outbox -- [DIDs of a batched run] [DIDs of a single run]`; JSON lines on standard output,
//! a table on standard error.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a bench measures, prints and fails at once"
)]

use app::{
    Call,
    did::{CreateDid, IdentifierFormat, NewDocument, VerificationMethodType},
};
use devnet::{BlockMode, DevnetConfig, FAUCET_MNEMONIC};
use domain::{
    did::DidLabel,
    id::{CustomerId, Ncheq, Network},
};
use ledger::Faucet;
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};
use studio::{
    Config, House,
    adapter::system::SystemClock,
    background::{self, Roles},
    tenant,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vault::MasterKey;

/// Creations of a batched run, unless the first argument says otherwise.
const BATCHED_DEFAULT: usize = 2_000;
/// Creations of a run of single transactions, unless the second argument says otherwise.
const SINGLE_DEFAULT: usize = 400;
/// Clients that ask at a time.
const CLIENTS: usize = 32;
/// Time between blocks of the devnet: the pace of the real node's chain in `docs/conformance.md`.
const BLOCK_TIME: Duration = Duration::from_millis(250);
/// What each payer gets: enough for every run.
const FUNDS: Ncheq = Ncheq(1_000_000 * 1_000_000_000);
/// A write that names a limit is kept out of batches; this one never binds.
const FEE_LIMIT: Ncheq = Ncheq(1_000 * 1_000_000_000);
/// How often the end of a run is looked for.
const LOOK: Duration = Duration::from_millis(20);

fn argument(number: usize) -> Option<usize> {
    // Cargo appends `--bench`.
    std::env::args().skip(1).filter(|argument| argument != "--bench").nth(number)?.parse().ok()
}

/// User and system time of this process, in seconds.
fn processor_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks =
        |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

struct Rig {
    house: House,
    customers: Vec<CustomerId>,
    ledger: String,
}

impl Rig {
    fn call(&self, customer: CustomerId, alone: bool) -> Call {
        let id = self.house.studio.ids.next();
        Call {
            who: app::Principal::unbounded(customer, app::Actor::Operator),
            command_id: id,
            correlation_id: id,
            traceparent: None,
            at: self.house.studio.clock.now(),
            wait_seconds: 0,
            dry_run: false,
            fee_max: alone.then_some(FEE_LIMIT),
            desk: app::Desk::default(),
        }
    }

    /// Asks for `count` DIDs, spread over the payers, and returns when all are accepted.
    async fn ask(self: &Arc<Self>, payers: usize, count: usize, alone: bool) {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let rig = Arc::clone(self);
            clients.spawn(async move {
                for number in (client..count).step_by(CLIENTS) {
                    let customer = rig.customers[number % payers];
                    let input = CreateDid {
                        document: NewDocument::Template {
                            network: Network::Testnet,
                            identifier: IdentifierFormat::Uuid,
                            services: Vec::new(),
                            contexts: Vec::new(),
                            assertion_method: true,
                        },
                        method: VerificationMethodType::Ed25519VerificationKey2020,
                        key: None,
                        label: DidLabel::default(),
                    };
                    app::did::create(&rig.house.studio, &rig.call(customer, alone), input)
                        .await
                        .expect("accepted");
                }
            });
        }
        clients.join_all().await;
    }

    async fn count(&self, condition: &str) -> i64 {
        sqlx::query_scalar(&format!("select count(*) from outbox.ops where {condition}"))
            .fetch_one(&self.house.pool)
            .await
            .expect("a count")
    }

    /// Returns when as many operations as that have ended and the read models show it.
    async fn ended(&self, count: i64) {
        while self.count("state in ('confirmed', 'failed', 'cancelled', 'dead')").await < count {
            tokio::time::sleep(LOOK).await;
        }
        self.house.studio.outcomes.all_visible().await.expect("followers catch up");
    }

    async fn run(self: &Arc<Self>, payers: usize, count: usize, alone: bool, accept_first: bool) {
        let before = self.count("true").await;
        let txs: i64 = self.transactions().await;
        let goal = before + i64::try_from(count).expect("small");
        let stop = CancellationToken::new();
        let roles = Roles { followers: false, workers: 1 };
        let (started, processor, mut parts) = if accept_first {
            self.ask(payers, count, alone).await;
            self.house.studio.outcomes.all_visible().await.expect("followers catch up");
            while self.count("true").await < goal {
                tokio::time::sleep(LOOK).await;
            }
            let now = (Instant::now(), processor_seconds());
            (now.0, now.1, background::start(&self.house, roles, &stop).await.expect("a worker"))
        } else {
            let parts = background::start(&self.house, roles, &stop).await.expect("a worker");
            let now = (Instant::now(), processor_seconds());
            self.ask(payers, count, alone).await;
            (now.0, now.1, parts)
        };
        self.ended(goal).await;
        let (seconds, processor) = (started.elapsed().as_secs_f64(), processor_seconds() - processor);
        stop.cancel();
        while parts.join_next().await.is_some() {}
        let failed = self.count("state in ('failed', 'cancelled', 'dead')").await;
        let txs = self.transactions().await - txs;
        let (rate, shape) = (count as f64 / seconds, if alone { "single" } else { "batched" });
        let what = if accept_first { "drain" } else { "flow" };
        let ledger = &self.ledger;
        let line = json!({"bench": "outbox", "ledger": ledger, "what": what, "shape": shape, "payers": payers,
            "dids": count, "seconds": seconds, "per_second": rate, "transactions": txs, "failed": failed,
            "studio_cpu_ms_per_did": processor * 1e3 / count as f64});
        println!("{line}");
        eprintln!(
            "{ledger:<7} {what:<6} {shape:<8} payers={payers} {count:>5} DIDs in {seconds:>6.2} s {rate:>7.1}/s  {txs:>4} transactions  {:.2} ms CPU each  failed {failed}",
            processor * 1e3 / count as f64
        );
    }

    async fn transactions(&self) -> i64 {
        sqlx::query_scalar("select count(*) from outbox.txs")
            .fetch_one(&self.house.pool)
            .await
            .expect("a count")
    }
}

#[tokio::main]
async fn main() {
    let (_directory, server, pool) = store::testing::bench_server().await;

    let node = std::env::var("CHEQD_RPC_URL").ok().filter(|url| !url.is_empty());
    let mnemonic = match node {
        Some(_) => std::env::var("CHEQD_MNEMONIC").expect("CHEQD_MNEMONIC names who pays"),
        None => FAUCET_MNEMONIC.to_owned(),
    };
    let clock = Arc::new(|| app::port::Clock::now(&SystemClock));
    let config = DevnetConfig { blocks: BlockMode::Every(BLOCK_TIME), ..DevnetConfig::new(clock) };
    let devnet = match node {
        Some(_) => None,
        None => Some(devnet::start(config).await.expect("devnet starts")),
    };
    let ledger = if node.is_some() { "node" } else { "devnet" }.to_owned();
    let url = node.or_else(|| devnet.as_ref().map(devnet::Handle::url)).expect("a ledger");
    let environment = BTreeMap::from([("TESTNET_RPC_URL".to_owned(), url)]);
    let config = Config::from_map(&environment).expect("a configuration");
    let house = House::open(config, pool, MasterKey::generate()).await.expect("a house");
    let stop = CancellationToken::new();
    let roles = Roles { followers: true, workers: 0 };
    let mut followers = background::start(&house, roles, &stop).await.expect("followers");
    let faucet = Faucet::from_mnemonic(&mnemonic).expect("a mnemonic");
    let mut customers = Vec::new();
    for number in 0..4 {
        let registered = tenant::register(&house, &format!("payer {number}")).await.expect("a customer");
        let payer = registered.payers.iter().find(|payer| payer.network == Network::Testnet);
        let payer = &payer.expect("a testnet payer").address;
        faucet.top_up(&*house.studio.chain, Network::Testnet, payer, FUNDS, FUNDS).await.expect("funds");
        customers.push(registered.customer);
    }
    let rig = Arc::new(Rig { house, customers, ledger });
    let batched = argument(0).unwrap_or(BATCHED_DEFAULT);
    let single = argument(1).unwrap_or(SINGLE_DEFAULT);
    // The first of a lane pays for what the later ones remember.
    rig.run(4, CLIENTS, false, true).await;
    for accept_first in [true, false] {
        for payers in [1, 4] {
            rig.run(payers, batched, false, accept_first).await;
            rig.run(payers, single, true, accept_first).await;
        }
    }
    stop.cancel();
    while followers.join_next().await.is_some() {}
    drop(devnet);
    server.stop().await.expect("Postgres stops");
}
