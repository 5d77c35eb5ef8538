//! Ledger operations.
#![expect(clippy::unused_async, reason = "resolvers are async, whether they wait or not")]

use super::{
    Did,
    kind::{Network, OperationKind, OperationState},
    load_did,
};
use crate::{
    asking::asking,
    fault::Result,
    reference::Kind,
    scalar::{Amount, Long},
};
use app::Fault;
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::id::{Instant, Network as CheqdNetwork};
use projections::operation::{Attempt, Operation as Row, OperationDetail};

/// A write on its way to the ledger, or arrived, or refused.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) row: Row,
    history: Option<Vec<Attempt>>,
}

impl From<Row> for Operation {
    fn from(row: Row) -> Self {
        Self { row, history: None }
    }
}

impl From<OperationDetail> for Operation {
    fn from(detail: OperationDetail) -> Self {
        Self { row: detail.operation, history: Some(detail.history) }
    }
}

/// One thing that was in an operation's way.
#[derive(SimpleObject)]
pub(crate) struct OperationAttempt {
    /// 1, 2, 3…
    no: i32,
    /// When.
    at: Instant,
    /// Stable slug.
    code: String,
    /// A sentence.
    reason: String,
    /// Upper-case hex hash of the transaction, if there was one.
    tx_hash: Option<String>,
    /// When it was to be tried again.
    next_try_at: Option<Instant>,
}

impl From<Attempt> for OperationAttempt {
    fn from(attempt: Attempt) -> Self {
        let Attempt { no, at, code, reason, tx_hash, next_try_at } = attempt;
        Self { no, at, code, reason, tx_hash, next_try_at }
    }
}

/// A write on its way to the ledger, or arrived, or refused.
#[Object]
impl Operation {
    /// Global id.
    pub(crate) async fn id(&self) -> ID {
        Kind::Operation.id(self.row.operation_id)
    }

    /// Its own id.
    async fn operation_id(&self) -> ID {
        ID(self.row.operation_id.to_string())
    }

    /// What it writes.
    async fn kind(&self) -> Result<OperationKind> {
        let kind = domain::ledger::OperationKind::named(&self.row.kind);
        let kind = kind.ok_or_else(|| Fault::bug(format!("an operation of kind {}", self.row.kind)))?;
        Ok(kind.into())
    }

    /// The DID it writes under.
    async fn did(&self) -> &str {
        &self.row.did
    }

    /// That DID.
    async fn controller(&self, ctx: &Context<'_>) -> Result<Option<Did>> {
        load_did(ctx, &self.row.did).await
    }

    /// Its network.
    async fn network(&self) -> Option<Network> {
        self.row.network.parse::<CheqdNetwork>().ok().map(Into::into)
    }

    /// Where it stands.
    async fn state(&self) -> OperationState {
        self.row.state.into()
    }

    /// Attempts so far that ended in a no.
    async fn attempts(&self) -> i32 {
        self.row.attempts
    }

    /// What was in its way so far, oldest first.
    async fn history(&self, ctx: &Context<'_>) -> Result<Vec<OperationAttempt>> {
        let history = if let Some(history) = &self.history {
            history.clone()
        } else {
            let detail: Option<OperationDetail> =
                asking(ctx)?.loaders.0.load_one(self.row.operation_id).await?;
            detail.map(|detail| detail.history).unwrap_or_default()
        };
        Ok(history.into_iter().map(Into::into).collect())
    }

    /// What it is expected to cost.
    async fn fee_quoted(&self) -> Option<Amount> {
        self.row.fee_quoted.as_deref().and_then(Amount::of_text)
    }

    /// What it cost.
    async fn fee_paid(&self) -> Option<Amount> {
        self.row.fee_paid.as_deref().and_then(Amount::of_text)
    }

    /// Upper-case hex hash of its (last) transaction.
    async fn tx_hash(&self) -> Option<&str> {
        self.row.tx_hash.as_deref()
    }

    /// The block it is in.
    async fn height(&self) -> Option<Long> {
        self.row.height.and_then(|height| u64::try_from(height).ok()).map(Long)
    }

    /// What is in the way, or why it failed: a sentence.
    async fn error(&self) -> Option<&str> {
        self.row.error.as_deref()
    }

    /// The same as a stable slug.
    async fn code(&self) -> Option<&str> {
        self.row.code.as_deref()
    }

    /// When it is tried again, if that is known.
    async fn next_try_at(&self) -> Option<Instant> {
        self.row.next_try_at
    }

    /// Whether its attempts are used up, so that it waits for a retry or a skip; writes under the same DID wait behind it.
    async fn dead(&self) -> bool {
        self.row.dead
    }

    /// When it was asked for.
    async fn created_at(&self) -> Instant {
        self.row.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> Instant {
        self.row.updated_at
    }
}
