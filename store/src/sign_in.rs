//! Signing in: who somebody is, which browsers are signed in, how often somebody tried, and links that work once.

mod attempts;
mod identities;
mod links;
mod passkeys;
mod sessions;

use crate::fault;
use app::{Fault, port::attempts::ATTEMPT_WINDOW_SECONDS};
use chrono::TimeDelta;
use domain::id::Instant;
use sqlx::{PgPool, postgres::PgQueryResult};

/// The ports of signing in, in Postgres.
#[derive(Debug, Clone)]
pub struct PostgresSignIn {
    pool: PgPool,
}

impl PostgresSignIn {
    /// On this database.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Forgets sessions, links, answered challenges, failed tries and words of a provider whose time is over; how many.
    pub async fn purge(&self, now: Instant, idle: TimeDelta) -> Result<u64, Fault> {
        let sessions =
            sqlx::query("delete from es.sessions where absolute_until <= $1 or last_seen_at <= $2")
                .bind(now)
                .bind(now - idle)
                .execute(&self.pool)
                .await
                .map_err(failed)?;
        let links = sqlx::query("delete from es.sign_in_links where expires_at <= $1")
            .bind(now)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        let challenges = sqlx::query("delete from es.passkey_challenges where until <= $1")
            .bind(now)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        let attempts = sqlx::query("delete from es.sign_in_attempts where since <= $1")
            .bind(now - TimeDelta::seconds(ATTEMPT_WINDOW_SECONDS))
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        let words = sqlx::query("delete from es.logout_words where until <= $1")
            .bind(now)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        let forgotten = [sessions, links, challenges, attempts, words];
        Ok(forgotten.iter().map(PgQueryResult::rows_affected).sum())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn failed(error: sqlx::Error) -> Fault {
    fault::from_sqlx(&error)
}
