//! Whatever puts a resource on the ledger is a version of a resource here.

use super::{Change, change};
use crate::model::Fact;
use domain::{
    Aggregate as _,
    given::sample::events,
    key::Key,
    ledger::{Effect, LedgerFact},
};

#[test]
fn whoever_asks_for_a_resource_on_the_ledger_gets_a_row() {
    let entry = store::testing::entry(Key::TYPE, &events::of_key().remove(0));
    for event in events::every() {
        let fact = Fact { entry: &entry, event };
        if let Some(LedgerFact::Asked { write, .. }) = fact.event.ledger() {
            let is_resource = matches!(write.effect, Effect::Resource { .. });
            let has_row = matches!(change(&fact), Some(Change::Requested(_, _, operation, ..))
                if operation == write.operation);
            assert_eq!(has_row, is_resource, "{:?}", fact.event.kind());
        }
    }
}
