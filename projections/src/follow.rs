//! Keeping the models up to date, and building them anew beside the live ones.

use crate::{
    Checksum, ProjectionError, checksum,
    difference::{self, RowDifference},
    error::Result,
    generation,
    model::{self, ReadModel},
    registry::{self, MODELS},
    rows::Tables,
    table::{BUILDS_PER_REVISION_MAX, Generation},
};
use async_trait::async_trait;
use sqlx::{PgConnection, PgPool};
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Follow, FollowError, LogEntry, Progress, RebuildError, Runner};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Makes every build of this process a different owner, so that two of them never share a lease.
static BUILDS: AtomicU64 = AtomicU64::new(0);

/// The follower of one model.
pub struct Follower {
    model: &'static dyn ReadModel,
    generation: Generation,
    on_live: OnLive,
}

/// What happens when a build has caught up.
enum OnLive {
    /// It replaces the live generation, whose tables are dropped.
    Replace,
    /// It is compared with the live generation; never replaces it.
    Compare(Option<Verification>),
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Follower").field(&self.generation).finish()
    }
}

#[async_trait]
impl Follow for Follower {
    fn name(&self) -> &'static str {
        self.generation.model
    }

    fn version(&self) -> i32 {
        self.generation.number
    }

    fn wants(&self, entry: &LogEntry) -> bool {
        self.reads(&entry.stream_type)
    }

    fn reads(&self, stream_type: &str) -> bool {
        self.model.streams().contains(&stream_type)
    }

    async fn apply(&mut self, tx: &mut PgConnection, entries: &[LogEntry]) -> Result<(), FollowError> {
        let facts = model::decode(entries, self.model.streams())?;
        if facts.is_empty() {
            return Ok(());
        }
        Ok(self.model.fold(self.generation, &mut Tables::Kept(tx), &facts).await?)
    }

    async fn go_live(&mut self, tx: &mut PgConnection) -> Result<(), FollowError> {
        match &mut self.on_live {
            OnLive::Replace => {
                generation::drop_all_but(tx, self.generation.model, Some(self.generation.number)).await?;
                Ok(())
            }
            OnLive::Compare(verification) => {
                *verification = Some(compare(tx, self.model, self.generation).await?);
                Err(ended("the comparison is made; nothing goes live"))
            }
        }
    }

    fn adopt(&mut self, version: i32) -> bool {
        // Another revision has other tables: they belong to another version of Studio.
        let ours = registry::is_ours(self.model.name(), version);
        if ours {
            self.generation.number = version;
        }
        ours
    }
}

fn ended(why: &str) -> FollowError {
    FollowError::Poison { position: 0, why: why.to_owned() }
}

impl From<ProjectionError> for FollowError {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Database(error) => Self::Database(error),
            ProjectionError::Unreadable { position, .. } => {
                Self::Poison { position: position.unwrap_or_default(), why: error.to_string() }
            }
            other => Self::Poison { position: 0, why: other.to_string() },
        }
    }
}

/// What a comparison of the live rows with a cold rebuild gave.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// The model.
    pub model: &'static str,
    /// The live rows.
    pub live: Checksum,
    /// The rows of the cold rebuild.
    pub rebuilt: Checksum,
    /// The first row of each table that differs, in the order of its key. Empty if only the positions differ.
    pub rows: Vec<RowDifference>,
}

impl Verification {
    /// Whether both have taken in the same events and hold the same rows.
    pub fn is_equal(&self) -> bool {
        self.live == self.rebuilt
    }
}

async fn compare(
    tx: &mut PgConnection,
    model: &dyn ReadModel,
    built: Generation,
) -> Result<Verification, FollowError> {
    let (number, live_position): (i32, i64) =
        sqlx::query_as("select version, position from es.checkpoints where name = $1 and live")
            .bind(model.name())
            .fetch_one(&mut *tx)
            .await?;
    let built_position: i64 =
        sqlx::query_scalar("select position from es.checkpoints where name = $1 and version = $2")
            .bind(model.name())
            .bind(built.number)
            .fetch_one(&mut *tx)
            .await?;
    // The entries missing in the build were just taken in within this transaction, before its checkpoint moves.
    let position = built_position.max(live_position);
    let live = Generation { model: model.name(), number };
    let (name, rebuilt) = (model.name(), checksum::of(tx, model, built, position).await?);
    let live_sums = checksum::of(tx, model, live, live_position).await?;
    let same = (live_sums.rows, &live_sums.hash) == (rebuilt.rows, &rebuilt.hash);
    let rows = if same { Vec::new() } else { difference::first(tx, model, live, built).await? };
    Ok(Verification { model: name, live: live_sums, rebuilt, rows })
}

/// All read models of one database, as one process keeps them.
#[derive(Debug, Clone)]
pub struct Projections {
    pool: PgPool,
    progress: Progress,
    owner: String,
}

