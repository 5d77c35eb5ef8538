//! Batches of rows, read and written with one statement each.

use crate::{
    error::Result,
    fits,
    table::{Generation, Row, from_json, to_json},
};
use sqlx::{PgConnection, Row as _};
use std::collections::{BTreeMap, BTreeSet};

/// Rows written or read by one statement; keeps single statements small while a model is rebuilt.
pub(crate) const ROWS_PER_STATEMENT_MAX: usize = 2_000;

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
            return changed.into_iter().try_for_each(|row| fits::hold::<R>(&to_json(row)?));
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
