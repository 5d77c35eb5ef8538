//! `studio user`: people, by the operator.

mod link;

pub(super) use link::address;

use super::{database::DataDir, house::with_followers, terminal::say};
use crate::{Config, House, tenant::operator_call};
use app::people::{place_of, reinstate_user, suspend_user};
use clap::{Args, Subcommand};
use domain::id::{CustomerId, UserId};
use projections::{LIST_ROWS_MAX, Paging, Placed as _, UserRow};
use std::process::ExitCode;

/// Options of the command.
#[derive(Args)]
pub(super) struct Users {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists the users, newest first, with the accounts they belong to.
    List {
        #[command(flatten)]
        database: DataDir,
    },
    /// Prints a link by which somebody becomes the first owner of a customer, with an e-mail address and password of their
    /// choice. It works once; a newer one takes its place. Where somebody was an owner before, invite another one.
    Setup {
        /// The customer, as `studio customer list` shows it.
        #[arg(long)]
        customer: CustomerId,
        #[command(flatten)]
        database: DataDir,
    },
    /// Prints a link by which a user chooses a new password. It works once; all their browsers are signed out by it, and
    /// their passkeys end.
    Reset {
        /// The user's e-mail address.
        #[arg(long)]
        email: String,
        #[command(flatten)]
        database: DataDir,
    },
    /// Lets a user in nowhere any more, whichever account he belongs to; API keys that he made open nothing until he is
    /// reinstated.
    Suspend {
        /// The user, as `studio user list` shows him.
        #[arg(long)]
        user: UserId,
        #[command(flatten)]
        database: DataDir,
    },
    /// Ends a user's suspension.
    Reinstate {
        /// The user, as `studio user list` shows him.
        #[arg(long)]
        user: UserId,
        #[command(flatten)]
        database: DataDir,
    },
}

enum What {
    List,
    Setup(CustomerId),
    Reset(String),
    Suspend(UserId),
    Reinstate(UserId),
}

impl Users {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let (what, database) = match self.verb {
            Verb::List { database } => (What::List, database),
            Verb::Setup { customer, database } => (What::Setup(customer), database),
            Verb::Reset { email, database } => (What::Reset(email), database),
            Verb::Suspend { user, database } => (What::Suspend(user), database),
            Verb::Reinstate { user, database } => (What::Reinstate(user), database),
        };
        let database = database.open(&config).await?;
        let run = async |house: &House| match &what {
            What::List => list(house).await,
            What::Setup(customer) => link::set_up(house, *customer).await,
            What::Reset(email) => link::reset(house, email).await,
            What::Suspend(user) => {
                Ok(suspend_user(&house.studio, &operator_call(house, place_of(*user)), *user).await?)
            }
            What::Reinstate(user) => {
                Ok(reinstate_user(&house.studio, &operator_call(house, place_of(*user)), *user).await?)
            }
        };
        let result = with_followers(&config, &database, run).await;
        database.close().await?;
        result?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(house: &House) -> anyhow::Result<()> {
    house.studio.outcomes.all_visible().await?;
    let mut paging = Paging::first(LIST_ROWS_MAX, None);
    loop {
        let page = house.views.people().list_for_operator(paging).await?;
        for row in &page.rows {
            show(house, row).await?;
        }
        match page.rows.last() {
            Some(last) if page.has_next => paging = Paging::first(LIST_ROWS_MAX, Some(last.cursor())),
            _ => return Ok(()),
        }
    }
}

async fn show(house: &House, row: &UserRow) -> anyhow::Result<()> {
    let email = match &row.email {
        Some(email) => house.studio.vault.open(place_of(row.user_id), email).await?,
        None => None,
    };
    let email = email.map_or("(no e-mail)".into(), |email| String::from_utf8_lossy(&email).into_owned());
    let suspended = if row.suspended_at.is_some() { "  suspended" } else { "" };
    say(&format!("{}  {email}{suspended}", row.user_id));
    for member in house.views.people().memberships(row.user_id).await? {
        say(&format!("    {} ({})", member.customer, member.role));
    }
    Ok(())
}
