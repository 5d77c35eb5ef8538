//! Browsers that are signed in, how often somebody tried to, and links that work once. Rows, not events: they come and go, and
//! nothing is decided from what they once were.

use crate::Fault;
use async_trait::async_trait;
use chrono::TimeDelta;
use domain::id::{CustomerId, Instant, Sealed, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

domain::limits! {
    /// A session's last use is written down again after so long, so that most requests only read it.
    pub SESSION_SEEN_SECONDS: i64 = 60, "seconds";
    /// As much is kept of what a browser says it is.
    pub USER_AGENT_CHARS_MAX: usize = 256, "characters";
    /// Sessions of one user; whoever opens one more ends the one that was used the longest time ago.
    pub SESSIONS_PER_USER_MAX: i64 = 50, "sessions";
    /// A cookie that was changed is taken for so long still, for requests that were on their way.
    pub ROTATED_GRACE_SECONDS: i64 = 30, "seconds";
}

/// A session's name, for its owner. It opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionId(pub Uuid);

impl fmt::Display for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// Who is signed in.
    pub user: UserId,
    /// For which of the user's tenants they act.
    pub customer: CustomerId,
    /// When they signed in.
    pub created_at: Instant,
    /// When it was used last, give or take [`SESSION_SEEN_SECONDS`].
    pub last_seen_at: Instant,
    /// When it ends, however much it is used.
    pub absolute_until: Instant,
    /// What the browser said it is, cut after [`USER_AGENT_CHARS_MAX`].
    pub user_agent: Option<String>,
    /// Where it was opened from.
    pub address: Option<String>,
    /// The provider's ID token, sealed for the user.
    pub id_token: Option<Sealed>,
    /// The provider's name for its session.
    pub provider_session: Option<String>,
    /// Keyed hash of what the provider calls the user ([`Hashed::Subject`](super::vault::Hashed)), lower-case hex.
    pub subject_hash: Option<String>,
    /// What the user might do when the cookie was last changed: a change of it changes the cookie.
    pub role_mark: String,
}

impl Session {
    /// Whether it is not over, with this idle limit.
    pub fn is_live(&self, now: Instant, idle: TimeDelta) -> bool {
        now < self.absolute_until && now.signed_duration_since(self.last_seen_at) < idle
    }
}

/// Sessions by the keyed hash of what their cookie holds.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Opens one under the hash of its secret.
    async fn open(&self, session: &Session, hash: &str) -> Result<(), Fault>;
    /// The session of this hash. A secret that was changed a moment ago (see [`Sessions::rotate`]) still finds it.
    async fn find(&self, hash: &str, now: Instant) -> Result<Option<Session>, Fault>;
    /// The session of this name.
    async fn get(&self, session: SessionId) -> Result<Option<Session>, Fault>;
    /// It was used.
    async fn touch(&self, session: SessionId, now: Instant) -> Result<(), Fault>;
    /// Gives it another secret, tenant and role mark. The secret it had works on for [`ROTATED_GRACE_SECONDS`], for requests
    /// that are on their way. Whether it was done: only one of several requests does it, and only if the session still lives.
    async fn rotate(&self, session: &Session, hash: &str, turn: &Turn, now: Instant) -> Result<bool, Fault>;
    /// A user's sessions that are not over, newest first.
    async fn list(&self, user: UserId, now: Instant, idle: TimeDelta) -> Result<Vec<Session>, Fault>;
    /// Ends one of a user's sessions; whether there was one.
    async fn end(&self, user: UserId, session: SessionId) -> Result<bool, Fault>;
    /// Ends all of a user's sessions but one; how many.
    async fn end_others(&self, user: UserId, except: Option<SessionId>) -> Result<u64, Fault>;
    /// Ends what a provider has ended, in one transaction; how many. `None` if this word of the provider's was taken before.
    async fn end_at_provider(&self, ended: &EndedAtProvider) -> Result<Option<u64>, Fault>;
}

/// What a provider has ended: the sessions that fit all that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedAtProvider {
    /// Those of this user there, by [`Session::subject_hash`].
    pub subject_hash: Option<String>,
    /// Those of this session there.
    pub provider_session: Option<String>,
    /// SHA-256 of what the provider calls this word of it, lower-case hex.
    pub word: String,
    /// Until when the word could be believed, and so is remembered.
    pub until: Instant,
}

/// What becomes another with a session's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// For which tenant the user acts from now on.
    pub customer: CustomerId,
    /// What they may do there.
    pub role_mark: String,
}
