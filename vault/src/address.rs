//! Account addresses on the cheqd ledger.

use bech32::{Bech32, Hrp};
use ripemd::Ripemd160;
use sha2::{Digest as _, Sha256};

/// Length of a compressed secp256k1 public key, in bytes.
const COMPRESSED_POINT_BYTES: usize = 33;

/// Why a public key has no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not 33 bytes, or no point of the curve.
    #[error("not a compressed secp256k1 public key")]
    NotAPayerKey,
}

/// The account of a compressed secp256k1 public key (33 bytes): bech32 `cheqd1…` of `RIPEMD-160(SHA-256(key))`, as in
/// docs/ledger.md#transactions.
pub fn payer_address(public_key: &[u8]) -> Result<String, AddressError> {
    if public_key.len() != COMPRESSED_POINT_BYTES {
        return Err(AddressError::NotAPayerKey);
    }
    k256::ecdsa::VerifyingKey::from_sec1_bytes(public_key).map_err(|_| AddressError::NotAPayerKey)?;
    let account = Ripemd160::digest(Sha256::digest(public_key));
    let prefix = Hrp::parse("cheqd").map_err(|_| AddressError::NotAPayerKey)?;
    bech32::encode::<Bech32>(prefix, &account).map_err(|_| AddressError::NotAPayerKey)
}

#[cfg(test)]
mod tests;
