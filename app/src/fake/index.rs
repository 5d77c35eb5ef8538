//! What readers know: the log, or as much of it as they have come to.

use super::{Log, lock};
use crate::{
    Fault,
    port::{Directory, directory::ApiKeyOwner},
};
use async_trait::async_trait;
use domain::{
    credential::Credential,
    customer::{ApiKey, Customer},
    did::{DidPhase, DidRecord},
    id::{ApiKeyId, CredentialId, CustomerId, Did, KeyId, Network, StatusListId},
    status_list::StatusList,
    user::User,
};
use std::sync::{Arc, Mutex};

/// [`Directory`] over the log.
pub struct Index {
    pub(super) log: Arc<Log>,
    /// Up to where readers have come, if they stand still.
    stands: Mutex<Option<usize>>,
}

impl Index {
    pub(super) const fn new(log: Arc<Log>) -> Self {
        Self { log, stands: Mutex::new(None) }
    }

    /// Readers see nothing of what comes from now on.
    pub fn stand_still(&self) {
        *lock(&self.stands) = Some(self.log.len());
    }

    /// Readers are built anew and have come to nothing yet.
    pub fn begin_anew(&self) {
        *lock(&self.stands) = Some(0);
    }

    /// Readers see everything again.
    pub fn go_on(&self) {
        *lock(&self.stands) = None;
    }

    pub(super) fn until(&self) -> usize {
        lock(&self.stands).unwrap_or(usize::MAX)
    }
}

impl Index {
    fn owner(&self, customer: CustomerId, key: ApiKeyId, known: &ApiKey) -> ApiKeyOwner {
        let maker = known.grant.as_ref().and_then(|grant| grant.maker);
        let maker = maker.map(|maker| self.log.state_until::<User>(&maker.to_string(), self.until()));
        let held = known.held || maker.is_some_and(|maker| maker.suspended);
        let (expires_at, revoked) = (known.expires_at, known.revoked);
        ApiKeyOwner { customer, key, expires_at, revoked, held, grant: known.grant.clone() }
    }
}

#[async_trait]
impl Directory for Index {
    async fn api_key(&self, hash: &str) -> Result<Option<ApiKeyOwner>, Fault> {
        let until = self.until();
        for id in self.log.ids::<Customer>(until) {
            let state: Customer = self.log.state_until(&id, until);
            let found = state.api_keys.iter().find(|(_, known)| known.hash == hash);
            if let (Some((key, known)), Some(customer)) = (found, state.customer) {
                return Ok(Some(self.owner(customer, *key, known)));
            }
        }
        Ok(None)
    }

    async fn api_key_of(&self, customer: CustomerId, key: ApiKeyId) -> Result<Option<ApiKeyOwner>, Fault> {
        let state: Customer = self.log.state_until(&customer.to_string(), self.until());
        Ok(state.api_keys.get(&key).map(|known| self.owner(customer, key, known)))
    }

    async fn credential_by_fingerprint(
        &self,
        customer: CustomerId,
        fingerprint: &str,
    ) -> Result<Option<CredentialId>, Fault> {
        let until = self.until();
        let states = self.log.ids::<Credential>(until).into_iter();
        let mut states = states.map(|id| self.log.state_until::<Credential>(&id, until));
        let is_it = |state: &Credential| {
            state.customer == Some(customer)
                && state.description.as_ref().is_some_and(|known| known.fingerprint == fingerprint)
        };
        Ok(states.find(is_it).and_then(|state| state.credential))
    }

    async fn credential_by_entry(
        &self,
        customer: CustomerId,
        list: StatusListId,
        index: u32,
    ) -> Result<Option<CredentialId>, Fault> {
        let state: StatusList = self.log.state_until(&list.to_string(), self.until());
        let mut entries = state.allocated.into_iter().filter(|_| state.customer == Some(customer));
        Ok(entries.find(|(_, held)| *held == index).map(|(credential, _)| credential))
    }

    async fn status_lists(
        &self,
        customer: CustomerId,
        did: &str,
        name: &str,
    ) -> Result<Vec<StatusListId>, Fault> {
        let until = self.until();
        let states = self.log.ids::<StatusList>(until).into_iter();
        let states = states.map(|id| self.log.state_until::<StatusList>(&id, until));
        let is_one = |state: &StatusList| {
            state.customer == Some(customer)
                && state
                    .description
                    .as_ref()
                    .is_some_and(|known| known.did.as_str() == did && known.name == name)
        };
        Ok(states.filter(is_one).filter_map(|state| state.list).collect())
    }

    async fn did_of_key(&self, customer: CustomerId, kid: &KeyId) -> Result<Option<Did>, Fault> {
        let until = self.until();
        for id in self.log.ids::<DidRecord>(until) {
            let state: DidRecord = self.log.state_until(&id, until);
            let pending =
                state.pending.iter().filter_map(|change| Some(&change.document.as_ref()?.1)).flatten();
            let stands = state.keys.iter().chain(pending).any(|key| key.kid == *kid);
            let is_over = matches!(state.phase, DidPhase::Deactivated | DidPhase::Failed);
            if state.customer == Some(customer) && stands && !is_over {
                return Did::parse(&id).map(Some).map_err(Fault::bug);
            }
        }
        Ok(None)
    }

    async fn payer(&self, customer: CustomerId, network: Network) -> Result<Option<(String, String)>, Fault> {
        let state: Customer = self.log.state_until(&customer.to_string(), self.until());
        let payer = state.payers.into_iter().find(|payer| payer.network == network);
        Ok(payer.map(|payer| (payer.address, payer.kid.0)))
    }
}
