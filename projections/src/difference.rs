//! Where two generations of a model differ: the first row of each table, by its key. No values: what stands in rows is
//! nobody's business who only wants to know which of them is wrong.

use crate::{error::Result, model::ReadModel, table::Generation};
use serde::Serialize;
use sqlx::PgConnection;
use std::fmt;

/// What is wrong with a live row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RowFault {
    /// The log makes it, but it is not there.
    Missing,
    /// It is there, but the log does not make it.
    Surplus,
    /// These columns of it are not what the log makes them.
    Changed(Vec<String>),
}

/// A live row that is not what a cold rebuild makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowDifference {
    /// Its table, the live one.
    pub table: String,
    /// Its primary key, as JSON.
    pub key: String,
    /// What is wrong.
    pub fault: RowFault,
}

impl fmt::Display for RowDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, key, fault } = self;
        match fault {
            RowFault::Missing => write!(f, "{table} has no row {key}, which the log makes"),
            RowFault::Surplus => write!(f, "{table} has a row {key}, which the log does not make"),
            RowFault::Changed(columns) => write!(f, "{table}, row {key}: {} differ", columns.join(", ")),
        }
    }
}

/// The first differing row of each table. To be asked in the transaction that holds both generations still.
pub(crate) async fn first(
    db: &mut PgConnection,
    model: &dyn ReadModel,
    live: Generation,
    rebuilt: Generation,
) -> Result<Vec<RowDifference>> {
    let mut found = Vec::new();
    for def in model.tables() {
        let (table, other) = (live.table(def.part), rebuilt.table(def.part));
        let pair = |column: &&str| format!("'{column}', coalesce(l.{column}, r.{column})");
        let key: Vec<String> = def.key.iter().map(pair).collect();
        let order: Vec<String> =
            def.key.iter().map(|column| format!("coalesce(l.{column}, r.{column})")).collect();
        let same: Vec<String> = def.key.iter().map(|column| format!("l.{column} = r.{column}")).collect();
        // Compared as the checksum compares: as JSON text, which JSON columns have no other equality than.
        let sql = format!(
            "select json_build_object({})::text, l is null, r is null,
               coalesce((select array_agg(a.key order by a.key) from json_each_text(row_to_json(l)) a
                 join json_each_text(row_to_json(r)) b using (key) where a.value is distinct from b.value), '{{}}')
             from {table} l full join {other} r on {}
             where row_to_json(l)::text is distinct from row_to_json(r)::text order by {} limit 1",
            key.join(", "),
            same.join(" and "),
            order.join(", ")
        );
        let row: Option<(String, bool, bool, Vec<String>)> =
            sqlx::query_as(&sql).fetch_optional(&mut *db).await?;
        found.extend(row.map(|(key, absent, surplus, columns)| {
            let fault = match (absent, surplus) {
                (true, _) => RowFault::Missing,
                (_, true) => RowFault::Surplus,
                _ => RowFault::Changed(columns),
            };
            RowDifference { table, key, fault }
        }));
    }
    Ok(found)
}
