//! Whether a table takes in a row, as Postgres would see it.

use crate::{
    ProjectionError,
    error::Result,
    table::{Row, TableDef, from_json},
};
use domain::{calendar, id::Instant};
use serde_json::{Map, Value};
use uuid::Uuid;

domain::limits! {
    /// Longest texts of a row that stand in one index together. Postgres refuses an index entry of more than a third of a
    /// page (2 704 bytes, numbers and headers included).
    pub INDEXED_TEXT_BYTES_MAX: usize = 2_500, "bytes";
}

/// Holds a row, as it would be written, against its table.
pub(crate) fn hold<R: Row>(written: &str) -> Result<()> {
    from_json::<R>(written)?;
    let row: Map<String, Value> = from_json(written)?;
    fits(&R::TABLE, &row).map_err(|why| ProjectionError::unreadable("a row", why))
}

fn fits(def: &TableDef, row: &Map<String, Value>) -> Result<(), String> {
    for (column, definition) in def.columns {
        let value = row.get(*column).unwrap_or(&Value::Null);
        let is_key = def.key.contains(column);
        if value.is_null() {
            if is_key || definition.contains("not null") {
                return Err(format!("{column} has no value"));
            }
            continue;
        }
        let kind = definition.split(' ').next().unwrap_or_default();
        if !is_of(kind, value) {
            return Err(format!("{column} does not fit {kind}"));
        }
    }
    let indexes = def.indexes.iter().map(|(index, _)| *index).filter(|index| index.starts_with('('));
    for index in indexes {
        // What is included in an entry counts like what it is found by.
        let columns = index.replace(") include (", ", ");
        indexable(columns.trim_matches(['(', ')']).split(", "), row)?;
    }
    indexable(def.key.iter().copied(), row)
}

/// Whether a column of this type holds the value.
fn is_of(kind: &str, value: &Value) -> bool {
    let text = |fits: fn(&str) -> bool| value.as_str().is_some_and(fits);
    match kind {
        "uuid" => text(|text| Uuid::parse_str(text).is_ok()),
        "text" => value.is_string(),
        "timestamptz" => text(|text| {
            let at = text.parse::<Instant>().ok();
            at.is_some_and(|at| calendar::within(at).is_ok())
        }),
        "bigint" => value.as_i64().is_some(),
        "integer" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "smallint" => value.as_i64().is_some_and(|number| i16::try_from(number).is_ok()),
        "boolean" => value.is_boolean(),
        // Whatever was read back is JSON, and nested no deeper than its readers read; and a type that nobody taught this yet
        // must not stop every append.
        _ => true,
    }
}

fn indexable<'a>(columns: impl Iterator<Item = &'a str>, row: &Map<String, Value>) -> Result<(), String> {
    let texts: Vec<(&str, usize)> =
        columns.filter_map(|column| Some((column, row.get(column)?.as_str()?.len()))).collect();
    let bytes: usize = texts.iter().map(|(_, bytes)| bytes).sum();
    if bytes <= INDEXED_TEXT_BYTES_MAX {
        return Ok(());
    }
    let longest = texts.iter().max_by_key(|(_, bytes)| *bytes).map_or("", |(column, _)| column);
    Err(format!("{longest} is too long to be found by ({bytes} bytes, at most {INDEXED_TEXT_BYTES_MAX})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DEF: TableDef = TableDef {
        part: "",
        columns: &[
            ("id", "uuid"),
            ("name", "text not null"),
            ("note", "text"),
            ("at", "timestamptz"),
            ("count", "bigint"),
            ("small", "smallint"),
            ("flag", "boolean"),
            ("all", "json"),
        ],
        key: &["id"],
        indexes: &[("(name) include (note)", false), ("using gin (all)", false)],
    };

    #[expect(clippy::needless_pass_by_value, reason = "reads best with json! in place")]
    fn row(column: &str, value: Value) -> Map<String, Value> {
        let row = json!({"id": Uuid::nil(), "name": "n", column: value});
        row.as_object().cloned().unwrap()
    }

    #[test]
    fn safety_1_a_row_is_held_against_its_table() {
        let long = "x".repeat(INDEXED_TEXT_BYTES_MAX);
        for (column, value, wanted) in [
            ("id", json!(null), Err("id has no value")),
            ("id", json!("17"), Err("id does not fit uuid")),
            ("name", json!(null), Err("name has no value")),
            ("name", json!(5), Err("name does not fit text")),
            ("note", json!(null), Ok(())),
            ("note", json!(long), Err("note is too long to be found by (2501 bytes, at most 2500)")),
            ("all", json!({"long": long}), Ok(())),
            ("at", json!("0000-01-01T00:00:00Z"), Err("at does not fit timestamptz")),
            ("at", json!("9999-12-31T23:59:59.999Z"), Ok(())),
            ("at", json!("+10000-01-01T00:00:00Z"), Err("at does not fit timestamptz")),
            ("count", json!(u64::MAX), Err("count does not fit bigint")),
            ("count", json!(i64::MAX), Ok(())),
            ("count", json!(1.5), Err("count does not fit bigint")),
            ("small", json!(40_000), Err("small does not fit smallint")),
            ("flag", json!("true"), Err("flag does not fit boolean")),
        ] {
            let held = fits(&DEF, &row(column, value));
            assert_eq!(held, wanted.map_err(str::to_owned));
        }
    }
}
