//! Between JSON and the protobuf messages of the ledger.

pub mod bank;
pub mod did;
pub mod resource;
