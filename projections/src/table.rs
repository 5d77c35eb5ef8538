//! Tables of read models: their definition, and batches of rows read and written with one statement each.
//!
//! Rows travel as JSON (`row_to_json`, `json_populate_recordset`): the columns of a table are the members of its row
//! type, so domain types need no second mapping to SQL, and a batch is one parameter whatever its number of columns.

use crate::{ProjectionError, error::Result, rehearsal};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::{PgConnection, Row as _};
use std::collections::{BTreeMap, BTreeSet};

/// Rows written or read by one statement; keeps single statements small while a model is rebuilt.
pub(crate) const ROWS_PER_STATEMENT_MAX: usize = 2_000;

/// One table of a read model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableDef {
    /// Empty for the model's main table, else what follows its name: `rm.<model>_<part>_v<revision>_<build>`.
    pub(crate) part: &'static str,
    /// Columns: name and SQL type with constraints. Equal to the members of the row type, in the same order.
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
    /// Its table.
    const TABLE: TableDef;
    /// Its primary key; serialises as an object of the key columns.
    type Key: Serialize + Ord + Clone + Send + Sync;
    /// Its primary key.
    fn key(&self) -> Self::Key;
}

/// Where the rows of a fold come from and go to.
pub(crate) enum Tables<'a> {
    /// A generation's tables.
    Kept(&'a mut PgConnection),
    /// None: there are no rows yet, and what would be written is only held against the tables' definitions.
    Imagined,
}

/// The rows a batch of events touches: loaded once, folded in memory, written once.
#[derive(Debug)]
pub(crate) struct Rows<R: Row> {
    rows: BTreeMap<R::Key, R>,
    changed: BTreeSet<R::Key>,
}

impl<R: Row> Rows<R> {
    /// Loads the rows that exist under these keys.
    pub(crate) async fn load(
        db: &mut Tables<'_>,
        generation: Generation,
        keys: BTreeSet<R::Key>,
    ) -> Result<Self> {
        let mut rows = Self { rows: BTreeMap::new(), changed: BTreeSet::new() };
        rows.load_more(db, generation, keys).await?;
        Ok(rows)
    }

    /// Loads further rows; those already here stay as they are.
    pub(crate) async fn load_more(
        &mut self,
        db: &mut Tables<'_>,
        generation: Generation,
        keys: BTreeSet<R::Key>,
    ) -> Result<()> {
        let Tables::Kept(db) = db else { return Ok(()) };
        let table = generation.table(R::TABLE.part);
        let sql = format!(
            "select row_to_json(t)::text from json_populate_recordset(null::{table}, $1::json) k join {table} t using ({})",
            R::TABLE.key.join(", ")
        );
        let keys: Vec<R::Key> = keys.into_iter().filter(|key| !self.rows.contains_key(key)).collect();
        for chunk in keys.chunks(ROWS_PER_STATEMENT_MAX) {
            let found = sqlx::query(&sql).bind(to_json(chunk)?).fetch_all(&mut **db).await?;
            for row in found {
                let row: R = from_json(&row.try_get::<String, _>(0)?)?;
                self.rows.insert(row.key(), row);
            }
        }
        Ok(())
    }

    /// A row, if it exists.
    pub(crate) fn get(&self, key: &R::Key) -> Option<&R> {
        self.rows.get(key)
    }

    /// Changes a row, if it exists.
    pub(crate) fn change(&mut self, key: &R::Key, change: impl FnOnce(&mut R)) {
        if let Some(row) = self.rows.get_mut(key) {
            change(row);
            self.changed.insert(key.clone());
        }
    }

    /// Puts a row in place of whatever stood there.
    pub(crate) fn put(&mut self, row: R) {
        self.changed.insert(row.key());
        self.rows.insert(row.key(), row);
    }

    /// Every row in memory.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &R> {
        self.rows.values()
    }

    /// Writes what changed.
    pub(crate) async fn save(self, db: &mut Tables<'_>, generation: Generation) -> Result<()> {
        let def = R::TABLE;
        let changed: Vec<&R> = self.changed.iter().filter_map(|key| self.rows.get(key)).collect();
        let Tables::Kept(db) = db else {
            return changed.into_iter().try_for_each(|row| rehearsal::hold::<R>(&to_json(row)?));
        };
        let set: Vec<String> = def
            .columns
            .iter()
            .filter(|(name, _)| !def.key.contains(name))
            .map(|(name, _)| format!("{name} = excluded.{name}"))
            .collect();
        let table = generation.table(def.part);
        let sql = format!(
            "insert into {table} select * from json_populate_recordset(null::{table}, $1::json) on conflict ({}) do update set {}",
            def.key.join(", "),
            set.join(", ")
        );
        for chunk in changed.chunks(ROWS_PER_STATEMENT_MAX) {
            sqlx::query(&sql).bind(to_json(chunk)?).execute(&mut **db).await?;
        }
        Ok(())
    }
}

/// JSON text that Postgres takes: it cannot hold NUL characters in text, and an event whose name holds one must not stop
/// the model for everybody, so they become U+FFFD.
fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
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
