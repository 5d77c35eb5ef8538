//! The ground floor: what Studio decides, and nothing else.
//!
//! Commands come in, events or a refusal go out. There is no clock, no dice, no waiting and no IO here: whatever is not
//! in a command cannot influence a decision. Absent on purpose: HTTP statuses, SQL, protobuf, secret bytes.

pub mod accreditation;
pub mod calendar;
pub mod credential;
pub mod customer;
pub mod did;
#[cfg(any(test, feature = "harness"))]
pub mod given;
pub mod id;
pub mod instant;
pub mod job;
pub mod json;
pub mod key;
pub mod ledger;
pub mod limit;
pub mod register;
pub mod resource;
pub mod status_list;
pub mod user;

use id::{Instant, OperationId};
use ledger::{LedgerFact, LedgerOutcome};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// The limits of this room.
pub fn limits() -> Vec<limit::Limit> {
    [
        json::LIMITS,
        customer::LIMITS,
        customer::PEOPLE_LIMITS,
        customer::ROLE_LIMITS,
        job::LIMITS,
        status_list::LIMITS,
        user::LIMITS,
        user::EMAIL_LIMITS,
    ]
    .concat()
}

/// A fact that happened. Its serde form is externally tagged (`{"DidCreated": {...}}`) and permanent.
pub trait Event: Serialize + DeserializeOwned + Clone + PartialEq + Debug + Send + Sync + 'static {
    /// The permanent name of this kind of event, equal to its serde tag, e.g. `DidCreateRequested`.
    fn kind(&self) -> &'static str;

    /// The version of the event's schema; every version ever written has a golden file.
    fn version(&self) -> &'static str {
        "1"
    }

    /// What it is to a ledger write, if it is anything to one.
    fn ledger(&self) -> Option<LedgerFact<'_>> {
        None
    }
}

/// One consistency boundary: folds its events into state and decides commands against it.
pub trait Aggregate: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The permanent name of the aggregate type, e.g. `did`; streams are `<TYPE>-<id>`.
    const TYPE: &'static str;
    /// What can be asked of it (imperative).
    type Command: Clone + Send + Sync + 'static;
    /// What can happen to it (past tense).
    type Event: Event;
    /// Why it says no.
    type Refusal: Refusal;

    /// Decides a command. Repeating a command that already took effect yields no events.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Folds one event. Total: never fails and never panics on any historic event.
    fn evolve(&mut self, event: &Self::Event);

    /// The command that tells it how a ledger write ended; `None` if it never asks for one.
    fn outcome(_operation: OperationId, _outcome: LedgerOutcome, _at: Instant) -> Option<Self::Command> {
        None
    }
}

/// The reason a command was refused; its `Display` is a sentence that may be shown to the caller.
pub trait Refusal: std::error::Error + Clone + PartialEq + Send + Sync + 'static {
    /// Stable slug such as `did/deactivated`; each has a page in `docs/errors/`.
    fn code(&self) -> &'static str;
    /// What sort of no it is; doors map it to a status.
    fn class(&self) -> RefusalClass;
}

/// The sorts of refusal that doors tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalClass {
    /// The thing does not exist for this caller (404).
    NotFound,
    /// The state of the thing forbids it (409).
    Conflict,
    /// The request itself breaks a rule (400).
    Invalid,
    /// A quota or funds are exhausted (402).
    PaymentRequired,
}

/// Implements [`Event`] for an externally tagged enum whose kinds are its variant names, and says what each is to a ledger
/// write: it `asks` for one of a kind ([`ledger::OperationKind`]), or one was `included` or `rejected`. Most are neither.
macro_rules! event_kinds {
    ($event:ident { $($kind:ident $(: $fact:ident $($operation:ident)?)?),+ $(,)? }) => {
        impl $crate::Event for $event {
            fn kind(&self) -> &'static str {
                match self { $(Self::$kind { .. } => stringify!($kind)),+ }
            }

            fn ledger(&self) -> Option<$crate::ledger::LedgerFact<'_>> {
                $($($crate::event_kinds!(@$fact self, $event::$kind $(, $operation)?);)?)+
                None
            }
        }
        impl $event {
            /// Every kind of this event, for registers and golden files.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($kind)),+];
            /// The kinds that ask for a ledger write, each with what the write is for.
            pub const ASKS: &'static [(&'static str, $crate::ledger::OperationKind)] =
                &[$($($((stringify!($kind), $crate::ledger::OperationKind::$operation),)?)?)+];
        }
    };
    (@asks $this:ident, $event:ident::$kind:ident, $operation:ident) => {
        if let $event::$kind { write, .. } = $this {
            let kind = $crate::ledger::OperationKind::$operation;
            return Some($crate::ledger::LedgerFact::Asked { kind, write });
        }
    };
    (@included $this:ident, $event:ident::$kind:ident) => {
        if let $event::$kind { operation, inclusion, .. } = $this {
            return Some($crate::ledger::LedgerFact::Included { operation: *operation, inclusion });
        }
    };
    (@rejected $this:ident, $event:ident::$kind:ident) => {
        if let $event::$kind { operation, rejection, at, .. } = $this {
            return Some($crate::ledger::LedgerFact::Rejected { operation: *operation, rejection, at: *at });
        }
    };
}
pub(crate) use event_kinds;

/// Declares the refusals of an aggregate: variant, stable code, class and the sentence for the caller in one place.
macro_rules! refusals {
    ($(#[$doc:meta])* $refusal:ident {
        $($(#[$variant_doc:meta])* $variant:ident $({ $($field:ident: $type:ty),+ })? => $code:literal, $class:ident, $sentence:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum $refusal {
            $($(#[$variant_doc])* #[error($sentence)] $variant $({
                $(
                    #[doc = concat!("The `", stringify!($field), "` in question.")]
                    $field: $type
                ),+
            })?),+
        }
        impl $crate::Refusal for $refusal {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code),+ }
            }
            fn class(&self) -> $crate::RefusalClass {
                match self { $(Self::$variant { .. } => $crate::RefusalClass::$class),+ }
            }
        }
        impl $refusal {
            /// Every code with its class, for registers, doors and `docs/errors/`.
            pub const CODES: &'static [(&'static str, $crate::RefusalClass)] =
                &[$(($code, $crate::RefusalClass::$class)),+];
        }
    };
}
pub(crate) use refusals;
