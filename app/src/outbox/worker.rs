//! Moves lanes along: one task per leased lane, one step after the other, each step repeatable after a power cut.

mod cancel;
mod confirm;
mod flight;
mod prepare;
mod refused;
mod settle;

use super::{
    backoff,
    crash::{CrashPoint, CrashPoints},
    port::{Hold, Lease, Limits, Note, OutboxFault, OutboxStore, QueuedOp, Work},
};
use crate::port::{Chain, Clock, Commands, Ids, Vault, chain::ChainFault};
pub use cancel::CANCELLED;
use confirm::Watch;
use domain::id::{CustomerId, KeyId, Network, OperationId};
use flight::Flight;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, task::JoinSet};
use uuid::Uuid;

/// The limits of these modules.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [LIMITS, prepare::LIMITS, refused::LIMITS].concat()
}

domain::limits! {
    /// Attempts after which an operation waits for an operator.
    pub MAX_ATTEMPTS: u32 = 10, "tries";
    /// Longest wait after an obstacle that may pass, in seconds.
    BACKOFF_CAP_SECONDS: u64 = 30, "seconds";
    /// How long a wrongly set-up lane rests before it looks again, in seconds.
    MISCONFIGURED_WAIT_SECONDS: u64 = 60, "seconds";
    /// The most message bytes in one transaction of several messages.
    MAX_BATCH_BYTES: usize = 120_000, "bytes";
    /// What a message has around it in a transaction of several, beside its type.
    MESSAGE_FRAME_BYTES: usize = 16, "bytes";
}

/// Shortest wait after an obstacle that may pass, in milliseconds.
const BACKOFF_BASE_MILLIS: u64 = 250;

/// What can be tuned.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many blocks a transaction may take to be included.
    pub timeout_blocks: u64,
    /// How long a lane stays ours without a sign of life.
    pub lease: Duration,
    /// How many lanes are worked on at a time.
    pub lanes: usize,
    /// How often the store is asked for work if nothing wakes us.
    pub poll: Duration,
    /// Most messages in one transaction, where the fee rule allows several.
    pub batch: usize,
    /// Most transactions of one lane on their way at a time; at least one.
    pub in_flight: usize,
    /// First wait between two looks for a transaction; grows by half each time.
    pub confirm_first: Duration,
    /// Longest wait between two looks.
    pub confirm_longest: Duration,
    /// How long to look for a transaction before asking where the chain stands, and between two such questions.
    pub probe: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout_blocks: 30,
            lease: Duration::from_secs(15),
            lanes: 64,
            poll: Duration::from_millis(250),
            batch: 100,
            in_flight: 16,
            confirm_first: Duration::from_millis(10),
            confirm_longest: Duration::from_secs(1),
            probe: Duration::from_secs(4),
        }
    }
}

/// The outbox worker.
pub struct Worker {
    owner: Uuid,
    store: Arc<dyn OutboxStore>,
    chain: Arc<dyn Chain>,
    vault: Arc<dyn Vault>,
    commands: Arc<dyn Commands>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    crash: Arc<dyn CrashPoints>,
    settings: Settings,
    payer_keys: Mutex<HashMap<(CustomerId, Network, String), KeyId>>,
}

/// The parts a worker is made of.
pub struct Parts {
    /// Its memory.
    pub store: Arc<dyn OutboxStore>,
    /// The ledgers.
    pub chain: Arc<dyn Chain>,
    /// The payers' keys.
    pub vault: Arc<dyn Vault>,
    /// The aggregates that wait for outcomes.
    pub commands: Arc<dyn Commands>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and jitter.
    pub ids: Arc<dyn Ids>,
    /// Test aid.
    pub crash: Arc<dyn CrashPoints>,
}

/// What a lane's task remembers between its steps; losing it costs nothing but time.
#[derive(Debug)]
struct Memory {
    /// Whether the fee rule allowed several messages when last asked.
    may_batch: bool,
    /// Most messages in the next transaction; shrinks when a batch fails.
    batch_limit: usize,
    /// Operations that go alone because their batch failed.
    solo: HashSet<OperationId>,
    /// How often recording the outcome failed.
    settle_failures: u32,
    /// How often in a row the node gave no answer about a transaction on its way.
    silences: u32,
    /// Transactions on their way beside the one a step is about. While there are some, nothing holds the lane.
    beside: usize,
    /// Nothing new is sent before all that is on its way is through.
    drain: bool,
    /// The account's sequence is at least this: a transaction with the one before was seen in a block.
    floor: u64,
    /// What was seen so far of each transaction this task has sent; one that is missing here was stored by an earlier run.
    watches: HashMap<Uuid, Watch>,
}

impl Memory {
    fn new(settings: &Settings) -> Self {
        Self {
            may_batch: false,
            batch_limit: settings.batch.max(1),
            solo: HashSet::new(),
            settle_failures: 0,
            silences: 0,
            beside: 0,
            drain: false,
            floor: 0,
            watches: HashMap::new(),
        }
    }
}

