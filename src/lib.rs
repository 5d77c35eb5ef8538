//! The front door: configuration, the composition root and the subcommands. The only place where adapters meet.

pub mod adapter;
pub mod background;
pub mod command;
pub mod config;
pub mod cors;
pub mod funds;
pub mod house;
pub mod reminders;
pub mod server;
pub mod telemetry;
pub mod tenant;

pub use config::Config;
pub use house::House;
