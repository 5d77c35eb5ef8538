//! `studio operation`: ledger writes that do not move, by the operator.

use super::{
    database::{DataDir, Database},
    terminal::say,
};
use crate::{Config, House, background};
use anyhow::bail;
use app::port::interventions::Intervention;
use clap::{Args, Subcommand, ValueEnum};
use domain::id::{CustomerId, OperationId};
use std::{process::ExitCode, time::Duration};
use store::outbox::{self, MAX_PAGE_OPERATIONS, Operation, OperationDetail, OperationFilter, OperationState};
use tokio_util::sync::CancellationToken;

/// How long a skip or cancel is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// Options of the command.
#[derive(Args)]
pub(super) struct Operations {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists ledger writes, newest first.
    List {
        /// Only those that stand there; `dead` are those that wait for you.
        #[arg(long)]
        state: Option<State>,
        /// Only of this customer.
        #[arg(long)]
        customer: Option<CustomerId>,
        /// Only under this DID.
        #[arg(long)]
        did: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PAGE_OPERATIONS)))]
        limit: u32,
        #[command(flatten)]
        shape: Shape,
    },
    /// Shows one with everything that was in its way.
    Show(One),
    /// Tries a waiting one again now, with all its attempts before it.
    Retry(One),
    /// Gives up one whose attempts are used up, so that what waits behind it under its DID goes on.
    Skip(One),
    /// Ends one without effect, if it can still be kept from having one.
    Cancel(One),
}

#[derive(Args)]
struct One {
    /// The operation.
    operation: OperationId,
    #[command(flatten)]
    shape: Shape,
}

#[derive(Args)]
struct Shape {
    /// Prints JSON, one operation a line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DataDir,
}

#[derive(Clone, Copy, ValueEnum)]
enum State {
    Pending,
    Submitted,
    Confirmed,
    Failed,
    Cancelled,
    Dead,
}

impl State {
    const fn state(self) -> Option<OperationState> {
        match self {
            Self::Pending => Some(OperationState::Pending),
            Self::Submitted => Some(OperationState::Submitted),
            Self::Confirmed => Some(OperationState::Confirmed),
            Self::Failed => Some(OperationState::Failed),
            Self::Cancelled => Some(OperationState::Cancelled),
            Self::Dead => None,
        }
    }
}

impl Operations {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let (one, what) = match self.verb {
            Verb::List { state, customer, did, limit, shape } => {
                let filter = OperationFilter {
                    state: state.and_then(State::state),
                    dead: matches!(state, Some(State::Dead)),
                    did,
                    limit,
                    ..OperationFilter::default()
                };
                let database = shape.database.open(&config).await?;
                let listed = list(&database, customer, &filter, shape.json).await;
                database.close().await?;
                listed?;
                return Ok(ExitCode::SUCCESS);
            }
            Verb::Show(one) => (one, None),
            Verb::Retry(one) => (one, Some(Intervention::Retry)),
            Verb::Skip(one) => (one, Some(Intervention::Skip)),
            Verb::Cancel(one) => (one, Some(Intervention::Cancel)),
        };
        let database = one.shape.database.open(&config).await?;
        let mut result = match what {
            Some(what) => intervene(&config, &database, one.operation, what).await,
            None => Ok(()),
        };
        if result.is_ok() {
            result = show(&database, one.operation, one.shape.json).await;
        }
        database.close().await?;
        result?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(
    database: &Database,
    customer: Option<CustomerId>,
    filter: &OperationFilter,
    json: bool,
) -> anyhow::Result<()> {
    let page = outbox::list(&database.pool, customer, filter).await?;
    if page.operations.is_empty() && !json {
        say("no such operation");
    }
    for operation in &page.operations {
        say(&if json { serde_json::to_string(operation)? } else { line(operation) });
    }
    Ok(())
}

fn line(operation: &Operation) -> String {
    let state = if operation.dead { "dead".to_owned() } else { state_name(operation.state) };
    let code = operation.code.as_deref().unwrap_or_default();
    format!(
        "{}  {state:<9}  {:<21}  {}  {}  {code}",
        operation.operation_id,
        operation.kind,
        operation.created_at.format("%Y-%m-%d %H:%M:%SZ"),
        operation.did,
    )
}

fn state_name(state: OperationState) -> String {
    format!("{state:?}").to_lowercase()
}

async fn show(database: &Database, operation: OperationId, json: bool) -> anyhow::Result<()> {
    let Some(detail) = outbox::get(&database.pool, None, operation).await? else {
        bail!("operation {operation} does not exist");
    };
    if json {
        say(&serde_json::to_string(&detail)?);
        return Ok(());
    }
    let OperationDetail { operation, history } = detail;
    say(&line(&operation));
    for (name, value) in [
        ("fee paid, ncheq", &operation.fee_paid),
        ("transaction", &operation.tx_hash),
        ("in the way", &operation.error),
    ] {
        if let Some(value) = value {
            say(&format!("  {name:<16} {value}"));
        }
    }
    if let Some(next) = operation.next_try_at {
        say(&format!("  {:<16} {}", "next try", next.format("%Y-%m-%d %H:%M:%SZ")));
    }
    for attempt in history {
        let tx = attempt.tx_hash.as_deref().map(|hash| format!(", transaction {hash}")).unwrap_or_default();
        say(&format!(
            "  {:>3}  {}  {}: {}{tx}",
            attempt.no,
            attempt.at.format("%Y-%m-%d %H:%M:%SZ"),
            attempt.code,
            attempt.reason,
        ));
    }
    Ok(())
}

/// With a worker of its own, so that it comes to its end without a running Studio; beside one, whichever is first does it.
async fn intervene(
    config: &Config,
    database: &Database,
    operation: OperationId,
    what: Intervention,
) -> anyhow::Result<()> {
    let master = database.master_key(config)?;
    let config = database.with_ledger(config);
    store::migrate(&database.pool).await?;
    let house = House::open(config, database.pool.clone(), master).await?;
    let stop = CancellationToken::new();
    let tasks = background::start(&house, background::Roles { followers: true, workers: 1 }, &stop).await?;
    let done = app::operation::intervene(&house.studio, None, operation, what, WAIT).await;
    super::serve::wind_down(tasks, &stop).await;
    if !done.map_err(|fault| anyhow::anyhow!("{}", fault.public))? && what != Intervention::Retry {
        say("it is still being found out whether it took effect; it ends by itself");
    }
    Ok(())
}
