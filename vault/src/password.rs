//! Passwords as slow hashes.

use app::port::passwords::Password;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};
use rand::rngs::OsRng;
use std::sync::LazyLock;
use zeroize::Zeroizing;

domain::limits! {
    /// Memory that one password hash takes.
    PASSWORD_MEMORY_KIB: u32 = 19_456, "KiB";
    /// How often that memory is gone through.
    PASSWORD_PASSES: u32 = 2, "passes";
    /// How many go through it side by side.
    PASSWORD_LANES: u32 = 1, "lanes";
    /// Hashes computed at the same time: each takes a core and its memory.
    pub(crate) PASSWORD_TURNS: usize = 2, "hashes";
}

/// What no password is, to be compared with where there is none.
static NOBODYS: LazyLock<Option<Zeroizing<String>>> =
    LazyLock::new(|| hash("a password that nobody has").map(Zeroizing::new));

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(PASSWORD_MEMORY_KIB, PASSWORD_PASSES, PASSWORD_LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash in its text form (PHC), with a fresh salt; takes tens of milliseconds. `None` if the machine has no memory for it.
pub(crate) fn hash_of(password: &Password) -> Option<String> {
    hash(password.expose())
}

fn hash(text: &str) -> Option<String> {
    let salt = SaltString::generate(&mut OsRng);
    hasher()?.hash_password(text.as_bytes(), &salt).ok().map(|hash| hash.to_string())
}

/// Whether this is the password of the hash. Without a hash it is not, after the same work.
pub(crate) fn is(password: &Password, phc: Option<&str>) -> bool {
    let nobodys = NOBODYS.as_ref().map(|text| text.as_str());
    let Some(Ok(parsed)) = phc.or(nobodys).map(PasswordHash::new) else { return false };
    // The hash says how it was made, so that older ones stay comparable.
    let is_equal = Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok();
    is_equal && phc.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    #[test]
    fn a_hash_says_how_it_was_made_and_fits_its_password_only() {
        let (one, two) =
            (hash_of(&typed("correct horse")).unwrap(), hash_of(&typed("correct horse")).unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two, "salted");
        assert!(is(&typed("correct horse"), Some(&one)) && is(&typed("correct horse"), Some(&two)));
        assert!(!is(&typed("correct horsf"), Some(&one)));
        assert!(!is(&typed("a password that nobody has"), None));
        assert!(!is(&typed("x"), Some("no hash")));
    }

    #[test]
    fn a_published_answer_is_ours() {
        // The example of the password hashing competition's reference program, in its text form.
        let phc = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(is(&typed("password"), Some(phc)));
        assert!(!is(&typed("passwore"), Some(phc)));
    }
}
