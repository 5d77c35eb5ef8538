//! 200 mixed ledger writes while the real binary is killed at every crash point and at random moments. Afterwards the
//! ledger holds exactly 200 effects, every fee was paid once, and the read models equal a cold rebuild.

mod first_visit;

use crate::{
    node::{FAUCET, Node},
    patience::{Deadline, ended},
};
use domain::id::{Did, Ncheq, Network};
use projections::Projections;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use store::{outbox, testing::TestDatabase};
use studio::{
    Config, House,
    background::{self, Roles},
    tenant,
};
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;
use vault::MasterKey;

/// Each group is four writes under one DID of its own.
const GROUPS: usize = 50;
const WRITES_PER_GROUP: usize = 4;
const CLIENTS: usize = 10;
/// Looks, 50 ms apart, for a process to reach its crash point; a loaded machine needs many.
const LOOKS_MAX: usize = 1_800;
/// Writes that must come about between two kills.
const WRITES_PER_LIFE: usize = 12;
pub const MASTER: &str = "8f1c3b5a7d9e0f2143658709badcfe10a1b2c3d4e5f60718293a4b5c6d7e8f90";

/// The seed that the variable names, or a random one.
#[expect(clippy::disallowed_methods, reason = "the caller may want an earlier run again")]
pub fn seed(variable: &str) -> u64 {
    std::env::var(variable).ok().map_or_else(rand::random, |text| text.parse().expect("a seed is a number"))
}

/// A Studio process on a fixed port.
pub struct Server {
    pub env: Vec<(String, String)>,
    pub child: Option<Child>,
}

