//! Why a command to it is refused.

use crate::{Refusal, RefusalClass};

/// Refusals of [`super::Credential`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialRefusal {
    /// It does not exist, or not for this customer.
    #[error("not found")]
    NotFound,
}

impl Refusal for CredentialRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "credential/not-found",
        }
    }

    fn class(&self) -> RefusalClass {
        match self {
            Self::NotFound => RefusalClass::NotFound,
        }
    }
}
