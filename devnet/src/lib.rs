//! A cheqd ledger for development and tests.
//!
//! It executes real transactions with the rules, fees, gas and error codes of cheqd-node 4.2 and speaks CometBFT's
//! JSON-RPC, so that unmodified clients work against it. It is **not** a consensus engine: one process makes the
//! blocks, header hashes are its own digests, and its validator key is public. Never put value on it.

pub mod accounts;
pub mod ante;
pub mod bech32;
pub mod blocklog;
pub mod chain;
pub mod coins;
pub mod config;
pub mod decimal;
pub mod events;
pub mod executor;
pub mod failure;
pub mod faults;
pub mod feemarket;
pub mod gas;
pub mod genesis;
pub mod identity;
pub mod keys;
pub mod kv;
pub mod media_type;
pub mod modules;
pub mod msgs;
mod node;
pub mod query;
pub mod rpc;
mod server;
mod socket;
pub mod state;
pub mod tax;
pub mod tx;
pub mod validate;
pub mod validator;
pub mod wire;

pub use accounts::{FAUCET_ADDRESS, FAUCET_MNEMONIC, PUBLIC_ACCOUNTS};
pub use config::{BlockMode, DevnetConfig};
pub use faults::Fault;
pub use genesis::Genesis;
pub use node::{Error, Handle, start};
