//! Links that work once: to set up the first owner of a tenant, and to choose a new password.

use crate::Fault;
use async_trait::async_trait;
use domain::id::{CustomerId, Instant, UserId};

domain::limits! {
    /// How long a set-up link works.
    pub SET_UP_LINK_HOURS: i64 = 72, "hours";
    /// How long a reset link works.
    pub RESET_LINK_HOURS: i64 = 24, "hours";
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Becoming an owner of a tenant.
    SetUp,
    /// Choosing a new password.
    Reset,
}

impl LinkPurpose {
    /// As it is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::Reset => "reset",
        }
    }
}

/// A link, found by the keyed hash of its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Who will have used it: the user whose password it is, or the id of the user to be.
    pub user: UserId,
    /// Whose owner they become, for a set-up link.
    pub customer: Option<CustomerId>,
    /// When it stops working.
    pub expires_at: Instant,
}

/// Links by the keyed hash of their secret.
#[async_trait]
pub trait Links: Send + Sync {
    /// Keeps a new link. Those of the same purpose for the same user or tenant stop working.
    async fn make(&self, hash: &str, link: &Link) -> Result<(), Fault>;
    /// The link, unless it was used up or its time is over.
    async fn look_up(&self, hash: &str, now: Instant) -> Result<Option<Link>, Fault>;
    /// It works no more; whether it did until now.
    async fn use_up(&self, hash: &str) -> Result<bool, Fault>;
}
