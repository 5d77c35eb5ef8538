//! Rows of the outbox as the port's types.

use app::{
    outbox::{Behind, LiveTx, NewTx, OutboxFault, QueuedOp},
    port::chain::ChainMessage,
};
use domain::id::{CustomerId, Did, Ncheq, OperationId};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{Row as _, postgres::PgRow};

/// Columns of [`queued_op`], of `outbox.ops o`.
pub(super) const OP_COLUMNS: &str = "o.operation, o.customer, o.aggregate_type, o.aggregate_id, o.event_id, \
     o.correlation_id, o.traceparent, o.ordering_key, o.type_url, o.value, o.effect, o.fee_max::text as fee_max, \
     o.attempts, o.gas_boost, o.cancel_asked, o.outcome, o.state, \
     exists (select from outbox.tx_ops x join outbox.txs t on t.id = x.tx where x.operation = o.operation \
       and t.state not in ('reverted', 'refused')) as tried, \
     (select max(height) from outbox.ops c where c.network = o.network and c.ordering_key = o.ordering_key \
        and c.state = 'confirmed') as predecessor_height";

/// Columns of [`live_tx`] and [`behind`], of `outbox.txs t`; bytes of the first only.
pub(super) const TX_COLUMNS: &str = "t.id, t.sequence, t.hash, t.timeout_height, \
     case when row_number() over (order by t.sequence) = 1 then t.bytes else '' end as bytes, \
     t.fee_offered::text as fee_offered, t.fee_expected::text as fee_expected, t.gas_limit, t.sends, t.accepted";

pub(super) fn fault(error: sqlx::Error) -> OutboxFault {
    match error {
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) => {
            OutboxFault::Unreadable(error.to_string())
        }
        other => OutboxFault::Unavailable(other.to_string()),
    }
}

fn unreadable(error: impl std::fmt::Display) -> OutboxFault {
    OutboxFault::Unreadable(error.to_string())
}

pub(super) fn json<T: DeserializeOwned>(value: Value) -> Result<T, OutboxFault> {
    serde_json::from_value(value).map_err(unreadable)
}

pub(super) fn amount(text: &str) -> Result<Ncheq, OutboxFault> {
    text.parse().map_err(unreadable)
}

pub(super) fn unsigned(number: i64) -> Result<u64, OutboxFault> {
    u64::try_from(number).map_err(unreadable)
}

pub(super) fn small(number: i32) -> Result<u32, OutboxFault> {
    u32::try_from(number).map_err(unreadable)
}

pub(super) fn signed(number: u64) -> Result<i64, OutboxFault> {
    i64::try_from(number).map_err(unreadable)
}

pub(super) fn queued_op(row: &PgRow) -> Result<QueuedOp, OutboxFault> {
    let get = || -> Result<_, sqlx::Error> {
        Ok((
            row.try_get::<String, _>("ordering_key")?,
            row.try_get::<Value, _>("effect")?,
            row.try_get::<Option<String>, _>("fee_max")?,
            row.try_get::<Option<Value>, _>("outcome")?,
            row.try_get::<Option<i64>, _>("predecessor_height")?,
            row.try_get::<i32, _>("attempts")?,
            row.try_get::<i32, _>("gas_boost")?,
        ))
    };
    let (ordering_key, effect, fee_max, outcome, predecessor, attempts, boost) = get().map_err(fault)?;
    let op = QueuedOp {
        operation: OperationId(row.try_get("operation").map_err(fault)?),
        customer: CustomerId(row.try_get("customer").map_err(fault)?),
        aggregate_type: row.try_get("aggregate_type").map_err(fault)?,
        aggregate_id: row.try_get("aggregate_id").map_err(fault)?,
        event_id: row.try_get("event_id").map_err(fault)?,
        correlation_id: row.try_get("correlation_id").map_err(fault)?,
        traceparent: row.try_get("traceparent").map_err(fault)?,
        ordering_key: Did::parse(&ordering_key).map_err(unreadable)?,
        message: ChainMessage {
            type_url: row.try_get("type_url").map_err(fault)?,
            value: row.try_get("value").map_err(fault)?,
        },
        effect: json(effect)?,
        fee_max: fee_max.as_deref().map(amount).transpose()?,
        attempts: small(attempts)?,
        gas_boost: small(boost)?,
        tried: row.try_get("tried").map_err(fault)?,
        cancel_asked: row.try_get("cancel_asked").map_err(fault)?,
        predecessor_height: predecessor.map(unsigned).transpose()?,
        outcome: outcome.map(json).transpose()?,
    };
    Ok(op)
}

pub(super) fn live_tx(row: &PgRow) -> Result<LiveTx, OutboxFault> {
    let offered: String = row.try_get("fee_offered").map_err(fault)?;
    let expected: String = row.try_get("fee_expected").map_err(fault)?;
    let tx = NewTx {
        id: row.try_get("id").map_err(fault)?,
        sequence: unsigned(row.try_get("sequence").map_err(fault)?)?,
        bytes: row.try_get("bytes").map_err(fault)?,
        hash: row.try_get("hash").map_err(fault)?,
        timeout_height: unsigned(row.try_get("timeout_height").map_err(fault)?)?,
        fee_offered: amount(&offered)?,
        fee_expected: amount(&expected)?,
        gas_limit: unsigned(row.try_get("gas_limit").map_err(fault)?)?,
    };
    let sends = small(row.try_get("sends").map_err(fault)?)?;
    Ok(LiveTx { tx, sends, accepted: row.try_get("accepted").map_err(fault)? })
}

pub(super) fn behind(row: &PgRow) -> Result<Behind, OutboxFault> {
    let expected: String = row.try_get("fee_expected").map_err(fault)?;
    Ok(Behind {
        sequence: unsigned(row.try_get("sequence").map_err(fault)?)?,
        fee_expected: amount(&expected)?,
    })
}
