//! Flows through the real router over real HTTP, on a real Postgres and the devnet.

mod flow;
mod house;
