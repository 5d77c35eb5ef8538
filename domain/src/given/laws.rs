//! Laws that hold for every aggregate whatever is asked of it.

use super::through_json;
use crate::{Aggregate, Event, ledger::LedgerFact};
use serde_json::Value;
use std::collections::BTreeSet;

/// Asks all commands one after the other and asserts: nothing panics; a repeated command has no second effect; replaying
/// the events leads to the live state, as does a snapshot from the middle; each operation is requested once and ends at
/// most once, and only after it was requested; `evolve` takes events in any order. Returns the events.
#[track_caller]
pub fn assert_laws<A: Aggregate>(commands: &[A::Command]) -> Vec<A::Event> {
    let mut live = A::default();
    let mut history: Vec<A::Event> = Vec::new();
    for (step, command) in commands.iter().enumerate() {
        if step == commands.len() / 2 {
            live = through_json(&live);
        }
        let Ok(events) = live.decide(command.clone()) else { continue };
        for event in &events {
            live.evolve(event);
        }
        history.extend(events);
        let again = live.decide(command.clone()).unwrap_or_default();
        assert!(again.is_empty(), "a repeated command had a second effect: {again:?}");
    }
    assert_eq!(json(&replay::<A>(&history)), json(&live), "replay and live state differ");
    assert_each_operation_ends_at_most_once(&history);
    assert_any_order_is_survived::<A>(&history, commands);
    history
}

fn replay<'a, A: Aggregate>(events: impl IntoIterator<Item = &'a A::Event>) -> A {
    let mut state = A::default();
    for event in events {
        state.evolve(&through_json(event));
    }
    state
}

#[track_caller]
fn assert_each_operation_ends_at_most_once<E: Event>(history: &[E]) {
    let (mut requested, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for event in history {
        match event.ledger() {
            Some(LedgerFact::Asked { write, .. }) => {
                assert!(requested.insert(write.operation), "requested twice: {event:?}");
            }
            Some(LedgerFact::Included { operation, .. } | LedgerFact::Rejected { operation, .. }) => {
                assert!(requested.contains(&operation), "ended without a request: {event:?}");
                assert!(ended.insert(operation), "ended twice: {event:?}");
            }
            None => {}
        }
    }
}

fn assert_any_order_is_survived<A: Aggregate>(history: &[A::Event], commands: &[A::Command]) {
    let backwards = replay::<A>(history.iter().rev());
    let second_half_first = replay::<A>(history.iter().cycle().skip(history.len() / 2).take(history.len()));
    for state in [backwards, second_half_first] {
        for command in commands {
            let _any_answer_is_fine = state.decide(command.clone());
        }
    }
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("a value has a JSON form")
}
