//! A key pair in the vault, known here by its public half.

mod command;
mod decide;
mod event;
mod evolve;
mod refusal;
mod value;

pub use command::*;
pub use event::*;
pub use refusal::*;
pub use value::*;

use crate::Aggregate;
use crate::id::CustomerId;
use serde::{Deserialize, Serialize};

/// A key pair in the vault, known here by its public half. Streams are `key-<id>`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Key {
    /// Whose it is; `None` before it was created.
    pub customer: Option<CustomerId>,
    /// Which curve.
    pub algorithm: Option<KeyAlgorithm>,
    /// What it may sign.
    pub purpose: Option<KeyPurpose>,
    /// Lower-case hex of the public key.
    pub public_key_hex: String,
    /// Whether it is out of use.
    #[serde(default)]
    pub deleted: bool,
}

impl Aggregate for Key {
    const TYPE: &'static str = "key";
    type Command = KeyCommand;
    type Event = KeyEvent;
    type Refusal = KeyRefusal;

    fn decide(&self, command: KeyCommand) -> Result<Vec<KeyEvent>, KeyRefusal> {
        decide::decide(self, command)
    }

    fn evolve(&mut self, event: &KeyEvent) {
        evolve::evolve(self, event);
    }
}

#[cfg(test)]
mod tests;
