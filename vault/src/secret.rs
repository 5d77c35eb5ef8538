//! 256-bit secrets in memory.

use rand::{RngCore, rngs::OsRng};
use zeroize::{Zeroize, Zeroizing};

/// Length of every symmetric key and private key here, in bytes.
pub(crate) const SECRET_BYTES: usize = 32;

/// A 256-bit secret: on the heap so that moving it leaves no copy behind, wiped on drop, without `Debug` or `Clone`.
pub(crate) struct Secret(Box<[u8; SECRET_BYTES]>);

impl Secret {
    /// Fresh, from the operating system.
    pub(crate) fn random() -> Self {
        let mut secret = Self(Box::new([0; SECRET_BYTES]));
        OsRng.fill_bytes(secret.0.as_mut_slice());
        secret
    }

    /// A copy of `bytes`; `None` unless there are exactly 32.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::copy_of)
    }

    /// A copy of `bytes`.
    pub(crate) fn copy_of(bytes: &[u8; SECRET_BYTES]) -> Self {
        let mut secret = Self(Box::new([0; SECRET_BYTES]));
        secret.0.copy_from_slice(bytes);
        secret
    }

    /// The bytes.
    pub(crate) fn expose(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The bytes in lower-case hex, wiped on drop too.
    pub(crate) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_slice()))
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// `N` random bytes that are not secret (nonces, ids).
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
