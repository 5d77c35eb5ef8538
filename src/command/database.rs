//! Which database a command works on: the one named by the environment, or the private one of a data directory.

use crate::{Config, house};
use anyhow::Context;
use sqlx::PgPool;
use std::path::{Path, PathBuf};
use store::{PostgresError, PostgresOptions, PrivatePostgres};
use vault::MasterKey;

/// `--data-dir` of commands that can work on either.
#[derive(clap::Args)]
pub(super) struct DataDir {
    /// The data directory of `studio up`; without it the database of `EXTERNAL_DB_CONNECTION_URL` is used, if set.
    #[arg(long, env = "STUDIO_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

/// An open database.
pub(super) struct Database {
    /// Connections to it.
    pub(super) pool: PgPool,
    /// The data directory, if it is a private one.
    pub(super) data_dir: Option<PathBuf>,
    server: Option<PrivatePostgres>,
}

/// Where things stand in a data directory.
pub(super) fn postgres_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("postgres")
}

/// The master key's default place.
pub(super) fn master_key_file(data_dir: &Path) -> PathBuf {
    data_dir.join("master-key")
}

/// Where a running `studio up` says how its ledger is reached.
pub(super) fn ledger_address_file(data_dir: &Path) -> PathBuf {
    data_dir.join("ledger-rpc")
}

impl DataDir {
    /// Opens the database. A private server that is not running is started for the time of the command.
    pub(super) async fn open(&self, config: &Config) -> anyhow::Result<Database> {
        if let (None, Some(url)) = (&self.data_dir, &config.database_url) {
            let pool = store::pool::pool(url, config.db_connections)?;
            return Ok(Database { pool, data_dir: None, server: None });
        }
        let data_dir = self.data_dir.clone().unwrap_or_else(|| config.data_dir.clone());
        let directory = postgres_dir(&data_dir);
        anyhow::ensure!(
            directory.exists(),
            "{} holds no Studio. Run `studio up --data-dir {}` first, or set EXTERNAL_DB_CONNECTION_URL.",
            data_dir.display(),
            data_dir.display()
        );
        let directory = directory.canonicalize()?;
        let server = private_server(&directory).await?;
        let pool = store::pool::connect(server.connect_options(), config.db_connections);
        Ok(Database { pool, data_dir: Some(data_dir), server: Some(server) })
    }
}

/// The server of a running Studio, or one started for this command alone, which nobody else can then take over.
async fn private_server(directory: &Path) -> Result<PrivatePostgres, PostgresError> {
    match PrivatePostgres::start(directory, PostgresOptions::default()).await {
        Err(PostgresError::InUse(_)) => {
            let shared = PostgresOptions { exclusive: false, ..PostgresOptions::default() };
            PrivatePostgres::start(directory, shared).await
        }
        other => other,
    }
}

impl Database {
    /// The master key that goes with it.
    pub(super) fn master_key(&self, config: &Config) -> anyhow::Result<MasterKey> {
        let file = self.data_dir.as_deref().map(master_key_file);
        house::master_key(config, file.as_deref())
    }

    /// The configuration with the ledger of a running `studio up`, if it has one.
    pub(super) fn with_ledger(&self, config: &Config) -> Config {
        let mut config = config.clone();
        if let Some(data_dir) = &self.data_dir
            && config.testnet_rpc.is_empty()
            && let Ok(address) = std::fs::read_to_string(ledger_address_file(data_dir))
        {
            config.testnet_rpc = vec![address.trim().to_owned()];
        }
        config
    }

    /// Lets go of it; stops a private server that this command started.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.pool.close().await;
        match self.server {
            Some(server) if !server.adopted() => {
                server.stop().await.context("the private Postgres did not stop")
            }
            _ => Ok(()),
        }
    }
}
