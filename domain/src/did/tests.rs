//! A DID, in sentences.

use super::{DidCommand, DidEvent, DidLabel, DidPhase, DidRecord, DocumentDrift, LedgerDrift, SeenDocument};
use crate::Event;
use crate::given::sample::{
    at, controller_keys, customer, did, did_write, document, included, inclusion, operation, rejected,
    rejection, version,
};
use crate::given::{Given, assert_laws};
use crate::ledger::LedgerOutcome;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeSet;

fn create(owner: u8, number: u8) -> DidCommand {
    DidCommand::RequestCreation {
        did: did(),
        customer: customer(owner),
        document: document("https://one.example"),
        keys: controller_keys(),
        version: version(number),
        label: DidLabel::default(),
        write: did_write(number, false),
        at: at(1),
    }
}

fn import(owner: u8, number: u8) -> DidCommand {
    import_called(owner, number, DidLabel::default(), DidLabel::default())
}

fn import_called(owner: u8, number: u8, label: DidLabel, published: DidLabel) -> DidCommand {
    DidCommand::Import {
        did: did(),
        customer: customer(owner),
        document: document("https://elsewhere.example"),
        keys: controller_keys(),
        version: version(number),
        label,
        published,
        at: at(4),
    }
}

fn imported(owner: u8, number: u8) -> DidEvent {
    DidEvent::DidImported {
        did: did(),
        customer: customer(owner),
        document: document("https://elsewhere.example"),
        keys: controller_keys(),
        version: version(number),
        at: at(4),
    }
}

fn label(owner: u8, name: Option<&str>, kind: Option<&str>) -> DidCommand {
    let (name, kind) = (name.map(str::to_owned), kind.map(str::to_owned));
    DidCommand::Label { customer: customer(owner), name, kind, at: at(5) }
}

fn labelled(name: Option<&str>, kind: Option<&str>) -> DidEvent {
    let label = DidLabel { name: name.map(str::to_owned), kind: kind.map(str::to_owned) };
    DidEvent::DidLabelled { did: did(), label, at: at(5) }
}

#[test]
fn a_did_is_called_what_its_owner_says() {
    let both = labelled(Some("Zoë"), Some("agent"));
    Given::<DidRecord>::nothing()
        .when(label(1, Some("Zoë"), None))
        .then_refused("did/not-found")
        .when(import(1, 1))
        .then_events([imported(1, 1)])
        .when(label(2, Some("Zoë"), None))
        .then_refused("did/not-found")
        .when(label(1, Some("Zoë"), Some("agent")))
        .then_events([both.clone()])
        .when(label(1, None, Some("agent")))
        .then_nothing()
        .when(label(1, Some(""), None))
        .then_events([labelled(None, Some("agent"))])
        .when(label(1, Some("Zoë"), None))
        .then_events([both])
        .when(import(1, 2))
        .then_events([imported(1, 2)])
        .when(label(1, Some("Zoë"), Some("agent")))
        .then_nothing();
}

#[test]
fn a_did_is_called_something_from_the_beginning() {
    let called = |name: Option<&str>, kind: Option<&str>| DidLabel {
        name: name.map(str::to_owned),
        kind: kind.map(str::to_owned),
    };
    let told = |label: DidLabel, time| DidEvent::DidLabelled { did: did(), label, at: at(time) };
    let named = |number| {
        let DidCommand::RequestCreation { did, customer, document, keys, version, write, at, .. } =
            create(1, number)
        else {
            panic!("a creation")
        };
        let label = called(Some("Zoë"), None);
        DidCommand::RequestCreation { did, customer, document, keys, version, label, write, at }
    };
    Given::<DidRecord>::nothing()
        .when(named(1))
        .then_events([create_requested(1), told(called(Some("Zoë"), None), 1)])
        .when(named(1))
        .then_nothing();
    // What is asked for comes before what it is called here, and that before what its document calls it.
    let published = || called(Some("Published"), Some("agent"));
    let import = |number, label| import_called(1, number, label, published());
    Given::<DidRecord>::nothing()
        .when(import(1, called(None, Some("organisation"))))
        .then_events([imported(1, 1), told(called(Some("Published"), Some("organisation")), 4)])
        .when(label(1, Some(""), Some("")))
        .then_events([labelled(None, None)])
        .when(import(1, DidLabel::default()))
        .then_nothing()
        .when(import(1, called(Some("Asked for"), None)))
        .then_events([told(called(Some("Asked for"), None), 4)])
        .when(import(2, DidLabel::default()))
        .then_events([imported(1, 2), told(called(Some("Asked for"), Some("agent")), 4)]);
}

