//! What `/health/ready` and `studio doctor` ask.

use crate::House;
use async_trait::async_trait;
use rest::{Check, Readiness};
use std::time::Duration;

/// Longest wait for one check.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);
/// A follower that is further behind than this is not ready.
const LAG_POSITIONS_MAX: i64 = 10_000;

/// See the module.
pub struct StudioReadiness(House);

impl StudioReadiness {
    /// Of this house.
    pub const fn new(house: House) -> Self {
        Self(house)
    }

    async fn database(&self) -> Result<(), String> {
        sqlx::query("select 1")
            .execute(&self.0.pool)
            .await
            .map(|_| ())
            .map_err(|_| "the database does not answer".to_owned())
    }

    async fn followers(&self) -> Result<(), String> {
        let followers =
            self.0.progress.followers().await.map_err(|_| "the checkpoints cannot be read".to_owned())?;
        for name in projections::MODEL_NAMES {
            let Some(follower) = followers.iter().find(|follower| follower.name == name && follower.live)
            else {
                return Err(format!("the read model {name} has not been built yet"));
            };
            if follower.status == "failed" {
                return Err(format!("the read model {name} stopped at position {}", follower.position));
            }
            if follower.lag > LAG_POSITIONS_MAX {
                return Err(format!("the read model {name} is {} positions behind", follower.lag));
            }
        }
        Ok(())
    }

    async fn ledger(&self, network: domain::id::Network) -> Result<(), String> {
        match self.0.studio.chain.status(network).await {
            Ok(status) if status.catching_up => {
                Err(format!("the {network} node is catching up at height {}", status.height))
            }
            Ok(_) => Ok(()),
            Err(_) => Err(format!("the {network} node does not answer")),
        }
    }
}

/// Streams that wait are a matter of their own tenants: Studio is ready, and says how many there are.
async fn parked(progress: &store::Progress) -> Check {
    let parked = progress.parked().await.map(|parked| parked.len()).unwrap_or_default();
    let detail = (parked > 0).then(|| format!("{parked} parked; `studio doctor` names them"));
    Check { name: "streams".to_owned(), ok: true, detail }
}

async fn within(name: String, check: impl Future<Output = Result<(), String>>) -> Check {
    let result = tokio::time::timeout(CHECK_TIMEOUT, check).await;
    let failure = match result {
        Ok(result) => result.err(),
        Err(_) => Some(format!("no answer within {} s", CHECK_TIMEOUT.as_secs())),
    };
    Check { name, ok: failure.is_none(), detail: failure }
}

#[async_trait]
impl Readiness for StudioReadiness {
    async fn checks(&self) -> Vec<Check> {
        let mut checks = vec![
            within("database".to_owned(), self.database()).await,
            within("projections".to_owned(), self.followers()).await,
            parked(&self.0.progress).await,
        ];
        for network in self.0.networks() {
            checks.push(within(format!("ledger {network}"), self.ledger(network)).await);
        }
        checks
    }
}
