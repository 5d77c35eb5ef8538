//! What a user does, end to end.

pub mod first_day;
mod idempotency;
mod money;
pub mod trust_chain;
mod trust_chain_broken;
