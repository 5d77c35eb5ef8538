//! `GET /key/read/{kid}`.

use crate::{Call, Fault, Studio, key::owned};
use domain::{
    id::{CustomerId, KeyId, Sealed},
    key::KeyAlgorithm,
};
use serde::{Deserialize, Serialize};

/// What may be told of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Its id.
    pub kid: KeyId,
    /// Which curve.
    pub algorithm: KeyAlgorithm,
    /// Lower-case hex of the public key.
    pub public_key_hex: String,
}

/// A key of the caller; fault `key/not-found`.
pub async fn read(studio: &Studio, call: &Call, kid: &KeyId) -> Result<KeyRecord, Fault> {
    let key = owned(studio, call, kid).await?;
    Ok(KeyRecord {
        kid: kid.clone(),
        algorithm: key.algorithm.unwrap_or(KeyAlgorithm::Ed25519),
        public_key_hex: key.public_key_hex,
    })
}

/// What the customer calls a key: opened if it is sealed, as it stands if it was noted before such names were. `None` if it
/// has no name, or once it was erased.
pub async fn alias(
    studio: &Studio,
    customer: CustomerId,
    sealed: Option<&Sealed>,
    plain: Option<String>,
) -> Result<Option<String>, Fault> {
    let Some(sealed) = sealed else { return Ok(plain) };
    let opened = studio.vault.open(customer, sealed).await?;
    opened.map(String::from_utf8).transpose().map_err(Fault::bug)
}
