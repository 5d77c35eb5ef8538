//! Sets of tables of a model: making, finding and dropping them. Which set is live is the store's checkpoint.

use crate::{
    ProjectionError,
    error::Result,
    model::ReadModel,
    table::{BUILDS_PER_REVISION_MAX, Generation},
};
use sqlx::{PgConnection, PgPool};

/// First half of the advisory lock under which the generations of one model are made and discarded; the second is the
/// hash of its name.
const LOCK_CLASS: i32 = 0x5244;

/// Seconds for which a new build belongs to its maker before the store's lease has to hold it.
const FIRST_LEASE_SECONDS: i32 = 5;

/// The live generation of a model.
pub(crate) async fn live(pool: &PgPool, name: &'static str) -> Result<Option<Generation>> {
    let number = store::follow::live_version(pool, name).await?;
    Ok(number.map(|number| Generation { model: name, number }))
}

/// The live generation, made now if the model has none. It may be of another revision.
pub(crate) async fn live_or_first(pool: &PgPool, model: &dyn ReadModel) -> Result<Generation> {
    if let Some(generation) = live(pool, model.name()).await? {
        return Ok(generation);
    }
    let mut tx = pool.begin().await?;
    lock(&mut tx, model).await?;
    let there: Option<i32> =
        sqlx::query_scalar("select version from es.checkpoints where name = $1 and live")
            .bind(model.name())
            .fetch_optional(&mut *tx)
            .await?;
    if let Some(number) = there {
        return Ok(Generation { model: model.name(), number });
    }
    let generation = next(&mut tx, model).await?;
    create(&mut tx, model, generation).await?;
    sqlx::query("insert into es.checkpoints (name, version, live) values ($1, $2, true)")
        .bind(generation.model)
        .bind(generation.number)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(generation)
}

/// Makes an empty generation beside the live one, owned by `owner`. Refused while somebody else builds one; what an
/// earlier, dead build left is discarded, because it may have been made by other code.
pub(crate) async fn begin_build(pool: &PgPool, model: &dyn ReadModel, owner: &str) -> Result<Generation> {
    let mut tx = pool.begin().await?;
    lock(&mut tx, model).await?;
    let running: bool = sqlx::query_scalar(
        "select exists (select from es.checkpoints where name = $1 and not live and lease_until > clock_timestamp())",
    )
    .bind(model.name())
    .fetch_one(&mut *tx)
    .await?;
    if running {
        return Err(ProjectionError::RebuildRunning(model.name()));
    }
    let generation = next(&mut tx, model).await?;
    sqlx::query("delete from es.checkpoints where name = $1 and not live")
        .bind(model.name())
        .execute(&mut *tx)
        .await?;
    let live: Option<i32> = sqlx::query_scalar("select version from es.checkpoints where name = $1 and live")
        .bind(model.name())
        .fetch_optional(&mut *tx)
        .await?;
    drop_all_but(&mut tx, model.name(), live).await?;
    create(&mut tx, model, generation).await?;
    sqlx::query(
        "insert into es.checkpoints (name, version, owner, lease_until)
         values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))",
    )
    .bind(generation.model)
    .bind(generation.number)
    .bind(owner)
    .bind(FIRST_LEASE_SECONDS)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(generation)
}

/// Throws a build away that is not live.
pub(crate) async fn discard(pool: &PgPool, generation: Generation) -> Result<()> {
    let mut tx = pool.begin().await?;
    let discarded = sqlx::query("delete from es.checkpoints where name = $1 and version = $2 and not live")
        .bind(generation.model)
        .bind(generation.number)
        .execute(&mut *tx)
        .await?;
    if discarded.rows_affected() == 1 {
        for table in tables_of(&mut tx, generation.model).await? {
            if number_of(&table) == Some(generation.number) {
                drop_table(&mut tx, &table).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Drops the tables of all generations of a model but one.
pub(crate) async fn drop_all_but(db: &mut PgConnection, name: &str, keep: Option<i32>) -> sqlx::Result<()> {
    for table in tables_of(&mut *db, name).await? {
        if number_of(&table) != keep {
            drop_table(&mut *db, &table).await?;
        }
    }
    Ok(())
}

async fn lock(db: &mut PgConnection, model: &dyn ReadModel) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock($1, hashtext($2))")
        .bind(LOCK_CLASS)
        .bind(model.name())
        .execute(&mut *db)
        .await?;
    // Racing creations of one schema fail on its name, "if not exists" or not.
    sqlx::query("select pg_advisory_xact_lock($1, 0)").bind(LOCK_CLASS).execute(&mut *db).await?;
    sqlx::query("create schema if not exists rm").execute(db).await?;
    Ok(())
}

/// A number that no generation in this database has: neither one with a checkpoint nor one with a table.
async fn next(db: &mut PgConnection, model: &dyn ReadModel) -> Result<Generation> {
    let mut numbers: Vec<i32> = sqlx::query_scalar("select version from es.checkpoints where name = $1")
        .bind(model.name())
        .fetch_all(&mut *db)
        .await?;
    numbers.extend(tables_of(db, model.name()).await?.iter().filter_map(|table| number_of(table)));
    let first = model.revision() * BUILDS_PER_REVISION_MAX;
    let last =
        numbers.into_iter().filter(|number| number / BUILDS_PER_REVISION_MAX == model.revision()).max();
    Ok(Generation { model: model.name(), number: last.unwrap_or(first) + 1 })
}

async fn create(db: &mut PgConnection, model: &dyn ReadModel, generation: Generation) -> Result<()> {
    for def in model.tables() {
        for statement in generation.create(def) {
            sqlx::query(&statement).persistent(false).execute(&mut *db).await?;
        }
    }
    Ok(())
}

/// Names of all tables of a model, of every generation. No model's name is the beginning of another's (a test says so).
async fn tables_of(db: &mut PgConnection, name: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "select tablename::text from pg_tables where schemaname = 'rm' and tablename ~ $1 order by 1",
    )
    .bind(format!("^{name}(_[a-z_]+)?_v[0-9]+_[0-9]+$"))
    .fetch_all(db)
    .await
}

/// The generation in the name of a table.
fn number_of(table: &str) -> Option<i32> {
    let (_, generation) = table.rsplit_once("_v")?;
    let (revision, build) = generation.split_once('_')?;
    revision.parse::<i32>().ok()?.checked_mul(BUILDS_PER_REVISION_MAX)?.checked_add(build.parse().ok()?)
}

async fn drop_table(db: &mut PgConnection, table: &str) -> sqlx::Result<()> {
    sqlx::query(&format!("drop table rm.{table}")).persistent(false).execute(db).await?;
    Ok(())
}
