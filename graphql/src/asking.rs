//! One request: who asks, and what its fields share.

use crate::{House, execute::Prepared, fault::Result, loader::Loaders, pulse::Pulses};
use app::{
    Actor, Fault, FaultKind, Studio,
    budget::{Caller, CountedResolver, Place, Work},
    customer::Authenticated,
};
use async_graphql::Context;
use domain::id::{ApiKeyId, CustomerId};
use projections::Views;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// What fields of one request share.
pub(crate) struct Asking {
    pub(crate) house: Arc<House>,
    pub(crate) caller: Authenticated,
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
        caller: Authenticated,
        request: Uuid,
        traceparent: Option<String>,
    ) -> Arc<Self> {
        let loaders = Loaders::new(house, caller.customer);
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
        })
    }

    /// Keeps a place that was taken for this request.
    pub(crate) fn hold(&self, work: Work, place: Place) {
        let former = self.place.lock().unwrap_or_else(PoisonError::into_inner).replace((work, place));
        drop(former);
    }

    /// Takes a place for what is about to be executed; see [`Self::take_place`].
    pub(crate) async fn take_place_of(&self, prepared: &Prepared) -> Result<(), Fault> {
        match prepared.work {
            Some(work) => self.take_place(work).await,
            None => Ok(()),
        }
    }

    /// A subscription goes on for as long as it likes; each of its answers may ask the ledger as often as a request.
    pub(crate) fn begin_answer(&self) {
        self.questions.begin_again();
    }

    /// Takes a place for this kind of work, instead of the one for another kind: nobody waits for one while holding one.
    /// Faults: `request/too-many`, `server/busy`.
    async fn take_place(&self, work: Work) -> Result<(), Fault> {
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

/// Whether the caller's API key still works; asked again and again by whatever lives longer than a request.
pub(crate) async fn require_key(house: &House, caller: &Authenticated) -> Result<(), Fault> {
    let Actor::ApiKey(key) = &caller.actor else { return Ok(()) };
    let row = house.views.accounts().api_key(caller.customer, ApiKeyId(*key)).await;
    let row = row.map_err(crate::fault::of_projection)?;
    if row.is_some_and(|row| !row.revoked() && row.expires_at > house.studio.clock.now()) {
        return Ok(());
    }
    Err(invalid_key())
}

pub(crate) fn invalid_key() -> Fault {
    Fault::new(
        FaultKind::Unauthenticated,
        "auth/invalid-key",
        "Unauthorized error: the API key is unknown, revoked or expired.",
    )
}
