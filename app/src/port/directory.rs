//! Answers from the read models that use cases need to find a thing by something other than its id.

use crate::Fault;
use async_trait::async_trait;
use domain::{
    customer::ApiKeyGrant,
    id::{ApiKeyId, CredentialId, CustomerId, Did, Instant, KeyId, Network, StatusListId},
};

/// Whose an API key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyOwner {
    /// The tenant.
    pub customer: CustomerId,
    /// The key.
    pub key: ApiKeyId,
    /// When it stops working.
    pub expires_at: Instant,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Whether it opens nothing as long as who made it is suspended.
    pub held: bool,
    /// What it may do; everything without.
    pub grant: Option<ApiKeyGrant>,
}

impl ApiKeyOwner {
    /// Whether the key opens the doors now.
    pub fn works(&self, now: Instant) -> bool {
        !self.revoked && !self.held && self.expires_at > now
    }
}

/// Look-ups.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Whose key has this keyed hash?
    async fn api_key(&self, hash: &str) -> Result<Option<ApiKeyOwner>, Fault>;
    /// The key of this id, if it is the customer's.
    async fn api_key_of(&self, customer: CustomerId, key: ApiKeyId) -> Result<Option<ApiKeyOwner>, Fault>;
    /// Which credential of this customer has this fingerprint?
    async fn credential_by_fingerprint(
        &self,
        customer: CustomerId,
        fingerprint: &str,
    ) -> Result<Option<CredentialId>, Fault>;
    /// Which credential of this customer stands at this entry?
    async fn credential_by_entry(
        &self,
        customer: CustomerId,
        list: StatusListId,
        index: u32,
    ) -> Result<Option<CredentialId>, Fault>;
    /// Lists of a DID of this customer with this name, whatever their type.
    async fn status_lists(
        &self,
        customer: CustomerId,
        did: &str,
        name: &str,
    ) -> Result<Vec<StatusListId>, Fault>;
    /// A DID of this customer in whose document, present or on its way, this key stands, unless it is deactivated or never
    /// came to be.
    async fn did_of_key(&self, customer: CustomerId, kid: &KeyId) -> Result<Option<Did>, Fault>;
    /// The customer's payer on a network: address and vault key id.
    async fn payer(&self, customer: CustomerId, network: Network) -> Result<Option<(String, String)>, Fault>;
}
