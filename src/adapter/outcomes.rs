//! Waiting, over the outbox's rows and the followers' checkpoints.

use app::{
    Fault,
    port::{Outcomes, commands::Token, outcomes::Waited},
};
use async_trait::async_trait;
use domain::id::OperationId;
use sqlx::PgPool;
use std::time::Duration;
use store::{
    Progress,
    outbox::{SqlOutbox, wait_ended},
};

/// How long a request waits for the read models to show its own write.
const VISIBLE_TIMEOUT: Duration = Duration::from_secs(5);

/// See the module.
pub struct StudioOutcomes {
    pool: PgPool,
    progress: Progress,
    outbox: SqlOutbox,
}

impl StudioOutcomes {
    /// Over these.
    pub const fn new(pool: PgPool, progress: Progress, outbox: SqlOutbox) -> Self {
        Self { pool, progress, outbox }
    }
}

#[async_trait]
impl Outcomes for StudioOutcomes {
    async fn ended(&self, operation: OperationId, limit: Duration) -> Result<Waited, Fault> {
        wait_ended(&self.pool, self.outbox.signals(), operation, limit).await
    }

    async fn visible(&self, token: Token) -> Result<bool, Fault> {
        self.progress.wait_until(token, &projections::MODEL_NAMES, VISIBLE_TIMEOUT).await
    }

    async fn all_visible(&self) -> Result<bool, Fault> {
        let token = self.progress.latest().await?;
        self.visible(token).await
    }
}
