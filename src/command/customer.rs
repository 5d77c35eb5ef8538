//! `studio customer`: tenants, by the operator.

use super::{
    database::{DataDir, Database},
    terminal::{say, warn},
};
use crate::{Config, House, background, tenant};
use clap::Subcommand;
use ledger::Faucet;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Customer {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes a customer, prints its id and its API key (once), and funds its payment account on the devnet.
    Create {
        /// What it is called.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        database: DataDir,
    },
}

impl Customer {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let Verb::Create { name, database } = self.verb;
        let database = database.open(&config).await?;
        let result = create(&config, &database, &name).await;
        database.close().await?;
        result?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn create(config: &Config, database: &Database, name: &str) -> anyhow::Result<()> {
    let master = database.master_key(config)?;
    // Only the devnet of `studio up` gives money away; a node that the operator named does not.
    let is_devnet = config.testnet_rpc.is_empty() && database.data_dir.is_some();
    let config = database.with_ledger(config);
    store::migrate(&database.pool).await?;
    let house = House::open(config, database.pool.clone(), master).await?;
    // Followers are safe to run beside those of a running Studio; without one, they make the customer visible.
    let stop = CancellationToken::new();
    let tasks = background::start(&house, background::Roles { followers: true, workers: 0 }, &stop).await?;
    let registered = tenant::register(&house, name).await;
    let registered = match registered {
        Ok(registered) => registered,
        Err(error) => {
            super::serve::wind_down(tasks, &stop).await;
            return Err(error);
        }
    };
    say(&format!("customer  {}", registered.customer));
    for payer in &registered.payers {
        say(&format!("payer     {} ({})", payer.address, payer.network));
    }
    say(&format!("API key   {}   (shown once)", registered.api_key.secret));
    if is_devnet {
        let faucet = Faucet::from_mnemonic(devnet::FAUCET_MNEMONIC)?;
        if let Err(error) = tenant::fund(&house, &faucet, registered.customer).await {
            warn(&format!("studio: its payment account was not funded ({error:#}); is `studio up` running?"));
        }
    }
    super::serve::wind_down(tasks, &stop).await;
    Ok(())
}