/// What comes after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Look for work again at once.
    Again,
    /// Look again after a while, keeping the lane.
    After(Duration),
    /// Nothing to do, or held, for this long; for ever without a time.
    Idle(Option<Duration>),
}

impl Worker {
    /// Puts a worker together; it is one process as far as leases go.
    pub fn new(parts: Parts, settings: Settings) -> Self {
        let Parts { store, chain, vault, commands, clock, ids, crash } = parts;
        let owner = ids.next();
        Self {
            owner,
            store,
            chain,
            vault,
            commands,
            clock,
            ids,
            crash,
            settings,
            payer_keys: Mutex::new(HashMap::new()),
        }
    }

    /// Works until `stop` becomes true, then gives its lanes back. Database outages are waited out.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut lanes = JoinSet::new();
        let mut failures = 0;
        while !*stop.borrow() {
            while lanes.try_join_next().is_some() {}
            let mut wait = self.settings.poll;
            while lanes.len() < self.settings.lanes {
                match self.store.lease(self.owner, self.settings.lease).await {
                    Ok(Some(lease)) => {
                        failures = 0;
                        let (worker, stop) = (Arc::clone(&self), stop.clone());
                        lanes.spawn(async move { worker.drive(&lease, stop).await });
                    }
                    Ok(None) => {
                        failures = 0;
                        break;
                    }
                    Err(fault) => {
                        tracing::warn!(%fault, "the outbox cannot lease lanes");
                        failures += 1;
                        wait = self.backoff(failures);
                        break;
                    }
                }
            }
            tokio::select! {
                () = self.store.wait_for_work(wait) => {}
                Some(_) = lanes.join_next() => {}
                _ = stop.changed() => {}
            }
        }
        while lanes.join_next().await.is_some() {}
    }

    /// Leases one lane and works on it until nothing in it is due. `false` if there was none. For tests and one-shot use.
    pub async fn run_once(&self) -> Result<bool, OutboxFault> {
        let Some(lease) = self.store.lease(self.owner, self.settings.lease).await? else { return Ok(false) };
        let (_keep, stop) = watch::channel(false);
        self.drive(&lease, stop).await;
        Ok(true)
    }

    async fn drive(&self, lease: &Lease, mut stop: watch::Receiver<bool>) {
        let mut memory = Memory::new(&self.settings);
        let mut failures = 0;
        loop {
            let stopping = *stop.borrow();
            let wait = match self.one_step(lease, &mut memory, stopping, &stop).await {
                Ok(None) => return,
                Ok(Some(Step::After(wait))) => wait,
                Ok(Some(_)) => {
                    failures = 0;
                    continue;
                }
                Err(OutboxFault::Fenced) => {
                    tracing::warn!(payer = lease.payer, "lost the lease of a lane; its new holder goes on");
                    self.crash.reach(CrashPoint::K11);
                    return;
                }
                Err(fault) => {
                    tracing::warn!(payer = lease.payer, %fault, "a lane waits for its store");
                    if stopping {
                        return;
                    }
                    failures += 1;
                    self.backoff(failures)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// `None` when the lane was given back.
    async fn one_step(
        &self,
        lease: &Lease,
        memory: &mut Memory,
        stopping: bool,
        ending: &watch::Receiver<bool>,
    ) -> Result<Option<Step>, OutboxFault> {
        let in_flight = if memory.drain { 1 } else { self.settings.in_flight.max(1) };
        let limits = Limits { ready: memory.batch_limit, in_flight };
        let work = self.store.work(lease, self.settings.lease, limits).await?;
        if stopping {
            self.store.release(lease, work.bumps, Some(Duration::ZERO)).await?;
            return Ok(None);
        }
        let bumps = work.bumps;
        let step = self.next_step(lease, work, memory, ending).await?;
        if let Step::Idle(wake_in) = step {
            self.store.release(lease, bumps, wake_in).await?;
            return Ok(None);
        }
        Ok(Some(step))
    }

    async fn next_step(
        &self,
        lease: &Lease,
        work: Work,
        memory: &mut Memory,
        ending: &watch::Receiver<bool>,
    ) -> Result<Step, OutboxFault> {
        let flight = Flight::of(&work);
        memory.drain &= !flight.is_empty();
        memory.beside = flight.len();
        if flight.is_empty() {
            memory.watches.clear();
        }
        if !work.settling.is_empty() {
            return self.settle_all(lease, &work.settling, memory).await;
        }
        if let Some(unwanted) = work.ready.iter().find(|op| op.cancel_asked) {
            return self.cancel(lease, unwanted, memory).await;
        }
        if !work.ready.is_empty() && (flight.is_empty() || !memory.drain) {
            let room = self.batch_room(lease, &work.ready, memory).await;
            let operations = pick(work.ready, memory, room);
            return self.prepare(lease, operations, &flight, work.failures, memory).await;
        }
        let Some((live, operations)) = work.front else {
            return Ok(if flight.is_empty() { Step::Idle(work.next_in) } else { Step::Again });
        };
        memory.beside = work.behind.len();
        let room = !memory.drain && flight.len() < self.settings.in_flight && work.ready.is_empty();
        let room = room.then_some((work.bumps, work.next_in));
        self.confirm(lease, live, operations, room, memory, ending).await
    }

    /// How many bytes several messages may have together: what a block of the chain holds, and never more than [`MAX_BATCH_BYTES`].
    /// While the node does not say it, each goes alone; that one fits was looked at when it was asked for.
    async fn batch_room(&self, lease: &Lease, ready: &[QueuedOp], memory: &Memory) -> usize {
        if ready.len() < 2 || !memory.may_batch {
            return 0;
        }
        match self.chain.message_bytes_max(lease.network).await {
            Ok(room) => room.map_or(MAX_BATCH_BYTES, |room| room.min(MAX_BATCH_BYTES)),
            Err(fault) => {
                tracing::warn!(payer = lease.payer, %fault, "the size of blocks is not known, so writes go one by one");
                0
            }
        }
    }

    fn backoff(&self, failures: u32) -> Duration {
        let (base, cap) =
            (Duration::from_millis(BACKOFF_BASE_MILLIS), Duration::from_secs(BACKOFF_CAP_SECONDS));
        backoff(base, cap, failures, self.ids.random())
    }

    /// Holds the lane for a reason that lies outside of any one operation. Transactions that are on their way are seen
    /// through first; if the reason is still there then, it shows again.
    async fn hold(
        &self,
        lease: &Lease,
        note: Note,
        delay: Duration,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        if memory.beside > 0 {
            memory.drain = true;
            return Ok(Step::Again);
        }
        self.store.hold(lease, &Hold { note, delay }).await?;
        Ok(Step::Idle(Some(delay)))
    }

    /// Holds the lane until an operator has changed something, looking again now and then.
    async fn misconfigured(
        &self,
        lease: &Lease,
        note: Note,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        tracing::error!(payer = lease.payer, code = note.code, reason = note.reason, "a lane is stopped");
        self.hold(lease, note, Duration::from_secs(MISCONFIGURED_WAIT_SECONDS), memory).await
    }

    /// Holds the lane because the node gave no answer.
    async fn unreachable(
        &self,
        lease: &Lease,
        fault: &ChainFault,
        failures: u32,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        tracing::warn!(payer = lease.payer, %fault, "the ledger gave no answer");
        if let ChainFault::NotConfigured(_) = fault {
            return self.misconfigured(lease, no_answer(fault), memory).await;
        }
        let delay = self.backoff(failures);
        self.hold(lease, no_answer(fault), delay, memory).await
    }

    fn remembered_key(&self, customer: CustomerId, lease: &Lease) -> Option<KeyId> {
        let keys = self.payer_keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.get(&(customer, lease.network, lease.payer.clone())).cloned()
    }

    fn remember_key(&self, customer: CustomerId, lease: &Lease, kid: &KeyId) {
        let mut keys = self.payer_keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert((customer, lease.network, lease.payer.clone()), kid.clone());
    }
}

/// What a silent node is called towards callers.
fn no_answer(fault: &ChainFault) -> Note {
    let code = match fault {
        ChainFault::NotConfigured(_) => "ledger/not-configured",
        ChainFault::Unreachable { .. } => "ledger/unreachable",
        ChainFault::Unexpected { .. } => "ledger/unexpected",
    };
    Note { code: code.to_owned(), reason: fault.to_string() }
}

/// Which operations go into the next transaction: the first, and with it others like it where that is safe. Messages of
/// one type only, so that what the payer was charged divides evenly, and together no more than `room` bytes.
fn pick(ready: Vec<QueuedOp>, memory: &Memory, room: usize) -> Vec<QueuedOp> {
    let batchable = |op: &QueuedOp| op.fee_max.is_none() && !op.tried && !memory.solo.contains(&op.operation);
    let mut picked: Vec<QueuedOp> = Vec::new();
    let mut bytes = 0;
    for op in ready {
        bytes += op.message.value.len() + op.message.type_url.len() + MESSAGE_FRAME_BYTES;
        let fits = match picked.first() {
            None => true,
            Some(first) => {
                memory.may_batch
                    && bytes <= room
                    && op.message.type_url.starts_with("/cheqd.did.")
                    && op.message.type_url == first.message.type_url
                    && batchable(first)
                    && batchable(&op)
            }
        };
        if !fits {
            break;
        }
        picked.push(op);
    }
    picked
}
