//! `studio customer`: tenants, by the operator.

use super::{
    database::{DataDir, Database},
    terminal::{say, warn},
};
use crate::{Config, House};
use anyhow::{Context, bail};
use app::{Actor, Call, customer};
use clap::Subcommand;
use domain::id::{CustomerId, Ncheq, Network};
use ledger::{Faucet, faucet::TopUp};
use projections::Paging;
use std::{process::ExitCode, time::Duration};
use tokio_util::sync::CancellationToken;

/// What a new payer gets on the devnet: 10 000 CHEQ.
const DEVNET_FUNDS: Ncheq = Ncheq(10_000 * 1_000_000_000);
/// A payer with less than this gets more.
const DEVNET_FUNDS_LEAST: Ncheq = Ncheq(1_000 * 1_000_000_000);
/// How long the first customer may take to show in the read models.
const VISIBLE_TIMEOUT: Duration = Duration::from_secs(30);

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
    let config = database.with_ledger(config);
    let is_devnet = config.testnet_rpc.iter().all(|url| is_local(url)) && database.data_dir.is_some();
    store::migrate(&database.pool).await?;
    let house = House::open(config, database.pool.clone(), master).await?;
    // Followers are safe to run beside those of a running Studio; without one, they make the customer visible.
    let stop = CancellationToken::new();
    let tasks = crate::background::start(&house, crate::background::Roles { followers: true, workers: 0 }, &stop)?;
    let registered = register(&house, name).await;
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
        if let Err(error) = fund(&house, &faucet, &registered).await {
            warn(&format!("studio: its payment account was not funded ({error:#}); is `studio up` running?"));
        }
    }
    super::serve::wind_down(tasks, &stop).await;
    Ok(())
}

fn is_local(url: &str) -> bool {
    url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:")
}

/// The first customer, and its key if it was made just now.
pub(super) struct FirstCustomer {
    /// The API key in the clear, for the only time.
    pub(super) secret: Option<String>,
    /// Whether its payer could not be funded.
    pub(super) unfunded: bool,
}

/// Makes the first customer if there is none yet, and keeps its devnet payer funded.
pub(super) async fn first_customer(house: &House, faucet: Option<&Faucet>) -> anyhow::Result<FirstCustomer> {
    house.studio.outcomes.all_visible().await?;
    let any = house.views.accounts().list_for_operator(Paging::first(1, None)).await;
    if let Some(row) = any.context("the customers cannot be read")?.rows.into_iter().next() {
        let customer = row.customer;
        let unfunded = refill(house, faucet, customer).await.is_err();
        return Ok(FirstCustomer { secret: None, unfunded });
    }
    let registered = register(house, "First customer").await?;
    let unfunded = match faucet {
        Some(faucet) => fund(house, faucet, &registered).await.is_err(),
        None => false,
    };
    Ok(FirstCustomer { secret: Some(registered.api_key.secret), unfunded })
}

async fn register(house: &House, name: &str) -> anyhow::Result<customer::Registered> {
    let id = house.studio.ids.next();
    let call = Call {
        customer: CustomerId(house.studio.ids.next()),
        actor: Actor::Operator,
        command_id: id,
        correlation_id: id,
        traceparent: None,
        at: house.studio.clock.now(),
        wait_seconds: 0,
        dry_run: false,
        fee_max: None,
    };
    let address = |key: &[u8]| vault::payer_address(key).unwrap_or_default();
    let registered = customer::register(&house.studio, &call, name, &Network::ALL, &address).await?;
    let seen = tokio::time::timeout(VISIBLE_TIMEOUT, house.studio.outcomes.visible(registered.api_key.token)).await;
    match seen {
        Ok(Ok(true)) => Ok(registered),
        Ok(Err(fault)) => Err(fault.into()),
        Ok(Ok(false)) | Err(_) => bail!("the new customer does not show in the read models: run `studio doctor`"),
    }
}

async fn fund(house: &House, faucet: &Faucet, registered: &customer::Registered) -> anyhow::Result<()> {
    for payer in registered.payers.iter().filter(|payer| payer.network == Network::Testnet) {
        top_up(house, faucet, &payer.address).await?;
    }
    Ok(())
}

async fn refill(house: &House, faucet: Option<&Faucet>, customer: CustomerId) -> anyhow::Result<()> {
    let payer = house.studio.directory.payer(customer, Network::Testnet).await?;
    if let (Some(faucet), Some((address, _))) = (faucet, payer) {
        top_up(house, faucet, &address).await?;
    }
    Ok(())
}

async fn top_up(house: &House, faucet: &Faucet, address: &str) -> anyhow::Result<()> {
    let chain = &*house.studio.chain;
    match faucet.top_up(chain, Network::Testnet, address, DEVNET_FUNDS_LEAST, DEVNET_FUNDS).await {
        Ok(TopUp::Enough(_) | TopUp::Sent(_)) => Ok(()),
        Err(error) => {
            tracing::warn!(%error, address, "the devnet faucet could not fund a payment account");
            Err(error.into())
        }
    }
}
