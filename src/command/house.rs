//! Use cases from the command line.

use super::database::Database;
use crate::{Config, House, background};
use tokio_util::sync::CancellationToken;

/// Runs `work` in a house whose read models follow. Followers are safe to run beside those of a running Studio; without one,
/// they make visible what the command did.
pub(super) async fn with_followers<T>(
    config: &Config,
    database: &Database,
    work: impl AsyncFnOnce(&House) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    store::migrate(&database.pool).await?;
    let master = database.master_key(config)?;
    let house = House::open(database.with_ledger(config), database.pool.clone(), master).await?;
    let stop = CancellationToken::new();
    let roles = background::Roles { followers: true, workers: 0 };
    let tasks = background::start(&house, roles, &stop).await?;
    let done = work(&house).await;
    super::serve::wind_down(tasks, &stop).await;
    done
}
