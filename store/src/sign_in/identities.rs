//! Which user somebody is.

use super::{PostgresSignIn, failed, turn};
use app::{
    Fault,
    port::identities::{Claim, Identities},
};
use async_trait::async_trait;
use domain::id::UserId;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

async fn known(
    transaction: &mut Transaction<'_, Postgres>,
    claim: &Claim,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar("select user_id from es.identities where issuer = $1 and subject_hash = $2")
        .bind(&claim.issuer)
        .bind(&claim.subject_hash)
        .fetch_optional(&mut **transaction)
        .await
}

async fn take_address(
    transaction: &mut Transaction<'_, Postgres>,
    email_hash: &str,
    user: Uuid,
) -> Result<Uuid, sqlx::Error> {
    sqlx::query("insert into es.emails (email_hash, user_id) values ($1, $2) on conflict do nothing")
        .bind(email_hash)
        .bind(user)
        .execute(&mut **transaction)
        .await?;
    sqlx::query_scalar("select user_id from es.emails where email_hash = $1")
        .bind(email_hash)
        .fetch_one(&mut **transaction)
        .await
}

impl PostgresSignIn {
    async fn claimed(&self, claim: &Claim, fresh: Uuid) -> Result<Uuid, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        // `fresh` must not become two users of one person. Of claims of one address the row of the first decides.
        turn(&mut transaction, &format!("{} {}", claim.issuer, claim.subject_hash)).await?;
        let known = known(&mut transaction, claim).await?;
        let user = match (known, &claim.verified_email_hash) {
            (Some(user), email_hash) => {
                if let Some(email_hash) = email_hash {
                    // It stays whose it is, if it is somebody's.
                    take_address(&mut transaction, email_hash, user).await?;
                }
                transaction.commit().await?;
                return Ok(user);
            }
            (None, Some(email_hash)) => take_address(&mut transaction, email_hash, fresh).await?,
            (None, None) => fresh,
        };
        sqlx::query("insert into es.identities (issuer, subject_hash, user_id) values ($1, $2, $3)")
            .bind(&claim.issuer)
            .bind(&claim.subject_hash)
            .bind(user)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(user)
    }
}

#[async_trait]
impl Identities for PostgresSignIn {
    async fn claim(&self, claim: &Claim, fresh: UserId) -> Result<UserId, Fault> {
        self.claimed(claim, fresh.0).await.map(UserId).map_err(failed)
    }

    async fn by_email(&self, email_hash: &str) -> Result<Option<UserId>, Fault> {
        let found = sqlx::query_scalar("select user_id from es.emails where email_hash = $1")
            .bind(email_hash)
            .fetch_optional(&self.pool)
            .await;
        found.map(|found| found.map(UserId)).map_err(failed)
    }

    async fn forget(&self, user: UserId) -> Result<u64, Fault> {
        let forgotten: i64 = sqlx::query_scalar(
            "with known as (delete from es.identities where user_id = $1 returning 1),
                  named as (delete from es.emails where user_id = $1 returning 1)
             select (select count(*) from known) + (select count(*) from named)",
        )
        .bind(user.0)
        .fetch_one(&self.pool)
        .await
        .map_err(failed)?;
        Ok(u64::try_from(forgotten).unwrap_or_default())
    }
}
