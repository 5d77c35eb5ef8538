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
use sqlx::{PgPool, Postgres, Transaction};

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
        let over = [
            ("delete from es.sessions where absolute_until <= $1", now),
            ("delete from es.sessions where last_seen_at <= $1", now - idle),
            ("delete from es.sign_in_links where expires_at <= $1", now),
            ("delete from es.passkey_challenges where until <= $1", now),
            (
                "delete from es.sign_in_attempts where since <= $1",
                now - TimeDelta::seconds(ATTEMPT_WINDOW_SECONDS),
            ),
            ("delete from es.logout_words where until <= $1", now),
        ];
        let (mut forgotten, mut failure) = (0, None);
        // What cannot be forgotten now keeps nothing else from being forgotten.
        for (statement, time) in over {
            match sqlx::query(statement).bind(time).execute(&self.pool).await {
                Ok(done) => forgotten += done.rows_affected(),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(forgotten), |error| Err(failed(error)))
    }
}

/// Waits until whoever works under the same name is done, and holds it until the end of the transaction.
async fn turn(transaction: &mut Transaction<'_, Postgres>, of: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(of)
        .execute(&mut **transaction)
        .await
        .map(|_| ())
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn failed(error: sqlx::Error) -> Fault {
    fault::from_sqlx(&error)
}
