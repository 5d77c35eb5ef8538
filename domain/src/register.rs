//! The register: every aggregate type, every kind of event with the versions ever written and what it is to a ledger
//! write, every code of refusal.

use crate::{
    Aggregate, Event, RefusalClass,
    credential::Credential,
    customer::Customer,
    job::Job,
    key::Key,
    ledger::{LedgerFact, LedgerWrite, OperationKind},
    user::User,
};
use serde::{Deserialize, Serialize, de::Error as _};
use serde_json::Value;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;

/// The one list of aggregates. Hands it to the macro that is named, as `module: Name = Type`; whatever there must be for
/// each of them is made from it, so a new one is a line here.
#[macro_export]
macro_rules! aggregates {
    ($with:ident) => {
        $with! {
            customer: Customer = $crate::customer::Customer,
            user: User = $crate::user::User,
            key: Key = $crate::key::Key,
            did: Did = $crate::did::DidRecord,
            resource: Resource = $crate::resource::ResourceLine,
            status_list: StatusList = $crate::status_list::StatusList,
            credential: Credential = $crate::credential::Credential,
            accreditation: Accreditation = $crate::accreditation::Accreditation,
            job: Job = $crate::job::Job,
        }
    };
}

/// One aggregate type and what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisteredAggregate {
    /// The type, as it stands in stream names.
    pub aggregate_type: &'static str,
    /// Every kind of event.
    pub kinds: &'static [&'static str],
    /// The kinds that ask for a ledger write, each with what the write is for. Each holds a `write` member.
    pub asks: &'static [(&'static str, OperationKind)],
    /// Every code of refusal with its class.
    pub refusals: &'static [(&'static str, RefusalClass)],
}

macro_rules! register {
    ($($module:ident: $name:ident = $aggregate:ty,)+) => {
        /// Every aggregate type there is.
        pub const AGGREGATES: &[RegisteredAggregate] = &[$(RegisteredAggregate {
            aggregate_type: <$aggregate as Aggregate>::TYPE,
            kinds: <<$aggregate as Aggregate>::Event>::KINDS,
            asks: <<$aggregate as Aggregate>::Event>::ASKS,
            refusals: <<$aggregate as Aggregate>::Refusal>::CODES,
        }),+];

        /// Every aggregate type, as it stands in stream names.
        pub const TYPES: &[&str] = &[$(<$aggregate as Aggregate>::TYPE),+];

        /// An event of any aggregate. Its serde form is that of the event itself.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum AnyEvent {
            $(
                #[doc = concat!("One of [`crate::", stringify!($module), "`].")]
                $name(<$aggregate as Aggregate>::Event),
            )+
        }

        impl AnyEvent {
            /// An event (externally tagged, as stored) of a stream of this type.
            pub fn read(aggregate_type: &str, payload: &Value) -> Result<Self, serde_json::Error> {
                match aggregate_type {
                    $(<$aggregate as Aggregate>::TYPE => Deserialize::deserialize(payload).map(Self::$name),)+
                    other => Err(serde_json::Error::custom(format!("unknown stream type {other}"))),
                }
            }

            /// The type of the streams it belongs to.
            pub fn aggregate_type(&self) -> &'static str {
                match self { $(Self::$name(_) => <$aggregate as Aggregate>::TYPE),+ }
            }

            /// Its kind.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$name(event) => event.kind()),+ }
            }

            /// The version of its schema.
            pub fn version(&self) -> &'static str {
                match self { $(Self::$name(event) => event.version()),+ }
            }

            /// What it is to a ledger write, if it is anything to one.
            pub fn ledger(&self) -> Option<LedgerFact<'_>> {
                match self { $(Self::$name(event) => event.ledger()),+ }
            }
        }
    };
}
crate::aggregates!(register);

/// The members of events that hold personal data, sealed: `(aggregate type, kind, member)`. Whoever shows the log in the
/// clear opens these and no others: a text that only looks sealed is none.
pub const SEALED: &[(&str, &str, &str)] = &[
    (Customer::TYPE, "CustomerRegistered", "name"),
    (Customer::TYPE, "CustomerRegistered", "email"),
    (Customer::TYPE, "OrganisationChanged", "name"),
    (Customer::TYPE, "OrganisationChanged", "email"),
    (Customer::TYPE, "OrganisationChanged", "description"),
    (Customer::TYPE, "MemberInvited", "email"),
    (Customer::TYPE, "MemberJoined", "email"),
    (Customer::TYPE, "MemberJoined", "name"),
    (User::TYPE, "UserRegistered", "email"),
    (User::TYPE, "UserRegistered", "name"),
    (User::TYPE, "EmailVerified", "email"),
    (User::TYPE, "SignedIn", "address"),
    (User::TYPE, "SignInFailed", "address"),
    (User::TYPE, "PasskeyAdded", "name"),
    (User::TYPE, "PasskeyRenamed", "name"),
    (Key::TYPE, "KeyCreated", "sealedAlias"),
    (Credential::TYPE, "CredentialIssued", "sealed"),
    (Job::TYPE, "JobOpened", "content"),
    (Job::TYPE, "SignaturesAsked", "content"),
    (Job::TYPE, "SignatureGiven", "sealedSignature"),
];

fn aggregate(aggregate_type: &str) -> Option<&'static RegisteredAggregate> {
    AGGREGATES.iter().find(|aggregate| aggregate.aggregate_type == aggregate_type)
}

/// Every version of a kind that was ever written, oldest first; `None` if the kind does not exist.
pub fn versions(aggregate_type: &str, kind: &str) -> Option<&'static [&'static str]> {
    let aggregate = aggregate(aggregate_type)?;
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
    aggregate(aggregate_type).is_some_and(|aggregate| !aggregate.asks.is_empty())
}

/// Every kind of event that asks for a ledger write, behind its aggregate type.
pub fn asking_kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    AGGREGATES
        .iter()
        .flat_map(|aggregate| aggregate.asks.iter().map(|(kind, _)| (aggregate.aggregate_type, *kind)))
}

/// A ledger write that an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedWrite {
    /// What it is for.
    pub kind: OperationKind,
    /// The write.
    pub write: LedgerWrite,
}

/// The ledger write that an event (externally tagged, as stored) asks for; `None` if it asks for none. Nothing else of the
/// event is read: whatever else may be wrong with it, somebody waits for the write.
pub fn ledger_write(aggregate_type: &str, payload: &Value) -> Result<Option<AskedWrite>, UnreadableWrite> {
    let tagged = payload.as_object().and_then(|object| object.iter().next());
    let Some((kind, body)) = tagged else { return Ok(None) };
    let asks = aggregate(aggregate_type).map_or(&[][..], |aggregate| aggregate.asks);
    let Some((_, operation)) = asks.iter().find(|(asking, _)| asking == kind) else { return Ok(None) };
    let unreadable =
        |why: String| UnreadableWrite { aggregate_type: aggregate_type.to_owned(), kind: kind.clone(), why };
    let write = body.get("write").ok_or_else(|| unreadable("no `write` member".to_owned()))?;
    let write = LedgerWrite::deserialize(write).map_err(|error| unreadable(error.to_string()))?;
    Ok(Some(AskedWrite { kind: *operation, write }))
}
