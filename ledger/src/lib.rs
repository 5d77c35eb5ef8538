//! The cheqd client: messages, fees, transactions, broadcast, confirmation, queries and resolver reads.
//!
//! Implements the ports [`app::port::Chain`] ([`CheqdLedger`]), [`app::port::Composer`] ([`CheqdComposer`]) and
//! [`app::port::Resolver`] ([`CheqdResolver`]) over CometBFT JSON-RPC. Absent on purpose: retries, sequences, leases and
//! every decision about what a code means (that is the outbox in `app`), identity keys and payer keys (that is `vault`;
//! only the [`faucet`] of a development chain signs for itself), environment variables and clocks.
//!
//! What is known about the ledger's behaviour is in docs/ledger.md.

pub mod config;
pub mod faucet;
pub mod fee;
pub mod media_type;
pub mod message;
pub mod resolver;
pub mod tx;
pub mod visitors;

mod broadcast;
mod chain;
mod client;
mod compose;
mod confirm;
mod effect;
mod query;
mod room;
mod simulate;
mod testnet_faucet;

#[cfg(test)]
mod mock;

pub use chain::CheqdLedger;
pub use compose::CheqdComposer;
pub use config::{ConfigError, LedgerConfig, NetworkConfig};
pub use faucet::Faucet;
pub use resolver::CheqdResolver;
pub use testnet_faucet::{TestnetFaucet, TestnetFaucetError};
pub use visitors::VisitorsResolver;

/// Every limit of this room.
pub fn limits() -> Vec<domain::limit::Limit> {
    [
        client::LIMITS,
        compose::LIMITS,
        config::LIMITS,
        fee::LIMITS,
        query::LIMITS,
        resolver::LIMITS,
        room::LIMITS,
        visitors::LIMITS,
    ]
    .concat()
}
