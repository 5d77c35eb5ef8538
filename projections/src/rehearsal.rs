//! Before an event is recorded: would every model take it in?
//!
//! The models' own folds run over tables that are only imagined, and each row they would write is read back and held
//! against its table's definition. So an event that a read model cannot digest is refused before the log has it. The tables
//! are empty: of an event that changes a row which stands already, its decoding is rehearsed and the change is not.

use crate::{
    ProjectionError,
    error::Result,
    model::{self, MODELS, ReadModel},
    table::{Generation, Row, TableDef, Tables, from_json},
};
use domain::{calendar, id::Instant};
use futures::FutureExt as _;
use serde_json::{Map, Value};
use store::{LogEntry, Rehearse};
use uuid::Uuid;

domain::limits! {
    /// Longest texts of a row that stand in one index together. Postgres refuses an index entry of more than a third of a
    /// page (2 704 bytes, numbers and headers included).
    pub INDEXED_TEXT_BYTES_MAX: usize = 2_500, "bytes";
}

/// All read models.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rehearsal;

impl Rehearse for Rehearsal {
    fn rehearse(&self, entry: &LogEntry) -> Result<(), String> {
        let concerned = MODELS.iter().filter(|model| model.streams().contains(&entry.stream_type.as_str()));
        let concerned: Vec<&&dyn ReadModel> = concerned.collect();
        if concerned.is_empty() {
            return Ok(());
        }
        let facts = model::decode(std::slice::from_ref(entry), &[entry.stream_type.as_str()])
            .map_err(|error| error.to_string())?;
        for model in concerned {
            let generation = Generation { model: model.name(), number: 0 };
            let mut imagined = Tables::Imagined;
            let named = |why: &dyn std::fmt::Display| format!("{}: {why}", model.name());
            // Nothing is waited for where there is no database; a fold that does wait was not rehearsed.
            let folded = model.fold(generation, &mut imagined, &facts).now_or_never();
            folded.ok_or_else(|| named(&"its fold waits for something"))?.map_err(|error| named(&error))?;
        }
        Ok(())
    }
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
        indexable(index.trim_matches(['(', ')']).split(", "), row)?;
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
    use domain::{
        Aggregate as _,
        credential::{Credential, CredentialDescription, CredentialEvent},
        given::{self, sample::events as sample},
        id,
    };
    use serde_json::json;
    use store::testing::entry;

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
        indexes: &[("(name, note)", false), ("using gin (all)", false)],
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

    #[test]
    fn every_column_of_every_model_is_of_a_type_that_is_looked_at() {
        for def in MODELS.iter().flat_map(|model| model.tables()) {
            for (column, definition) in def.columns {
                let kind = definition.split(' ').next().unwrap();
                let known = [
                    "uuid",
                    "text",
                    "timestamptz",
                    "bigint",
                    "integer",
                    "smallint",
                    "boolean",
                    "json",
                    "jsonb",
                ];
                assert!(known.contains(&kind), "{column} {definition}");
            }
            assert!(
                def.indexes.iter().all(|(index, _)| index.starts_with('(') || index.starts_with("using"))
            );
        }
    }

    #[test]
    fn every_event_that_is_ever_recorded_passes() {
        for event in sample::every() {
            let recorded = LogEntry {
                stream_type: event.aggregate_type().to_owned(),
                kind: event.kind().to_owned(),
                payload: serde_json::to_value(&event).unwrap(),
                ..entry(Credential::TYPE, &sample::of_credential().remove(0))
            };
            assert_eq!(Rehearsal.rehearse(&recorded), Ok(()), "{event:?}");
        }
    }

    #[test]
    fn safety_2_what_a_row_cannot_hold_is_named_with_its_model() {
        let rehearse = |description: CredentialDescription| {
            let issued = CredentialEvent::CredentialIssued {
                credential: id::CredentialId(Uuid::nil()),
                customer: id::CustomerId(Uuid::nil()),
                description,
                sealed: id::Sealed("v1.x".to_owned()),
                at: calendar::of_seconds(0).unwrap(),
            };
            Rehearsal.rehearse(&entry(Credential::TYPE, &issued))
        };
        let usual = || given::sample::credential_description(None);
        assert_eq!(rehearse(usual()), Ok(()));
        let year_0 = Instant::from_timestamp(calendar::FIRST_SECOND - 1, 0);
        let year_10000 = Instant::from_timestamp(calendar::LAST_SECOND + 1, 0);
        for at in [year_0, year_10000] {
            let why = rehearse(CredentialDescription { expiration_date: at, ..usual() }).unwrap_err();
            assert!(why.contains("expiration_date does not fit timestamptz"), "{why}");
            assert!(why.starts_with("credential: "), "{why}");
        }
        let fingerprint = "x".repeat(INDEXED_TEXT_BYTES_MAX);
        let why = rehearse(CredentialDescription { fingerprint, ..usual() }).unwrap_err();
        assert!(why.contains("fingerprint is too long to be found by"), "{why}");
    }

    #[test]
    fn safety_1_an_event_of_another_shape_is_no_event() {
        let mut entry = entry(Credential::TYPE, &sample::of_credential().remove(0));
        let fields = entry.payload.pointer_mut("/CredentialIssued").unwrap().as_object_mut().unwrap();
        fields.remove("customer").unwrap();
        let why = Rehearsal.rehearse(&entry).unwrap_err();
        assert!(why.contains("missing field `customer`"), "{why}");
    }
}
