use super::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Lamp {
    Lit { lumens: u64 },
}

impl domain::Event for Lamp {
    fn kind(&self) -> &'static str {
        "Lit"
    }
    fn version(&self) -> &'static str {
        "3"
    }
}

const STEPS: &[Upcast] = &[
    Upcast { stream_type: "lamp", kind: "SwitchedOn", version: "1", up: |fields| ("Lit", "2", fields) },
    Upcast {
        stream_type: "lamp",
        kind: "Lit",
        version: "2",
        up: |fields| ("Lit", "3", json!({ "lumens": fields["watts"].as_u64().unwrap_or_default() * 80 })),
    },
];

fn stored(kind: &str, version: &str, payload: Value) -> Stored {
    Stored { kind: kind.to_owned(), version: version.to_owned(), payload }
}

#[test]
fn steps_chain_and_may_rename() {
    let old = stored("SwitchedOn", "1", json!({"SwitchedOn": {"watts": 10}}));
    assert_eq!(decode::<Lamp>(STEPS, "lamp", old), Ok(Lamp::Lit { lumens: 800 }));
}

#[test]
fn other_streams_with_the_same_kind_are_left_alone() {
    let event = stored("SwitchedOn", "1", json!({"SwitchedOn": {}}));
    assert_eq!(upcast(STEPS, "engine", event.clone()), Ok(event));
}

#[test]
fn unknown_kinds_and_versions_are_errors() {
    let unknown = stored("Exploded", "1", json!({"Exploded": {}}));
    assert!(decode::<Lamp>(STEPS, "lamp", unknown).is_err());
    let newer = stored("Lit", "4", json!({"Lit": {"lumens": 1}}));
    let error = decode::<Lamp>(STEPS, "lamp", newer).expect_err("a newer version's event");
    assert!(error.to_string().contains("knows Lit version 3"), "{error}");
    let mislabelled = stored("Dimmed", "3", json!({"Lit": {"lumens": 1}}));
    assert!(decode::<Lamp>(STEPS, "lamp", mislabelled).is_err(), "kind column and tag disagree");
}

#[test]
fn a_circle_is_an_error() {
    const CIRCLE: &[Upcast] =
        &[Upcast { stream_type: "lamp", kind: "Lit", version: "1", up: |fields| ("Lit", "1", fields) }];
    assert!(upcast(CIRCLE, "lamp", stored("Lit", "1", json!({"Lit": {}}))).is_err());
}

#[test]
fn shipped_steps_are_unambiguous() {
    for (index, step) in UPCASTS.iter().enumerate() {
        let same = |other: &&Upcast| {
            (other.stream_type, other.kind, other.version) == (step.stream_type, step.kind, step.version)
        };
        assert!(UPCASTS.iter().skip(index + 1).find(same).is_none(), "two steps for {step:?}");
    }
}
