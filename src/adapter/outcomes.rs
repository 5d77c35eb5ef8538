//! Waiting, over the outbox's rows and the followers' checkpoints.

use app::{
    Fault,
    port::{Outcomes, commands::Token, outcomes::Waited},
};
use async_trait::async_trait;
use domain::id::OperationId;
use sqlx::PgPool;
use std::{sync::LazyLock, time::Duration};
use store::{
    Progress,
    outbox::{self, SqlOutbox, wait_ended},
};

domain::limits! {
    /// How long a request waits for the read models to show its own write.
    VISIBLE_SECONDS_MAX: u64 = 5, "seconds";
}

const VISIBLE_TIMEOUT: Duration = Duration::from_secs(VISIBLE_SECONDS_MAX);

/// Who must have seen a write before its caller reads on: every read model, and the outbox, whose rows are the operations.
static FOLLOWERS: LazyLock<Vec<&str>> =
    LazyLock::new(|| projections::MODEL_NAMES.into_iter().chain([outbox::FEEDER]).collect());

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

    async fn known(&self, operation: OperationId) -> Result<bool, Fault> {
        let found = outbox::get(&self.pool, None, operation).await;
        Ok(found.map_err(|error| store::fault::from_sqlx(&error))?.is_some())
    }

    async fn visible(&self, token: Token) -> Result<bool, Fault> {
        self.progress.wait_until(token, &FOLLOWERS, VISIBLE_TIMEOUT).await
    }

    async fn all_visible(&self) -> Result<bool, Fault> {
        let token = self.progress.latest().await?;
        self.visible(token).await
    }
}
