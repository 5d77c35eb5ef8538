//! What was confirmed, DID by DID.

use super::row;
use crate::fault::from_sqlx;
use app::{
    Fault,
    port::estate::{Estate, Holding},
};
use async_trait::async_trait;
use domain::id::{Did, Network};
use serde_json::Value;
use sqlx::PgPool;

/// [`Estate`] on Postgres.
#[derive(Debug, Clone)]
pub struct SqlEstate(PgPool);

impl SqlEstate {
    /// On this database.
    pub const fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

#[async_trait]
impl Estate for SqlEstate {
    async fn holdings(
        &self,
        network: Network,
        after: Option<&Did>,
        limit: u32,
    ) -> Result<Vec<Holding>, Fault> {
        // DIDs by their index first, their writes then: one page must not read the whole table.
        // What is left out is left out before the limit, so that a short page is always the last one.
        let rows: Vec<(String, i64, Value)> = sqlx::query_as(
            "with dids as (select distinct ordering_key from outbox.ops c
               where network = $1 and state = 'confirmed' and ordering_key > $2
                 and not exists (select from outbox.ops e where e.network = $1 and e.ordering_key = c.ordering_key
                   and e.state in ('queued', 'in_tx', 'settling', 'dead'))
               order by ordering_key limit $3)
             select o.ordering_key, max(o.height),
               coalesce(json_agg(o.effect order by o.position) filter (where o.effect ->> 'type' = 'resource'), '[]')
             from dids join outbox.ops o on o.network = $1 and o.ordering_key = dids.ordering_key and o.state = 'confirmed'
             group by o.ordering_key order by o.ordering_key",
        )
        .bind(network.as_str())
        .bind(after.map_or("", |did| did.as_str()))
        .bind(i64::from(limit))
        .fetch_all(&self.0)
        .await
        .map_err(|error| from_sqlx(&error))?;
        rows.into_iter()
            .map(|(did, height, resources)| {
                Ok(Holding {
                    did: Did::parse(&did).map_err(Fault::bug)?,
                    height: u64::try_from(height).map_err(Fault::bug)?,
                    resources: row::json(resources).map_err(Fault::bug)?,
                })
            })
            .collect()
    }

    async fn is_ours(&self, did: &Did) -> Result<bool, Fault> {
        // Two conditions, because each has an index of its own.
        sqlx::query_scalar(
            "select exists (select from outbox.ops where network = $1 and ordering_key = $2 and state = 'confirmed')
                 or exists (select from outbox.ops where network = $1 and ordering_key = $2
                      and state in ('queued', 'in_tx', 'settling', 'dead'))",
        )
        .bind(did.network().as_str())
        .bind(did.as_str())
        .fetch_one(&self.0)
        .await
        .map_err(|error| from_sqlx(&error))
    }
}
