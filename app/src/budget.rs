//! What one caller may have running at the same time.
//!
//! Every kind of work has its own places, so that none takes another's. Within a kind no caller ever has more than his cap,
//! nor more than there are places left: one alone gets at most half, two a third each, and whoever comes next finds one.
//! What does not fit waits its turn behind the same caller's earlier requests; turns go round by caller, not by arrival. Too
//! many waiting of one caller are refused (`request/too-many`, 429), a turn that does not come in time as well
//! (`server/busy`, 503).
//!
//! Health, version and the published documents take no place.

mod calls;
mod gate;

pub use calls::{CountedResolver, LEDGER_CALLS_PER_REQUEST_MAX};
pub use gate::{Gate, Place, Share};

use crate::Fault;
use domain::id::CustomerId;
use std::{
    hash::{BuildHasher, RandomState},
    net::IpAddr,
    sync::{Arc, LazyLock},
};

domain::limits! {
    /// Look-ups of API keys running at the same time.
    pub IDENTIFY_MAX: usize = 16, "requests";
    /// Of one key.
    pub IDENTIFY_PER_KEY_MAX: usize = 8, "requests";
    /// Of one key, waiting.
    pub IDENTIFY_WAITING_PER_KEY_MAX: usize = 1_024, "requests";
    /// Requests that sign somebody in, running at the same time: most wait for a password's slow hash.
    pub SIGN_INS_MAX: usize = 16, "requests";
    /// Of one address (IPv4) or network (IPv6, 64 bits).
    pub SIGN_INS_PER_ADDRESS_MAX: usize = 4, "requests";
    /// Of one address or network, waiting.
    pub SIGN_INS_WAITING_PER_ADDRESS_MAX: usize = 32, "requests";
    /// Requests without an API key that ask the ledger, running at the same time.
    pub RESOLVE_MAX: usize = 128, "requests";
    /// Of one address (IPv4) or network (IPv6, 64 bits).
    pub RESOLVE_PER_ADDRESS_MAX: usize = 32, "requests";
    /// Of one address or network, waiting.
    pub RESOLVE_WAITING_PER_ADDRESS_MAX: usize = 64, "requests";
    /// Reads with an API key, running at the same time.
    pub READS_MAX: usize = 48, "requests";
    /// Of one tenant.
    pub READS_PER_TENANT_MAX: usize = 16, "requests";
    /// Of one tenant, waiting.
    pub READS_WAITING_PER_TENANT_MAX: usize = 256, "requests";
    /// Verifications and other questions to the ledger with an API key, running at the same time.
    pub QUESTIONS_MAX: usize = 128, "requests";
    /// Of one tenant.
    pub QUESTIONS_PER_TENANT_MAX: usize = 32, "requests";
    /// Of one tenant, waiting.
    pub QUESTIONS_WAITING_PER_TENANT_MAX: usize = 128, "requests";
    /// Writes that end here (issuing, keys), running at the same time.
    pub SIGNINGS_MAX: usize = 64, "requests";
    /// Of one tenant.
    pub SIGNINGS_PER_TENANT_MAX: usize = 24, "requests";
    /// Of one tenant, waiting.
    pub SIGNINGS_WAITING_PER_TENANT_MAX: usize = 256, "requests";
    /// Ledger writes accepted or waiting for their outcome at the same time.
    pub LEDGER_WRITES_MAX: usize = 1_024, "requests";
    /// Of one tenant.
    pub LEDGER_WRITES_PER_TENANT_MAX: usize = 256, "requests";
    /// Of one tenant, waiting for a place.
    pub LEDGER_WRITES_WAITING_PER_TENANT_MAX: usize = 512, "requests";
    /// Longest wait for a place.
    pub PLACE_WAIT_SECONDS: u64 = 20, "seconds";
}

/// Every limit of this module and those below it.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [LIMITS, calls::LIMITS].concat()
}