#[test]
fn a_did_of_elsewhere_is_taken_over_once_and_by_one() {
    Given::<DidRecord>::nothing()
        .when(import(1, 1))
        .then_events([imported(1, 1)])
        .when(import(1, 1))
        .then_nothing()
        .when(import(2, 1))
        .then_refused("did/already-exists")
        .when(update(1, 1, 2))
        .then_events([update_requested(2)])
        .when(import(1, 3))
        .then_refused("did/write-pending")
        .when(outcome(2, included()))
        .then_events([updated(2)])
        .when(import(1, 2))
        .then_nothing()
        // Somebody changed it elsewhere.
        .when(import(1, 7))
        .then_events([imported(1, 7)])
        .when(update(1, 2, 3))
        .then_refused("did/stale-version");
}

#[test]
fn what_is_on_its_way_or_has_ended_is_not_taken_over() {
    let given = || Given::<DidRecord>::events([create_requested(1)]);
    given().when(import(1, 2)).then_refused("did/write-pending");
    given().when(import(2, 2)).then_refused("did/already-exists");
    given().and([create_rejected(1)]).when(import(2, 2)).then_events([imported(2, 2)]);
    let ended = given().and([created(1)]).when(deactivate(1, 2)).then_events([deactivate_requested(2)]);
    let ended = ended.when(outcome(2, included())).then_events([deactivated(2)]);
    ended.when(import(1, 3)).then_refused("did/deactivated");
}

fn create_requested(number: u8) -> DidEvent {
    DidEvent::DidCreateRequested {
        did: did(),
        customer: customer(1),
        document: document("https://one.example"),
        keys: controller_keys(),
        version: version(number),
        write: did_write(number, false),
        at: at(1),
    }
}

fn created(number: u8) -> DidEvent {
    DidEvent::DidCreated { did: did(), operation: operation(number), inclusion: inclusion() }
}

fn create_rejected(number: u8) -> DidEvent {
    DidEvent::DidCreateRejected {
        did: did(),
        operation: operation(number),
        rejection: rejection(),
        at: at(9),
    }
}

/// An update to document `number` as version `number`.
fn update(owner: u8, based_on: u8, number: u8) -> DidCommand {
    DidCommand::RequestUpdate {
        customer: customer(owner),
        document: document(&format!("https://{number}.example")),
        keys: controller_keys(),
        based_on: version(based_on),
        version: version(number),
        write: did_write(number, false),
        at: at(2),
    }
}

fn update_requested(number: u8) -> DidEvent {
    DidEvent::DidUpdateRequested {
        did: did(),
        document: document(&format!("https://{number}.example")),
        keys: controller_keys(),
        version: version(number),
        write: did_write(number, false),
        at: at(2),
    }
}

fn updated(number: u8) -> DidEvent {
    DidEvent::DidUpdated { did: did(), operation: operation(number), inclusion: inclusion() }
}

fn update_rejected(number: u8) -> DidEvent {
    DidEvent::DidUpdateRejected {
        did: did(),
        operation: operation(number),
        rejection: rejection(),
        at: at(9),
    }
}

fn deactivate(owner: u8, number: u8) -> DidCommand {
    let (customer, version, write) = (customer(owner), version(number), did_write(number, true));
    DidCommand::RequestDeactivation { customer, version, write, at: at(3) }
}

fn deactivate_requested(number: u8) -> DidEvent {
    let (version, write) = (version(number), did_write(number, true));
    DidEvent::DidDeactivateRequested { did: did(), version, write, at: at(3) }
}

fn deactivated(number: u8) -> DidEvent {
    DidEvent::DidDeactivated { did: did(), operation: operation(number), inclusion: inclusion() }
}

fn deactivate_rejected(number: u8) -> DidEvent {
    DidEvent::DidDeactivateRejected {
        did: did(),
        operation: operation(number),
        rejection: rejection(),
        at: at(9),
    }
}

fn outcome(number: u8, outcome: LedgerOutcome) -> DidCommand {
    DidCommand::RecordOutcome { operation: operation(number), outcome, at: at(9) }
}

fn active() -> Given<DidRecord> {
    Given::events([create_requested(1), created(1)])
}

fn gone() -> Given<DidRecord> {
    active().and([deactivate_requested(2), deactivated(2)])
}

