//! Old events, read as today's: every type × version ever written stays readable for ever.
//!
//! A step lifts one `(stream type, kind, version)`; steps chain until none matches. What no code knows afterwards is an
//! error, never skipped: a stream without one of its events would be another history.

use serde_json::{Map, Value};

/// One step: `up` gets the fields of the old event and says what they are called now.
#[derive(Debug, Clone, Copy)]
pub struct Upcast {
    /// The aggregate type, e.g. `did`.
    pub stream_type: &'static str,
    /// The kind as stored, e.g. `DidCreateRequested`.
    pub kind: &'static str,
    /// The version as stored.
    pub version: &'static str,
    /// The fields of the old event to kind, version and fields of the newer one.
    pub up: fn(Value) -> (&'static str, &'static str, Value),
}

/// All steps of Studio. None yet: every event is still at its first version.
pub const UPCASTS: &[Upcast] = &[];

/// An event as its row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its kind.
    pub kind: String,
    /// The version of its schema.
    pub version: String,
    /// Externally tagged: `{"<kind>": {fields}}`, or just the kind for an event without fields.
    pub payload: Value,
}

/// Why a stored event cannot be read by this version of Studio.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {kind} version {version} of a {stream_type} stream cannot be read: {why}")]
pub struct Unreadable {
    /// The aggregate type.
    pub stream_type: String,
    /// The kind as stored.
    pub kind: String,
    /// The version as stored.
    pub version: String,
    /// What is wrong.
    pub why: String,
}

/// Lifts an event to the newest version the steps lead to. Events that no step names pass unchanged.
pub fn upcast(steps: &[Upcast], stream_type: &str, event: Stored) -> Result<Stored, Unreadable> {
    let mut event = event;
    // Each step may be taken once; more would be a circle.
    for _ in 0..=steps.len() {
        let Some(step) = steps.iter().find(|step| {
            step.stream_type == stream_type && step.kind == event.kind && step.version == event.version
        }) else {
            return Ok(event);
        };
        let fields = match event.payload {
            Value::Object(mut tagged) => tagged.remove(step.kind).unwrap_or(Value::Null),
            _ => Value::Null,
        };
        let (kind, version, fields) = (step.up)(fields);
        let mut tagged = Map::new();
        tagged.insert(kind.to_owned(), fields);
        event = Stored { kind: kind.to_owned(), version: version.to_owned(), payload: Value::Object(tagged) };
    }
    Err(unreadable(stream_type, &event.kind, &event.version, "its upcasters go in a circle"))
}

/// Lifts and decodes an event; kind and version must then be exactly what the code would write.
pub(crate) fn decode<E: domain::Event>(
    steps: &[Upcast],
    stream_type: &str,
    event: Stored,
) -> Result<E, Unreadable> {
    let Stored { kind, version, payload } = upcast(steps, stream_type, event)?;
    let decoded: E =
        serde_json::from_value(payload).map_err(|error| unreadable(stream_type, &kind, &version, error))?;
    if decoded.kind() != kind || decoded.version() != version {
        let known = format!("this version of Studio knows {} version {}", decoded.kind(), decoded.version());
        return Err(unreadable(stream_type, &kind, &version, known));
    }
    Ok(decoded)
}

fn unreadable(stream_type: &str, kind: &str, version: &str, why: impl std::fmt::Display) -> Unreadable {
    Unreadable {
        stream_type: stream_type.to_owned(),
        kind: kind.to_owned(),
        version: version.to_owned(),
        why: why.to_string(),
    }
}

#[cfg(test)]
mod tests;
