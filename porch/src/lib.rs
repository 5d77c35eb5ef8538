//! What both doors ask of a request before either knows what it means: where it comes from, whose it is, whether its head
//! and its body may be read at all.
//!
//! Absent on purpose: the rules, SQL, routes and GraphQL. A refusal is an [`app::Fault`]; each door shows it in its own way.

pub mod body;
pub mod client;
pub mod head;
mod identify;

pub use client::{Client, Proxies};
pub use identify::{identify, identify_secret};

/// Every limit of this room.
pub fn limits() -> Vec<domain::limit::Limit> {
    [body::LIMITS, head::LIMITS, client::LIMITS].concat()
}