impl Projections {
    /// `owner` names this process uniquely.
    pub fn new(pool: PgPool, progress: Progress, owner: impl Into<String>) -> Self {
        Self { pool, progress, owner: owner.into() }
    }

    /// Makes the tables of models that have none, and rebuilds models whose live tables are of an older version of Studio
    /// (readers of this version are refused until that is done). Followers of models that another process is rebuilding
    /// just then, or whose live tables are of a newer version of Studio, stand by. Returns one follower per model.
    pub async fn prepare(&self, stop: &CancellationToken) -> Result<Vec<Follower>> {
        let mut followers = Vec::new();
        for model in MODELS {
            let mut generation = generation::live_or_first(&self.pool, model).await?;
            if generation.revision() < model.revision() {
                match self.build(model, stop).await {
                    Ok(()) | Err(ProjectionError::RebuildRunning(_)) => {}
                    Err(error) => return Err(error),
                }
                generation = generation::live_or_first(&self.pool, model).await?;
            }
            if generation.revision() != model.revision() {
                // Not ours to write. A number no generation has makes the follower stand by until it can adopt one.
                generation.number = model.revision() * BUILDS_PER_REVISION_MAX;
            }
            followers.push(Follower { model, generation, on_live: OnLive::Replace });
        }
        Ok(followers)
    }

    /// Prepares, then follows with all models until `stop`.
    pub async fn follow_all(&self, stop: CancellationToken) -> Result<()> {
        let mut tasks = JoinSet::new();
        for mut follower in self.prepare(&stop).await? {
            let runner = Runner::new(self.pool.clone(), self.progress.clone(), self.owner.clone());
            let stop = stop.clone();
            tasks.spawn(async move { runner.run(&mut follower, stop).await });
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                stop.cancel();
                return Err(ProjectionError::Follow { model: "a model", why: error.to_string() });
            }
        }
        Ok(())
    }

    /// Builds a model anew beside the live one and swaps it in. Refused while somebody else rebuilds it. Whatever ends it
    /// early leaves the live generation as it is.
    pub async fn rebuild(&self, name: &str, stop: &CancellationToken) -> Result<()> {
        self.build(registry::model(name)?, stop).await
    }

    /// Rebuilds every model, one after the other.
    pub async fn rebuild_all(&self, stop: &CancellationToken) -> Result<()> {
        for model in MODELS {
            self.build(model, stop).await?;
        }
        Ok(())
    }

    /// Builds a model cold beside the live one, compares both at the same position, and throws the build away. The live
    /// follower may go on meanwhile; it is held up only while rows are compared. A live generation that nobody follows
    /// compares as different (positions differ).
    pub async fn verify(&self, name: &str, stop: &CancellationToken) -> Result<Verification> {
        let model = registry::model(name)?;
        let (runner, generation) = self.begin(model).await?;
        let mut follower = Follower { model, generation, on_live: OnLive::Compare(None) };
        let ended = store::rebuild(&runner, &mut follower, stop).await;
        generation::discard(&self.pool, generation).await?;
        match (follower.on_live, ended) {
            (OnLive::Compare(Some(verification)), _) => Ok(verification),
            (_, Err(error)) => Err(of_rebuild(model.name(), error)),
            (_, Ok(())) => {
                Err(ProjectionError::Follow { model: model.name(), why: "nothing was compared".into() })
            }
        }
    }

    /// The checksum of a model's live rows and the position they stand at, from one snapshot.
    pub async fn checksum(&self, name: &str) -> Result<Checksum> {
        checksum::of_live(&self.pool, registry::model(name)?).await
    }

    async fn build(&self, model: &'static dyn ReadModel, stop: &CancellationToken) -> Result<()> {
        let (runner, generation) = self.begin(model).await?;
        let mut follower = Follower { model, generation, on_live: OnLive::Replace };
        tracing::info!(model = model.name(), version = generation.number, "a rebuild begins");
        match store::rebuild(&runner, &mut follower, stop).await {
            Ok(()) => {
                tracing::info!(
                    model = model.name(),
                    version = generation.number,
                    "the rebuilt model is live"
                );
                Ok(())
            }
            Err(error) => {
                generation::discard(&self.pool, generation).await?;
                Err(of_rebuild(model.name(), error))
            }
        }
    }

    async fn begin(&self, model: &'static dyn ReadModel) -> Result<(Runner, Generation)> {
        let owner = format!("{}/build-{}", self.owner, BUILDS.fetch_add(1, Ordering::Relaxed));
        let generation = generation::begin_build(&self.pool, model, &owner).await?;
        Ok((Runner::new(self.pool.clone(), self.progress.clone(), owner), generation))
    }
}

fn of_rebuild(model: &'static str, error: RebuildError) -> ProjectionError {
    match error {
        RebuildError::Busy { .. } => ProjectionError::RebuildRunning(model),
        RebuildError::Follow(FollowError::Database(error)) => error.into(),
        other => ProjectionError::Follow { model, why: other.to_string() },
    }
}
