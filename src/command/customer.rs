//! `studio customer`: tenants, by the operator.

use super::{
    database::{DataDir, Database},
    house,
    terminal::{say, warn},
};
use crate::{
    Config, House,
    tenant::{self, operator_call},
};
use app::people::{InviteMember, invite_member, role_name};
use clap::Subcommand;
use domain::id::CustomerId;
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
    /// Invites somebody into a customer's account and prints the token (once): the way to the first owner of an account that
    /// was made here.
    Invite {
        /// The customer, as `studio customer list` shows it.
        #[arg(long)]
        customer: CustomerId,
        /// The e-mail address that the invitation is bound to.
        #[arg(long)]
        email: String,
        /// owner, admin, issuer, auditor, or a role of the account's own.
        #[arg(long, default_value = "owner")]
        role: String,
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
        let (what, database) = match self.verb {
            Verb::Create { name, database } => (What::Create(name), database),
            Verb::Invite { customer, email, role, database } => {
                (What::Invite(customer, email, role), database)
            }
            Verb::List { database } => (What::List, database),
        };
        let database = database.open(&config).await?;
        let result = match what {
            What::Create(name) => create(&config, &database, &name).await,
            What::Invite(customer, email, role) => {
                let run = async |house: &House| invite(house, customer, email, &role).await;
                house::with_followers(&config, &database, run).await
            }
            What::List => {
                house::with_followers(&config, &database, async |house: &House| list(house).await).await
            }
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

enum What {
    Create(String),
    Invite(CustomerId, String, String),
    List,
}

async fn invite(house: &House, customer: CustomerId, email: String, role: &str) -> anyhow::Result<()> {
    let act = InviteMember { email, role: role_name(role)?, expires_at: None };
    let invited = invite_member(&house.studio, &operator_call(house, customer), act).await?;
    say(&format!("invitation  {}, until {}", invited.invitation, invited.expires_at));
    say(&format!("token       {}   (shown once)", invited.token.as_deref().unwrap_or_default()));
    Ok(())
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
