//! The ledger as a place to write to: compose a message, quote its fee, sign, send, ask what became of it.

use crate::Fault;
use async_trait::async_trait;
use domain::{
    id::{Did, Instant, Ncheq, Network, ResourceId, VersionId},
    ledger::Effect,
    resource::ResourceDescription,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a message will say, before it is signed.
#[derive(Debug, Clone)]
pub enum Payload {
    /// A new DID.
    CreateDid {
        /// The DID document as JSON.
        document: Value,
        /// Its version id.
        version: VersionId,
    },
    /// A whole new document.
    UpdateDid {
        /// The DID document as JSON.
        document: Value,
        /// Its version id.
        version: VersionId,
    },
    /// The end of a DID.
    DeactivateDid {
        /// The DID.
        did: Did,
        /// The version id of its end.
        version: VersionId,
    },
    /// A new resource version.
    CreateResource {
        /// What it is.
        description: ResourceDescription,
        /// Its bytes.
        data: Vec<u8>,
    },
}

impl Payload {
    /// What its bytes say, for whoever is asked to sign them. Data of a resource is told by its checksum.
    pub fn told(&self) -> Value {
        match self {
            Self::CreateDid { document, version } | Self::UpdateDid { document, version } => {
                json!({"didDocument": document, "versionId": version})
            }
            Self::DeactivateDid { did, version } => {
                json!({"did": did, "versionId": version, "deactivated": true})
            }
            Self::CreateResource { description, .. } => json!({"resource": description}),
        }
    }
}

/// A signature by a verification method of a DID over [`Composer::sign_bytes`].
#[derive(Debug, Clone)]
pub struct IdentitySignature {
    /// DID URL of the verification method.
    pub verification_method: String,
    /// Raw Ed25519 signature, or DER for P-256.
    pub signature: Vec<u8>,
}

/// A protobuf message ready for a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainMessage {
    /// Its type URL.
    pub type_url: String,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// Builds protobuf messages. Pure.
pub trait Composer: Send + Sync {
    /// The exact bytes an identity key signs (docs/ledger.md#sign-bytes). Fault: a document the ledger cannot hold (`did/invalid`).
    fn sign_bytes(&self, payload: &Payload) -> Result<Vec<u8>, Fault>;
    /// The message with its identity signatures.
    fn message(&self, payload: &Payload, signatures: &[IdentitySignature]) -> Result<ChainMessage, Fault>;
}

/// Where the chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainStatus {
    /// Chain id, e.g. `cheqd-testnet-6`.
    pub chain_id: String,
    /// Latest height.
    pub height: u64,
    /// Time of that block.
    pub block_time: Instant,
    /// Whether the node still catches up (then its answers are old).
    pub catching_up: bool,
}

/// An account on the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainAccount {
    /// Its number, fixed for ever.
    pub number: u64,
    /// The sequence its next transaction must carry (committed state).
    pub sequence: u64,
}

/// What a set of messages would cost now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeeQuote {
    /// Fee to offer for all messages together, in ncheq, headroom included where overpaying is not charged.
    pub offer: Ncheq,
    /// What is expected to be charged, in ncheq.
    pub expected: Ncheq,
    /// Gas limit to ask for.
    pub gas_limit: u64,
    /// US dollars at the oracle's price, if the chain prices in dollars (decimal string).
    pub usd: Option<String>,
    /// Whether messages may share a transaction under the present fee rule (docs/ledger.md#fees).
    pub may_batch: bool,
    /// Height at which the quote was taken.
    pub height: u64,
}

impl FeeQuote {
    /// The price of what needs no transaction.
    pub fn nothing(height: u64) -> Self {
        let (offer, expected) = (Ncheq(0), Ncheq(0));
        Self { offer, expected, gas_limit: 0, usd: Some("0".to_owned()), may_batch: true, height }
    }
}

/// A transaction to be signed by a payer.
#[derive(Debug, Clone)]
pub struct TxDraft {
    /// Chain id.
    pub chain_id: String,
    /// The payer's address.
    pub payer: String,
    /// The payer's compressed secp256k1 public key (33 bytes).
    pub payer_public_key: Vec<u8>,
    /// The payer's account number.
    pub account_number: u64,
    /// Sequence to use.
    pub sequence: u64,
    /// The messages, in order.
    pub messages: Vec<ChainMessage>,
    /// Fee to offer.
    pub fee: Ncheq,
    /// Gas limit.
    pub gas_limit: u64,
    /// Last height at which it may be included.
    pub timeout_height: u64,
    /// Memo, may be empty.
    pub memo: String,
}

/// A draft turned into bytes that await one signature.
#[derive(Debug, Clone)]
pub struct UnsignedTx {
    /// The sign-doc bytes; the payer's key signs their SHA-256.
    pub sign_bytes: Vec<u8>,
    /// Body bytes.
    pub body: Vec<u8>,
    /// Auth-info bytes.
    pub auth_info: Vec<u8>,
}

