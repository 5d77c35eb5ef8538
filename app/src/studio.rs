//! Everything a use case can reach: the ports, put together by the binary.

use crate::port::{
    Attempts, Authenticators, Chain, Clock, Commands, Composer, Directory, Estate, Identities,
    IdentityProvider, Ids, Interventions, Links, Outcomes, Passkeys, Passwords, People, Places,
    ProviderUsers, Replies, Resolver, Sessions, Vault,
    vault::{ApiKeys, Cookies, Hashes},
};
use crate::{
    customer::{KeyRing, LastUses},
    status_list::StatusTurns,
};
use chrono::TimeDelta;
use domain::id::CustomerId;
use std::sync::Arc;

/// Choices of the operator that use cases depend on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Public resolver address written into credentials, with a trailing slash (`RESOLVER_URL`).
    pub resolver_url: String,
    /// Life of a new API key in days.
    pub api_key_days: u32,
    /// The address that browsers reach this Studio by, without a slash at its end, if it is known (`APPLICATION_BASE_URL`).
    pub base_url: Option<String>,
    /// Origins of other pages that may act for a signed-in browser (`CORS_ALLOWED_ORIGINS`), as browsers send them.
    pub trusted_origins: Vec<String>,
    /// How long browsers stay signed in.
    pub sessions: SessionLimits,
    /// The tenant as whom everybody acts who does not say who they are (`ENABLE_AUTHENTICATION=false`); none usually.
    pub open_to: Option<CustomerId>,
}

/// How long browsers stay signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without being used.
    pub idle: TimeDelta,
    /// However much they are used.
    pub absolute: TimeDelta,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle: TimeDelta::hours(24), absolute: TimeDelta::days(30) }
    }
}

/// What signing in needs.
#[derive(Clone)]
pub struct SignIn {
    /// Browsers that are signed in.
    pub sessions: Arc<dyn Sessions>,
    /// Which user somebody is.
    pub identities: Arc<dyn Identities>,
    /// Passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Passkeys.
    pub passkeys: Arc<dyn Passkeys>,
    /// What the authenticators that hold them prove.
    pub authenticators: Arc<dyn Authenticators>,
    /// Failed tries.
    pub attempts: Arc<dyn Attempts>,
    /// Links that work once.
    pub links: Arc<dyn Links>,
    /// What browsers keep for us.
    pub cookies: Arc<dyn Cookies>,
    /// An identity provider, if people sign in with one and not with a password.
    pub provider: Option<Arc<dyn IdentityProvider>>,
    /// What that provider has to say beside it, if it is one that has.
    pub provider_users: Option<Arc<dyn ProviderUsers>>,
}

/// The ports. Cheap to clone.
#[derive(Clone)]
pub struct Studio {
    /// The write side.
    pub commands: Arc<dyn Commands>,
    /// The safe.
    pub vault: Arc<dyn Vault>,
    /// API key secrets.
    pub api_keys: Arc<dyn ApiKeys>,
    /// Keyed hashes of what is looked up and not kept.
    pub hashes: Arc<dyn Hashes>,
    /// Cursors of lists.
    pub places: Arc<dyn Places>,
    /// Ledger messages.
    pub composer: Arc<dyn Composer>,
    /// Ledger nodes.
    pub chain: Arc<dyn Chain>,
    /// Ledger reads.
    pub resolver: Arc<dyn Resolver>,
    /// Look-ups in read models.
    pub directory: Arc<dyn Directory>,
    /// Look-ups about people.
    pub people: Arc<dyn People>,
    /// Bounded waits.
    pub outcomes: Arc<dyn Outcomes>,
    /// What the log says stands on the ledger.
    pub estate: Arc<dyn Estate>,
    /// Interventions in ledger operations.
    pub interventions: Arc<dyn Interventions>,
    /// Saved answers.
    pub replies: Arc<dyn Replies>,
    /// Signing in.
    pub sign_in: SignIn,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// What this process knows of API keys.
    pub key_ring: Arc<KeyRing>,
    /// When API keys were last used.
    pub last_uses: Arc<LastUses>,
    /// Who changes status lists just now.
    pub status_turns: Arc<StatusTurns>,
    /// The operator's choices.
    pub settings: Settings,
}
