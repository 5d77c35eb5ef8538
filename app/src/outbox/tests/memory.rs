//! The other ports in memory, and a world to put a worker into.

use super::ledger::{Guide, Ledger, Say};
use crate::{
    Fault,
    fake::{Safe, Time},
    outbox::{
        Behind, Conclusion, CrashPoint, CrashPoints, Former, Hold, Lease, Limits, LiveTx, NewTx, OutboxFault,
        OutboxStore, QueuedOp, Settings, TxEnd, Work, Worker, worker::Parts,
    },
    port::{
        Committed, Execute, Ids, Loaded, Meta, Vault as _, chain::ChainMessage, commands::Token,
        vault::KeyRequest,
    },
};
use async_trait::async_trait;
use domain::{
    Aggregate,
    customer::{CustomerCommand, PayerAccount},
    id::{CustomerId, Did, Ncheq, Network, OperationId, ResourceId, Sealed, resource_line_id},
    key::{KeyAlgorithm, KeyPurpose},
    ledger::{LedgerOutcome, LedgerWrite},
    resource::{ResourceCommand, ResourceDescription, ResourceLine},
};
use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant as Moment;
use uuid::Uuid;

/// How many transactions these workers have on their way at most.
pub(super) const IN_FLIGHT: usize = 3;
pub(super) const PAYER: &str = "cheqd1payer";
pub(super) const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0xC0));

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpState {
    Queued,
    InTx,
    Settling,
    Ended,
    Dead,
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) op: QueuedOp,
    pub(super) state: OpState,
    run_at: Moment,
    pub(super) notes: Vec<String>,
}

#[derive(Debug)]
struct StoredTx {
    live: LiveTx,
    end: Option<TxEnd>,
    operations: Vec<OperationId>,
}

#[derive(Debug, Default)]
struct State {
    rows: Vec<Row>,
    txs: Vec<StoredTx>,
    holder: Option<(Uuid, Moment)>,
    fence: i64,
    wake_at: Option<Moment>,
    hold: Option<Hold>,
    failures: u32,
    heights: BTreeMap<String, u64>,
    most_in_flight: usize,
    /// Says at which writes the lease turns out to be lost.
    losses: Option<Arc<Mutex<Guide>>>,
}

/// One lane in memory.
#[derive(Debug)]
pub(super) struct Memory(Mutex<State>);

impl Memory {
    fn new() -> Self {
        Self(Mutex::new(State { wake_at: Some(Moment::now()), ..State::default() }))
    }

    pub(super) fn add(&self, op: QueuedOp) {
        let mut state = self.0.lock().unwrap();
        state.rows.push(Row { op, state: OpState::Queued, run_at: Moment::now(), notes: Vec::new() });
        state.wake_at = Some(Moment::now());
    }

    /// The holder of the lane died.
    pub(super) fn free(&self) {
        let mut state = self.0.lock().unwrap();
        state.holder = None;
        state.wake_at = Some(Moment::now());
    }

    /// Every hold and delay is over.
    pub(super) fn wake(&self) {
        let mut state = self.0.lock().unwrap();
        state.wake_at = Some(Moment::now());
    }

    /// The operator sends a dead operation back.
    pub(super) fn retry(&self, operation: OperationId) {
        let mut state = self.0.lock().unwrap();
        let row = state.rows.iter_mut().find(|row| row.op.operation == operation).unwrap();
        assert_eq!(row.state, OpState::Dead);
        (row.state, row.op.attempts, row.run_at) = (OpState::Queued, 0, Moment::now());
        state.wake_at = Some(Moment::now());
    }

    /// Somebody asks that an operation end without effect.
    pub(super) fn ask_cancel(&self, operation: OperationId) {
        let mut state = self.0.lock().unwrap();
        let row = state.rows.iter_mut().find(|row| row.op.operation == operation).unwrap();
        row.op.cancel_asked = true;
        if row.state == OpState::Dead {
            row.state = OpState::Queued;
        }
        row.run_at = Moment::now();
        state.wake_at = Some(Moment::now());
    }

    pub(super) fn row(&self, operation: OperationId) -> Row {
        let state = self.0.lock().unwrap();
        state.rows.iter().find(|row| row.op.operation == operation).unwrap().clone()
    }

