//! The store on a real Postgres.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod audit;
mod contract;
mod follow;
mod key_uses;
mod migrating;
mod order;
mod outage;
mod parking;
mod passkeys;
mod rehearse;
mod replies;
mod server;
mod sign_in;
mod support;
