//! What a deed and a use of a key have in common: what it was about, and who acted.
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
use domain::id::OperationId;
use serde::Deserialize as _;
use serde_json::Value;
use uuid::Uuid;

/// Fields of whatever was done by somebody in a request.
pub(super) struct Deed<'a> {
    pub(super) category: EventCategory,
    pub(super) action: EventAction,
    pub(super) entity: &'a str,
    pub(super) operation: Option<OperationId>,
    pub(super) actor: &'a Value,
    pub(super) correlation: Uuid,
}

/// The deed of a row that has these members.
macro_rules! deed {
    ($row:expr) => {
        $crate::view::deed::Deed {
            category: $row.category.into(),
            action: $row.action.into(),
            entity: &$row.entity,
            operation: $row.operation,
            actor: &$row.actor,
            correlation: $row.correlation,
        }
    };
}
pub(super) use deed;

/// Fields of whatever was done by somebody in a request.
#[Object]
impl Deed<'_> {
    /// What it is about.
    async fn category(&self) -> EventCategory {
        self.category
    }

    /// What was done.
    async fn action(&self) -> EventAction {
        self.action
    }

    /// Id of the thing: a DID, key id, or UUID.
    async fn entity(&self) -> &str {
        self.entity
    }

    /// The ledger operation, if it is a ledger write.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.operation).await
    }

    /// Who acted.
    async fn actor(&self) -> Result<EventActor> {
        Ok(Actor::deserialize(self.actor).map(EventActor::from).map_err(Fault::bug)?)
    }

    /// The request it belonged to.
    async fn correlation_id(&self) -> ID {
        ID(self.correlation.to_string())
    }
}