    pub(super) fn held(&self) -> Option<Hold> {
        self.0.lock().unwrap().hold.clone()
    }

    /// The most transactions that were on their way at a time.
    pub(super) fn most_in_flight(&self) -> usize {
        self.0.lock().unwrap().most_in_flight
    }

    pub(super) fn unsettled(&self) -> usize {
        let state = self.0.lock().unwrap();
        state.rows.iter().filter(|row| row.state != OpState::Ended).count()
    }

    pub(super) fn transactions(&self) -> Vec<(NewTx, Option<TxEnd>)> {
        let state = self.0.lock().unwrap();
        state.txs.iter().map(|tx| (tx.live.tx.clone(), tx.end)).collect()
    }

    /// From now on leases are lost where the guide says, as if their holder had slept too long.
    pub(super) fn lose_leases(&self, guide: Arc<Mutex<Guide>>) {
        self.0.lock().unwrap().losses = Some(guide);
    }

    pub(super) fn keep_leases(&self) {
        self.0.lock().unwrap().losses = None;
    }

    fn fenced(&self, lease: &Lease) -> Result<std::sync::MutexGuard<'_, State>, OutboxFault> {
        let mut state = self.0.lock().unwrap();
        if state.losses.as_ref().is_some_and(|guide| guide.lock().unwrap().deviates()) {
            (state.holder, state.wake_at) = (None, Some(Moment::now()));
        }
        let holds = state.holder.is_some_and(|(owner, _)| owner == lease.owner) && state.fence == lease.fence;
        if holds { Ok(state) } else { Err(OutboxFault::Fenced) }
    }
}

impl State {
    fn head(&self, index: usize) -> bool {
        let row = &self.rows[index];
        row.state == OpState::Queued
            && !self.rows[..index].iter().any(|earlier| {
                earlier.op.ordering_key == row.op.ordering_key && earlier.state != OpState::Ended
            })
    }

    fn view(&self, row: &Row) -> QueuedOp {
        let height = self.heights.get(row.op.ordering_key.as_str()).copied();
        let tried = self.txs.iter().any(|tx| {
            tx.operations.contains(&row.op.operation)
                && !matches!(tx.end, Some(TxEnd::Reverted | TxEnd::Refused))
        });
        QueuedOp { predecessor_height: height, tried, ..row.op.clone() }
    }
}

#[async_trait]
impl OutboxStore for Memory {
    async fn lease(&self, owner: Uuid, ttl: Duration) -> Result<Option<Lease>, OutboxFault> {
        let mut state = self.0.lock().unwrap();
        let now = Moment::now();
        if state.holder.is_some_and(|(_, until)| until >= now) || state.wake_at.is_none_or(|at| at > now) {
            return Ok(None);
        }
        state.fence += 1;
        state.holder = Some((owner, now + ttl));
        Ok(Some(Lease { network: Network::Testnet, payer: PAYER.to_owned(), owner, fence: state.fence }))
    }

    async fn work(&self, lease: &Lease, ttl: Duration, limits: Limits) -> Result<Work, OutboxFault> {
        tokio::task::yield_now().await;
        let mut state = self.fenced(lease)?;
        let now = Moment::now();
        state.holder = Some((lease.owner, now + ttl));
        let of = |wanted: OpState| -> Vec<QueuedOp> {
            state.rows.iter().filter(|row| row.state == wanted).map(|row| state.view(row)).collect()
        };
        let unwanted =
            |index: &usize| state.rows[*index].op.cancel_asked && state.rows[*index].state == OpState::Queued;
        let mut heads: Vec<usize> =
            (0..state.rows.len()).filter(|index| state.head(*index) || unwanted(index)).collect();
        heads.sort_by_key(|index| !unwanted(index));
        let mut live: Vec<&StoredTx> = state.txs.iter().filter(|tx| tx.end.is_none()).collect();
        live.sort_by_key(|tx| tx.live.tx.sequence);
        let front = live.first().map(|tx| {
            let rows = tx.operations.iter().filter_map(|id| {
                state.rows.iter().find(|row| row.op.operation == *id && row.state == OpState::InTx)
            });
            (tx.live.clone(), rows.map(|row| state.view(row)).collect())
        });
        let behind = live
            .iter()
            .skip(1)
            .map(|tx| Behind { sequence: tx.live.tx.sequence, fee_expected: tx.live.tx.fee_expected });
        let settling = of(OpState::Settling);
        let take = if settling.is_empty() && live.len() < limits.in_flight { limits.ready } else { 0 };
        Ok(Work {
            front,
            behind: behind.collect(),
            settling,
            ready: heads
                .iter()
                .map(|index| &state.rows[*index])
                .filter(|row| row.run_at <= now)
                .take(take)
                .map(|row| state.view(row))
                .collect(),
            next_in: heads.iter().map(|index| state.rows[*index].run_at.duration_since(now)).min(),
            failures: state.failures,
            bumps: i64::try_from(state.rows.len()).unwrap(),
        })
    }

