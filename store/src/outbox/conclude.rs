//! What ends an attempt, in the transaction of the caller.

use super::{
    row::{self, fault, signed},
    signals::CHANNEL,
};
use app::outbox::{OutboxFault, Requeue};
use domain::{id::OperationId, ledger::LedgerOutcome};
use serde_json::Value;
use sqlx::PgConnection;

/// Back into the queue, or to the operator, with a line in its history if there is something to tell.
pub(super) async fn requeue(connection: &mut PgConnection, requeue: &Requeue) -> Result<(), OutboxFault> {
    let (code, reason) = match &requeue.note {
        Some(note) => (Some(note.code.as_str()), Some(note.reason.as_str())),
        None => (None, None),
    };
    sqlx::query(
        "update outbox.ops set state = case when $2 then 'dead' else 'queued' end,
           run_at = clock_timestamp() + make_interval(secs => $3),
           attempts = attempts + case when $4 then 1 else 0 end,
           gas_boost = gas_boost + case when $5 then 1 else 0 end,
           outcome = null, code = $6, reason = $7, updated_at = clock_timestamp()
         where operation = $1 and state in ('queued', 'in_tx', 'settling')",
    )
    .bind(requeue.operation.0)
    .bind(requeue.dead)
    .bind(requeue.delay.as_secs_f64())
    .bind(requeue.counts)
    .bind(requeue.boost_gas)
    .bind(code)
    .bind(reason)
    .execute(&mut *connection)
    .await
    .map_err(fault)?;
    let Some(note) = &requeue.note else { return Ok(()) };
    sqlx::query(
        "insert into outbox.attempts (operation, no, code, reason, tx_hash, next_try_at)
         select o.operation, 1 + (select count(*) from outbox.attempts a where a.operation = o.operation), $2, $3,
           case when o.tx is not null then o.tx_hash end, case when o.state = 'queued' then o.run_at end
         from outbox.ops o where o.operation = $1
           and not exists (select from outbox.attempts a where a.operation = o.operation and a.code = $2
             and a.reason = $3 and not $4
             and a.no = (select max(no) from outbox.attempts b where b.operation = o.operation))",
    )
    .bind(requeue.operation.0)
    .bind(&note.code)
    .bind(&note.reason)
    .bind(requeue.counts)
    .execute(connection)
    .await
    .map_err(fault)?;
    Ok(())
}

/// The outcome is known; its aggregate hears of it next.
pub(super) async fn decide(
    connection: &mut PgConnection,
    operation: OperationId,
    outcome: &LedgerOutcome,
) -> Result<(), OutboxFault> {
    let outcome =
        serde_json::to_value(outcome).map_err(|error| OutboxFault::Unreadable(error.to_string()))?;
    sqlx::query(
        "update outbox.ops set state = 'settling', outcome = $2, updated_at = clock_timestamp()
         where operation = $1 and state in ('queued', 'in_tx', 'settling', 'dead')",
    )
    .bind(operation.0)
    .bind(outcome)
    .execute(connection)
    .await
    .map_err(fault)?;
    Ok(())
}

/// The outcome stands in the log: other processes hear of it at the commit. The outcome event's trigger has ended the row
/// already, unless the event was there before the row.
pub(super) async fn settle(connection: &mut PgConnection, operation: OperationId) -> Result<(), OutboxFault> {
    let left: Option<Option<Value>> = sqlx::query_scalar(
        "with told as materialized (select pg_notify($2, 'ended:' || $1::text))
         select case when state = 'settling' then outcome end from outbox.ops, told where operation = $1",
    )
    .bind(operation.0)
    .bind(CHANNEL)
    .fetch_optional(&mut *connection)
    .await
    .map_err(fault)?;
    let Some(outcome) = left.flatten() else { return Ok(()) };
    let (state, inclusion) = match row::json(outcome)? {
        LedgerOutcome::Included(inclusion) => ("confirmed", Some(inclusion)),
        LedgerOutcome::Rejected(rejection) if rejection.code == super::CANCELLED => ("cancelled", None),
        LedgerOutcome::Rejected(_) => ("failed", None),
    };
    let height = inclusion.as_ref().map(|inclusion| signed(inclusion.height)).transpose()?;
    sqlx::query(
        "update outbox.ops set state = $2, height = $3, fee_paid = $4::numeric, updated_at = clock_timestamp()
         where operation = $1 and state = 'settling'",
    )
    .bind(operation.0)
    .bind(state)
    .bind(height)
    .bind(inclusion.map(|inclusion| inclusion.fee_paid.to_string()))
    .execute(connection)
    .await
    .map_err(fault)?;
    Ok(())
}
