//! A ledger small enough to see through: sequences, a mempool, blocks, an index that may lag, money, and faults.

use crate::port::chain::{
    Chain, ChainAccount, ChainFault, ChainMessage, ChainStatus, EffectFound, FeeQuote, SignedTx, TxCode,
    TxDraft, TxFound, UnsignedTx,
};
use async_trait::async_trait;
use domain::{
    id::{Did, Ncheq, Network, ResourceId},
    ledger::Effect,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

pub(super) const FEE: u128 = 1_000;
const GAS: u64 = 60_000;
const TAX_GAS: u64 = 74_000;
/// A guided ledger does what is at least this likely, in percent.
const LIKELY_PERCENT: u32 = 20;

/// What a message of this ledger says; its effect is a resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Say {
    pub(super) did: Did,
    pub(super) resource: ResourceId,
    pub(super) checksum: String,
    /// Refused by a trial run and in a block.
    pub(super) bad: bool,
    /// Passes the trial run, fails in a block.
    pub(super) bad_in_block: bool,
}

impl Say {
    pub(super) fn effect(&self) -> Effect {
        Effect::Resource {
            did: self.did.clone(),
            resource_id: self.resource.to_string(),
            checksum: self.checksum.clone(),
        }
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Tx {
    payer: String,
    sequence: u64,
    /// The bodies; JSON, as the whole is.
    messages: Vec<String>,
    fee: u128,
    gas_limit: u64,
    timeout_height: u64,
    signed: bool,
}

/// How likely each fault is, in percent.
#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    /// A request does not reach the node.
    pub(super) unreachable: u32,
    /// A broadcast arrives, its answer does not.
    pub(super) drop_reply: u32,
    /// A transaction leaves the mempool; it may come back from elsewhere.
    pub(super) evict: u32,
    /// An evicted transaction turns up in a block after all.
    pub(super) come_back: u32,
    /// A broadcast is answered with sdk/32, too high or too low.
    pub(super) wrong_sequence: u32,
    /// The mempool is full.
    pub(super) full: u32,
    /// A block fails a transaction with sdk/32 without using its sequence.
    pub(super) ante_failure: u32,
    /// The payer's key is used elsewhere.
    pub(super) stolen: u32,
    /// The price moves between quote and broadcast.
    pub(super) fee_moves: u32,
    /// A transaction needs more gas than its trial run showed.
    pub(super) hungry: u32,
    /// Money disappears and comes back later.
    pub(super) poor: u32,
    /// The index shows a block only after this many questions.
    pub(super) index_lag: u32,
    /// Blocks are made only in this many percent of all questions; the mempool stalls.
    pub(super) block: u32,
}

/// Decides what the ledger does where it may do one thing or another.
#[derive(Debug, Clone)]
pub(super) enum Choices {
    /// At random, from a seed.
    Random(u64),
    /// The likelier thing at every choice but these, which are counted through the whole run and may be shared with others
    /// that choose.
    Guided(Arc<Mutex<Guide>>),
}

/// A run in which the unlikelier thing happens at certain choices only.
#[derive(Debug, Default)]
pub(super) struct Guide {
    /// How many choices there were so far.
    pub(super) made: usize,
    /// The choices at which the unlikelier thing happens, ascending.
    pub(super) deviations: Vec<usize>,
}

impl Guide {
    pub(super) fn deviates(&mut self) -> bool {
        self.made += 1;
        self.deviations.binary_search(&(self.made - 1)).is_ok()
    }
}

#[derive(Debug)]
struct State {
    choices: Choices,
    faults: Faults,
    height: u64,
    accounts: BTreeMap<String, (u64, u128)>,
    hidden_money: BTreeMap<String, u128>,
    mempool: Vec<Tx>,
    limbo: Vec<Tx>,
    index: BTreeMap<String, (TxFound, u32)>,
    effects: BTreeMap<String, (String, u64)>,
    order: Vec<String>,
    duplicates: u32,
    broadcasts: Vec<String>,
    down: bool,
    script: Vec<Scripted>,
    paid: u128,
    quoted: u128,
    /// Most message bytes of a transaction that a block holds.
    room: Option<usize>,
    /// Gas of a message.
    gas: u64,
    /// How many messages the transactions in blocks had.
    batches: Vec<usize>,
}

/// One prescribed answer to the next broadcast.
#[derive(Debug, Clone)]
pub(super) enum Scripted {
    Answer(u32, &'static str, &'static str),
    AcceptSilently,
    Lose,
    AcceptAndEvict,
    /// Accepted, evicted here, and alive on some other node.
    AcceptElsewhere,
}

#[derive(Debug)]
pub(super) struct Ledger(Mutex<State>);

pub(super) fn hash(bytes: &[u8]) -> String {
    hex::encode_upper(Sha256::digest(bytes))
}

fn code(code: u32, codespace: &str, log: &str) -> TxCode {
    TxCode { code, codespace: codespace.to_owned(), log: log.to_owned() }
}

fn time(height: u64) -> domain::id::Instant {
    chrono::DateTime::from_timestamp(1_700_000_000 + i64::try_from(height).unwrap(), 0).unwrap()
}

impl State {
    fn chance(&mut self, percent: u32) -> bool {
        match &mut self.choices {
            Choices::Random(random) => {
                *random ^= *random << 13;
                *random ^= *random >> 7;
                *random ^= *random << 17;
                percent > 0 && *random % 100 < u64::from(percent)
            }
            Choices::Guided(_) if percent == 0 => false,
            Choices::Guided(guide) => guide.lock().unwrap().deviates() != (percent >= LIKELY_PERCENT),
        }
    }

