//! What this process knows of API keys without asking again.

use crate::{Fault, port::directory::ApiKeyOwner};
use domain::id::Instant;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

domain::limits! {
    /// For how long a process relies on what it has read of an API key. What another process did to the key (its end, other
    /// scopes) holds here this much later at the latest; what this one did holds at once.
    pub KEY_KNOWN_MILLISECONDS: i64 = 500, "milliseconds";
    /// API keys that a process knows at a time. Whoever shows more different ones is asked about again.
    pub KEYS_KNOWN_MAX: usize = 10_000, "keys";
}

/// API keys by their keyed hash, as they were read a moment ago. Only keys that exist: whoever tries secrets fills nothing, and
/// a new key works at once.
#[derive(Debug, Default)]
pub struct KeyRing(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    keys: HashMap<String, (ApiKeyOwner, Instant)>,
    /// Counts what was forgotten, so that an answer that was under way then is not kept.
    forgotten: u64,
}

impl KeyRing {
    /// Whose the key is: as it was read less than [`KEY_KNOWN_MILLISECONDS`] ago, else as `read` says.
    pub async fn owner(
        &self,
        hash: &str,
        now: Instant,
        read: impl AsyncFnOnce() -> Result<Option<ApiKeyOwner>, Fault>,
    ) -> Result<Option<ApiKeyOwner>, Fault> {
        let forgotten = {
            let known = self.known();
            match known.keys.get(hash) {
                Some((owner, at)) if is_fresh(*at, now) => return Ok(Some(owner.clone())),
                _ => known.forgotten,
            }
        };
        let owner = read().await?;
        let mut known = self.known();
        match &owner {
            Some(owner) if known.forgotten == forgotten => {
                if known.keys.len() >= KEYS_KNOWN_MAX {
                    known.keys.retain(|_, (_, at)| is_fresh(*at, now));
                }
                if known.keys.len() < KEYS_KNOWN_MAX {
                    known.keys.insert(hash.to_owned(), (owner.clone(), now));
                }
            }
            _ => {}
        }
        Ok(owner)
    }

    /// Something changed about keys: they are read again.
    pub fn forget(&self) {
        let mut known = self.known();
        known.keys.clear();
        known.forgotten = known.forgotten.wrapping_add(1);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back makes nothing fresh for longer.
fn is_fresh(at: Instant, now: Instant) -> bool {
    let age = (now - at).num_milliseconds();
    (0..KEY_KNOWN_MILLISECONDS).contains(&age)
}
