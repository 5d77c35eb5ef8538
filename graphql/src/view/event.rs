//! What happened: the account's timeline.

use super::{
    Operation,
    kind::{EventCategory, EventStatus, Network},
    load_operation,
};
use crate::{fault::Result, reference::Kind, scalar::Amount};
use async_graphql::{Context, ID, Object};
use domain::id::Instant;
use projections::{ActivityRow, Placed as _};
use serde_json::Value;

/// A deed. A ledger write is one deed, completed by its outcome. It names things by their ids and holds no personal data.
#[derive(Clone)]
pub(crate) struct Event(pub(crate) ActivityRow);

impl From<ActivityRow> for Event {
    fn from(row: ActivityRow) -> Self {
        Self(row)
    }
}

/// A deed. A ledger write is one deed, completed by its outcome. It names things by their ids and holds no personal data.
#[Object]
impl Event {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Event.id(self.0.activity)
    }

    /// Its place in the timeline; `events(after:)` of a subscription resumes behind it.
    async fn cursor(&self) -> String {
        self.0.cursor().to_string()
    }

    /// What it is about.
    async fn category(&self) -> EventCategory {
        self.0.category.into()
    }

    /// What was done, e.g. `did-create`.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// Id of the thing: a DID, key id, or UUID.
    async fn entity(&self) -> &str {
        &self.0.entity
    }

    /// The ledger operation, if it is a ledger write.
    async fn operation(&self, ctx: &Context<'_>) -> Result<Option<Operation>> {
        load_operation(ctx, self.0.operation).await
    }

    /// The network, if it is a ledger write.
    async fn network(&self) -> Option<Network> {
        self.0.network.map(Into::into)
    }

    /// How it stands.
    async fn status(&self) -> EventStatus {
        self.0.status.into()
    }

    /// Why it failed: a stable slug.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// Upper-case hex of the transaction, once there is one.
    async fn tx_hash(&self) -> Option<&str> {
        self.0.tx_hash.as_deref()
    }

    /// What was paid, once it is known.
    async fn fee_paid(&self) -> Option<Amount> {
        self.0.fee_paid.as_deref().and_then(Amount::of_text)
    }

    /// Who acted: `{"type": "apiKey" | "operator" | "studio", "id": …}`.
    async fn actor(&self) -> &Value {
        &self.0.actor
    }

    /// The request it belonged to.
    async fn correlation_id(&self) -> ID {
        ID(self.0.correlation.to_string())
    }

    /// When it was done or asked for.
    async fn created_at(&self) -> Instant {
        self.0.created_at
    }

    /// When its outcome was recorded, for a ledger write.
    async fn updated_at(&self) -> Option<Instant> {
        self.0.updated_at
    }
}
