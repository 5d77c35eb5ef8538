//! Dataloaders: many fields of one request, one question to a read model or the vault. Each request has its own set, bound
//! to its tenant, so nothing can be loaded for somebody else.

mod nested;

pub(crate) use nested::{CountOf, EntriesOf, Nested, PageOf};

use crate::{House, fault::of_projection};
use app::{Fault, Principal, act, credential::SealedCredential};
use async_graphql::dataloader::{DataLoader, Loader};
use domain::{
    accreditation::PublicationPhase,
    id::{
        AccreditationId, ApiKeyId, CredentialId, CustomerId, Did, Instant, OperationId, ResourceId, Sealed,
        StatusListId,
    },
};
use projections::{
    AccreditationRow, CredentialRow, DidRow, ResourceRow, StatusListRow,
    operation::{Operation, OperationDetail},
};
use std::{collections::HashMap, sync::Arc};

/// Loads for one tenant.
pub(crate) struct Rows {
    house: Arc<House>,
    customer: CustomerId,
    caller: Principal,
}

/// A line of accreditations; loads its newest published version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Line(pub(crate) AccreditationId);

/// A version of an accreditation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Version(pub(crate) ResourceId);

/// A sealed text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Text(pub(crate) Sealed);

/// When an API key of the caller's account was last used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LastUse(pub(crate) ApiKeyId);

/// All loaders of a request.
pub(crate) struct Loaders(pub(crate) DataLoader<Rows>);

impl Loaders {
    pub(crate) fn new(house: &Arc<House>, caller: Principal) -> Self {
        let rows = Rows { house: Arc::clone(house), customer: caller.customer, caller };
        Self(DataLoader::new(rows, tokio::spawn).max_batch_size(projections::LIST_ROWS_MAX as usize))
    }
}

/// Whether an operation does not exist for the caller.
pub(crate) fn hides_operation(caller: &Principal, operation: &Operation) -> bool {
    operation.network.parse().is_ok_and(|network| caller.hides(&act::OPERATION_READ, network))
}

type Loaded<K, V> = Result<HashMap<K, V>, Fault>;

impl Loader<Did> for Rows {
    type Value = DidRow;
    type Error = Fault;
    async fn load(&self, keys: &[Did]) -> Loaded<Did, DidRow> {
        let rows = self.house.views.dids().get_many(self.customer, keys).await.map_err(of_projection)?;
        let rows = rows.into_iter().filter(|row| !self.caller.hides(&act::DID_LIST, row.network));
        Ok(rows.map(|row| (row.did.clone(), row)).collect())
    }
}

impl Loader<ResourceId> for Rows {
    type Value = ResourceRow;
    type Error = Fault;
    async fn load(&self, keys: &[ResourceId]) -> Loaded<ResourceId, ResourceRow> {
        let rows = self.house.views.resources().get_many(self.customer, keys).await.map_err(of_projection)?;
        let mut found: HashMap<ResourceId, ResourceRow> = HashMap::new();
        for row in rows.into_iter().filter(|row| !self.caller.hides(&act::RESOURCE_LIST, row.network)) {
            // A refused attempt is only worth showing if there is no other.
            let is_better = found.get(&row.resource).is_none_or(|known| {
                let rank = |row: &ResourceRow| (row.state != PublicationPhase::Rejected, row.position);
                rank(&row) > rank(known)
            });
            if is_better {
                found.insert(row.resource, row);
            }
        }
        Ok(found)
    }
}

impl Loader<StatusListId> for Rows {
    type Value = StatusListRow;
    type Error = Fault;
    async fn load(&self, keys: &[StatusListId]) -> Loaded<StatusListId, StatusListRow> {
        let rows =
            self.house.views.status_lists().get_many(self.customer, keys).await.map_err(of_projection)?;
        let rows = rows.into_iter().filter(|row| !self.caller.hides(&act::STATUS_LIST_LIST, row.network));
        Ok(rows.map(|row| (row.list, row)).collect())
    }
}

