//! What a read model is: its tables and how a batch of events changes them.

use crate::{
    ProjectionError, account, accreditation, activity, credential, did,
    error::Result,
    resource, status_list,
    table::{BUILDS_PER_REVISION_MAX, Generation, TableDef, Tables},
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
    /// Its permanent name; also the name of its follower.
    fn name(&self) -> &'static str;
    /// Grows whenever the same events would give other rows or its tables change, so that `prepare` rebuilds it.
    fn revision(&self) -> i32;
    /// Its tables, the main one first.
    fn tables(&self) -> &'static [TableDef];
    /// The stream types it reads.
    fn streams(&self) -> &'static [&'static str];
    /// Takes in consecutive events.
    async fn fold(&self, generation: Generation, db: &mut Tables<'_>, facts: &[Fact<'_>]) -> Result<()>;
}

/// Every read model.
pub(crate) static MODELS: [&dyn ReadModel; 7] = [
    &account::Model,
    &did::Model,
    &resource::Model,
    &status_list::Model,
    &credential::Model,
    &accreditation::Model,
    &activity::Model,
];

/// The names of all read models, which are also the names of their followers.
pub const MODEL_NAMES: [&str; 7] =
    ["account", "did", "resource", "status_list", "credential", "accreditation", "activity"];

pub(crate) fn model(name: &str) -> Result<&'static dyn ReadModel> {
    let found = MODELS.iter().find(|model| model.name() == name);
    found.copied().ok_or_else(|| ProjectionError::UnknownModel(name.to_owned()))
}

/// Whether this version of Studio reads tables of this generation ([`store::FollowerStatus::version`]): those of another
/// revision have other columns.
pub fn is_ours(name: &str, version: i32) -> bool {
    model(name).is_ok_and(|model| version / BUILDS_PER_REVISION_MAX == model.revision())
}

/// Key types of tables with one key column: they serialise as an object of that column.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident { $($column:ident: $type:ty),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        pub(crate) struct $name { $(pub(crate) $column: $type),+ }
    };
}
pub(crate) use key;

/// Places rows by their `position`.
macro_rules! placed {
    ($($row:ident),+) => {
        $(impl $crate::page::Placed for $row {
            fn cursor(&self) -> $crate::page::Cursor { $crate::page::Cursor(self.position) }
        })+
    };
}
pub(crate) use placed;
