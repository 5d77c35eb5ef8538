//! `studio devnet`.

use super::terminal::say;
use crate::adapter::system::SystemClock;
use ::devnet::{BlockMode, DevnetConfig};
use anyhow::Context;
use app::port::Clock as _;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Devnet {
    /// A genesis object, or a whole corpus file that has one; the built-in one without.
    #[arg(long)]
    genesis: Option<PathBuf>,
    /// RPC port.
    #[arg(long, default_value_t = 26657, env = "STUDIO_LEDGER_PORT")]
    port: u16,
    /// Where blocks are kept; in memory only without.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Milliseconds between blocks, as on a real chain; without, a block is made as soon as there is something for it.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    block_time_millis: Option<u64>,
    /// US dollars per CHEQ. Fees are in dollars: at 1, a DID costs 2 CHEQ; without, the genesis' price holds (0.05).
    #[arg(long, env = "STUDIO_CHEQ_PRICE")]
    cheq_price: Option<String>,
}

/// A devnet by the machine's clock, on this port of the loopback address.
pub(super) fn on_port(port: u16) -> DevnetConfig {
    let config = DevnetConfig::new(Arc::new(|| SystemClock.now()));
    DevnetConfig { listen: SocketAddr::from(([127, 0, 0, 1], port)), ..config }
}

impl Devnet {
    pub(super) async fn run(self) -> anyhow::Result<ExitCode> {
        let mut config =
            DevnetConfig { data_dir: self.data_dir, cheq_usd_price: self.cheq_price, ..on_port(self.port) };
        if let Some(millis) = self.block_time_millis {
            config.blocks = BlockMode::Every(Duration::from_millis(millis));
        }
        if let Some(file) = &self.genesis {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
            let json =
                serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
            config = config.with_genesis_json(&json)?;
        }
        let handle = ::devnet::start(config).await?;
        say(&format!("devnet: CometBFT RPC at {} (chain {})", handle.url(), handle.chain_id()));
        super::serve::interrupted().await?;
        handle.shutdown().await;
        Ok(ExitCode::SUCCESS)
    }
}