impl Server {
    pub fn start(&mut self, crash_at: Option<&str>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_studio"));
        command.arg("serve").envs(self.env.iter().cloned()).stdout(Stdio::null()).stderr(Stdio::null());
        match crash_at {
            Some(point) => command.env("STUDIO_CRASH_AT", point),
            None => command.env_remove("STUDIO_CRASH_AT"),
        };
        self.child = Some(command.spawn().expect("the binary starts"));
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            child.wait().expect("it ends");
        }
    }

    /// Whether it ended by itself.
    pub fn is_dead(&mut self) -> bool {
        self.child.as_mut().is_none_or(|child| child.try_wait().expect("its state").is_some())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Looks at the operation of a 202 until it is over.
async fn follow(http: &reqwest::Client, url: &str, key: &str, accepted: &Value) -> Value {
    let id = accepted["operationId"].as_str().expect("an operation");
    let mut address = reqwest::Url::parse(url).expect("a URL");
    address.set_path(&format!("/operations/{id}"));
    address.set_query(None);
    let deadline = Deadline::new();
    loop {
        if let Ok(response) = http.get(address.clone()).header("x-api-key", key).send().await {
            let operation: Value = response.json().await.unwrap_or(Value::Null);
            match operation["state"].as_str() {
                Some("confirmed") => return operation,
                Some("failed" | "cancelled") => panic!("{operation}"),
                _ => {}
            }
        }
        deadline.pause("the end of an operation").await;
    }
}

/// Sends until an answer comes that is final. Everything else is what a client sees of a server that dies.
pub async fn insist(http: &reqwest::Client, url: &str, key: &str, idempotency: &str, body: &Value) -> Value {
    let deadline = Deadline::new();
    loop {
        let sent = http
            .post(url)
            .header("x-api-key", key)
            .header("idempotency-key", idempotency)
            .json(body)
            .send()
            .await;
        let Ok(response) = sent else {
            deadline.pause("a server that answers").await;
            continue;
        };
        let status = response.status();
        let text = response.text().await.unwrap_or_default();
        let answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        match status {
            StatusCode::OK | StatusCode::CREATED if !answer.is_null() => return answer,
            // The answer to this key from now on: what became of the write stands where it points to.
            StatusCode::ACCEPTED => return follow(http, url, key, &answer).await,
            // Still claimed by the life before, overloaded, or cut off: ask again.
            StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE | StatusCode::OK | StatusCode::CREATED => {
                deadline.pause("a final answer").await;
            }
            other => panic!("{url} {idempotency}: {other} {text}"),
        }
    }
}

async fn group(
    http: reqwest::Client,
    base: String,
    key: String,
    number: usize,
    done: Arc<AtomicUsize>,
) -> String {
    let name = |what: &str| format!("g{number}-{what}");
    let method = json!({"verificationMethodType": "Ed25519VerificationKey2020"});
    let create = json!({"network": "testnet", "options": method});
    let created = insist(&http, &format!("{base}/did/create"), &key, &name("did"), &create).await;
    done.fetch_add(1, Ordering::SeqCst);
    let did = created["did"].as_str().expect("a DID").to_owned();
    let resource = json!({"name": "note", "type": "Text", "encoding": "hex", "data": hex::encode(format!("note {number}"))});
    insist(&http, &format!("{base}/resource/create/{did}"), &key, &name("note"), &resource).await;
    done.fetch_add(1, Ordering::SeqCst);
    let list = json!({"did": did, "statusListName": "list"});
    let path = "credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    insist(&http, &format!("{base}/{path}"), &key, &name("list"), &list).await;
    done.fetch_add(1, Ordering::SeqCst);
    let service = json!({"did": did, "service": [{"id": format!("{did}#web"), "type": "LinkedDomains",
        "serviceEndpoint": [format!("https://{number}.example")]}]});
    insist(&http, &format!("{base}/did/update"), &key, &name("update"), &service).await;
    done.fetch_add(1, Ordering::SeqCst);
    did
}

/// Lets the server live with `point` armed until it dies there.
async fn die_at(server: &mut Server, point: &str, node: &Node, done: &AtomicUsize) {
    if matches!(point, "K6" | "K9") {
        // Accepted and in no block for long (K6), or ever (K9), on a chain that goes on without it.
        node.forget();
    }
    server.start(Some(point));
    for round in 0..LOOKS_MAX {
        if server.is_dead() {
            return;
        }
        if point == "K9" && round > 0 && round % 20 == 0 {
            node.pass_blocks();
        }
        assert!(
            done.load(Ordering::SeqCst) != GROUPS * WRITES_PER_GROUP,
            "all writes were done before the process died at {point}: give it more work"
        );
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the process did not reach {point}");
}

/// Lets the server do some work and kills it in the middle of more.
async fn live_and_be_killed(server: &mut Server, done: &AtomicUsize, moments: &mut StdRng) {
    let goal = (done.load(Ordering::SeqCst) + WRITES_PER_LIFE).min(GROUPS * WRITES_PER_GROUP);
    server.start(None);
    for _ in 0..LOOKS_MAX {
        if done.load(Ordering::SeqCst) >= goal {
            // Any moment will do.
            sleep(Duration::from_millis(moments.gen_range(0..250))).await;
            server.kill();
            return;
        }
        assert!(!server.is_dead(), "the server died by itself");
        sleep(Duration::from_millis(50)).await;
    }
    panic!("only {} writes came about, {goal} were to", done.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_writes_survive_being_killed_anywhere() {
    let database = TestDatabase::create().await;
    let node = Node::start().await;
    let env = [("TESTNET_RPC_URL".to_owned(), node.url())];
    let config = Config::from_map(&env.into_iter().collect()).expect("valid configuration");
    let house = House::open(config, database.pool.clone(), MasterKey::parse(MASTER).expect("a key"))
        .await
        .expect("opens");
    let stop = CancellationToken::new();
    let mut parts =
        background::start(&house, Roles { followers: true, workers: 0 }, &stop).await.expect("parts start");
    let registered = tenant::register(&house, "Phoenix").await.expect("a customer");
    let payer =
        registered.payers.iter().find(|p| p.network == Network::Testnet).expect("a payer").address.clone();
    let funds = Ncheq(1_000_000 * 1_000_000_000);
    FAUCET.top_up(&*house.studio.chain, Network::Testnet, &payer, funds, funds).await.expect("money");
    let balance = async || house.studio.chain.balance(Network::Testnet, &payer).await.expect("a balance").0;
    let balance_before = balance().await;

    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let mut server = Server {
        env: vec![
            ("EXTERNAL_DB_CONNECTION_URL".to_owned(), database.url()),
            ("TESTNET_RPC_URL".to_owned(), node.url()),
            ("STUDIO_MASTER_KEY".to_owned(), MASTER.to_owned()),
            ("PORT".to_owned(), port.to_string()),
            ("WRITE_WAIT_SECONDS".to_owned(), "3".to_owned()),
        ],
        child: None,
    };
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().expect("client");
    let done = Arc::new(AtomicUsize::new(0));
    let base = format!("http://127.0.0.1:{port}");
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (http, base, key, done) = (
            http.clone(),
            base.clone(),
            registered.api_key.secret.clone().expect("a secret"),
            Arc::clone(&done),
        );
        clients.spawn(async move {
            let mut dids = Vec::new();
            for number in (client..GROUPS).step_by(CLIENTS) {
                dids.push(group(http.clone(), base.clone(), key.clone(), number, Arc::clone(&done)).await);
            }
            dids
        });
    }

    let began = std::time::Instant::now();
    let seed = seed("CRASH_SEED");
    println!("CRASH_SEED={seed}");
    let mut moments = StdRng::seed_from_u64(seed);
    for point in ["K0", "K1", "K2", "K3", "K4", "K5", "K6", "K7", "K8", "K9"] {
        die_at(&mut server, point, &node, &done).await;
        node.recover();
        println!("{point}: {} writes done, {:?}", done.load(Ordering::SeqCst), began.elapsed());
        live_and_be_killed(&mut server, &done, &mut moments).await;
        println!("killed: {} writes done, {:?}", done.load(Ordering::SeqCst), began.elapsed());
    }
    server.start(None);
    let dids: Vec<String> = clients.join_all().await.into_iter().flatten().collect();
    server.kill();

    every_effect_once(&house, &dids).await;
    let (count, paid) = fees_recorded(&house, registered.customer).await;
    assert_eq!(count, GROUPS * WRITES_PER_GROUP, "no write was requested twice");
    assert_eq!(balance_before - balance().await, paid, "every fee was paid once");
    log_and_models_agree(&house).await;
    stop.cancel();
    ended(&mut parts).await;
}

/// The read models equal a cold rebuild, and the chain of the log is whole.
pub async fn log_and_models_agree(house: &House) {
    assert!(
        house.studio.outcomes.all_visible().await.expect("the database answers"),
        "the read models catch up"
    );
    let models = Projections::new(house.pool.clone(), house.progress.clone(), "verifier");
    for name in projections::MODEL_NAMES {
        let verification = models.verify(name, &CancellationToken::new()).await.expect("a cold rebuild");
        assert!(verification.is_equal(), "{verification:?}");
    }
    let verdict = store::audit::verify(&house.pool, &[]).await.expect("the log is readable");
    assert!(matches!(verdict, store::Verdict::Intact(_)), "{verdict:?}");
}

/// Each group left a DID with two document versions and two resources, no more and no less.
async fn every_effect_once(house: &House, dids: &[String]) {
    assert_eq!(dids.len(), GROUPS);
    let mut effects = 0;
    for did in dids {
        let did = Did::parse(did).expect("a DID");
        let versions = house.studio.resolver.did_versions(&did).await.expect("versions");
        let resources = house
            .studio
            .resolver
            .resources(&did, app::port::resolver::Freshness::Fresh)
            .await
            .expect("resources");
        assert_eq!((versions.len(), resources.len()), (2, 2), "{did}");
        effects += versions.len() + resources.len();
    }
    assert_eq!(effects, GROUPS * WRITES_PER_GROUP);
}

/// How many operations a customer had, and the sum of fees in their outcomes; every one must be confirmed.
pub async fn fees_recorded(house: &House, customer: domain::id::CustomerId) -> (usize, u128) {
    let mut filter =
        outbox::OperationFilter { limit: outbox::MAX_PAGE_OPERATIONS, ..outbox::OperationFilter::default() };
    let (mut count, mut paid) = (0, 0_u128);
    loop {
        let page = outbox::list(&house.pool, Some(customer), &filter).await.expect("operations");
        for operation in &page.operations {
            assert_eq!(operation.state, outbox::OperationState::Confirmed, "{operation:?}");
            paid += operation.fee_paid.as_deref().expect("a fee").parse::<u128>().expect("a number");
            count += 1;
        }
        match page.next {
            Some(next) => filter.before = Some(next),
            None => break,
        }
    }
    (count, paid)
}
