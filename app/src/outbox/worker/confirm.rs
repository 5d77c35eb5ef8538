//! Broadcast the stored bytes, and find out what became of them.

use super::{
    Memory, Settings, Step, Worker, no_answer,
    refused::{Refused, requeue},
};
use crate::{
    outbox::{
        classify::{Stage, Verdict, classify},
        crash::CrashPoint,
        fate::{Absence, Fate, fate},
        port::{Conclusion, Hold, Lease, LiveTx, Note, OutboxFault, QueuedOp, TxEnd},
    },
    port::chain::{ChainFault, EffectFound, TxCode, TxFound},
};
use domain::ledger::{LedgerOutcome, Rejection};
use std::time::Duration;
use tokio::{sync::watch, time::Instant};

/// How many probes an index gets to show what used a sequence.
const PATIENCE_PROBES: u32 = 5;

/// What a look at a transaction came to.
pub(super) enum Seen {
    /// Over; this is the next step.
    Over(Step),
    /// Not known yet.
    Open,
}

/// What is remembered of a transaction between two looks.
#[derive(Debug)]
pub(super) struct Watch {
    /// When to ask where the chain stands.
    probe_at: Instant,
    /// How long to wait before the next look.
    delay: Duration,
    /// Probes that found the sequence used but neither transaction nor failure.
    used_probes: u32,
    noted_accepted: bool,
}

impl Watch {
    /// Of a transaction that was just sent.
    pub(super) fn sent(settings: &Settings) -> Self {
        Self {
            probe_at: Instant::now() + settings.probe,
            delay: settings.confirm_first,
            used_probes: 0,
            noted_accepted: false,
        }
    }

    /// Of one that an earlier run has stored, so that whether it was sent is unknown.
    fn recovering(settings: &Settings, live: &LiveTx) -> Self {
        Self { probe_at: Instant::now(), noted_accepted: live.accepted, ..Self::sent(settings) }
    }
}

impl Worker {
    /// Sees the front transaction through. With `room` for another one behind it, it leaves off as soon as there may be
    /// something to send: at a bump since that count, or after that time.
    pub(super) async fn confirm(
        &self,
        lease: &Lease,
        live: LiveTx,
        operations: Vec<QueuedOp>,
        room: Option<(i64, Option<Duration>)>,
        memory: &mut Memory,
        ending: &watch::Receiver<bool>,
    ) -> Result<Step, OutboxFault> {
        let mut watch = match memory.watches.remove(&live.tx.id) {
            Some(watch) => watch,
            None => Watch::recovering(&self.settings, &live),
        };
        let due_at = room.and_then(|(_, next_in)| next_in).map(|next_in| Instant::now() + next_in);
        let mut renew_at = Instant::now() + self.settings.lease / 3;
        loop {
            let found = self.chain.lookup(lease.network, &live.tx.hash).await;
            if let Seen::Over(step) = self.looked(lease, &live, &operations, found, memory).await? {
                return Ok(step);
            }
            if Instant::now() >= watch.probe_at {
                let seen = self.probe(lease, &live, &mut watch, &operations, memory).await;
                match seen? {
                    Ok(Seen::Over(step)) => return Ok(step),
                    Ok(Seen::Open) => memory.silences = 0,
                    Err(fault) => return self.silent(lease, &fault, memory).await,
                }
                watch.probe_at = Instant::now() + self.settings.probe;
            } else if !watch.noted_accepted && watch.delay >= self.settings.confirm_longest {
                self.store.accepted(lease, live.tx.id).await?;
                watch.noted_accepted = true;
                self.crash.reach(CrashPoint::K6);
            }
            if *ending.borrow() {
                return Ok(Step::Again);
            }
            tokio::time::sleep(watch.delay).await;
            watch.delay = (watch.delay + watch.delay / 2).min(self.settings.confirm_longest);
            if let Some((bumps, _)) = room
                && (due_at.is_some_and(|at| Instant::now() >= at) || self.store.bumped(lease, bumps).await?)
            {
                memory.watches.insert(live.tx.id, watch);
                return Ok(Step::Again);
            }
            if Instant::now() >= renew_at {
                self.store.renew(lease, self.settings.lease).await?;
                renew_at = Instant::now() + self.settings.lease / 3;
            }
        }
    }

