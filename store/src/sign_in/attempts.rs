//! Failed tries.

use super::{PostgresSignIn, failed};
use app::{
    Fault,
    port::attempts::{ATTEMPT_WINDOW_SECONDS, Attempts, Counted},
};
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::id::Instant;

#[async_trait]
impl Attempts for PostgresSignIn {
    async fn count(&self, counted: &[Counted], now: Instant) -> Result<Option<Instant>, Fault> {
        let window = TimeDelta::seconds(ATTEMPT_WINDOW_SECONDS);
        for Counted { subject, failures_max } in counted {
            let (failures, since): (i32, Instant) = sqlx::query_as(
                "insert into es.sign_in_attempts as a (subject, failures, since) values ($1, 1, $2)
                 on conflict (subject) do update set
                   -- Whoever goes on beyond a limit is not counted further, so that the number stays one.
                   failures = case when a.since <= $3 then 1 else least(a.failures, $4) + 1 end,
                   since = case when a.since <= $3 then $2 else a.since end
                 returning failures, since",
            )
            .bind(subject)
            .bind(now)
            .bind(now - window)
            .bind(failures_max)
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
            // What comes behind a limit that is reached is not counted: it would grow with every try.
            if failures > *failures_max {
                return Ok(Some(since + window));
            }
        }
        Ok(None)
    }

    async fn succeeded(&self, forgotten: &[String], taken_back: &str) -> Result<(), Fault> {
        sqlx::query("delete from es.sign_in_attempts where subject = any($1)")
            .bind(forgotten)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        sqlx::query("update es.sign_in_attempts set failures = greatest(failures - 1, 0) where subject = $1")
            .bind(taken_back)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }
}
