//! An issued credential and its status.

mod command;
mod event;
mod refusal;
mod value;

pub use command::*;
pub use event::*;
pub use refusal::*;
pub use value::*;

use crate::Aggregate;
use crate::id::{CustomerId, Sealed};
use serde::{Deserialize, Serialize};

/// An issued credential and its status. Streams are `credential-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Credential {
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
        let _ = command;
        Ok(Vec::new()) // replaced by the domain helper
    }

    fn evolve(&mut self, event: &CredentialEvent) {
        let _ = event;
    }
}
