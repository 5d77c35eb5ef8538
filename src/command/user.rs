//! `studio user`: links for people, by the operator.

use super::{database::DataDir, house, terminal::say};
use crate::{Config, House};
use app::{
    people,
    port::links::{RESET_LINK_HOURS, SET_UP_LINK_HOURS},
};
use clap::Subcommand;
use domain::id::{CustomerId, UserId};
use std::process::ExitCode;

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Users {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Prints a link by which somebody becomes an owner of a customer, with an e-mail address and password of their choice. It
    /// works once; a newer one takes its place.
    Setup {
        /// The customer's id (`studio customer list`).
        #[arg(long)]
        customer: CustomerId,
        #[command(flatten)]
        database: DataDir,
    },
    /// Prints a link by which a user chooses a new password. It works once; all their browsers are signed out by it.
    Reset {
        /// The user's e-mail address.
        #[arg(long)]
        email: String,
        #[command(flatten)]
        database: DataDir,
    },
}

impl Users {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let (Verb::Setup { database, .. } | Verb::Reset { database, .. }) = &self.verb;
        let database = database.open(&config).await?;
        let run = async |house: &House| match &self.verb {
            Verb::Setup { customer, .. } => set_up(house, *customer).await,
            Verb::Reset { email, .. } => reset(house, email).await,
        };
        let result = house::with_followers(&config, &database, run).await;
        database.close().await?;
        result?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn set_up(house: &House, customer: CustomerId) -> anyhow::Result<()> {
    house.studio.outcomes.all_visible().await?;
    if house.views.accounts().customer(customer).await?.is_none() {
        anyhow::bail!("there is no customer {customer}: see `studio customer list`");
    }
    let user = UserId(house.studio.ids.next());
    let secret = people::make_set_up_link(&house.studio, customer, user).await?;
    say(&format!(
        "{}   (works once, for {SET_UP_LINK_HOURS} hours)",
        address(&house.config, "setup", &secret)
    ));
    Ok(())
}

async fn reset(house: &House, email: &str) -> anyhow::Result<()> {
    house.studio.outcomes.all_visible().await?;
    let secret = people::make_reset_link(&house.studio, email).await?;
    say(&format!(
        "{}   (works once, for {RESET_LINK_HOURS} hours)",
        address(&house.config, "reset", &secret)
    ));
    Ok(())
}

/// Where a link leads: the public address if it is configured, else this machine.
pub(super) fn address(config: &Config, what: &str, secret: &str) -> String {
    let base = config.base_url.clone().unwrap_or_else(|| format!("http://localhost:{}", config.port));
    format!("{base}/auth/{what}?token={secret}")
}
