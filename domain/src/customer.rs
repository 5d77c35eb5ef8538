//! A tenant: its payer accounts, API keys and members.

mod command;
mod decide;
mod event;
mod evolve;
mod grant;
mod member;
mod refusal;
mod value;

pub use command::*;
pub use decide::{
    API_KEY_ADDRESSES_MAX, API_KEY_NAME_CHARS_MAX, MAX_WORKING_API_KEYS_COUNT, MEMBERS_MAX,
    OPEN_INVITATIONS_MAX, ROLES_MAX, SCOPES_MAX, TRUSTED_ROOTS_MAX,
};
pub(crate) use decide::{LIMITS, PEOPLE_LIMITS};
pub use event::*;
pub use grant::*;
pub(crate) use member::LIMITS as ROLE_LIMITS;
pub use member::*;
pub use refusal::*;
pub use value::*;

use crate::Aggregate;
use crate::id::{ApiKeyId, CustomerId, Instant, InvitationId, RevealId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A tenant: its payer accounts, API keys and members. Streams are `customer-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Customer {
    /// The tenant; `None` before it was registered.
    pub customer: Option<CustomerId>,
    /// One fee payer per network.
    pub payers: Vec<PayerAccount>,
    /// Its API keys by id.
    pub api_keys: BTreeMap<ApiKeyId, ApiKey>,
    /// Roots of trust chains that it trusts beside its own: DIDs, or DID URLs of root authorisations.
    #[serde(default)]
    pub trusted_roots: Vec<String>,
    /// When personal data of it was last shown to the operator, so that a repeat is no second time.
    #[serde(default)]
    pub last_reveal: Option<RevealId>,
    /// How many data keys were deleted of each subject whose erasure was noted, by the subject's keyed hash.
    #[serde(default)]
    pub erased: BTreeMap<String, u64>,
    /// What else is known of it.
    #[serde(default)]
    pub organisation: Organisation,
    /// Who belongs to it.
    #[serde(default)]
    pub members: BTreeMap<UserId, Member>,
    /// Whether it ever had a member.
    #[serde(default)]
    pub is_founded: bool,
    /// Who was invited, and what came of it.
    #[serde(default)]
    pub invitations: BTreeMap<InvitationId, Invitation>,
    /// Its own roles beside those that everybody has, with their scopes.
    #[serde(default)]
    pub roles: BTreeMap<RoleName, BTreeSet<String>>,
}

impl Customer {
    /// Whether what this user wrote with this key still lets somebody in at `at`: whoever was suspended or removed meanwhile lets
    /// nobody in, nor does an API key that works no more.
    pub fn lets_in(&self, inviter: Option<UserId>, key: Option<ApiKeyId>, at: Instant) -> bool {
        let is_active = |user| self.members.get(&user).is_some_and(|member| !member.suspended);
        let works = |key| self.api_keys.get(&key).is_some_and(|known| known.works(at));
        inviter.is_none_or(is_active) && key.is_none_or(works)
    }
}

impl Aggregate for Customer {
    const TYPE: &'static str = "customer";
    type Command = CustomerCommand;
    type Event = CustomerEvent;
    type Refusal = CustomerRefusal;

    fn decide(&self, command: CustomerCommand) -> Result<Vec<CustomerEvent>, CustomerRefusal> {
        decide::decide(self, command)
    }

    fn evolve(&mut self, event: &CustomerEvent) {
        evolve::evolve(self, event);
    }
}

#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod tests;
