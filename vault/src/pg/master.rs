//! `vault.master`: which master key the database is under.

use super::{Active, PgVault};
use crate::{
    MasterKey, SelfTestFailed,
    aead::{self, NotAuthentic, Place},
    fault,
    secret::Secret,
};
use app::Fault;
use sqlx::PgPool;
use std::sync::{Arc, PoisonError};
use subtle::ConstantTimeEq as _;

/// Why the vault does not open. The sentences are for the operator; none carries a secret.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A known answer came out wrong.
    #[error(transparent)]
    SelfTest(#[from] SelfTestFailed),
    /// The database was made with another master key.
    #[error(
        "the master key is not the one this database was made with; start with the right STUDIO_MASTER_KEY \
         (or key file), for without it no key and no personal data in this database can be read"
    )]
    WrongMasterKey,
    /// The key is right, but what it wrapped does not open.
    #[error(
        "the table vault.master is damaged: its secret does not open under the right master key; restore it"
    )]
    Damaged,
    /// The database is away or not migrated.
    #[error("the vault cannot read its database: {0}")]
    Store(#[from] sqlx::Error),
    /// Encryption refused, which does not happen.
    #[error("the vault cannot encrypt")]
    Encryption,
}

/// Where the API key secret stands.
fn api_key_place(version: i32) -> Place {
    Place::new("vault.master.api_key_secret", &[&version.to_be_bytes()])
}

/// The API key secret, wrapped for `version`.
pub(super) fn wrap_api_key_secret(
    master: &MasterKey,
    version: i32,
    secret: &Secret,
) -> Result<Vec<u8>, NotAuthentic> {
    aead::encrypt(master.wrap(), &api_key_place(version), secret.expose())
}

/// Finds the key of the database among `keys`, putting a new database under the first of them.
pub(super) async fn open_or_found(
    pool: &PgPool,
    keys: &[Arc<MasterKey>],
) -> Result<(Active, Secret), StartError> {
    const FIRST_VERSION: i32 = 1;
    let known: Option<i32> =
        sqlx::query_scalar("select version from vault.master").fetch_optional(pool).await?;
    if known.is_none()
        && let Some(first) = keys.first()
    {
        let wrapped = wrap_api_key_secret(first, FIRST_VERSION, &Secret::random())
            .map_err(|NotAuthentic| StartError::Encryption)?;
        // Two first starts at once: one founds, the other reads what it founded.
        sqlx::query(
            "insert into vault.master (version, key_check, api_key_secret) values ($1, $2, $3)
             on conflict (singleton) do nothing",
        )
        .bind(FIRST_VERSION)
        .bind(first.check().as_slice())
        .bind(wrapped)
        .execute(pool)
        .await?;
    }
    let (version, check, wrapped): (i32, Vec<u8>, Vec<u8>) =
        sqlx::query_as("select version, key_check, api_key_secret from vault.master").fetch_one(pool).await?;
    let key = find(keys, &check).ok_or(StartError::WrongMasterKey)?;
    let secret = aead::unwrap_secret(key.wrap(), &api_key_place(version), &wrapped)
        .map_err(|NotAuthentic| StartError::Damaged)?;
    Ok((Active { version, key }, secret))
}

fn find(keys: &[Arc<MasterKey>], check: &[u8]) -> Option<Arc<MasterKey>> {
    keys.iter().find(|key| bool::from(key.check().as_slice().ct_eq(check))).cloned()
}

impl PgVault {
    /// Looks up which master key the database is under now, after somebody rotated it.
    pub(super) async fn refresh_master(&self) -> Result<(), Fault> {
        let (version, check): (i32, Vec<u8>) = sqlx::query_as("select version, key_check from vault.master")
            .fetch_one(self.pool())
            .await
            .map_err(|error| fault::store(&error))?;
        self.adopt(version, &check)
    }

    /// Goes on with the master key of this version, if this process has it.
    pub(super) fn adopt(&self, version: i32, check: &[u8]) -> Result<(), Fault> {
        let found = {
            let ring = self.0.ring.read().unwrap_or_else(PoisonError::into_inner);
            find(&ring.keys, check)
        };
        let key = found.ok_or_else(|| fault::master_rotated(version))?;
        self.activate(Active { version, key });
        Ok(())
    }

    /// The API key secret, to be wrapped anew by a rotation.
    pub(super) fn api_key_secret(&self) -> &Secret {
        &self.0.api_key_secret
    }
}
