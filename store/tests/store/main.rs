//! The store on a real Postgres.

mod audit;
mod contract;
mod follow;
mod order;
mod outage;
mod replies;
mod server;
mod support;
