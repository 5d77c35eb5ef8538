//! Why a command to it is refused.

use crate::{Refusal, RefusalClass};

/// Refusals of [`super::Customer`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomerRefusal {
    /// It does not exist, or not for this customer.
    #[error("not found")]
    NotFound,
}

impl Refusal for CustomerRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "customer/not-found",
        }
    }

    fn class(&self) -> RefusalClass {
        match self {
            Self::NotFound => RefusalClass::NotFound,
        }
    }
}
