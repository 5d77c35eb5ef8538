//! The outbox against the log. A row comes from the event that asks for a ledger write and ends by the event that says how
//! it ended; whatever those two say must stand in the row unchanged. How often it was tried, and in which transactions, the
//! log does not know.

use super::beside::Beside;
use crate::{
    entry::{self, LogEntry},
    outbox::{FEEDER, feeder},
    upcast::UPCASTS,
};
use app::outbox::CANCELLED;
use domain::{
    Aggregate as _,
    did::DidRecord,
    ledger::{Inclusion, LedgerOutcome, Rejection},
    register::{AskedWrite, asking_kinds, ledger_write},
};
use futures::TryStreamExt as _;
use serde_json::Value;
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

/// Longest text of a row or the log in a sentence about them.
const SHOWN_CHARS_MAX: usize = 80;

/// The operation that the event `e` asks for, as text. Null for events of other sorts.
const ASKED: &str = "lower(e.payload -> e.event_type -> 'write' ->> 'operation')";

/// The operation that it ended.
const ENDED: &str = "lower(e.payload -> e.event_type ->> 'operation')";

/// Events that end operations, exactly as the trigger of the outbox tells them.
const ENDS: &str = "(e.payload -> e.event_type -> 'inclusion' is not null
    or e.payload -> e.event_type -> 'rejection' is not null)";

/// Events that ask for ledger writes.
const ASKS: &str = "(e.aggregate_type, e.event_type) in (select * from unnest($1::text[], $2::text[]))";

type Kinds = (Vec<&'static str>, Vec<&'static str>);

pub(super) async fn compare(tx: &mut PgConnection, beside: &mut Beside) -> Result<(), sqlx::Error> {
    let kinds: Kinds = asking_kinds().unzip();
    asked(tx, &kinds, beside).await?;
    ended(tx, beside).await?;
    unfounded(tx, &kinds, beside).await
}

fn row_of(operation: &str) -> String {
    format!("outbox.ops, operation {operation}")
}

/// Every event that asks for a write has its row, unless the feeder was not there yet or had to park it.
async fn asked(tx: &mut PgConnection, kinds: &Kinds, beside: &mut Beside) -> Result<(), sqlx::Error> {
    let sql = format!(
        "select {}, coalesce({ASKED}, '') as asked, o.operation is not null as present, o.position as o_position,
           o.customer as o_customer, o.aggregate_type as o_type, o.aggregate_id as o_id, o.kind as o_kind,
           o.event_id as o_event, o.correlation_id as o_correlation, o.traceparent as o_traceparent,
           o.network as o_network, o.payer as o_payer, o.ordering_key as o_key, o.type_url as o_url,
           o.value as o_value, o.effect as o_effect, o.effect_key as o_effect_key, o.fee_max::text as o_fee_max
         from es.log l join es.events e using (ingest_id) left join outbox.ops o on o.operation::text = {ASKED}
         where {ASKS} and l.position <= (select coalesce(max(position), 0) from es.checkpoints where name = $3 and live)
           and not exists (select from es.parked p where p.follower = $3 and p.position <= l.position
             and p.stream in (e.aggregate_type || '-' || e.aggregate_id,
               $4 || '-' || (e.payload -> e.event_type -> 'write' ->> 'orderingKey')))
         order by l.position",
        entry::COLUMNS
    );
    let mut rows =
        sqlx::query(&sql).bind(&kinds.0).bind(&kinds.1).bind(FEEDER).bind(DidRecord::TYPE).fetch(tx);
    while let Some(row) = rows.try_next().await? {
        let entry = entry::from_row(&row, UPCASTS)?;
        let (operation, position): (String, i64) = (row.try_get("asked")?, entry.position);
        if !row.try_get::<bool, _>("present")? {
            let why = format!("the row is missing, but the event at position {position} asked for it");
            beside.differ(row_of(&operation), why);
            continue;
        }
        beside.operations += 1;
        let asked = match ledger_write(&entry.stream_type, &entry.payload) {
            Ok(Some(asked)) => asked,
            Ok(None) => continue,
            Err(error) => {
                beside.differ(row_of(&operation), format!("the event at position {position}: {error}"));
                continue;
            }
        };
        for (column, found, logged) in differences(&row, &entry, &asked)? {
            let why = format!("{column} is {found}; the event at position {position} says {logged}");
            beside.differ(row_of(&operation), why);
        }
    }
    Ok(())
}

