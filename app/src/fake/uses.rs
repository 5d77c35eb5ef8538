//! When API keys were last used, in memory.

use super::lock;
use crate::{
    Fault,
    port::key_uses::{KEY_USE_SECONDS, KeyUses},
};
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::id::{ApiKeyId, Instant};
use std::{collections::HashMap, sync::Mutex};

/// [`KeyUses`] in memory.
#[derive(Default)]
pub struct Uses(Mutex<HashMap<ApiKeyId, Instant>>);

#[async_trait]
impl KeyUses for Uses {
    async fn note(&self, uses: &HashMap<ApiKeyId, Instant>) -> Result<(), Fault> {
        let mut known = lock(&self.0);
        for (key, at) in uses {
            let written = known.entry(*key).or_insert(*at);
            if *written <= *at - TimeDelta::seconds(KEY_USE_SECONDS) {
                *written = *at;
            }
        }
        Ok(())
    }

    async fn last(&self, keys: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, Instant>, Fault> {
        let known = lock(&self.0);
        Ok(keys.iter().filter_map(|key| known.get(key).map(|at| (*key, *at))).collect())
    }
}
