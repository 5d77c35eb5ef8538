//! Texts that browsers keep for us: sealed under a secret of the operator's, or under one made from the database's.

use crate::{
    aead::{Place, decrypt, encrypt},
    kdf::{Label, derive, hmac_sha256},
    secret::Secret,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// Keys of cookies, the newest first.
pub(crate) struct CookieKeys(Vec<Secret>);

impl CookieKeys {
    /// From the operator's secrets, newest first, whatever text each is; without any, from a secret that all processes of a
    /// database share.
    pub(crate) fn new(secrets: &[String], shared: &Secret) -> Self {
        if secrets.is_empty() {
            return Self(vec![derive(shared, Label::Cookie)]);
        }
        let label = b"studio/vault/v1/cookie/operator";
        Self(secrets.iter().map(|text| Secret::copy_of(&hmac_sha256(text.as_bytes(), &[label]))).collect())
    }

    /// Seals under the newest; `None` cannot happen with texts of a sensible length.
    pub(crate) fn seal(&self, plaintext: &[u8]) -> Option<String> {
        let sealed = encrypt(self.0.first()?, &Self::place(), plaintext).ok()?;
        Some(BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    pub(crate) fn open(&self, text: &str) -> Option<Vec<u8>> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let mut opened = self.0.iter().filter_map(|key| decrypt(key, &Self::place(), &bytes).ok());
        opened.next().map(|bytes| bytes.to_vec())
    }

    fn place() -> Place {
        Place::new("cookie", &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secrets: &[&str]) -> CookieKeys {
        let secrets: Vec<String> = secrets.iter().map(|text| (*text).to_owned()).collect();
        CookieKeys::new(&secrets, &Secret::copy_of(&[7; 32]))
    }

    #[test]
    fn a_secret_that_was_replaced_still_opens_what_it_sealed_until_it_is_left_out() {
        let sealed = keys(&["old"]).seal(b"memory").unwrap();
        let both = keys(&["new", "old"]);
        assert_eq!(both.open(&sealed).as_deref(), Some(b"memory".as_slice()));
        let newer = both.seal(b"memory").unwrap();
        assert_eq!(keys(&["new"]).open(&newer).as_deref(), Some(b"memory".as_slice()));
        assert_eq!(keys(&["old"]).open(&newer), None, "sealed under the first");
        assert_eq!(keys(&["new"]).open(&sealed), None);
        assert_eq!(keys(&[]).open(&sealed), None);
        let own = keys(&[]).seal(b"x").unwrap();
        assert_eq!(keys(&[]).open(&own).as_deref(), Some(b"x".as_slice()), "the same in every process");
    }

    #[test]
    fn what_a_browser_changed_or_made_up_opens_nothing() {
        let keys = keys(&["a"]);
        let sealed = keys.seal(b"memory").unwrap();
        for wrong in
            ["", "x", "é", &sealed[1..], &format!("{sealed}A"), &sealed.replace(&sealed[40..41], "~")]
        {
            assert_eq!(keys.open(wrong), None, "{wrong}");
        }
    }
}
