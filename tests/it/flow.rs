//! What a user does, end to end.

mod api_keys;
mod client_credentials;
pub mod client_keys;
mod did_changes;
mod did_export;
mod did_import;
mod drift;
mod erasure;
pub mod first_day;
mod funds;
mod idempotency;
mod identifiers;
mod issuing;
mod key_import;
pub mod members;
mod money;
mod operations;
mod poison;
mod proof;
mod registrar;
mod scopes;
mod sign_in;
mod status_lists;
pub mod trust_chain;
mod trust_chain_broken;
mod trusted_roots;
mod unpaid;
