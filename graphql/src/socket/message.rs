//! The messages of `graphql-transport-ws` and the codes a socket is closed with.

use crate::{
    http::ask::{Asked, asked},
    limits::BODY_BYTES_MAX,
};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};
use domain::json;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Longest reason in a close frame, in bytes (RFC 6455, 5.5).
const REASON_BYTES_MAX: usize = 123;

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// Who asks.
    Init(Option<Map<String, Value>>),
    /// Whether somebody is there.
    Ping(Option<Map<String, Value>>),
    /// Somebody is.
    Pong,
    /// An operation under an id of the client's.
    Subscribe { id: String, asked: Box<Asked> },
    /// The client wants no more of an operation.
    Complete { id: String },
}

/// Why a socket is closed by us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closing {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Closing {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason: String = reason.into();
        while reason.len() > REASON_BYTES_MAX {
            reason.pop();
        }
        Self { code, reason }
    }

    /// What came is no message of the protocol.
    pub(super) fn invalid(why: &str) -> Self {
        Self::new(4400, format!("Invalid message: {why}"))
    }

    /// An operation before the key was shown.
    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    /// A key that does not work.
    pub(super) fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    /// A client that speaks no protocol of ours.
    pub(super) fn protocol() -> Self {
        Self::new(4406, "Subprotocol not acceptable")
    }

    /// A client that shows no key.
    pub(super) fn too_late() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// An id that is taken.
    pub(super) fn taken(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    /// A second `connection_init`.
    pub(super) fn twice() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// A client that has gone silent (RFC 6455, 7.4.1: going away).
    pub(super) fn silent() -> Self {
        Self::new(1001, "No answer to ping")
    }

    /// A message over the limit of bodies (RFC 6455, 7.4.1).
    pub(super) fn too_long() -> Self {
        Self::new(1009, format!("A message may have at most {BODY_BYTES_MAX} bytes"))
    }

    /// Come back later.
    pub(super) fn busy(why: &str) -> Self {
        Self::new(1013, why)
    }

    pub(super) fn frame(self) -> Message {
        Message::Close(Some(CloseFrame { code: self.code, reason: Utf8Bytes::from(self.reason) }))
    }
}

/// Levels around the variables of a message: its own object, its payload's and theirs.
const ENVELOPE_LEVELS: usize = 3;

/// Reads a message; `Err` says what is wrong with it.
pub(super) fn read(text: &str) -> Result<Said, Closing> {
    let value = json::read_within(text.as_bytes(), json::DEPTH_MAX + ENVELOPE_LEVELS);
    let value = value.map_err(|refused| Closing::invalid(&refused.to_string()))?;
    let Value::Object(mut members) = value else { return Err(Closing::invalid("it is no object")) };
    let Some(Value::String(kind)) = members.remove("type") else {
        return Err(Closing::invalid("type should be a string"));
    };
    match kind.as_str() {
        "connection_init" => Ok(Said::Init(payload(&mut members)?)),
        "ping" => Ok(Said::Ping(payload(&mut members)?)),
        "pong" => payload(&mut members).map(|_| Said::Pong),
        "subscribe" => {
            let id = id(&mut members)?;
            let Some(payload) = payload(&mut members)? else {
                return Err(Closing::invalid("payload should be an object"));
            };
            let asked = asked(Value::Object(payload)).map_err(|fault| Closing::invalid(&fault.public))?;
            Ok(Said::Subscribe { id, asked: Box::new(asked) })
        }
        "complete" => Ok(Said::Complete { id: id(&mut members)? }),
        _ => Err(Closing::invalid("its type is none that a client sends")),
    }
}

fn payload(members: &mut Map<String, Value>) -> Result<Option<Map<String, Value>>, Closing> {
    match members.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(Closing::invalid("payload should be an object")),
    }
}

fn id(members: &mut Map<String, Value>) -> Result<String, Closing> {
    match members.remove("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id),
        _ => Err(Closing::invalid("id should be a string that is not empty")),
    }
}

pub(super) fn ack() -> Message {
    text(&json!({"type": "connection_ack"}))
}

