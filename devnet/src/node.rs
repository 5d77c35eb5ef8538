//! A running devnet: the chain behind a lock, the block maker, and the handle tests use.

use crate::accounts::{FAUCET_ADDRESS, FAUCET_MNEMONIC, KeyError, key_of_mnemonic};
use crate::bech32;
use crate::chain::{Chain, ChainError, MempoolError, Operation};
use crate::coins::{self, NCHEQ};
use crate::config::{BlockMode, DevnetConfig};
use crate::decimal::Dec;
use crate::executor::TxResult;
use crate::faults::{Active, Fault, MAX_ADVANCE_BLOCKS, MAX_DELAY_MILLIS};
use crate::server;
use crate::state::{accounts, bank, params};
use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};
use proto::cosmos::bank::v1beta1::MsgSend;
use proto::cosmos::crypto::secp256k1::PubKey;
use proto::cosmos::tx::signing::v1beta1::SignMode;
use proto::cosmos::tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw, mode_info};
use proto::{Message, to_any};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Gas limit of a funding transaction.
const FUND_GAS: u64 = 250_000;

/// Why a devnet did not start or do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A value in a fault request.
    #[error("invalid {what}: {value}")]
    Invalid {
        /// Which value.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// A funding transaction was refused.
    #[error("funding was refused with {codespace}/{code}: {log}")]
    Refused {
        /// Codespace.
        codespace: &'static str,
        /// Code.
        code: u32,
        /// Why.
        log: String,
    },
    /// The mempool.
    #[error(transparent)]
    Mempool(#[from] MempoolError),
    /// The faucet key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A funding transaction was accepted but came into no block.
    #[error("the funding transaction was dropped before it came into a block")]
    Dropped,
    /// A task was cancelled while the runtime shuts down.
    #[error("the devnet is shutting down")]
    Stopping,
}

fn invalid(what: &'static str, value: &str) -> Error {
    Error::Invalid { what, value: value.to_owned() }
}

/// US dollars per CHEQ; 0 is no price.
fn price(text: &str) -> Result<Dec, Error> {
    Dec::from_decimal(text).filter(|price| *price >= Dec::zero()).ok_or_else(|| invalid("price", text))
}

/// The chain, who waits for blocks, and when blocks are made.
pub(crate) struct Node {
    chain: Mutex<Chain>,
    height: watch::Sender<u64>,
    mode: BlockMode,
    /// Whether the fault endpoint is served.
    pub(crate) fault_endpoint: bool,
}

impl Node {
    /// The chain. A panic under the lock cannot leave it half changed: state changes are single steps.
    pub(crate) fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Told of every block.
    pub(crate) fn heights(&self) -> watch::Receiver<u64> {
        self.height.subscribe()
    }

    fn announce(&self, chain: &Chain) {
        self.height.send_replace(chain.height());
    }

    /// After a broadcast: a block when blocks are instant and something waits.
    pub(crate) fn after_broadcast(&self, chain: &mut Chain) {
        if chain.waiting().next().is_some() {
            self.after_accept(chain);
        }
    }

    /// Makes a block when blocks are instant.
    fn after_accept(&self, chain: &mut Chain) {
        if matches!(self.mode, BlockMode::Instant { .. }) && !chain.faults.stalled {
            self.make_blocks(chain);
        }
    }

    /// Makes blocks until nothing that fits is left waiting (at least one).
    fn make_blocks(&self, chain: &mut Chain) {
        loop {
            let before = chain.waiting().count();
            if let Err(error) = chain.make_block(true) {
                tracing::error!(%error, "no block could be made");
                return;
            }
            self.announce(chain);
            let left = chain.waiting().count();
            if left == 0 || left == before || !matches!(self.mode, BlockMode::Instant { .. }) {
                return;
            }
        }
    }

    fn tick(&self) {
        let mut chain = self.chain();
        if !chain.faults.stalled {
            self.make_blocks(&mut chain);
        }
    }

    fn advance(&self, count: u64) -> Result<u64, Error> {
        if count > MAX_ADVANCE_BLOCKS {
            return Err(invalid("count", &count.to_string()));
        }
        let mut chain = self.chain();
        for _ in 0..count {
            let with_transactions = !chain.faults.stalled;
            chain.make_block(with_transactions)?;
        }
        self.announce(&chain);
        Ok(chain.height())
    }

    /// A change made by a block: at once when blocks are instant.
    fn schedule(&self, operation: Operation) {
        let mut chain = self.chain();
        chain.schedule(operation);
        self.after_accept(&mut chain);
    }

    /// Does what a fault request asks; answers the height after it.
    pub(crate) fn inject(&self, fault: Fault) -> Result<u64, Error> {
        let set = |change: &dyn Fn(&mut Active)| {
            let mut chain = self.chain();
            change(&mut chain.faults);
        };
        match fault {
            Fault::DropReply { count } => set(&|f| f.drop_replies = count),
            Fault::Duplicate { count } => set(&|f| f.duplicates = count),
            Fault::Http503 { count } => set(&|f| f.unavailable = count),
            Fault::Delay { millis, count } => {
                if millis > MAX_DELAY_MILLIS {
                    return Err(invalid("millis", &millis.to_string()));
                }
                set(&|f| (f.delay_millis, f.delays) = (millis, count));
            }
            Fault::StallBlocks => set(&|f| f.stalled = true),
            Fault::ResumeBlocks => self.resume(),
            Fault::Evict => {
                self.chain().evict();
            }
            Fault::Withhold { blocks } => {
                self.chain().withhold(blocks);
            }
            Fault::AdvanceBlocks { count } => return self.advance(count),
            Fault::WrongSequence { address, delta } => {
                bech32::decode_account(&address).map_err(|e| invalid("address", &e))?;
                set(&|f| f.wrong_sequence = (delta != 0).then(|| (address.clone(), delta)));
            }
            Fault::Lag { blocks } => set(&|f| f.lag_blocks = blocks),
            Fault::OutOfGas { count } => self.schedule(Operation::OutOfGas { count }),
            Fault::SetPrice { cheq_usd } => {
                self.schedule(Operation::SetPrice { scaled: price(&cheq_usd)?.to_scaled() });
            }
            Fault::SetDidFees { params } => {
                params.to_proto().map_err(ChainError::from)?;
                self.schedule(Operation::SetDidFees { params });
            }
            Fault::SetResourceFees { params } => {
                params.to_proto().map_err(ChainError::from)?;
                self.schedule(Operation::SetResourceFees { params });
            }
            Fault::Drain { address, leave_ncheq } => {
                bech32::decode_account(&address).map_err(|e| invalid("address", &e))?;
                self.schedule(Operation::Drain { address, leave_ncheq });
            }
            Fault::Clear => {
                set(&|f| *f = Active { stalled: f.stalled, ..Active::default() });
                self.resume();
            }
        }
        Ok(self.chain().height())
    }

    fn resume(&self) {
        let mut chain = self.chain();
        chain.faults.stalled = false;
        if chain.waiting().next().is_some() {
            self.after_accept(&mut chain);
        }
    }
}

/// A running devnet. Dropping it stops it without waiting; [`Handle::shutdown`] waits.
pub struct Handle {
    address: SocketAddr,
    node: Arc<Node>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts a devnet.
///
/// # Errors
/// When the block file, the genesis or the address cannot be used.
pub async fn start(config: DevnetConfig) -> Result<Handle, Error> {
    let DevnetConfig { listen, data_dir, genesis, blocks, clock, cheq_usd_price, fault_endpoint } = config;
    let wanted = cheq_usd_price.as_deref().map(price).transpose()?;
    let open = move || Chain::open(genesis, data_dir.as_deref(), clock);
    let chain = tokio::task::spawn_blocking(open).await.map_err(|_| Error::Stopping)??;
    let (height, _) = watch::channel(chain.height());
    let node = Arc::new(Node { chain: Mutex::new(chain), height, mode: blocks, fault_endpoint });
    if let Some(wanted) = wanted {
        // A chain that has the price already needs no block for it.
        let current = node.chain().read(|ctx| params::price(ctx)).unwrap_or_else(Dec::zero);
        if current != wanted {
            node.schedule(Operation::SetPrice { scaled: wanted.to_scaled() });
        }
    }
    let listener = tokio::net::TcpListener::bind(listen).await;
    let listener = listener.map_err(|source| Error::Listen { addr: listen, source })?;
    let address = listener.local_addr().map_err(|source| Error::Listen { addr: listen, source })?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![tokio::spawn(server::serve(listener, node.clone(), stopped.clone()))];
    let period = match blocks {
        BlockMode::Every(period) => Some(period),
        BlockMode::Instant { heartbeat } => heartbeat,
        BlockMode::Manual => None,
    };
    if let Some(period) = period {
        tasks.push(tokio::spawn(tick_forever(node.clone(), period, stopped)));
    }
    Ok(Handle { address, node, stop, tasks })
}

async fn tick_forever(node: Arc<Node>, period: Duration, mut stopped: watch::Receiver<bool>) {
    let mut interval = tokio::time::interval(period.max(Duration::from_millis(1)));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval.tick().await;
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            _ = stopped.wait_for(|s| *s) => return,
        }
        let node = node.clone();
        if tokio::task::spawn_blocking(move || node.tick()).await.is_err() {
            return;
        }
    }
}

