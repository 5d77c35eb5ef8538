//! The register is complete and the outbox finds its writes.

use super::{AGGREGATES, AskedWrite, SEALED, asking_kinds, ledger_write, versions};
use crate::Aggregate;
use crate::given::sample::{self, events};
use crate::ledger::{LedgerFact, OperationKind};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn all_events() -> Vec<(&'static str, &'static str, Value)> {
    let told = events::every()
        .into_iter()
        .map(|event| (event.aggregate_type(), event.kind(), serde_json::to_value(&event).unwrap()));
    told.collect()
}

#[test]
fn the_outbox_finds_the_write_of_every_ledger_bound_event_and_no_other() {
    for (aggregate_type, kind, payload) in all_events() {
        let found = ledger_write(aggregate_type, &payload).unwrap();
        let bound = asking_kinds().any(|asking| asking == (aggregate_type, kind));
        assert_eq!(found.is_some(), bound, "{kind}");
        assert_eq!(bound, payload[kind].get("write").is_some(), "{kind} is registered wrongly");
        assert_eq!(bound, kind.ends_with("Requested"), "{kind} is named wrongly");
    }
    let payload = serde_json::to_value(&events::of_did()[0]).unwrap();
    let asked = AskedWrite { kind: OperationKind::DidCreate, write: sample::did_write(1, false) };
    assert_eq!(ledger_write("did", &payload).unwrap(), Some(asked));
}

/// The trigger of the outbox and the audit tell events by these members; the register must tell them alike.
#[test]
fn what_an_event_is_to_a_write_is_what_its_members_say() {
    for event in events::every() {
        let (kind, payload) = (event.kind(), serde_json::to_value(&event).unwrap());
        let has = ["write", "inclusion", "rejection"].map(|member| payload[kind].get(member).is_some());
        let (is, operation) = match event.ledger() {
            Some(LedgerFact::Asked { write, .. }) => ([true, false, false], Some(write.operation)),
            Some(LedgerFact::Included { operation, .. }) => ([false, true, false], Some(operation)),
            Some(LedgerFact::Rejected { operation, .. }) => ([false, false, true], Some(operation)),
            None => ([false; 3], None),
        };
        assert_eq!(is, has, "{kind} is registered wrongly");
        let member = payload[kind].pointer("/write/operation").or(payload[kind].get("operation"));
        assert_eq!(operation.map(|id| json!(id)), member.cloned(), "{kind}");
        let asked = ledger_write(event.aggregate_type(), &payload).unwrap();
        if let Some(LedgerFact::Asked { kind, write }) = event.ledger() {
            assert_eq!(asked, Some(AskedWrite { kind, write: write.clone() }));
        }
    }
}

macro_rules! heard {
    ($($module:ident: $name:ident = $aggregate:ty,)+) => {
        /// The types of aggregates that can be told how a write ended.
        fn listeners() -> BTreeSet<&'static str> {
            let heard = [$((
                <$aggregate as Aggregate>::TYPE,
                <$aggregate as Aggregate>::outcome(sample::operation(1), sample::included(), sample::at(1)).is_some(),
            )),+];
            heard.into_iter().filter(|(_, hears)| *hears).map(|(name, _)| name).collect()
        }
    };
}
crate::aggregates!(heard);

#[test]
fn who_asks_for_writes_can_be_told_how_they_ended_and_nobody_else_can() {
    assert_eq!(listeners(), asking_kinds().map(|(aggregate_type, _)| aggregate_type).collect());
}

#[test]
fn every_kind_of_operation_is_asked_for_by_one_kind_of_event_and_has_its_own_name() {
    let asked: Vec<OperationKind> =
        AGGREGATES.iter().flat_map(|aggregate| aggregate.asks.iter().map(|(_, kind)| *kind)).collect();
    assert_eq!(asked, OperationKind::ALL);
    let names: BTreeSet<_> = OperationKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), OperationKind::ALL.len());
    assert_eq!(OperationKind::named("did-update"), Some(OperationKind::DidUpdate));
    assert_eq!(OperationKind::named("did-undo"), None);
}

/// Doors 17: whatever a sample holds sealed is registered where it stands, and nothing else is.
#[test]
fn doors_17_every_sealed_member_of_an_event_is_registered() {
    fn sealed_in(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) if text.starts_with("v1.sample.") => {
                found.insert(path.to_owned());
            }
            Value::Array(items) => items.iter().for_each(|item| sealed_in(item, path, found)),
            Value::Object(members) => {
                for (name, member) in members {
                    sealed_in(member, &format!("{path}/{name}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for (aggregate_type, kind, payload) in all_events() {
        sealed_in(&payload[kind], &format!("{aggregate_type}/{kind}"), &mut found);
    }
    let registered = SEALED.iter().map(|(aggregate, kind, member)| format!("{aggregate}/{kind}/{member}"));
    assert_eq!(found, registered.collect());
}

#[test]
fn a_ledger_bound_event_whose_write_cannot_be_read_is_an_error_not_nothing() {
    for payload in
        [json!({"DidCreateRequested": {}}), json!({"DidCreateRequested": {"write": {"operation": 1}}})]
    {
        assert!(
            ledger_write("did", &payload).unwrap_err().to_string().starts_with("DidCreateRequested of a did")
        );
    }
}

#[test]
fn what_is_no_ledger_bound_event_asks_for_no_write() {
    for payload in [json!(null), json!({}), json!("DidCreateRequested"), json!({"DidCreated": {"write": 1}})]
    {
        assert_eq!(ledger_write("did", &payload).unwrap(), None);
    }
    let payload = serde_json::to_value(&events::of_did()[0]).unwrap();
    assert_eq!(ledger_write("key", &payload).unwrap(), None);
}

#[test]
fn kinds_codes_and_types_are_unique_and_codes_start_with_their_type() {
    let (mut types, mut kinds, mut codes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for aggregate in AGGREGATES {
        assert!(types.insert(aggregate.aggregate_type));
        for kind in aggregate.kinds {
            assert!(kinds.insert(*kind), "{kind} stands twice");
            assert_eq!(versions(aggregate.aggregate_type, kind), Some(["1"].as_slice()));
        }
        for (code, _) in aggregate.refusals {
            assert!(codes.insert(*code), "{code} stands twice");
            assert!(code.starts_with(&format!("{}/", aggregate.aggregate_type)), "{code}");
            assert!(
                code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'/')),
                "{code}"
            );
        }
    }
    assert_eq!(versions("did", "KeyCreated"), None);
    assert_eq!(versions("dad", "DidCreated"), None);
}

#[test]
fn samples_reach_every_kind() {
    let sampled: BTreeSet<_> =
        all_events().into_iter().map(|(aggregate, kind, _)| (aggregate, kind)).collect();
    let registered: BTreeSet<_> = AGGREGATES
        .iter()
        .flat_map(|aggregate| aggregate.kinds.iter().map(|kind| (aggregate.aggregate_type, *kind)))
        .collect();
    assert_eq!(sampled, registered);
}