#[test]
fn a_did_lives_from_request_to_deactivation() {
    let end = Given::<DidRecord>::nothing()
        .when(create(1, 1))
        .then_events([create_requested(1)])
        .when(outcome(1, included()))
        .then_events([created(1)])
        .when(update(1, 1, 2))
        .then_events([update_requested(2)])
        .when(outcome(2, included()))
        .then_events([updated(2)])
        .when(deactivate(1, 3))
        .then_events([deactivate_requested(3)])
        .when(outcome(3, included()))
        .then_events([deactivated(3)]);
    let state = end.state();
    assert_eq!((state.phase, state.version), (DidPhase::Deactivated, Some(version(3))));
    assert_eq!(state.document, document("https://2.example"), "a deactivated DID keeps its last document");
}

#[test]
fn a_new_document_counts_only_once_it_is_on_the_ledger() {
    let waiting = active().and([update_requested(2)]);
    assert_eq!(
        (&waiting.state().document, waiting.state().version),
        (&document("https://one.example"), Some(version(1)))
    );
    let done = waiting.and([updated(2)]);
    assert_eq!(
        (&done.state().document, done.state().version),
        (&document("https://2.example"), Some(version(2)))
    );
    assert_eq!(done.state().pending, None);
}

#[test]
fn asking_again_for_the_same_creation_changes_nothing_at_any_time() {
    Given::<DidRecord>::events([create_requested(1)]).when(create(1, 1)).then_nothing();
    active().when(create(1, 1)).then_nothing();
    active().and([update_requested(2), updated(2)]).when(create(1, 1)).then_nothing();
    Given::<DidRecord>::events([create_requested(1), create_rejected(1)]).when(create(1, 1)).then_nothing();
}

#[test]
fn the_same_version_under_another_operation_is_the_same_wish() {
    let DidCommand::RequestCreation { did, customer, document, keys, version, label, at, .. } = create(1, 1)
    else {
        unreachable!()
    };
    let write = did_write(7, false);
    let again = DidCommand::RequestCreation { did, customer, document, keys, version, label, write, at };
    active().when(again).then_nothing();
}

#[test]
fn a_did_that_exists_cannot_be_created_again_by_anybody() {
    active().when(create(1, 5)).then_refused("did/already-exists");
    active().when(create(2, 5)).then_refused("did/already-exists");
    active().when(create(2, 1)).then_refused("did/already-exists");
    gone().when(create(1, 5)).then_refused("did/already-exists");
    Given::<DidRecord>::events([create_requested(1)]).when(create(1, 5)).then_refused("did/already-exists");
}

#[test]
fn a_rejected_creation_leaves_nothing_to_change_but_may_be_asked_for_again_by_its_owner() {
    let failed = Given::<DidRecord>::events([create_requested(1)])
        .when(outcome(1, rejected()))
        .then_events([create_rejected(1)]);
    assert_eq!(failed.state().phase, DidPhase::Failed);
    let active = failed
        .when(update(1, 1, 2))
        .then_refused("did/creation-failed")
        .when(deactivate(1, 2))
        .then_refused("did/creation-failed")
        .when(create(1, 4))
        .then_events([create_requested(4)])
        .when(outcome(4, included()))
        .then_events([created(4)]);
    assert_eq!((active.state().phase, active.state().version), (DidPhase::Active, Some(version(4))));
}

/// Or anybody could keep everybody else from an identifier by a creation that the ledger refuses.
#[test]
fn what_somebody_failed_to_create_is_free_for_others() {
    let failed = Given::<DidRecord>::events([create_requested(1), create_rejected(1)]);
    let by_another = match create_requested(4) {
        DidEvent::DidCreateRequested { did, document, keys, version, write, at, .. } => {
            DidEvent::DidCreateRequested { did, customer: customer(2), document, keys, version, write, at }
        }
        _ => unreachable!(),
    };
    failed
        .when(create(2, 4))
        .then_events([by_another])
        .when(create(1, 5))
        .then_refused("did/already-exists")
        .when(outcome(4, included()))
        .then_events([created(4)])
        .when(update(1, 4, 6))
        .then_refused("did/not-found");
}

#[test]
fn a_did_of_somebody_else_does_not_exist_for_a_customer() {
    active().when(update(2, 1, 2)).then_refused("did/not-found");
    active().when(deactivate(2, 2)).then_refused("did/not-found");
    gone().when(update(2, 1, 3)).then_refused("did/not-found");
    Given::<DidRecord>::nothing().when(update(1, 1, 2)).then_refused("did/not-found");
    Given::<DidRecord>::nothing().when(deactivate(1, 2)).then_refused("did/not-found");
}

