//! What can happen to a job.

use super::{JobRequest, WantedSignature};
use crate::id::{CustomerId, Instant, JobId, Ncheq, OperationId, Sealed};
use serde::{Deserialize, Serialize};

/// Events of [`super::Job`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum JobEvent {
    /// An act waits for signatures.
    JobOpened {
        /// Its id.
        job: JobId,
        /// Whose it is.
        customer: CustomerId,
        /// What it is for.
        request: Box<JobRequest>,
        /// Lower-case hex keyed hash of the bytes to sign: it tells nobody what they may be. (Before 0.1, plain SHA-256.)
        digest: String,
        /// Who can sign.
        wanted: Vec<WantedSignature>,
        /// The act and the bytes to sign, sealed.
        content: Sealed,
        /// What it is expected to cost.
        fee_quoted: Option<Ncheq>,
        /// Until when signatures are taken.
        expires_at: Instant,
        /// When.
        at: Instant,
    },
    /// A signature came that is right.
    SignatureGiven {
        /// The job.
        job: JobId,
        /// Which of the wanted ones.
        number: u32,
        /// DID URL of the verification method that signed.
        verification_method: String,
        /// Standard base64 in the clear, as events of earlier versions have it; none is written any more: with the public key it would
        /// confirm a guess of what was signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// The same, sealed as the content of the job is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed_signature: Option<Sealed>,
        /// Whether with it everybody has signed.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_last: bool,
        /// When.
        at: Instant,
    },
    /// Everybody has signed what was wanted so far, and what comes of it must be signed too: the publication of a credential, for
    /// one. The signatures that came before are kept.
    SignaturesAsked {
        /// The job.
        job: JobId,
        /// The same of the bytes to sign now.
        digest: String,
        /// Who can sign. Numbers go on where those before ended.
        wanted: Vec<WantedSignature>,
        /// The act and the bytes to sign now, sealed.
        content: Sealed,
        /// What it is expected to cost.
        fee_quoted: Option<Ncheq>,
        /// When.
        at: Instant,
    },
    /// The act was carried out.
    JobFinished {
        /// The job.
        job: JobId,
        /// The ledger write that came of it.
        carried_by: Option<OperationId>,
        /// When.
        at: Instant,
    },
    /// The act was refused for good.
    JobFailed {
        /// The job.
        job: JobId,
        /// Stable slug, e.g. `job/outdated`.
        code: String,
        /// A sentence.
        reason: String,
        /// When.
        at: Instant,
    },
    /// Signatures did not come in time.
    JobExpired {
        /// The job.
        job: JobId,
        /// When it was noticed.
        at: Instant,
    },
}

crate::event_kinds!(JobEvent {
    JobOpened,
    SignatureGiven,
    SignaturesAsked,
    JobFinished,
    JobFailed,
    JobExpired
});
