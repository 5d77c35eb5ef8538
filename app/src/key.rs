//! Keys: made in the vault or brought along, known by their public half.

mod create;
mod import;
mod read;

pub use create::{CreateKey, create};
pub(crate) use create::{mint, owned};
pub use import::{ImportKey, import};
pub use read::{KeyRecord, alias, read};

#[cfg(test)]
mod tests;
