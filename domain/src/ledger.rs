//! What a ledger-bound event carries: a write that waits for its outcome, and the outcome.

use crate::id::{Did, Instant, Ncheq, Network, OperationId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A complete, identity-signed message that waits to be put into a transaction. It needs no identity key any more, and
/// whoever pays for it cannot change it (docs/ledger.md#sign-bytes).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerWrite {
    /// The operation that callers can follow; doubles as the idempotency key of the outbox row.
    pub operation: OperationId,
    /// Which chain.
    pub network: Network,
    /// Bech32 address (`cheqd1…`) of the account that pays.
    pub payer: String,
    /// Writes with the same ordering key reach the chain strictly one after the other.
    pub ordering_key: Did,
    /// Protobuf type URL, e.g. `/cheqd.did.v2.MsgCreateDidDoc`.
    pub type_url: String,
    /// Protobuf bytes of the message with its identity signatures, standard base64.
    pub value: String,
    /// What will exist on the chain once it took effect; the ledger refuses a second one.
    pub effect: Effect,
    /// Refuse to pay more than this.
    pub fee_max: Option<Ncheq>,
}

/// Hands the kinds of ledger writes, with their names, to the macro `$then`: whoever shows them in a type of its own has them
/// from here.
#[macro_export]
macro_rules! operation_kinds {
    ($then:ident) => {
        $then! {
            /// A new DID.
            DidCreate = "did-create";
            /// A new version of a DID document.
            DidUpdate = "did-update";
            /// The end of a DID.
            DidDeactivate = "did-deactivate";
            /// A version of a DID-Linked Resource.
            ResourceCreate = "resource-create";
            /// The first version of a status list.
            StatusListCreate = "status-list-create";
            /// A new version of a status list.
            StatusListUpdate = "status-list-update";
            /// A version of an accreditation.
            AccreditationPublish = "accreditation-publish";
        }
    };
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal;)+) => {
        /// What a ledger write is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum OperationKind { $($(#[$doc])* $kind),+ }

        impl OperationKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Its permanent name, under which callers follow their operations, e.g. `did-create`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),+ }
            }
        }
    };
}
operation_kinds!(kinds);

impl OperationKind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// What an event is to a ledger write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerFact<'a> {
    /// It asks for one.
    Asked {
        /// What the write is for.
        kind: OperationKind,
        /// The write.
        write: &'a LedgerWrite,
    },
    /// It tells that one took effect.
    Included {
        /// Which.
        operation: OperationId,
        /// The block it is in.
        inclusion: &'a Inclusion,
    },
    /// It tells that one never will.
    Rejected {
        /// Which.
        operation: OperationId,
        /// Why.
        rejection: &'a Rejection,
        /// When it was recorded.
        at: Instant,
    },
}

/// The unique on-chain trace of a write, by which a lost outcome is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum Effect {
    /// The DID has a document version with this id (create, update, deactivate).
    #[serde(rename_all = "camelCase")]
    DidVersion {
        /// The DID.
        did: Did,
        /// The version id chosen by us.
        version_id: String,
        /// True if the version deactivates the DID.
        deactivates: bool,
    },
    /// The DID's collection holds a resource with this id and SHA-256 checksum (lower-case hex of the data).
    #[serde(rename_all = "camelCase")]
    Resource {
        /// The DID the resource hangs on.
        did: Did,
        /// The resource id chosen by us.
        resource_id: String,
        /// Lower-case hex SHA-256 of the data.
        checksum: String,
    },
}

impl Effect {
    /// Text key, unique per network: `did@version` or `did/resource`.
    pub fn key(&self) -> String {
        match self {
            Self::DidVersion { did, version_id, .. } => format!("{did}@{version_id}"),
            Self::Resource { did, resource_id, .. } => format!("{did}/{resource_id}"),
        }
    }
}

/// Proof that a write is in a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inclusion {
    /// Upper-case hex SHA-256 of the transaction. `None` only if the effect was found on chain but not its transaction.
    pub tx_hash: Option<String>,
    /// Block height.
    pub height: u64,
    /// Time of that block.
    pub block_time: Instant,
    /// What the payer was charged for this message.
    pub fee_paid: Ncheq,
    /// Gas the whole transaction used.
    pub gas_used: u64,
}

/// Why a write will never take effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejection {
    /// Stable slug, e.g. `ledger/unauthorized`.
    pub code: String,
    /// A sentence for the caller.
    pub reason: String,
    /// Upper-case hex hash of the transaction that failed, if one reached a block.
    pub tx_hash: Option<String>,
}

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LedgerOutcome {
    /// It took effect, exactly once.
    Included(Inclusion),
    /// It never will.
    Rejected(Rejection),
}

/// Which of the two ends a write had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Settlement {
    /// It took effect.
    Included,
    /// It never will.
    Rejected,
}

impl LedgerOutcome {
    /// The outcome without its details.
    pub const fn settlement(&self) -> Settlement {
        match self {
            Self::Included(_) => Settlement::Included,
            Self::Rejected(_) => Settlement::Rejected,
        }
    }
}

/// The writes of an aggregate that have ended, so that a repeated outcome changes nothing and a contradicting one is
/// noticed instead of swallowed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settled(BTreeMap<OperationId, Settlement>);

impl Settled {
    /// Whether the write has ended.
    pub fn contains(&self, operation: OperationId) -> bool {
        self.0.contains_key(&operation)
    }

    /// How the write ended, if it did.
    pub fn get(&self, operation: OperationId) -> Option<Settlement> {
        self.0.get(&operation).copied()
    }

    /// Notes an end; the first one stays.
    pub(crate) fn note(&mut self, operation: OperationId, settlement: Settlement) {
        self.0.entry(operation).or_insert(settlement);
    }
}
