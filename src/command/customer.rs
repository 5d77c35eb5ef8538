//! `studio customer`: tenants, by the operator.

use super::{
    database::{DataDir, Database},
    house,
    terminal::{say, warn},
};
use crate::{Config, House, tenant};
use clap::Subcommand;
use ledger::Faucet;
use projections::{LIST_ROWS_MAX, Paging, Placed as _};
use std::process::ExitCode;

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
    /// Lists the customers, newest first, with their payment accounts.
    List {
        #[command(flatten)]
        database: DataDir,
    },
}

impl Customer {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let (name, database) = match self.verb {
            Verb::Create { name, database } => (Some(name), database),
            Verb::List { database } => (None, database),
        };
        let database = database.open(&config).await?;
        let result = match name {
            Some(name) => create(&config, &database, &name).await,
            None => house::with_followers(&config, &database, async |house: &House| list(house).await).await,
        };
        database.close().await?;
        result?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn create(config: &Config, database: &Database, name: &str) -> anyhow::Result<()> {
    // Only the devnet of `studio up` gives money away; a node that the operator named does not.
    let is_devnet = config.testnet_rpc.is_empty() && database.data_dir.is_some();
    let run = async |house: &House| {
        let registered = tenant::register(house, name).await?;
        say(&format!("customer  {}", registered.customer));
        for payer in &registered.payers {
            say(&format!("payer     {} ({})", payer.address, payer.network));
        }
        say(&format!(
            "API key   {}   (shown once)",
            registered.api_key.secret.as_deref().unwrap_or_default()
        ));
        if is_devnet {
            let faucet = Faucet::from_mnemonic(devnet::FAUCET_MNEMONIC)?;
            if let Err(error) = tenant::fund(house, &faucet, registered.customer).await {
                warn(&format!(
                    "studio: its payment account was not funded ({error:#}); is `studio up` running?"
                ));
            }
        }
        Ok(())
    };
    house::with_followers(config, database, run).await
}

async fn list(house: &House) -> anyhow::Result<()> {
    house.studio.outcomes.all_visible().await?;
    let mut paging = Paging::first(LIST_ROWS_MAX, None);
    loop {
        let page = house.views.accounts().list_for_operator(paging).await?;
        for row in &page.rows {
            let name = house.studio.vault.open(row.customer, &row.name).await?;
            let name = name.map_or("(erased)".into(), |name| String::from_utf8_lossy(&name).into_owned());
            say(&format!("{}  {name}", row.customer));
            for payer in &row.payers {
                say(&format!("    {} ({})", payer.address, payer.network));
            }
        }
        match page.rows.last() {
            Some(last) if page.has_next => paging = Paging::first(LIST_ROWS_MAX, Some(last.cursor())),
            _ => return Ok(()),
        }
    }
}
