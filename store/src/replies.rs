//! Saved replies: one effect and one answer for requests repeated under an idempotency key.

use crate::{fault, outbox::SqlOutbox};
use app::{
    Fault,
    port::replies::{Begun, REPLIES_KEPT_HOURS, REQUEST_MARK, Replies, Reply},
};
use async_trait::async_trait;
use domain::id::{CustomerId, Instant, Sealed};
use sqlx::PgPool;
use uuid::Uuid;

domain::limits! {
    /// After this time a request that never answered is taken for dead, and a repeat may run. Longer than any request may
    /// take; a repeat that comes too early only runs the same commands again.
    pub CLAIM_SECONDS: i64 = 120, "seconds";
}

/// [`Replies`] in Postgres.
#[derive(Debug, Clone)]
pub struct PostgresReplies {
    pool: PgPool,
    outbox: Option<SqlOutbox>,
}

type Row = (String, Option<i32>, Option<String>);

/// What stands in the column `status` of an answered request; older versions kept the answer's HTTP status and `Location`.
const ANSWERED: i32 = 200;

impl PostgresReplies {
    /// On this database. Claims of a process that died are free after [`CLAIM_SECONDS`].
    pub const fn new(pool: PgPool) -> Self {
        Self { pool, outbox: None }
    }

    /// On this database, in a process whose life shows by the outbox's advisory lock: should it die, its claims are free
    /// at once.
    pub const fn living_with(pool: PgPool, outbox: SqlOutbox) -> Self {
        Self { pool, outbox: Some(outbox) }
    }

    /// Forgets answers older than [`REPLIES_KEPT_HOURS`]; how many.
    pub async fn purge(&self, at: Instant) -> Result<u64, Fault> {
        let before = at - chrono::TimeDelta::hours(REPLIES_KEPT_HOURS);
        let purged = sqlx::query("delete from es.replies where created_at < $1")
            .bind(before)
            .execute(&self.pool)
            .await
            .map_err(|error| fault::from_sqlx(&error))?;
        Ok(purged.rows_affected())
    }

    async fn claim(
        &self,
        customer: CustomerId,
        key: &str,
        hash: &str,
        at: Instant,
    ) -> Result<bool, sqlx::Error> {
        let claimed = sqlx::query(
            "insert into es.replies as r
               (customer, idempotency_key, request_hash, claimed_until, created_at, presence, since)
             values ($1, $2, $3, $4, $5, $6, coalesce(pg_sequence_last_value('es.ingest_seq'), 0))
             on conflict (customer, idempotency_key) do update
               -- Whoever began it did not end it, and may have recorded something: the key is its for good.
               set claimed_until = excluded.claimed_until, presence = excluded.presence, bound = true
               where r.request_hash = excluded.request_hash and r.status is null
                 and (r.claimed_until is null or r.claimed_until <= $5
                 or (r.presence is not null and not exists (select from pg_locks k
                       where k.locktype = 'advisory' and k.objsubid = 1
                         and k.database = (select oid from pg_database where datname = current_database())
                         and ((k.classid::bigint << 32) | k.objid::bigint) = r.presence)))",
        )
        .bind(customer.0)
        .bind(key)
        .bind(hash)
        .bind(at + chrono::TimeDelta::seconds(CLAIM_SECONDS))
        .bind(at)
        .bind(self.outbox.as_ref().and_then(SqlOutbox::presence))
        .execute(&self.pool)
        .await?;
        Ok(claimed.rows_affected() == 1)
    }

    async fn read(&self, customer: CustomerId, key: &str) -> Result<Option<Row>, sqlx::Error> {
        sqlx::query_as(
            "select request_hash, status, body from es.replies where customer = $1 and idempotency_key = $2",
        )
        .bind(customer.0)
        .bind(key)
        .fetch_optional(&self.pool)
        .await
    }
}

#[async_trait]
impl Replies for PostgresReplies {
    async fn begin(
        &self,
        customer: CustomerId,
        key: &str,
        request_hash: &str,
        at: Instant,
    ) -> Result<Begun, Fault> {
        let failed = |error: sqlx::Error| fault::from_sqlx(&error);
        if self.claim(customer, key, request_hash, at).await.map_err(failed)? {
            return Ok(Begun::Go);
        }
        Ok(match self.read(customer, key).await.map_err(failed)? {
            Some((hash, ..)) if request_hash.starts_with(REQUEST_MARK) && !hash.starts_with(REQUEST_MARK) => {
                Begun::Older
            }
            Some((hash, ..)) if hash != request_hash => Begun::Mismatch,
            Some((_, Some(_), Some(body))) => Begun::Answered(Reply { body: Sealed(body), is_bare: false }),
            // Claimed; or let go of a moment ago, and the caller's next try claims it.
            _ => Begun::InFlight,
        })
    }

    async fn finish(&self, customer: CustomerId, key: &str, reply: &Reply) -> Result<(), Fault> {
        // The first answer stays: a repeat that already got it must always get the same one.
        sqlx::query(
            "update es.replies set status = $3, body = $4, claimed_until = null
             where customer = $1 and idempotency_key = $2 and status is null and (not unkept or $5)",
        )
        .bind(customer.0)
        .bind(key)
        .bind(ANSWERED)
        .bind(&reply.body.0)
        .bind(reply.is_bare)
        .execute(&self.pool)
        .await
        .map_err(|error| fault::from_sqlx(&error))?;
        // What was to be forgotten while it ran: the key stays with the request, and has no answer.
        sqlx::query(
            "update es.replies set bound = true, claimed_until = null
             where customer = $1 and idempotency_key = $2 and status is null and unkept",
        )
        .bind(customer.0)
        .bind(key)
        .execute(&self.pool)
        .await
        .map_err(|error| fault::from_sqlx(&error))?;
        Ok(())
    }

    async fn release(&self, customer: CustomerId, key: &str, command: Uuid) -> Result<(), Fault> {
        // What the request recorded is of its tenant, newer than its claim and names the request as its cause.
        sqlx::query(
            "with gone as (
               delete from es.replies r
               where r.customer = $1 and r.idempotency_key = $2 and r.status is null and not r.bound
                 and not exists (select from es.events e
                   where e.tenant = r.customer and e.ingest_id > coalesce(r.since, 0)
                     and e.metadata ->> 'causationId' = $3)
               returning 1)
             update es.replies set bound = true, claimed_until = null
             where customer = $1 and idempotency_key = $2 and status is null and not exists (select from gone)",
        )
        .bind(customer.0)
        .bind(key)
        .bind(command.to_string())
        .execute(&self.pool)
        .await
        .map_err(|error| fault::from_sqlx(&error))?;
        Ok(())
    }

    async fn forget_running(&self, customer: CustomerId) -> Result<(), Fault> {
        sqlx::query(
            "update es.replies set unkept = true where customer = $1 and status is null and not unkept",
        )
        .bind(customer.0)
        .execute(&self.pool)
        .await
        .map_err(|error| fault::from_sqlx(&error))?;
        Ok(())
    }

    async fn hold(&self, customer: CustomerId, key: &str) -> Result<(), Fault> {
        sqlx::query(
            "update es.replies set bound = true, claimed_until = null
             where customer = $1 and idempotency_key = $2 and status is null",
        )
        .bind(customer.0)
        .bind(key)
        .execute(&self.pool)
        .await
        .map_err(|error| fault::from_sqlx(&error))?;
        Ok(())
    }
}