    async fn bumped(&self, lease: &Lease, bumps: i64) -> Result<bool, OutboxFault> {
        Ok(i64::try_from(self.fenced(lease)?.rows.len()).unwrap() != bumps)
    }

    async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<(), OutboxFault> {
        self.fenced(lease)?.holder = Some((lease.owner, Moment::now() + ttl));
        Ok(())
    }

    async fn prepare(
        &self,
        lease: &Lease,
        tx: &NewTx,
        operations: &[OperationId],
    ) -> Result<(), OutboxFault> {
        tokio::task::yield_now().await;
        let mut state = self.fenced(lease)?;
        let taken = |other: &StoredTx| other.end.is_none() && other.live.tx.sequence == tx.sequence;
        assert!(!state.txs.iter().any(taken), "one live transaction per sequence");
        for id in operations {
            let row = state.rows.iter_mut().find(|row| row.op.operation == *id).unwrap();
            assert_eq!(row.state, OpState::Queued);
            row.state = OpState::InTx;
        }
        (state.hold, state.failures) = (None, 0);
        let live = LiveTx { tx: tx.clone(), sends: 1, accepted: false };
        state.txs.push(StoredTx { live, end: None, operations: operations.to_vec() });
        let in_flight = state.txs.iter().filter(|tx| tx.end.is_none()).count();
        state.most_in_flight = state.most_in_flight.max(in_flight);
        Ok(())
    }

    async fn sending(&self, lease: &Lease, _tx: Uuid) -> Result<(), OutboxFault> {
        self.fenced(lease).map(drop)
    }

    async fn accepted(&self, lease: &Lease, _tx: Uuid) -> Result<(), OutboxFault> {
        self.fenced(lease).map(drop)
    }

    async fn conclude(&self, lease: &Lease, conclusion: &Conclusion) -> Result<(), OutboxFault> {
        tokio::task::yield_now().await;
        let mut state = self.fenced(lease)?;
        if let Some((id, end)) = conclusion.tx {
            let tx = state.txs.iter_mut().find(|tx| tx.live.tx.id == id).unwrap();
            assert!(tx.end.is_none(), "a transaction ends once");
            tx.end = Some(end);
        }
        for requeue in &conclusion.requeued {
            let row = state.rows.iter_mut().find(|row| row.op.operation == requeue.operation).unwrap();
            assert_ne!(row.state, OpState::Ended, "what has ended does not start again");
            let dead = requeue.dead && (!row.op.cancel_asked || row.state == OpState::Settling);
            row.state = if dead { OpState::Dead } else { OpState::Queued };
            row.run_at = Moment::now() + requeue.delay;
            row.op.attempts += u32::from(requeue.counts);
            row.op.gas_boost += u32::from(requeue.boost_gas);
            row.notes.extend(requeue.note.iter().map(|note| note.code.clone()));
        }
        for (id, outcome) in &conclusion.decided {
            let row = state.rows.iter_mut().find(|row| row.op.operation == *id).unwrap();
            if row.state != OpState::Ended {
                row.state = OpState::Settling;
                row.op.outcome = Some(outcome.clone());
            }
        }
        Ok(())
    }

