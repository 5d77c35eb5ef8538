//! Configuration of a devnet.

use crate::chain::Clock;
use crate::genesis::{Genesis, GenesisError};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Time between empty blocks when blocks are otherwise made on demand.
pub const DEFAULT_HEARTBEAT: Duration = Duration::from_secs(5);

/// When blocks are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockMode {
    /// As soon as a transaction is accepted, before the broadcast is answered; and an empty one now and then so that
    /// heights (and with them timeouts) pass.
    Instant {
        /// Time between empty blocks; `None` for none.
        heartbeat: Option<Duration>,
    },
    /// Regularly, empty or not, as on a real chain.
    Every(Duration),
    /// Only when asked for.
    Manual,
}

/// Configuration. [`DevnetConfig::new`] gives a chain in memory on a free local port.
#[derive(Clone)]
pub struct DevnetConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the block file is kept; `None` keeps everything in memory.
    pub data_dir: Option<PathBuf>,
    /// What the chain starts from; `None` takes what the data directory holds, or the default.
    pub genesis: Option<Genesis>,
    /// When blocks are made.
    pub blocks: BlockMode,
    /// Where the time comes from.
    pub clock: Clock,
    /// US dollars per CHEQ, such as `0.05`, whatever genesis and stored blocks say; `None` leaves it as it is.
    pub cheq_usd_price: Option<String>,
    /// Whether `POST /devnet/fault` is served.
    pub fault_endpoint: bool,
}

impl DevnetConfig {
    /// In memory, default genesis, instant blocks, a free port of 127.0.0.1, fault endpoint on.
    pub fn new(clock: Clock) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data_dir: None,
            genesis: None,
            blocks: BlockMode::Instant { heartbeat: Some(DEFAULT_HEARTBEAT) },
            clock,
            cheq_usd_price: None,
            fault_endpoint: true,
        }
    }

    /// Takes the genesis from JSON: a genesis object or a corpus file with a `genesis` member.
    ///
    /// # Errors
    /// When it is no such JSON.
    pub fn with_genesis_json(mut self, value: &Value) -> Result<Self, GenesisError> {
        self.genesis = Some(Genesis::from_json(value)?);
        Ok(self)
    }
}
