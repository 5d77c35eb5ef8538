//! `studio work`.

use super::{
    database::DataDir,
    serve::{interrupted, wind_down},
    terminal::say,
};
use crate::{Config, House, background};
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Work {
    #[command(flatten)]
    database: DataDir,
}

impl Work {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let database = self.database.open(&config).await?;
        let config = database.with_ledger(&config);
        let master = database.master_key(&config)?;
        store::migrate(&database.pool).await?;
        let workers = config.workers.max(1);
        let house = House::open(config, database.pool.clone(), master).await?;
        let stop = CancellationToken::new();
        let tasks = background::start(&house, background::Roles { followers: true, workers }, &stop).await?;
        say("studio: working; Ctrl-C stops");
        let result = interrupted().await;
        wind_down(tasks, &stop).await;
        database.close().await?;
        result?;
        Ok(ExitCode::SUCCESS)
    }
}