/// Column, what it holds, what the log says.
type Unequal = (&'static str, String, String);

/// Notes a column if it is not what the log says.
fn hold(
    found: impl Into<Option<String>>,
    logged: impl Into<Option<String>>,
    column: &'static str,
    into: &mut Vec<Unequal>,
) {
    let (found, logged) = (found.into(), logged.into());
    if found != logged {
        into.push((column, shown(found), shown(logged)));
    }
}

fn shown(text: Option<String>) -> String {
    let text = text.unwrap_or_else(|| "nothing".to_owned());
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// What the feeder wrote, column by column, against what it would write today.
fn differences(row: &PgRow, entry: &LogEntry, asked: &AskedWrite) -> Result<Vec<Unequal>, sqlx::Error> {
    let AskedWrite { kind, write } = asked;
    let text = |column: &str| row.try_get::<String, _>(column);
    let some = |column: &str| row.try_get::<Option<String>, _>(column);
    let uuid = |column: &str| row.try_get::<Uuid, _>(column).map(|id| id.to_string());
    let corrupt = |error: &dyn std::fmt::Display| sqlx::Error::Decode(error.to_string().into());
    let (meta, mut unequal) = (&entry.metadata, Vec::new());
    let into = &mut unequal;
    hold(row.try_get::<i64, _>("o_position")?.to_string(), entry.position.to_string(), "position", into);
    hold(uuid("o_customer")?, meta.customer.to_string(), "customer", into);
    hold(text("o_type")?, entry.stream_type.clone(), "aggregate_type", into);
    hold(text("o_id")?, entry.stream_id.clone(), "aggregate_id", into);
    hold(text("o_kind")?, kind.name().to_owned(), "kind", into);
    hold(uuid("o_event")?, entry.event_id.to_string(), "event_id", into);
    hold(uuid("o_correlation")?, meta.correlation_id.to_string(), "correlation_id", into);
    hold(some("o_traceparent")?, meta.traceparent.clone(), "traceparent", into);
    hold(text("o_network")?, write.network.as_str().to_owned(), "network", into);
    hold(text("o_payer")?, write.payer.clone(), "payer", into);
    hold(text("o_key")?, write.ordering_key.as_str().to_owned(), "ordering_key", into);
    hold(text("o_url")?, write.type_url.clone(), "type_url", into);
    let value = feeder::message(write).map_err(|error| corrupt(&error))?;
    hold(hex::encode(row.try_get::<Vec<u8>, _>("o_value")?), hex::encode(value), "value", into);
    let effect = serde_json::to_value(&write.effect).map_err(|error| corrupt(&error))?;
    let kept: Value = row.try_get("o_effect")?;
    if kept != effect {
        into.push(("effect", shown(Some(kept.to_string())), shown(Some(effect.to_string()))));
    }
    let found = text("o_effect_key")?;
    // A second write of the same effect is kept under a key of its own.
    if found != feeder::twin_key(write) {
        hold(found, write.effect.key(), "effect_key", into);
    }
    hold(some("o_fee_max")?, write.fee_max.map(|fee| fee.to_string()), "fee_max", into);
    Ok(unequal)
}

/// Every outcome stands in its operation's row.
async fn ended(tx: &mut PgConnection, beside: &mut Beside) -> Result<(), sqlx::Error> {
    // A row that is missing is named by the event that asked for it; here only if there is no such event either.
    let sql = format!(
        "select coalesce({ENDED}, '') as ended, e.aggregate_type, e.aggregate_id, e.sequence,
           e.payload -> e.event_type -> 'inclusion' as inclusion, e.payload -> e.event_type -> 'rejection' as rejection,
           o.operation is not null as present, o.state, o.outcome, o.fee_paid::text as fee_paid, o.tx_hash, o.height,
           o.code, o.reason,
           o.operation is null and not exists (select from es.events a where a.aggregate_type = e.aggregate_type
             and a.aggregate_id = e.aggregate_id
             and lower(a.payload -> a.event_type -> 'write' ->> 'operation') = {ENDED}) as unasked
         from es.events e left join outbox.ops o on o.operation::text = {ENDED}
         where {ENDS} order by e.ingest_id"
    );
    let mut rows = sqlx::query(&sql).fetch(tx);
    while let Some(row) = rows.try_next().await? {
        let operation: String = row.try_get("ended")?;
        let (sequence, stream_type, stream_id): (i64, String, String) =
            (row.try_get("sequence")?, row.try_get("aggregate_type")?, row.try_get("aggregate_id")?);
        let event = format!("event {sequence} of {stream_type} {stream_id}");
        if !row.try_get::<bool, _>("present")? {
            if row.try_get("unasked")? {
                beside.differ(row_of(&operation), format!("{event} ended it, but nothing asked for it"));
            }
            continue;
        }
        beside.outcomes += 1;
        let unequal = match logged_outcome(&row) {
            Ok(outcome) => outcome_differences(&row, &outcome)?,
            Err(error) => {
                beside.differ(row_of(&operation), format!("{event} holds no readable outcome: {error}"));
                continue;
            }
        };
        for (column, found, logged) in unequal {
            beside.differ(row_of(&operation), format!("{column} is {found}; {event} says {logged}"));
        }
    }
    Ok(())
}

fn logged_outcome(row: &PgRow) -> Result<LedgerOutcome, String> {
    let member = |name: &str| row.try_get::<Option<Value>, _>(name).map_err(|error| error.to_string());
    let readable = |error: serde_json::Error| error.to_string();
    match member("inclusion")? {
        Some(inclusion) => {
            serde_json::from_value::<Inclusion>(inclusion).map(LedgerOutcome::Included).map_err(readable)
        }
        None => serde_json::from_value::<Rejection>(member("rejection")?.unwrap_or_default())
            .map(LedgerOutcome::Rejected)
            .map_err(readable),
    }
}

/// What the trigger wrote, against what the event says.
fn outcome_differences(row: &PgRow, logged: &LedgerOutcome) -> Result<Vec<Unequal>, sqlx::Error> {
    let some = |column: &str| row.try_get::<Option<String>, _>(column);
    let (state, inclusion, rejection) = match logged {
        LedgerOutcome::Included(inclusion) => ("confirmed", Some(inclusion), None),
        LedgerOutcome::Rejected(rejection) if rejection.code == CANCELLED => {
            ("cancelled", None, Some(rejection))
        }
        LedgerOutcome::Rejected(rejection) => ("failed", None, Some(rejection)),
    };
    let mut unequal = Vec::new();
    let into = &mut unequal;
    hold(row.try_get::<String, _>("state")?, state.to_owned(), "state", into);
    hold(some("fee_paid")?, inclusion.map(|one| one.fee_paid.to_string()), "fee_paid", into);
    let height = inclusion.map(|one| one.height.to_string());
    hold(row.try_get::<Option<i64>, _>("height")?.map(|one| one.to_string()), height, "height", into);
    hold(some("code")?, rejection.map(|one| one.code.clone()), "code", into);
    hold(some("reason")?, rejection.map(|one| one.reason.clone()), "reason", into);
    let hash =
        inclusion.map_or_else(|| rejection.and_then(|one| one.tx_hash.clone()), |one| one.tx_hash.clone());
    // An outcome that was found without its transaction leaves the hash of the last try in the row.
    if hash.is_some() {
        hold(some("tx_hash")?, hash, "tx_hash", into);
    }
    let stored = row.try_get::<Option<Value>, _>("outcome")?;
    let kept = stored.clone().and_then(|stored| serde_json::from_value::<LedgerOutcome>(stored).ok());
    if kept.as_ref() != Some(logged) {
        let logged = serde_json::to_value(logged).map_err(|error| sqlx::Error::Decode(error.into()))?;
        into.push((
            "outcome",
            shown(stored.map(|stored| stored.to_string())),
            shown(Some(logged.to_string())),
        ));
    }
    Ok(unequal)
}

/// Rows that no event asked for, and rows that are over although the log knows of no end.
async fn unfounded(tx: &mut PgConnection, kinds: &Kinds, beside: &mut Beside) -> Result<(), sqlx::Error> {
    let sql = format!(
        "select o.operation::text as operation, o.state, a.operation is null as unasked
         from outbox.ops o
         left join (select distinct {ASKED} as operation from es.events e join es.log using (ingest_id) where {ASKS}) a
           on a.operation = o.operation::text
         left join (select distinct {ENDED} as operation from es.events e where {ENDS}) b
           on b.operation = o.operation::text
         where a.operation is null or (b.operation is null and o.state in ('confirmed', 'failed', 'cancelled'))
         order by o.operation"
    );
    let mut rows = sqlx::query(&sql).bind(&kinds.0).bind(&kinds.1).fetch(tx);
    while let Some(row) = rows.try_next().await? {
        let (operation, state): (String, String) = (row.try_get("operation")?, row.try_get("state")?);
        let why = if row.try_get("unasked")? {
            "no event of the log asked for it".to_owned()
        } else {
            format!("its state is {state}, but no event of the log ended it")
        };
        beside.differ(row_of(&operation), why);
    }
    Ok(())
}
