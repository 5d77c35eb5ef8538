//! The safe: keys, signatures, ciphertext. No secret byte ever crosses this trait, except a new API key once, on its way out,
//! and a private key that somebody brings, on its way in.

use crate::{Fault, port::passwords::Password};
use async_trait::async_trait;
use domain::{
    id::{CustomerId, KeyId, Sealed},
    key::{KeyAlgorithm, KeyPurpose},
};
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The public half of a key pair in the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its id.
    pub kid: KeyId,
    /// Which curve.
    pub algorithm: KeyAlgorithm,
    /// 32 bytes Ed25519, or 33 bytes compressed secp256k1.
    pub bytes: Vec<u8>,
}

/// A key pair that is wanted in the vault.
#[derive(Debug, Clone, Copy)]
pub struct KeyRequest {
    /// For whom.
    pub customer: CustomerId,
    /// Who asks: the same request always yields the same key, so that a repeated command makes no second.
    pub request: Uuid,
    /// Which curve.
    pub algorithm: KeyAlgorithm,
    /// What it may sign.
    pub purpose: KeyPurpose,
}

/// A private key that somebody brings: wiped when it is let go, and without any way to be shown or written.
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    /// From hexadecimal text, if it is that.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new(vec![0; text.len() / 2]);
        hex::decode_to_slice(text, &mut bytes).ok().map(|()| Self(bytes))
    }

    /// Of these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// The bytes, for the vault.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

/// A private key that comes out of an export.
pub struct ExportedKey {
    /// Which curve.
    pub algorithm: KeyAlgorithm,
    /// The key.
    pub private: PrivateKey,
}

/// A private key under a secret that the operator and whoever brings it agreed on: AES-256-GCM, the tag behind
/// (docs/api.md#encrypted-keys).
#[derive(Clone, Serialize)]
pub struct LockedKey {
    /// Ciphertext and tag.
    pub bytes: Vec<u8>,
    /// The nonce.
    pub iv: [u8; 12],
    /// What the key was derived with, as text.
    pub salt: String,
}

/// A new API key; shown to the customer once.
#[derive(Clone)]
pub struct NewApiKey {
    /// The secret itself (`caas_…`, 256 random bits).
    pub secret: String,
    /// Keyed hash, lower-case hex, which is all that is stored.
    pub hash: String,
}

