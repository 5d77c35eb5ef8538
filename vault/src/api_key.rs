//! API key secrets: what they look like and how they are hashed.

use crate::{
    kdf::hmac_sha256,
    secret::{SECRET_BYTES, Secret},
};
use app::port::vault::NewApiKey;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// What every API key starts with, so that scanners for leaked secrets find them.
pub(crate) const API_KEY_PREFIX: &str = "caas_";

/// A new key in the shape of cheqd Studio: `caas_` and 128 lower-case hex characters. The first 64 are 256 random bits;
/// the others are their SHA-256 (with the prefix), a public checksum by which a scanner tells a leaked key from noise.
pub(crate) fn generate(hashing_secret: &Secret) -> NewApiKey {
    let random = Secret::random();
    let checksum = Sha256::new().chain_update(API_KEY_PREFIX).chain_update(random.expose()).finalize();
    let mut secret = String::with_capacity(API_KEY_PREFIX.len() + 4 * SECRET_BYTES);
    secret.push_str(API_KEY_PREFIX);
    secret.push_str(&random.to_hex());
    secret.push_str(&Zeroizing::new(hex::encode(checksum)));
    let hash = hash(hashing_secret, &secret);
    NewApiKey { secret, hash }
}

/// HMAC-SHA256 of the whole text, lower-case hex. Slow hashes are for guessable secrets; these are not.
pub(crate) fn hash(hashing_secret: &Secret, api_key: &str) -> String {
    hex::encode(hmac_sha256(hashing_secret.expose(), &[b"studio/vault/v1/api-key/", api_key.as_bytes()]))
}

#[cfg(test)]
mod tests;
