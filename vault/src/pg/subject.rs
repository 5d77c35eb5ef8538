//! `vault.subject_keys`: one data key per subject of personal data, and what is sealed under it.

use super::{PgVault, customer::CustomerKeys};
use crate::{
    aead::{self, NotAuthentic, Place},
    fault,
    kdf::hmac_sha256,
    secret::{Secret, random_bytes},
};
use app::{Fault, FaultKind};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::id::{CustomerId, Sealed};
use sqlx::{FromRow, Row as _, postgres::PgRow};
use std::collections::HashMap;
use uuid::Uuid;

domain::limits! {
    /// Longest subject name, in bytes.
    pub MAX_SUBJECT_BYTES: usize = 512, "bytes";
    /// Longest text that is sealed at once, in bytes.
    pub MAX_PLAINTEXT_BYTES: usize = 8 * 1024 * 1024, "bytes";
}

/// Version of the sealed form.
const SEALED_VERSION: &str = "v1";

/// A subject key as it stands in the table; without `wrapped` it was erased.
struct Row {
    id: Uuid,
    subject_hash: Vec<u8>,
    wrapped: Option<Vec<u8>>,
}

impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            subject_hash: row.try_get("subject_hash")?,
            wrapped: row.try_get("wrapped")?,
        })
    }
}

/// Where a subject key stands.
fn key_place(customer: CustomerId, id: Uuid, subject_hash: &[u8]) -> Place {
    Place::new("vault.subject_keys", &[customer.0.as_bytes(), id.as_bytes(), subject_hash])
}

/// Where a sealed text belongs.
fn text_place(customer: CustomerId, id: Uuid, subject_hash: &[u8]) -> Place {
    Place::new("sealed", &[SEALED_VERSION.as_bytes(), customer.0.as_bytes(), id.as_bytes(), subject_hash])
}

fn subject_hash(keys: &CustomerKeys, subject: &str) -> [u8; 32] {
    hmac_sha256(keys.subject.expose(), &[subject.as_bytes()])
}

fn too_large(what: &str, max_bytes: usize) -> Fault {
    Fault::new(
        FaultKind::TooLarge,
        "vault/too-large",
        format!("The {what} is longer than {max_bytes} bytes."),
    )
}

fn parse(sealed: &Sealed) -> Option<(Uuid, Vec<u8>)> {
    let (id, bytes) = sealed.0.strip_prefix(SEALED_VERSION)?.strip_prefix('.')?.split_once('.')?;
    Some((Uuid::try_parse(id).ok()?, URL_SAFE_NO_PAD.decode(bytes).ok()?))
}

