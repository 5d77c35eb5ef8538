//! Small adapters that need two rooms at once, so that only the front door can hold them.

pub mod directory;
pub mod outcomes;
pub mod people;
pub mod provider;
pub mod readiness;
pub mod system;
pub mod web_dids;
