//! Look-ups of use cases, answered by the read models.

use app::{
    Fault,
    port::{Directory, directory::ApiKeyOwner},
};
use async_trait::async_trait;
use domain::id::{ApiKeyId, CredentialId, CustomerId, Did, KeyId, Network, StatusListId};
use projections::{ApiKeyRow, ProjectionError, Views};

/// See the module.
pub struct ViewsDirectory(Views);

impl ViewsDirectory {
    /// Over these read models.
    pub const fn new(views: Views) -> Self {
        Self(views)
    }
}

/// A read model that gives no answer is "away" for the caller, and a detail for the log.
pub(crate) fn fault(error: &ProjectionError) -> Fault {
    if error.is_unavailable() {
        Fault::unavailable("store/unavailable", "The database cannot be reached at the moment.", error)
    } else {
        Fault::bug(error)
    }
}

impl ViewsDirectory {
    /// A key opens nothing either while the operator has suspended who made it, whichever account the key is of.
    async fn owner(&self, row: Option<ApiKeyRow>) -> Result<Option<ApiKeyOwner>, Fault> {
        let Some(row) = row else { return Ok(None) };
        let maker = row.granted.as_ref().and_then(|grant| grant.maker);
        let maker = match maker {
            Some(maker) => self.0.people().user(maker).await.map_err(|error| fault(&error))?,
            None => None,
        };
        let held = row.held_at.is_some() || maker.is_some_and(|maker| maker.suspended_at.is_some());
        let (customer, key, expires_at, revoked) = (row.customer, row.key, row.expires_at, row.revoked());
        Ok(Some(ApiKeyOwner { customer, key, expires_at, revoked, held, grant: row.granted }))
    }
}

#[async_trait]
impl Directory for ViewsDirectory {
    async fn api_key(&self, hash: &str) -> Result<Option<ApiKeyOwner>, Fault> {
        let row = self.0.accounts().api_key_by_hash(hash).await.map_err(|error| fault(&error))?;
        self.owner(row).await
    }

    async fn api_key_of(&self, customer: CustomerId, key: ApiKeyId) -> Result<Option<ApiKeyOwner>, Fault> {
        let row = self.0.accounts().api_key(customer, key).await.map_err(|error| fault(&error))?;
        self.owner(row).await
    }

    async fn credential_by_fingerprint(
        &self,
        customer: CustomerId,
        fingerprint: &str,
    ) -> Result<Option<CredentialId>, Fault> {
        let row = self.0.credentials().by_fingerprint(customer, fingerprint).await;
        Ok(row.map_err(|error| fault(&error))?.map(|row| row.credential))
    }

    async fn credential_by_entry(
        &self,
        customer: CustomerId,
        list: StatusListId,
        index: u32,
    ) -> Result<Option<CredentialId>, Fault> {
        let row = self.0.status_lists().entry(customer, list, index).await;
        Ok(row.map_err(|error| fault(&error))?.and_then(|row| row.credential))
    }

    async fn status_lists(
        &self,
        customer: CustomerId,
        did: &str,
        name: &str,
    ) -> Result<Vec<StatusListId>, Fault> {
        let rows = self.0.status_lists().named(customer, did, name).await.map_err(|error| fault(&error))?;
        Ok(rows.into_iter().map(|row| row.list).collect())
    }

    async fn did_of_key(&self, customer: CustomerId, kid: &KeyId) -> Result<Option<Did>, Fault> {
        self.0.dids().of_key(customer, kid).await.map_err(|error| fault(&error))
    }

    async fn payer(&self, customer: CustomerId, network: Network) -> Result<Option<(String, String)>, Fault> {
        let payer = self.0.accounts().payer(customer, network).await.map_err(|error| fault(&error))?;
        Ok(payer.map(|payer| (payer.address, payer.kid.0)))
    }
}
