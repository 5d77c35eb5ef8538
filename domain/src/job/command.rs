//! What can be asked of a job.

use super::{GivenSignature, JobRequest, WantedSignature};
use crate::id::{CustomerId, Instant, JobId, Ncheq, OperationId, Sealed};

/// Commands of [`super::Job`].
#[derive(Debug, Clone)]
pub enum JobCommand {
    /// Begins to wait.
    Open {
        /// Its id.
        job: JobId,
        /// Whose it is.
        customer: CustomerId,
        /// What it is for.
        request: Box<JobRequest>,
        /// Lower-case hex keyed hash of the bytes to sign: it tells nobody what they may be. (Before 0.1, plain SHA-256.)
        digest: String,
        /// Who can sign. Empty if nothing was missing.
        wanted: Vec<WantedSignature>,
        /// The act and the bytes to sign, sealed.
        content: Sealed,
        /// What it is expected to cost.
        fee_quoted: Option<Ncheq>,
        /// Until when signatures are taken.
        expires_at: Instant,
        /// Now.
        at: Instant,
    },
    /// Gives signatures that were verified. If its time is over, that is noted instead.
    Give {
        /// Who asks; must own the job.
        customer: CustomerId,
        /// The signatures.
        signatures: Vec<GivenSignature>,
        /// Now.
        at: Instant,
    },
    /// Everybody has signed, and something that comes of it must be signed too.
    Ask {
        /// The same of the bytes to sign now.
        digest: String,
        /// Who can sign, each under a number that no earlier one has.
        wanted: Vec<WantedSignature>,
        /// The act and the bytes to sign now, sealed.
        content: Sealed,
        /// What it is expected to cost.
        fee_quoted: Option<Ncheq>,
        /// Now.
        at: Instant,
    },
    /// Its owner wants it no more.
    Cancel {
        /// Who asks; must own the job.
        customer: CustomerId,
        /// Now.
        at: Instant,
    },
    /// Notes that the act was carried out.
    Finish {
        /// The ledger write that came of it.
        carried_by: Option<OperationId>,
        /// Now.
        at: Instant,
    },
    /// Notes that the act was refused for good.
    Fail {
        /// Stable slug.
        code: String,
        /// A sentence.
        reason: String,
        /// Now.
        at: Instant,
    },
}