#[test]
fn a_deactivated_did_refuses_updates() {
    gone().when(update(1, 2, 3)).then_refused("did/deactivated");
    gone().when(update(1, 1, 3)).then_refused("did/deactivated");
}

#[test]
fn a_deactivated_did_refuses_another_deactivation_but_not_the_repeat_of_its_own() {
    gone().when(deactivate(1, 3)).then_refused("did/deactivated");
    gone().when(deactivate(1, 2)).then_nothing();
}

#[test]
fn one_document_change_is_on_its_way_at_a_time() {
    for given in [
        || Given::<DidRecord>::events([create_requested(1)]),
        || active().and([update_requested(2)]),
        || active().and([deactivate_requested(2)]),
    ] {
        given().when(update(1, 1, 3)).then_refused("did/write-pending");
        given().when(deactivate(1, 3)).then_refused("did/write-pending");
    }
}

#[test]
fn an_update_derived_from_an_old_document_is_refused() {
    active().and([update_requested(2), updated(2)]).when(update(1, 1, 3)).then_refused("did/stale-version");
}

#[test]
fn an_update_asked_for_twice_is_written_once() {
    active().and([update_requested(2)]).when(update(1, 1, 2)).then_nothing();
    active().and([update_requested(2), updated(2)]).when(update(1, 1, 2)).then_nothing();
    active().and([update_requested(2), update_rejected(2)]).when(update(1, 1, 2)).then_nothing();
}

#[test]
fn an_update_that_changes_nothing_costs_nothing() {
    let DidCommand::RequestUpdate { customer, keys, based_on, version, write, at, .. } = update(1, 1, 2)
    else {
        unreachable!()
    };
    let document = document("https://one.example");
    active()
        .when(DidCommand::RequestUpdate { customer, document, keys, based_on, version, write, at })
        .then_nothing();
}

#[test]
fn after_a_rejected_change_the_did_is_as_before_and_takes_the_next_change() {
    let after_update =
        active().and([update_requested(2)]).when(outcome(2, rejected())).then_events([update_rejected(2)]);
    assert_eq!(after_update.state().document, document("https://one.example"));
    let after_deactivation = after_update
        .when(deactivate(1, 3))
        .then_events([deactivate_requested(3)])
        .when(outcome(3, rejected()))
        .then_events([deactivate_rejected(3)]);
    assert_eq!(after_deactivation.state().phase, DidPhase::Active);
    after_deactivation.when(update(1, 1, 4)).then_events([update_requested(4)]);
}

#[test]
fn an_outcome_told_twice_is_recorded_once() {
    active().when(outcome(1, included())).then_nothing();
    gone().when(outcome(1, included())).then_nothing().when(outcome(2, included())).then_nothing();
    Given::<DidRecord>::events([create_requested(1), create_rejected(1)])
        .when(outcome(1, rejected()))
        .then_nothing();
}

#[test]
fn an_outcome_that_contradicts_the_recorded_one_is_noticed() {
    active().when(outcome(1, rejected())).then_refused("did/outcome-contradicts");
    active()
        .and([update_requested(2), update_rejected(2)])
        .when(outcome(2, included()))
        .then_refused("did/outcome-contradicts");
}

#[test]
fn the_outcome_of_a_write_nobody_asked_for_is_refused() {
    Given::<DidRecord>::nothing().when(outcome(1, included())).then_refused("did/unknown-operation");
    active().when(outcome(2, included())).then_refused("did/unknown-operation");
    active().and([update_requested(2)]).when(outcome(3, rejected())).then_refused("did/unknown-operation");
}

fn any_command() -> impl Strategy<Value = DidCommand> {
    let (owner, number) = (prop_oneof![9 => Just(1_u8), 1 => Just(2)], 1..6_u8);
    (0..13_u8, owner, number, 1..6_u8).prop_map(|(verb, owner, number, base)| match verb {
        10 => import(owner, number),
        12 => export(owner, number),
        11 => label(owner, Some(["", "One", "Two"][usize::from(base) % 3]), (number > 3).then_some("agent")),
        0 | 1 => create(owner, number),
        2 | 3 => update(owner, base, number),
        4 => deactivate(owner, number),
        5 => outcome(number, rejected()),
        8 => compared(Some((number, base > 4)), &[]),
        9 if base > 4 => compared(None, &["a resource"]),
        _ => outcome(number, included()),
    })
}

