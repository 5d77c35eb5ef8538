//! Prepare: quote, try, sign, and make bytes, hash and sequence durable before the first byte leaves.

use super::{
    Memory, Step, Worker,
    confirm::{Seen, Watch},
    flight::Flight,
    refused::{AMBIGUOUS_WAIT, Refused, requeue},
};
use crate::{
    outbox::{
        classify::Stage,
        crash::CrashPoint,
        port::{Conclusion, Lease, LiveTx, NewTx, Note, OutboxFault, QueuedOp},
    },
    port::{
        Execute,
        chain::{ChainAccount, ChainFault, ChainMessage, ChainStatus, EffectFound, FeeQuote, TxDraft},
    },
};
use domain::{
    customer::Customer,
    id::{KeyId, Ncheq},
};
use std::time::Duration;

/// What a transaction needs beyond what a trial run shows: the fee is taken after the messages (docs/ledger.md#gas).
const GAS_HEADROOM: u64 = 90_000;

domain::limits! {
    /// The most gas a transaction of ours asks for; blocks of cheqd hold this much.
    MAX_GAS: u64 = 30_000_000, "gas";
}

/// How long to wait for a node that is behind what we saw before, in milliseconds.
const NODE_BEHIND_WAIT_MILLIS: u64 = 1_000;
/// Length of a secp256k1 signature; a trial run does not check it.
const SIGNATURE_BYTES: usize = 64;

/// What the node says before anything is signed.
struct Look {
    status: ChainStatus,
    account: Option<ChainAccount>,
    balance: Ncheq,
}

/// Gas to ask for: what the trial run used and the headroom, half as much again for every time it was too little.
fn gas_limit(quoted: u64, simulated: u64, boosts: u32) -> u64 {
    let mut gas = quoted.max(simulated.saturating_add(GAS_HEADROOM));
    for _ in 0..boosts.min(10) {
        gas = gas.saturating_add(gas / 2);
    }
    gas.min(MAX_GAS)
}

fn note(code: &str, reason: impl Into<String>) -> Note {
    Note { code: code.to_owned(), reason: reason.into() }
}

impl Worker {
    /// Makes a transaction of these operations, behind those that are on their way, and sends it.
    pub(super) async fn prepare(
        &self,
        lease: &Lease,
        operations: Vec<QueuedOp>,
        flight: &Flight,
        failures: u32,
        memory: &mut Memory,
    ) -> Result<Step, OutboxFault> {
        self.crash.reach(CrashPoint::K2);
        let kid = match self.payer_key(lease, &operations).await {
            Ok(kid) => kid,
            Err(note) => return self.misconfigured(lease, note, memory).await,
        };
        let look = match self.look(lease).await {
            Ok(look) => look,
            Err(fault) => return self.unreachable(lease, &fault, failures, memory).await,
        };
        if let Some(step) = self.too_early(lease, &look.status, &operations, failures, memory).await? {
            return Ok(step);
        }
        let messages: Vec<ChainMessage> = operations.iter().map(|op| op.message.clone()).collect();
        let Some(account) = look.account else {
            return match self.chain.quote(lease.network, &messages, None).await {
                Ok(quote) => {
                    let note = missing_funds(&lease.payer, Ncheq(0), quote.expected);
                    self.hold(lease, note, Self::FUNDS_WAIT, memory).await
                }
                Err(fault) => self.unreachable(lease, &fault, failures, memory).await,
            };
        };
        let sequence = flight.next_sequence(account.sequence.max(memory.floor));
        let chain = (&look.status, account);
        let ambiguous = match self.examine(lease, chain, sequence, &operations, memory).await? {
            Examined::Sign { ambiguous } => ambiguous,
            Examined::Done(step) => return Ok(step),
        };
        let mut draft = TxDraft {
            chain_id: look.status.chain_id.clone(),
            payer: lease.payer.clone(),
            payer_public_key: hex::decode(&kid.0).unwrap_or_default(),
            account_number: account.number,
            sequence,
            messages,
            fee: Ncheq(0),
            gas_limit: 0,
            timeout_height: look.status.height + self.settings.timeout_blocks,
            memo: String::new(),
        };
        let simulated = match self.simulate(lease, &draft).await {
            Err(fault) => return self.unreachable(lease, &fault, failures, memory).await,
            Ok(Err(answer)) => {
                let no = Refused {
                    stage: Stage::Simulate,
                    answer: &answer,
                    operations: &operations,
                    tx: None,
                    hash: None,
                    ambiguous,
                    failures,
                };
                return self.refused(lease, no, memory).await;
            }
            Ok(Ok(gas)) => gas,
        };
        let quote = match self.chain.quote(lease.network, &draft.messages, Some(simulated)).await {
            Ok(quote) => quote,
            Err(fault) => return self.unreachable(lease, &fault, failures, memory).await,
        };
        memory.may_batch = quote.may_batch;
        let balance = flight.left_of(look.balance);
        let fee = match self.price(lease, &operations, &quote, balance, ambiguous, memory).await? {
            Priced::Offer(fee) => fee,
            Priced::Done(step) => return Ok(step),
        };
        let boosts = operations.iter().map(|op| op.gas_boost).max().unwrap_or(0);
        draft.fee = fee;
        draft.gas_limit = gas_limit(quote.gas_limit, simulated, boosts);
        let tx = match self.sign(&kid, &operations, &draft, quote.expected).await {
            Ok(tx) => tx,
            Err(note) => return self.hold(lease, note, self.backoff(failures), memory).await,
        };
        let ids: Vec<_> = operations.iter().map(|op| op.operation).collect();
        self.store.prepare(lease, &tx, &ids).await?;
        self.crash.reach(CrashPoint::K3);
        let live = LiveTx { tx, sends: 1, accepted: false };
        match self.first_broadcast(lease, &live, &operations, memory).await? {
            Seen::Over(step) => Ok(step),
            Seen::Open => {
                memory.watches.insert(live.tx.id, Watch::sent(&self.settings));
                Ok(Step::Again)
            }
        }
    }

