//! The gas meter and the prices of store access (Cosmos SDK `KVGasConfig`).

use crate::failure::{Failure, Outcome};

/// Gas of a store presence test.
pub const HAS: u64 = 1000;
/// Gas of a store deletion.
pub const DELETE: u64 = 1000;
/// Flat gas of a store read.
pub const READ_FLAT: u64 = 1000;
/// Gas per byte of key and value read.
pub const READ_PER_BYTE: u64 = 3;
/// Flat gas of a store write.
pub const WRITE_FLAT: u64 = 2000;
/// Gas per byte of key and value written.
pub const WRITE_PER_BYTE: u64 = 30;
/// Flat gas of one iterator step.
pub const ITERATE: u64 = 30;

/// Counts gas against a limit.
#[derive(Debug, Clone)]
pub struct Meter {
    limit: Option<u64>,
    used: u64,
}

impl Meter {
    /// A meter with a limit; `None` counts without end.
    pub fn new(limit: Option<u64>) -> Self {
        Self { limit, used: 0 }
    }

    /// Gas counted so far.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Counts gas; past the limit the transaction ends (what was counted stays counted).
    pub fn consume(&mut self, amount: u64, place: &'static str) -> Outcome<()> {
        self.used = self.used.saturating_add(amount);
        match self.limit {
            Some(limit) if self.used > limit => Err(Failure::OutOfGas(place)),
            _ => Ok(()),
        }
    }
}
