//! Passkeys.

use super::{PostgresSignIn, failed, turn};
use app::{
    Fault,
    port::{
        Passkeys,
        authenticators::Backup,
        passkeys::{Added, PASSKEYS_PER_USER_MAX, Passkey, Removed, Use},
    },
};
use async_trait::async_trait;
use domain::id::{Instant, PasskeyId, Sealed, UserId};
use sqlx::{FromRow, Postgres, Row as _, Transaction, postgres::PgRow};

const COLUMNS: &str = "id, user_id, credential, public_key, counter, backup_eligible, backed_up, name, created_at, last_used_at";

struct Row(Passkey);

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let counter: i64 = row.try_get("counter")?;
        Ok(Self(Passkey {
            id: PasskeyId(row.try_get("id")?),
            user: UserId(row.try_get("user_id")?),
            credential: row.try_get("credential")?,
            public_key: row.try_get("public_key")?,
            counter: u32::try_from(counter).map_err(|error| sqlx::Error::Decode(error.into()))?,
            backup: Backup {
                eligible: row.try_get("backup_eligible")?,
                backed_up: row.try_get("backed_up")?,
            },
            name: Sealed(row.try_get("name")?),
            created_at: row.try_get("created_at")?,
            last_used_at: row.try_get("last_used_at")?,
        }))
    }
}

/// How many a user has, asked by one request at a time, until the end of its transaction.
async fn counted(transaction: &mut Transaction<'_, Postgres>, user: UserId) -> Result<i64, sqlx::Error> {
    turn(transaction, &format!("passkeys of {user}")).await?;
    sqlx::query_scalar("select count(*) from es.passkeys where user_id = $1")
        .bind(user.0)
        .fetch_one(&mut **transaction)
        .await
}

impl PostgresSignIn {
    async fn added(&self, passkey: &Passkey) -> Result<Added, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        if counted(&mut transaction, passkey.user).await? >= PASSKEYS_PER_USER_MAX {
            return Ok(Added::TooMany);
        }
        let done = sqlx::query(
            "insert into es.passkeys (id, user_id, credential, public_key, counter, backup_eligible, backed_up, name,
               created_at, last_used_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (credential) do nothing",
        )
        .bind(passkey.id.0)
        .bind(passkey.user.0)
        .bind(&passkey.credential)
        .bind(&passkey.public_key)
        .bind(i64::from(passkey.counter))
        .bind(passkey.backup.eligible)
        .bind(passkey.backup.backed_up)
        .bind(&passkey.name.0)
        .bind(passkey.created_at)
        .bind(passkey.last_used_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(if done.rows_affected() == 1 { Added::Yes } else { Added::Known })
    }

    async fn removed(
        &self,
        user: UserId,
        passkey: PasskeyId,
        keep_last: bool,
    ) -> Result<Removed, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let is_last = counted(&mut transaction, user).await? == 1;
        let gone = sqlx::query("delete from es.passkeys where user_id = $1 and id = $2")
            .bind(user.0)
            .bind(passkey.0)
            .execute(&mut *transaction)
            .await?;
        if gone.rows_affected() == 0 {
            return Ok(Removed::Unknown);
        }
        if is_last && keep_last {
            transaction.rollback().await?;
            return Ok(Removed::Last);
        }
        transaction.commit().await?;
        Ok(Removed::Yes)
    }
}

#[async_trait]
impl Passkeys for PostgresSignIn {
    async fn add(&self, passkey: &Passkey) -> Result<Added, Fault> {
        self.added(passkey).await.map_err(failed)
    }

    async fn find(&self, credential: &[u8]) -> Result<Option<Passkey>, Fault> {
        let found: Result<Option<Row>, _> =
            sqlx::query_as(&format!("select {COLUMNS} from es.passkeys where credential = $1"))
                .bind(credential)
                .fetch_optional(&self.pool)
                .await;
        found.map(|found| found.map(|Row(passkey)| passkey)).map_err(failed)
    }

    async fn list(&self, user: UserId) -> Result<Vec<Passkey>, Fault> {
        let rows: Result<Vec<Row>, _> = sqlx::query_as(&format!(
            "select {COLUMNS} from es.passkeys where user_id = $1 order by created_at, id"
        ))
        .bind(user.0)
        .fetch_all(&self.pool)
        .await;
        rows.map(|rows| rows.into_iter().map(|Row(passkey)| passkey).collect()).map_err(failed)
    }

    async fn rename(&self, user: UserId, passkey: PasskeyId, name: &Sealed) -> Result<bool, Fault> {
        let renamed = sqlx::query("update es.passkeys set name = $3 where user_id = $1 and id = $2")
            .bind(user.0)
            .bind(passkey.0)
            .bind(&name.0)
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(renamed.rows_affected() == 1)
    }

    async fn used(&self, passkey: PasskeyId, told: Use) -> Result<bool, Fault> {
        // The rule of `Use::is_ahead_of`, so that of two answers with one count only one is taken.
        let noted = sqlx::query(
            "update es.passkeys set counter = $2, backed_up = $3, last_used_at = $4
             where id = $1 and (counter < $2 or (counter = 0 and $2 = 0))",
        )
        .bind(passkey.0)
        .bind(i64::from(told.counter))
        .bind(told.backed_up)
        .bind(told.at)
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(noted.rows_affected() == 1)
    }

    async fn remove(&self, user: UserId, passkey: PasskeyId, keep_last: bool) -> Result<Removed, Fault> {
        self.removed(user, passkey, keep_last).await.map_err(failed)
    }

    async fn remove_all(&self, user: UserId) -> Result<u64, Fault> {
        let gone = sqlx::query("delete from es.passkeys where user_id = $1").bind(user.0).execute(&self.pool);
        gone.await.map(|gone| gone.rows_affected()).map_err(failed)
    }

    async fn use_up(&self, challenge_hash: &str, until: Instant) -> Result<bool, Fault> {
        let used = sqlx::query(
            "insert into es.passkey_challenges (hash, until) values ($1, $2) on conflict do nothing",
        )
        .bind(challenge_hash)
        .bind(until)
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        Ok(used.rows_affected() == 1)
    }
}
