//! Tenants and their API keys.

mod authenticate;
mod issue_api_key;
mod register;
mod reveal;
mod revoke_api_key;

pub use authenticate::{API_KEY_CHARS_MAX, Authenticated, authenticate};
pub use issue_api_key::{IssuedApiKey, issue_api_key};
pub use register::{NAME_CHARS_MAX, Registered, register};
pub use reveal::note_reveal;
pub use revoke_api_key::revoke_api_key;

/// The vault's subject for a tenant's own personal data.
pub const CUSTOMER_SUBJECT: &str = "customer";