impl PgVault {
    pub(super) async fn seal_for(
        &self,
        customer: CustomerId,
        subject: &str,
        plaintext: &[u8],
    ) -> Result<Sealed, Fault> {
        if subject.len() > MAX_SUBJECT_BYTES {
            return Err(too_large("subject", MAX_SUBJECT_BYTES));
        }
        if plaintext.len() > MAX_PLAINTEXT_BYTES {
            return Err(too_large("text", MAX_PLAINTEXT_BYTES));
        }
        let keys = self.customer_or_new(customer).await?;
        let hash = subject_hash(&keys, subject);
        let (id, key) = self.subject_or_new(customer, &keys, &hash).await?;
        let bytes = aead::encrypt(&key, &text_place(customer, id, &hash), plaintext)
            .map_err(|NotAuthentic| Fault::bug("vault: cannot seal"))?;
        Ok(Sealed(format!("{SEALED_VERSION}.{id}.{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Opens every text, with one query for all their keys.
    pub(super) async fn open_each(
        &self,
        customer: CustomerId,
        sealed: &[Sealed],
    ) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        let malformed = || fault::corrupt("a sealed text is not of the form v1.<key id>.<base64url>");
        let texts =
            sealed.iter().map(|text| parse(text).ok_or_else(malformed)).collect::<Result<Vec<_>, _>>()?;
        let rows = self.subject_rows(customer, texts.iter().map(|(id, _)| *id).collect()).await?;
        // Unwrapped once per subject, for as long as this call takes.
        let mut open_keys: HashMap<Uuid, Secret> = HashMap::new();
        if rows.values().any(|row| row.wrapped.is_some()) {
            let keys = self.customer(customer).await?.ok_or_else(|| {
                fault::corrupt(&format!(
                    "vault.customer_keys: customer {customer} has subject keys and no key"
                ))
            })?;
            for row in rows.values() {
                if let Some(wrapped) = &row.wrapped {
                    open_keys.insert(row.id, unwrap(&keys, customer, row, wrapped)?);
                }
            }
        }
        texts
            .iter()
            .map(|(id, bytes)| {
                let row = rows.get(id).ok_or_else(|| {
                    fault::corrupt(&format!(
                        "a sealed text names subject key {id}, which customer {customer} never had"
                    ))
                })?;
                let Some(key) = open_keys.get(id) else { return Ok(None) };
                let mut plaintext = aead::decrypt(key, &text_place(customer, *id, &row.subject_hash), bytes)
                    .map_err(|NotAuthentic| {
                        fault::corrupt(&format!("a sealed text does not open under its subject key {id}"))
                    })?;
                Ok(Some(std::mem::take(&mut *plaintext)))
            })
            .collect()
    }

    async fn subject_rows(&self, customer: CustomerId, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Row>, Fault> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<Row> = sqlx::query_as(
            "select id, subject_hash, wrapped from vault.subject_keys where id = any($1) and customer = $2",
        )
        .bind(ids)
        .bind(customer.0)
        .fetch_all(self.pool())
        .await
        .map_err(|error| fault::store(&error))?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }

    /// How many keys of the subject were deleted, now or before.
    pub(super) async fn erase_for(&self, customer: CustomerId, subject: &str) -> Result<u64, Fault> {
        // A customer without a key has nothing to erase.
        let Some(keys) = self.customer(customer).await? else { return Ok(0) };
        let hash = subject_hash(&keys, subject);
        let erased = sqlx::query(
            "update vault.subject_keys set wrapped = null, erased_at = now()
             where customer = $1 and subject_hash = $2 and wrapped is not null",
        )
        .bind(customer.0)
        .bind(hash.as_slice())
        .execute(self.pool())
        .await
        .map_err(|error| fault::store(&error))?
        .rows_affected();
        tracing::info!(target: "vault::audit", %customer, keys = erased, "erased a subject");
        let ever: i64 = sqlx::query_scalar(
            "select count(*) from vault.subject_keys
             where customer = $1 and subject_hash = $2 and wrapped is null",
        )
        .bind(customer.0)
        .bind(hash.as_slice())
        .fetch_one(self.pool())
        .await
        .map_err(|error| fault::store(&error))?;
        Ok(u64::try_from(ever).unwrap_or_default())
    }

    /// The living key of a subject, made at first use. Any number of first users get the same.
    async fn subject_or_new(
        &self,
        customer: CustomerId,
        keys: &CustomerKeys,
        hash: &[u8; 32],
    ) -> Result<(Uuid, Secret), Fault> {
        /// Tries; each further one needs an erasure between two statements.
        const MAX_TRIES: usize = 4;
        for _ in 0..MAX_TRIES {
            let row: Option<Row> = sqlx::query_as(
                "select id, subject_hash, wrapped from vault.subject_keys
                 where customer = $1 and subject_hash = $2 and wrapped is not null",
            )
            .bind(customer.0)
            .bind(hash.as_slice())
            .fetch_optional(self.pool())
            .await
            .map_err(|error| fault::store(&error))?;
            if let Some(row) = row
                && let Some(wrapped) = &row.wrapped
            {
                return Ok((row.id, unwrap(keys, customer, &row, wrapped)?));
            }
            let id = uuid::Builder::from_random_bytes(random_bytes()).into_uuid();
            let wrapped =
                aead::encrypt(&keys.wrap, &key_place(customer, id, hash), Secret::random().expose())
                    .map_err(|NotAuthentic| Fault::bug("vault: cannot wrap a subject key"))?;
            sqlx::query(
                "insert into vault.subject_keys (id, customer, subject_hash, wrapped) values ($1, $2, $3, $4)
                 on conflict (customer, subject_hash) where wrapped is not null do nothing",
            )
            .bind(id)
            .bind(customer.0)
            .bind(hash.as_slice())
            .bind(wrapped)
            .execute(self.pool())
            .await
            .map_err(|error| fault::store(&error))?;
        }
        Err(Fault::unavailable(
            "store/unavailable",
            "The database is busy. Try again shortly.",
            "a subject is erased again and again",
        ))
    }
}

fn unwrap(keys: &CustomerKeys, customer: CustomerId, row: &Row, wrapped: &[u8]) -> Result<Secret, Fault> {
    aead::unwrap_secret(&keys.wrap, &key_place(customer, row.id, &row.subject_hash), wrapped)
        .map_err(|NotAuthentic| fault::corrupt(&format!("vault.subject_keys: key {} does not open", row.id)))
}
