//! What can happen to a customer.

use super::{PayerAccount, Revealed};
use crate::id::{ApiKeyId, CustomerId, Instant, RevealId, Sealed};
use serde::{Deserialize, Serialize};

/// Events of [`super::Customer`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all_fields = "camelCase")]
pub enum CustomerEvent {
    /// A tenant exists.
    CustomerRegistered {
        /// The tenant.
        customer: CustomerId,
        /// Its name, sealed.
        name: Sealed,
        /// Its contact e-mail, sealed.
        email: Option<Sealed>,
        /// One fee payer per network.
        payers: Vec<PayerAccount>,
        /// When.
        at: Instant,
    },
    /// An API key works from now on.
    ApiKeyIssued {
        /// The key's id.
        key: ApiKeyId,
        /// The tenant it belongs to.
        customer: CustomerId,
        /// Keyed hash of the secret, lower-case hex.
        hash: String,
        /// Last four characters of the secret.
        last_four: String,
        /// What the customer calls it.
        name: String,
        /// When it stops working.
        expires_at: Instant,
        /// When.
        at: Instant,
    },
    /// It trusts these roots of trust chains from now on, and no others but its own.
    TrustedRootsChanged {
        /// Root DIDs, or DID URLs of root authorisations.
        roots: Vec<String>,
        /// When.
        at: Instant,
    },
    /// Personal data of the tenant was shown to the operator in the clear. Recorded before it is shown: perhaps nothing
    /// was, never the other way round.
    PersonalDataRevealed {
        /// This time.
        reveal: RevealId,
        /// What was asked for.
        what: Revealed,
        /// When.
        at: Instant,
    },
    /// An API key has another name or end.
    ApiKeyChanged {
        /// The key's id.
        key: ApiKeyId,
        /// What the customer calls it from now on.
        name: String,
        /// When it stops working.
        expires_at: Instant,
        /// When.
        at: Instant,
    },
    /// What was sealed about a subject until now is unreadable for good: its data key was deleted.
    SubjectErased {
        /// Keyed hash of whom it was about, lower-case hex.
        subject: String,
        /// How many of the subject's data keys were deleted until now.
        keys: u64,
        /// When.
        at: Instant,
    },
    /// An API key stopped working.
    ApiKeyRevoked {
        /// The key's id.
        key: ApiKeyId,
        /// When.
        at: Instant,
    },
}

crate::event_kinds!(CustomerEvent {
    CustomerRegistered,
    ApiKeyIssued,
    ApiKeyChanged,
    ApiKeyRevoked,
    TrustedRootsChanged,
    SubjectErased,
    PersonalDataRevealed,
});