    fn pending_sequence(&self, payer: &str) -> u64 {
        let committed = self.accounts.get(payer).map_or(0, |account| account.0);
        committed + self.mempool.iter().filter(|tx| tx.payer == payer).count() as u64
    }

    fn says(tx: &Tx) -> Vec<Say> {
        tx.messages.iter().map(|message| serde_json::from_str(message).unwrap()).collect()
    }

    fn run_messages(&self, tx: &Tx, in_block: bool) -> TxCode {
        for (index, say) in Self::says(tx).iter().enumerate() {
            let failed =
                |detail: &str| format!("failed to execute message; message index: {index}: {detail}");
            if say.bad {
                return code(1206, "cheqd", &failed("bad: DID namespace validation failed"));
            }
            if say.bad_in_block && in_block {
                return code(1100, "cheqd", &failed("sig: invalid signature detected"));
            }
            if self.effects.contains_key(&say.effect().key()) {
                return code(2200, "resource", &failed("resource exists"));
            }
        }
        code(0, "", "")
    }

    fn gas_of(&self, tx: &Tx) -> u64 {
        self.gas * tx.messages.len() as u64
    }

    fn check(&mut self, tx: &Tx) -> TxCode {
        if self.height >= tx.timeout_height {
            return code(30, "sdk", "tx timeout height");
        }
        let Some(&(_, balance)) = self.accounts.get(&tx.payer) else {
            return code(9, "sdk", "fee payer address does not exist: unknown address");
        };
        let expected = self.pending_sequence(&tx.payer);
        if tx.sequence != expected {
            let log = format!("account sequence mismatch, expected {expected}, got {}", tx.sequence);
            return code(32, "sdk", &log);
        }
        if !tx.signed {
            return code(4, "sdk", "signature verification failed");
        }
        let need = FEE * tx.messages.len() as u128;
        if tx.fee < FEE {
            return code(1, "undefined", "insufficient fee: need at least");
        }
        if balance < need {
            return code(
                1,
                "undefined",
                "failed to deduct fees: spendable balance is smaller: insufficient funds",
            );
        }
        code(0, "", "")
    }

    /// Makes a block of what is in the mempool, and perhaps of what was thought lost.
    fn block(&mut self) {
        self.height += 1;
        let mut txs = std::mem::take(&mut self.mempool);
        for tx in std::mem::take(&mut self.limbo) {
            if self.chance(self.faults.come_back) { txs.push(tx) } else { self.limbo.push(tx) }
        }
        txs.sort_by_key(|tx| tx.sequence);
        let fits =
            |tx: &Tx| self.room.is_none_or(|room| tx.messages.iter().map(String::len).sum::<usize>() <= room);
        let (txs, too_large): (Vec<_>, Vec<_>) = txs.into_iter().partition(fits);
        self.mempool.extend(too_large);
        for tx in txs {
            if self.chance(self.faults.evict) {
                self.limbo.push(tx);
                continue;
            }
            self.deliver(&tx);
        }
        self.limbo.retain(|tx| tx.timeout_height > self.height);
        if self.chance(self.faults.stolen)
            && let Some(account) = self.accounts.values_mut().next()
        {
            account.0 += 1;
        }
    }

