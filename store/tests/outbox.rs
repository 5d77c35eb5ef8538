//! The outbox's memory on a real Postgres: what the feeder makes of events, what leases and fences allow, what an outcome
//! event does in its own transaction, and what callers see of it.
#![expect(clippy::disallowed_methods, reason = "tests make their own ids and times")]
#![expect(clippy::expect_used, reason = "what goes wrong here must fail the test")]

use app::{
    Actor,
    outbox::{Conclusion, Hold, Lease, Limits, NewTx, Note, OutboxFault, OutboxStore, Requeue, TxEnd},
    port::{
        Commands, Estate, Execute, Ids, Interventions, Meta,
        interventions::{Intervened, Intervention},
        outcomes::Waited,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    id::{CustomerId, Did, Instant, Ncheq, Network, OperationId, ResourceId, derived_uuid, resource_line_id},
    ledger::{Effect, Inclusion, LedgerOutcome, LedgerWrite, Rejection},
    resource::{ResourceCommand, ResourceDescription, ResourceLine},
};
use sqlx::PgPool;
use std::{sync::Arc, time::Duration};
use store::{
    Progress, Runner, Sequencer,
    outbox::{
        FEEDER, Feeder, OperationFilter, OperationState, SqlEstate, SqlInterventions, SqlOutbox, get, list,
        wait_ended,
    },
    testing::TestDatabase,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[path = "outbox/proof.rs"]
mod proof;

const TTL: Duration = Duration::from_mins(1);
const WAIT: Duration = Duration::from_secs(20);
const PAYER: &str = "cheqd1payer";

const fn limits(ready: usize) -> Limits {
    Limits { ready, in_flight: 2 }
}

struct Random;

impl Ids for Random {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
    fn random(&self) -> u32 {
        7
    }
}

/// A database with a sequencer and the feeder running on it.
struct World {
    database: TestDatabase,
    progress: Progress,
    commands: Arc<dyn Commands>,
    outbox: SqlOutbox,
    customer: CustomerId,
    stop: CancellationToken,
    /// Sequencer and feeder.
    parts: JoinSet<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn now() -> Instant {
    chrono::Utc::now()
}

impl World {
    async fn intervene(&self, asked: &Asked, customer: Option<CustomerId>, what: Intervention) -> Intervened {
        let interventions = SqlInterventions::new(self.pool().clone());
        interventions.intervene(asked.operation, customer, what).await.expect("asked")
    }

    async fn new() -> Self {
        let database = TestDatabase::create().await;
        let progress = Progress::new(database.pool.clone());
        let stop = CancellationToken::new();
        let sequencer = Sequencer::new(database.pool.clone(), progress.clone(), "test");
        let stopping = stop.clone();
        let mut parts = JoinSet::new();
        parts.spawn(async move { sequencer.run(stopping).await });
        let runner = Runner::new(database.pool.clone(), progress.clone(), "test");
        let stopping = stop.clone();
        parts.spawn(async move { runner.run(&mut Feeder, stopping).await });
        let commands = store::dispatch::commands(database.pool.clone(), progress.clone(), Arc::new(Random));
        let outbox = SqlOutbox::start(database.pool.clone(), 1);
        Self { database, progress, commands, outbox, customer: CustomerId(Uuid::now_v7()), stop, parts }
    }

    fn pool(&self) -> &PgPool {
        &self.database.pool
    }

    fn meta(&self, command: Uuid) -> Meta {
        Meta {
            command_id: command,
            correlation_id: Uuid::now_v7(),
            causation_id: None,
            customer: self.customer,
            actor: Actor::Operator,
            traceparent: Some("00-trace".to_owned()),
            occurred_at: now(),
            keys_used: Vec::new(),
        }
    }

    /// Asks for a resource version and waits until it is in the outbox.
    async fn ask(&self, did: &Did, name: &str) -> Asked {
        self.ask_with(did, name, ResourceId(Uuid::now_v7())).await
    }

    async fn ask_with(&self, did: &Did, name: &str, resource: ResourceId) -> Asked {
        let operation = OperationId(Uuid::now_v7());
        let description = ResourceDescription {
            did: did.clone(),
            resource,
            name: name.to_owned(),
            resource_type: "T".to_owned(),
            version: String::new(),
            also_known_as: Vec::new(),
            size_bytes: 1,
            checksum: "ab".repeat(32),
            media_type: "text/plain".to_owned(),
        };
        let write = LedgerWrite {
            operation,
            network: Network::Testnet,
            payer: PAYER.to_owned(),
            ordering_key: did.clone(),
            type_url: "/cheqd.resource.v2.MsgCreateResource".to_owned(),
            value: STANDARD.encode(b"message"),
            effect: Effect::Resource {
                did: did.clone(),
                resource_id: description.resource.to_string(),
                checksum: description.checksum.clone(),
            },
            fee_max: Some(Ncheq(340_282_366_920_938_463_463_374_607_431_768_211_455)),
        };
        let line = resource_line_id(did, name, "T").to_string();
        let command =
            ResourceCommand::RequestVersion { customer: self.customer, description, write, at: now() };
        let committed =
            Execute::<ResourceLine>::execute(&*self.commands, &line, command, self.meta(operation.0))
                .await
                .expect("the request is accepted");
        assert!(self.progress.wait_until(committed.token, &[FEEDER], WAIT).await.expect("the feeder runs"));
        Asked { operation, line }
    }

    async fn end(&self, asked: &Asked, outcome: LedgerOutcome) {
        let operation = asked.operation;
        let command = ResourceCommand::RecordOutcome { operation, outcome, at: now() };
        let id = derived_uuid("outcome", &[&operation.to_string()]);
        Execute::<ResourceLine>::execute(&*self.commands, &asked.line, command, self.meta(id))
            .await
            .expect("the outcome is recorded");
    }

    async fn lease(&self, owner: u128) -> Option<Lease> {
        self.outbox.lease(Uuid::from_u128(owner), TTL).await.expect("the database answers")
    }

    async fn ready(&self, lease: &Lease) -> Vec<OperationId> {
        let work = self.outbox.work(lease, TTL, limits(10)).await.expect("work");
        work.ready.iter().map(|op| op.operation).collect()
    }
}

struct Asked {
    operation: OperationId,
    line: String,
}

fn did(number: u128) -> Did {
    Did::parse(&format!("did:cheqd:testnet:{}", Uuid::from_u128(number))).expect("a DID")
}

fn included() -> LedgerOutcome {
    LedgerOutcome::Included(Inclusion {
        tx_hash: Some("AB".repeat(32)),
        height: 42,
        block_time: now(),
        fee_paid: Ncheq(40_000_000_000),
        gas_used: 150_000,
    })
}

fn rejected(code: &str) -> LedgerOutcome {
    LedgerOutcome::Rejected(Rejection { code: code.to_owned(), reason: "No.".to_owned(), tx_hash: None })
}

fn new_tx(sequence: u64) -> NewTx {
    NewTx {
        id: Uuid::now_v7(),
        sequence,
        bytes: vec![1, 2, 3],
        hash: format!("{sequence:064X}"),
        timeout_height: 100,
        fee_offered: Ncheq(44_000_000_000),
        fee_expected: Ncheq(40_000_000_000),
        gas_limit: 160_000,
    }
}

fn requeue(operation: OperationId, code: &str, dead: bool) -> Requeue {
    let note = Note { code: code.to_owned(), reason: "Something was in the way.".to_owned() };
    Requeue { operation, note: Some(note), delay: Duration::ZERO, counts: true, boost_gas: true, dead }
}

#[tokio::test]
async fn an_event_that_asks_for_a_write_becomes_one_row_with_all_it_needs() {
    let world = World::new().await;
    let asked = world.ask(&did(1), "a").await;
    let lease = world.lease(1).await.expect("a lane is due");
    assert_eq!((lease.network, lease.payer.as_str()), (Network::Testnet, PAYER));
    let work = world.outbox.work(&lease, TTL, limits(10)).await.expect("work");
    let [op] = work.ready.as_slice() else { panic!("one operation: {work:?}") };
    assert_eq!(op.operation, asked.operation);
    assert_eq!((op.aggregate_type.as_str(), &op.aggregate_id), ("resource", &asked.line));
    assert_eq!(op.customer, world.customer);
    assert_eq!(op.message.value, b"message");
    assert_eq!(op.traceparent.as_deref(), Some("00-trace"));
    assert_eq!(op.fee_max, Some(Ncheq(u128::MAX)), "amounts survive whole");
    assert!(!op.tried && op.outcome.is_none() && op.predecessor_height.is_none());
}

#[tokio::test]
async fn only_the_head_of_a_did_is_ready_and_others_are_not_held_up_by_it() {
    let world = World::new().await;
    let first = world.ask(&did(1), "a").await;
    let second = world.ask(&did(1), "b").await;
    let other = world.ask(&did(2), "c").await;
    let lease = world.lease(1).await.expect("due");
    assert_eq!(world.ready(&lease).await, [first.operation, other.operation]);
    world.outbox.prepare(&lease, &new_tx(5), &[first.operation]).await.expect("stored");
    let work = world.outbox.work(&lease, TTL, limits(10)).await.expect("work");
    let (live, operations) = work.front.expect("a transaction on its way");
    assert_eq!((live.tx.sequence, live.tx.bytes.as_slice()), (5, [1, 2, 3].as_slice()));
    assert_eq!(live.tx.fee_expected, Ncheq(40_000_000_000));
    assert_eq!(operations.iter().map(|op| op.operation).collect::<Vec<_>>(), [first.operation]);
    let ended = Conclusion {
        tx: Some((live.tx.id, TxEnd::Included)),
        decided: vec![(first.operation, included())],
        ..Conclusion::default()
    };
    world.outbox.conclude(&lease, &ended).await.expect("concluded");
    let work = world.outbox.work(&lease, TTL, limits(10)).await.expect("work");
    assert_eq!(work.settling.len(), 1, "decided, and remembered until it is recorded");
    assert_eq!(work.settling[0].outcome, Some(ended.decided[0].1.clone()));
    world.end(&first, included()).await;
    assert_eq!(world.ready(&lease).await, [second.operation, other.operation]);
    let work = world.outbox.work(&lease, TTL, limits(10)).await.expect("work");
    assert_eq!(work.ready[0].predecessor_height, Some(42));
}

#[tokio::test]
async fn a_lane_has_several_transactions_on_their_way_but_never_two_with_one_sequence() {
    let world = World::new().await;
    let mut asked = Vec::new();
    for number in 1..=3 {
        asked.push(world.ask(&did(number), "a").await);
    }
    let lease = world.lease(1).await.expect("due");
    let (later, first) = (new_tx(6), new_tx(5));
    world.outbox.prepare(&lease, &later, &[asked[0].operation]).await.expect("stored");
    let twice = world.outbox.prepare(&lease, &new_tx(6), &[asked[1].operation]).await;
    assert!(twice.is_err(), "one of the two would never commit");
    let work = world.outbox.work(&lease, TTL, limits(10)).await.expect("work");
    assert_eq!(work.ready.len(), 2, "there is room for another one, and nothing was kept of the second");
    world.outbox.prepare(&lease, &first, &[asked[1].operation]).await.expect("stored");
    let work = world.outbox.work(&lease, TTL, limits(10)).await.expect("work");
    let (front, operations) = work.front.expect("a front");
    assert_eq!((&front.tx, operations[0].operation), (&first, asked[1].operation), "the lowest sequence");
    let behind: Vec<_> = work.behind.iter().map(|one| (one.sequence, one.fee_expected)).collect();
    assert_eq!(behind, [(6, later.fee_expected)]);
    assert!(work.ready.is_empty(), "enough are on their way");
    assert!(!world.outbox.bumped(&lease, work.bumps).await.expect("asked"));
    world.ask(&did(4), "a").await;
    assert!(world.outbox.bumped(&lease, work.bumps).await.expect("asked"), "there is more to do");
    let ended = Conclusion { tx: Some((first.id, TxEnd::Expired)), ..Conclusion::default() };
    world.outbox.conclude(&lease, &ended).await.expect("concluded");
    let work = world.outbox.work(&lease, TTL, limits(10)).await.expect("work");
    let (front, _) = work.front.expect("the next one");
    assert_eq!(front.tx, later, "now with its bytes");
}

#[tokio::test]
async fn the_outcome_event_and_the_state_of_the_operation_are_one() {
    let world = World::new().await;
    for (number, (outcome, state)) in [
        (included(), OperationState::Confirmed),
        (rejected("ledger/refused"), OperationState::Failed),
        (rejected("operation/cancelled"), OperationState::Cancelled),
    ]
    .into_iter()
    .enumerate()
    {
        let asked = world.ask(&did(10 + number as u128), "a").await;
        world.end(&asked, outcome.clone()).await;
        // No worker has done anything: the event alone ends it.
        let detail =
            get(world.pool(), Some(world.customer), asked.operation).await.expect("read").expect("there");
        assert_eq!(detail.operation.state, state);
        if state == OperationState::Confirmed {
            assert_eq!(detail.operation.fee_paid.as_deref(), Some("40000000000"));
            assert_eq!(detail.operation.height, Some(42));
            assert_eq!(detail.operation.tx_hash, Some("AB".repeat(32)));
        } else {
            assert_eq!(detail.operation.error.as_deref(), Some("No."));
        }
        let waited =
            wait_ended(world.pool(), world.outbox.signals(), asked.operation, WAIT).await.expect("waited");
        match (waited, outcome) {
            (Waited::Cancelled, LedgerOutcome::Rejected(_)) => assert_eq!(state, OperationState::Cancelled),
            (Waited::Ended(LedgerOutcome::Included(found)), LedgerOutcome::Included(meant)) => {
                assert_eq!((found.fee_paid, found.height), (meant.fee_paid, meant.height));
            }
            (Waited::Ended(found), meant) => assert_eq!(found, meant),
            (waited, _) => panic!("{waited:?}"),
        }
    }
}

#[tokio::test]
async fn a_worker_whose_lease_was_taken_can_write_nothing() {
    let world = World::new().await;
    let asked = world.ask(&did(1), "a").await;
    let old = world.outbox.lease(Uuid::from_u128(1), Duration::ZERO).await.expect("asked").expect("due");
    // A lease of no length ran out at once; the lane goes to the next.
    let new = world.lease(2).await.expect("the lane is free again");
    assert!(new.fence > old.fence);
    assert!(world.lease(3).await.is_none(), "a lane has one holder");
    let store = &world.outbox;
    let tx = new_tx(5);
    let hold = Hold { note: Note { code: "x".to_owned(), reason: "x".to_owned() }, delay: TTL };
    let conclusion = Conclusion { decided: vec![(asked.operation, included())], ..Conclusion::default() };
    let tries = [
        store.work(&old, TTL, limits(1)).await.map(drop),
        store.renew(&old, TTL).await,
        store.prepare(&old, &tx, &[asked.operation]).await,
        store.sending(&old, tx.id).await,
        store.accepted(&old, tx.id).await,
        store.conclude(&old, &conclusion).await,
        store.settled(&old, &[asked.operation]).await,
        store.hold(&old, &hold).await,
        store.release(&old, 0, None).await,
    ];
    for (number, tried) in tries.into_iter().enumerate() {
        assert_eq!(tried, Err(OutboxFault::Fenced), "write number {number}");
    }
    assert_eq!(world.ready(&new).await, [asked.operation], "and nothing was changed by it");
}

#[tokio::test]
async fn a_lane_given_back_sleeps_until_something_new_comes() {
    let world = World::new().await;
    let asked = world.ask(&did(1), "a").await;
    let lease = world.lease(1).await.expect("due");
    let bumps = world.outbox.work(&lease, TTL, limits(10)).await.expect("work").bumps;
    world.end(&asked, included()).await;
    world.outbox.release(&lease, bumps, None).await.expect("released");
    assert!(world.lease(1).await.is_none(), "nothing to do");
    world.ask(&did(1), "b").await;
    let lease = world.lease(1).await.expect("the feeder woke it");
    let bumps = world.outbox.work(&lease, TTL, limits(10)).await.expect("work").bumps;
    world.ask(&did(2), "c").await;
    world.outbox.release(&lease, bumps, None).await.expect("released");
    assert!(world.lease(1).await.is_some(), "what came while it was being given back is not slept through");
}

#[tokio::test]
async fn a_crashed_process_frees_its_lanes_at_once_and_a_living_one_keeps_them() {
    let world = World::new().await;
    let asked = world.ask(&did(1), "a").await;
    let doomed = SqlOutbox::start(world.database.another_pool(3), 77);
    while !doomed.present() {
        tokio::task::yield_now().await;
    }
    assert!(doomed.lease(Uuid::from_u128(5), TTL).await.expect("asked").is_some());
    assert!(world.lease(1).await.is_none(), "its process lives");
    drop(doomed);
    absent(world.pool(), 77).await;
    let lease = world.lease(1).await.expect("its process is gone, although the lease has a minute left");
    assert_eq!(world.ready(&lease).await, [asked.operation]);
}

/// Waits until a process's advisory lock is gone.
async fn absent(pool: &PgPool, presence: i64) {
    loop {
        let held: bool = sqlx::query_scalar(
            "select exists (select from pg_locks where locktype = 'advisory' and objid::bigint = $1 and granted
               and database = (select oid from pg_database where datname = current_database()))",
        )
        .bind(presence)
        .fetch_one(pool)
        .await
        .expect("query");
        if !held {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_prepared_transaction_survives_its_worker_with_bytes_hash_and_sequence() {
    let world = World::new().await;
    let asked = world.ask(&did(1), "a").await;
    let first = world.outbox.lease(Uuid::from_u128(1), Duration::ZERO).await.expect("asked").expect("due");
    let tx = new_tx(9);
    world.outbox.prepare(&first, &tx, &[asked.operation]).await.expect("stored");
    let second = world.lease(2).await.expect("a successor");
    let work = world.outbox.work(&second, TTL, limits(10)).await.expect("work");
    let (live, operations) = work.front.expect("the transaction");
    assert_eq!(live.tx, tx);
    assert!(operations[0].tried);
    assert!(
        world.outbox.prepare(&second, &new_tx(10), &[asked.operation]).await.is_err(),
        "no second one beside it"
    );
    let retired = Conclusion {
        tx: Some((tx.id, TxEnd::Retired)),
        requeued: vec![requeue(asked.operation, "ledger/timed-out", false)],
        ..Conclusion::default()
    };
    world.outbox.conclude(&second, &retired).await.expect("concluded");
    let former = world.outbox.former(asked.operation).await.expect("former");
    assert_eq!((former.len(), former[0].sequence, former[0].retired), (1, 9, true));
    assert_eq!((former[0].messages, former[0].index, former[0].fee_expected), (1, 0, Ncheq(40_000_000_000)));
    let work = world.outbox.work(&second, TTL, limits(10)).await.expect("work");
    assert_eq!((work.ready[0].attempts, work.ready[0].gas_boost, work.ready[0].tried), (1, 1, true));
    let detail =
        get(world.pool(), Some(world.customer), asked.operation).await.expect("read").expect("there");
    assert_eq!(detail.history.len(), 1);
    assert_eq!(detail.history[0].code, "ledger/timed-out");
    assert_eq!(detail.history[0].tx_hash, Some(tx.hash));
    assert!(detail.history[0].next_try_at.is_some());
    assert!(former[0].unproven, "its bytes may still be somewhere");
}

#[tokio::test]
async fn a_waiter_hears_at_once_that_money_is_missing_but_not_of_an_old_hold() {
    let world = World::new().await;
    let first = world.ask(&did(1), "a").await;
    let lease = world.lease(1).await.expect("due");
    let note =
        Note { code: "ledger/insufficient-funds".to_owned(), reason: "5 ncheq are missing.".to_owned() };
    let hold = Hold { note: note.clone(), delay: TTL };
    world.outbox.hold(&lease, &hold).await.expect("held");
    let expected = Waited::Pending { code: Some(note.code.clone()), reason: Some(note.reason.clone()) };
    let waited =
        wait_ended(world.pool(), world.outbox.signals(), first.operation, WAIT).await.expect("waited");
    assert_eq!(waited, expected);
    let bumps = world.outbox.work(&lease, TTL, limits(1)).await.expect("work").bumps;
    world.outbox.release(&lease, bumps, Some(TTL)).await.expect("released");
    assert!(world.lease(1).await.is_none());
    // A new operation makes the lane look at its money again: it may have been topped up.
    let second = world.ask(&did(2), "b").await;
    let lease = world.lease(1).await.expect("woken");
    let (pool, signals) = (world.pool().clone(), world.outbox.signals().clone());
    let waiting = tokio::spawn(async move { wait_ended(&pool, &signals, second.operation, WAIT).await });
    world.end(&second, included()).await;
    world.outbox.settled(&lease, &[second.operation]).await.expect("told");
    assert!(matches!(
        waiting.await.expect("joined").expect("waited"),
        Waited::Ended(LedgerOutcome::Included(_))
    ));
}

#[tokio::test]
async fn a_waiter_gives_up_after_its_time_with_the_last_obstacle() {
    let world = World::new().await;
    let asked = world.ask(&did(1), "a").await;
    let lease = world.lease(1).await.expect("due");
    let note = Note { code: "ledger/unreachable".to_owned(), reason: "The node is away.".to_owned() };
    let hold = Hold { note: note.clone(), delay: TTL };
    world.outbox.hold(&lease, &hold).await.expect("held");
    let waited = wait_ended(world.pool(), world.outbox.signals(), asked.operation, Duration::from_millis(1))
        .await
        .expect("waited");
    assert_eq!(waited, Waited::Pending { code: Some(note.code), reason: Some(note.reason) });
    let unknown = OperationId(Uuid::now_v7());
    let waited = wait_ended(world.pool(), world.outbox.signals(), unknown, Duration::from_millis(1)).await;
    assert_eq!(waited.expect("waited"), Waited::Pending { code: None, reason: None });
}

#[tokio::test]
async fn a_dead_operation_blocks_its_did_until_an_operator_decides() {
    let world = World::new().await;
    let stuck = world.ask(&did(1), "a").await;
    let behind = world.ask(&did(1), "b").await;
    let other = world.ask(&did(2), "c").await;
    let lease = world.lease(1).await.expect("due");
    let dead = Conclusion {
        requeued: vec![requeue(stuck.operation, "ledger/out-of-gas", true)],
        ..Conclusion::default()
    };
    world.outbox.conclude(&lease, &dead).await.expect("concluded");
    assert_eq!(world.ready(&lease).await, [other.operation]);
    let waited =
        wait_ended(world.pool(), world.outbox.signals(), stuck.operation, WAIT).await.expect("waited");
    assert!(matches!(waited, Waited::Pending { code: Some(code), .. } if code == "ledger/out-of-gas"));
    let (stranger, owner) = (Some(CustomerId(Uuid::now_v7())), Some(world.customer));
    for what in [Intervention::Retry, Intervention::Skip, Intervention::Cancel] {
        assert_eq!(world.intervene(&stuck, stranger, what).await, Intervened::NotFound, "not theirs");
    }
    assert_eq!(world.intervene(&behind, owner, Intervention::Skip).await, Intervened::Moving, "is not dead");
    let only_dead = OperationFilter { dead: true, limit: 10, ..OperationFilter::default() };
    let listed = list(world.pool(), None, &only_dead).await.expect("listed").operations;
    assert_eq!(
        listed.iter().map(|one| (one.operation_id, one.dead)).collect::<Vec<_>>(),
        [(stuck.operation, true)]
    );
    assert_eq!(world.intervene(&stuck, owner, Intervention::Retry).await, Intervened::Done);
    assert_eq!(world.ready(&lease).await, [stuck.operation, other.operation]);
    world.outbox.conclude(&lease, &dead).await.expect("concluded");
    assert_eq!(world.intervene(&stuck, None, Intervention::Skip).await, Intervened::Done);
    let work = world.outbox.work(&lease, TTL, limits(10)).await.expect("work");
    assert_eq!((work.ready[0].operation, work.ready[0].cancel_asked), (stuck.operation, true));
    assert_eq!(
        world.intervene(&stuck, owner, Intervention::Retry).await,
        Intervened::Done,
        "thought better of"
    );
    let work = world.outbox.work(&lease, TTL, limits(10)).await.expect("work");
    assert!(!work.ready[0].cancel_asked);
    // What waits behind another needs no turn to be cancelled.
    assert_eq!(world.intervene(&behind, owner, Intervention::Cancel).await, Intervened::Done);
    assert_eq!(world.ready(&lease).await, [behind.operation, stuck.operation, other.operation]);
    world.end(&behind, rejected("operation/cancelled")).await;
    let detail = get(world.pool(), None, behind.operation).await.expect("read").expect("there");
    assert_eq!(detail.operation.state, OperationState::Cancelled);
    for what in [Intervention::Retry, Intervention::Skip, Intervention::Cancel] {
        assert_eq!(world.intervene(&behind, owner, what).await, Intervened::Over);
    }
}

#[tokio::test]
async fn what_is_to_be_cancelled_waits_for_no_operator() {
    let world = World::new().await;
    let unwanted = world.ask(&did(1), "a").await;
    let lease = world.lease(1).await.expect("due");
    world.outbox.prepare(&lease, &new_tx(5), &[unwanted.operation]).await.expect("stored");
    assert_eq!(world.intervene(&unwanted, None, Intervention::Cancel).await, Intervened::Done, "on its way");
    let failed = Conclusion {
        requeued: vec![requeue(unwanted.operation, "ledger/out-of-gas", true)],
        ..Conclusion::default()
    };
    world.outbox.conclude(&lease, &failed).await.expect("concluded");
    assert_eq!(world.ready(&lease).await, [unwanted.operation], "its last attempt, and still not dead");
    let decided = Conclusion { decided: vec![(unwanted.operation, included())], ..Conclusion::default() };
    world.outbox.conclude(&lease, &decided).await.expect("concluded");
    world.outbox.conclude(&lease, &failed).await.expect("concluded");
    assert!(
        world.ready(&lease).await.is_empty(),
        "an outcome that its aggregate refuses is an operator's matter"
    );
}

#[tokio::test]
async fn an_estate_is_read_page_by_page_without_what_is_on_its_way() {
    let world = World::new().await;
    let estate = SqlEstate::new(world.pool().clone());
    for number in 1..=4 {
        let done = world.ask(&did(number), "a").await;
        world.end(&done, included()).await;
    }
    world.ask(&did(1), "b").await;
    let never = world.ask(&did(9), "a").await;
    world.end(&never, rejected("ledger/refused")).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = estate.holdings(Network::Testnet, after.as_ref(), 2).await.expect("read");
        assert!(page.iter().all(|one| one.height == 42 && one.resources.len() == 1), "{page:?}");
        seen.extend(page.iter().map(|one| one.did.clone()));
        after = page.last().map(|last| last.did.clone());
        if page.len() < 2 {
            break;
        }
    }
    assert_eq!(seen, [did(2), did(3), did(4)], "a page is full although a DID before it was left out");
}

#[tokio::test]
async fn a_second_write_of_the_same_effect_is_refused_without_stopping_the_feeder() {
    let world = World::new().await;
    let resource = ResourceId(Uuid::now_v7());
    let first = world.ask_with(&did(1), "a", resource).await;
    let twin = world.ask_with(&did(1), "b", resource).await;
    let after = world.ask(&did(2), "c").await;
    let lease = world.lease(1).await.expect("due");
    let settling = world.outbox.work(&lease, TTL, limits(10)).await.expect("work").settling;
    let [op] = settling.as_slice() else { panic!("one is decided: {settling:?}") };
    assert_eq!(op.operation, twin.operation);
    assert!(
        matches!(&op.outcome, Some(LedgerOutcome::Rejected(rejection)) if rejection.code == "ledger/duplicate-effect")
    );
    world.end(&twin, op.outcome.clone().expect("an outcome")).await;
    assert_eq!(world.ready(&lease).await, [first.operation, after.operation]);
}

#[tokio::test]
async fn lists_are_paged_newest_first_filtered_and_only_ones_own() {
    let world = World::new().await;
    let mut operations = Vec::new();
    for number in 0..5 {
        operations.push(world.ask(&did(number % 2), &format!("r{number}")).await);
    }
    world.end(&operations[4], included()).await;
    let ids = |page: &store::outbox::OperationPage| -> Vec<OperationId> {
        page.operations.iter().map(|operation| operation.operation_id).collect()
    };
    let mut filter = OperationFilter { limit: 2, ..OperationFilter::default() };
    let mut all = Vec::new();
    loop {
        let page = list(world.pool(), Some(world.customer), &filter).await.expect("listed");
        all.extend(ids(&page));
        filter.before = page.next;
        if page.next.is_none() {
            break;
        }
    }
    let newest_first: Vec<OperationId> = operations.iter().rev().map(|asked| asked.operation).collect();
    assert_eq!(all, newest_first);
    let of = |state, did: Option<&Did>, kind: Option<&str>| OperationFilter {
        state,
        did: did.map(ToString::to_string),
        kind: kind.map(str::to_owned),
        limit: 50,
        ..OperationFilter::default()
    };
    let on = |network| OperationFilter { network: Some(network), limit: 50, ..OperationFilter::default() };
    for (filter, expected) in [
        (of(Some(OperationState::Confirmed), None, None), 1),
        (of(Some(OperationState::Pending), None, None), 4),
        (of(None, Some(&did(1)), None), 2),
        (of(None, None, Some("resource-create")), 5),
        (of(None, None, Some("did-create")), 0),
        (on(Network::Testnet), 5),
        (on(Network::Mainnet), 0),
    ] {
        let page = list(world.pool(), Some(world.customer), &filter).await.expect("listed");
        assert_eq!(page.operations.len(), expected, "{filter:?}");
    }
    let stranger = CustomerId(Uuid::now_v7());
    let page =
        list(world.pool(), Some(stranger), &OperationFilter { limit: 50, ..OperationFilter::default() })
            .await;
    assert!(page.expect("listed").operations.is_empty());
    assert!(get(world.pool(), Some(stranger), operations[0].operation).await.expect("read").is_none());
    let shown = serde_json::to_value(get(world.pool(), None, operations[4].operation).await.expect("read"))
        .expect("JSON");
    for member in
        ["operationId", "kind", "did", "state", "attempts", "feePaid", "txHash", "createdAt", "history"]
    {
        assert!(shown.get(member).is_some(), "{member} in {shown}");
    }
    assert_eq!(shown["state"], "confirmed");
}

#[tokio::test]
async fn lists_and_lanes_use_their_indexes() {
    let world = World::new().await;
    world.ask(&did(1), "a").await;
    let mut connection = world.pool().acquire().await.expect("a connection");
    sqlx::query("set enable_seqscan = off").execute(&mut *connection).await.expect("set");
    for (sql, index) in [
        (
            "select * from outbox.ops where customer = gen_random_uuid() and position < 9 order by position desc limit 3",
            "ops_of_customer",
        ),
        (
            "select * from outbox.ops where network = 'testnet' and payer = 'x' and state in ('in_tx', 'settling')",
            "ops_moving_of_lane",
        ),
        ("select * from outbox.lanes where wake_at <= now() order by wake_at limit 1", "lanes_due"),
    ] {
        let plan: Vec<String> =
            sqlx::query_scalar(&format!("explain {sql}")).fetch_all(&mut *connection).await.expect("a plan");
        assert!(plan.iter().any(|line| line.contains(index)), "{sql}: {plan:?}");
    }
}

/// Safety 3: a write that cannot be digested holds up its own DID, whichever stream asked for it, and no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_write_parks_its_did_and_nobody_elses() {
    let world = World::new().await;
    let first = world.ask(&did(1), "first").await;
    sqlx::raw_sql(&format!(
        "insert into es.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
         select aggregate_type, gen_random_uuid(), 1, event_type, event_version,
           replace(payload::text, '{}', '*no base64*')::json,
           (metadata::jsonb || jsonb_build_object('eventId', gen_random_uuid(), 'commandId', gen_random_uuid()))::json
         from es.events where aggregate_id = '{}'",
        STANDARD.encode(b"message"),
        first.line
    ))
    .execute(world.pool())
    .await
    .expect("is written past every check");
    world.progress.appended();
    let (after, other) = (world.ask(&did(1), "second").await, world.ask(&did(2), "third").await);
    let queued = async |asked: &Asked| {
        let sql = "select exists (select from outbox.ops where operation = $1)";
        sqlx::query_scalar::<_, bool>(sql)
            .bind(asked.operation.0)
            .fetch_one(world.pool())
            .await
            .expect("answers")
    };
    assert!(queued(&first).await && queued(&other).await);
    assert!(!queued(&after).await, "what comes later under the DID waits for what came before it");
    let parked = world.progress.parked().await.expect("answers");
    assert_eq!(parked.iter().map(|one| one.stream.clone()).collect::<Vec<_>>(), [format!("did-{}", did(1))]);
}
