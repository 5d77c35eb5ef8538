//! What was confirmed, DID by DID.

use super::row;
use crate::fault::from_sqlx;
use app::{
    Fault,
    port::estate::{Estate, Holding},
};
use async_trait::async_trait;
use domain::id::{CustomerId, Did, Network};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

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
        let rows: Vec<(String, Uuid, i64, Value)> = sqlx::query_as(
            "with dids as (select distinct ordering_key from outbox.ops
               where network = $1 and state = 'confirmed' and ordering_key > $2 order by ordering_key limit $3)
             select o.ordering_key, (array_agg(o.customer))[1], max(o.height), json_agg(o.effect order by o.position)
             from dids join outbox.ops o on o.network = $1 and o.ordering_key = dids.ordering_key and o.state = 'confirmed'
             where not exists (select from outbox.ops e where e.network = $1 and e.ordering_key = dids.ordering_key
               and e.state in ('queued', 'in_tx', 'settling', 'dead'))
             group by o.ordering_key order by o.ordering_key",
        )
        .bind(network.as_str())
        .bind(after.map_or("", |did| did.as_str()))
        .bind(i64::from(limit))
        .fetch_all(&self.0)
        .await
        .map_err(|error| from_sqlx(&error))?;
        rows.into_iter()
            .map(|(did, customer, height, effects)| {
                Ok(Holding {
                    did: Did::parse(&did).map_err(Fault::bug)?,
                    customer: CustomerId(customer),
                    height: u64::try_from(height).map_err(Fault::bug)?,
                    resources: row::json(effects).map_err(Fault::bug)?,
                })
            })
            .collect()
    }
}
