//! Flows through the real router over real HTTP, on a real Postgres and the devnet (or the node that
//! `CHEQD_RPC_URL` names); and crashes of the real binary.

mod crash;
mod flow;
mod graphql;
mod house;
mod node;
mod routes;
mod sdk;
