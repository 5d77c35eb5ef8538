//! Kept numbers of rows by the values of a few columns, so that the total of a long list is no walk through all of it.
//!
//! They are kept event by event: which numbers there are, those that have come back to zero included, does not depend on
//! how many events a fold takes in at once, and a rebuild gives the same.

use crate::{
    error::Result,
    rows::{Rows, Tables},
    table::{Generation, Row},
};
use std::collections::BTreeMap;

/// A row that holds a number of other rows.
pub(crate) trait Count: Row {
    /// The first of its values.
    fn new(key: Self::Key) -> Self;

    /// The number.
    fn number(&mut self) -> &mut i64;
}

/// Changes of numbers.
pub(crate) struct Tally<C: Count>(BTreeMap<C::Key, i64>);

impl<C: Count> Tally<C> {
    pub(crate) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// A row was counted there before an event, and is there after it.
    pub(crate) fn moved(&mut self, before: Option<C::Key>, after: Option<C::Key>) {
        if before == after {
            return;
        }
        for (key, step) in before.map(|key| (key, -1)).into_iter().chain(after.map(|key| (key, 1))) {
            *self.0.entry(key).or_default() += step;
        }
    }

    /// Writes the numbers.
    pub(crate) async fn save(self, db: &mut Tables<'_>, generation: Generation) -> Result<()> {
        let mut rows: Rows<C> = Rows::load(db, generation, self.0.keys().cloned().collect()).await?;
        for (key, steps) in self.0 {
            let mut row = rows.get(&key).cloned().unwrap_or_else(|| C::new(key));
            *row.number() += steps;
            rows.put(row);
        }
        rows.save(db, generation).await
    }
}
