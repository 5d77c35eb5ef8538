//! The write side: events in Postgres, their order and proof, and everything that follows them.
//!
//! Appends go through cqrs-es and postgres-es; a sequencer gives committed events dense positions and a hash chain;
//! followers read them by position. Absent on purpose: HTTP, GraphQL, the ledger, secret bytes.

pub mod audit;
pub mod chain;
pub mod dispatch;
pub mod entry;
pub mod fault;
pub mod follow;
pub mod key_uses;
pub mod outbox;
pub mod pool;
pub mod postgres;
pub mod progress;
pub mod rebuild;
pub mod rehearse;
pub mod replies;
pub mod root;
pub mod sequencer;
pub mod sign_in;
pub mod snapshot;
pub mod streams;
#[cfg(feature = "testing")]
pub mod testing;
pub mod upcast;

pub use audit::{Anchor, Broken, ReplayFilter, Verdict, Verified};
pub use dispatch::EventStoreCommands;
pub use entry::LogEntry;
pub use follow::{Follow, FollowError, Parked, Runner, Start};
pub use key_uses::PostgresKeyUses;
pub use postgres::{PostgresError, PostgresOptions, PrivatePostgres};
pub use progress::{FollowerStatus, Progress};
pub use rebuild::{RebuildError, rebuild};
pub use rehearse::{Indigestible, Rehearse};
pub use replies::PostgresReplies;
pub use sequencer::Sequencer;
pub use sign_in::PostgresSignIn;

use futures::{FutureExt as _, future::BoxFuture};
use sqlx::{
    PgPool,
    error::BoxDynError,
    migrate::{Migration, MigrationSource, MigrationType, Migrator},
};
use std::borrow::Cow;

/// Every limit of this room.
pub fn limits() -> Vec<domain::limit::Limit> {
    [dispatch::LIMITS, follow::LIMITS, outbox::PAGE_LIMITS, pool::LIMITS, postgres::LIMITS, replies::LIMITS]
        .concat()
}

/// Version, description and text of every migration, in order.
#[expect(clippy::unreadable_literal, reason = "a version is a date and a time")]
static MIGRATIONS: &[(i64, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Every migration of the write side, compiled in.
#[derive(Debug)]
pub(crate) struct Migrations;

impl Migrations {
    pub(crate) fn all() -> impl Iterator<Item = Migration> {
        MIGRATIONS.iter().map(|(version, description, sql)| {
            let (description, sql) = (Cow::Borrowed(*description), Cow::Borrowed(*sql));
            Migration::new(*version, description, MigrationType::Simple, sql, false)
        })
    }
}

impl MigrationSource<'static> for Migrations {
    fn resolve(self) -> BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        std::future::ready(Ok(Self::all().collect())).boxed()
    }
}

/// Brings the database to this version's schema. Safe to run by several processes at once, and again.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    let migrator = Migrator::new(Migrations).await?;
    let mut connection = pool.acquire().await?;
    // sqlx keeps its book in the first schema of the search path. Ours begins with one that the first migration makes, so
    // that a second run would look for the book there, find none, and begin anew.
    sqlx::query("set search_path to public").execute(&mut *connection).await?;
    let migrated = migrator.run(&mut *connection).await;
    sqlx::query("reset search_path").execute(&mut *connection).await?;
    migrated
}
