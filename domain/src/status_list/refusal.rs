//! Why a command to it is refused.

use crate::{Refusal, RefusalClass};

/// Refusals of [`super::StatusList`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusListRefusal {
    /// It does not exist, or not for this customer.
    #[error("not found")]
    NotFound,
}

impl Refusal for StatusListRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "status-list/not-found",
        }
    }

    fn class(&self) -> RefusalClass {
        match self {
            Self::NotFound => RefusalClass::NotFound,
        }
    }
}
