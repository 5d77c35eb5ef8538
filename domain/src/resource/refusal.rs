//! Why a command to it is refused.

use crate::{Refusal, RefusalClass};

/// Refusals of [`super::ResourceLine`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResourceRefusal {
    /// It does not exist, or not for this customer.
    #[error("not found")]
    NotFound,
}

impl Refusal for ResourceRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "resource/not-found",
        }
    }

    fn class(&self) -> RefusalClass {
        match self {
            Self::NotFound => RefusalClass::NotFound,
        }
    }
}