impl Handle {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The RPC URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Chain id.
    pub fn chain_id(&self) -> String {
        self.node.chain().env().chain_id.clone()
    }

    /// Height of the newest block.
    pub fn height(&self) -> u64 {
        self.node.chain().height()
    }

    /// Tells of every block's height.
    pub fn heights(&self) -> watch::Receiver<u64> {
        self.node.heights()
    }

    /// Misbehaves, or changes the world around the ledger; answers the height after it.
    ///
    /// # Errors
    /// When a value is invalid or a block cannot be made.
    pub fn inject(&self, fault: Fault) -> Result<u64, Error> {
        self.node.inject(fault)
    }

    /// Makes blocks now; empty ones while blocks are stalled.
    ///
    /// # Errors
    /// When a block cannot be made.
    pub fn advance_blocks(&self, count: u64) -> Result<u64, Error> {
        self.node.inject(Fault::AdvanceBlocks { count })
    }

    /// How many transactions wait for a block.
    pub fn waiting(&self) -> usize {
        self.node.chain().waiting().count()
    }

    /// ncheq of an account in the committed state.
    ///
    /// # Errors
    /// When the address is none.
    pub fn balance(&self, address: &str) -> Result<i128, Error> {
        let bytes = bech32::decode_account(address).map_err(|e| invalid("address", &e))?;
        Ok(self.node.chain().read(|ctx| bank::peek(ctx, &bytes, NCHEQ)))
    }

