//! Everything at once: writes of four payers, three worker processes that are killed and paused, and a ledger with every
//! fault it can have. Afterwards each write has one effect, each payer paid what the log says, and the log holds.
//!
//! `CHAOS_WRITES` sets how many (1 000 is the full run), `CHAOS_SEED` replays a plan: the stories, the faults with their
//! order and pauses, and who is killed or paused for how long. What the seed cannot replay is the machine's own timing.

use crate::{
    crash::{fees_recorded, insist, log_and_models_agree, seed},
    house::{Tenant, TestHouse, penniless},
    node::{FAUCET, Node},
};
use app::port::chain::{ChainMessage, TxDraft};
use devnet::{BlockMode, DevnetConfig, Fault};
use domain::id::{Did, KeyId, Ncheq, Network};
use projections::Paging;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::json;
use std::{
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use store::testing::TestDatabase;
use studio::adapter::system::SystemClock;
use tokio::{task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

/// Writes unless `CHAOS_WRITES` says otherwise.
const WRITES_DEFAULT: usize = 240;
const WRITES_PER_STORY: usize = 6;
const PAYERS: usize = 4;
const WORKERS: usize = 3;
/// Stories that are told at a time.
const TELLERS: usize = 24;
const BLOCK_TIME: Duration = Duration::from_millis(60);
/// Pauses of a worker are longer than this, so that somebody else has its lanes when it wakes.
const LEASE_SECONDS: u64 = 2;
const MASTER: &str = "8f1c3b5a7d9e0f2143658709badcfe10a1b2c3d4e5f60718293a4b5c6d7e8f90";
const FUNDS: Ncheq = Ncheq(1_000_000 * 1_000_000_000);
/// What the stranger with the payer's key sends each time, in ncheq.
const STOLEN: u128 = 7;
/// Looks, 100 ms apart, for the last operations to end once the faults are over.
const LOOKS_MAX: usize = 3_000;

fn writes() -> usize {
    std::env::var("CHAOS_WRITES").map_or(WRITES_DEFAULT, |text| text.parse().expect("a number"))
}

/// What may go wrong next, and for how long before all is well for a moment.
fn next_fault(dice: &mut StdRng, payers: &[Tenant]) -> (Vec<Fault>, Duration, bool) {
    let payer = &payers.choose(dice).expect("a payer").payer;
    let millis = |dice: &mut StdRng, most| Duration::from_millis(dice.gen_range(100..most));
    let faults = match dice.gen_range(0..13) {
        0 => vec![Fault::DropReply { count: dice.gen_range(1..4) }],
        1 => vec![Fault::Duplicate { count: dice.gen_range(1..3) }],
        2 => vec![Fault::Http503 { count: dice.gen_range(3..20) }],
        3 => vec![Fault::Delay { millis: dice.gen_range(50..600), count: dice.gen_range(1..8) }],
        4 => vec![Fault::StallBlocks],
        5 => vec![Fault::Evict],
        6 => vec![Fault::Withhold { blocks: dice.gen_range(1..40) }],
        // Blocks pass without the waiting transactions, so that the outbox gives them up, and then they come.
        7 => vec![Fault::Withhold { blocks: 36 }, Fault::StallBlocks, Fault::AdvanceBlocks { count: 35 }],
        8 => vec![Fault::WrongSequence {
            address: payer.clone(),
            delta: *[-2, -1, 1, 2].choose(dice).expect("one"),
        }],
        9 => vec![Fault::Lag { blocks: dice.gen_range(1..6) }],
        10 => vec![Fault::OutOfGas { count: dice.gen_range(1..3) }],
        11 => vec![Fault::SetPrice { cheq_usd: format!("0.0{}", dice.gen_range(3..8)) }],
        _ => return (Vec::new(), millis(dice, 300), true),
    };
    (faults, millis(dice, 900), false)
}

/// Ends what does not end by itself.
fn calm(devnet: &devnet::Handle) {
    devnet.inject(Fault::Clear).expect("well again");
    devnet.inject(Fault::ResumeBlocks).expect("blocks again");
}

/// A `studio work` of its own.
struct WorkerProcess {
    env: Vec<(String, String)>,
    child: Child,
}

impl WorkerProcess {
    fn start(env: Vec<(String, String)>) -> Self {
        let child = Self::spawn(&env);
        Self { env, child }
    }

    fn spawn(env: &[(String, String)]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_studio"));
        command.arg("work").envs(env.iter().cloned()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("the binary starts")
    }

    fn kill_and_restart(&mut self) {
        self.child.kill().expect("it dies");
        self.child.wait().expect("it ends");
        self.child = Self::spawn(&self.env);
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.expect("a signal").success(), "{name}");
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Kills workers, and pauses them for longer than their leases last, until it is told to stop.
async fn torment(
    mut workers: Vec<WorkerProcess>,
    mut dice: StdRng,
    stop: CancellationToken,
) -> (Vec<WorkerProcess>, u32, u32) {
    let (mut kills, mut pauses) = (0, 0);
    while !stop.is_cancelled() {
        let victim = dice.gen_range(0..workers.len());
        if dice.gen_bool(0.6) {
            workers[victim].kill_and_restart();
            kills += 1;
        } else {
            workers[victim].signal("-STOP");
            sleep(Duration::from_millis(LEASE_SECONDS * 1_000 + dice.gen_range(200..1_500))).await;
            workers[victim].signal("-CONT");
            pauses += 1;
        }
        sleep(Duration::from_millis(dice.gen_range(500..3_000))).await;
    }
    (workers, kills, pauses)
}

/// Lets the ledger misbehave until it is told to stop; gives the hashes of what a stranger sent with payers' keys.
async fn haunt(
    house: Arc<TestHouse>,
    payers: Vec<Tenant>,
    mut dice: StdRng,
    stop: CancellationToken,
) -> Vec<(usize, String)> {
    let Node::Devnet(devnet) = &house.node else { panic!("on the devnet only") };
    let mut stolen = Vec::new();
    while !stop.is_cancelled() {
        let (faults, pause, steal) = next_fault(&mut dice, &payers);
        if steal {
            let victim = dice.gen_range(0..payers.len());
            stolen.extend(use_key_elsewhere(&house, &payers[victim]).await.map(|hash| (victim, hash)));
        }
        for fault in faults {
            devnet.inject(fault).expect("the devnet does as it is told");
        }
        sleep(pause).await;
        calm(devnet);
        sleep(Duration::from_millis(dice.gen_range(50..400))).await;
    }
    calm(devnet);
    stolen
}

/// Somebody else signs with a payer's key: a transfer with the next sequence.
async fn use_key_elsewhere(house: &TestHouse, payer: &Tenant) -> Option<String> {
    use prost::Message as _;
    let studio = &house.house.studio;
    let (chain, net) = (&*studio.chain, Network::Testnet);
    let (_, kid) = studio.directory.payer(payer.customer, net).await.ok()??;
    let (status, account) = (chain.status(net).await.ok()?, chain.account(net, &payer.payer).await.ok()??);
    let send = proto::cosmos::bank::v1beta1::MsgSend {
        from_address: payer.payer.clone(),
        to_address: FAUCET.address().to_owned(),
        amount: vec![proto::cosmos::base::v1beta1::Coin {
            denom: "ncheq".to_owned(),
            amount: STOLEN.to_string(),
        }],
    };
    let message =
        ChainMessage { type_url: "/cosmos.bank.v1beta1.MsgSend".to_owned(), value: send.encode_to_vec() };
    let quote = chain.quote(net, std::slice::from_ref(&message), None).await.ok()?;
    let draft = TxDraft {
        chain_id: status.chain_id,
        payer: payer.payer.clone(),
        payer_public_key: hex::decode(&kid).expect("a public key"),
        account_number: account.number,
        sequence: account.sequence,
        messages: vec![message],
        fee: quote.offer,
        gas_limit: quote.gas_limit,
        timeout_height: status.height + 30,
        memo: "not Studio".to_owned(),
    };
    let unsigned = chain.unsigned(&draft).ok()?;
    let signature =
        studio.vault.sign(payer.customer, &KeyId(kid), &unsigned.sign_bytes).await.expect("a signature");
    let signed = chain.signed(&unsigned, &signature);
    drop(chain.broadcast(net, &signed.bytes).await);
    Some(signed.hash)
}

/// Six writes under one DID, each after the one before.
async fn story(
    house: &TestHouse,
    http: &reqwest::Client,
    key: &str,
    number: usize,
    ends: bool,
) -> (String, [usize; 2]) {
    let name = |what: &str| format!("chaos-{number}-{what}");
    let base = &house.base;
    let method = json!({"verificationMethodType": "Ed25519VerificationKey2020"});
    let create = json!({"network": "testnet", "options": method});
    let created = insist(http, &format!("{base}/did/create"), key, &name("did"), &create).await;
    let did = created["did"].as_str().expect("a DID").to_owned();
    for version in ["1", "2"] {
        let data = hex::encode(format!("note {number} {version}"));
        let note =
            json!({"name": "note", "type": "Text", "version": version, "encoding": "hex", "data": data});
        insist(http, &format!("{base}/resource/create/{did}"), key, &name(&format!("note{version}")), &note)
            .await;
    }
    let list = json!({"did": did, "statusListName": "list"});
    let path = "credential-status/create/unencrypted?listType=BitstringStatusList&statusPurpose=revocation";
    insist(http, &format!("{base}/{path}"), key, &name("list"), &list).await;
    let service = json!({"did": did, "service": [{"id": format!("{did}#web"), "type": "LinkedDomains",
        "serviceEndpoint": [format!("https://{number}.example")]}]});
    insist(http, &format!("{base}/did/update"), key, &name("update"), &service).await;
    if ends {
        insist(http, &format!("{base}/did/deactivate/{did}"), key, &name("end"), &json!({})).await;
        return (did, [3, 3]);
    }
    let farewell = json!({"name": "last", "type": "Text", "encoding": "hex", "data": hex::encode("last")});
    insist(http, &format!("{base}/resource/create/{did}"), key, &name("last"), &farewell).await;
    (did, [2, 4])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_write_takes_effect_once_whatever_breaks() {
    let (seed, writes) = (seed("CHAOS_SEED"), writes());
    let stories = writes.div_ceil(WRITES_PER_STORY);
    println!("CHAOS_SEED={seed} CHAOS_WRITES={writes}");
    let dice = |stream: u64| StdRng::seed_from_u64(seed.wrapping_add(stream));
    let clock = Arc::new(|| app::port::Clock::now(&SystemClock));
    let config = DevnetConfig { blocks: BlockMode::Every(BLOCK_TIME), ..DevnetConfig::new(clock) };
    let node = Node::Devnet(devnet::start(config).await.expect("devnet starts"));
    let database = TestDatabase::create().await;
    let env: Vec<(String, String)> = [
        ("EXTERNAL_DB_CONNECTION_URL", database.url()),
        ("TESTNET_RPC_URL", node.url()),
        ("STUDIO_MASTER_KEY", MASTER.to_owned()),
        ("STUDIO_LEASE_SECONDS", LEASE_SECONDS.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let variables = [("STUDIO_MASTER_KEY", MASTER), ("STUDIO_WORKERS", "0"), ("WRITE_WAIT_SECONDS", "3")];
    let house = Arc::new(TestHouse::on(node, database.pool.clone(), &variables).await);
    let mut payers = Vec::new();
    for number in 0..PAYERS {
        let payer = penniless(&house.house, &format!("payer {number}")).await;
        let chain = &*house.house.studio.chain;
        FAUCET.top_up(chain, Network::Testnet, &payer.payer, FUNDS, FUNDS).await.expect("funds");
        payers.push(payer);
    }
    let mut before = Vec::new();
    for payer in &payers {
        before.push(house.balance(&payer.payer).await);
    }

    let stop = CancellationToken::new();
    let workers = (0..WORKERS).map(|_| WorkerProcess::start(env.clone())).collect();
    let tormenting = tokio::spawn(torment(workers, dice(1), stop.clone()));
    let haunting = tokio::spawn(haunt(Arc::clone(&house), payers.clone(), dice(2), stop.clone()));
    let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().expect("client");
    let mut plan = dice(3);
    let plan: Arc<Vec<(usize, bool)>> =
        Arc::new((0..stories).map(|_| (plan.gen_range(0..PAYERS), plan.gen_bool(0.2))).collect());
    let next = Arc::new(AtomicUsize::new(0));
    let mut tellers = JoinSet::new();
    for _ in 0..TELLERS.min(stories) {
        let (house, http, plan, next, payers) =
            (Arc::clone(&house), http.clone(), Arc::clone(&plan), Arc::clone(&next), payers.clone());
        tellers.spawn(async move {
            let mut told = Vec::new();
            loop {
                let number = next.fetch_add(1, SeqCst);
                let Some((payer, ends)) = plan.get(number) else { return told };
                told.push(story(&house, &http, &payers[*payer].key, number, *ends).await);
            }
        });
    }
    let told: Vec<_> = tellers.join_all().await.into_iter().flatten().collect();
    stop.cancel();
    let stolen = haunting.await.expect("no panic");
    let (workers, kills, pauses) = tormenting.await.expect("no panic");
    println!("chaos: {kills} kills, {pauses} pauses");
    let rerun = format!("CHAOS_SEED={seed} CHAOS_WRITES={writes} cargo test --test it chaos");
    all_ended(&house, &rerun).await;
    drop(workers);

    let mut effects = 0;
    for (did, [versions, resources]) in &told {
        let did = Did::parse(did).expect("a DID");
        let resolver = &house.house.studio.resolver;
        let documents = resolver.did_versions(&did).await.expect("versions").len();
        let kept =
            resolver.resources(&did, app::port::resolver::Freshness::Fresh).await.expect("resources").len();
        assert_eq!((documents, kept), (*versions, *resources), "{did}: {rerun}");
        effects += documents + kept;
    }
    assert_eq!(effects, stories * WRITES_PER_STORY, "{rerun}");
    let mut operations = 0;
    for (number, payer) in payers.iter().enumerate() {
        let (count, fees) = fees_recorded(&house.house, payer.customer).await;
        operations += count;
        let mut spent_elsewhere = 0;
        for (_, hash) in stolen.iter().filter(|(victim, _)| *victim == number) {
            if let Ok(Some(found)) = house.house.studio.chain.lookup(Network::Testnet, hash).await {
                spent_elsewhere += found.fee_charged.map_or(0, |fee| fee.0);
                spent_elsewhere += if found.result.code == 0 { STOLEN } else { 0 };
            }
        }
        let spent = before[number] - house.balance(&payer.payer).await;
        assert_eq!(spent, fees + spent_elsewhere, "payer {number} paid what the log says: {rerun}");
    }
    assert_eq!(operations, stories * WRITES_PER_STORY, "no write was asked for twice: {rerun}");
    println!("chaos: {operations} writes, {} uses of payers' keys elsewhere", stolen.len());
    log_and_models_agree(&house.house).await;
    let accounts = house.house.views.accounts().list_for_operator(Paging::first(10, None)).await;
    assert_eq!(accounts.expect("accounts").rows.len(), PAYERS + 2);
}

/// With everything well again, nothing is left on its way.
async fn all_ended(house: &TestHouse, rerun: &str) {
    for _ in 0..LOOKS_MAX {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from outbox.ops where state not in ('confirmed', 'failed', 'cancelled')",
        )
        .fetch_one(&house.house.pool)
        .await
        .expect("a count");
        if open == 0 {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("something is stuck: {rerun}");
}
