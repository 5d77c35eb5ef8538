//! `vault.customer_keys`: one data key per customer.

use super::PgVault;
use crate::{
    MasterKey,
    aead::{self, NotAuthentic, Place},
    fault,
    kdf::{self, Label},
    secret::Secret,
};
use app::Fault;
use domain::id::CustomerId;
use std::sync::Arc;

domain::limits! {
    /// How often an operation starts again because the master key was rotated under it. Rotations are rare acts of people; a few
    /// in a row, as when one is corrected at once, must not fail anybody.
    MAX_ROTATIONS_MET: usize = 16, "rotations";
}

/// What is derived from a customer's data key, each part for one use.
pub(super) struct CustomerKeys {
    /// Wraps subject keys and private keys.
    pub(super) wrap: Secret,
    /// Keys the customer's fingerprints.
    pub(super) fingerprint: Secret,
    /// Keys the hashes of subject names.
    pub(super) subject: Secret,
}

impl CustomerKeys {
    fn derive(data_key: &Secret) -> Self {
        Self {
            wrap: kdf::derive(data_key, Label::CustomerWrap),
            fingerprint: kdf::derive(data_key, Label::CustomerFingerprint),
            subject: kdf::derive(data_key, Label::CustomerSubject),
        }
    }
}

fn place(customer: CustomerId, version: i32) -> Place {
    Place::new("vault.customer_keys", &[customer.0.as_bytes(), &version.to_be_bytes()])
}

/// The data key of a customer, wrapped for a version of the master key.
pub(super) fn wrap(
    master: &MasterKey,
    version: i32,
    customer: CustomerId,
    data_key: &Secret,
) -> Result<Vec<u8>, Fault> {
    aead::encrypt(master.wrap(), &place(customer, version), data_key.expose())
        .map_err(|NotAuthentic| Fault::bug("vault: cannot wrap a customer key"))
}

/// The reverse of [`wrap`].
pub(super) fn unwrap(
    master: &MasterKey,
    version: i32,
    customer: CustomerId,
    wrapped: &[u8],
) -> Result<Secret, Fault> {
    aead::unwrap_secret(master.wrap(), &place(customer, version), wrapped).map_err(|NotAuthentic| {
        fault::corrupt(&format!("vault.customer_keys: the key of customer {customer} does not open"))
    })
}

impl PgVault {
    /// The keys of a customer that has some.
    pub(super) async fn customer(&self, customer: CustomerId) -> Result<Option<Arc<CustomerKeys>>, Fault> {
        if let Some(keys) = self.0.customers.get(&customer).await {
            return Ok(Some(keys));
        }
        let Some(keys) = self.load_customer(customer).await? else { return Ok(None) };
        let keys = Arc::new(keys);
        self.0.customers.insert(customer, Arc::clone(&keys)).await;
        Ok(Some(keys))
    }

    /// The keys of a customer, made at first use. Any number of first users get the same.
    pub(super) async fn customer_or_new(&self, customer: CustomerId) -> Result<Arc<CustomerKeys>, Fault> {
        for _ in 0..MAX_ROTATIONS_MET {
            if let Some(keys) = self.customer(customer).await? {
                return Ok(keys);
            }
            let active = self.active();
            let wrapped = wrap(&active.key, active.version, customer, &Secret::random())?;
            // The lock on vault.master keeps a rotation from passing between wrapping and storing: it would miss this row.
            let made = sqlx::query(
                "with current as (select version from vault.master where version = $2 for share)
                 insert into vault.customer_keys (customer, master_version, wrapped)
                 select $1, version, $3 from current
                 on conflict (customer) do nothing",
            )
            .bind(customer.0)
            .bind(active.version)
            .bind(wrapped)
            .execute(self.pool())
            .await
            .map_err(|error| fault::store(&error))?
            .rows_affected();
            if made == 0 {
                // Somebody made it first, or rotated the master key: both are found out by looking again.
                self.refresh_master().await?;
            }
        }
        self.customer(customer).await?.ok_or_else(|| fault::master_rotated(self.active().version))
    }

    async fn load_customer(&self, customer: CustomerId) -> Result<Option<CustomerKeys>, Fault> {
        for _ in 0..MAX_ROTATIONS_MET {
            // Before the row: a row read later is never older than this version, unless somebody tampered with it.
            let active = self.active();
            let row: Option<(i32, Vec<u8>)> =
                sqlx::query_as("select master_version, wrapped from vault.customer_keys where customer = $1")
                    .bind(customer.0)
                    .fetch_optional(self.pool())
                    .await
                    .map_err(|error| fault::store(&error))?;
            let Some((version, wrapped)) = row else { return Ok(None) };
            if version == active.version {
                let data_key = unwrap(&active.key, version, customer, &wrapped)?;
                return Ok(Some(CustomerKeys::derive(&data_key)));
            }
            self.refresh_master().await?;
            if self.active().version == active.version {
                let what =
                    format!("vault.customer_keys: the key of customer {customer} has version {version}");
                return Err(fault::corrupt(&what));
            }
        }
        Err(fault::master_rotated(self.active().version))
    }
}
