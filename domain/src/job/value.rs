//! Values a job is made of.

use crate::id::{Did, Ncheq, Network, Sealed, VersionId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a job was opened for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobRequest {
    /// The act's name, e.g. `did.create`.
    pub act: String,
    /// The DID it writes for.
    pub did: Option<Did>,
    /// Where it writes.
    pub network: Network,
    /// The request that opened it: every id of what is written is derived from it, however often it is begun again.
    pub command: Uuid,
    /// The version of the DID document that it changes; once that is no longer the present one, it is void.
    pub based_on: Option<VersionId>,
    /// The most that it may cost.
    pub fee_max: Option<Ncheq>,
}

/// In which document of a DID a key stands that speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// The one on the ledger.
    Present,
    /// The one that is to be written.
    New,
}

/// Somebody who must sign, with any one of several keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// The DID.
    pub did: String,
    /// Which of its documents has the keys.
    pub side: Side,
}

/// A signature that can be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WantedSignature {
    /// 1, 2, 3…
    pub number: u32,
    /// DID URL of the verification method that signs. A key that is replaced under its name stands here twice, with two
    /// public keys.
    pub verification_method: String,
    /// JOSE name of the algorithm: `EdDSA`, `ES256`.
    pub algorithm: String,
    /// The public key, multibase with its multicodec.
    pub public_key: String,
    /// For whom it speaks. Each party needs one signature.
    pub parties: Vec<Party>,
}

/// What the name of a signing request begins with.
const REQUEST: &str = "signingRequest";

impl WantedSignature {
    /// The name under which callers see it: `signingRequest1`.
    pub fn request_id(&self) -> String {
        format!("{REQUEST}{}", self.number)
    }

    /// The number of such a name.
    pub fn number_of(request_id: &str) -> Option<u32> {
        request_id.strip_prefix(REQUEST)?.parse().ok()
    }
}

/// A signature that was given, and was found to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenSignature {
    /// Which of the wanted ones.
    pub number: u32,
    /// Standard base64, sealed.
    pub sealed: Sealed,
}

/// A signature as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NotedSignature {
    /// Standard base64, as it was noted before signatures were sealed.
    Clear(String),
    /// The same, sealed.
    Sealed(Sealed),
}

/// A signature that was given before another was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptSignature {
    /// What was wanted.
    pub wanted: WantedSignature,
    /// What was given.
    pub signature: NotedSignature,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobFailure {
    /// Stable slug.
    pub code: String,
    /// A sentence.
    pub reason: String,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobPhase {
    /// Nobody asked for it.
    #[default]
    Absent,
    /// It takes signatures, or has all of them and is not carried out yet.
    Open,
    /// The act was carried out; a ledger write may still be on its way.
    Finished,
    /// It never will be.
    Failed,
    /// The signatures did not come in time.
    Expired,
}
