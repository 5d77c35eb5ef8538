//! The write side: events in Postgres, their order and proof, and everything that follows them.
//!
//! Appends go through cqrs-es and postgres-es; a sequencer gives committed events dense positions and a hash chain;
//! followers read them by position. Absent on purpose: HTTP, GraphQL, the ledger, secret bytes.

pub mod pool;
pub mod postgres;
#[cfg(feature = "testing")]
pub mod testing;

pub use postgres::{PostgresError, PostgresOptions, PrivatePostgres};

use sqlx::{PgPool, migrate::Migrator};

/// Every migration of the write side, in order; compiled in.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Brings the database to this version's schema. Safe to run by several processes at once.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATOR.run(pool).await
}
