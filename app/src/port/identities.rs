//! Which user somebody is, by what providers and people call them. The answer is the same in every process, and reserved before
//! the first event of a user, so that two sign-ins at once make one user.

use crate::Fault;
use async_trait::async_trait;
use domain::id::UserId;

/// The issuer of those who sign in with a password that is kept here.
pub const BUILT_IN_ISSUER: &str = "studio";

/// Somebody, by keyed hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The provider.
    pub issuer: String,
    /// Keyed hash of its name for them ([`Hashed::Subject`](super::vault::Hashed)), lower-case hex.
    pub subject_hash: String,
    /// Keyed hash of their e-mail address, if somebody has seen that it is theirs.
    pub verified_email_hash: Option<String>,
}

/// Which user somebody is.
#[async_trait]
pub trait Identities: Send + Sync {
    /// The user of this identity; else the user of the same verified address; else `fresh`, who is both from now on. In one
    /// transaction. An identity that is known already takes the address along, if it is nobody's.
    async fn claim(&self, claim: &Claim, fresh: UserId) -> Result<UserId, Fault>;
    /// The user of a verified address.
    async fn by_email(&self, email_hash: &str) -> Result<Option<UserId>, Fault>;
    /// Forgets by what a user is known, so that the same person comes as somebody new; how much it was.
    async fn forget(&self, user: UserId) -> Result<u64, Fault>;
}