    fn deliver(&mut self, tx: &Tx) {
        let committed = self.accounts.get(&tx.payer).map_or(0, |account| account.0);
        let ante_failure = self.chance(self.faults.ante_failure);
        let hungry = self.chance(self.faults.hungry);
        let mut charged = None;
        let result = if self.height > tx.timeout_height {
            return;
        } else if tx.sequence != committed || ante_failure {
            code(32, "sdk", "account sequence mismatch")
        } else {
            let account = self.accounts.get_mut(&tx.payer).unwrap();
            account.0 += 1;
            let balance = account.1;
            let need = FEE * tx.messages.len() as u128;
            let run = self.run_messages(tx, true);
            let used = self.gas_of(tx) + TAX_GAS + if hungry { 50_000 } else { 0 };
            if run.code == 2200 {
                self.duplicates += 1;
            }
            if used > tx.gas_limit {
                code(11, "sdk", "out of gas in location: x; gasWanted: 1, gasUsed: 2")
            } else if run.code != 0 {
                run
            } else if balance < need {
                code(1, "undefined", "failed to deduct fees: insufficient funds")
            } else {
                charged = Some(Ncheq(need));
                self.paid += need;
                self.accounts.get_mut(&tx.payer).unwrap().1 -= need;
                self.batches.push(tx.messages.len());
                for say in Self::says(tx) {
                    self.order.push(say.resource.to_string());
                    self.effects.insert(say.effect().key(), (say.checksum, self.height));
                }
                run
            }
        };
        let bytes = serde_json::to_vec(tx).unwrap();
        let found = TxFound {
            result,
            height: self.height,
            block_time: time(self.height),
            gas_used: self.gas_of(tx) + TAX_GAS,
            gas_wanted: tx.gas_limit,
            fee_charged: charged,
        };
        if found.result.code == 32 {
            // Not cached: the same bytes may come again.
            self.limbo.push(tx.clone());
        }
        self.index.insert(hash(&bytes), (found, self.faults.index_lag));
    }

    /// Every question takes time, in which blocks are made and money comes and goes.
    fn tick(&mut self) {
        if self.chance(self.faults.block) {
            self.block();
        }
        if self.chance(self.faults.poor) {
            let payers: Vec<String> = self.accounts.keys().cloned().collect();
            for payer in payers {
                let account = self.accounts.get_mut(&payer).unwrap();
                let taken = std::mem::take(&mut account.1);
                *self.hidden_money.entry(payer).or_default() += taken;
            }
        } else if self.faults.poor == 0 || self.chance(20) {
            for (payer, money) in std::mem::take(&mut self.hidden_money) {
                self.accounts.get_mut(&payer).unwrap().1 += money;
            }
        }
    }
}

impl Ledger {
    pub(super) fn new(seed: u64, faults: Faults) -> Self {
        Self::choosing(Choices::Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1), faults)
    }

    pub(super) fn choosing(choices: Choices, faults: Faults) -> Self {
        Self(Mutex::new(State {
            choices,
            faults,
            height: 10,
            accounts: BTreeMap::new(),
            hidden_money: BTreeMap::new(),
            mempool: Vec::new(),
            limbo: Vec::new(),
            index: BTreeMap::new(),
            effects: BTreeMap::new(),
            order: Vec::new(),
            duplicates: 0,
            broadcasts: Vec::new(),
            down: false,
            script: Vec::new(),
            paid: 0,
            quoted: FEE,
            room: None,
            gas: GAS,
            batches: Vec::new(),
        }))
    }

    /// Without faults: every question sees a new block.
    pub(super) fn calm() -> Self {
        Self::new(1, Faults { block: 100, ..Faults::default() })
    }

    pub(super) fn fund(&self, payer: &str, amount: u128) {
        let mut state = self.0.lock().unwrap();
        state.accounts.entry(payer.to_owned()).or_default().1 += amount;
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.0.lock().unwrap().faults = faults;
    }

    pub(super) fn set_down(&self, down: bool) {
        self.0.lock().unwrap().down = down;
    }

    /// What a message is quoted from now on.
    pub(super) fn set_quote(&self, quoted: u128) {
        self.0.lock().unwrap().quoted = quoted;
    }

