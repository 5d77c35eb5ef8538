//! The whole outbox on a real Postgres: command, event, log, feeder, worker, outcome event, waiter; with the model ledger
//! of `app`'s own tests, and with deaths at every crash point.
#![expect(clippy::disallowed_methods, reason = "tests make their own ids and times")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "what goes wrong here must fail the test")]

use app::port;

#[path = "../../app/src/outbox/tests/ledger.rs"]
#[expect(dead_code, reason = "shared with the tests of app, which use more of it")]
mod ledger;

use app::{
    Actor,
    fake::Safe,
    outbox::{CrashPoint, CrashPoints, Crashing, NoCrash, Settings, Worker, worker::Parts},
    port::{
        Clock, Commands, Execute, Ids, Meta,
        outcomes::Waited,
        vault::{KeyRequest, Vault as _},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    customer::{Customer, CustomerCommand, PayerAccount},
    id::{CustomerId, Did, Instant, Ncheq, Network, OperationId, ResourceId, Sealed, resource_line_id},
    key::{KeyAlgorithm, KeyPurpose},
    ledger::{LedgerOutcome, LedgerWrite},
    resource::{ResourceCommand, ResourceDescription, ResourceLine},
};
use ledger::{FEE, Faults, Ledger, Say};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{
    EventStoreCommands, Progress, Runner, Sequencer,
    outbox::{Feeder, OperationState, SqlOutbox, get, wait_ended},
    testing::TestDatabase,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const WAIT: Duration = Duration::from_secs(30);
const FUNDS: u128 = 10_000_000;

#[derive(Clone, Copy)]
struct Real;

impl Ids for Real {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
    fn random(&self) -> u32 {
        Uuid::new_v4().as_fields().0
    }
}

impl Clock for Real {
    fn now(&self) -> Instant {
        chrono::Utc::now()
    }
}

/// Dies, once, at the point; a panic ends the lane's task like a power cut, with its lease still standing.
struct DiesOnce(Mutex<Option<CrashPoint>>);

impl CrashPoints for DiesOnce {
    fn reach(&self, point: CrashPoint) {
        let mut armed = self.0.lock().expect("not poisoned");
        if *armed == Some(point) {
            *armed = None;
            drop(armed);
            // Not `panic!`: the hook would fill the output with back traces of intended deaths.
            std::panic::resume_unwind(Box::new(point));
        }
    }
}

struct World {
    database: TestDatabase,
    ledger: Arc<Ledger>,
    safe: Arc<Safe>,
    commands: Arc<dyn Commands>,
    progress: Progress,
    customer: CustomerId,
    payer: String,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    async fn new(ledger: Ledger) -> Self {
        let database = TestDatabase::create().await;
        let progress = Progress::new(database.pool.clone());
        let stop = CancellationToken::new();
        let sequencer = Sequencer::new(database.pool.clone(), progress.clone(), "test");
        let stopping = stop.clone();
        tokio::spawn(async move { sequencer.run(stopping).await });
        let runner = Runner::new(database.pool.clone(), progress.clone(), "test");
        let stopping = stop.clone();
        tokio::spawn(async move { runner.run(&mut Feeder, stopping).await });
        let commands = store::dispatch::commands(database.pool.clone(), progress.clone(), Arc::new(Real));
        let customer = CustomerId(Uuid::now_v7());
        let payer = format!("cheqd1{}", customer.0.simple());
        ledger.fund(&payer, FUNDS);
        let safe = Arc::new(Safe::default());
        let (algorithm, purpose) = (KeyAlgorithm::Secp256k1, KeyPurpose::Payer);
        let wanted = KeyRequest { customer, request: Uuid::nil(), algorithm, purpose };
        let kid = safe.create_key(wanted).await.expect("a key").kid;
        let ledger = Arc::new(ledger);
        let world = Self { database, ledger, safe, commands, progress, customer, payer, stop };
        let register = CustomerCommand::Register {
            customer,
            name: Sealed("v1.k.x".to_owned()),
            email: None,
            payers: vec![PayerAccount { network: Network::Testnet, address: world.payer.clone(), kid }],
            at: Real.now(),
        };
        let meta = world.meta(Uuid::now_v7());
        Execute::<Customer>::execute(&*world.commands, &customer.to_string(), register, meta)
            .await
            .expect("registered");
        world
    }

    fn meta(&self, command: Uuid) -> Meta {
        Meta {
            command_id: command,
            correlation_id: command,
            causation_id: None,
            customer: self.customer,
            actor: Actor::Operator,
            traceparent: None,
            occurred_at: Real.now(),
            keys_used: Vec::new(),
        }
    }

    /// A process with a worker; when it is dropped its connections go, as after a kill.
    fn process(&self, crash: Arc<dyn CrashPoints>, presence: i64) -> Process {
        let pool = self.database.another_pool(8);
        let outbox = SqlOutbox::start(pool.clone(), presence);
        let commands = EventStoreCommands::new(pool, self.progress.clone(), Arc::new(Real));
        let parts = Parts {
            store: Arc::new(outbox.clone()),
            chain: self.ledger.clone(),
            vault: self.safe.clone(),
            commands: Arc::new(Crashing::new(commands, crash.clone())),
            clock: Arc::new(Real),
            ids: Arc::new(Real),
            crash,
        };
        let settings = Settings {
            lease: Duration::from_secs(1),
            probe: Duration::from_millis(20),
            batch: 5,
            ..Settings::default()
        };
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(Arc::new(Worker::new(parts, settings)).run(stopped));
        Process { outbox, stop, task }
    }

    async fn ask(&self, did: &Did, name: &str, bad: bool) -> OperationId {
        let operation = OperationId(Uuid::now_v7());
        let say = Say {
            did: did.clone(),
            resource: ResourceId(Uuid::now_v7()),
            checksum: "ab".repeat(32),
            bad,
            bad_in_block: false,
        };
        let description = ResourceDescription {
            did: did.clone(),
            resource: say.resource,
            name: name.to_owned(),
            resource_type: "T".to_owned(),
            version: String::new(),
            also_known_as: Vec::new(),
            size_bytes: 1,
            checksum: say.checksum.clone(),
            media_type: "text/plain".to_owned(),
        };
        let write = LedgerWrite {
            operation,
            network: Network::Testnet,
            payer: self.payer.clone(),
            ordering_key: did.clone(),
            type_url: "/cheqd.did.v2.Say".to_owned(),
            value: STANDARD.encode(serde_json::to_vec(&say).expect("JSON")),
            effect: say.effect(),
            fee_max: None,
        };
        let line = resource_line_id(did, name, "T").to_string();
        let command =
            ResourceCommand::RequestVersion { customer: self.customer, description, write, at: Real.now() };
        Execute::<ResourceLine>::execute(&*self.commands, &line, command, self.meta(operation.0))
            .await
            .expect("the request is accepted");
        operation
    }
}

struct Process {
    outbox: SqlOutbox,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Process {
    async fn stop(self) {
        self.stop.send(true).ok();
        self.task.await.expect("the worker stops cleanly");
    }
}

fn did(number: u128) -> Did {
    Did::parse(&format!("did:cheqd:testnet:{}", Uuid::from_u128(number))).expect("a DID")
}

fn calm() -> Ledger {
    Ledger::new(5, Faults { block: 100, ..Faults::default() })
}

#[tokio::test]
async fn from_command_to_waiter_and_back_to_sleep() {
    let world = World::new(calm()).await;
    let process = world.process(Arc::new(NoCrash), 11);
    let mut total = Duration::ZERO;
    for number in 0..20 {
        let begun = std::time::Instant::now();
        let operation = world.ask(&did(number), "a", false).await;
        let waited = wait_ended(&world.database.pool, process.outbox.signals(), operation, WAIT).await;
        total += begun.elapsed();
        let Ok(Waited::Ended(LedgerOutcome::Included(inclusion))) = waited else { panic!("{waited:?}") };
        assert_eq!(inclusion.fee_paid, Ncheq(FEE));
    }
    println!("from command to outcome: {:?} each", total / 20);
    let refused = world.ask(&did(99), "b", true).await;
    let waited =
        wait_ended(&world.database.pool, process.outbox.signals(), refused, WAIT).await.expect("waited");
    assert!(
        matches!(&waited, Waited::Ended(LedgerOutcome::Rejected(no)) if no.code == "ledger/invalid-payload"),
        "{waited:?}"
    );
    assert_eq!(world.ledger.paid(), 20 * FEE);
    process.stop().await;
    let free: bool = sqlx::query_scalar("select bool_and(owner is null) from outbox.lanes")
        .fetch_one(&world.database.pool)
        .await
        .expect("query");
    assert!(free, "a worker that stops gives its lanes back");
}

#[tokio::test]
async fn a_death_at_any_point_costs_no_write_and_no_second_fee() {
    for (number, point) in CrashPoint::ALL.into_iter().enumerate() {
        let world = World::new(calm()).await;
        world.ledger.script(vec![ledger::Scripted::Lose, ledger::Scripted::AcceptAndEvict]);
        let presence = 100 + i64::try_from(number).expect("small");
        let doomed = world.process(Arc::new(DiesOnce(Mutex::new(Some(point)))), presence);
        let mut asked = Vec::new();
        for number in 0..3 {
            asked.push(world.ask(&did(number % 2), &format!("r{number}"), false).await);
        }
        // The next process: it takes the lane over when the lease of the dead task runs out.
        let heir = world.process(Arc::new(NoCrash), presence + 50);
        for operation in &asked {
            let waited = wait_ended(&world.database.pool, heir.outbox.signals(), *operation, WAIT)
                .await
                .expect("waited");
            assert!(matches!(waited, Waited::Ended(LedgerOutcome::Included(_))), "{point:?}: {waited:?}");
        }
        assert_eq!(world.ledger.paid(), 3 * FEE, "{point:?}");
        assert_eq!(world.ledger.duplicates(), 0, "{point:?}");
        heir.stop().await;
        doomed.stop.send(true).ok();
    }
}

#[tokio::test]
async fn three_workers_and_a_rough_ledger_give_every_write_its_one_end_in_order() {
    let faults = Faults {
        unreachable: 3,
        drop_reply: 20,
        evict: 10,
        come_back: 10,
        wrong_sequence: 5,
        full: 5,
        ante_failure: 3,
        fee_moves: 5,
        hungry: 10,
        index_lag: 2,
        block: 50,
        ..Faults::default()
    };
    let world = World::new(Ledger::new(Uuid::new_v4().as_u64_pair().0, faults)).await;
    let processes: Vec<Process> =
        (0..3).map(|number| world.process(Arc::new(NoCrash), 300 + number)).collect();
    let mut asked = Vec::new();
    for number in 0..60 {
        asked.push((number % 6, world.ask(&did(number % 6), &format!("r{number}"), number % 13 == 5).await));
    }
    world.ledger.set_faults(Faults { block: 60, ..Faults::default() });
    let mut last: std::collections::BTreeMap<u128, i64> = std::collections::BTreeMap::new();
    let mut hashes = BTreeSet::new();
    for (number, (did, operation)) in asked.iter().enumerate() {
        let waited = wait_ended(&world.database.pool, processes[0].outbox.signals(), *operation, WAIT).await;
        let waited = waited.expect("waited");
        let detail = get(&world.database.pool, None, *operation).await.expect("read").expect("there");
        if number % 13 == 5 {
            assert!(matches!(waited, Waited::Ended(LedgerOutcome::Rejected(_))), "{waited:?}");
            assert_eq!(detail.operation.state, OperationState::Failed);
            continue;
        }
        assert!(matches!(waited, Waited::Ended(LedgerOutcome::Included(_))), "{waited:?} {detail:?}");
        let height = detail.operation.height.expect("a height");
        let before = last.insert(*did, height);
        assert!(before.is_none_or(|before| before < height), "the writes of a DID keep their order");
        hashes.extend(detail.operation.tx_hash);
    }
    assert_eq!(world.ledger.order().len(), 55);
    assert_eq!(world.ledger.duplicates(), 0);
    let recorded: String = sqlx::query_scalar("select sum(fee_paid)::text from outbox.ops")
        .fetch_one(&world.database.pool)
        .await
        .expect("query");
    assert_eq!(recorded, (FUNDS - world.ledger.balance_of(&world.payer)).to_string());
    for process in processes {
        process.stop().await;
    }
}
