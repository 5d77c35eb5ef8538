//! What a user does, end to end.

mod first_day;
mod idempotency;
mod money;
mod trust_chain;
mod trust_chain_broken;
