//! Tenants and their API keys.

mod authenticate;
mod change_api_key;
mod change_organisation;
mod erase_subject;
mod find_api_key;
mod grant;
mod issue_api_key;
mod key_ring;
mod last_uses;
mod note_api_key_end;
mod register;
mod reveal;
mod revoke_api_key;
mod rotate_api_key;

pub use authenticate::{API_KEY_CHARS_MAX, authenticate, still_works};
pub use change_api_key::{ChangeApiKey, change_api_key};
pub use change_organisation::{ChangeOrganisation, DESCRIPTION_CHARS_MAX, change_organisation};
pub use erase_subject::{EraseSubject, SUBJECT_DID_BYTES_MAX, erase_subject};
pub use find_api_key::{find_api_key, no_such_api_key};
pub use grant::Bounds;
pub(crate) use grant::known;
pub use issue_api_key::{IssueApiKey, IssuedApiKey, issue_api_key};
pub use key_ring::{KEY_KNOWN_MILLISECONDS, KeyRing};
pub use last_uses::LastUses;
pub use note_api_key_end::note_api_key_end;
pub use register::{NAME_CHARS_MAX, Registered, register};
pub(crate) use register::{found, is_name};
pub use reveal::note_reveal;
pub use revoke_api_key::{RevokeApiKey, revoke_api_key};
pub use rotate_api_key::{API_KEY_OVERLAP_SECONDS_MAX, RotateApiKey, rotate_api_key};

/// The limits of this part.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [
        authenticate::LIMITS,
        change_organisation::LIMITS,
        key_ring::LIMITS,
        last_uses::LIMITS,
        register::LIMITS,
        rotate_api_key::LIMITS,
        erase_subject::LIMITS,
    ]
    .concat()
}

/// The vault's subject for a tenant's own personal data.
pub const CUSTOMER_SUBJECT: &str = "customer";

#[cfg(test)]
mod tests;
