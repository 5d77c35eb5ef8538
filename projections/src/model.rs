//! What a read model is: its tables and how a batch of events changes them.

use crate::{
    ProjectionError,
    error::Result,
    rows::Tables,
    table::{Generation, ModelId, TableDef},
};
use async_trait::async_trait;
use domain::{id::Instant, register::AnyEvent};
use store::LogEntry;

/// A log entry with its event decoded.
#[derive(Debug)]
pub(crate) struct Fact<'a> {
    pub(crate) entry: &'a LogEntry,
    pub(crate) event: AnyEvent,
}

impl Fact<'_> {
    /// Its place in the log.
    pub(crate) fn position(&self) -> i64 {
        self.entry.position
    }

    /// When it happened by our clock.
    pub(crate) fn at(&self) -> Instant {
        self.entry.metadata.occurred_at
    }
}

/// Decodes the entries of the streams a model reads; the rest is none of its business.
pub(crate) fn decode<'a>(entries: &'a [LogEntry], streams: &[&str]) -> Result<Vec<Fact<'a>>> {
    let wanted = entries.iter().filter(|entry| streams.contains(&entry.stream_type.as_str()));
    wanted.map(|entry| Ok(Fact { entry, event: decode_one(entry)? })).collect()
}

fn decode_one(entry: &LogEntry) -> Result<AnyEvent> {
    AnyEvent::read(&entry.stream_type, &entry.payload).map_err(|why| unreadable(entry, why))
}

fn unreadable(entry: &LogEntry, why: impl std::fmt::Display) -> ProjectionError {
    ProjectionError::Unreadable {
        what: format!("event {} at position {}", entry.kind, entry.position),
        why: why.to_string(),
        position: Some(entry.position),
    }
}

/// A read model. Its fold does no IO but on its own tables, and reads nothing but events and its own rows, so that a
/// rebuild gives the same rows.
#[async_trait]
pub(crate) trait ReadModel: Send + Sync {
    /// Which it is.
    fn id(&self) -> ModelId;
    /// Its tables, the main one first.
    fn tables(&self) -> &'static [TableDef];
    /// The stream types it reads.
    fn streams(&self) -> &'static [&'static str];
    /// Takes in consecutive events.
    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()>;

    /// Its permanent name.
    fn name(&self) -> &'static str {
        self.id().name
    }
    /// The revision of its tables.
    fn revision(&self) -> i32 {
        self.id().revision
    }
}

/// Places rows by their `position`.
macro_rules! placed {
    ($($row:ident),+) => {
        $(impl $crate::page::Placed for $row {
            fn cursor(&self) -> $crate::page::Cursor { $crate::page::Cursor(self.position) }
        })+
    };
}
pub(crate) use placed;
