//! What keys have signed for.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::{
    Operation,
    event::EventActor,
    kind::{EventAction, EventCategory},
    load_operation,
};
use crate::fault::Result;
use app::{Actor, Fault};
use async_graphql::{Context, ID, Object};
use domain::id::Instant;
use projections::KeyUseRow;
use serde::Deserialize as _;

/// A use of an identity key: what it signed for.
pub(crate) struct KeyUse(pub(crate) KeyUseRow);

shows!(KeyUse: KeyUseRow);

/// A use of an identity key: what it signed for.
#[Object]
impl KeyUse {
    /// What it was about.
    async fn category(&self) -> EventCategory {
        self.0.category.into()
    }

    /// What was done with it.
    async fn action(&self) -> EventAction {
        self.0.action.into()
    }

    /// Id of the thing: a DID or UUID.
    async fn entity(&self) -> &str {
        &self.0.entity
    }

    /// The ledger operation, if it was for a ledger write.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.0.operation).await
    }

    /// Who acted.
    async fn actor(&self) -> Result<EventActor> {
        Ok(Actor::deserialize(&self.0.actor).map(EventActor::from).map_err(Fault::bug)?)
    }

    /// The request it belonged to.
    async fn correlation_id(&self) -> ID {
        ID(self.0.correlation.to_string())
    }

    /// When.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }
}
