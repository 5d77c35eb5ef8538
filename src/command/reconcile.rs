//! `studio reconcile`.

use super::{database::DataDir, terminal::say};
use crate::{Config, House};
use std::process::ExitCode;

/// Options of the command.
#[derive(clap::Args)]
pub(super) struct Reconcile {
    #[command(flatten)]
    database: DataDir,
}

impl Reconcile {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let database = self.database.open(&config).await?;
        let config = database.with_ledger(&config);
        let master = database.master_key(&config)?;
        store::migrate(&database.pool).await?;
        let house = House::open(config, database.pool.clone(), master).await?;
        let result = pass(&house).await;
        database.close().await?;
        Ok(if result? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Compares everything once and prints what differs: whether nothing does.
async fn pass(house: &House) -> anyhow::Result<bool> {
    let (mut compared, mut drifted) = (0, 0);
    for network in house.networks() {
        let mut after = None;
        loop {
            let page = app::reconcile::page(&house.studio, network, after.as_ref()).await;
            let page = page.map_err(|fault| anyhow::anyhow!("{network}: {}", fault.public))?;
            compared += page.compared;
            drifted += page.drifted.len();
            for (did, drift) in &page.drifted {
                say(&format!("{did}  {}", serde_json::to_string(drift)?));
            }
            for did in &page.resolved {
                say(&format!("{did}  agrees again"));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    say(&format!("compared {compared} DIDs with the ledger: {drifted} differ"));
    Ok(drifted == 0)
}