    /// Sends ncheq from the faucet account by an ordinary transaction and makes the block for it (stalled or not).
    /// Blocks the thread for the disk write; from async code use `spawn_blocking`.
    ///
    /// # Errors
    /// When the address is invalid, or the transaction is refused.
    pub fn fund(&self, address: &str, ncheq: u64) -> Result<TxResult, Error> {
        bech32::decode_account(address).map_err(|e| invalid("address", &e))?;
        let key = key_of_mnemonic(FAUCET_MNEMONIC)?;
        let mut chain = self.node.chain();
        let bytes = funding(&chain, &key, address, ncheq)?;
        let checked = chain.offer(&bytes)?;
        refuse(&checked)?;
        let hash = crate::tx::hash(&bytes);
        while chain.find(&hash).is_none() && chain.waiting().next().is_some() {
            chain.make_block(true)?;
        }
        self.node.announce(&chain);
        let result = chain.find(&hash).map(|hit| hit.result.clone()).ok_or(Error::Dropped)?;
        refuse(&result)?;
        Ok(result)
    }

    /// Stops and waits until requests in progress are answered.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            if let Err(error) = task.await {
                tracing::warn!(%error, "a devnet task ended badly");
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

fn refuse(result: &TxResult) -> Result<(), Error> {
    if result.code == 0 {
        return Ok(());
    }
    Err(Error::Refused { codespace: result.codespace, code: result.code, log: result.log.clone() })
}

fn funding(chain: &Chain, key: &SigningKey, to: &str, ncheq: u64) -> Result<Vec<u8>, Error> {
    let faucet = bech32::decode_account(FAUCET_ADDRESS).map_err(|e| invalid("address", &e))?;
    let account = chain.pending_account(&faucet).ok_or_else(|| invalid("faucet account", FAUCET_ADDRESS))?;
    let send = MsgSend {
        from_address: FAUCET_ADDRESS.into(),
        to_address: to.into(),
        amount: vec![coins::coin(NCHEQ, i128::from(ncheq))],
    };
    let body = TxBody { messages: vec![to_any(&send)], ..TxBody::default() };
    let public = key.verifying_key().to_encoded_point(true).as_bytes().to_vec();
    let single = mode_info::Single { mode: SignMode::Direct as i32 };
    let signer = SignerInfo {
        public_key: Some(to_any(&PubKey { key: public })),
        mode_info: Some(ModeInfo { sum: Some(mode_info::Sum::Single(single)) }),
        sequence: account.sequence,
    };
    let price = i128::from(FUND_GAS) * crate::feemarket::NCHEQ_PER_GAS;
    let fee = Fee { amount: vec![coins::coin(NCHEQ, price)], gas_limit: FUND_GAS, ..Fee::default() };
    let auth = AuthInfo { signer_infos: vec![signer], fee: Some(fee), tip: None };
    let doc = SignDoc {
        body_bytes: body.encode_to_vec(),
        auth_info_bytes: auth.encode_to_vec(),
        chain_id: chain.env().chain_id.clone(),
        account_number: account.account_number,
    };
    let signature: Signature = key.sign(&doc.encode_to_vec());
    let signature = signature.normalize_s().unwrap_or(signature);
    let raw = TxRaw {
        body_bytes: doc.body_bytes,
        auth_info_bytes: doc.auth_info_bytes,
        signatures: vec![signature.to_vec()],
    };
    Ok(raw.encode_to_vec())
}

impl Chain {
    /// An account with the sequence its next transaction needs, pending ones counted.
    pub fn pending_account(&self, address: &[u8]) -> Option<proto::cosmos::auth::v1beta1::BaseAccount> {
        self.read_pending(|ctx| accounts::peek(ctx, address))
    }
}
