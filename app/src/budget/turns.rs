//! The vault for one request, one statement at a time.

use crate::{
    Fault,
    port::vault::{PrivateKey, PublicKey, Vault},
};
use async_trait::async_trait;
use domain::{
    id::{CustomerId, KeyId, Sealed},
    key::{KeyAlgorithm, KeyPurpose},
};
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

/// A [`Vault`] whose calls wait for turns, so that a request of many parts holds one database connection, and no other tenant
/// waits for it.
pub struct VaultInTurns {
    vault: Arc<dyn Vault>,
    turns: Arc<Semaphore>,
}

impl VaultInTurns {
    /// Over `vault`; whoever shares `turns` waits for each other.
    pub fn new(vault: Arc<dyn Vault>, turns: Arc<Semaphore>) -> Self {
        Self { vault, turns }
    }

    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }
}

#[async_trait]
impl Vault for VaultInTurns {
    async fn create_key(
        &self,
        customer: CustomerId,
        request: Uuid,
        algorithm: KeyAlgorithm,
        purpose: KeyPurpose,
    ) -> Result<PublicKey, Fault> {
        let _turn = self.turn().await;
        self.vault.create_key(customer, request, algorithm, purpose).await
    }

    fn public_half(&self, algorithm: KeyAlgorithm, private: &PrivateKey) -> Result<PublicKey, Fault> {
        self.vault.public_half(algorithm, private)
    }

    async fn import_key(
        &self,
        customer: CustomerId,
        request: Uuid,
        algorithm: KeyAlgorithm,
        purpose: KeyPurpose,
        private: &PrivateKey,
    ) -> Result<PublicKey, Fault> {
        let _turn = self.turn().await;
        self.vault.import_key(customer, request, algorithm, purpose, private).await
    }

    fn payer_address(&self, public_key: &[u8]) -> Result<String, Fault> {
        self.vault.payer_address(public_key)
    }

    async fn sign(&self, customer: CustomerId, kid: &KeyId, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        let _turn = self.turn().await;
        self.vault.sign(customer, kid, bytes).await
    }

    async fn seal(&self, customer: CustomerId, subject: &str, plaintext: &[u8]) -> Result<Sealed, Fault> {
        let _turn = self.turn().await;
        self.vault.seal(customer, subject, plaintext).await
    }

    async fn open(&self, customer: CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, Fault> {
        let _turn = self.turn().await;
        self.vault.open(customer, sealed).await
    }

    async fn open_all(&self, customer: CustomerId, sealed: &[Sealed]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        let _turn = self.turn().await;
        self.vault.open_all(customer, sealed).await
    }

    async fn erase(&self, customer: CustomerId, subject: &str) -> Result<u64, Fault> {
        let _turn = self.turn().await;
        self.vault.erase(customer, subject).await
    }

    async fn fingerprint(&self, customer: CustomerId, bytes: &[u8]) -> Result<String, Fault> {
        let _turn = self.turn().await;
        self.vault.fingerprint(customer, bytes).await
    }
}
