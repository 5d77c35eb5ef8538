//! When API keys were last used.

use crate::fault;
use app::{
    Fault,
    port::key_uses::{KEY_USE_SECONDS, KeyUses},
};
use async_trait::async_trait;
use domain::id::{ApiKeyId, Instant};
use sqlx::PgPool;
use std::collections::HashMap;
use uuid::Uuid;

/// [`KeyUses`] in Postgres.
#[derive(Debug, Clone)]
pub struct PostgresKeyUses {
    pool: PgPool,
}

impl PostgresKeyUses {
    /// On this database.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl KeyUses for PostgresKeyUses {
    async fn note(&self, uses: &HashMap<ApiKeyId, Instant>) -> Result<(), Fault> {
        let mut uses: Vec<(Uuid, Instant)> = uses.iter().map(|(key, at)| (key.0, *at)).collect();
        // In one order everywhere, so that two processes never wait for each other's rows.
        uses.sort_unstable();
        let (keys, times): (Vec<Uuid>, Vec<Instant>) = uses.into_iter().unzip();
        sqlx::query(
            "insert into es.api_key_uses as u (api_key, used_at)
             select * from unnest($1::uuid[], $2::timestamptz[])
             on conflict (api_key) do update set used_at = excluded.used_at
             where u.used_at <= excluded.used_at - $3::bigint * interval '1 second'",
        )
        .bind(keys)
        .bind(times)
        .bind(KEY_USE_SECONDS)
        .execute(&self.pool)
        .await
        .map_err(|error| fault::from_sqlx(&error))?;
        Ok(())
    }

    async fn last(&self, keys: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, Instant>, Fault> {
        let keys: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows: Vec<(Uuid, Instant)> =
            sqlx::query_as("select api_key, used_at from es.api_key_uses where api_key = any($1)")
                .bind(keys)
                .fetch_all(&self.pool)
                .await
                .map_err(|error| fault::from_sqlx(&error))?;
        Ok(rows.into_iter().map(|(key, at)| (ApiKeyId(key), at)).collect())
    }
}
