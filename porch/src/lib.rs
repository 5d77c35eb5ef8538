//! What both doors do with a request whatever it means: where it comes from, whose it is, whether its head and its body may be
//! read at all, how long it may take, and what is told of a failure.
//!
//! Absent on purpose: the rules, SQL, routes and GraphQL. A refusal is an [`app::Fault`]; each door shows it
//! in its own way.

pub mod answer;
pub mod body;
pub mod client;
pub mod cookie;
mod forgery;
pub mod head;
mod identify;
mod origin;
mod path;
pub mod problem;

pub use client::{Client, Proxies};
pub use forgery::{Sender, not_foreign, only_own, refuse_forgery};
pub use identify::{Known, identify, identify_secret, identify_socket, renewed, visitors_call};
pub use origin::{NoOrigin, Origin};
pub use path::own_path;

/// Every limit of this room.
pub fn limits() -> Vec<domain::limit::Limit> {
    [answer::LIMITS, body::LIMITS, head::LIMITS, client::LIMITS, path::LIMITS].concat()
}
