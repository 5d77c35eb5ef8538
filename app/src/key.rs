//! Keys: made in the vault or brought along, known by their public half.

mod create;
mod delete;
mod import;
mod read;
mod verification_method;

pub use create::{CreateKey, create};
pub(crate) use create::{mint, owned};
pub use delete::{DeleteKey, delete};
pub use import::{ImportKey, LOCKED_KEY_BYTES_MAX, Lock, SALT_CHARS_MAX, import};
pub(crate) use import::{LIMITS as IMPORT_LIMITS, Opened, take_over};
pub use read::{KeyRecord, alias, read};
pub use verification_method::{MethodForm, method_of};

#[cfg(test)]
mod tests;
