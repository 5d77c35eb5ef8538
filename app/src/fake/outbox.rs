//! Operations between the log and the ledger. There is no worker: an operation ends when somebody waits for it, or when the
//! test says so.

use super::{Ledger, Log, Time, lock};
use crate::{
    Actor, Fault,
    port::{
        Estate, Interventions, Meta, Outcomes,
        commands::Token,
        estate::Holding,
        interventions::{Intervened, Intervention},
        outcomes::Waited,
    },
};
use async_trait::async_trait;
use domain::{
    Aggregate as _,
    accreditation::{Accreditation, AccreditationCommand},
    did::{DidCommand, DidRecord},
    id::{CustomerId, Did, Network, OperationId, derived_uuid},
    ledger::{Effect, LedgerOutcome, LedgerWrite, Rejection},
    resource::{ResourceCommand, ResourceLine},
    status_list::{StatusList, StatusListCommand},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

/// How operations end.
#[derive(Debug, Clone, Default)]
pub enum End {
    /// The ledger is asked: it takes what is signed rightly.
    #[default]
    Asked,
    /// The ledger refuses it, with this sentence.
    Rejected(&'static str),
    /// It goes on for longer than anybody waits; the code of the obstacle, if one is known.
    Pending(Option<&'static str>),
    /// Somebody cancels it.
    Cancelled,
}

/// Where an operation stands that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// It waits for its turn.
    #[default]
    Queued,
    /// It is in a transaction: it may take effect, whoever wants it to end.
    Sent,
    /// It waits for an operator.
    Dead,
    /// Its end is about to be recorded.
    Settling,
}

#[derive(Debug, Clone, Default)]
struct Op {
    standing: Standing,
    cancel_asked: bool,
    ended: Option<Waited>,
}

#[derive(Default)]
struct State {
    end: End,
    ops: BTreeMap<OperationId, Op>,
    seen: Token,
}

/// [`Outcomes`], [`Estate`] and [`Interventions`] in memory.
pub struct Outbox {
    log: Arc<Log>,
    ledger: Arc<Ledger>,
    time: Arc<Time>,
    state: Mutex<State>,
}

/// A write and the event that asks for it.
struct Asked {
    aggregate_type: &'static str,
    id: String,
    customer: CustomerId,
    write: LedgerWrite,
}

impl Outbox {
    pub(super) fn new(log: Arc<Log>, ledger: Arc<Ledger>, time: Arc<Time>) -> Self {
        Self { log, ledger, time, state: Mutex::default() }
    }

    /// How operations end from now on.
    pub fn end_with(&self, end: End) {
        lock(&self.state).end = end;
    }

    /// Where an operation stands.
    pub fn put(&self, operation: OperationId, standing: Standing) {
        lock(&self.state).ops.entry(operation).or_default().standing = standing;
    }

    /// Every operation that was asked for, oldest first.
    pub fn operations(&self) -> Vec<OperationId> {
        self.asked().into_iter().map(|asked| asked.write.operation).collect()
    }

    /// Ends every operation that has not ended, oldest first.
    pub fn settle(&self) {
        for operation in self.operations() {
            self.end(operation);
        }
    }

    /// How far somebody has waited for readers to come.
    pub fn waited_for(&self) -> Token {
        lock(&self.state).seen
    }

    fn asked(&self) -> Vec<Asked> {
        let events = self.log.since(0).into_iter();
        let asked = events.filter_map(|event| {
            let write = event.write()?;
            let customer = event.meta.customer;
            Some(Asked { aggregate_type: event.aggregate_type, id: event.id, customer, write })
        });
        asked.collect()
    }

    fn op(&self, operation: OperationId) -> Op {
        lock(&self.state).ops.get(&operation).cloned().unwrap_or_default()
    }

    /// How the operation ends, or that it does not.
    fn end(&self, operation: OperationId) -> Waited {
        let op = self.op(operation);
        if let Some(ended) = op.ended {
            return ended;
        }
        let pending = |code: Option<&str>| {
            let reason = code.map(|code| format!("The obstacle is {code}."));
            Waited::Pending { code: code.map(str::to_owned), reason }
        };
        let Some(asked) = self.asked().into_iter().find(|asked| asked.write.operation == operation) else {
            return pending(None);
        };
        let is_caught = op.cancel_asked && op.standing != Standing::Sent;
        let end = if is_caught { End::Cancelled } else { lock(&self.state).end.clone() };
        let rejected = |code: &str, reason: &str| {
            let (code, reason) = (code.to_owned(), reason.to_owned());
            LedgerOutcome::Rejected(Rejection { code, reason, tx_hash: None })
        };
        let is_cancelled = matches!(end, End::Cancelled);
        let outcome = match end {
            End::Asked => match self.ledger.include(&asked.write) {
                Ok(inclusion) => LedgerOutcome::Included(inclusion),
                Err(why) => rejected("ledger/refused", &why),
            },
            End::Rejected(reason) => rejected("ledger/rejected", reason),
            End::Cancelled => rejected("operation/cancelled", "It was cancelled."),
            End::Pending(code) => return pending(code),
        };
        self.record(&asked, outcome.clone());
        let waited = if is_cancelled { Waited::Cancelled } else { Waited::Ended(outcome) };
        lock(&self.state).ops.entry(operation).or_default().ended = Some(waited.clone());
        waited
    }

    fn record(&self, asked: &Asked, outcome: LedgerOutcome) {
        let (operation, at) = (asked.write.operation, self.time.present());
        let command_id = derived_uuid("outcome", &[&operation.to_string()]);
        let meta = Meta {
            command_id,
            correlation_id: command_id,
            causation_id: None,
            customer: asked.customer,
            actor: Actor::Studio("outbox".to_owned()),
            traceparent: None,
            occurred_at: at,
            keys_used: Vec::new(),
        };
        let id = asked.id.as_str();
        macro_rules! record {
            ($aggregate:ty, $command:ident) => {{
                let command = $command::RecordOutcome { operation, outcome, at };
                self.log.append::<$aggregate>(id, command, &meta).map(|_| ())
            }};
        }
        let recorded = match asked.aggregate_type {
            DidRecord::TYPE => record!(DidRecord, DidCommand),
            ResourceLine::TYPE => record!(ResourceLine, ResourceCommand),
            StatusList::TYPE => record!(StatusList, StatusListCommand),
            Accreditation::TYPE => record!(Accreditation, AccreditationCommand),
            other => Err(Fault::bug(format!("{other} asks for no writes"))),
        };
        recorded.expect("an outcome can be recorded");
    }
}

#[async_trait]
impl Outcomes for Outbox {
    async fn ended(&self, operation: OperationId, _: Duration) -> Result<Waited, Fault> {
        Ok(self.end(operation))
    }

    async fn known(&self, operation: OperationId) -> Result<bool, Fault> {
        Ok(self.operations().contains(&operation))
    }

    async fn visible(&self, token: Token) -> Result<bool, Fault> {
        let mut state = lock(&self.state);
        state.seen = state.seen.max(token);
        Ok(true)
    }

    async fn all_visible(&self) -> Result<bool, Fault> {
        self.visible(Token(i64::try_from(self.log.len()).unwrap_or(i64::MAX))).await
    }
}

#[async_trait]
impl Estate for Outbox {
    async fn holdings(
        &self,
        network: Network,
        after: Option<&Did>,
        limit: u32,
    ) -> Result<Vec<Holding>, Fault> {
        let mut held: BTreeMap<Did, Holding> = BTreeMap::new();
        let mut moving = BTreeSet::new();
        for Asked { write, .. } in self.asked() {
            let did = write.ordering_key;
            match self.op(write.operation).ended {
                None => {
                    moving.insert(did);
                }
                Some(Waited::Ended(LedgerOutcome::Included(inclusion))) => {
                    let empty = || Holding { did: did.clone(), height: 0, resources: Vec::new() };
                    let holding = held.entry(did.clone()).or_insert_with(empty);
                    holding.height = holding.height.max(inclusion.height);
                    let is_resource = matches!(write.effect, Effect::Resource { .. });
                    holding.resources.extend(is_resource.then_some(write.effect));
                }
                Some(_) => {}
            }
        }
        let wanted = held.into_values().filter(|holding| {
            holding.did.network() == network
                && !moving.contains(&holding.did)
                && after.is_none_or(|after| holding.did > *after)
        });
        Ok(wanted.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    }

    async fn is_ours(&self, did: &Did) -> Result<bool, Fault> {
        Ok(self.asked().iter().any(|asked| asked.write.ordering_key == *did))
    }
}

#[async_trait]
impl Interventions for Outbox {
    async fn intervene(
        &self,
        operation: OperationId,
        customer: Option<CustomerId>,
        what: Intervention,
    ) -> Result<Intervened, Fault> {
        let asked = self.asked().into_iter().find(|asked| asked.write.operation == operation);
        if asked.is_none_or(|asked| customer.is_some_and(|customer| customer != asked.customer)) {
            return Ok(Intervened::NotFound);
        }
        let mut state = lock(&self.state);
        let op = state.ops.entry(operation).or_default();
        if op.ended.is_some() {
            return Ok(Intervened::Over);
        }
        let can = match what {
            Intervention::Retry => matches!(op.standing, Standing::Queued | Standing::Dead),
            Intervention::Skip => op.standing == Standing::Dead,
            Intervention::Cancel => op.standing != Standing::Settling,
        };
        if !can {
            return Ok(Intervened::Moving);
        }
        op.cancel_asked = what != Intervention::Retry;
        if op.standing == Standing::Dead {
            op.standing = Standing::Queued;
        }
        Ok(Intervened::Done)
    }
}
