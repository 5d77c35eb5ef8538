//! Keyed hashes of what is looked up and not kept: e-mail addresses, subjects, tokens.

use crate::{kdf::hmac_sha256, secret::Secret};
use app::port::vault::Hashed;

/// HMAC-SHA256, lower-case hex. No name of a kind holds a slash, so no text of one is a text of another.
pub(crate) fn hash(hashing_secret: &Secret, of: Hashed, text: &str) -> String {
    let kind = match of {
        Hashed::Email => "email",
        Hashed::Subject => "subject",
        Hashed::Invitation => "invitation",
        Hashed::Session => "session",
        Hashed::Link => "link",
        Hashed::Challenge => "challenge",
        Hashed::Attempts => "attempts",
    };
    let parts = [b"studio/vault/v1/lookup/".as_slice(), kind.as_bytes(), b"/", text.as_bytes()];
    hex::encode(hmac_sha256(hashing_secret.expose(), &parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_key;

    #[test]
    fn a_hash_is_of_one_kind_of_text_and_one_key() {
        let (secret, other) = (Secret::random(), Secret::random());
        let base = hash(&secret, Hashed::Email, "ana@example.org");
        assert_eq!(base, hash(&secret, Hashed::Email, "ana@example.org"));
        for differs in [
            hash(&other, Hashed::Email, "ana@example.org"),
            hash(&secret, Hashed::Email, "ana@example.com"),
            hash(&secret, Hashed::Session, "ana@example.org"),
            api_key::hash(&secret, "ana@example.org"),
        ] {
            assert_ne!(base, differs);
        }
    }
}
