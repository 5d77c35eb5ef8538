//! `vault.passwords`: one slow hash per user, sealed.

use super::PgVault;
use crate::{
    aead::{self, NotAuthentic, Place},
    fault, password,
};
use app::{
    Fault,
    port::passwords::{PASSWORD_BEGUN_SECONDS, Password, Passwords},
};
use async_trait::async_trait;
use domain::id::{Instant, UserId};
use std::{sync::Arc, time::Duration};
use zeroize::Zeroizing;

fn place(user: UserId) -> Place {
    Place::new("vault.passwords", &[user.0.as_bytes()])
}

fn store(error: &sqlx::Error) -> Fault {
    fault::store(error)
}

impl PgVault {
    /// Computes with a password on a thread that may block, when its turn comes. A caller that has gone does not make room: the
    /// computation goes on, and keeps its turn.
    async fn in_turn<T: Send + 'static>(
        &self,
        compute: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let turn = Arc::clone(&self.0.password_turns).acquire_owned().await.map_err(Fault::bug)?;
        let computed = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            compute()
        });
        computed.await.map_err(|stopped| Fault::bug(format!("a password hash stopped: {stopped}")))
    }

    async fn password_hash(&self, user: UserId) -> Result<Option<Zeroizing<String>>, Fault> {
        let sealed: Option<Vec<u8>> =
            sqlx::query_scalar("select sealed from vault.passwords where user_id = $1")
                .bind(user.0)
                .fetch_optional(self.pool())
                .await
                .map_err(|error| store(&error))?;
        let Some(sealed) = sealed else { return Ok(None) };
        let corrupt = || fault::corrupt("a password's hash does not open");
        let opened =
            aead::decrypt(&self.0.password_key, &place(user), &sealed).map_err(|NotAuthentic| corrupt())?;
        let text = std::str::from_utf8(&opened).map_err(|_| corrupt())?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }
}

impl PgVault {
    async fn sealed_hash(&self, user: UserId, password: &Password) -> Result<Vec<u8>, Fault> {
        let password = password.duplicate();
        let hash = self.in_turn(move || password::hash_of(&password).map(Zeroizing::new)).await?;
        let hash = hash.ok_or_else(|| Fault::bug("a password could not be hashed"))?;
        aead::encrypt(&self.0.password_key, &place(user), hash.as_bytes())
            .map_err(|NotAuthentic| Fault::bug("vault: cannot seal"))
    }
}

#[async_trait]
impl Passwords for PgVault {
    async fn begin(&self, user: UserId, password: &Password, is_new: bool) -> Result<bool, Fault> {
        let sealed = self.sealed_hash(user, password).await?;
        let begun = sqlx::query(
            "insert into vault.passwords (user_id, sealed) values ($1, $2)
             on conflict (user_id) do update set sealed = excluded.sealed, set_at = now()
             where $3 and passwords.set_at < now() - make_interval(secs => $4)",
        )
        .bind(user.0)
        .bind(sealed)
        .bind(is_new)
        .bind(Duration::from_secs(PASSWORD_BEGUN_SECONDS).as_secs_f64())
        .execute(self.pool())
        .await
        .map_err(|error| store(&error))?;
        Ok(begun.rows_affected() == 1)
    }

    async fn replace(
        &self,
        user: UserId,
        password: &Password,
        set_at: Option<Instant>,
    ) -> Result<bool, Fault> {
        let sealed = self.sealed_hash(user, password).await?;
        let replaced = sqlx::query(
            "update vault.passwords set sealed = $2, set_at = now() where user_id = $1 and set_at = $3",
        )
        .bind(user.0)
        .bind(sealed)
        .bind(set_at)
        .execute(self.pool())
        .await
        .map_err(|error| store(&error))?;
        Ok(replaced.rows_affected() == 1)
    }

    async fn set_at(&self, user: UserId) -> Result<Option<Instant>, Fault> {
        sqlx::query_scalar("select set_at from vault.passwords where user_id = $1")
            .bind(user.0)
            .fetch_optional(self.pool())
            .await
            .map_err(|error| store(&error))
    }

    async fn set(&self, user: UserId, password: &Password) -> Result<(), Fault> {
        let sealed = self.sealed_hash(user, password).await?;
        sqlx::query(
            "insert into vault.passwords (user_id, sealed) values ($1, $2)
             on conflict (user_id) do update set sealed = excluded.sealed, set_at = now()",
        )
        .bind(user.0)
        .bind(sealed)
        .execute(self.pool())
        .await
        .map_err(|error| store(&error))?;
        Ok(())
    }

    async fn verify(&self, user: Option<UserId>, password: &Password) -> Result<bool, Fault> {
        // A user who does not exist is looked up as well.
        let hash = self.password_hash(user.unwrap_or(UserId(uuid::Uuid::nil()))).await?;
        let password = password.duplicate();
        self.in_turn(move || password::is(&password, hash.as_ref().map(|hash| hash.as_str()))).await
    }

    async fn erase(&self, user: UserId) -> Result<bool, Fault> {
        let erased = sqlx::query("delete from vault.passwords where user_id = $1")
            .bind(user.0)
            .execute(self.pool())
            .await
            .map_err(|error| store(&error))?;
        Ok(erased.rows_affected() == 1)
    }
}
