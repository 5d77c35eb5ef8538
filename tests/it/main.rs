//! Flows through the real router over real HTTP, on a real Postgres and the devnet (or the node that
//! `CHEQD_RPC_URL` names); and crashes of the real binary.

#![expect(
    unreachable_pub,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    reason = "a test may panic, tell the time, tell what it did, and tell a whole day in one go"
)]

mod chaos;
mod contract;
mod cosmjs;
mod crash;
mod differential;
mod floods;
mod flow;
mod graphql;
mod house;
mod node;
mod npm;
mod oidc;
mod patience;
mod property;
mod quirks;
mod resolver;
mod routes;
mod strangers;
mod walkthrough;