    /// The first sending of these bytes. A clear no to it means that they are nowhere.
    pub(super) async fn first_broadcast(
        &self,
        lease: &Lease,
        live: &LiveTx,
        operations: &[QueuedOp],
        memory: &mut Memory,
    ) -> Result<Seen, OutboxFault> {
        let tx = &live.tx;
        let answer = self.chain.broadcast(lease.network, &tx.bytes).await;
        self.crash.reach(CrashPoint::K4);
        let answer = match answer {
            Ok(answer) => answer,
            Err(fault) => {
                // Unknown is a state: the node may have taken it. Looking for it decides.
                tracing::warn!(hash = tx.hash, %fault, "no answer to a broadcast");
                self.tell(lease, no_answer(&fault)).await?;
                return Ok(Seen::Open);
            }
        };
        match classify(Stage::Check, &answer) {
            Verdict::Fine | Verdict::Poll => {
                self.crash.reach(CrashPoint::K5);
                Ok(Seen::Open)
            }
            Verdict::Resend(note) => {
                self.tell(lease, note).await?;
                Ok(Seen::Open)
            }
            _ => {
                let no = Refused {
                    stage: Stage::Check,
                    answer: &answer,
                    operations,
                    tx: Some((tx.id, TxEnd::Refused)),
                    hash: Some(&tx.hash),
                    ambiguous: false,
                    failures: 0,
                };
                // Older bytes of the same operation may still be somewhere; the next trial run judges it again.
                let no = Refused { ambiguous: operations.iter().any(|op| op.tried), ..no };
                self.refused(lease, no, memory).await.map(Seen::Over)
            }
        }
    }

    /// Tells whoever waits what is in the way, without giving the lane back.
    async fn tell(&self, lease: &Lease, note: Note) -> Result<(), OutboxFault> {
        self.store.hold(lease, &Hold { note, delay: Duration::ZERO }).await
    }

