//! Idempotency keys: one effect and one answer for repeated requests.

use crate::{Fault, FaultKind};
use async_trait::async_trait;
use domain::id::{CustomerId, Instant};
use uuid::Uuid;

/// What the hash of a request begins with: how it is made in this version.
pub const REQUEST_MARK: &str = "2:";

/// The vault's subject for saved answers of a tenant.
pub const REPLIES_SUBJECT: &str = "replies";

domain::limits! {
    /// How long answers are kept, in hours.
    pub REPLIES_KEPT_HOURS: i64 = 48, "hours";
}

/// An answer kept for a repeat, sealed by the vault before it gets here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What came of the act.
    pub body: domain::id::Sealed,
    /// Whether it tells nothing of anybody, so that an erasure meanwhile is no reason not to keep it.
    pub is_bare: bool,
}

/// What is known about an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// New, or begun before without a final answer (a crash, a fault): go on, the commands behind it are the same.
    Go,
    /// Answered before, with the same request.
    Answered(Reply),
    /// Another request is using it right now.
    InFlight,
    /// Used before with another request.
    Mismatch,
    /// Used before with a request of an older version, of which nobody can tell whether it is the same.
    Older,
}

/// What becomes of a key once its request came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The answer is final, and every repeat gets it.
    Keep,
    /// The request was refused, so a corrected one may use the key: unless it recorded something all the same, which only
    /// the log can tell ([`Replies::release`]).
    LetGo,
    /// A repeat may do better, and another request may not use the key: something was recorded, or nobody can tell.
    Hold,
}

impl Fate {
    /// After a fault. Of a write that was made, the ledger's refusal and a cancellation are final; what else is said about
    /// it (that its payer has no money yet) is not. Other refusals let go. What broke off may take effect later.
    pub fn of(fault: &Fault) -> Self {
        let is_made = fault.members.contains_key("operationId");
        match fault.kind {
            FaultKind::LedgerRefused | FaultKind::Conflict if is_made => Self::Keep,
            FaultKind::Bug | FaultKind::Unavailable | FaultKind::TooMany | FaultKind::TooSlow => Self::Hold,
            _ if is_made => Self::Hold,
            _ => Self::LetGo,
        }
    }
}

/// Saved replies, per customer, kept for [`REPLIES_KEPT_HOURS`].
#[async_trait]
pub trait Replies: Send + Sync {
    /// Claims a key for a request with this hash (lower-case hex SHA-256 of the act and its content).
    async fn begin(
        &self,
        customer: CustomerId,
        key: &str,
        request_hash: &str,
        at: Instant,
    ) -> Result<Begun, Fault>;
    /// Keeps the answer.
    async fn finish(&self, customer: CustomerId, key: &str, reply: &Reply) -> Result<(), Fault>;
    /// Lets go of a key whose request was refused, so that a corrected one may use it. If the log holds an event that this
    /// command of the customer caused, or the request was begun more than once, the key is held instead.
    async fn release(&self, customer: CustomerId, key: &str, command: Uuid) -> Result<(), Fault>;
    /// The answers of requests that run just now are not kept when they come: they may hold what is being erased. Each keeps
    /// its key, and its repeat runs the same commands.
    async fn forget_running(&self, customer: CustomerId) -> Result<(), Fault>;
    /// Leaves a key with its request, without an answer: a repeat runs the same commands, any other request is refused.
    async fn hold(&self, customer: CustomerId, key: &str) -> Result<(), Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Safety 13.
    #[test]
    fn safety_13_only_a_refusal_lets_a_key_go() {
        use FaultKind::{
            Bug, Conflict, Forbidden, Invalid, LedgerRefused, NotAcceptable, NotFound, PaymentRequired,
            TooLarge, TooMany, TooSlow, Unauthenticated, Unavailable, Unprocessable, UnsupportedMedia,
        };
        let refusals =
            [Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Unprocessable, PaymentRequired]
                .into_iter()
                .chain([TooLarge, UnsupportedMedia, NotAcceptable, LedgerRefused]);
        for kind in refusals {
            let fault = Fault::new(kind, "x/y", "No.");
            assert_eq!(Fate::of(&fault), Fate::LetGo, "{kind:?}");
            let is_final = matches!(kind, Conflict | LedgerRefused);
            let expected = if is_final { Fate::Keep } else { Fate::Hold };
            assert_eq!(
                Fate::of(&fault.with("operationId", "1")),
                expected,
                "{kind:?} of a write that was made"
            );
        }
        for kind in [Bug, Unavailable, TooMany, TooSlow] {
            let fault = Fault::new(kind, "x/y", "No.");
            assert_eq!(Fate::of(&fault), Fate::Hold, "{kind:?}");
            assert_eq!(
                Fate::of(&fault.with("operationId", "1")),
                Fate::Hold,
                "{kind:?} of a write that was made"
            );
        }
    }
}
