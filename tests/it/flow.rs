//! What a user does, end to end.

mod drift;
pub mod first_day;
mod funds;
mod idempotency;
mod money;
mod operations;
pub mod trust_chain;
mod trust_chain_broken;
