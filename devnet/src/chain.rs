//! The node's core: mempool, blocks, index, and the one writer of the state.

pub mod block;
mod cache;
mod operations;
mod search;

use crate::ante::{Env, Mode};
use crate::blocklog::{BlockLog, BlockRecord, GenesisRecord, LogError};
use crate::executor::{self, Place, TxResult};
use crate::faults::Active;
use crate::gas::Meter;
use crate::genesis::{Genesis, GenesisError};
use crate::kv::{self, Ctx, Layer, Map};
use crate::tx;
use block::Block;
use cache::RecentHashes;
use chrono::{DateTime, TimeDelta, Utc};
pub use operations::Operation;
use prost::Message;
pub use search::{SearchError, SearchHit, TagQuery, Tags};
use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

/// Most transactions waiting for a block.
pub const MAX_MEMPOOL_TXS: usize = 5000;
/// Most bytes waiting for a block.
pub const MAX_MEMPOOL_BYTES: usize = 1 << 30;
/// Largest transaction in bytes.
pub const MAX_TX_BYTES: usize = 1_048_576;
/// Block times are at least this far apart.
const MIN_BLOCK_TIME_STEP_MILLIS: i64 = 1;

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Why the chain could not start or make a block.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The block file.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The data directory holds another chain.
    #[error(
        "the data directory belongs to chain {found} with another genesis; use an empty directory or that genesis"
    )]
    OtherChain {
        /// Chain id in the directory.
        found: String,
    },
    /// A record that is no block.
    #[error("the block file holds an unreadable block after height {0}")]
    Unreadable(u64),
    /// The recorded outcome is not what this version computes.
    #[error(
        "block {0} gives another result than recorded: it was written by a devnet with other rules; start with an empty data directory"
    )]
    Diverged(u64),
}

/// Why a broadcast got no answer from the application.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MempoolError {
    /// Seen before.
    #[error("tx already exists in cache")]
    InCache,
    /// No room.
    #[error(
        "mempool is full: number of txs {txs} (max: {MAX_MEMPOOL_TXS}), total txs bytes {bytes} (max: {MAX_MEMPOOL_BYTES})"
    )]
    Full {
        /// Waiting transactions.
        txs: usize,
        /// Their bytes.
        bytes: usize,
    },
    /// Too large.
    #[error("Tx too large. Max size is {MAX_TX_BYTES}, but got {0}")]
    TooLarge(usize),
}

struct Pending {
    hash: [u8; 32],
    bytes: Arc<[u8]>,
    gas_wanted: u64,
}

/// The chain.
pub struct Chain {
    /// What the chain started from.
    pub genesis: Genesis,
    /// Misbehaviour in force.
    pub faults: Active,
    env: Env,
    state: Map,
    check: Layer,
    blocks: Vec<Block>,
    index: HashMap<[u8; 32], (u64, usize)>,
    mempool: VecDeque<Pending>,
    /// Transactions that turn up again after a height.
    withheld: Vec<(u64, Arc<[u8]>)>,
    cache: RecentHashes,
    operations: Vec<Operation>,
    log: Option<BlockLog>,
    clock: Clock,
    initial_app_hash: [u8; 32],
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

struct Executed {
    layer: Layer,
    results: Vec<TxResult>,
}

impl Chain {
    /// Starts a chain: from its block file when there is one, else from the genesis.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub fn open(genesis: Option<Genesis>, data_dir: Option<&Path>, clock: Clock) -> Result<Self, ChainError> {
        let (mut log, records) = match data_dir {
            None => (None, Vec::new()),
            Some(dir) => {
                let (log, records) = BlockLog::open(dir)?;
                (Some(log), records)
            }
        };
        let mut records = records.into_iter();
        let genesis = if let Some(first) = records.next() {
            stored_genesis(&first, genesis)?
        } else {
            let genesis = genesis.unwrap_or_default();
            if let Some(log) = &mut log {
                let genesis_json = serde_json::to_string(&genesis).map_err(GenesisError::from)?;
                log.append(&GenesisRecord { genesis_json }.encode_to_vec())?;
            }
            genesis
        };
        let state = genesis.state()?;
        let json = serde_json::to_vec(&genesis).map_err(GenesisError::from)?;
        let env = Env { chain_id: genesis.chain_id.clone(), max_block_gas: genesis.max_block_gas() };
        let mut chain = Self {
            genesis,
            faults: Active::default(),
            env,
            state,
            check: Layer::new(),
            blocks: Vec::new(),
            index: HashMap::new(),
            mempool: VecDeque::new(),
            withheld: Vec::new(),
            cache: RecentHashes::new(),
            operations: Vec::new(),
            log: None,
            clock,
            initial_app_hash: digest(&[&json]),
        };
        for record in records {
            chain.replay(&record)?;
        }
        chain.log = log;
        if chain.blocks.is_empty() {
            chain.make_block(false)?;
        }
        Ok(chain)
    }

