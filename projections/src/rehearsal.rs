//! Before an event is recorded: would every model take it in?
//!
//! The models' own folds run over tables that are only imagined, and each row they would write is read back and held
//! against its table's definition. So an event that a read model cannot digest is refused before the log has it. The tables
//! are empty: of an event that changes a row which stands already, its decoding is rehearsed and the change is not.

use crate::{
    model::{self, ReadModel},
    registry::MODELS,
    rows::Tables,
    table::Generation,
};
use futures::FutureExt as _;
use store::{LogEntry, Rehearse};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fits::INDEXED_TEXT_BYTES_MAX;
    use domain::{
        Aggregate as _, calendar,
        credential::{Credential, CredentialDescription, CredentialEvent},
        given::{self, sample::events as sample},
        id::{self, Instant},
    };
    use store::testing::entry;
    use uuid::Uuid;

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