proptest! {
    #[test]
    fn laws_hold(commands in prop::collection::vec(any_command(), 0..60)) {
        let history = assert_laws::<DidRecord>(&commands);
        let ended = history.iter().position(|event| matches!(event, DidEvent::DidDeactivated { .. }));
        // What is called something else is no other DID.
        let looked = |event: &DidEvent| {
            matches!(
                event,
                DidEvent::DidDriftFound { .. }
                    | DidEvent::DidDriftResolved { .. }
                    | DidEvent::DidExported { .. }
                    | DidEvent::DidLabelled { .. }
            )
        };
        let after = ended.map_or(&[][..], |at| &history[at + 1..]);
        prop_assert!(after.iter().all(looked), "something happened after the end");
    }
}

/// The laws say nothing about what random commands never reach.
#[test]
fn random_commands_reach_every_kind_of_event() {
    let mut runner = TestRunner::deterministic();
    let mut kinds = BTreeSet::new();
    for _ in 0..400 {
        let commands = prop::collection::vec(any_command(), 60).new_tree(&mut runner).unwrap().current();
        kinds.extend(assert_laws::<DidRecord>(&commands).iter().map(Event::kind));
    }
    assert_eq!(kinds, DidEvent::KINDS.iter().copied().collect());
}

fn export(owner: u8, number: u8) -> DidCommand {
    DidCommand::NoteExport { request: operation(number).0, customer: customer(owner), at: at(number) }
}

fn compared(seen: Option<(u8, bool)>, missing: &[&str]) -> DidCommand {
    let seen = seen
        .map(|(number, deactivated)| SeenDocument { version_id: version(number).to_string(), deactivated });
    let missing_resources = missing.iter().map(|id| (*id).to_owned()).collect();
    DidCommand::CompareWithLedger { seen, missing_resources, height: 70, at: at(7) }
}

fn drifted(document: Option<DocumentDrift>, missing: &[&str]) -> DidEvent {
    let missing_resources = missing.iter().map(|id| (*id).to_owned()).collect();
    let drift = LedgerDrift { document, missing_resources };
    DidEvent::DidDriftFound { did: did(), drift, height: 70, at: at(7) }
}

#[test]
fn a_ledger_that_agrees_is_nothing_to_tell() {
    Given::<DidRecord>::events([create_requested(1), created(1)])
        .when(compared(Some((1, false)), &[]))
        .then_nothing();
}

#[test]
fn a_difference_is_told_once_and_its_end_too() {
    let other = DocumentDrift::OtherVersion { version_id: version(9).to_string() };
    let table = [
        (compared(Some((9, false)), &[]), Some(other.clone()), vec![]),
        (compared(None, &[]), Some(DocumentDrift::Absent), vec![]),
        (compared(Some((1, true)), &[]), Some(DocumentDrift::Deactivated), vec![]),
        (compared(Some((1, false)), &["b", "a"]), None, vec!["a", "b"]),
    ];
    for (command, document, missing) in table {
        let found = drifted(document, &missing);
        let history = [create_requested(1), created(1)];
        Given::<DidRecord>::events(history.clone()).when(command.clone()).then_events([found.clone()]);
        let history = [history.as_slice(), &[found]].concat();
        Given::<DidRecord>::events(history.clone()).when(command).then_nothing();
        let resolved = DidEvent::DidDriftResolved { did: did(), height: 70, at: at(7) };
        Given::<DidRecord>::events(history).when(compared(Some((1, false)), &[])).then_events([resolved]);
    }
}

#[test]
fn while_a_write_is_on_its_way_or_nothing_is_there_nothing_is_compared() {
    Given::<DidRecord>::events([]).when(compared(None, &[])).then_nothing();
    Given::<DidRecord>::events([create_requested(1)]).when(compared(None, &[])).then_nothing();
    Given::<DidRecord>::events([create_requested(1), create_rejected(1)])
        .when(compared(None, &[]))
        .then_nothing();
}

#[test]
fn an_export_is_noted_each_time_and_only_for_the_owner_of_keys() {
    let exported = |number| {
        let keys = controller_keys().into_iter().map(|key| key.kid).collect();
        DidEvent::DidExported { did: did(), request: operation(number).0, keys, at: at(number) }
    };
    Given::<DidRecord>::events([imported(1, 1)])
        .when(export(2, 8))
        .then_refused("did/not-found")
        .when(export(1, 8))
        .then_events([exported(8)])
        .when(export(1, 8))
        .then_nothing()
        .when(export(1, 9))
        .then_events([exported(9)]);
    Given::<DidRecord>::nothing().when(export(1, 8)).then_refused("did/not-found");
}
