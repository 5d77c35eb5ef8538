//! `GET /key/read/{kid}`.

use crate::{Call, Fault, Studio, key::owned};
use domain::{id::KeyId, key::KeyAlgorithm};

/// What may be told of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
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