    fn replay(&mut self, payload: &[u8]) -> Result<(), ChainError> {
        let height = self.height();
        let record = BlockRecord::decode(payload).map_err(|_| ChainError::Unreadable(height))?;
        if record.height != height + 1 {
            return Err(ChainError::Unreadable(height));
        }
        let executed = self.execute(&record);
        if self.app_hash_after(&record, &executed.results).as_slice() != record.app_hash {
            return Err(ChainError::Diverged(record.height));
        }
        self.accept(record, executed);
        Ok(())
    }

    /// Height of the newest block.
    pub fn height(&self) -> u64 {
        u64::try_from(self.blocks.len()).unwrap_or(u64::MAX)
    }

    /// Height shown to clients, which a fault may hold back.
    pub fn shown_height(&self) -> u64 {
        self.height().saturating_sub(self.faults.lag_blocks).max(1)
    }

    /// A block.
    pub fn block(&self, height: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(height.checked_sub(1)?).ok()?)
    }

    /// Digest of the chain before its first block.
    pub fn initial_app_hash(&self) -> [u8; 32] {
        self.initial_app_hash
    }

    /// Facts the checks need.
    pub fn env(&self) -> &Env {
        &self.env
    }

    fn last_time(&self) -> (i64, i32) {
        self.blocks.last().map_or((0, 0), |b| b.time)
    }

    /// Reads the committed state.
    pub fn read<T>(&self, reader: impl FnOnce(&mut Ctx<'_>) -> T) -> T {
        let mut ctx = Ctx::new(&self.state, Layer::new(), Meter::new(None), self.height(), self.last_time());
        reader(&mut ctx)
    }

    /// Reads the check state: committed state and what waiting transactions changed.
    pub fn read_pending<T>(&self, reader: impl FnOnce(&mut Ctx<'_>) -> T) -> T {
        let layer = self.check.clone();
        let mut ctx = Ctx::new(&self.state, layer, Meter::new(None), self.height(), self.last_time());
        reader(&mut ctx)
    }

    fn place(&self) -> Place<'_> {
        Place { base: &self.state, height: self.height(), time: self.last_time(), env: &self.env }
    }

    /// Tries a transaction out on the check state.
    pub fn simulate(&self, bytes: &[u8]) -> TxResult {
        executor::run(&self.place(), bytes, Mode::Simulate, self.check.clone()).0
    }

    /// Checks a transaction without taking it into the mempool; the check state stays as it is.
    pub fn check_only(&self, bytes: &[u8]) -> TxResult {
        executor::run(&self.place(), bytes, Mode::Check, self.check.clone()).0
    }

    /// Offers a transaction to the mempool.
    ///
    /// # Errors
    /// When the mempool refuses it before the application sees it.
    pub fn offer(&mut self, bytes: &[u8]) -> Result<TxResult, MempoolError> {
        if bytes.len() > MAX_TX_BYTES {
            return Err(MempoolError::TooLarge(bytes.len()));
        }
        let waiting = self.mempool_bytes();
        if self.mempool.len() >= MAX_MEMPOOL_TXS || waiting + bytes.len() > MAX_MEMPOOL_BYTES {
            return Err(MempoolError::Full { txs: self.mempool.len(), bytes: waiting });
        }
        let hash = tx::hash(bytes);
        if !self.cache.insert(hash) {
            return Err(MempoolError::InCache);
        }
        let layer = std::mem::take(&mut self.check);
        let (result, layer) = executor::run(&self.place(), bytes, Mode::Check, layer);
        self.check = layer;
        if result.code == 0 {
            let gas_wanted = result.gas_wanted;
            self.mempool.push_back(Pending { hash, bytes: Arc::from(bytes), gas_wanted });
        } else {
            self.cache.remove(&hash);
        }
        Ok(result)
    }

    /// Transactions waiting for a block.
    pub fn waiting(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.mempool.iter().map(|p| &p.bytes)
    }

    /// Bytes waiting for a block.
    pub fn mempool_bytes(&self) -> usize {
        self.mempool.iter().map(|p| p.bytes.len()).sum()
    }

    /// Forgets all waiting transactions; they may be offered again.
    pub fn evict(&mut self) -> usize {
        let count = self.mempool.len();
        for pending in std::mem::take(&mut self.mempool) {
            self.cache.remove(&pending.hash);
        }
        self.check = Layer::new();
        count
    }

    /// Forgets all waiting transactions for so many blocks; then they are offered again by themselves.
    pub fn withhold(&mut self, blocks: u64) {
        let until = self.height().saturating_add(blocks);
        self.withheld.extend(self.mempool.iter().map(|pending| (until, Arc::clone(&pending.bytes))));
        self.evict();
    }

    /// Offers what was withheld for long enough; whether the mempool takes it is its own affair.
    fn bring_back(&mut self) {
        let height = self.height();
        let (due, later) =
            std::mem::take(&mut self.withheld).into_iter().partition(|(until, _)| *until <= height);
        self.withheld = later;
        let due: Vec<(u64, Arc<[u8]>)> = due;
        for (_, bytes) in due {
            drop(self.offer(&bytes));
        }
    }

    /// Asks for a change that the next block makes.
    pub fn schedule(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    fn select(&self) -> usize {
        let max_bytes = usize::try_from(self.genesis.block_params.max_bytes).unwrap_or(usize::MAX);
        let (mut gas, mut bytes, mut count) = (0_u64, 0_usize, 0);
        for pending in &self.mempool {
            gas = gas.saturating_add(pending.gas_wanted);
            bytes += pending.bytes.len();
            if bytes > max_bytes || self.env.max_block_gas.is_some_and(|max| gas > max) {
                break;
            }
            count += 1;
        }
        count
    }

    /// Makes a block, with waiting transactions or without, and syncs it to disk before anybody can see it.
    ///
    /// # Errors
    /// When the block file refuses; then nothing has changed.
    pub fn make_block(&mut self, with_transactions: bool) -> Result<u64, ChainError> {
        let count = if with_transactions { self.select() } else { 0 };
        let (last_seconds, last_nanos) = self.last_time();
        let last = DateTime::from_timestamp(last_seconds, u32::try_from(last_nanos).unwrap_or(0));
        let earliest = last.unwrap_or_default() + TimeDelta::milliseconds(MIN_BLOCK_TIME_STEP_MILLIS);
        let time = (self.clock)().max(earliest);
        let operations = self.operations.iter().filter_map(|o| serde_json::to_string(o).ok()).collect();
        let mut record = BlockRecord {
            height: self.height() + 1,
            seconds: time.timestamp(),
            nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(0),
            txs: self.mempool.iter().take(count).map(|p| p.bytes.to_vec()).collect(),
            operations,
            app_hash: Vec::new(),
        };
        let executed = self.execute(&record);
        record.app_hash = self.app_hash_after(&record, &executed.results).to_vec();
        if let Some(log) = &mut self.log {
            log.append(&record.encode_to_vec())?;
        }
        self.operations.clear();
        self.mempool.drain(..count);
        self.accept(record, executed);
        self.recheck();
        self.bring_back();
        Ok(self.height())
    }

    fn execute(&self, record: &BlockRecord) -> Executed {
        let time = (record.seconds, record.nanos);
        let mut ctx = Ctx::new(&self.state, Layer::new(), Meter::new(None), record.height, time);
        for operation in &record.operations {
            match serde_json::from_str::<Operation>(operation) {
                Ok(operation) => operation.apply(&mut ctx),
                Err(error) => tracing::error!(%error, "skipped an unreadable operation of a block"),
            }
        }
        let mut layer = ctx.into_layer();
        let place = Place { base: &self.state, height: record.height, time, env: &self.env };
        let mut results = Vec::with_capacity(record.txs.len());
        for bytes in &record.txs {
            let (result, next) = executor::run(&place, bytes, Mode::Deliver, layer);
            layer = next;
            results.push(result);
        }
        Executed { layer, results }
    }

    /// A digest over everything that happened so far: block contents and results.
    fn app_hash_after(&self, record: &BlockRecord, results: &[TxResult]) -> [u8; 32] {
        let before = self.blocks.last().map_or(self.initial_app_hash, |b| b.app_hash);
        let content = BlockRecord { app_hash: Vec::new(), ..record.clone() }.encode_to_vec();
        digest(&[&before, &content, &block::results_hash(results)])
    }

    fn accept(&mut self, record: BlockRecord, executed: Executed) {
        let previous = self.blocks.last();
        let block = Block::new(&self.env.chain_id, record, executed.results, previous, self.initial_app_hash);
        for (position, (bytes, result)) in block.txs.iter().zip(&block.results).enumerate() {
            let hash = tx::hash(bytes);
            self.index.insert(hash, (block.height, position));
            if result.code == 0 {
                self.cache.insert(hash);
            } else {
                self.cache.remove(&hash);
            }
        }
        kv::apply(&mut self.state, executed.layer);
        self.blocks.push(block);
    }

    /// Checks the waiting transactions again on the new state and drops those that no longer pass.
    fn recheck(&mut self) {
        let mut layer = Layer::new();
        let mut kept = VecDeque::with_capacity(self.mempool.len());
        for pending in std::mem::take(&mut self.mempool) {
            let (result, next) = executor::run(&self.place(), &pending.bytes, Mode::Recheck, layer);
            layer = next;
            if result.code == 0 {
                kept.push_back(pending);
            } else {
                self.cache.remove(&pending.hash);
            }
        }
        self.mempool = kept;
        self.check = layer;
    }

    /// Block and position of a transaction, as far as clients may see it.
    pub fn find(&self, hash: &[u8]) -> Option<SearchHit<'_>> {
        let key: [u8; 32] = hash.try_into().ok()?;
        let (height, position) = *self.index.get(&key)?;
        (height <= self.shown_height()).then(|| self.hit(height, position)).flatten()
    }
}

fn stored_genesis(record: &[u8], wanted: Option<Genesis>) -> Result<Genesis, ChainError> {
    let record = GenesisRecord::decode(record).map_err(|_| ChainError::Unreadable(0))?;
    let stored: Genesis = serde_json::from_str(&record.genesis_json).map_err(GenesisError::from)?;
    match wanted {
        Some(wanted) if wanted != stored => Err(ChainError::OtherChain { found: stored.chain_id }),
        _ => Ok(stored),
    }
}
