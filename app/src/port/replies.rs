//! Idempotency keys: one effect and one answer for repeated requests.

use crate::Fault;
use async_trait::async_trait;
use domain::id::{CustomerId, Instant};
use serde::{Deserialize, Serialize};

/// The vault's subject for saved answers of a tenant.
pub const REPLIES_SUBJECT: &str = "replies";

/// How long answers are kept, in hours.
pub const REPLIES_KEPT_HOURS: i64 = 48;

/// An answer kept for a repeat. The body is sealed by the vault before it gets here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Sealed body text.
    pub body: domain::id::Sealed,
    /// `Location`, if any.
    pub location: Option<String>,
}

/// What is known about an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// New, or begun before but never answered (a crash): go on, the commands behind it are the same.
    Go,
    /// Answered before, with the same request.
    Answered(Reply),
    /// Another request is using it right now.
    InFlight,
    /// Used before with another request.
    Mismatch,
}

/// Saved replies, per customer, kept for [`REPLIES_KEPT_HOURS`].
#[async_trait]
pub trait Replies: Send + Sync {
    /// Claims a key for a request with this hash (lower-case hex SHA-256 of method, path and body).
    async fn begin(
        &self,
        customer: CustomerId,
        key: &str,
        request_hash: &str,
        at: Instant,
    ) -> Result<Begun, Fault>;
    /// Keeps the answer.
    async fn finish(&self, customer: CustomerId, key: &str, reply: &Reply) -> Result<(), Fault>;
    /// Lets go of a key whose request failed without any effect (a 4xx of ours), so that a corrected repeat may use it.
    async fn release(&self, customer: CustomerId, key: &str) -> Result<(), Fault>;
}
