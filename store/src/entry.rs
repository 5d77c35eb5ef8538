//! Events as followers and auditors see them.

use crate::upcast::{self, Stored, UPCASTS, Unreadable, Upcast};
use app::{Actor, port::Meta};
use domain::id::{CustomerId, Instant, KeyId};
use serde_json::{Map, Value};
use sqlx::{Row as _, postgres::PgRow};
use std::collections::HashMap;
use uuid::Uuid;

/// One event of the global order.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// Its place in the global order: 1, 2, 3… without gaps.
    pub position: i64,
    /// The database's insert number; a [`app::port::commands::Token`] names one.
    pub ingest_id: i64,
    /// The event's own id (`UUIDv7`).
    pub event_id: Uuid,
    /// The aggregate type of its stream, e.g. `did`.
    pub stream_type: String,
    /// The aggregate's id.
    pub stream_id: String,
    /// Its number in its stream, from 1.
    pub sequence: i64,
    /// What happened, e.g. `DidCreated`.
    pub kind: String,
    /// The version of its schema.
    pub version: String,
    /// The whole event, externally tagged: `{"<kind>": {fields}}`; lifted to the newest version unless read for audit.
    pub payload: Value,
    /// What stands beside it.
    pub metadata: Meta,
    /// When the database wrote it.
    pub recorded_at: Instant,
    /// SHA-256 over this event and everything before it ([`crate::chain`]).
    pub chain: [u8; 32],
}

impl LogEntry {
    /// The event as the domain's type. An error if it is of another type or unreadable by this version of Studio.
    pub fn event<E: domain::Event>(&self) -> Result<E, Unreadable> {
        let stored =
            Stored { kind: self.kind.clone(), version: self.version.clone(), payload: self.payload.clone() };
        upcast::decode(UPCASTS, &self.stream_type, stored)
    }

    /// The event's fields without the tag; null for an event without fields.
    pub fn fields(&self) -> &Value {
        self.payload.get(&self.kind).unwrap_or(&Value::Null)
    }
}

/// The columns of [`from_row`], for `es.log l join es.events e`.
pub(crate) const COLUMNS: &str = "l.position, l.ingest_id, l.chain, e.event_id, e.aggregate_type, e.aggregate_id, \
     e.sequence, e.event_type, e.event_version, e.payload, e.metadata, e.recorded_at";

/// Reads a row; `steps` empty gives the event as it was recorded.
pub(crate) fn from_row(row: &PgRow, steps: &[Upcast]) -> Result<LogEntry, sqlx::Error> {
    let corrupt = |why: String| sqlx::Error::Decode(why.into());
    let stream_type: String = row.try_get("aggregate_type")?;
    let stored = Stored {
        kind: row.try_get("event_type")?,
        version: row.try_get("event_version")?,
        payload: row.try_get("payload")?,
    };
    let position: i64 = row.try_get("position")?;
    let Stored { kind, version, payload } =
        upcast::upcast(steps, &stream_type, stored).map_err(|error| corrupt(error.to_string()))?;
    let metadata: Value = row.try_get("metadata")?;
    let chain: Vec<u8> = row.try_get("chain")?;
    Ok(LogEntry {
        position,
        ingest_id: row.try_get("ingest_id")?,
        event_id: row.try_get("event_id")?,
        stream_id: row.try_get("aggregate_id")?,
        sequence: row.try_get("sequence")?,
        kind,
        version,
        payload,
        metadata: unflatten(&metadata)
            .ok_or_else(|| corrupt(format!("metadata at position {position} is incomplete")))?,
        recorded_at: row.try_get("recorded_at")?,
        chain: chain
            .try_into()
            .map_err(|_| corrupt(format!("chain at position {position} is not 32 bytes")))?,
        stream_type,
    })
}

/// Metadata as cqrs-es wants it: one level of strings. Event id and index are added per event at the append.
pub(crate) fn flatten(meta: &Meta) -> HashMap<String, String> {
    let (actor, actor_id) = match &meta.actor {
        Actor::ApiKey(id) => ("apiKey", Some(id.to_string())),
        Actor::User(id) => ("user", Some(id.to_string())),
        Actor::Machine(client) => ("machine", Some(client.clone())),
        Actor::Operator => ("operator", None),
        Actor::Studio(part) => ("studio", Some(part.clone())),
    };
    // Key ids are hexadecimal.
    let keys_used: Vec<&str> = meta.keys_used.iter().map(|kid| kid.0.as_str()).collect();
    let keys_used = (!keys_used.is_empty()).then(|| keys_used.join(" "));
    let occurred_at = meta.occurred_at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    [
        ("commandId", Some(meta.command_id.to_string())),
        ("correlationId", Some(meta.correlation_id.to_string())),
        ("causationId", meta.causation_id.map(|id| id.to_string())),
        ("customer", Some(meta.customer.to_string())),
        ("actor", Some(actor.to_owned())),
        ("actorId", actor_id),
        ("traceparent", meta.traceparent.clone()),
        ("occurredAt", Some(occurred_at)),
        ("keysUsed", keys_used),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?)))
    .collect()
}

/// The inverse of [`flatten`].
pub(crate) fn unflatten(metadata: &Value) -> Option<Meta> {
    let fields: &Map<String, Value> = metadata.as_object()?;
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    let uuid = |key: &str| text(key).and_then(|value| Uuid::parse_str(value).ok());
    Some(Meta {
        command_id: uuid("commandId")?,
        correlation_id: uuid("correlationId")?,
        causation_id: match text("causationId") {
            Some(_) => Some(uuid("causationId")?),
            None => None,
        },
        customer: CustomerId(uuid("customer")?),
        actor: match text("actor")? {
            "apiKey" => Actor::ApiKey(uuid("actorId")?),
            "user" => Actor::User(uuid("actorId")?),
            "machine" => Actor::Machine(text("actorId")?.to_owned()),
            "operator" => Actor::Operator,
            "studio" => Actor::Studio(text("actorId")?.to_owned()),
            _ => return None,
        },
        traceparent: text("traceparent").map(str::to_owned),
        occurred_at: Instant::from(chrono::DateTime::parse_from_rfc3339(text("occurredAt")?).ok()?),
        keys_used: text("keysUsed")
            .map(|kids| kids.split(' ').map(|kid| KeyId(kid.to_owned())).collect())
            .unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_acted_and_the_keys_that_signed_are_read_back_as_they_were_noted() {
        let id = Uuid::from_u128(7);
        for (actor, kids) in [
            (Actor::ApiKey(id), &["8a88", "02ff"][..]),
            (Actor::User(id), &["8a88"]),
            (Actor::Machine("reports of ACME".to_owned()), &[]),
            (Actor::Operator, &[]),
            (Actor::Studio("outbox".to_owned()), &[]),
        ] {
            let meta = Meta {
                command_id: id,
                correlation_id: id,
                causation_id: None,
                customer: CustomerId(id),
                actor,
                traceparent: None,
                occurred_at: Instant::UNIX_EPOCH,
                keys_used: kids.iter().map(|kid| KeyId((*kid).to_owned())).collect(),
            };
            let noted = serde_json::to_value(flatten(&meta)).unwrap();
            assert_eq!(unflatten(&noted), Some(meta));
        }
    }
}
