//! What `/health/ready` and `studio doctor` ask.
//!
//! `/health/ready` shows the result of the last look, which is never older than a moment, and its looks go over
//! connections of their own: neither a flood of questions about health nor one of other requests is felt here.

use crate::House;
use async_trait::async_trait;
use rest::{Check, Readiness};
use sqlx::PgPool;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use store::Progress;
use tokio::{sync::watch, time::Instant};

domain::limits! {
    /// Longest time for one check of `/health/ready`.
    CHECK_SECONDS_MAX: u64 = 3, "seconds";
    /// A follower that is further behind than this is not ready.
    LAG_POSITIONS_MAX: i64 = 10_000, "positions";
    /// How long a result of `/health/ready` is shown again without a new look.
    READY_KEPT_MILLISECONDS: u64 = 1_000, "milliseconds";
    /// How old a result may be that is shown while a new look takes its time.
    READY_STALE_SECONDS_MAX: u64 = 10, "seconds";
    /// How long a successful trial write to the database counts.
    WRITE_TRIAL_KEPT_SECONDS: u64 = 5, "seconds";
}

/// How long a question waits for a look under way before it is answered with the result before.
const ANSWER_WITHIN: Duration = Duration::from_millis(900);
/// Connections of its own.
const CONNECTIONS: u32 = 2;
/// SQL state of a lock that somebody else has.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Whether the process has got as far as it must before it is shown to anybody: `studio up` first keeps the API key it made.
#[derive(Debug, Clone)]
pub struct Begun(Arc<AtomicBool>);

impl Default for Begun {
    /// It has.
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Begun {
    /// It has not.
    pub fn not_yet() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    /// From now on it has.
    pub fn set(&self) {
        self.0.store(true, Relaxed);
    }

    fn check(&self) -> Check {
        let ok = self.0.load(Relaxed);
        Check { name: "start".to_owned(), ok, detail: (!ok).then(|| "the first start goes on".to_owned()) }
    }
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct StudioReadiness(Arc<Inner>);

struct Inner {
    house: House,
    database: PgPool,
    progress: Progress,
    /// When the last trial write went well.
    written: std::sync::Mutex<Option<Instant>>,
    looks: watch::Sender<Option<Look>>,
    is_looking: AtomicBool,
}

#[derive(Clone)]
struct Look {
    at: Instant,
    checks: Vec<Check>,
}

impl StudioReadiness {
    /// Of this house.
    pub fn new(house: House) -> Self {
        let database = store::pool::connect((*house.pool.connect_options()).clone(), CONNECTIONS);
        let progress = Progress::new(database.clone());
        let looks = watch::Sender::new(None);
        let (written, is_looking) = (std::sync::Mutex::default(), AtomicBool::new(false));
        Self(Arc::new(Inner { house, database, progress, written, looks, is_looking }))
    }

    /// Every check, now.
    pub async fn look(&self) -> Vec<Check> {
        let inner = &self.0;
        let ledgers = inner
            .house
            .networks()
            .into_iter()
            .map(|network| within(format!("ledger {network}"), inner.ledger(network)));
        let (database, storage, projections, streams, ledgers) = tokio::join!(
            within("database".to_owned(), inner.database()),
            within("storage".to_owned(), inner.storage()),
            within("projections".to_owned(), inner.followers()),
            parked(&inner.progress),
            futures::future::join_all(ledgers),
        );
        let own = [inner.house.begun.check(), database, storage, projections, streams];
        own.into_iter().chain(ledgers).collect()
    }

    fn recent(&self, age_max: Duration) -> Option<Vec<Check>> {
        let look = self.0.looks.borrow();
        look.as_ref().filter(|look| look.at.elapsed() <= age_max).map(|look| look.checks.clone())
    }

    /// Begins a look unless one is under way.
    fn begin(&self) {
        if self.0.is_looking.swap(true, Relaxed) {
            return;
        }
        let under_way = UnderWay(self.clone());
        tokio::spawn(async move {
            let this = &under_way.0;
            let checks = this.look().await;
            this.0.looks.send_replace(Some(Look { at: Instant::now(), checks }));
        });
    }
}

/// A look, until it has ended in whatever way: one that panicked must not be the last one.
struct UnderWay(StudioReadiness);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.is_looking.store(false, Relaxed);
    }
}

