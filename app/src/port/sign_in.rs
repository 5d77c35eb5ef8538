//! An identity provider outside of Studio: it says who somebody is, and Studio decides what that means here.

use crate::{Fault, FaultKind};
use async_trait::async_trait;
use domain::id::Instant;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// What a browser asks for that wants to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeginSignIn {
    /// A path of ours, checked by the door, where the browser goes in the end.
    pub return_to: String,
    /// Which way in the provider should offer first, in its own words (`google`, `email`), if the caller has a wish.
    pub connector_hint: Option<String>,
    /// Whether to begin with making an account.
    pub sign_up: bool,
}

/// A sign-in that began.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Where the browser goes.
    pub address: String,
    /// What to remember until it comes back.
    pub memory: Pending,
}

/// What is remembered of a sign-in under way. The door keeps it with the browser, in a sealed cookie that lives for minutes, so
/// that nobody else can finish it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    /// Ties the callback to this browser.
    pub state: String,
    /// Ties the ID token to this sign-in.
    pub nonce: String,
    /// The PKCE verifier, whose hash the provider was sent.
    pub verifier: String,
    /// A path of ours where the browser goes in the end.
    pub return_to: String,
}

impl fmt::Debug for Pending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pending").field("return_to", &self.return_to).finish_non_exhaustive()
    }
}

/// The query that the provider sends the browser back with.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Callback {
    /// What the tokens are fetched with.
    pub code: Option<String>,
    /// What [`Pending::state`] was.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// The provider's word for what went wrong.
    pub error: Option<String>,
}

impl fmt::Debug for Callback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Callback");
        shown.field("iss", &self.iss).field("error", &self.error).finish_non_exhaustive()
    }
}

/// Somebody, as the provider knows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Identified {
    /// The provider.
    pub issuer: String,
    /// Its name for them, which never changes.
    pub subject: String,
    /// Their e-mail address, if it tells.
    pub email: Option<String>,
    /// Whether it has seen that the address is theirs. An unverified one joins nobody's account.
    pub email_verified: bool,
    /// What they are called.
    pub name: Option<String>,
    /// The token that says all this, for the provider's sign-out and for whoever the user shows it to.
    pub id_token: String,
    /// The provider's name for the session there (`sid`), if it tells.
    pub provider_session: Option<String>,
    /// Until when the token is believed.
    pub until: Instant,
}

impl fmt::Debug for Identified {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Identified").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Somebody whom the provider has signed out. What it says of them is one of the two, or both.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedOut {
    /// The provider.
    pub issuer: String,
    /// Its name for them: all their sessions are meant, or the one below.
    pub subject: Option<String>,
    /// Its name for the session there (`sid`).
    pub provider_session: Option<String>,
    /// Its name for this word of it (`jti`), which is taken once.
    pub word: String,
    /// Until when the word could be believed.
    pub until: Instant,
}

impl fmt::Debug for SignedOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignedOut").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// A token that was good once. Fault `auth/token-expired`.
pub fn expired_token() -> Fault {
    Fault::new(FaultKind::Unauthenticated, "auth/token-expired", "The token has expired. Get a new one.")
}

/// A machine that came with a token of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The provider's name for it.
    pub client: String,
    /// What it was given.
    pub scopes: BTreeSet<String>,
    /// Until when the token is believed.
    pub until: Instant,
}

/// Signing in with an identity provider. Faults: `auth/…` for what is wrong with what the browser or the provider brought, and
/// `Unavailable` for a provider that is away.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Where to send a browser that wants to sign in.
    async fn begin(&self, asked: BeginSignIn) -> Result<Begun, Fault>;

    /// Who came back.
    async fn finish(&self, memory: Pending, callback: Callback) -> Result<Identified, Fault>;

    /// Where to send a browser that signs out, so that the provider's session ends too; `return_to` is an absolute address of
    /// ours. `None` if the provider has no such place, or nobody can say because it is away.
    async fn end(&self, id_token: Option<&str>, return_to: &str) -> Option<String>;

    /// That place without its path, e.g. `https://id.example`.
    async fn end_origin(&self) -> Option<String>;

    /// Whom the provider has signed out, as it tells us unasked (OpenID Connect Back-Channel Logout 1.0).
    async fn signed_out(&self, logout_token: &str) -> Result<SignedOut, Fault>;

    /// Whose ID token this is (`Authorization: Bearer …`).
    async fn id_token(&self, token: &str) -> Result<Identified, Fault>;

    /// Which machine's access token this is.
    async fn machine(&self, token: &str) -> Result<Machine, Fault>;
}