    /// Blocks of the chain hold this much.
    pub(super) fn hold_at_most(&self, room: Option<usize>, gas: u64) {
        let mut state = self.0.lock().unwrap();
        (state.room, state.gas) = (room, gas);
    }

    /// How many messages each transaction had that a block took.
    pub(super) fn batches(&self) -> Vec<usize> {
        self.0.lock().unwrap().batches.clone()
    }

    pub(super) fn script(&self, script: Vec<Scripted>) {
        self.0.lock().unwrap().script = script;
    }

    pub(super) fn make_block(&self) {
        self.0.lock().unwrap().block();
    }

    /// The node restarts with an empty mempool; what was in it may come back from elsewhere.
    pub(super) fn forget_mempool(&self) {
        let mut state = self.0.lock().unwrap();
        let forgotten = std::mem::take(&mut state.mempool);
        state.limbo.extend(forgotten);
    }

    pub(super) fn use_key_elsewhere(&self, payer: &str) {
        self.0.lock().unwrap().accounts.get_mut(payer).unwrap().0 += 1;
    }

    pub(super) fn make_effect(&self, effect: &Effect, checksum: &str) {
        let mut state = self.0.lock().unwrap();
        let height = state.height;
        state.effects.insert(effect.key(), (checksum.to_owned(), height));
    }

    pub(super) fn duplicates(&self) -> u32 {
        self.0.lock().unwrap().duplicates
    }

    pub(super) fn paid(&self) -> u128 {
        self.0.lock().unwrap().paid
    }

    pub(super) fn balance_of(&self, payer: &str) -> u128 {
        let state = self.0.lock().unwrap();
        state.accounts.get(payer).map_or(0, |account| account.1)
            + state.hidden_money.get(payer).copied().unwrap_or(0)
    }

    /// Resource ids in the order in which they came to be.
    pub(super) fn order(&self) -> Vec<String> {
        self.0.lock().unwrap().order.clone()
    }

    /// Hashes of everything that reached the node.
    pub(super) fn broadcasts(&self) -> Vec<String> {
        self.0.lock().unwrap().broadcasts.clone()
    }

    fn asked(&self) -> Result<std::sync::MutexGuard<'_, State>, ChainFault> {
        let mut state = self.0.lock().unwrap();
        let fault =
            || ChainFault::Unreachable { network: Network::Testnet, detail: "connection reset".to_owned() };
        let percent = state.faults.unreachable;
        if state.down || state.chance(percent) {
            return Err(fault());
        }
        state.tick();
        Ok(state)
    }
}

#[async_trait]
impl Chain for Ledger {
    async fn status(&self, _network: Network) -> Result<ChainStatus, ChainFault> {
        tokio::task::yield_now().await;
        let state = self.asked()?;
        Ok(ChainStatus {
            chain_id: "model-1".to_owned(),
            height: state.height,
            block_time: time(state.height),
            catching_up: false,
        })
    }

    async fn account(&self, _network: Network, address: &str) -> Result<Option<ChainAccount>, ChainFault> {
        tokio::task::yield_now().await;
        let state = self.asked()?;
        Ok(state.accounts.get(address).map(|account| ChainAccount { number: 7, sequence: account.0 }))
    }

    async fn balance(&self, _network: Network, address: &str) -> Result<Ncheq, ChainFault> {
        tokio::task::yield_now().await;
        let state = self.asked()?;
        Ok(Ncheq(state.accounts.get(address).map_or(0, |account| account.1)))
    }

    async fn quote(
        &self,
        _network: Network,
        messages: &[ChainMessage],
        gas_simulated: Option<u64>,
    ) -> Result<FeeQuote, ChainFault> {
        let mut state = self.asked()?;
        let total = state.quoted * messages.len() as u128;
        let percent = state.faults.fee_moves;
        let moves = state.chance(percent);
        Ok(FeeQuote {
            offer: Ncheq(if moves { FEE / 2 } else { total }),
            expected: Ncheq(total),
            gas_limit: gas_simulated.unwrap_or(0),
            usd: None,
            may_batch: true,
            height: state.height,
        })
    }

    async fn message_bytes_max(&self, _: Network) -> Result<Option<usize>, ChainFault> {
        Ok(self.0.lock().unwrap().room)
    }

