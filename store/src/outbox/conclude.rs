//! What ends an attempt, in the transaction of the caller.

use super::{
    row::{self, fault, signed},
    signals::CHANNEL,
};
use app::outbox::{CANCELLED, OutboxFault, Requeue};
use domain::{id::OperationId, ledger::LedgerOutcome};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// Back into the queue, or to the operator, with a line in its history if there is something to tell.
pub(super) async fn requeue(connection: &mut PgConnection, requeue: &Requeue) -> Result<(), OutboxFault> {
    let (code, reason) = match &requeue.note {
        Some(note) => (Some(note.code.as_str()), Some(note.reason.as_str())),
        None => (None, None),
    };
    // What somebody wants cancelled needs no operator's decision, unless it is its outcome that nobody would hear.
    sqlx::query(
        "update outbox.ops set state = case when $2 and (not cancel_asked or state = 'settling') then 'dead' else 'queued' end,
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

/// The outcomes are known; their aggregates hear of them next.
pub(super) async fn decide(
    connection: &mut PgConnection,
    decided: &[(OperationId, LedgerOutcome)],
) -> Result<(), OutboxFault> {
    if decided.is_empty() {
        return Ok(());
    }
    let operations: Vec<Uuid> = decided.iter().map(|(operation, _)| operation.0).collect();
    let outcomes = decided
        .iter()
        .map(|(_, outcome)| serde_json::to_value(outcome))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| OutboxFault::Unreadable(error.to_string()))?;
    sqlx::query(
        "update outbox.ops o set state = 'settling', outcome = d.outcome, updated_at = clock_timestamp()
         from unnest($1::uuid[], $2::json[]) as d (operation, outcome)
         where o.operation = d.operation and o.state in ('queued', 'in_tx', 'settling', 'dead')",
    )
    .bind(operations)
    .bind(outcomes)
    .execute(connection)
    .await
    .map_err(fault)?;
    Ok(())
}

/// The outcomes stand in the log: other processes hear of them at the commit. The outcome events' trigger has ended the
/// rows already, unless an event was there before its row: then the row gets now what the trigger would have written, so
/// that it says what the log says and not what was found out a second time.
pub(super) async fn settle(
    connection: &mut PgConnection,
    operations: &[OperationId],
) -> Result<(), OutboxFault> {
    let ids: Vec<Uuid> = operations.iter().map(|operation| operation.0).collect();
    end_as_logged(connection, &ids).await?;
    let left: Vec<(Uuid, Value)> = sqlx::query_as(
        "with told as materialized (select pg_notify($2, 'ended:' || id::text) from unnest($1::uuid[]) as i (id))
         select operation, outcome from outbox.ops
         where (select count(*) from told) > 0 and operation = any($1) and state = 'settling' and outcome is not null",
    )
    .bind(ids)
    .bind(CHANNEL)
    .fetch_all(&mut *connection)
    .await
    .map_err(fault)?;
    for (operation, outcome) in left {
        let (state, inclusion) = match row::json(outcome)? {
            LedgerOutcome::Included(inclusion) => ("confirmed", Some(inclusion)),
            LedgerOutcome::Rejected(rejection) if rejection.code == CANCELLED => ("cancelled", None),
            LedgerOutcome::Rejected(_) => ("failed", None),
        };
        let height = inclusion.as_ref().map(|inclusion| signed(inclusion.height)).transpose()?;
        sqlx::query(
            "update outbox.ops set state = $2, height = $3, fee_paid = $4::numeric, updated_at = clock_timestamp()
             where operation = $1 and state = 'settling'",
        )
        .bind(operation)
        .bind(state)
        .bind(height)
        .bind(inclusion.map(|inclusion| inclusion.fee_paid.to_string()))
        .execute(&mut *connection)
        .await
        .map_err(fault)?;
    }
    Ok(())
}

/// Ends rows by the events that ended their operations, as the trigger of the outbox does.
async fn end_as_logged(connection: &mut PgConnection, operations: &[Uuid]) -> Result<(), OutboxFault> {
    sqlx::query(
        "update outbox.ops o set
           state = case when b.inclusion is not null then 'confirmed'
                        when b.rejection ->> 'code' = 'operation/cancelled' then 'cancelled' else 'failed' end,
           outcome = case when b.inclusion is not null then json_build_object('included', b.inclusion)
                          else json_build_object('rejected', b.rejection) end,
           fee_paid = (b.inclusion ->> 'feePaid')::numeric, height = (b.inclusion ->> 'height')::bigint,
           tx_hash = coalesce(b.inclusion ->> 'txHash', b.rejection ->> 'txHash', o.tx_hash),
           code = b.rejection ->> 'code', reason = b.rejection ->> 'reason', updated_at = clock_timestamp()
         from outbox.ops p join lateral (
           select e.payload -> e.event_type -> 'inclusion' as inclusion, e.payload -> e.event_type -> 'rejection' as rejection
           from es.events e where e.aggregate_type = p.aggregate_type and e.aggregate_id = p.aggregate_id
             and e.payload -> e.event_type ->> 'operation' = p.operation::text
             and (e.payload -> e.event_type -> 'inclusion' is not null
               or e.payload -> e.event_type -> 'rejection' is not null)
           order by e.sequence limit 1) b on true
         where p.operation = any($1) and p.state = 'settling' and o.operation = p.operation",
    )
    .bind(operations)
    .execute(connection)
    .await
    .map_err(fault)?;
    Ok(())
}
