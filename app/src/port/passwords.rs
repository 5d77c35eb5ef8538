//! Passwords: kept by the vault as a slow hash under the master key, compared there, and nowhere else.

use crate::Fault;
use async_trait::async_trait;
use domain::id::{Instant, UserId};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

domain::limits! {
    /// Shortest password.
    pub PASSWORD_CHARS_MIN: usize = 12, "characters";
    /// Longest password, so that nobody has us hash a book.
    pub PASSWORD_BYTES_MAX: usize = 256, "bytes";
    /// For how long a link that somebody began to use, and did not come to its end with, takes no other password.
    pub PASSWORD_BEGUN_SECONDS: u64 = 120, "seconds";
}

/// A password as somebody typed it, in the Unicode form NFKC, so that it is the same one on every keyboard. Wiped when it is let
/// go, and without any way to be shown or written.
pub struct Password(Zeroizing<String>);

impl Password {
    /// What was typed, if it is short enough to be looked at.
    pub fn typed(text: &str) -> Option<Self> {
        if text.len() > PASSWORD_BYTES_MAX {
            return None;
        }
        let mut normal = Zeroizing::new(String::with_capacity(4 * PASSWORD_BYTES_MAX));
        normal.extend(text.nfkc());
        (normal.len() <= PASSWORD_BYTES_MAX).then_some(Self(normal))
    }

    /// Another one, for a computation that outlives the caller.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(Zeroizing::new(self.0.to_string()))
    }

    /// The text, for the vault and for whoever judges it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Passwords of users.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Sets the first password of somebody who begins to be a user; whether it is theirs now. Of several requests at once it is
    /// that of one. What was begun [`PASSWORD_BEGUN_SECONDS`] ago by somebody who is still no user (`is_new`) is begun again.
    async fn begin(&self, user: UserId, password: &Password, is_new: bool) -> Result<bool, Fault>;
    /// When the user's password was set: another one, another time.
    async fn set_at(&self, user: UserId) -> Result<Option<Instant>, Fault>;
    /// Sets another password in the place of the one that was set at `set_at`; whether that was still the user's.
    async fn replace(
        &self,
        user: UserId,
        password: &Password,
        set_at: Option<Instant>,
    ) -> Result<bool, Fault>;
    /// Sets the user's password.
    async fn set(&self, user: UserId, password: &Password) -> Result<(), Fault>;
    /// Whether this is the user's password. For nobody, and for a user without one, it is not, after the same work.
    async fn verify(&self, user: Option<UserId>, password: &Password) -> Result<bool, Fault>;
    /// Deletes it; whether there was one.
    async fn erase(&self, user: UserId) -> Result<bool, Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_same_on_every_keyboard() {
        let typed = |text: &str| Password::typed(text).map(|password| password.expose().to_owned());
        assert_eq!(typed("cafe\u{301} au lait"), typed("caf\u{e9} au lait"));
        assert_eq!(typed("ｐａｓｓ"), typed("pass"));
        assert_ne!(typed("Pass"), typed("pass"));
        assert_eq!(typed(" a "), Some(" a ".to_owned()), "blanks count");
        assert_eq!(typed(&"x".repeat(PASSWORD_BYTES_MAX + 1)), None);
        // One character that becomes eighteen.
        assert_eq!(typed(&"\u{fdfa}".repeat(60)), None);
    }
}