/// Bytes for the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTx {
    /// `TxRaw` bytes.
    pub bytes: Vec<u8>,
    /// Upper-case hex SHA-256 of them.
    pub hash: String,
}

/// An answer of the node to a transaction: code 0 is yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxCode {
    /// ABCI code.
    pub code: u32,
    /// Codespace of the code, e.g. `sdk`, `cheqd`, `resource`, `undefined`.
    pub codespace: String,
    /// The node's text.
    pub log: String,
}

/// A transaction found in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxFound {
    /// Its result.
    pub result: TxCode,
    /// Height of the block.
    pub height: u64,
    /// Time of the block.
    pub block_time: Instant,
    /// Gas used.
    pub gas_used: u64,
    /// Gas limit.
    pub gas_wanted: u64,
    /// What the payer was charged in all (from its events), if the node said.
    pub fee_charged: Option<Ncheq>,
}

/// What stands on the chain where an effect was meant to stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectFound {
    /// Nothing.
    Absent,
    /// Exactly what we meant, created at this time.
    Ours {
        /// Block time of its creation.
        block_time: Option<Instant>,
    },
    /// Something else under the same id.
    Foreign,
}

/// Why the chain gave no answer. None of these says anything about what happened to a transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// No RPC address is configured for this network.
    #[error("no RPC address is configured for {0}")]
    NotConfigured(Network),
    /// Connection refused, reset, timeout, HTTP 5xx or 429.
    #[error("the {network} node is unreachable: {detail}")]
    Unreachable {
        /// Which network.
        network: Network,
        /// What the transport said.
        detail: String,
    },
    /// The node answered with an error we do not understand.
    #[error("the {network} node answered unexpectedly: {detail}")]
    Unexpected {
        /// Which network.
        network: Network,
        /// What it said.
        detail: String,
    },
}

impl From<ChainFault> for Fault {
    fn from(fault: ChainFault) -> Self {
        match &fault {
            ChainFault::NotConfigured(network) => Self::invalid(
                "ledger/not-configured",
                format!(
                    "This Studio has no {network} ledger: set {}_RPC_URL.",
                    network.as_str().to_uppercase()
                ),
            ),
            ChainFault::Unreachable { .. } => {
                Self::unavailable("ledger/unreachable", "The ledger cannot be reached at the moment.", &fault)
            }
            ChainFault::Unexpected { .. } => {
                Self::unavailable("ledger/unexpected", "The ledger gave an unexpected answer.", &fault)
            }
        }
    }
}

/// The chain's node(s), all networks.
#[async_trait]
pub trait Chain: Send + Sync {
    /// Where the chain stands.
    async fn status(&self, network: Network) -> Result<ChainStatus, ChainFault>;
    /// An account; `None` if the chain has never seen it.
    async fn account(&self, network: Network, address: &str) -> Result<Option<ChainAccount>, ChainFault>;
    /// Spendable ncheq.
    async fn balance(&self, network: Network, address: &str) -> Result<Ncheq, ChainFault>;
    /// Fee from the chain's own params and oracle, for these messages in one transaction. Gas from Simulate is the
    /// caller's: pass it in if known.
    async fn quote(
        &self,
        network: Network,
        messages: &[ChainMessage],
        gas_simulated: Option<u64>,
    ) -> Result<FeeQuote, ChainFault>;
    /// The largest message that a block of the chain holds, as the chain's own parameters have it, which may be some seconds old;
    /// `None` if any fits.
    async fn message_bytes_max(&self, network: Network) -> Result<Option<usize>, ChainFault>;
    /// Runs a transaction without committing it; the gas it used, or the node's no.
    async fn simulate(&self, network: Network, tx: &[u8]) -> Result<Result<u64, TxCode>, ChainFault>;
    /// Hands bytes to the mempool (sync mode). A yes is not yet a success. "Already in cache" counts as code 0.
    async fn broadcast(&self, network: Network, tx: &[u8]) -> Result<TxCode, ChainFault>;
    /// Finds a transaction in a block by its hash; `None` means not (yet), or not on this node.
    async fn lookup(&self, network: Network, hash: &str) -> Result<Option<TxFound>, ChainFault>;
    /// Looks for an effect in the chain's state.
    async fn effect(&self, network: Network, effect: &Effect) -> Result<EffectFound, ChainFault>;
    /// Lays out a transaction (pure).
    fn unsigned(&self, draft: &TxDraft) -> Result<UnsignedTx, ChainFault>;
    /// Adds the payer's 64-byte signature (pure).
    fn signed(&self, unsigned: &UnsignedTx, signature: &[u8]) -> SignedTx;
}

/// The DID URL of a resource version: `<did>/resources/<id>`.
pub fn resource_url(did: &Did, resource: ResourceId) -> String {
    format!("{did}/resources/{resource}")
}
