//! When API keys were last used, as it is kept outside the log.

use crate::Fault;
use async_trait::async_trait;
use domain::id::{ApiKeyId, Instant};
use std::collections::HashMap;

domain::limits! {
    /// How exactly it is known when an API key was last used: it is written down at most once in this time for each key, however
    /// many processes it is shown to.
    pub KEY_USE_SECONDS: i64 = 60, "seconds";
}

/// The last use of each API key.
#[async_trait]
pub trait KeyUses: Send + Sync {
    /// These keys were used. What is noted of a key less than [`KEY_USE_SECONDS`] before stays as it is.
    async fn note(&self, uses: &HashMap<ApiKeyId, Instant>) -> Result<(), Fault>;
    /// When these keys were last used, those that ever were.
    async fn last(&self, keys: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, Instant>, Fault>;
}