    /// One look at the node; its three questions go out together.
    async fn look(&self, lease: &Lease) -> Result<Look, ChainFault> {
        let (status, account, balance) = tokio::try_join!(
            self.chain.status(lease.network),
            self.chain.account(lease.network, &lease.payer),
            self.chain.balance(lease.network, &lease.payer),
        )?;
        Ok(Look { status, account, balance })
    }

    /// A node that catches up, or is behind a block we have seen, would judge by old state.
    async fn too_early(
        &self,
        lease: &Lease,
        status: &ChainStatus,
        operations: &[QueuedOp],
        failures: u32,
        memory: &mut Memory,
    ) -> Result<Option<Step>, OutboxFault> {
        if status.catching_up {
            let note = note("ledger/unreachable", "The ledger node is still catching up with its chain.");
            return self.hold(lease, note, self.backoff(failures), memory).await.map(Some);
        }
        let newest = operations.iter().filter_map(|op| op.predecessor_height).max().unwrap_or(0);
        if newest <= status.height {
            return Ok(None);
        }
        let reason =
            format!("The ledger node stands at block {}, but block {newest} was seen before.", status.height);
        let delay = Duration::from_millis(NODE_BEHIND_WAIT_MILLIS);
        self.hold(lease, note("ledger/node-behind", reason), delay, memory).await.map(Some)
    }

    /// Looks for traces of former transactions before one with this sequence is signed. The account was read before: what
    /// used its sequence since shows now, and what has not must share its sequence with the new transaction, so that only
    /// one of them can commit.
    async fn examine(
        &self,
        lease: &Lease,
        (status, account): (&ChainStatus, ChainAccount),
        sequence: u64,
        operations: &[QueuedOp],
        memory: &mut Memory,
    ) -> Result<Examined, OutboxFault> {
        let Some(op) = operations.iter().find(|op| op.tried) else {
            return Ok(Examined::Sign { ambiguous: false });
        };
        match self.chain.effect(lease.network, &op.effect).await {
            Ok(effect @ EffectFound::Ours { .. }) => {
                let op = op.clone();
                self.took_effect(lease, &op, &effect, None, memory).await.map(Examined::Done)
            }
            Ok(EffectFound::Absent | EffectFound::Foreign) => {
                let former = self.store.former(op.operation).await?;
                let mut alive = former.iter().filter(|one| {
                    one.retired && one.timeout_height >= status.height && one.sequence >= account.sequence
                });
                let ambiguous = alive.clone().next().is_some();
                if alive.all(|one| one.sequence == sequence) {
                    return Ok(Examined::Sign { ambiguous });
                }
                let note = note(
                    "ledger/former-transaction",
                    "An earlier transaction of the write may still come; until it has come or is too late, none is signed.",
                );
                let requeued = vec![requeue(op, Some(note), AMBIGUOUS_WAIT, false)];
                let conclusion = Conclusion { requeued, ..Conclusion::default() };
                self.conclude(lease, operations, conclusion, memory).await.map(Examined::Done)
            }
            Err(fault) => self.silent(lease, &fault, memory).await.map(Examined::Done),
        }
    }

