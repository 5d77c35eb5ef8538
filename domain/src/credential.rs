//! An issued credential and its status.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod transition;
mod value;

pub use command::*;
pub use event::*;
pub use refusal::*;
pub use transition::*;
pub use value::*;

use crate::Aggregate;
use crate::id::{CredentialId, CustomerId, Sealed};
use serde::{Deserialize, Serialize};

/// An issued credential and its status. Streams are `credential-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Credential {
    /// Its id; `None` before it was issued.
    pub credential: Option<CredentialId>,
    /// Whose it is; `None` before it was issued.
    pub customer: Option<CustomerId>,
    /// What may be known of it.
    pub description: Option<CredentialDescription>,
    /// The signed credential, sealed.
    pub sealed: Option<Sealed>,
    /// Its status.
    pub status: CredentialStatus,
}

impl Aggregate for Credential {
    const TYPE: &'static str = "credential";
    type Command = CredentialCommand;
    type Event = CredentialEvent;
    type Refusal = CredentialRefusal;

    fn decide(&self, command: CredentialCommand) -> Result<Vec<CredentialEvent>, CredentialRefusal> {
        decide::decide(self, command)
    }

    fn evolve(&mut self, event: &CredentialEvent) {
        evolve::evolve(self, event);
    }
}

#[cfg(test)]
mod tests;
