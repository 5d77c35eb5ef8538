//! What an operator or a customer can do about an operation that does not move.

use super::signals::CHANNEL;
use app::{
    Fault,
    port::interventions::{Intervened, Intervention, Interventions},
};
use async_trait::async_trait;
use domain::id::{CustomerId, OperationId};
use sqlx::PgPool;

/// [`Interventions`] on Postgres.
#[derive(Debug, Clone)]
pub struct SqlInterventions(PgPool);

impl SqlInterventions {
    /// On this database.
    pub const fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

#[async_trait]
impl Interventions for SqlInterventions {
    async fn intervene(
        &self,
        operation: OperationId,
        customer: Option<CustomerId>,
        what: Intervention,
    ) -> Result<Intervened, Fault> {
        let cancels = what != Intervention::Retry;
        // The lane is woken whatever holds it: its worker sees what there is to do, or holds it again.
        let state: Option<(String, bool)> = sqlx::query_as(
            "with found as materialized (select operation, network, payer, state from outbox.ops
               where operation = $1 and ($2::uuid is null or customer = $2) for update),
             o as (update outbox.ops o set
                 state = case when o.state = 'dead' then 'queued' else o.state end,
                 attempts = case when $3 then o.attempts else 0 end, cancel_asked = $3,
                 run_at = clock_timestamp(), updated_at = clock_timestamp()
               from found where o.operation = found.operation and found.state = any($4)
               returning o.network, o.payer),
             l as (update outbox.lanes l set bumps = l.bumps + 1, wake_at = clock_timestamp()
               from o where l.network = o.network and l.payer = o.payer),
             n as materialized (select pg_notify($5, 'work') from o)
             select state, (select count(*) from n) > 0 from found",
        )
        .bind(operation.0)
        .bind(customer.map(|customer| customer.0))
        .bind(cancels)
        .bind(states(what))
        .bind(CHANNEL)
        .fetch_optional(&self.0)
        .await
        .map_err(|error| crate::fault::from_sqlx(&error))?;
        Ok(match state {
            None => Intervened::NotFound,
            Some((_, true)) => Intervened::Done,
            Some((state, false)) if matches!(state.as_str(), "confirmed" | "failed" | "cancelled") => {
                Intervened::Over
            }
            Some((_, false)) => Intervened::Moving,
        })
    }
}

/// States in which it can be done.
const fn states(what: Intervention) -> &'static [&'static str] {
    match what {
        Intervention::Retry => &["queued", "dead"],
        Intervention::Skip => &["dead"],
        Intervention::Cancel => &["queued", "in_tx", "dead"],
    }
}
