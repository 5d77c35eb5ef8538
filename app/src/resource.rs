//! DID-Linked Resources of customers.

mod change;
mod create;
pub mod history;
pub mod media_type;
pub mod template;

pub use change::{Change, Untold};
pub use create::{CreateResource, RESOURCE_BYTES_MAX, create};
pub(crate) use create::{description, effect, published};
pub use history::{HISTORY_ROWS_MAX, History, Line, Version, history, version_at};

/// The limits of these modules.
pub(crate) fn limits() -> Vec<domain::limit::Limit> {
    [change::LIMITS, create::LIMITS, history::LIMITS, template::LIMITS].concat()
}

#[cfg(test)]
mod tests;