impl Inner {
    async fn database(&self) -> Result<(), String> {
        sqlx::query("select 1")
            .execute(&self.database)
            .await
            .map(|_| ())
            .map_err(|_| "the database does not answer".to_owned())
    }

    /// Whether a write reaches the disk: into pages that were not there before, which a full disk refuses first, and into
    /// the write-ahead log.
    async fn storage(&self) -> Result<(), String> {
        let kept = Duration::from_secs(WRITE_TRIAL_KEPT_SECONDS);
        let known = *self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.is_some_and(|at| at.elapsed() <= kept) {
            return Ok(());
        }
        match self.try_write().await {
            Ok(()) => {}
            // Another process is trying right now.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(LOCK_NOT_AVAILABLE) => {}
            Err(error) => {
                tracing::warn!(%error, "the database does not take writes");
                return Err("the database does not take writes".to_owned());
            }
        }
        *self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }

    async fn try_write(&self) -> Result<(), sqlx::Error> {
        let mut transaction = self.database.begin().await?;
        for step in [
            "set local lock_timeout = '1s'",
            "truncate es.trial_write",
            "insert into es.trial_write (filler) values (repeat('x', 1024))",
        ] {
            sqlx::query(step).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }

    async fn followers(&self) -> Result<(), String> {
        let followers =
            self.progress.followers().await.map_err(|_| "the checkpoints cannot be read".to_owned())?;
        for name in projections::MODEL_NAMES {
            let Some(follower) = followers.iter().find(|follower| follower.name == name && follower.live)
            else {
                return Err(format!("the read model {name} has not been built yet"));
            };
            if !projections::is_ours(name, follower.version) {
                return Err(format!("the read model {name} is of another version of Studio"));
            }
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
        match self.house.studio.chain.status(network).await {
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
    let asked = tokio::time::timeout(Duration::from_secs(CHECK_SECONDS_MAX), progress.parked());
    let detail = match asked.await {
        Ok(Ok(parked)) if parked.is_empty() => None,
        Ok(Ok(parked)) => Some(format!("{} parked; `studio doctor` names them", parked.len())),
        Ok(Err(_)) | Err(_) => Some("it cannot be said how many are parked".to_owned()),
    };
    Check { name: "streams".to_owned(), ok: true, detail }
}

async fn within(name: String, check: impl Future<Output = Result<(), String>>) -> Check {
    let result = tokio::time::timeout(Duration::from_secs(CHECK_SECONDS_MAX), check).await;
    let failure = match result {
        Ok(result) => result.err(),
        Err(_) => Some(format!("no answer within {CHECK_SECONDS_MAX} s")),
    };
    Check { name, ok: failure.is_none(), detail: failure }
}

#[async_trait]
impl Readiness for StudioReadiness {
    async fn checks(&self) -> Vec<Check> {
        // A process that has only begun must not be found ready a moment later than it is.
        let begun = self.0.house.begun.check();
        if !begun.ok {
            return vec![begun];
        }
        if let Some(checks) = self.recent(Duration::from_millis(READY_KEPT_MILLISECONDS)) {
            return checks;
        }
        let mut next = self.0.looks.subscribe();
        self.begin();
        let looked = tokio::time::timeout(ANSWER_WITHIN, next.changed()).await;
        let age_max = Duration::from_secs(if looked.is_ok() { u64::MAX } else { READY_STALE_SECONDS_MAX });
        let unknown = || {
            let detail = Some("no answer yet".to_owned());
            vec![Check { name: "checks".to_owned(), ok: false, detail }]
        };
        self.recent(age_max).unwrap_or_else(unknown)
    }
}
