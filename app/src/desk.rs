//! The desk where use cases ask for signatures: the vault gives those of its own keys, a job collects the others.
//!
//! A use case that asks at an open desk may be suspended: whoever opened it finds out what is missing, waits for it, and begins
//! the same act again at a desk where it lies ready.

use crate::{Fault, FaultKind, port::chain::FeeQuote};
use credentials::key::PublicKey;
use domain::{
    did::ControllerKey,
    id::{Did, Instant, KeyId, VersionId},
    job::Party,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// A signature that the vault cannot give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// DID URL of the verification method.
    pub(crate) verification_method: String,
    /// Its public key.
    pub(crate) public_key: PublicKey,
    /// For whom it speaks.
    pub(crate) parties: BTreeSet<Party>,
}

/// Who signs a message to the ledger.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signers {
    /// Verification methods whose keys are in the vault; all of them sign.
    pub(crate) ours: Vec<ControllerKey>,
    /// Verification methods of those parties for which the vault has no key. One of each party is enough.
    pub(crate) wanted: Vec<Wanted>,
}

impl Signers {
    /// Whether nobody could sign.
    pub(crate) fn is_empty(&self) -> bool {
        self.ours.is_empty() && self.wanted.is_empty()
    }

    /// A key of the vault signs too.
    pub(crate) fn add(&mut self, keys: &[ControllerKey]) {
        for key in keys {
            if !self.ours.contains(key) {
                self.ours.push(key.clone());
            }
        }
    }

    /// A key that is kept elsewhere can speak for a party.
    pub(crate) fn want(&mut self, verification_method: String, public_key: PublicKey, party: Party) {
        let is_it = |wanted: &&mut Wanted| {
            wanted.verification_method == verification_method && wanted.public_key == public_key
        };
        if let Some(known) = self.wanted.iter_mut().find(is_it) {
            known.parties.insert(party);
        } else {
            self.wanted.push(Wanted { verification_method, public_key, parties: [party].into() });
        }
    }
}

/// A signature from outside.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) verification_method: String,
    pub(crate) public_key: PublicKey,
    pub(crate) signature: Vec<u8>,
    /// Whether it answers what was asked for last.
    pub(crate) is_new: bool,
}

/// Where an act stopped for want of signatures.
#[derive(Debug, Clone)]
pub(crate) struct Suspended {
    /// The DID it writes for.
    pub(crate) did: Did,
    /// The bytes to sign.
    pub(crate) bytes: Vec<u8>,
    /// What they say.
    pub(crate) told: Value,
    /// Who can sign.
    pub(crate) wanted: Vec<Wanted>,
    /// The price, if the ledger could be asked.
    pub(crate) quote: Option<FeeQuote>,
    /// The version of the DID document that it changes.
    pub(crate) based_on: Option<VersionId>,
}

/// Where a request gets its signatures. Closed, only the vault signs.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    open: Option<Arc<Open>>,
    /// Keys of the vault that have signed for the request and stand beside no event of it yet.
    used: Arc<Mutex<BTreeSet<KeyId>>>,
}

#[derive(Debug, Default)]
struct Open {
    /// What lies ready.
    given: Vec<Given>,
    /// The version that the job was opened for.
    expected: Option<VersionId>,
    /// When the job was opened.
    since: Option<Instant>,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    /// Whether a signature that was asked for last was of use.
    has_served: bool,
    based_on: Option<VersionId>,
    suspended: Option<Suspended>,
}

impl Desk {
    /// Nothing lies ready; what is missing is noted.
    pub(crate) fn open() -> Self {
        Self { open: Some(Arc::default()), ..Self::default() }
    }

    /// These signatures lie ready, for a change of this version of a document, by a job that was opened then.
    pub(crate) fn with(given: Vec<Given>, expected: Option<VersionId>, since: Option<Instant>) -> Self {
        let open = Some(Arc::new(Open { given, expected, since, noted: Mutex::default() }));
        Self { open, ..Self::default() }
    }

    /// A key of the vault has signed.
    pub(crate) fn note_use(&self, kid: &KeyId) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(kid.clone());
    }

    /// Keys that have signed at another desk, for what is told from here.
    pub(crate) fn note_uses(&self, kids: Vec<KeyId>) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).extend(kids);
    }

    /// The keys that have signed since this was last asked: they stand beside the event that says what for.
    pub(crate) fn take_used(&self) -> Vec<KeyId> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *used).into_iter().collect()
    }

    /// The time that stands in what is signed: that of the request, or, if it waited for signatures, of the one that opened the job.
    pub(crate) fn signing_time(&self, now: Instant) -> Instant {
        self.open.as_ref().and_then(|open| open.since).unwrap_or(now)
    }

    /// Whether signatures from outside are taken.
    pub(crate) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The signature of these bytes that lies ready. It is verified here too: nothing else goes to the ledger.
    pub(crate) fn given(&self, wanted: &Wanted, bytes: &[u8]) -> Option<Vec<u8>> {
        let open = self.open.as_ref()?;
        let is_its = |given: &&Given| {
            given.verification_method == wanted.verification_method
                && given.public_key == wanted.public_key
                && given.public_key.verify(bytes, &given.signature).is_ok()
        };
        let found = open.given.iter().find(is_its)?;
        if found.is_new {
            open.noted.lock().unwrap_or_else(PoisonError::into_inner).has_served = true;
        }
        Some(found.signature.clone())
    }

    /// The act changes this version of a document, into its `own`. Fault `job/outdated` if its job was opened for another: whoever
    /// signed has seen another document change. Once the act has taken effect, the version is its own.
    pub(crate) fn changes(&self, present: Option<VersionId>, own: VersionId) -> Result<(), Fault> {
        let Some(open) = &self.open else { return Ok(()) };
        if open.expected.is_some_and(|expected| present != Some(expected) && present != Some(own)) {
            return Err(outdated());
        }
        open.noted.lock().unwrap_or_else(PoisonError::into_inner).based_on = present;
        Ok(())
    }

    /// Whether a signature that was asked for last fitted what the act would write.
    pub(crate) fn has_served(&self) -> bool {
        let noted = |open: &Arc<Open>| open.noted.lock().unwrap_or_else(PoisonError::into_inner).has_served;
        self.open.as_ref().is_some_and(noted)
    }

    /// The act stops here.
    pub(crate) fn suspend(&self, suspended: Suspended) -> Fault {
        if let Some(open) = &self.open {
            let mut noted = open.noted.lock().unwrap_or_else(PoisonError::into_inner);
            let based_on = noted.based_on;
            noted.suspended = Some(Suspended { based_on, ..suspended });
        }
        Fault::bug("signatures are missing, and nobody waits for them")
    }

    /// Where the act stopped.
    pub(crate) fn suspended(&self) -> Option<Suspended> {
        let noted = self.open.as_ref()?.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.suspended.clone()
    }
}

/// What was signed is no longer what would be written.
pub(crate) fn outdated() -> Fault {
    let sentence =
        "What this job changes has changed meanwhile: what was signed does not fit any more. Open a new one.";
    Fault::new(FaultKind::Conflict, "job/outdated", sentence)
}
