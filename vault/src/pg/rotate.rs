//! Rotation of the master key.

use super::{Active, PgVault, customer, master};
use crate::{MasterKey, aead::NotAuthentic, fault};
use app::Fault;
use domain::id::CustomerId;
use sqlx::{Postgres, Transaction};
use std::sync::Arc;
use uuid::Uuid;

/// Customer keys that are rewrapped with one statement.
const REWRAP_BATCH_ROWS: i64 = 500;

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    /// Version of the master key the database is under now.
    pub master_version: i32,
    /// How many customer keys were wrapped anew; 0 if the database was under this key already.
    pub customer_keys: u64,
}

impl PgVault {
    /// Puts the database under `new_master`: wraps every customer key anew, in one transaction, so that a crash leaves
    /// either all under the old key or all under the new. Repeating it is harmless. No data, signing key or API key
    /// changes, and reads and signatures go on meanwhile; only the first use of a new customer waits.
    ///
    /// This process goes on with the new key. Others need it among their `standby` keys, else they answer
    /// `vault/master-rotated` until they are restarted with it.
    pub async fn rewrap(&self, new_master: &MasterKey) -> Result<Rewrapped, Fault> {
        let store = |error: sqlx::Error| fault::store(&error);
        let mut transaction = self.pool().begin().await.map_err(store)?;
        let (version, check): (i32, Vec<u8>) =
            sqlx::query_as("select version, key_check from vault.master for update")
                .fetch_one(&mut *transaction)
                .await
                .map_err(store)?;
        if check == new_master.check().as_slice() {
            transaction.rollback().await.map_err(store)?;
            self.activate(Active { version, key: Arc::new(new_master.duplicate()) });
            return Ok(Rewrapped { master_version: version, customer_keys: 0 });
        }
        self.adopt(version, &check)?;
        let old = self.active();
        let next = version.checked_add(1).ok_or_else(|| Fault::bug("vault.master: no versions left"))?;
        let new = Active { version: next, key: Arc::new(new_master.duplicate()) };
        let customer_keys = rewrap_customers(&mut transaction, &old, &new).await?;
        let api_key_secret = master::wrap_api_key_secret(&new.key, next, self.api_key_secret())
            .map_err(|NotAuthentic| Fault::bug("vault: cannot wrap the API key secret"))?;
        sqlx::query(
            "update vault.master set version = $1, key_check = $2, api_key_secret = $3, rotated_at = now()",
        )
        .bind(next)
        .bind(new.key.check().as_slice())
        .bind(api_key_secret)
        .execute(&mut *transaction)
        .await
        .map_err(store)?;
        transaction.commit().await.map_err(store)?;
        self.activate(new);
        tracing::info!(target: "vault::audit", master_version = next, customer_keys, "rotated the master key");
        Ok(Rewrapped { master_version: next, customer_keys })
    }
}

async fn rewrap_customers(
    transaction: &mut Transaction<'_, Postgres>,
    old: &Active,
    new: &Active,
) -> Result<u64, Fault> {
    let store = |error: sqlx::Error| fault::store(&error);
    let mut count = 0;
    loop {
        let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(
            "select customer, wrapped from vault.customer_keys where master_version = $1 order by customer limit $2",
        )
        .bind(old.version)
        .bind(REWRAP_BATCH_ROWS)
        .fetch_all(&mut **transaction)
        .await
        .map_err(store)?;
        if rows.is_empty() {
            break;
        }
        let mut customers = Vec::with_capacity(rows.len());
        let mut wrapped = Vec::with_capacity(rows.len());
        for (id, bytes) in rows {
            let data_key = customer::unwrap(&old.key, old.version, CustomerId(id), &bytes)?;
            customers.push(id);
            wrapped.push(customer::wrap(&new.key, new.version, CustomerId(id), &data_key)?);
        }
        count += sqlx::query(
            "update vault.customer_keys k set master_version = $1, wrapped = n.wrapped
             from unnest($2::uuid[], $3::bytea[]) as n (customer, wrapped) where k.customer = n.customer",
        )
        .bind(new.version)
        .bind(customers)
        .bind(wrapped)
        .execute(&mut **transaction)
        .await
        .map_err(store)?
        .rows_affected();
    }
    let left: i64 = sqlx::query_scalar("select count(*) from vault.customer_keys where master_version <> $1")
        .bind(new.version)
        .fetch_one(&mut **transaction)
        .await
        .map_err(store)?;
    if left > 0 {
        return Err(fault::corrupt(&format!(
            "vault.customer_keys: {left} keys are under another master key version than vault.master says"
        )));
    }
    Ok(count)
}
