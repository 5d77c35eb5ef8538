//! A line of accreditations: same issuer, name and type; the newest published version counts as latest.

mod command;
mod event;
mod refusal;
mod value;

pub use command::*;
pub use event::*;
pub use refusal::*;
pub use value::*;

use crate::Aggregate;
use crate::id::CustomerId;
use serde::{Deserialize, Serialize};

/// A line of accreditations: same issuer, name and type; the newest published version counts as latest. Streams are `accreditation-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Accreditation {
    /// Whose it is; `None` before the first request.
    pub customer: Option<CustomerId>,
    /// Versions, oldest first.
    pub versions: Vec<AccreditationVersion>,
}

impl Aggregate for Accreditation {
    const TYPE: &'static str = "accreditation";
    type Command = AccreditationCommand;
    type Event = AccreditationEvent;
    type Refusal = AccreditationRefusal;

    fn decide(&self, command: AccreditationCommand) -> Result<Vec<AccreditationEvent>, AccreditationRefusal> {
        let _ = command;
        Ok(Vec::new()) // replaced by the domain helper
    }

    fn evolve(&mut self, event: &AccreditationEvent) {
        let _ = event;
    }
}
