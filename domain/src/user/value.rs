//! Values a user is made of.

use serde::{Deserialize, Serialize};
use std::fmt;

/// By what a provider knows a user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The provider's name of itself, e.g. `https://id.example.org/oidc`.
    pub issuer: String,
    /// Keyed hash of its name for the user, lower-case hex.
    pub subject_hash: String,
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInMethod {
    /// With e-mail address and password.
    Password,
    /// With a passkey.
    Passkey,
    /// Through an identity provider.
    Provider,
    /// With a link that was shown to the operator: the first start, or a reset.
    Link,
}

/// Why somebody could not sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInFailure {
    /// Another password.
    WrongPassword,
    /// A passkey that proves nothing.
    WrongPasskey,
    /// A passkey that counted backwards: there may be a copy of it.
    ClonedPasskey,
    /// The user is suspended.
    Suspended,
    /// The user belongs to no customer any more.
    NoAccount,
}

crate::limits! {
    /// Longest e-mail address (RFC 5321).
    EMAIL_CHARS_MAX: usize = 254, "characters";
    /// Longest part of one before the `@`.
    EMAIL_LOCAL_CHARS_MAX: usize = 64, "characters";
}

/// An e-mail address: `local@domain` in ASCII, so that no two addresses only look the same.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Parses a text. Quoted local parts, address literals and letters beyond ASCII are refused; a domain with such letters
    /// is written in its `xn--` form.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let is_local = !local.is_empty()
            && local.len() <= EMAIL_LOCAL_CHARS_MAX
            && local.split('.').all(|part| !part.is_empty() && part.bytes().all(is_atom));
        let is_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let is_fine = is_local && text.len() <= EMAIL_CHARS_MAX && domain.split('.').all(is_label);
        is_fine.then(|| Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In its one spelling, by which it is found.
    pub fn canonical(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// Personal data, which no log shows.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress([redacted])")
    }
}

const fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'/'
                | b'='
                | b'?'
                | b'^'
                | b'_'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
        )
}
