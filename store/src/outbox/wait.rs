//! Waiting for the end of an operation.

use super::signals::{Signal, Signals};
use crate::fault;
use app::{Fault, port::outcomes::Waited};
use domain::{
    id::{Instant, OperationId},
    ledger::LedgerOutcome,
};
use serde_json::Value;
use sqlx::{FromRow, PgPool, Row as _, postgres::PgRow};
use std::time::Duration;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant as Moment, sleep, timeout_at},
};

/// How often to look although nothing was signalled: signals are hints. In milliseconds.
const LOOK_EVERY_MILLIS: u64 = 200;

/// What a waiter sees of an operation.
#[derive(Debug)]
struct Row {
    state: String,
    outcome: Option<Value>,
    code: Option<String>,
    reason: Option<String>,
    created_at: Instant,
    cancel_asked: bool,
    hold_code: Option<String>,
    hold_reason: Option<String>,
    held_at: Option<Instant>,
}

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            state: row.try_get("state")?,
            outcome: row.try_get("outcome")?,
            code: row.try_get("code")?,
            reason: row.try_get("reason")?,
            created_at: row.try_get("created_at")?,
            cancel_asked: row.try_get("cancel_asked")?,
            hold_code: row.try_get("hold_code")?,
            hold_reason: row.try_get("hold_reason")?,
            held_at: row.try_get("held_at")?,
        })
    }
}

/// Waits for the end of an operation, at most `limit`: the body of `app::port::Outcomes::ended`. Returns early with
/// `Pending` when the payer was found without funds since the operation came, or when the operation waits for an
/// operator. An operation that the feeder has not seen yet is waited for like any other.
pub async fn wait_ended(
    pool: &PgPool,
    signals: &Signals,
    operation: OperationId,
    limit: Duration,
) -> Result<Waited, Fault> {
    let deadline = Moment::now() + limit;
    let mut heard = signals.hear_all();
    let mut pending = Waited::Pending { code: None, reason: None };
    loop {
        if let Some(row) = look(pool, operation).await? {
            match judge(row)? {
                Judged::Over(waited) => return Ok(waited),
                Judged::Goes(waited) => pending = waited,
            }
        }
        let woken = timeout_at(deadline, async {
            tokio::select! {
                () = signalled(&mut heard, operation) => {}
                () = sleep(Duration::from_millis(LOOK_EVERY_MILLIS)) => {}
            }
        });
        if woken.await.is_err() {
            return Ok(pending);
        }
    }
}

/// Returns when this operation ended, or something happened that may concern it.
async fn signalled(heard: &mut Receiver<Signal>, operation: OperationId) {
    loop {
        match heard.recv().await {
            Ok(Signal::Ended(ended)) if ended != operation => {}
            Ok(Signal::Ended(_) | Signal::Look) | Err(RecvError::Lagged(_)) => return,
            // Nobody signals any more; the look every now and then remains.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

async fn look(pool: &PgPool, operation: OperationId) -> Result<Option<Row>, Fault> {
    sqlx::query_as(
        "select o.state, o.outcome, o.code, o.reason, o.created_at, o.cancel_asked, l.hold_code, l.hold_reason, l.held_at
         from outbox.ops o join outbox.lanes l using (network, payer) where o.operation = $1",
    )
    .bind(operation.0)
    .fetch_optional(pool)
    .await
    .map_err(|error| fault::from_sqlx(&error))
}

enum Judged {
    Over(Waited),
    Goes(Waited),
}

fn judge(row: Row) -> Result<Judged, Fault> {
    // What is to be cancelled needs no money.
    let held_since = !row.cancel_asked && row.held_at.is_some_and(|at| at > row.created_at);
    match row.state.as_str() {
        "confirmed" | "failed" => {
            let outcome: LedgerOutcome =
                serde_json::from_value(row.outcome.unwrap_or_default()).map_err(Fault::bug)?;
            Ok(Judged::Over(Waited::Ended(outcome)))
        }
        "cancelled" => Ok(Judged::Over(Waited::Cancelled)),
        "dead" => Ok(Judged::Over(Waited::Pending { code: row.code, reason: row.reason })),
        "queued" if held_since && row.hold_code.as_deref() == Some("ledger/insufficient-funds") => {
            Ok(Judged::Over(Waited::Pending { code: row.hold_code, reason: row.hold_reason }))
        }
        _ => Ok(Judged::Goes(Waited::Pending {
            code: row.hold_code.or(row.code),
            reason: row.hold_reason.or(row.reason),
        })),
    }
}