    async fn simulate(
        &self,
        lease: &Lease,
        draft: &TxDraft,
    ) -> Result<Result<u64, crate::port::chain::TxCode>, ChainFault> {
        let unsigned = self.chain.unsigned(draft)?;
        let trial = self.chain.signed(&unsigned, &[0; SIGNATURE_BYTES]);
        self.chain.simulate(lease.network, &trial.bytes).await
    }

    /// The fee to offer, if the operation may cost that much and the payer has that much.
    async fn price(
        &self,
        lease: &Lease,
        operations: &[QueuedOp],
        quote: &FeeQuote,
        balance: Ncheq,
        ambiguous: bool,
        memory: &mut Memory,
    ) -> Result<Priced, OutboxFault> {
        let limit = operations.iter().filter_map(|op| op.fee_max).min();
        if let Some(limit) = limit
            && quote.expected > limit
        {
            let reason = format!(
                "The write would cost {} ncheq, more than the {limit} ncheq that were allowed for it.",
                quote.expected
            );
            let answer = crate::port::chain::TxCode { code: 1, codespace: String::new(), log: String::new() };
            let no = Refused {
                stage: Stage::Simulate,
                answer: &answer,
                operations,
                tx: None,
                hash: None,
                ambiguous,
                failures: 0,
            };
            return self
                .reject(lease, &no, note("ledger/fee-above-max", reason), memory)
                .await
                .map(Priced::Done);
        }
        if balance < quote.expected {
            if operations.len() > 1 {
                // Perhaps it suffices for one.
                memory.batch_limit = 1;
                return Ok(Priced::Done(Step::Again));
            }
            let note = missing_funds(&lease.payer, balance, quote.expected);
            return self.hold(lease, note, Self::FUNDS_WAIT, memory).await.map(Priced::Done);
        }
        // The ledger never charges more than the offer of a transaction with a single message.
        Ok(Priced::Offer(limit.map_or(quote.offer, |limit| quote.offer.min(limit))))
    }

    async fn sign(
        &self,
        kid: &KeyId,
        operations: &[QueuedOp],
        draft: &TxDraft,
        expected: Ncheq,
    ) -> Result<NewTx, Note> {
        let unsigned = self.chain.unsigned(draft).map_err(|fault| super::no_answer(&fault))?;
        let Some(first) = operations.first() else { return Err(note("outbox/empty", "Nothing to sign.")) };
        let signature = self
            .vault
            .sign(first.customer, kid, &unsigned.sign_bytes)
            .await
            .map_err(|fault| note(fault.code, fault.public))?;
        let signed = self.chain.signed(&unsigned, &signature);
        Ok(NewTx {
            id: self.ids.next(),
            sequence: draft.sequence,
            bytes: signed.bytes,
            hash: signed.hash,
            timeout_height: draft.timeout_height,
            fee_offered: draft.fee,
            fee_expected: expected,
            gas_limit: draft.gas_limit,
        })
    }

    /// The vault key of the lane's payer, from the customer it belongs to.
    async fn payer_key(&self, lease: &Lease, operations: &[QueuedOp]) -> Result<KeyId, Note> {
        let Some(first) = operations.first() else { return Err(note("outbox/empty", "Nothing to sign.")) };
        if let Some(kid) = self.remembered_key(first.customer, lease) {
            return Ok(kid);
        }
        let customer = Execute::<Customer>::load(&*self.commands, &first.customer.to_string())
            .await
            .map_err(|fault| note(fault.code, fault.public))?
            .state;
        let payer = customer
            .payers
            .into_iter()
            .find(|payer| payer.network == lease.network && payer.address == lease.payer);
        let Some(payer) = payer else {
            let reason = format!("{} is not a payer of the customer that asked.", lease.payer);
            return Err(note("ledger/payer-unknown", reason));
        };
        self.remember_key(first.customer, lease, &payer.kid);
        Ok(payer.kid)
    }
}

enum Examined {
    /// Go on; whether older bytes may still commit instead.
    Sign {
        ambiguous: bool,
    },
    Done(Step),
}

enum Priced {
    Offer(Ncheq),
    Done(Step),
}

/// The sentence a customer needs to top up.
pub(super) fn missing_funds(payer: &str, balance: Ncheq, cost: Ncheq) -> Note {
    let shortfall = cost.0.saturating_sub(balance.0);
    note(
        "ledger/insufficient-funds",
        format!(
            "The payer {payer} has {balance} ncheq, but the write costs {cost} ncheq: {shortfall} ncheq are missing."
        ),
    )
}