    async fn looked(
        &self,
        lease: &Lease,
        live: &LiveTx,
        operations: &[QueuedOp],
        found: Result<Option<TxFound>, ChainFault>,
        memory: &mut Memory,
    ) -> Result<Seen, OutboxFault> {
        let tx = &live.tx;
        let found = match found {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Seen::Open),
            Err(fault) => return self.silent(lease, &fault, memory).await.map(Seen::Over),
        };
        memory.silences = 0;
        match classify(Stage::Block, &found.result) {
            Verdict::Fine => {
                memory.floor = memory.floor.max(tx.sequence + 1);
                self.included(lease, tx, &found, operations, memory).await.map(Seen::Over)
            }
            // Failed before its sequence was used: the very same bytes may still commit (docs/ledger.md#accounts-and-sequences).
            Verdict::Resend(_) | Verdict::Poll => Ok(Seen::Open),
            _ => {
                let no = Refused {
                    stage: Stage::Block,
                    answer: &found.result,
                    operations,
                    tx: Some((tx.id, TxEnd::Reverted)),
                    hash: Some(&tx.hash),
                    ambiguous: false,
                    failures: 0,
                };
                self.refused(lease, no, memory).await.map(Seen::Over)
            }
        }
    }

    /// The transaction is not there: find out whether it may still come, and send it again if so.
    async fn probe(
        &self,
        lease: &Lease,
        live: &LiveTx,
        watch: &mut Watch,
        operations: &[QueuedOp],
        memory: &mut Memory,
    ) -> Result<Result<Seen, ChainFault>, OutboxFault> {
        let network = lease.network;
        let asked = async {
            let status = self.chain.status(network).await?;
            // Looked up after the height was read, so that absence counts for every block up to it.
            let found = self.chain.lookup(network, &live.tx.hash).await?;
            let account = self.chain.account(network, &lease.payer).await?;
            Ok::<_, ChainFault>((status, found, account))
        };
        let (status, found, account) = match asked.await {
            Ok(answers) => answers,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Seen::Over(step) = self.looked(lease, live, operations, Ok(found), memory).await? {
            return Ok(Ok(Seen::Over(step)));
        }
        if status.catching_up {
            return Ok(Ok(Seen::Open));
        }
        let mut absence = Absence {
            height: status.height,
            timeout_height: live.tx.timeout_height,
            sequence: live.tx.sequence,
            account: account.map(|account| account.sequence),
            effect: None,
            patience_over: watch.used_probes >= PATIENCE_PROBES,
        };
        let mut judged = fate(&absence);
        if judged == Fate::AskEffect {
            let Some(first) = operations.first() else { return Ok(Ok(Seen::Over(Step::Again))) };
            match self.chain.effect(network, &first.effect).await {
                Ok(effect) => absence.effect = Some(effect),
                Err(fault) => return Ok(Err(fault)),
            }
            judged = fate(&absence);
        }
        self.follow(lease, live, watch, operations, (judged, absence.effect), memory).await.map(Ok)
    }

    async fn follow(
        &self,
        lease: &Lease,
        live: &LiveTx,
        watch: &mut Watch,
        operations: &[QueuedOp],
        (judged, effect): (Fate, Option<EffectFound>),
        memory: &mut Memory,
    ) -> Result<Seen, OutboxFault> {
        let id = live.tx.id;
        match judged {
            Fate::Resend => self.resend(lease, live, watch, operations, memory).await,
            Fate::AskEffect | Fate::Wait => {
                watch.used_probes += 1;
                Ok(Seen::Open)
            }
            Fate::TookEffect if watch.used_probes < PATIENCE_PROBES => {
                watch.used_probes += 1;
                Ok(Seen::Open)
            }
            Fate::TookEffect => match (operations, effect) {
                ([op], Some(effect)) => {
                    let ended = Some((id, TxEnd::Included));
                    self.took_effect(lease, op, &effect, ended, memory).await.map(Seen::Over)
                }
                // Each message is examined on its own before anything is signed again.
                _ => self.end(lease, operations, (id, TxEnd::Included), None, false, memory).await,
            },
            Fate::Expired => {
                self.crash.reach(CrashPoint::K9);
                let note = Note {
                    code: "ledger/timed-out".to_owned(),
                    reason: "The ledger did not include the transaction in time; it is signed again."
                        .to_owned(),
                };
                self.end(lease, operations, (id, TxEnd::Expired), Some(note), true, memory).await
            }
            Fate::Stolen => {
                self.crash.reach(CrashPoint::K10);
                let note = Note {
                    code: "ledger/payer-key-in-use".to_owned(),
                    reason: format!(
                        "Another transaction of {} used the sequence of this one: its key is in use elsewhere.",
                        lease.payer
                    ),
                };
                tracing::error!(payer = lease.payer, hash = live.tx.hash, "{}", note.reason);
                self.end(lease, operations, (id, TxEnd::Expired), Some(note), true, memory).await
            }
            Fate::Collision => match operations {
                [op] => {
                    let rejection = Rejection {
                        code: "ledger/collision".to_owned(),
                        reason: "Something else stands on the ledger under the same id.".to_owned(),
                        tx_hash: None,
                    };
                    let decided = vec![(op.operation, LedgerOutcome::Rejected(rejection))];
                    let tx = Some((id, TxEnd::Expired));
                    let conclusion = Conclusion { tx, requeued: Vec::new(), decided };
                    self.conclude(lease, operations, conclusion, memory).await.map(Seen::Over)
                }
                _ => self.end(lease, operations, (id, TxEnd::Expired), None, false, memory).await,
            },
        }
    }

    /// Ends the transaction; its operations go again, and are examined before anything is signed.
    async fn end(
        &self,
        lease: &Lease,
        operations: &[QueuedOp],
        tx: (uuid::Uuid, TxEnd),
        note: Option<Note>,
        counts: bool,
        memory: &mut Memory,
    ) -> Result<Seen, OutboxFault> {
        let requeued =
            operations.iter().map(|op| requeue(op, note.clone(), Duration::ZERO, counts)).collect();
        let conclusion = Conclusion { tx: Some(tx), requeued, decided: Vec::new() };
        self.conclude(lease, operations, conclusion, memory).await.map(Seen::Over)
    }

    /// The same bytes once more. A no is no longer proof that they are nowhere: an earlier sending may live on elsewhere.
    async fn resend(
        &self,
        lease: &Lease,
        live: &LiveTx,
        watch: &mut Watch,
        operations: &[QueuedOp],
        memory: &mut Memory,
    ) -> Result<Seen, OutboxFault> {
        let tx = &live.tx;
        self.store.sending(lease, tx.id).await?;
        let answer: TxCode = match self.chain.broadcast(lease.network, &tx.bytes).await {
            Ok(answer) => answer,
            Err(fault) => return self.silent(lease, &fault, memory).await.map(Seen::Over),
        };
        self.crash.reach(CrashPoint::K4);
        match classify(Stage::Check, &answer) {
            Verdict::Fine | Verdict::Poll => {
                self.crash.reach(CrashPoint::K5);
                if !watch.noted_accepted {
                    self.store.accepted(lease, tx.id).await?;
                    watch.noted_accepted = true;
                }
                self.crash.reach(CrashPoint::K6);
                Ok(Seen::Open)
            }
            // The check state may be ahead for a block, or it is in a block just now: the next probe knows.
            Verdict::Sequence(_) | Verdict::Resend(_) => Ok(Seen::Open),
            Verdict::Funds(note) | Verdict::Unfunded(note) => {
                let retired = (tx.id, TxEnd::Retired);
                let seen = self.end(lease, operations, retired, Some(note.clone()), false, memory).await?;
                self.hold(lease, note, Self::FUNDS_WAIT, memory).await?;
                Ok(seen)
            }
            Verdict::Account(note)
            | Verdict::Requote(note)
            | Verdict::MoreGas(note)
            | Verdict::Rebuild(note)
            | Verdict::Inspect(note)
            | Verdict::Dependency(note)
            | Verdict::Permanent(note)
            | Verdict::Config(note) => {
                let retired = (tx.id, TxEnd::Retired);
                self.end(lease, operations, retired, Some(note), true, memory).await
            }
        }
    }
}
