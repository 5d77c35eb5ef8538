//! `studio api-key`: the API keys of a customer, by the operator; for whom has lost the last one.

use super::{
    database::{DataDir, Database},
    house::with_followers,
    terminal::say,
};
use crate::{Config, House, tenant::operator_call};
use anyhow::bail;
use app::customer::{self, ChangeApiKey, IssuedApiKey, RotateApiKey};
use clap::{Args, Subcommand};
use domain::id::{ApiKeyId, CustomerId, Instant};
use projections::{ApiKeyRow, LIST_ROWS_MAX, Paging, Placed as _};
use std::{process::ExitCode, time::Duration};

/// Options of the command.
#[derive(Args)]
pub(super) struct ApiKeys {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Args)]
struct Whose {
    /// The customer, as `studio customer list` shows it.
    #[arg(long)]
    customer: CustomerId,
    #[command(flatten)]
    database: DataDir,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists the customer's API keys, newest first; no secret is shown.
    List(Whose),
    /// Issues a key and prints its secret, once.
    Create {
        /// What it is called.
        #[arg(long)]
        name: String,
        /// When it stops working (RFC 3339); after the default life without.
        #[arg(long)]
        expires_at: Option<Instant>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Issues a key in the place of another one and prints its secret, once.
    Rotate {
        /// The id of the key to replace.
        key: ApiKeyId,
        /// For how many seconds the old one goes on.
        #[arg(long, default_value_t = 0)]
        overlap_seconds: u64,
        #[command(flatten)]
        whose: Whose,
    },
    /// Gives a key another name or end.
    Update {
        /// The key's id.
        key: ApiKeyId,
        /// Its new name.
        #[arg(long)]
        name: Option<String>,
        /// When it stops working (RFC 3339).
        #[arg(long)]
        expires_at: Option<Instant>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Stops a key at once, and for good.
    Revoke {
        /// The key's id.
        key: ApiKeyId,
        #[command(flatten)]
        whose: Whose,
    },
}

/// What to do, once the database is open.
enum Work {
    List,
    Create(String, Option<Instant>),
    Rotate(ApiKeyId, Duration),
    Update(ApiKeyId, Option<String>, Option<Instant>),
    Revoke(ApiKeyId),
}

impl ApiKeys {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let (work, Whose { customer, database }) = match self.verb {
            Verb::List(whose) => (Work::List, whose),
            Verb::Create { name, expires_at, whose } => (Work::Create(name, expires_at), whose),
            Verb::Rotate { key, overlap_seconds, whose } => {
                (Work::Rotate(key, Duration::from_secs(overlap_seconds)), whose)
            }
            Verb::Update { key, name, expires_at, whose } => (Work::Update(key, name, expires_at), whose),
            Verb::Revoke { key, whose } => (Work::Revoke(key), whose),
        };
        let database: Database = database.open(&config).await?;
        let run = async |house: &House| do_work(house, customer, work).await;
        let result = with_followers(&config, &database, run).await;
        database.close().await?;
        result?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn do_work(house: &House, customer: CustomerId, work: Work) -> anyhow::Result<()> {
    let (studio, call) = (&house.studio, operator_call(house, customer));
    studio.outcomes.all_visible().await?;
    let key = match work {
        Work::List => return list(house, customer).await,
        Work::Create(name, expires_at) => {
            let issued = customer::issue_api_key(studio, &call, &name, expires_at).await?;
            app::write::visible(studio, issued.token).await?;
            tell_secret(&issued);
            issued.key
        }
        Work::Rotate(old, overlap) => {
            let issued =
                customer::rotate_api_key(studio, &call, RotateApiKey { old, expires_at: None, overlap })
                    .await?;
            tell_secret(&issued);
            issued.key
        }
        Work::Update(key, name, expires_at) => {
            customer::change_api_key(studio, &call, ChangeApiKey { key, name, expires_at }).await?;
            key
        }
        Work::Revoke(key) => {
            customer::revoke_api_key(studio, &call, key).await?;
            key
        }
    };
    let row = house.views.accounts().api_key(customer, key).await?;
    match row {
        Some(row) => tell(house, customer, &[row]).await,
        None => Ok(()),
    }
}

fn tell_secret(issued: &IssuedApiKey) {
    say(&format!("API key   {}   (shown once)", issued.secret.as_deref().unwrap_or_default()));
}

async fn list(house: &House, customer: CustomerId) -> anyhow::Result<()> {
    if house.views.accounts().customer(customer).await?.is_none() {
        bail!("there is no customer {customer}; `studio customer list` shows them");
    }
    let mut paging = Paging::first(LIST_ROWS_MAX, None);
    loop {
        let page = house.views.accounts().api_keys(customer, paging).await?;
        tell(house, customer, &page.rows).await?;
        match page.rows.last() {
            Some(last) if page.has_next => paging = Paging::first(LIST_ROWS_MAX, Some(last.cursor())),
            _ => return Ok(()),
        }
    }
}

/// A line for each of them.
async fn tell(house: &House, customer: CustomerId, rows: &[ApiKeyRow]) -> anyhow::Result<()> {
    let studio = &house.studio;
    let keys: Vec<ApiKeyId> = rows.iter().map(|row| row.key).collect();
    let uses = studio.last_uses.of(&keys).await?;
    for row in rows {
        // Whom the operator suspended has keys that are held and have no date of it.
        let owner = studio.directory.api_key_of(customer, row.key).await?;
        let is_held = owner.is_some_and(|owner| owner.held);
        say(&line(row, is_held, uses.get(&row.key).copied(), studio.clock.now()));
    }
    Ok(())
}

fn line(row: &ApiKeyRow, is_held: bool, used_at: Option<Instant>, now: Instant) -> String {
    let state = match row.revoked_at {
        Some(at) => format!("revoked {}", at.to_rfc3339()),
        None if row.expires_at <= now => format!("expired {}", row.expires_at.to_rfc3339()),
        None if is_held => format!("held, until {}", row.expires_at.to_rfc3339()),
        None => format!("until {}", row.expires_at.to_rfc3339()),
    };
    let used = used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", at.to_rfc3339()));
    format!("{}  caas_…{}  {state}  {used}  {}", row.key, row.last_four, row.name)
}
