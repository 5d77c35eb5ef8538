//! An act that waits for signatures from outside: of keys that their owners keep.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod value;

pub use command::*;
pub use event::*;
pub use refusal::*;
pub use value::*;

use crate::Aggregate;
use crate::id::{CustomerId, Instant, JobId, OperationId, Sealed};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

crate::limits! {
    /// How long signatures for a job are taken. Long enough for several people who must look at it first.
    pub JOB_DAYS: u32 = 7, "days";
    /// Signatures that one job can ask for at once. Each is asked for with the bytes to sign.
    pub JOB_SIGNATURES_MAX: usize = 32, "signatures";
}

/// Why a job failed that its owner cancelled.
pub const JOB_CANCELLED: &str = "job/cancelled";

/// An act that waits for signatures from outside. Streams are `job-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Job {
    /// Its id; `None` before it was opened.
    pub job: Option<JobId>,
    /// Whose it is; `None` before it was opened.
    pub customer: Option<CustomerId>,
    /// What was asked for; `None` before it was opened.
    pub request: Option<JobRequest>,
    /// Who can sign, in the order of their numbers.
    pub wanted: Vec<WantedSignature>,
    /// Signatures so far, by the number of what was wanted: standard base64.
    pub given: BTreeMap<u32, NotedSignature>,
    /// Signatures of what had to be signed before, by number.
    #[serde(default)]
    pub kept: Vec<KeptSignature>,
    /// When it was opened: what is signed says this time, however late it is signed.
    #[serde(default)]
    pub opened_at: Option<Instant>,
    /// The act and the bytes to sign, sealed; `None` before it was opened.
    pub content: Option<Sealed>,
    /// Until when signatures are taken.
    pub expires_at: Option<Instant>,
    /// Where it stands.
    pub phase: JobPhase,
    /// The ledger write that came of it, if one did.
    pub carried_by: Option<OperationId>,
    /// Why it failed, if it did.
    pub failure: Option<JobFailure>,
}

impl Job {
    /// The verification methods that have signed.
    pub fn signed_by(&self) -> impl Iterator<Item = &str> {
        let given = self.wanted.iter().filter(|wanted| self.given.contains_key(&wanted.number));
        let kept = self.kept.iter().map(|kept| &kept.wanted);
        kept.chain(given).map(|wanted| wanted.verification_method.as_str())
    }

    /// The number of the next signature that is asked for.
    pub fn next_number(&self) -> u32 {
        let kept = self.kept.iter().map(|kept| &kept.wanted);
        kept.chain(&self.wanted).map(|wanted| wanted.number).max().unwrap_or_default() + 1
    }

    /// Whether everybody who must sign has signed: one signature for each party that is wanted.
    pub fn is_complete(&self) -> bool {
        self.wanted.iter().flat_map(|wanted| &wanted.parties).all(|party| self.has_signed(party))
    }

    /// Signatures that are still of use: of those for whom nobody has signed yet.
    pub fn open_requests(&self) -> impl Iterator<Item = &WantedSignature> {
        self.wanted.iter().filter(|wanted| wanted.parties.iter().any(|party| !self.has_signed(party)))
    }

    fn has_signed(&self, party: &Party) -> bool {
        let mut given = self.wanted.iter().filter(|wanted| self.given.contains_key(&wanted.number));
        given.any(|wanted| wanted.parties.contains(party))
    }

    /// Whether its time is over.
    pub fn is_over(&self, at: Instant) -> bool {
        self.expires_at.is_some_and(|end| at >= end)
    }
}

impl Aggregate for Job {
    const TYPE: &'static str = "job";
    type Command = JobCommand;
    type Event = JobEvent;
    type Refusal = JobRefusal;

    fn decide(&self, command: JobCommand) -> Result<Vec<JobEvent>, JobRefusal> {
        decide::decide(self, command)
    }

    fn evolve(&mut self, event: &JobEvent) {
        evolve::evolve(self, event);
    }
}

#[cfg(test)]
mod tests;
