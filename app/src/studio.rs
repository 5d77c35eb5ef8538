//! Everything a use case can reach: the ports, put together by the binary.

use crate::port::{
    Chain, Clock, Commands, Composer, Directory, Estate, Ids, Interventions, Outcomes, People, Places,
    Replies, Resolver, Vault,
    vault::{ApiKeys, Hashes},
};
use crate::{customer::KeyRing, status_list::StatusTurns};
use std::sync::Arc;

/// Choices of the operator that use cases depend on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Public resolver address written into credentials, with a trailing slash (`RESOLVER_URL`).
    pub resolver_url: String,
    /// Life of a new API key in days.
    pub api_key_days: u32,
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
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// What this process knows of API keys.
    pub key_ring: Arc<KeyRing>,
    /// Who changes status lists just now.
    pub status_turns: Arc<StatusTurns>,
    /// The operator's choices.
    pub settings: Settings,
}
