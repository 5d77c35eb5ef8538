//! RSASSA-PSS verification (RFC 8017, 8.1.2 and 9.1.2) with SHA-256 and any salt length.

use num_bigint::BigUint;
use sha2::{Digest, Sha256};

const HASH_BYTES: usize = 32;
const TRAILER: u8 = 0xbc;
/// Largest modulus accepted, in bits: bounds the work of one verification.
const MAX_MODULUS_BITS: u64 = 8192;
/// Exponents that Go's crypto/rsa accepts; a larger one makes a verification slow without bound.
const EXPONENTS: std::ops::RangeInclusive<u32> = 2..=0x7fff_ffff;

fn mgf1(seed: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + HASH_BYTES);
    let mut counter = 0_u32;
    while out.len() < length {
        out.extend(Sha256::new().chain_update(seed).chain_update(counter.to_be_bytes()).finalize());
        counter += 1;
    }
    out.truncate(length);
    out
}

/// Verifies a signature over a SHA-256 digest.
pub(super) fn verify_pss(n: &[u8], e: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let modulus = BigUint::from_bytes_be(n);
    let bits = modulus.bits();
    let size = usize::try_from(bits.div_ceil(8)).unwrap_or(0);
    if !(1024..=MAX_MODULUS_BITS).contains(&bits) || signature.len() != size {
        return false;
    }
    let value = BigUint::from_bytes_be(signature);
    let exponent = BigUint::from_bytes_be(e);
    if value >= modulus || !u32::try_from(&exponent).is_ok_and(|e| EXPONENTS.contains(&e)) {
        return false;
    }
    let raw = value.modpow(&exponent, &modulus).to_bytes_be();
    let encoded_bits = bits - 1;
    let encoded_size = usize::try_from(encoded_bits.div_ceil(8)).unwrap_or(0);
    if raw.len() > encoded_size || encoded_size < 2 * HASH_BYTES / 2 + 2 {
        return false;
    }
    let mut encoded = vec![0; encoded_size - raw.len()];
    encoded.extend(raw);
    check_encoding(&encoded, encoded_bits, digest)
}

fn check_encoding(encoded: &[u8], bits: u64, digest: &[u8]) -> bool {
    let Some((&TRAILER, body)) = encoded.split_last() else { return false };
    let Some(split) = body.len().checked_sub(HASH_BYTES) else { return false };
    let (masked, hash) = body.split_at(split);
    let unused = u32::try_from((8 - bits % 8) % 8).unwrap_or(0);
    let top_mask = 0xff_u8.checked_shr(unused).unwrap_or(0xff);
    if masked.first().is_some_and(|b| b & !top_mask != 0) {
        return false;
    }
    let mut block: Vec<u8> = masked.iter().zip(mgf1(hash, masked.len())).map(|(a, b)| a ^ b).collect();
    if let Some(first) = block.first_mut() {
        *first &= top_mask;
    }
    let Some(one) = block.iter().position(|b| *b != 0) else { return false };
    if block.get(one) != Some(&1) {
        return false;
    }
    let salt = block.get(one + 1..).unwrap_or_default();
    let expected = Sha256::new().chain_update([0; 8]).chain_update(digest).chain_update(salt).finalize();
    expected.as_slice() == hash
}
