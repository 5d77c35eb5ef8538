//! What an identity provider knows of its users beside who they are, and what it is told of them.

use crate::Fault;
use async_trait::async_trait;
use std::{collections::BTreeSet, fmt};

/// One of the provider's users, as it tells unasked.
#[derive(Clone, PartialEq, Eq)]
pub struct ToldUser {
    /// The provider, as its ID tokens name it.
    pub issuer: String,
    /// Its name for the user.
    pub subject: String,
    /// Their e-mail address. The provider has seen that it is theirs, or answers for it as it does in its ID tokens.
    pub email: String,
    /// What they are called, if it says.
    pub name: Option<String>,
    /// Whether it lets them in no more.
    pub is_suspended: bool,
}

impl fmt::Debug for ToldUser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ToldUser");
        shown.field("issuer", &self.issuer).field("is_suspended", &self.is_suspended).finish_non_exhaustive()
    }
}

/// What a provider tells unasked (a webhook).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The provider's name for what happened, e.g. `PostRegister`.
    pub event: String,
    /// To whom.
    pub user: ToldUser,
}

/// What the provider's roles give somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// The scopes that the provider knows at all; it says nothing about others.
    pub known: BTreeSet<String>,
    /// Those of them that this user has.
    pub given: BTreeSet<String>,
}

impl Grants {
    /// Whether the provider leaves somebody this scope.
    pub fn leave(&self, scope: &str) -> bool {
        self.given.contains(scope) || !self.known.contains(scope)
    }
}

/// What of the account here is shown at the provider, so that its pages and tokens can tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerNote {
    /// The customer's id.
    pub customer: String,
    /// What it is called.
    pub name: String,
    /// Address of the payer on mainnet.
    pub mainnet: Option<String>,
    /// Address of the payer on testnet.
    pub testnet: Option<String>,
}

/// The users of a provider that has more to say than the standard. Faults: `auth/webhook-…` for what a webhook brings, and
/// `Unavailable` for a provider that is away.
#[async_trait]
pub trait ProviderUsers: Send + Sync {
    /// Reads a webhook: the bytes of its body as they came, and the signature beside them.
    fn told(&self, signature: Option<&str>, body: &[u8]) -> Result<Told, Fault>;

    /// Gives a user the operator's default roles, if there are any. Doing it again does nothing.
    async fn give_default_roles(&self, subject: &str) -> Result<(), Fault>;

    /// Shows the account at the provider. Tells whether it had not been there; what is there already stays.
    async fn note_customer(&self, subject: &str, note: &CustomerNote) -> Result<bool, Fault>;

    /// Whether what the provider's roles give is asked at all.
    fn limits(&self) -> bool;

    /// What the provider's roles give a user; `None` if that is not asked. While the provider is away,
    /// what it said last holds for some minutes.
    async fn grants(&self, subject: &str) -> Result<Option<Grants>, Fault>;
}
