//! Do two sets of rows hold the same? Order-independent, so that no sorting is needed and generations can be compared.

use crate::{ProjectionError, error::Result, model::ReadModel, table::Generation};
use serde::Serialize;
use sqlx::{PgConnection, PgPool};

/// Two seeds make 128 bits, so that equal sums mean equal rows unless somebody searched for a collision.
const SEEDS: [i64; 2] = [0x5374_7564, 0x696f];

/// The rows of one model at one position of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checksum {
    /// The last event they have taken in.
    pub position: i64,
    /// How many rows, over all tables of the model.
    pub rows: i64,
    /// Sums of row hashes, as text.
    pub hash: String,
}

/// Of one generation whose position is known and held still.
pub(crate) async fn of(
    db: &mut PgConnection,
    model: &dyn ReadModel,
    generation: Generation,
    position: i64,
) -> Result<Checksum> {
    // Hashing reads every row: longer than any statement of a request may take.
    sqlx::query("select set_config('statement_timeout', '0', true)").execute(&mut *db).await?;
    let mut checksum = Checksum { position, rows: 0, hash: String::new() };
    for def in model.tables() {
        let sql = format!(
            "select count(*), format('%s:%s', sum(hashtextextended(row_to_json(t)::text, $1)::numeric),
               sum(hashtextextended(row_to_json(t)::text, $2)::numeric)) from {} t",
            generation.table(def.part)
        );
        let [first, second] = SEEDS;
        let (rows, hash): (i64, String) =
            sqlx::query_as(&sql).bind(first).bind(second).fetch_one(&mut *db).await?;
        checksum.rows += rows;
        checksum.hash = format!("{}/{hash}", checksum.hash);
    }
    Ok(checksum)
}

/// Of the live generation.
pub(crate) async fn of_live(pool: &PgPool, model: &dyn ReadModel) -> Result<Checksum> {
    let mut tx = pool.begin().await?;
    sqlx::query("set transaction isolation level repeatable read, read only").execute(&mut *tx).await?;
    let live: Option<(i32, i64)> =
        sqlx::query_as("select version, position from es.checkpoints where name = $1 and live")
            .bind(model.name())
            .fetch_optional(&mut *tx)
            .await?;
    let (number, position) = live.ok_or(ProjectionError::NotBuilt(model.name()))?;
    of(&mut tx, model, Generation { model: model.name(), number }, position).await
}
