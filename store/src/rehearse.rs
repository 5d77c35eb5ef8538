//! Before an append: nothing enters the log that its readers cannot take out of it again.
//!
//! An event stays for ever, and everybody downstream must digest it. So it is written as the database will keep it, read
//! back with the decoder that followers use, compared with what was decided, and shown to every reader, who says whether
//! its rows could hold it. All of that costs microseconds and no IO; what fails leaves no trace in the log.

use crate::{
    entry::{self, LogEntry},
    upcast::{self, Stored, UPCASTS},
};
use chrono::DateTime;
use cqrs_es::persist::SerializedEvent;
use domain::Aggregate;
use serde::Deserialize as _;
use serde_json::Value;
use uuid::Uuid;

/// A reader of the log that can tell without a database whether it will be able to take an event in.
pub trait Rehearse: Send + Sync {
    /// Takes the event in without keeping anything; what stands in the way, for operators. Position and chain of the entry
    /// are not known yet.
    fn rehearse(&self, entry: &LogEntry) -> Result<(), String>;
}

/// An event that was decided and must not be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {kind} for a {stream_type} stream could not be read back: {why}")]
pub struct Indigestible {
    /// The aggregate type.
    pub stream_type: &'static str,
    /// The kind of event.
    pub kind: String,
    /// Which reader stumbles, and over what.
    pub why: String,
}

/// Reads an event back as followers will. `decided` is what it must come back as.
pub(crate) fn read_back<A: Aggregate>(
    row: &SerializedEvent,
    decided: &A::Event,
    readers: &[std::sync::Arc<dyn Rehearse>],
) -> Result<(), Indigestible> {
    let attempt = || -> Result<(), String> {
        let entry = entry_of(A::TYPE, row)?;
        let read = A::Event::deserialize(&entry.payload).map_err(|error| error.to_string())?;
        if read != *decided {
            return Err("it comes back as another event".to_owned());
        }
        readers.iter().try_for_each(|reader| reader.rehearse(&entry))
    };
    attempt().map_err(|why| Indigestible { stream_type: A::TYPE, kind: row.event_type.clone(), why })
}

/// The entry that followers will read, through the very bytes that the database will keep.
fn entry_of(stream_type: &str, row: &SerializedEvent) -> Result<LogEntry, String> {
    let stored = |value: &Value| -> Result<Value, String> {
        let text = serde_json::to_vec(value).map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    };
    let event = Stored {
        kind: row.event_type.clone(),
        version: row.event_version.clone(),
        payload: stored(&row.payload)?,
    };
    let Stored { kind, version, payload } =
        upcast::upcast(UPCASTS, stream_type, event).map_err(|error| error.to_string())?;
    let metadata = entry::unflatten(&stored(&row.metadata)?).ok_or("its metadata is incomplete")?;
    domain::calendar::within(metadata.occurred_at).map_err(|why| format!("its time: {why}"))?;
    Ok(LogEntry {
        position: 0,
        ingest_id: 0,
        event_id: Uuid::nil(),
        stream_type: stream_type.to_owned(),
        stream_id: row.aggregate_id.clone(),
        sequence: i64::try_from(row.sequence).map_err(|error| error.to_string())?,
        kind,
        version,
        payload,
        metadata,
        recorded_at: DateTime::UNIX_EPOCH,
        chain: [0; 32],
    })
}
