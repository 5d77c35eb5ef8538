//! Why a command to it is refused.

use crate::{Refusal, RefusalClass};

/// Refusals of [`super::DidRecord`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DidRefusal {
    /// It does not exist, or not for this customer.
    #[error("not found")]
    NotFound,
}

impl Refusal for DidRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "did/not-found",
        }
    }

    fn class(&self) -> RefusalClass {
        match self {
            Self::NotFound => RefusalClass::NotFound,
        }
    }
}
