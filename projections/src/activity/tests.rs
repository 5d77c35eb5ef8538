//! Deeds and operations are the same writes under two names.

use super::{Deed, deed};
use crate::model::Fact;
use domain::{Aggregate as _, given::sample::events, key::Key, ledger::LedgerFact};

#[test]
fn a_deed_that_writes_to_the_ledger_names_the_operation_that_its_event_asks_for() {
    let entry = store::testing::entry(Key::TYPE, &events::of_key().remove(0));
    for event in events::every() {
        let fact = Fact { entry: &entry, event };
        match (deed(&fact), fact.event.ledger()) {
            (Deed::Asked(_, action, _, _), Some(LedgerFact::Asked { kind, .. })) => {
                assert_eq!(action.operation(), Some(kind), "{action:?}");
            }
            (Deed::Done(_, action, _), None) => assert_eq!(action.operation(), None, "{action:?}"),
            (Deed::Succeeded(..), Some(LedgerFact::Included { .. }))
            | (Deed::Failed(..), Some(LedgerFact::Rejected { .. }))
            | (Deed::Part, None) => {}
            (_, fact_of_ledger) => panic!("{:?} is another deed than {fact_of_ledger:?}", fact.event.kind()),
        }
    }
}
