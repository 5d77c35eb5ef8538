//! `vault.keys`: key pairs.

use super::PgVault;
use crate::{
    MnemonicError,
    aead::{self, NotAuthentic, Place},
    fault, mnemonic,
    secret::{SECRET_BYTES, Secret},
    signer::SigningKey,
};
use app::{
    Fault,
    port::vault::{KeyRequest, PublicKey},
};
use domain::{
    id::{CustomerId, KeyId},
    key::{KeyAlgorithm, KeyPurpose, KeyRefusal},
};
use sqlx::{FromRow, Row as _, postgres::PgRow};
use std::sync::Arc;
use uuid::Uuid;

domain::limits! {
    /// Most characters of a mnemonic: 24 words of 8 letters and white space between them, with room.
    MAX_MNEMONIC_BYTES: usize = 512, "bytes";
}

/// A key pair as it stands in the table.
struct Row {
    kid: String,
    request: Uuid,
    algorithm: String,
    purpose: String,
    wrapped: Vec<u8>,
}

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            kid: row.try_get("kid")?,
            request: row.try_get("request")?,
            algorithm: row.try_get("algorithm")?,
            purpose: row.try_get("purpose")?,
            wrapped: row.try_get("wrapped")?,
        })
    }
}

const fn algorithm_text(algorithm: KeyAlgorithm) -> &'static str {
    match algorithm {
        KeyAlgorithm::Ed25519 => "ed25519",
        KeyAlgorithm::Secp256k1 => "secp256k1",
        KeyAlgorithm::Secp256r1 => "secp256r1",
    }
}

fn algorithm_of(text: &str) -> Option<KeyAlgorithm> {
    KeyAlgorithm::ALL.into_iter().find(|known| algorithm_text(*known) == text)
}

const fn purpose_text(purpose: KeyPurpose) -> &'static str {
    match purpose {
        KeyPurpose::Identity => "identity",
        KeyPurpose::Payer => "payer",
    }
}

/// Where a private key stands.
fn place(customer: CustomerId, row: &Row) -> Place {
    Place::new(
        "vault.keys",
        &[
            customer.0.as_bytes(),
            row.kid.as_bytes(),
            row.request.as_bytes(),
            row.algorithm.as_bytes(),
            row.purpose.as_bytes(),
        ],
    )
}

pub(super) fn public(key: &SigningKey) -> PublicKey {
    PublicKey { kid: key.kid(), algorithm: key.algorithm(), bytes: key.public_bytes() }
}

/// A private key as others write it down: 32 bytes, or for Ed25519 also 64, the public half behind. Fault `key/malformed`.
pub(super) fn given(algorithm: KeyAlgorithm, bytes: &[u8]) -> Result<(Secret, SigningKey), Fault> {
    const SENTENCE: &str =
        "The private key must be 32 bytes of a valid key, or for Ed25519 64 with its own public half behind.";
    let malformed = || Fault::invalid("key/malformed", SENTENCE);
    let (secret, behind) = bytes.split_first_chunk::<SECRET_BYTES>().ok_or_else(malformed)?;
    let secret = Secret::copy_of(secret);
    let key = SigningKey::from_secret(algorithm, &secret).map_err(|NotAuthentic| malformed())?;
    let is_pair = algorithm == KeyAlgorithm::Ed25519 && behind == key.public_bytes();
    if behind.is_empty() || is_pair { Ok((secret, key)) } else { Err(malformed()) }
}

impl PgVault {
    /// Makes a key pair, or gives the one this request made before.
    pub(super) async fn create(&self, wanted: KeyRequest) -> Result<PublicKey, Fault> {
        let KeyRequest { customer, request, algorithm, purpose } = wanted;
        let made = if let Some(row) = self.key_by_request(customer, request).await? {
            row
        } else {
            let (secret, key) = SigningKey::generate(algorithm);
            self.put(customer, request, &secret, &key, purpose).await?
        };
        if made.algorithm != algorithm_text(algorithm) || made.purpose != purpose_text(purpose) {
            return Err(fault::request_reused());
        }
        let key = self.unwrap_key(customer, &made).await?;
        Ok(public(&key))
    }

    /// Takes over a private key: the 32-byte Ed25519 seed, alone or with the public half behind, or the scalar of another curve,
    /// big-endian. The same request always gives the same key; importing a key the customer already has gives that key.
    ///
    /// Faults: `key/malformed` (400) if the bytes are no private key, `key/request-reused` (409) if the request has made
    /// another key, `key/already-held` (409) if the customer holds this one for another purpose.
    pub async fn import(&self, wanted: KeyRequest, secret: &[u8]) -> Result<PublicKey, Fault> {
        let KeyRequest { customer, request, algorithm, purpose } = wanted;
        let (secret, key) = given(algorithm, secret)?;
        let row = self.put(customer, request, &secret, &key, purpose).await?;
        if row.kid != key.kid().0 || row.algorithm != algorithm_text(algorithm) {
            return Err(fault::request_reused());
        }
        if row.purpose != purpose_text(purpose) {
            return Err(Fault::refused(&KeyRefusal::AlreadyHeld));
        }
        let stored = self.unwrap_key(customer, &row).await?;
        Ok(public(&stored))
    }

