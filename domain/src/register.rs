//! The register: every aggregate type, every kind of event with the versions ever written, every code of refusal.

use crate::{
    Aggregate, RefusalClass,
    accreditation::{Accreditation, AccreditationEvent, AccreditationRefusal},
    credential::{Credential, CredentialEvent, CredentialRefusal},
    customer::{Customer, CustomerEvent, CustomerRefusal},
    did::{DidEvent, DidRecord, DidRefusal},
    key::{Key, KeyEvent, KeyRefusal},
    ledger::LedgerWrite,
    resource::{ResourceEvent, ResourceLine, ResourceRefusal},
    status_list::{StatusList, StatusListEvent, StatusListRefusal},
};
use serde::Deserialize;
use serde_json::Value;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

/// One aggregate type and what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisteredAggregate {
    /// The type, as it stands in stream names.
    pub aggregate_type: &'static str,
    /// Every kind of event.
    pub kinds: &'static [&'static str],
    /// Every code of refusal with its class.
    pub refusals: &'static [(&'static str, RefusalClass)],
}

/// Every aggregate type there is.
pub const AGGREGATES: &[RegisteredAggregate] = &[
    RegisteredAggregate {
        aggregate_type: Customer::TYPE,
        kinds: CustomerEvent::KINDS,
        refusals: CustomerRefusal::CODES,
    },
    RegisteredAggregate { aggregate_type: Key::TYPE, kinds: KeyEvent::KINDS, refusals: KeyRefusal::CODES },
    RegisteredAggregate {
        aggregate_type: DidRecord::TYPE,
        kinds: DidEvent::KINDS,
        refusals: DidRefusal::CODES,
    },
    RegisteredAggregate {
        aggregate_type: ResourceLine::TYPE,
        kinds: ResourceEvent::KINDS,
        refusals: ResourceRefusal::CODES,
    },
    RegisteredAggregate {
        aggregate_type: StatusList::TYPE,
        kinds: StatusListEvent::KINDS,
        refusals: StatusListRefusal::CODES,
    },
    RegisteredAggregate {
        aggregate_type: Credential::TYPE,
        kinds: CredentialEvent::KINDS,
        refusals: CredentialRefusal::CODES,
    },
    RegisteredAggregate {
        aggregate_type: Accreditation::TYPE,
        kinds: AccreditationEvent::KINDS,
        refusals: AccreditationRefusal::CODES,
    },
];

/// The kinds of event that ask for a ledger write: `(aggregate type, kind)`. Each holds a `write` member.
pub const LEDGER_BOUND: &[(&str, &str)] = &[
    (DidRecord::TYPE, "DidCreateRequested"),
    (DidRecord::TYPE, "DidUpdateRequested"),
    (DidRecord::TYPE, "DidDeactivateRequested"),
    (ResourceLine::TYPE, "ResourceVersionRequested"),
    (StatusList::TYPE, "StatusListCreateRequested"),
    (StatusList::TYPE, "StatusListPublishRequested"),
    (Accreditation::TYPE, "AccreditationRequested"),
];

/// The members of events that hold personal data, sealed: `(aggregate type, kind, member)`. Whoever shows the log in the
/// clear opens these and no others: a text that only looks sealed is none.
pub const SEALED: &[(&str, &str, &str)] = &[
    (Customer::TYPE, "CustomerRegistered", "name"),
    (Customer::TYPE, "CustomerRegistered", "email"),
    (Key::TYPE, "KeyCreated", "sealedAlias"),
    (Credential::TYPE, "CredentialIssued", "sealed"),
];

/// Every version of a kind that was ever written, oldest first; `None` if the kind does not exist.
pub fn versions(aggregate_type: &str, kind: &str) -> Option<&'static [&'static str]> {
    let aggregate = AGGREGATES.iter().find(|aggregate| aggregate.aggregate_type == aggregate_type)?;
    // So far every kind has its first version; the first upcaster adds a table here.
    aggregate.kinds.contains(&kind).then_some(&["1"])
}

/// An event that asks for a ledger write but whose write cannot be read. The outbox stops on it: skipping would lose a
/// write that somebody waits for.
#[derive(Debug, thiserror::Error)]
#[error("{kind} of a {aggregate_type} holds no readable ledger write: {why}")]
pub struct UnreadableWrite {
    /// The aggregate type.
    pub aggregate_type: String,
    /// The kind of event.
    pub kind: String,
    /// What is wrong with it.
    pub why: String,
}

/// Whether events of such streams ask for ledger writes.
pub fn asks_for_writes(aggregate_type: &str) -> bool {
    LEDGER_BOUND.iter().any(|(bound, _)| *bound == aggregate_type)
}

/// The ledger write that an event (externally tagged, as stored) asks for; `None` if it asks for none.
pub fn ledger_write(aggregate_type: &str, payload: &Value) -> Result<Option<LedgerWrite>, UnreadableWrite> {
    let tagged = payload.as_object().and_then(|object| object.iter().next());
    let Some((kind, body)) = tagged else { return Ok(None) };
    if !LEDGER_BOUND.contains(&(aggregate_type, kind.as_str())) {
        return Ok(None);
    }
    let unreadable =
        |why: String| UnreadableWrite { aggregate_type: aggregate_type.to_owned(), kind: kind.clone(), why };
    let write = body.get("write").ok_or_else(|| unreadable("no `write` member".to_owned()))?;
    LedgerWrite::deserialize(write).map(Some).map_err(|error| unreadable(error.to_string()))
}
