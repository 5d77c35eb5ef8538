//! Where the nodes are. Values are handed in; no environment variable is read here.

use domain::id::Network;
use std::{collections::BTreeMap, time::Duration};

domain::limits! {
    /// Longest time to open a connection to a node.
    pub CONNECT_TIMEOUT_SECONDS: u64 = 5, "seconds";
    /// Longest time for one call to one node, connection included.
    pub CALL_TIMEOUT_SECONDS: u64 = 20, "seconds";
    /// CometBFT closes idle connections after 10 s; we drop ours first, so that a call does not meet one
    /// that is just being closed.
    pub IDLE_CONNECTION_SECONDS: u64 = 5, "seconds";
    /// Most bytes read of one answer. A resource has at most 2 MiB (2.8 MB as base64); this leaves room for collections.
    pub RESPONSE_BYTES_MAX: usize = 32 * 1024 * 1024, "bytes";
}

pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(CONNECT_TIMEOUT_SECONDS);
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(CALL_TIMEOUT_SECONDS);
pub(crate) const IDLE_CONNECTION: Duration = Duration::from_secs(IDLE_CONNECTION_SECONDS);

/// The networks this Studio talks to.
#[derive(Debug, Clone, Default)]
pub struct LedgerConfig {
    /// Nodes by network; a network that is missing answers [`app::port::chain::ChainFault::NotConfigured`].
    pub networks: BTreeMap<Network, NetworkConfig>,
}

/// One network.
#[derive(Clone)]
pub struct NetworkConfig {
    /// CometBFT RPC addresses (`http://` or `https://`), the preferred one first. At least one.
    pub rpc_urls: Vec<String>,
    /// Chain id the nodes must have, e.g. `cheqd-mainnet-1`; `None` takes whatever they say.
    pub chain_id: Option<String>,
}

/// Addresses may carry an API key, so `Debug` shows only how many there are.
impl std::fmt::Debug for NetworkConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetworkConfig")
            .field("rpc_urls", &self.rpc_urls.len())
            .field("chain_id", &self.chain_id)
            .finish()
    }
}

/// Why a configuration cannot work. Never shows an address.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No address was given.
    #[error("{0} has no RPC address")]
    NoAddress(Network),
    /// An address is not an http(s) URL.
    #[error("RPC address {position} of {network} is not an http:// or https:// URL: {why}")]
    Address {
        /// Which network.
        network: Network,
        /// Its place in the list, from 1.
        position: usize,
        /// What is wrong.
        why: String,
    },
    /// The HTTP client could not be set up (for example unreadable TLS roots).
    #[error("the HTTP client cannot be set up: {0}")]
    Http(String),
}
