//! Private keys that come under a secret of the operator's: AES-256-GCM, the key made of the secret by PBKDF2 (cheqd Studio's
//! contract; docs/api.md#encrypted-keys).

use app::port::vault::{LockedKey, PrivateKey};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    pbkdf2,
};
use std::num::NonZeroU32;
use zeroize::{Zeroize as _, Zeroizing};

domain::limits! {
    /// How often PBKDF2 hashes, for the salt and for the key each.
    UNLOCK_ITERATIONS: u32 = 100_000, "hashes";
    /// Keys unlocked at the same time: each takes a core for a moment.
    pub(crate) UNLOCK_TURNS: usize = 1, "keys";
}

fn stretched(password: &[u8], salt: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut out = Zeroizing::new([0; 32]);
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        NonZeroU32::new(UNLOCK_ITERATIONS)?,
        salt,
        password,
        &mut *out,
    );
    Some(out)
}

/// The key, if it was locked with this secret. The salt counts as the text that it is; what it is stretched to salts the secret.
pub(crate) fn unlock(secret: &str, locked: &LockedKey) -> Option<PrivateKey> {
    let salt = stretched(locked.salt.as_bytes(), locked.salt.as_bytes())?;
    let key = stretched(secret.as_bytes(), &*salt)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*key).ok()?);
    let mut bytes = Zeroizing::new(locked.bytes.clone());
    let nonce = Nonce::assume_unique_for_key(locked.iv);
    let opened = key.open_in_place(nonce, Aad::empty(), &mut bytes).ok()?;
    let private = PrivateKey::from_bytes(opened);
    opened.zeroize();
    Some(private)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(salt: &str, iv: &str, bytes: &str) -> LockedKey {
        let (mut nonce, bytes) = ([0; 12], hex::decode(bytes).unwrap());
        hex::decode_to_slice(iv, &mut nonce).unwrap();
        LockedKey { bytes, iv: nonce, salt: salt.to_owned() }
    }

    const BYTES: &str =
        "2a6cc7fc2a1e84c1ddd4a65bbdf3fd0d39b51a33866c3086ee909ea1ef217dccfe13721b4e8690f68fb6da6bb69f2e1b";
    const IV: &str = "000102030405060708090a0b";

    /// A seed of 32 times 01 that another implementation locked.
    #[test]
    fn a_key_opens_with_the_secret_and_the_salt_that_it_was_locked_with_and_as_it_was() {
        let open = |secret, salt, iv: &str, bytes: &str| {
            unlock(secret, &locked(salt, iv, bytes)).map(|key| key.expose().to_vec())
        };
        assert_eq!(open("test-secret", "a1b2c3d4", IV, BYTES), Some(vec![1; 32]));
        assert_eq!(open("test-secret", "A1B2C3D4", IV, BYTES), None, "the salt is a text");
        assert_eq!(open("another", "a1b2c3d4", IV, BYTES), None);
        assert_eq!(open("test-secret", "a1b2c3d4", &IV.replace("0b", "0c"), BYTES), None);
        assert_eq!(open("test-secret", "a1b2c3d4", IV, &BYTES.replace("2a6c", "2a6d")), None);
        assert_eq!(open("test-secret", "a1b2c3d4", IV, "00"), None);
    }
}
