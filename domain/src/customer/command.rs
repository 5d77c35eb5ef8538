//! What can be asked of a customer.

use super::{PayerAccount, Revealed};
use crate::id::{ApiKeyId, CustomerId, Instant, RevealId, Sealed};

/// Commands of [`super::Customer`].
#[derive(Debug, Clone)]
pub enum CustomerCommand {
    /// Makes a tenant with its payer accounts.
    Register {
        /// The new tenant.
        customer: CustomerId,
        /// Its name, sealed (personal data).
        name: Sealed,
        /// Its contact e-mail, sealed.
        email: Option<Sealed>,
        /// One fee payer per network.
        payers: Vec<PayerAccount>,
        /// Now.
        at: Instant,
    },
    /// Gives the tenant an API key; only its keyed hash is known here.
    IssueApiKey {
        /// The key's id.
        key: ApiKeyId,
        /// Keyed hash of the secret, lower-case hex of 32 bytes.
        hash: String,
        /// The last four characters of the secret, to recognise it by.
        last_four: String,
        /// What the customer calls it.
        name: String,
        /// When it stops working.
        expires_at: Instant,
        /// Now.
        at: Instant,
    },
    /// Says which roots of trust chains it trusts, in place of those before.
    TrustRoots {
        /// Root DIDs, or DID URLs of root authorisations.
        roots: Vec<String>,
        /// Now.
        at: Instant,
    },
    /// Notes that the operator is about to be shown personal data of the tenant in the clear.
    NoteReveal {
        /// This time.
        reveal: RevealId,
        /// What he asked for.
        what: Revealed,
        /// Now.
        at: Instant,
    },
    /// Gives an API key another name or end, or both.
    ChangeApiKey {
        /// The key's id.
        key: ApiKeyId,
        /// What the customer calls it from now on; `None` leaves it.
        name: Option<String>,
        /// When it stops working; `None` leaves it.
        expires_at: Option<Instant>,
        /// Now.
        at: Instant,
    },
    /// Gives a new API key in the place of an old one, under the old one's name.
    RotateApiKey {
        /// The key to replace.
        old: ApiKeyId,
        /// The new key's id.
        key: ApiKeyId,
        /// Keyed hash of the new secret, lower-case hex of 32 bytes.
        hash: String,
        /// The last four characters of the new secret.
        last_four: String,
        /// When the new key stops working.
        expires_at: Instant,
        /// When the old key stops working, at the latest; not after now means at once and for good.
        old_ends_at: Instant,
        /// Now.
        at: Instant,
    },
    /// Stops an API key for good.
    RevokeApiKey {
        /// The key's id.
        key: ApiKeyId,
        /// Now.
        at: Instant,
    },
    /// Notes that what was sealed about a subject was made unreadable.
    NoteErasure {
        /// Keyed hash of whom it was about, lower-case hex; no name, and nothing to find one by.
        subject: String,
        /// How many of the subject's data keys were ever deleted.
        keys: u64,
        /// Now.
        at: Instant,
    },
}
