//! What can be asked of a DID.

use super::{ControllerKey, DidLabel, SeenDocument};
use crate::{
    id::{CustomerId, Did, Instant, OperationId, VersionId},
    ledger::{LedgerOutcome, LedgerWrite},
};
use serde_json::Value;
use uuid::Uuid;

/// Commands of [`super::DidRecord`].
#[derive(Debug, Clone)]
pub enum DidCommand {
    /// Asks for a new DID on the ledger.
    RequestCreation {
        /// The DID, chosen before.
        did: Did,
        /// Whose it is.
        customer: CustomerId,
        /// The DID document as JSON, exactly as resolved later.
        document: Value,
        /// Which vault key stands behind which verification method.
        keys: Vec<ControllerKey>,
        /// The document version, chosen before.
        version: VersionId,
        /// What it is called here from the beginning.
        label: DidLabel,
        /// The signed message.
        write: LedgerWrite,
        /// Now.
        at: Instant,
    },
    /// Takes over a DID that was made elsewhere, whose keys are in the vault now.
    Import {
        /// The DID.
        did: Did,
        /// Whose it is.
        customer: CustomerId,
        /// Its newest document, as resolved.
        document: Value,
        /// Which vault key stands behind which verification method.
        keys: Vec<ControllerKey>,
        /// The version of that document.
        version: VersionId,
        /// What it shall be called here.
        label: DidLabel,
        /// What its document calls it, for what it is not called here.
        published: DidLabel,
        /// Now.
        at: Instant,
    },
    /// Notes that its private keys are about to be given to its owner.
    NoteExport {
        /// The request that asks; a repeat is noted once.
        request: Uuid,
        /// Who asks; must own the DID.
        customer: CustomerId,
        /// Now.
        at: Instant,
    },
    /// Asks to replace the document.
    RequestUpdate {
        /// Who asks; must own the DID.
        customer: CustomerId,
        /// The whole new document.
        document: Value,
        /// Keys behind the new document's verification methods.
        keys: Vec<ControllerKey>,
        /// The version the new document was derived from; a stale base is refused.
        based_on: VersionId,
        /// The new version, chosen before.
        version: VersionId,
        /// The signed message.
        write: LedgerWrite,
        /// Now.
        at: Instant,
    },
    /// Asks to end the DID for good.
    RequestDeactivation {
        /// Who asks; must own the DID.
        customer: CustomerId,
        /// The version that deactivates it, chosen before.
        version: VersionId,
        /// The signed message.
        write: LedgerWrite,
        /// Now.
        at: Instant,
    },
    /// Calls it something, or something else. What is left out stays as it is.
    Label {
        /// Who asks; must own the DID.
        customer: CustomerId,
        /// Its name; an empty text takes it away.
        name: Option<String>,
        /// Its kind; an empty text takes it away.
        kind: Option<String>,
        /// Now.
        at: Instant,
    },
    /// Records how a requested write ended (from the outbox).
    RecordOutcome {
        /// The write.
        operation: OperationId,
        /// Its end.
        outcome: LedgerOutcome,
        /// Now.
        at: Instant,
    },
    /// Compares with what the ledger has. Says nothing while a write of the document is on its way.
    CompareWithLedger {
        /// The newest document; `None` if the DID is not there.
        seen: Option<SeenDocument>,
        /// Ids of resources that the log has and the ledger has not.
        missing_resources: Vec<String>,
        /// Height at which the ledger was looked at.
        height: u64,
        /// Now.
        at: Instant,
    },
}
