//! What an operator or a customer can do about an operation that does not move.

use super::signals::CHANNEL;
use domain::{
    id::{CustomerId, OperationId},
    ledger::{LedgerOutcome, Rejection},
};
use sqlx::PgPool;

/// The code of the rejection that ends a cancelled operation; the outbox's trigger knows it.
pub const CANCELLED: &str = "operation/cancelled";

/// What came of cancelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// It will end as cancelled; its aggregate hears of it like of any other end.
    Done,
    /// It may be on its way to the chain, or is over.
    TooLate,
    /// There is no such operation (of this customer).
    NotFound,
}

/// Puts a dead operation back into the queue, with all its attempts before it again; wakes a held lane as well. `false`
/// if it is not there (for this customer), or not dead and not queued.
pub async fn retry(
    pool: &PgPool,
    operation: OperationId,
    customer: Option<CustomerId>,
) -> Result<bool, sqlx::Error> {
    let retried = sqlx::query(
        "with o as (update outbox.ops set state = 'queued', attempts = 0, run_at = clock_timestamp(),
             updated_at = clock_timestamp()
           where operation = $1 and ($2::uuid is null or customer = $2) and state in ('queued', 'dead')
           returning network, payer),
         l as (update outbox.lanes l set bumps = l.bumps + 1, wake_at = clock_timestamp()
           from o where l.network = o.network and l.payer = o.payer)
         select pg_notify($3, 'work') from o",
    )
    .bind(operation.0)
    .bind(customer.map(|customer| customer.0))
    .bind(CHANNEL)
    .fetch_optional(pool)
    .await?;
    Ok(retried.is_some())
}

/// Ends an operation that is certainly not on its way: queued, or dead (which is how a dead one is skipped).
pub async fn cancel(
    pool: &PgPool,
    operation: OperationId,
    customer: Option<CustomerId>,
) -> Result<Cancel, sqlx::Error> {
    let outcome = LedgerOutcome::Rejected(Rejection {
        code: CANCELLED.to_owned(),
        reason: "The operation was cancelled before it reached the ledger.".to_owned(),
        tx_hash: None,
    });
    let outcome = serde_json::to_value(outcome).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let found: Option<bool> = sqlx::query_scalar(
        "with found as (select operation from outbox.ops
           where operation = $1 and ($2::uuid is null or customer = $2)),
         o as (update outbox.ops o set state = 'settling', outcome = $3, updated_at = clock_timestamp()
           from found where o.operation = found.operation and o.state in ('queued', 'dead')
             and not exists (select from outbox.tx_ops x join outbox.txs t on t.id = x.tx
               where x.operation = o.operation and t.state in ('live', 'retired'))
           returning o.network, o.payer),
         l as (update outbox.lanes l set bumps = l.bumps + 1, wake_at = clock_timestamp()
           from o where l.network = o.network and l.payer = o.payer),
         n as (select pg_notify($4, 'work') from o)
         select exists (select from o) and (select count(*) >= 0 from n) from found",
    )
    .bind(operation.0)
    .bind(customer.map(|customer| customer.0))
    .bind(outcome)
    .bind(CHANNEL)
    .fetch_optional(pool)
    .await?;
    Ok(match found {
        Some(true) => Cancel::Done,
        Some(false) => Cancel::TooLate,
        None => Cancel::NotFound,
    })
}