    async fn settled(&self, lease: &Lease, operations: &[OperationId]) -> Result<(), OutboxFault> {
        let mut state = self.fenced(lease)?;
        for operation in operations {
            let row = state.rows.iter_mut().find(|row| row.op.operation == *operation).unwrap();
            row.state = OpState::Ended;
            if let Some(LedgerOutcome::Included(inclusion)) = row.op.outcome.clone() {
                let key = row.op.ordering_key.to_string();
                state.heights.insert(key, inclusion.height);
            }
        }
        Ok(())
    }

    async fn hold(&self, lease: &Lease, hold: &Hold) -> Result<(), OutboxFault> {
        let mut state = self.fenced(lease)?;
        state.hold = Some(hold.clone());
        state.failures += 1;
        state.wake_at = Some(Moment::now() + hold.delay);
        Ok(())
    }

    async fn release(&self, lease: &Lease, bumps: i64, wake_in: Option<Duration>) -> Result<(), OutboxFault> {
        let mut state = self.fenced(lease)?;
        state.holder = None;
        let bumped = i64::try_from(state.rows.len()).unwrap() != bumps;
        let wake_in = if bumped { Some(Duration::ZERO) } else { wake_in };
        state.wake_at = wake_in.map(|wake_in| Moment::now() + wake_in);
        Ok(())
    }

    async fn former(&self, operation: OperationId) -> Result<Vec<Former>, OutboxFault> {
        let state = self.0.lock().unwrap();
        let mut former: Vec<Former> = state
            .txs
            .iter()
            .filter_map(|tx| {
                let index = tx.operations.iter().position(|id| *id == operation)?;
                Some(Former {
                    hash: tx.live.tx.hash.clone(),
                    sequence: tx.live.tx.sequence,
                    timeout_height: tx.live.tx.timeout_height,
                    messages: tx.operations.len(),
                    index,
                    fee_expected: tx.live.tx.fee_expected,
                    retired: tx.end == Some(TxEnd::Retired),
                    unproven: matches!(tx.end, Some(TxEnd::Retired | TxEnd::Included)),
                })
            })
            .collect();
        former.reverse();
        Ok(former)
    }

    async fn creation_pending(
        &self,
        _network: Network,
        _customer: CustomerId,
        _except: &Did,
    ) -> Result<bool, OutboxFault> {
        Ok(false)
    }

    async fn wait_for_work(&self, limit: Duration) {
        tokio::time::sleep(limit).await;
    }
}

type States = HashMap<(&'static str, String), Box<dyn Any + Send>>;

/// Aggregates in memory, with their real rules.
#[derive(Default)]
pub(super) struct Aggregates {
    states: Mutex<States>,
    pub(super) outcomes: Mutex<Vec<serde_json::Value>>,
    pub(super) away: Mutex<u32>,
}

#[async_trait]
impl<A: Aggregate> Execute<A> for Aggregates {
    async fn execute(&self, id: &str, command: A::Command, _meta: Meta) -> Result<Committed<A>, Fault> {
        tokio::task::yield_now().await;
        {
            let mut away = self.away.lock().unwrap();
            if *away > 0 {
                *away -= 1;
                return Err(Fault::unavailable("store/unavailable", "away", "test"));
            }
        }
        let mut states = self.states.lock().unwrap();
        let slot = states.entry((A::TYPE, id.to_owned())).or_insert_with(|| Box::new(A::default()));
        let state = slot.downcast_mut::<A>().unwrap();
        let events = state.decide(command).map_err(|refusal| Fault::refused(&refusal))?;
        for event in &events {
            state.evolve(event);
            self.outcomes.lock().unwrap().push(serde_json::to_value(event).unwrap());
        }
        Ok(Committed { state: state.clone(), events, version: 1, token: Token(1) })
    }

    async fn load(&self, id: &str) -> Result<Loaded<A>, Fault> {
        let states = self.states.lock().unwrap();
        let state = states.get(&(A::TYPE, id.to_owned())).and_then(|slot| slot.downcast_ref::<A>());
        Ok(Loaded { state: state.cloned().unwrap_or_default(), version: 1 })
    }
}

/// Ids that are the same in every run of a seed, and dice that fall far apart.
struct Counted(Mutex<u64>);

impl Ids for Counted {
    fn next(&self) -> Uuid {
        let mut next = self.0.lock().unwrap();
        *next += 1;
        Uuid::from_u128(u128::from(*next))
    }

    fn random(&self) -> u32 {
        let mut next = self.0.lock().unwrap();
        *next += 1;
        u32::try_from((*next).wrapping_mul(2_654_435_761) % (1 << 32)).unwrap()
    }
}

/// Panics, which is as good as a power cut here: only what is in [`Memory`] and on the [`Ledger`] survives.
pub(super) struct Dies(pub(super) Mutex<(u64, u32)>, pub(super) Option<CrashPoint>);

impl CrashPoints for Dies {
    fn reach(&self, point: CrashPoint) {
        let mut state = self.0.lock().unwrap();
        let dies = if let Some(wanted) = self.1 {
            wanted == point && std::mem::take(&mut state.1) > 0
        } else {
            state.0 = state.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state.0 >> 33) % 1_000 < u64::from(state.1)
        };
        drop(state);
        if dies {
            // Not `panic!`: the hook would fill the output with intended deaths.
            std::panic::resume_unwind(Box::new(point));
        }
    }
}