    /// Takes over the payer key of a BIP-39 mnemonic (at [`crate::PAYER_PATH`], no passphrase); otherwise as
    /// [`PgVault::import`]. Fault `key/malformed` (400) if the mnemonic is invalid.
    pub async fn import_mnemonic(
        &self,
        customer: CustomerId,
        request: Uuid,
        phrase: &str,
    ) -> Result<PublicKey, Fault> {
        let malformed =
            |why: MnemonicError| Fault::invalid("key/malformed", format!("Not a payer key: {why}."));
        if phrase.len() > MAX_MNEMONIC_BYTES {
            return Err(malformed(MnemonicError::Phrase));
        }
        let secret = mnemonic::payer_secret(phrase).map_err(malformed)?;
        let (algorithm, purpose) = (KeyAlgorithm::Secp256k1, KeyPurpose::Payer);
        self.import(KeyRequest { customer, request, algorithm, purpose }, secret.expose()).await
    }

    /// A key of this customer, ready to sign.
    pub(super) async fn signer(&self, customer: CustomerId, kid: &KeyId) -> Result<Arc<SigningKey>, Fault> {
        let entry = (customer, kid.clone());
        if let Some(key) = self.0.signers.get(&entry).await {
            return Ok(key);
        }
        let row: Option<Row> = sqlx::query_as(
            "select kid, request, algorithm, purpose, wrapped from vault.keys where customer = $1 and kid = $2",
        )
        .bind(customer.0)
        .bind(&kid.0)
        .fetch_optional(self.pool())
        .await
        .map_err(|error| fault::store(&error))?;
        let row = row.ok_or_else(fault::key_not_found)?;
        let key = Arc::new(self.unwrap_key(customer, &row).await?);
        self.0.signers.insert(entry, Arc::clone(&key)).await;
        Ok(key)
    }

    /// Destroys a private key.
    pub(super) async fn delete(&self, customer: CustomerId, kid: &KeyId) -> Result<(), Fault> {
        let gone = sqlx::query("delete from vault.keys where customer = $1 and kid = $2")
            .bind(customer.0)
            .bind(&kid.0)
            .execute(self.pool())
            .await
            .map_err(|error| fault::store(&error))?
            .rows_affected();
        self.0.signers.invalidate(&(customer, kid.clone())).await;
        if gone > 0 {
            tracing::info!(target: "vault::audit", %customer, %kid, "destroyed a key");
        }
        Ok(())
    }

    async fn key_by_request(&self, customer: CustomerId, request: Uuid) -> Result<Option<Row>, Fault> {
        sqlx::query_as(
            "select kid, request, algorithm, purpose, wrapped from vault.keys where customer = $1 and request = $2",
        )
        .bind(customer.0)
        .bind(request)
        .fetch_optional(self.pool())
        .await
        .map_err(|error| fault::store(&error))
    }

    /// Stores a key unless its request has made one or the customer has it, and gives what stands there then.
    async fn put(
        &self,
        customer: CustomerId,
        request: Uuid,
        secret: &Secret,
        key: &SigningKey,
        purpose: KeyPurpose,
    ) -> Result<Row, Fault> {
        let keys = self.customer_or_new(customer).await?;
        let mut row = Row {
            kid: key.kid().0,
            request,
            algorithm: algorithm_text(key.algorithm()).to_owned(),
            purpose: purpose_text(purpose).to_owned(),
            wrapped: Vec::new(),
        };
        row.wrapped = aead::encrypt(&keys.wrap, &place(customer, &row), secret.expose())
            .map_err(|NotAuthentic| Fault::bug("vault: cannot wrap a private key"))?;
        let made = sqlx::query(
            "insert into vault.keys (customer, kid, request, algorithm, purpose, wrapped)
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        )
        .bind(customer.0)
        .bind(&row.kid)
        .bind(row.request)
        .bind(&row.algorithm)
        .bind(&row.purpose)
        .bind(&row.wrapped)
        .execute(self.pool())
        .await
        .map_err(|error| fault::store(&error))?
        .rows_affected();
        if made == 1 {
            tracing::info!(target: "vault::audit", %customer, kid = row.kid, %request, "stored a key");
            return Ok(row);
        }
        // What the request made goes first: it is the answer that was given before.
        let existing: Option<Row> = sqlx::query_as(
            "select kid, request, algorithm, purpose, wrapped from vault.keys
             where customer = $1 and (request = $2 or kid = $3) order by (request = $2) desc limit 1",
        )
        .bind(customer.0)
        .bind(request)
        .bind(&row.kid)
        .fetch_optional(self.pool())
        .await
        .map_err(|error| fault::store(&error))?;
        existing.ok_or_else(|| Fault::bug("vault.keys: a key conflicts with a row that is not there"))
    }

    /// The private key of a row. The public half is computed, never read, so a changed row cannot lend it another.
    async fn unwrap_key(&self, customer: CustomerId, row: &Row) -> Result<SigningKey, Fault> {
        let corrupt =
            || fault::corrupt(&format!("vault.keys: key {} of customer {customer} does not open", row.kid));
        let keys = self.customer(customer).await?.ok_or_else(corrupt)?;
        let algorithm = algorithm_of(&row.algorithm).ok_or_else(corrupt)?;
        let secret = aead::unwrap_secret(&keys.wrap, &place(customer, row), &row.wrapped)
            .map_err(|NotAuthentic| corrupt())?;
        let key = SigningKey::from_secret(algorithm, &secret).map_err(|NotAuthentic| corrupt())?;
        if key.kid().0 == row.kid { Ok(key) } else { Err(corrupt()) }
    }
}
