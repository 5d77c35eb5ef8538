//! Why a command to it is refused.

use crate::{Refusal, RefusalClass};

/// Refusals of [`super::Accreditation`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccreditationRefusal {
    /// It does not exist, or not for this customer.
    #[error("not found")]
    NotFound,
}

impl Refusal for AccreditationRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "accreditation/not-found",
        }
    }

    fn class(&self) -> RefusalClass {
        match self {
            Self::NotFound => RefusalClass::NotFound,
        }
    }
}
