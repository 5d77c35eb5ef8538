//! One request: who asks, and what its fields share.

use crate::{House, fault::Result, loader::Loaders};
use app::{Actor, Fault, FaultKind, Studio, customer::Authenticated};
use async_graphql::Context;
use domain::id::{ApiKeyId, CustomerId};
use projections::Views;
use std::sync::Arc;
use uuid::Uuid;

/// What fields of one request share.
pub(crate) struct Asking {
    pub(crate) house: Arc<House>,
    pub(crate) caller: Authenticated,
    /// This request's id: the correlation id of all it causes.
    pub(crate) request: Uuid,
    pub(crate) traceparent: Option<String>,
    pub(crate) loaders: Loaders,
}

impl Asking {
    pub(crate) fn new(
        house: &Arc<House>,
        caller: Authenticated,
        request: Uuid,
        traceparent: Option<String>,
    ) -> Arc<Self> {
        let loaders = Loaders::new(house, caller.customer);
        Arc::new(Self { house: Arc::clone(house), caller, request, traceparent, loaders })
    }

    pub(crate) fn studio(&self) -> &Studio {
        &self.house.studio
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
    Err(Fault::new(
        FaultKind::Unauthenticated,
        "auth/invalid-key",
        "Unauthorized error: the API key is unknown, revoked or expired.",
    ))
}
