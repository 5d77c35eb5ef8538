//! Keyed hashes and keys derived from keys.

use crate::secret::Secret;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// What a derived key is for. The texts are permanent: changing one changes every value made with it.
#[derive(Clone, Copy)]
pub(crate) enum Label {
    /// Wraps customer keys.
    MasterWrap,
    /// Tells master keys apart.
    MasterCheck,
    /// Wraps subject keys and private keys of one customer.
    CustomerWrap,
    /// Fingerprints of one customer.
    CustomerFingerprint,
    /// Hashes of subject names of one customer.
    CustomerSubject,
    /// Tags of cursors.
    PlaceTag,
    /// What covers the places in cursors.
    PlacePad,
    /// Seals hashes of passwords.
    Password,
    /// Seals what browsers keep for us.
    Cookie,
}

impl Label {
    const fn as_str(self) -> &'static str {
        match self {
            Self::MasterWrap => "studio/vault/v1/master/wrap",
            Self::MasterCheck => "studio/vault/v1/master/check",
            Self::CustomerWrap => "studio/vault/v1/customer/wrap",
            Self::CustomerFingerprint => "studio/vault/v1/customer/fingerprint",
            Self::CustomerSubject => "studio/vault/v1/customer/subject",
            Self::PlaceTag => "studio/vault/v1/place/tag",
            Self::PlacePad => "studio/vault/v1/place/pad",
            Self::Password => "studio/vault/v1/password",
            Self::Cookie => "studio/vault/v1/cookie",
        }
    }
}

/// HMAC-SHA256 (RFC 2104) of the parts, one after the other, under `key` of any length.
#[expect(clippy::expect_used, reason = "HMAC accepts keys of every length, its error cannot occur")]
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The first block of HKDF-Expand (RFC 5869 2.3) with `key` as the pseudo-random key and the label as info. Keys here are
/// uniformly random already, so the extract step has nothing to do.
pub(crate) fn derive(key: &Secret, label: Label) -> Secret {
    let block = Zeroizing::new(hmac_sha256(key.expose(), &[label.as_str().as_bytes(), &[1]]));
    Secret::copy_of(&block)
}
