//! A cheqd ledger for development and tests.
//!
//! It executes real transactions with the rules, fees, gas and error codes of cheqd-node 4.2 and speaks CometBFT's
//! JSON-RPC, so that unmodified clients work against it. It is **not** a consensus engine: one process makes the
//! blocks, header hashes are its own digests, and its validator key is public. Never put value on it.

pub mod accounts;
pub mod ante;
pub mod bech32;
pub mod blocklog;
pub mod coins;
pub mod decimal;
pub mod events;
pub mod executor;
pub mod failure;
pub mod feemarket;
pub mod gas;
pub mod genesis;
pub mod identity;
pub mod keys;
pub mod kv;
pub mod media_type;
pub mod modules;
pub mod msgs;
pub mod state;
pub mod tax;
pub mod tx;
pub mod validate;
pub mod validator;
pub mod wire;