    async fn simulate(&self, _network: Network, tx: &[u8]) -> Result<Result<u64, TxCode>, ChainFault> {
        tokio::task::yield_now().await;
        let state = self.asked()?;
        let tx: Tx = serde_json::from_slice(tx).unwrap();
        let expected = state.pending_sequence(&tx.payer);
        if tx.sequence != expected {
            let log = format!("account sequence mismatch, expected {expected}, got {}", tx.sequence);
            return Ok(Err(code(32, "sdk", &log)));
        }
        let run = state.run_messages(&tx, false);
        Ok(if run.code == 0 { Ok(state.gas_of(&tx)) } else { Err(run) })
    }

    async fn broadcast(&self, _network: Network, bytes: &[u8]) -> Result<TxCode, ChainFault> {
        tokio::task::yield_now().await;
        let lost = ChainFault::Unreachable { network: Network::Testnet, detail: "timeout".to_owned() };
        let mut state = self.asked()?;
        let tx: Tx = serde_json::from_slice(bytes).unwrap();
        state.broadcasts.push(hash(bytes));
        let scripted = if state.script.is_empty() { None } else { Some(state.script.remove(0)) };
        match scripted {
            Some(Scripted::Answer(number, space, log)) => return Ok(code(number, space, log)),
            Some(Scripted::Lose) => return Err(lost),
            Some(Scripted::AcceptSilently) => {
                state.mempool.push(tx);
                return Err(lost);
            }
            Some(Scripted::AcceptAndEvict) => return Ok(code(0, "", "")),
            Some(Scripted::AcceptElsewhere) => {
                state.limbo.push(tx);
                return Ok(code(0, "", ""));
            }
            None => {}
        }
        let Faults { full, wrong_sequence, drop_reply, .. } = state.faults;
        if state.chance(full) {
            return Ok(code(20, "sdk", "mempool is full"));
        }
        if state.chance(wrong_sequence) {
            return Ok(code(32, "sdk", "account sequence mismatch, expected 99, got 1"));
        }
        let same = |other: &Tx| serde_json::to_vec(other).unwrap() == bytes;
        if state.mempool.iter().any(same)
            || state.index.get(&hash(bytes)).is_some_and(|found| found.0.result.code == 0)
        {
            return Ok(code(0, "", "tx already exists in cache"));
        }
        let answer = state.check(&tx);
        if answer.code == 0 {
            state.limbo.retain(|other| serde_json::to_vec(other).unwrap() != bytes);
            state.mempool.push(tx);
        }
        if state.chance(drop_reply) {
            return Err(lost);
        }
        Ok(answer)
    }

    async fn lookup(&self, _network: Network, hash: &str) -> Result<Option<TxFound>, ChainFault> {
        tokio::task::yield_now().await;
        let mut state = self.asked()?;
        let Some((found, lag)) = state.index.get_mut(hash) else { return Ok(None) };
        if *lag > 0 {
            *lag -= 1;
            return Ok(None);
        }
        Ok(Some(found.clone()))
    }

    async fn effect(&self, _network: Network, effect: &Effect) -> Result<EffectFound, ChainFault> {
        let state = self.asked()?;
        let Effect::Resource { checksum, .. } = effect else { return Ok(EffectFound::Absent) };
        Ok(match state.effects.get(&effect.key()) {
            None => EffectFound::Absent,
            Some((found, height)) if found == checksum => {
                EffectFound::Ours { block_time: Some(time(*height)) }
            }
            Some(_) => EffectFound::Foreign,
        })
    }

    fn unsigned(&self, draft: &TxDraft) -> Result<UnsignedTx, ChainFault> {
        let tx = Tx {
            payer: draft.payer.clone(),
            sequence: draft.sequence,
            messages: draft.messages.iter().map(|message| text(&message.value)).collect(),
            fee: draft.fee.0,
            gas_limit: draft.gas_limit,
            timeout_height: draft.timeout_height,
            signed: false,
        };
        let body = serde_json::to_vec(&tx).unwrap();
        Ok(UnsignedTx { sign_bytes: body.clone(), body, auth_info: Vec::new() })
    }

    fn signed(&self, unsigned: &UnsignedTx, signature: &[u8]) -> SignedTx {
        let mut tx: Tx = serde_json::from_slice(&unsigned.body).unwrap();
        tx.signed = signature.iter().any(|byte| *byte != 0);
        let bytes = serde_json::to_vec(&tx).unwrap();
        SignedTx { hash: hash(&bytes), bytes }
    }
}
