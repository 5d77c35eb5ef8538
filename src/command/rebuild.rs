//! `studio rebuild`.

use super::{
    database::DataDir,
    terminal::{say, step},
};
use crate::{Config, adapter::system::RandomIds};
use app::port::Ids as _;
use projections::Projections;
use std::process::ExitCode;
use store::Progress;
use tokio_util::sync::CancellationToken;

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Rebuild {
    /// The read model, e.g. `did`; see `--all`.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    projection: Option<String>,
    /// Every read model, one after the other.
    #[arg(long)]
    all: bool,
    /// Build beside, compare with the live rows at the same position, and throw the build away; a difference is a failure.
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    database: DataDir,
}

impl Rebuild {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let database = self.database.open(&config).await?;
        store::migrate(&database.pool).await?;
        let names: Vec<&str> = match &self.projection {
            Some(name) => vec![name],
            None => projections::MODEL_NAMES.to_vec(),
        };
        let progress = Progress::new(database.pool.clone());
        let models = Projections::new(database.pool.clone(), progress, RandomIds.next().to_string());
        let stop = CancellationToken::new();
        let mut all_equal = true;
        for name in names {
            if self.verify {
                step(&format!("comparing {name} with a cold rebuild"));
                let verification = models.verify(name, &stop).await?;
                all_equal &= verification.is_equal();
                let verdict = if verification.is_equal() { "equal" } else { "NOT EQUAL" };
                let rows = verification.live.rows;
                say(&format!(
                    "{name}: {verdict} to a cold rebuild ({rows} rows at position {})",
                    verification.live.position
                ));
            } else {
                step(&format!("rebuilding {name}"));
                models.rebuild(name, &stop).await?;
                say(&format!("{name}: rebuilt"));
            }
        }
        database.close().await?;
        Ok(if all_equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
