//! `studio doctor`.

use super::{database::DataDir, terminal::say};
use crate::{Config, House, adapter::readiness::StudioReadiness, funds};
use std::process::ExitCode;
use store::Parked;

domain::limits! {
    /// The most payers under their minimum that `studio doctor` lists.
    LOW_BALANCES_MAX: u32 = 20, "payers";
}

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    database: DataDir,
}

impl Doctor {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let database = self.database.open(&config).await?;
        let config = database.with_ledger(&config);
        let master = database.master_key(&config)?;
        let house = House::open(config, database.pool.clone(), master).await?;
        let checks = StudioReadiness::new(house.clone()).look().await;
        let mut healthy = true;
        for check in checks {
            let mark = if check.ok { "ok " } else { "BAD" };
            healthy &= check.ok;
            say(&format!(
                "{mark} {}{}",
                check.name,
                check.detail.map(|why| format!(": {why}")).unwrap_or_default()
            ));
        }
        let low = store::outbox::low_balances(&house.pool, LOW_BALANCES_MAX).await?;
        // A read model that cannot be read just now must not hide what is low.
        let owners = funds::owners(&house, &low).await.unwrap_or_default();
        for one in &low {
            let owner = owners.get(&(one.network.clone(), one.payer.clone())).copied();
            say(&funds::low_line(&house.config, one, owner));
        }
        for follower in house.progress.followers().await? {
            let error = follower.last_error.map(|error| format!(": {error}")).unwrap_or_default();
            say(&format!(
                "    follower {} v{} at {} ({} behind, {}){error}",
                follower.name, follower.version, follower.position, follower.lag, follower.status
            ));
        }
        for parked in house.progress.parked().await? {
            healthy = false;
            let Parked { follower, stream, tenant, position, error, since, tries, .. } = parked;
            say(&format!(
                "PARKED {stream} of customer {tenant}: {follower} cannot take in position {position} since {} ({tries} tries): {error}. \
                 All others go on. Look at it with `studio audit replay --stream {stream}`; a version of Studio that can \
                 take it in goes on by itself.",
                since.format("%Y-%m-%d %H:%M:%SZ")
            ));
        }
        database.close().await?;
        Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
