//! What can go wrong, told twice: a sentence for the caller and a detail for the operator's log.

use domain::{Refusal, RefusalClass, calendar};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{any::Any, fmt};

/// The sorts of fault that doors tell apart (docs/errors/README.md#kinds-of-fault).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultKind {
    /// The request is malformed or breaks a rule (400).
    Invalid,
    /// Nobody is signed in, or not with a working key (401).
    Unauthenticated,
    /// Signed in, but not allowed (403).
    Forbidden,
    /// Does not exist, or not for this caller (404).
    NotFound,
    /// The state of the thing forbids it (409).
    Conflict,
    /// Same idempotency key, other request (422).
    Unprocessable,
    /// Too little money or quota (402).
    PaymentRequired,
    /// Something is over a size or count limit (413).
    TooLarge,
    /// Something comes in a form that is not read: a compressed body, a foreign media type (415).
    UnsupportedMedia,
    /// There is nothing in any form that the caller takes (406).
    NotAcceptable,
    /// The caller did not send in time what was announced (408).
    TooSlow,
    /// The caller has too much running or waiting; try again (429, Retry-After).
    TooMany,
    /// The ledger or the database is away; try again (503, Retry-After).
    Unavailable,
    /// The ledger refused a write for good (400-class verdict of the chain, 422 unless mapped).
    LedgerRefused,
    /// Our mistake (500).
    Bug,
}

/// A fault: what doors show and what operators read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which sort.
    pub kind: FaultKind,
    /// Stable slug, e.g. `did/deactivated`; documented in `docs/errors/`.
    pub code: &'static str,
    /// A sentence for the caller. Never contains secrets.
    pub public: String,
    /// A detail for the log, not for the caller. Never contains secrets either.
    pub private: Option<String>,
    /// Extra members for the error body, e.g. `shortfall`.
    pub members: Map<String, Value>,
}

impl Fault {
    /// A fault of `kind` with a stable `code` and a sentence.
    pub fn new(kind: FaultKind, code: &'static str, public: impl Into<String>) -> Self {
        Self { kind, code, public: public.into(), private: None, members: Map::new() }
    }

    /// Malformed or rule-breaking input.
    pub fn invalid(code: &'static str, public: impl Into<String>) -> Self {
        Self::new(FaultKind::Invalid, code, public)
    }

    /// A field that is missing, of the wrong type, or breaks a rule; the door says which by the member `field`.
    pub fn about(field: &str, public: impl Into<String>) -> Self {
        Self::invalid("request/invalid", public).with("field", field)
    }

    /// Absent for this caller.
    pub fn not_found(code: &'static str, public: impl Into<String>) -> Self {
        Self::new(FaultKind::NotFound, code, public)
    }

    /// Something outside is away.
    pub fn unavailable(code: &'static str, public: impl Into<String>, private: impl fmt::Display) -> Self {
        Self::new(FaultKind::Unavailable, code, public).because(private)
    }

    /// Our mistake; the caller sees only that it is ours.
    pub fn bug(private: impl fmt::Display) -> Self {
        Self::new(FaultKind::Bug, "bug", "Internal error. It has been logged.").because(private)
    }

    /// Something panicked: our mistake, and what was said is for the log.
    pub fn panicked(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Self::bug(format!("panic: {}", text.unwrap_or("without a message")))
    }

    /// A time from outside that this member cannot be; `malformed` is the fault for a text that is no time at all.
    pub fn time(field: &str, refused: calendar::Refused, malformed: Self) -> Self {
        match refused {
            calendar::Refused::Malformed => malformed,
            calendar::Refused::OutOfRange => {
                let sentence = format!("{field} should lie within the years 0001 to 9999 in UTC");
                Self::invalid("request/time-out-of-range", sentence).with("field", field)
            }
        }
    }

    /// A domain refusal.
    pub fn refused(refusal: &impl Refusal) -> Self {
        let kind = match refusal.class() {
            RefusalClass::NotFound => FaultKind::NotFound,
            RefusalClass::Conflict => FaultKind::Conflict,
            RefusalClass::Invalid => FaultKind::Invalid,
            RefusalClass::PaymentRequired => FaultKind::PaymentRequired,
        };
        Self::new(kind, refusal.code(), refusal.to_string())
    }

    /// Adds the operator's detail.
    #[must_use]
    pub fn because(mut self, private: impl fmt::Display) -> Self {
        self.private = Some(private.to_string());
        self
    }

    /// Adds a member to the error body.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.public, self.code)
    }
}

impl std::error::Error for Fault {}

impl From<domain::id::Malformed> for Fault {
    fn from(malformed: domain::id::Malformed) -> Self {
        Self::invalid("malformed", malformed.to_string())
    }
}

impl From<domain::json::Refused> for Fault {
    fn from(refused: domain::json::Refused) -> Self {
        Self::invalid(refused.code(), refused.to_string())
    }
}