/// Everything around a worker.
pub(super) struct World {
    pub(super) store: Arc<Memory>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) aggregates: Arc<Aggregates>,
    safe: Arc<Safe>,
    time: Arc<Time>,
    ids: Arc<Counted>,
    count: Mutex<u128>,
}

impl World {
    pub(super) async fn new(ledger: Ledger) -> Self {
        let (aggregates, time) = (Arc::new(Aggregates::default()), Arc::new(Time::default()));
        let safe = Arc::new(Safe::default());
        let (algorithm, purpose) = (KeyAlgorithm::Secp256k1, KeyPurpose::Payer);
        let wanted = KeyRequest { customer: CUSTOMER, request: Uuid::nil(), algorithm, purpose };
        let payer = safe.create_key(wanted).await.unwrap();
        let register = CustomerCommand::Register {
            customer: CUSTOMER,
            name: Sealed("v1.k.x".to_owned()),
            email: None,
            payers: vec![PayerAccount {
                network: Network::Testnet,
                address: PAYER.to_owned(),
                kid: payer.kid,
            }],
            at: time.present(),
        };
        let id = CUSTOMER.to_string();
        Execute::<domain::customer::Customer>::execute(&*aggregates, &id, register, meta()).await.unwrap();
        aggregates.outcomes.lock().unwrap().clear();
        let ids = Arc::new(Counted(Mutex::new(1_000)));
        let store = Arc::new(Memory::new());
        Self { store, ledger: Arc::new(ledger), aggregates, safe, time, ids, count: Mutex::new(0) }
    }

    pub(super) fn worker(&self, crash: Arc<dyn CrashPoints>) -> Arc<Worker> {
        let parts = Parts {
            store: self.store.clone(),
            chain: self.ledger.clone(),
            vault: self.safe.clone(),
            commands: self.aggregates.clone(),
            clock: self.time.clone(),
            ids: self.ids.clone(),
            crash,
        };
        Arc::new(Worker::new(
            parts,
            Settings { timeout_blocks: 40, batch: 4, in_flight: IN_FLIGHT, ..Settings::default() },
        ))
    }

