//! DID-Linked Resources of customers.

mod create;
pub mod media_type;

pub use create::{CreateResource, RESOURCE_BYTES_MAX, create};
pub(crate) use create::{LIMITS, description, effect, published, published_json};

#[cfg(test)]
mod tests;