/// A kind of work with places of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// Telling whose an API key or a session is.
    Identify,
    /// Signing somebody in.
    SignIn,
    /// Asking the ledger for somebody without an API key.
    Resolve,
    /// Reading for a tenant.
    Read,
    /// Asking the ledger for a tenant, without changing anything.
    Ask,
    /// Changing something here: signing a credential, making a key.
    Sign,
    /// Changing something on the ledger.
    LedgerWrite,
}

impl Work {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Identify, Self::SignIn, Self::Resolve, Self::Read, Self::Ask, Self::Sign, Self::LedgerWrite];

    /// The share of each kind.
    const fn share(self) -> Share {
        let (places, places_each, waiting_each) = match self {
            Self::Identify => (IDENTIFY_MAX, IDENTIFY_PER_KEY_MAX, IDENTIFY_WAITING_PER_KEY_MAX),
            Self::SignIn => (SIGN_INS_MAX, SIGN_INS_PER_ADDRESS_MAX, SIGN_INS_WAITING_PER_ADDRESS_MAX),
            Self::Resolve => (RESOLVE_MAX, RESOLVE_PER_ADDRESS_MAX, RESOLVE_WAITING_PER_ADDRESS_MAX),
            Self::Read => (READS_MAX, READS_PER_TENANT_MAX, READS_WAITING_PER_TENANT_MAX),
            Self::Ask => (QUESTIONS_MAX, QUESTIONS_PER_TENANT_MAX, QUESTIONS_WAITING_PER_TENANT_MAX),
            Self::Sign => (SIGNINGS_MAX, SIGNINGS_PER_TENANT_MAX, SIGNINGS_WAITING_PER_TENANT_MAX),
            Self::LedgerWrite => {
                (LEDGER_WRITES_MAX, LEDGER_WRITES_PER_TENANT_MAX, LEDGER_WRITES_WAITING_PER_TENANT_MAX)
            }
        };
        Share { places, places_each, waiting_each, wait_seconds: PLACE_WAIT_SECONDS }
    }
}

/// Whose share a request takes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Somebody without an API key: an IPv4 address, or an IPv6 network of 64 bits.
    Network(IpAddr),
    /// Somebody who shows an API key that has not been looked up yet: a number made of it that means nothing elsewhere.
    Key(u64),
    /// A tenant.
    Tenant(CustomerId),
}

impl Caller {
    /// Whoever shows this API key.
    pub fn key(secret: &str) -> Self {
        static SECRETLY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self::Key(SECRETLY.hash_one(secret))
    }
}

/// The places of all kinds; one per process, shared by all doors.
#[derive(Debug)]
pub struct Budget([Arc<Gate>; Work::ALL.len()]);

impl Default for Budget {
    fn default() -> Self {
        Self::of(Work::share)
    }
}

impl Budget {
    /// With these shares.
    pub fn of(share: impl Fn(Work) -> Share) -> Self {
        Self(Work::ALL.map(|work| Arc::new(Gate::new(share(work)))))
    }

    fn gate(&self, work: Work) -> &Arc<Gate> {
        let [identify, sign_in, resolve, read, ask, sign, ledger_write] = &self.0;
        match work {
            Work::Identify => identify,
            Work::SignIn => sign_in,
            Work::Resolve => resolve,
            Work::Read => read,
            Work::Ask => ask,
            Work::Sign => sign,
            Work::LedgerWrite => ledger_write,
        }
    }

    /// Takes a place, waiting for it if need be; it is free again when the value is dropped. Faults: `request/too-many`,
    /// `server/busy`.
    pub async fn enter(&self, work: Work, caller: Caller) -> Result<Place, Fault> {
        self.gate(work).enter(caller).await
    }

    /// How many places of a kind are taken.
    pub fn taken(&self, work: Work) -> usize {
        self.gate(work).taken()
    }

    /// How many requests wait for a place of a kind.
    pub fn waiting(&self, work: Work) -> usize {
        self.gate(work).waiting()
    }
}

#[cfg(test)]
mod tests;
