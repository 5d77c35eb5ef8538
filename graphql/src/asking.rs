//! One request: who asks, and what its fields share.

use crate::{House, execute::Prepared, fault::Result, loader::Loaders, pulse::Pulses};
use app::{
    Fault, Principal, Studio,
    act::Spec,
    budget::{Caller, CountedResolver, Place, Work},
    customer::still_works,
    port::vault::VaultInTurns,
};
use async_graphql::{Context, parser::types::OperationType};
use domain::id::{CustomerId, Network};
use projections::Views;
use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Semaphore;
use uuid::Uuid;

domain::limits! {
    /// Statements of one request that the database works on at the same time.
    pub(crate) DATABASE_TURNS_PER_REQUEST: usize = 1, "statements";
}

/// What fields of one request share.
pub(crate) struct Asking {
    pub(crate) house: Arc<House>,
    pub(crate) caller: Principal,
    /// This request's id: the correlation id of all it causes.
    pub(crate) request: Uuid,
    pub(crate) traceparent: Option<String>,
    pub(crate) loaders: Loaders,
    pub(crate) pulses: Arc<Pulses>,
    studio: Studio,
    /// The resolver of `studio`.
    questions: Arc<CountedResolver>,
    /// Held as long as anything of this request runs: a write goes on when its caller has hung up.
    place: Mutex<Option<(Work, Place)>>,
    /// Which place each answer of a subscription takes.
    answers: OnceLock<Work>,
    /// Whether a mutation of it began.
    has_acted: AtomicBool,
}

impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asking").field("request", &self.request).finish_non_exhaustive()
    }
}

impl Asking {
    pub(crate) fn new(
        house: &Arc<House>,
        pulses: &Arc<Pulses>,
        caller: Principal,
        request: Uuid,
        traceparent: Option<String>,
    ) -> Arc<Self> {
        // Fields run side by side; what they ask of the database goes one by one, so that one request is one connection.
        let turns = Arc::new(Semaphore::new(DATABASE_TURNS_PER_REQUEST));
        let vault = Arc::new(VaultInTurns::new(Arc::clone(&house.studio.vault), Arc::clone(&turns)));
        let house = &Arc::new(House {
            studio: Studio { vault, ..house.studio.clone() },
            views: house.views.in_turns(turns),
            write_wait_seconds: house.write_wait_seconds,
            budget: Arc::clone(&house.budget),
        });
        let loaders = Loaders::new(house, caller.clone());
        let questions = Arc::new(CountedResolver::for_request(Arc::clone(&house.studio.resolver)));
        Arc::new(Self {
            house: Arc::clone(house),
            caller,
            request,
            traceparent,
            loaders,
            pulses: Arc::clone(pulses),
            studio: Studio { resolver: questions.clone(), ..house.studio.clone() },
            questions,
            place: Mutex::default(),
            answers: OnceLock::new(),
            has_acted: AtomicBool::new(false),
        })
    }

    /// Keeps a place that was taken for this request.
    pub(crate) fn hold(&self, work: Work, place: Place) {
        let former = self.place.lock().unwrap_or_else(PoisonError::into_inner).replace((work, place));
        drop(former);
    }

    /// Takes a place for what is about to be executed, see [`Self::take_place`]; for a subscription, whose source is about
    /// to be looked for, one to read with. Faults: `auth/forbidden`, `request/too-many`, `server/busy`.
    pub(crate) async fn take_place_of(&self, prepared: &Prepared) -> Result<(), Fault> {
        prepared.acts.iter().try_for_each(|act| self.caller.may(act, None))?;
        prepared.seen.iter().try_for_each(|acts| self.may_any(acts))?;
        let work = prepared.work.unwrap_or(Work::Read);
        if prepared.kind != OperationType::Subscription {
            return self.take_place(work).await;
        }
        self.answers.get_or_init(|| work);
        self.take_place(Work::Read).await
    }

    /// Whether one of these is allowed. Fault `auth/forbidden`, naming the scope of the first.
    pub(crate) fn may_any(&self, acts: &[&'static Spec]) -> Result<(), Fault> {
        let mut refused = None;
        for act in acts {
            match self.caller.may(act, None) {
                Ok(()) => return Ok(()),
                Err(fault) => refused = refused.or(Some(fault)),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// The network to which a list is narrowed: the one that was asked for, or the only one of which the caller may see such
    /// things. Fault `auth/forbidden`.
    pub(crate) fn network(&self, spec: &Spec, asked: Option<Network>) -> Result<Option<Network>, Fault> {
        self.caller.reach(spec, asked)
    }

    /// A subscription goes on for as long as it likes; each of its answers takes a place, until [`Self::end_answer`], and may
    /// ask the ledger as often as a request. Faults: `request/too-many`, `server/busy`.
    pub(crate) async fn begin_answer(&self) -> Result<(), Fault> {
        self.questions.begin_again();
        self.take_place(self.answers.get().copied().unwrap_or(Work::Ask)).await
    }

    /// Gives the place back while nothing is answered.
    pub(crate) fn end_answer(&self) {
        let former = self.place.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(former);
    }

    /// A further mutation of the request begins: none goes on under a key that was revoked meanwhile. The first was asked for a
    /// moment ago. Faults: those of [`still_works`].
    pub(crate) async fn begin_act(&self) -> Result<(), Fault> {
        if self.has_acted.swap(true, Ordering::Relaxed) {
            still_works(&self.studio, &self.caller).await?;
        }
        Ok(())
    }

    /// Notes a question to the ledger that the resolver does not see. Fault: `request/too-many-ledger-calls`.
    pub(crate) fn count_question(&self) -> Result<(), Fault> {
        self.questions.count()
    }

    /// Takes a place for this kind of work, instead of the one for another kind: nobody waits for one while holding one.
    /// Faults: `request/too-many`, `server/busy`.
    pub(crate) async fn take_place(&self, work: Work) -> Result<(), Fault> {
        let former = {
            let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
            if place.as_ref().is_some_and(|(held, _)| *held == work) {
                return Ok(());
            }
            place.take()
        };
        drop(former);
        let place = self.house.budget.enter(work, Caller::Tenant(self.customer())).await?;
        self.hold(work, place);
        Ok(())
    }

    /// The ports, with a count of what this request asks the ledger.
    pub(crate) fn studio(&self) -> &Studio {
        &self.studio
    }

    pub(crate) fn views(&self) -> &Views {
        &self.house.views
    }

    pub(crate) fn customer(&self) -> CustomerId {
        self.caller.customer
    }
}

/// The request of a field.
pub(crate) fn asking<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Asking>> {
    ctx.data_opt().ok_or_else(|| Fault::bug("a field ran without a caller").into())
}