pub(super) fn ping() -> Message {
    text(&json!({"type": "ping"}))
}

/// With what came in the `ping`.
pub(super) fn pong(payload: Option<Map<String, Value>>) -> Message {
    let mut message = json!({"type": "pong"});
    if let (Some(members), Some(payload)) = (message.as_object_mut(), payload) {
        members.insert("payload".to_owned(), Value::Object(payload));
    }
    text(&message)
}

#[derive(Serialize)]
struct Told<'a, P: Serialize> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<P>,
}

/// An answer, or one of many.
pub(super) fn next(id: &str, answer: &impl Serialize) -> Message {
    text(&Told { id, kind: "next", payload: Some(answer) })
}

/// Why there is no answer, or no further one; the end of the operation.
pub(super) fn error(id: &str, errors: &impl Serialize) -> Message {
    text(&Told { id, kind: "error", payload: Some(errors) })
}

/// The end of the operation.
pub(super) fn complete(id: &str) -> Message {
    text(&Told::<()> { id, kind: "complete", payload: None })
}

fn text(message: &impl Serialize) -> Message {
    Message::Text(Utf8Bytes::from(serde_json::to_string(message).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &Value) -> Said {
        read(&message.to_string()).unwrap()
    }

    #[test]
    fn every_message_of_a_client_is_read() {
        let object = |value: Value| value.as_object().cloned();
        assert_eq!(said(&json!({"type": "connection_init"})), Said::Init(None));
        let init = json!({"type": "connection_init", "payload": {"x-api-key": "k"}});
        assert_eq!(said(&init), Said::Init(object(json!({"x-api-key": "k"}))));
        assert_eq!(said(&json!({"type": "ping", "payload": {"a": 1}})), Said::Ping(object(json!({"a": 1}))));
        assert_eq!(said(&json!({"type": "pong"})), Said::Pong);
        assert_eq!(said(&json!({"type": "complete", "id": "1"})), Said::Complete { id: "1".to_owned() });
        let subscribe =
            json!({"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": null}});
        let Said::Subscribe { id, asked } = said(&subscribe) else { panic!("a subscription") };
        assert_eq!((id.as_str(), asked.query.as_str()), ("1", "{ a }"));
    }

    /// doors 3: what is no message closes the socket with 4400.
    #[test]
    fn what_is_no_message_of_the_protocol_is_4400() {
        for wrong in [
            "",
            "hello",
            "[]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start","id":"1"}"#,
            r#"{"type":"connection_ack"}"#,
            r#"{"type":"next","id":"1"}"#,
            r#"{"type":"connection_init","payload":"k"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"complete"}"#,
        ] {
            let closing = read(wrong).unwrap_err();
            assert_eq!(closing.code, 4400, "{wrong}");
            assert!(closing.reason.starts_with("Invalid message: "), "{wrong}: {}", closing.reason);
        }
    }

    #[test]
    fn safety_1_a_message_over_a_limit_reaches_no_parser() {
        let subscribe = |variables: &str| {
            format!(r#"{{"id":"1","type":"subscribe","payload":{{"query":"","variables":{variables}}}}}"#)
        };
        let nested = |levels: usize| format!("{{\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&subscribe(&nested(json::DEPTH_MAX))).is_ok());
        for sent in [
            subscribe(&nested(json::DEPTH_MAX + 1)),
            "[".repeat(100_000),
            subscribe(r#"{"a":"\u0000"}"#),
            subscribe(r#"{"a":1,"a":2}"#),
        ] {
            assert_eq!(read(&sent).unwrap_err().code, 4400);
        }
    }

    #[test]
    fn a_reason_fits_into_its_frame() {
        for id in ["x".repeat(200), "é".repeat(200), "語".repeat(200)] {
            let reason = Closing::taken(&id).reason;
            assert!((REASON_BYTES_MAX - 3..=REASON_BYTES_MAX).contains(&reason.len()), "{reason}");
        }
        assert_eq!(Closing::taken("1").reason, "Subscriber for 1 already exists");
    }
}
