//! `studio rebuild`.

use super::{
    database::DataDir,
    terminal::{say, step},
};
use crate::{Config, adapter::system::RandomIds};
use app::port::Ids as _;
use projections::{Projections, Verification};
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
                tell_differences(&verification);
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

/// Names the first row of each table that differs, and says what to do.
fn tell_differences(verification: &Verification) {
    if verification.is_equal() {
        return;
    }
    let Verification { model, live, rebuilt, rows } = verification;
    for row in rows {
        say(&format!("{model}: {row}"));
    }
    if live.position != rebuilt.position {
        say(&format!(
            "{model}: the live rows stand at position {}, the log at {}: its follower does not run",
            live.position, rebuilt.position
        ));
    }
    if !rows.is_empty() {
        say(&format!(
            "{model}: each table may differ in more rows; `studio rebuild {model}` makes them what the log says"
        ));
    }
}