    /// Asks for a resource version under the DID with this number; its request stands in the aggregate as well.
    pub(super) async fn ask(&self, did: u128, change: impl FnOnce(&mut Say, &mut QueuedOp)) -> OperationId {
        let number = {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            *count
        };
        let did = Did::parse(&format!("did:cheqd:testnet:{}", Uuid::from_u128(0xD1D0 + did))).unwrap();
        let operation = OperationId(Uuid::from_u128(0x0900_0000 + number));
        let mut say = Say {
            did: did.clone(),
            resource: ResourceId(Uuid::from_u128(0x5E00_0000 + number)),
            checksum: format!("{number:064x}"),
            bad: false,
            bad_in_block: false,
        };
        let (name, resource_type) = (format!("r{number}"), "T".to_owned());
        let mut op = QueuedOp {
            operation,
            customer: CUSTOMER,
            aggregate_type: ResourceLine::TYPE.to_owned(),
            aggregate_id: resource_line_id(&did, &name, &resource_type).to_string(),
            event_id: Uuid::from_u128(number),
            correlation_id: Uuid::from_u128(number),
            traceparent: None,
            ordering_key: did.clone(),
            message: ChainMessage { type_url: "/cheqd.did.v2.Say".to_owned(), value: Vec::new() },
            effect: say.effect(),
            fee_max: None,
            attempts: 0,
            gas_boost: 0,
            tried: false,
            cancel_asked: false,
            predecessor_height: None,
            outcome: None,
        };
        change(&mut say, &mut op);
        op.message.value = serde_json::to_vec(&say).unwrap();
        let description = ResourceDescription {
            did: did.clone(),
            resource: say.resource,
            name,
            resource_type,
            version: String::new(),
            also_known_as: Vec::new(),
            size_bytes: 1,
            checksum: say.checksum.clone(),
            media_type: "text/plain".to_owned(),
        };
        let write = LedgerWrite {
            operation,
            network: Network::Testnet,
            payer: PAYER.to_owned(),
            ordering_key: did,
            type_url: op.message.type_url.clone(),
            value: String::new(),
            effect: op.effect.clone(),
            fee_max: op.fee_max,
        };
        let at = self.time.present();
        let command = ResourceCommand::RequestVersion { customer: CUSTOMER, description, write, at };
        Execute::<ResourceLine>::execute(&*self.aggregates, &op.aggregate_id, command, meta()).await.unwrap();
        self.store.add(op);
        operation
    }

    pub(super) async fn plain(&self, did: u128) -> OperationId {
        self.ask(did, |_, _| {}).await
    }

    /// Runs a worker until nothing is due; holds and delays included. A worker that dies is followed by the next.
    pub(super) async fn run(&self, crash: Arc<dyn CrashPoints>, rounds: u32) {
        for _ in 0..rounds {
            if self.store.unsettled() == 0 {
                return;
            }
            let worker = self.worker(crash.clone());
            let ran = tokio::spawn(async move { worker.run_once().await }).await;
            match ran {
                Err(died) => {
                    assert!(died.is_panic());
                    let payload = died.into_panic();
                    if let Some(point) = payload.downcast_ref::<CrashPoint>() {
                        assert!(CrashPoint::ALL.contains(point));
                    } else {
                        std::panic::resume_unwind(payload);
                    }
                    self.store.free();
                }
                Ok(leased) => {
                    leased.unwrap();
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    self.store.wake();
                }
            }
        }
    }

    /// How the aggregate says the operation ended; panics if it says so more than once.
    pub(super) fn outcome(&self, operation: OperationId) -> Option<LedgerOutcome> {
        let outcomes = self.aggregates.outcomes.lock().unwrap();
        let mut found = outcomes.iter().filter_map(|event| {
            let body = event.as_object()?.values().next()?;
            if body.get("operation")?.as_str()? != operation.to_string() {
                return None;
            }
            let inclusion = body.get("inclusion").map(|value| serde_json::from_value(value.clone()).unwrap());
            let rejection = body.get("rejection").map(|value| serde_json::from_value(value.clone()).unwrap());
            inclusion.map(LedgerOutcome::Included).or(rejection.map(LedgerOutcome::Rejected))
        });
        let first = found.next();
        assert!(found.next().is_none(), "{operation} ended twice");
        first
    }

    pub(super) fn fees(&self) -> Ncheq {
        let outcomes = self.aggregates.outcomes.lock().unwrap();
        let fees = outcomes.iter().filter_map(|event| {
            let inclusion = event.as_object()?.values().next()?.get("inclusion")?;
            inclusion.get("feePaid")?.as_str()?.parse::<u128>().ok()
        });
        Ncheq(fees.sum())
    }
}

fn meta() -> Meta {
    Meta {
        command_id: Uuid::nil(),
        correlation_id: Uuid::nil(),
        causation_id: None,
        customer: CUSTOMER,
        actor: crate::Actor::Operator,
        traceparent: None,
        occurred_at: chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        keys_used: Vec::new(),
    }
}