/// Envelope encryption and signing for each customer.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Makes a key pair.
    async fn create_key(&self, wanted: KeyRequest) -> Result<PublicKey, Fault>;

    /// The public half of a private key: of 32 bytes, or for Ed25519 also of 64, with the public half behind. Nothing is kept.
    /// Fault `key/malformed` if they are no key.
    fn public_half(&self, algorithm: KeyAlgorithm, private: &PrivateKey) -> Result<PublicKey, Fault>;

    /// Opens a private key that came locked; one at a time for each customer, so that nobody waits behind many of somebody else's.
    /// Faults `key/no-import-secret` if the operator has agreed on no secret, `key/not-decrypted`.
    async fn unlock(&self, customer: CustomerId, locked: &LockedKey) -> Result<PrivateKey, Fault>;

    /// The private keys of these, each with a name, locked under a password (docs/api.md#exported-keys): the one way that leads out
    /// of the vault. One at a time for each customer. Fault `key/not-found` if one is not the customer's.
    async fn lock_keys(
        &self,
        customer: CustomerId,
        keys: &[(String, KeyId)],
        password: &Password,
    ) -> Result<String, Fault>;

    /// Opens what [`Vault::lock_keys`] locked, here or elsewhere; one at a time for each customer. Faults `key/export-unknown`,
    /// `key/not-decrypted`.
    async fn unlock_keys(
        &self,
        customer: CustomerId,
        locked: &str,
        password: &Password,
    ) -> Result<Vec<ExportedKey>, Fault>;

    /// Takes over a private key. One that the customer has already is given as it is; for another purpose, that is the fault
    /// `key/already-held`. Others who hold the same key make no difference.
    async fn import_key(&self, wanted: KeyRequest, private: &PrivateKey) -> Result<PublicKey, Fault>;

    /// Destroys a private key; one that is not there is no fault.
    async fn delete_key(&self, customer: CustomerId, kid: &KeyId) -> Result<(), Fault>;

    /// The account on the ledger of a payer's public key (33 bytes compressed secp256k1), `cheqd1…`. Fault `key/malformed`.
    fn payer_address(&self, public_key: &[u8]) -> Result<String, Fault>;

    /// Signs `bytes` with a key of this customer. Ed25519: 64-byte signature over the bytes. secp256k1: 64-byte `r‖s`
    /// (low s) over their SHA-256. Fault `key/not-found` if it is not the customer's.
    async fn sign(&self, customer: CustomerId, kid: &KeyId, bytes: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Encrypts personal data about `subject` (a stable text such as `credential/<id>` or `customer`); erasing that
    /// subject makes every such text unreadable for good.
    async fn seal(&self, customer: CustomerId, subject: &str, plaintext: &[u8]) -> Result<Sealed, Fault>;

    /// Decrypts; `None` if its subject was erased. Ciphertext of another customer is a fault.
    async fn open(&self, customer: CustomerId, sealed: &Sealed) -> Result<Option<Vec<u8>>, Fault>;

    /// Decrypts many texts of one customer, in order; as [`Vault::open`], which lists should not call once per line.
    async fn open_all(&self, customer: CustomerId, sealed: &[Sealed]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        let mut opened = Vec::with_capacity(sealed.len());
        for text in sealed {
            opened.push(self.open(customer, text).await?);
        }
        Ok(opened)
    }

    /// Deletes the data key of a subject. How many of its keys were ever deleted, so that a repeat answers the same; zero if
    /// nothing was ever sealed about it.
    async fn erase(&self, customer: CustomerId, subject: &str) -> Result<u64, Fault>;

    /// Keyed hash of `bytes` for this customer, lower-case hex: the same for the same input, useless without the vault.
    async fn fingerprint(&self, customer: CustomerId, bytes: &[u8]) -> Result<String, Fault>;
}

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
    async fn create_key(&self, wanted: KeyRequest) -> Result<PublicKey, Fault> {
        let _turn = self.turn().await;
        self.vault.create_key(wanted).await
    }

    fn public_half(&self, algorithm: KeyAlgorithm, private: &PrivateKey) -> Result<PublicKey, Fault> {
        self.vault.public_half(algorithm, private)
    }

    /// Computes, and waits for no connection.
    async fn unlock(&self, customer: CustomerId, locked: &LockedKey) -> Result<PrivateKey, Fault> {
        self.vault.unlock(customer, locked).await
    }

    async fn lock_keys(
        &self,
        customer: CustomerId,
        keys: &[(String, KeyId)],
        password: &Password,
    ) -> Result<String, Fault> {
        let _turn = self.turn().await;
        self.vault.lock_keys(customer, keys, password).await
    }

    /// Computes, and waits for no connection.
    async fn unlock_keys(
        &self,
        customer: CustomerId,
        locked: &str,
        password: &Password,
    ) -> Result<Vec<ExportedKey>, Fault> {
        self.vault.unlock_keys(customer, locked, password).await
    }

    async fn import_key(&self, wanted: KeyRequest, private: &PrivateKey) -> Result<PublicKey, Fault> {
        let _turn = self.turn().await;
        self.vault.import_key(wanted, private).await
    }

    async fn delete_key(&self, customer: CustomerId, kid: &KeyId) -> Result<(), Fault> {
        let _turn = self.turn().await;
        self.vault.delete_key(customer, kid).await
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

/// Texts that browsers keep for us and cannot read: what is remembered of a sign-in under way.
pub trait Cookies: Send + Sync {
    /// Seals under the newest secret.
    fn seal(&self, plaintext: &[u8]) -> Result<String, Fault>;
    /// Opens what was sealed under one of the secrets; `None` for anything else.
    fn open(&self, text: &str) -> Option<Vec<u8>>;
}

/// API key secrets.
pub trait ApiKeys: Send + Sync {
    /// A fresh one.
    fn generate(&self) -> NewApiKey;
    /// The keyed hash of a secret somebody presented.
    fn hash(&self, secret: &str) -> String;
}

/// What a keyed hash is of. The same text as two of them has two hashes that nobody can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashed {
    /// An e-mail address in its one spelling.
    Email,
    /// A provider's name for a user, behind the provider's own.
    Subject,
    /// The token of an invitation.
    Invitation,
    /// The token of a session.
    Session,
    /// The token of a link for setting a password.
    Link,
    /// The challenge that a passkey signed.
    Challenge,
    /// An account or a network whose failed tries to sign in are counted.
    Attempts,
}

/// Keyed hashes by which a row is found without its text being kept anywhere. Every customer's are of the same key.
pub trait Hashes: Send + Sync {
    /// The hash, lower-case hex of 32 bytes.
    fn keyed_hash(&self, of: Hashed, text: &str) -> String;
    /// A fresh secret for a link or a session: 256 random bits, lower-case hex.
    fn token(&self) -> String;
}