impl Loader<CredentialId> for Rows {
    type Value = CredentialRow;
    type Error = Fault;
    async fn load(&self, keys: &[CredentialId]) -> Loaded<CredentialId, CredentialRow> {
        let rows =
            self.house.views.credentials().get_many(self.customer, keys).await.map_err(of_projection)?;
        let rows = rows.into_iter().filter(|row| !self.caller.hides(&act::CREDENTIAL_LIST, row.network));
        Ok(rows.map(|row| (row.credential, row)).collect())
    }
}

impl Loader<Version> for Rows {
    type Value = AccreditationRow;
    type Error = Fault;
    async fn load(&self, keys: &[Version]) -> Loaded<Version, AccreditationRow> {
        let keys: Vec<ResourceId> = keys.iter().map(|version| version.0).collect();
        let rows =
            self.house.views.accreditations().get_many(self.customer, &keys).await.map_err(of_projection)?;
        let rows = rows.into_iter().filter(|row| !self.caller.hides(&act::ACCREDITATION_LIST, row.network));
        Ok(rows.map(|row| (Version(row.resource), row)).collect())
    }
}

impl Loader<Line> for Rows {
    type Value = AccreditationRow;
    type Error = Fault;
    async fn load(&self, keys: &[Line]) -> Loaded<Line, AccreditationRow> {
        let lines: Vec<AccreditationId> = keys.iter().map(|line| line.0).collect();
        let views = self.house.views.accreditations();
        let rows = views.latest_many(self.customer, &lines).await.map_err(of_projection)?;
        let rows = rows.into_iter().filter(|row| !self.caller.hides(&act::ACCREDITATION_LIST, row.network));
        Ok(rows.map(|row| (Line(row.accreditation), row)).collect())
    }
}

impl Loader<OperationId> for Rows {
    type Value = OperationDetail;
    type Error = Fault;
    async fn load(&self, keys: &[OperationId]) -> Loaded<OperationId, OperationDetail> {
        let found = self.house.views.operations().get_many(self.customer, keys).await;
        let rows = found.map_err(of_projection)?.into_iter();
        let rows = rows.filter(|detail| !hides_operation(&self.caller, &detail.operation));
        Ok(rows.map(|detail| (detail.operation.operation_id, detail)).collect())
    }
}

impl Loader<LastUse> for Rows {
    type Value = Instant;
    type Error = Fault;
    async fn load(&self, keys: &[LastUse]) -> Loaded<LastUse, Instant> {
        let keys: Vec<ApiKeyId> = keys.iter().map(|use_of| use_of.0).collect();
        let uses = self.house.studio.last_uses.of(&keys).await?;
        Ok(uses.into_iter().map(|(key, at)| (LastUse(key), at)).collect())
    }
}

impl Loader<Text> for Rows {
    type Value = String;
    type Error = Fault;
    /// All of them with one question to the vault; those whose subject was erased are absent.
    async fn load(&self, keys: &[Text]) -> Loaded<Text, String> {
        let sealed: Vec<Sealed> = keys.iter().map(|text| text.0.clone()).collect();
        let opened = self.house.studio.vault.open_all(self.customer, &sealed).await?;
        let mut found = HashMap::with_capacity(keys.len());
        for (key, plain) in keys.iter().zip(opened) {
            if let Some(bytes) = plain {
                found.insert(key.clone(), String::from_utf8(bytes).map_err(Fault::bug)?);
            }
        }
        Ok(found)
    }
}

impl Loader<Sealed> for Rows {
    type Value = Arc<SealedCredential>;
    type Error = Fault;
    /// All of them with one question to the vault; those whose subject was erased are absent.
    async fn load(&self, keys: &[Sealed]) -> Loaded<Sealed, Arc<SealedCredential>> {
        let opened = self.house.studio.vault.open_all(self.customer, keys).await?;
        let mut found = HashMap::with_capacity(keys.len());
        for (key, plain) in keys.iter().zip(opened) {
            if let Some(bytes) = plain {
                let plain: SealedCredential = serde_json::from_slice(&bytes).map_err(Fault::bug)?;
                found.insert(key.clone(), Arc::new(plain));
            }
        }
        Ok(found)
    }
}
