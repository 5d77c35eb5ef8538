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

/// Which operations a transaction is to be made of.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    lease: &'a Lease,
    operations: &'a [QueuedOp],
    /// Holds in a row.
    failures: u32,
}

impl Attempt<'_> {
    fn messages(&self) -> Vec<ChainMessage> {
        self.operations.iter().map(|op| op.message.clone()).collect()
    }
}

/// Why no transaction is made now.
enum Stop {
    /// This comes instead.
    Next(Step),
    /// The outbox itself cannot go on.
    Fault(OutboxFault),
}

impl From<OutboxFault> for Stop {
    fn from(fault: OutboxFault) -> Self {
        Self::Fault(fault)
    }
}

/// Gas to ask for: what the trial run used and the headroom, half as much again for every time it was too little.
fn gas_wanted(quoted: u64, simulated: u64, boosts: u32) -> u64 {
    let mut gas = quoted.max(simulated.saturating_add(GAS_HEADROOM));
    for _ in 0..boosts.min(10) {
        gas = gas.saturating_add(gas / 2);
    }
    gas
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
        let attempt = Attempt { lease, operations: &operations, failures };
        match self.attempt(&attempt, flight, memory).await {
            Ok(step) | Err(Stop::Next(step)) => Ok(step),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    async fn attempt(
        &self,
        attempt: &Attempt<'_>,
        flight: &Flight,
        memory: &mut Memory,
    ) -> Result<Step, Stop> {
        let Attempt { lease, operations, failures } = *attempt;
        let kid = match self.payer_key(lease, operations).await {
            Ok(kid) => kid,
            Err(note) => return Ok(self.misconfigured(lease, note, memory).await?),
        };
        let (look, account) = self.ready(attempt, memory).await?;
        let sequence = flight.next_sequence(account.sequence.max(memory.floor));
        let ambiguous = self.examine(lease, (&look.status, account), sequence, operations, memory).await?;
        let mut draft = TxDraft {
            chain_id: look.status.chain_id.clone(),
            payer: lease.payer.clone(),
            payer_public_key: hex::decode(&kid.0).unwrap_or_default(),
            account_number: account.number,
            sequence,
            messages: attempt.messages(),
            fee: Ncheq(0),
            gas_limit: 0,
            timeout_height: look.status.height + self.settings.timeout_blocks,
            memo: String::new(),
        };
        let balance = flight.left_of(look.balance);
        let expected = self.offer(attempt, &mut draft, balance, ambiguous, memory).await?;
        let tx = match self.sign(&kid, operations, &draft, expected).await {
            Ok(tx) => tx,
            Err(note) => return Ok(self.hold(lease, note, self.backoff(failures), memory).await?),
        };
        let ids: Vec<_> = operations.iter().map(|op| op.operation).collect();
        self.store.prepare(lease, &tx, &ids).await?;
        self.crash.reach(CrashPoint::K3);
        let live = LiveTx { tx, sends: 1, accepted: false };
        match self.first_broadcast(lease, &live, operations, memory).await? {
            Seen::Over(step) => Ok(step),
            Seen::Open => {
                memory.watches.insert(live.tx.id, Watch::sent(&self.settings));
                Ok(Step::Again)
            }
        }
    }

    /// What the node answered; a lane whose node did not answer waits.
    async fn heard<T>(
        &self,
        attempt: &Attempt<'_>,
        answer: Result<T, ChainFault>,
        memory: &mut Memory,
    ) -> Result<T, Stop> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(fault) => {
                let waits = self.unreachable(attempt.lease, &fault, attempt.failures, memory).await?;
                Err(Stop::Next(waits))
            }
        }
    }

    /// The node's state and the payer's account: the node is there and up to date, and it knows the payer.
    async fn ready(&self, attempt: &Attempt<'_>, memory: &mut Memory) -> Result<(Look, ChainAccount), Stop> {
        let Attempt { lease, operations, failures } = *attempt;
        let look = self.heard(attempt, self.look(lease).await, memory).await?;
        if let Some(step) = self.too_early(lease, &look.status, operations, failures, memory).await? {
            return Err(Stop::Next(step));
        }
        if let Some(account) = look.account {
            return Ok((look, account));
        }
        let quote = self.chain.quote(lease.network, &attempt.messages(), None).await;
        let quote = self.heard(attempt, quote, memory).await?;
        let note = missing_funds(&lease.payer, Ncheq(0), quote.expected);
        Err(Stop::Next(self.hold(lease, note, Self::FUNDS_WAIT, memory).await?))
    }

    /// Puts gas and fee into the draft, by a trial run and what the ledger charges for it: what it is expected to cost.
    async fn offer(
        &self,
        attempt: &Attempt<'_>,
        draft: &mut TxDraft,
        balance: Ncheq,
        ambiguous: bool,
        memory: &mut Memory,
    ) -> Result<Ncheq, Stop> {
        let Attempt { lease, operations, failures } = *attempt;
        let simulated = match self.heard(attempt, self.simulate(lease, draft).await, memory).await? {
            Ok(gas) => gas,
            Err(answer) => {
                let no = Refused {
                    stage: Stage::Simulate,
                    answer: &answer,
                    operations,
                    tx: None,
                    hash: None,
                    ambiguous,
                    failures,
                };
                return Err(Stop::Next(self.refused(lease, no, memory).await?));
            }
        };
        let quote = self.chain.quote(lease.network, &draft.messages, Some(simulated)).await;
        let quote = self.heard(attempt, quote, memory).await?;
        memory.may_batch = quote.may_batch;
        draft.fee = self.price(lease, operations, &quote, balance, ambiguous, memory).await?;
        let boosts = operations.iter().map(|op| op.gas_boost).max().unwrap_or(0);
        let gas = gas_wanted(quote.gas_limit, simulated, boosts);
        if gas > MAX_GAS && operations.len() > 1 {
            // No block holds so many of them; one is tried whatever it wants.
            memory.batch_limit = (operations.len() / 2).max(1);
            return Err(Stop::Next(Step::Again));
        }
        draft.gas_limit = gas.min(MAX_GAS);
        Ok(quote.expected)
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
    /// one of them can commit. Answers whether older bytes may still commit instead.
    async fn examine(
        &self,
        lease: &Lease,
        (status, account): (&ChainStatus, ChainAccount),
        sequence: u64,
        operations: &[QueuedOp],
        memory: &mut Memory,
    ) -> Result<bool, Stop> {
        let Some(op) = operations.iter().find(|op| op.tried) else { return Ok(false) };
        match self.chain.effect(lease.network, &op.effect).await {
            Ok(effect @ EffectFound::Ours { .. }) => {
                Err(Stop::Next(self.took_effect(lease, op, &effect, None, memory).await?))
            }
            Ok(EffectFound::Absent | EffectFound::Foreign) => {
                let former = self.store.former(op.operation).await?;
                let mut alive = former.iter().filter(|one| {
                    one.retired && one.timeout_height >= status.height && one.sequence >= account.sequence
                });
                let ambiguous = alive.clone().next().is_some();
                if alive.all(|one| one.sequence == sequence) {
                    return Ok(ambiguous);
                }
                let note = note(
                    "ledger/former-transaction",
                    "An earlier transaction of the write may still come; until it has come or is too late, none is signed.",
                );
                let requeued = vec![requeue(op, Some(note), AMBIGUOUS_WAIT, false)];
                let conclusion = Conclusion { requeued, ..Conclusion::default() };
                Err(Stop::Next(self.conclude(lease, operations, conclusion, memory).await?))
            }
            Err(fault) => Err(Stop::Next(self.silent(lease, &fault, memory).await?)),
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
    ) -> Result<Ncheq, Stop> {
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
            let above = note("ledger/fee-above-max", reason);
            return Err(Stop::Next(self.reject(lease, &no, above, memory).await?));
        }
        if balance < quote.expected {
            if operations.len() > 1 {
                // Perhaps it suffices for one.
                memory.batch_limit = 1;
                return Err(Stop::Next(Step::Again));
            }
            let note = missing_funds(&lease.payer, balance, quote.expected);
            return Err(Stop::Next(self.hold(lease, note, Self::FUNDS_WAIT, memory).await?));
        }
        // The ledger never charges more than the offer of a transaction with a single message.
        Ok(limit.map_or(quote.offer, |limit| quote.offer.min(limit)))
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
