//! The feeder: a follower that turns every event that asks for a ledger write into a row of the outbox. Rows and
//! checkpoint commit together, so each event becomes exactly one row.

use super::signals::CHANNEL;
use crate::{
    entry::LogEntry,
    follow::{Follow, FollowError},
    rehearse::Rehearse,
};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    Aggregate as _,
    did::DidRecord,
    ledger::{LedgerOutcome, LedgerWrite, Rejection},
    register::{AskedWrite, asks_for_writes, ledger_write},
};
use sqlx::PgConnection;

/// The feeder's name among the followers.
pub const FEEDER: &str = "outbox";

/// The follower.
#[derive(Debug, Clone, Copy, Default)]
pub struct Feeder;

#[async_trait]
impl Follow for Feeder {
    fn name(&self) -> &'static str {
        FEEDER
    }

    fn version(&self) -> i32 {
        1
    }

    fn wants(&self, entry: &LogEntry) -> bool {
        // What cannot be read is for `apply` to complain about.
        !matches!(ledger_write(&entry.stream_type, &entry.payload), Ok(None))
    }

    fn reads(&self, stream_type: &str) -> bool {
        asks_for_writes(stream_type)
    }

    /// Writes under one DID leave in order, whichever stream asks for them: one that cannot leave holds up those after it.
    fn group(&self, entry: &LogEntry) -> Option<String> {
        // Read by name, so that a write that cannot be read otherwise still holds up its DID.
        let did = entry.fields().get("write")?.get("orderingKey")?.as_str()?;
        Some(format!("{}-{did}", DidRecord::TYPE))
    }

    async fn apply(&mut self, tx: &mut PgConnection, entries: &[LogEntry]) -> Result<(), FollowError> {
        let mut any = false;
        for entry in entries {
            let asked = ledger_write(&entry.stream_type, &entry.payload)
                .map_err(|error| FollowError::poison(entry, error))?;
            if let Some(asked) = asked {
                insert(tx, entry, &asked).await?;
                any = true;
            }
        }
        if any {
            // Heard when, and only when, the rows are committed.
            sqlx::query("select pg_notify($1, 'work')").bind(CHANNEL).execute(tx).await?;
        }
        Ok(())
    }
}

/// The outbox's columns are written from typed values; only the message must still become bytes.
impl Rehearse for Feeder {
    fn rehearse(&self, entry: &LogEntry) -> Result<(), String> {
        let asked =
            ledger_write(&entry.stream_type, &entry.payload).map_err(|error| format!("{FEEDER}: {error}"))?;
        let Some(AskedWrite { write, .. }) = asked else { return Ok(()) };
        message(&write).map_err(|error| format!("{FEEDER}: its message: {error}"))?;
        serde_json::to_value(&write.effect).map_err(|error| format!("{FEEDER}: its effect: {error}"))?;
        Ok(())
    }
}

/// The bytes of the message.
pub(crate) fn message(write: &LedgerWrite) -> Result<Vec<u8>, base64::DecodeError> {
    STANDARD.decode(&write.value)
}

/// The key of a write whose effect another operation has already.
pub(crate) fn twin_key(write: &LedgerWrite) -> String {
    format!("{}#{}", write.effect.key(), write.operation)
}

async fn insert(
    connection: &mut PgConnection,
    entry: &LogEntry,
    AskedWrite { kind, write }: &AskedWrite,
) -> Result<(), FollowError> {
    let value = message(write).map_err(|error| FollowError::poison(entry, error))?;
    let effect = serde_json::to_value(&write.effect).map_err(|error| FollowError::poison(entry, error))?;
    let twice = Rejection {
        code: "ledger/duplicate-effect".to_owned(),
        reason: "Another operation writes the very same version or resource.".to_owned(),
        tx_hash: None,
    };
    let twice = serde_json::to_value(LedgerOutcome::Rejected(twice))
        .map_err(|error| FollowError::poison(entry, error))?;
    // A lane held for missing money looks again: perhaps it was topped up. Other holds keep their time.
    sqlx::query(
        "insert into outbox.lanes (network, payer, bumps) values ($1, $2, 1)
         on conflict (network, payer) do update set bumps = lanes.bumps + 1,
           wake_at = case when lanes.hold_code is null or lanes.hold_code = 'ledger/insufficient-funds'
                          then least(lanes.wake_at, clock_timestamp()) else lanes.wake_at end",
    )
    .bind(write.network.as_str())
    .bind(&write.payer)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into outbox.ops (operation, position, customer, aggregate_type, aggregate_id, kind, event_id,
           correlation_id, traceparent, network, payer, ordering_key, type_url, value, effect, effect_key, fee_max,
           state, outcome)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
           case when twice then $19 else $16 end, $17::numeric,
           case when twice then 'settling' else 'queued' end, case when twice then $18::json end
         from (select exists (select from outbox.ops where network = $10 and effect_key = $16
                 and state not in ('failed', 'cancelled') and operation <> $1) as twice) found
         on conflict (operation) do nothing",
    )
    .bind(write.operation.0)
    .bind(entry.position)
    .bind(entry.metadata.customer.0)
    .bind(&entry.stream_type)
    .bind(&entry.stream_id)
    .bind(kind.name())
    .bind(entry.event_id)
    .bind(entry.metadata.correlation_id)
    .bind(&entry.metadata.traceparent)
    .bind(write.network.as_str())
    .bind(&write.payer)
    .bind(write.ordering_key.as_str())
    .bind(&write.type_url)
    .bind(value)
    .bind(effect)
    .bind(write.effect.key())
    .bind(write.fee_max.map(|fee| fee.to_string()))
    .bind(twice)
    .bind(twin_key(write))
    .execute(connection)
    .await?;
    Ok(())
}
