//! The newest transaction hashes, to refuse what was seen before.

use std::collections::{HashSet, VecDeque};

/// Hashes remembered.
const CACHE_SIZE_TXS: usize = 10_000;

/// A set of the newest hashes.
pub(super) struct RecentHashes {
    set: HashSet<[u8; 32]>,
    order: VecDeque<[u8; 32]>,
}

impl RecentHashes {
    pub(super) fn new() -> Self {
        Self { set: HashSet::new(), order: VecDeque::new() }
    }

    /// Adds a hash; `false` when it was there.
    pub(super) fn insert(&mut self, hash: [u8; 32]) -> bool {
        if !self.set.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        while self.order.len() > CACHE_SIZE_TXS {
            if let Some(old) = self.order.pop_front() {
                self.set.remove(&old);
            }
        }
        true
    }

    /// Forgets a hash.
    pub(super) fn remove(&mut self, hash: &[u8; 32]) {
        if self.set.remove(hash) {
            self.order.retain(|h| h != hash);
        }
    }
}
