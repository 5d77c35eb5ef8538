//! Passkeys: which there are, and which challenges were answered.

use super::authenticators::Backup;
use crate::Fault;
use async_trait::async_trait;
use domain::id::{Instant, PasskeyId, Sealed, UserId};

domain::limits! {
    /// How many passkeys one user may have.
    pub PASSKEYS_PER_USER_MAX: i64 = 20, "passkeys";
}

/// A passkey of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Studio's name for it.
    pub id: PasskeyId,
    /// Whose it is.
    pub user: UserId,
    /// The authenticator's name for it.
    pub credential: Vec<u8>,
    /// The public key, as the authenticator wrote it (a `COSE_Key`, RFC 9052 7).
    pub public_key: Vec<u8>,
    /// How often it has signed, as far as it told; 0 if it does not count.
    pub counter: u32,
    /// Whether it is copied to other devices of its user.
    pub backup: Backup,
    /// What its user calls it, sealed.
    pub name: Sealed,
    /// When it was added.
    pub created_at: Instant,
    /// When somebody signed in with it last.
    pub last_used_at: Option<Instant>,
}

/// What came of adding a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is the user's.
    Yes,
    /// The authenticator's name for it is taken.
    Known,
    /// The user has [`PASSKEYS_PER_USER_MAX`].
    TooMany,
}

/// What came of removing a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Yes,
    /// The user has none of this id.
    Unknown,
    /// It is the user's only one, and was to be kept.
    Last,
}

/// What a passkey told when it was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// How often it has signed.
    pub counter: u32,
    /// Whether there is a copy of it now.
    pub backed_up: bool,
    /// When.
    pub at: Instant,
}

/// Passkeys of users.
#[async_trait]
pub trait Passkeys: Send + Sync {
    /// Keeps a new one. Of several at once no more are kept than there may be.
    async fn add(&self, passkey: &Passkey) -> Result<Added, Fault>;
    /// The one that an authenticator calls so.
    async fn find(&self, credential: &[u8]) -> Result<Option<Passkey>, Fault>;
    /// A user's, oldest first.
    async fn list(&self, user: UserId) -> Result<Vec<Passkey>, Fault>;
    /// Calls a user's passkey otherwise; whether he has it.
    async fn rename(&self, user: UserId, passkey: PasskeyId, name: &Sealed) -> Result<bool, Fault>;
    /// Notes that a passkey was used, if it is there and has not counted backwards ([`Use::is_ahead_of`]); whether it was noted.
    async fn used(&self, passkey: PasskeyId, told: Use) -> Result<bool, Fault>;
    /// Removes a user's passkey; with `keep_last` not the only one. Of several removals at once one is the last.
    async fn remove(&self, user: UserId, passkey: PasskeyId, keep_last: bool) -> Result<Removed, Fault>;
    /// Removes all of a user's; how many.
    async fn remove_all(&self, user: UserId) -> Result<u64, Fault>;
    /// Notes that the challenge with this keyed hash was answered; whether it was not before. It may be forgotten at `until`,
    /// when no answer to it is taken any more.
    async fn use_up(&self, challenge_hash: &str, until: Instant) -> Result<bool, Fault>;
}

impl Use {
    /// Whether the passkey counted on since `counter`, or does not count at all (Web Authentication 7.2, step 22).
    pub const fn is_ahead_of(&self, counter: u32) -> bool {
        self.counter > counter || (self.counter == 0 && counter == 0)
    }
}
