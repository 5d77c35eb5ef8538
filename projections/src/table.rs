//! Tables of read models, each declared with its row.
//!
//! Rows travel as JSON (`row_to_json`, `json_populate_recordset`): the columns of a table are the members of its row
//! type, so domain types need no second mapping to SQL, and a batch is one parameter whatever its number of columns.

use crate::{ProjectionError, error::Result};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Which read model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ModelId {
    /// Its permanent name; also the name of its follower.
    pub(crate) name: &'static str,
    /// Grows whenever the same events would give other rows or its tables change, so that `prepare` rebuilds it.
    pub(crate) revision: i32,
}

/// One table of a read model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableDef {
    /// Empty for the model's main table, else what follows its name: `rm.<model>_<part>_v<revision>_<build>`.
    pub(crate) part: &'static str,
    /// Columns: name and SQL type with constraints.
    pub(crate) columns: &'static [(&'static str, &'static str)],
    /// Columns of the primary key.
    pub(crate) key: &'static [&'static str],
    /// Index definitions: what stands after `on <table>`, and whether it is unique.
    pub(crate) indexes: &'static [(&'static str, bool)],
}

/// One set of tables of one model, e.g. `rm.did_v1_3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation {
    /// The model.
    pub(crate) model: &'static str,
    /// Names the generation: revision of the model times [`BUILDS_PER_REVISION_MAX`] plus a number that grows with every
    /// build. So whoever sees it knows whether it can read the tables.
    pub(crate) number: i32,
}

/// Builds of one revision of a model that one database can count.
pub(crate) const BUILDS_PER_REVISION_MAX: i32 = 100_000;

impl Generation {
    /// The revision of the model it was made for.
    pub(crate) fn revision(self) -> i32 {
        self.number / BUILDS_PER_REVISION_MAX
    }

    /// How many builds of that revision came before it, plus one.
    pub(crate) fn build(self) -> i32 {
        self.number % BUILDS_PER_REVISION_MAX
    }

    /// Qualified table name.
    pub(crate) fn table(self, part: &str) -> String {
        let separator = if part.is_empty() { "" } else { "_" };
        format!("rm.{}{separator}{part}_v{}_{}", self.model, self.revision(), self.build())
    }

    /// Statements that make a table and its indexes.
    pub(crate) fn create(self, def: &TableDef) -> Vec<String> {
        let table = self.table(def.part);
        let columns: Vec<String> = def.columns.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
        let create = format!(
            "create table {table} ({}, primary key ({})) with (fillfactor = 80)",
            columns.join(", "),
            def.key.join(", ")
        );
        let index = |(index, unique): &(&str, bool)| {
            format!("create {}index on {table} {index}", if *unique { "unique " } else { "" })
        };
        std::iter::once(create).chain(def.indexes.iter().map(index)).collect()
    }
}

/// A row of a read model.
pub(crate) trait Row: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// Its read model.
    const MODEL: ModelId;
    /// Its table.
    const TABLE: TableDef;
    /// Its primary key; serialises as an object of the key columns.
    type Key: Serialize + Ord + Clone + Send + Sync;
    /// Its primary key.
    fn key(&self) -> Self::Key;
}

/// Declares a table and its row at once: each member beside what its column is in SQL (type and constraints), the primary
/// key with the values of its columns, then the indexes: what stands after `on <table>`. A model's main table has no name
/// of its own; the others are `in` one. `MODEL` says which model it is, and must be in reach.
///
/// ```text
/// table! {
///     /// A version of a DID document on the ledger.
///     pub struct DidVersionRow in "version" {
///         /// The DID.
///         pub did: Did = "text",
///         /// The version.
///         pub version: VersionId = "uuid",
///     }
///     key |row| DidVersionKey { did: String = row.did.to_string(), version: VersionId = row.version };
///     index "(did)";
/// }
/// ```
macro_rules! table {
    (
        $(#[$doc:meta])*
        $visible:vis struct $row:ident $(in $part:literal)? {
            $($(#[$member_doc:meta])* $member_visible:vis $member:ident: $type:ty = $sql:literal,)+
        }
        key |$this:ident| $key:ident { $($column:ident: $of:ty = $value:expr),+ };
        $($sort:ident $index:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        $visible struct $row { $($(#[$member_doc])* $member_visible $member: $type),+ }

        #[doc = concat!("The primary key of a [`", stringify!($row), "`].")]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
        pub(crate) struct $key { $(pub(crate) $column: $of),+ }

        impl $crate::table::Row for $row {
            const MODEL: $crate::table::ModelId = MODEL;
            const TABLE: $crate::table::TableDef = $crate::table::TableDef {
                part: concat!($($part)?),
                columns: &[$((stringify!($member), $sql)),+],
                key: &[$(stringify!($column)),+],
                indexes: &[$(($index, $crate::table::table!(@$sort))),*],
            };
            type Key = $key;
            fn key(&self) -> $key {
                let $this = self;
                $key { $($column: $value),+ }
            }
        }
    };
    (@index) => { false };
    (@unique) => { true };
}
pub(crate) use table;

/// JSON text that Postgres takes: it cannot hold NUL characters in text, and an event whose name holds one must not stop
/// the model for everybody, so they become U+FFFD.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    let text = serde_json::to_string(value).map_err(|why| ProjectionError::unreadable("a row", why))?;
    if !text.contains("\\u0000") {
        return Ok(text);
    }
    let value = serde_json::from_str(&text).map_err(|why| ProjectionError::unreadable("a row", why))?;
    Ok(without_nul(value).to_string())
}

fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text_without_nul(&text)),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (text_without_nul(&name), without_nul(value))).collect()
        }
        other => other,
    }
}

/// The same replacement for texts that are searched for.
pub(crate) fn text_without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// A row as Postgres wrote it.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|why| ProjectionError::unreadable("a row", why))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// JSON can hold NUL and Postgres text cannot; one tenant's odd name must not stop the model for everybody.
    #[test]
    fn nul_becomes_the_replacement_character_and_nothing_else_changes() {
        let row = serde_json::json!({"na\0me": ["a\0b", {"c": "\\u0000"}], "n": 1});
        let written: Value = serde_json::from_str(&to_json(&row).unwrap()).unwrap();
        assert_eq!(written, serde_json::json!({"na\u{fffd}me": ["a\u{fffd}b", {"c": "\\u0000"}], "n": 1}));
        let plain = serde_json::json!({"name": "Zoë \\u0000"});
        assert_eq!(to_json(&plain).unwrap(), plain.to_string());
    }
}
