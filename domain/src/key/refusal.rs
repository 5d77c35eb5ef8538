//! Why a command to it is refused.

use crate::{Refusal, RefusalClass};

/// Refusals of [`super::Key`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// It does not exist, or not for this customer.
    #[error("not found")]
    NotFound,
}

impl Refusal for KeyRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "key/not-found",
        }
    }

    fn class(&self) -> RefusalClass {
        match self {
            Self::NotFound => RefusalClass::NotFound,
        }
    }
}
