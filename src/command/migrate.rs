//! `studio migrate`.

use super::{database::DataDir, terminal::say};
use crate::Config;
use std::process::ExitCode;

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    database: DataDir,
}

impl Migrate {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let database = self.database.open(&config).await?;
        store::migrate(&database.pool).await?;
        say("The database has this version's schema.");
        database.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}
