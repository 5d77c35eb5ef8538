//! Flows through the real router over real HTTP, on a real Postgres and the devnet; and crashes of the real binary.

mod crash;
mod flow;
mod house;
