//! When API keys were last used.

use crate::{
    Fault,
    port::key_uses::{KEY_USE_SECONDS, KeyUses},
};
use domain::id::{ApiKeyId, Instant};
use std::{
    collections::HashMap,
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

domain::limits! {
    /// API keys whose last use a process remembers; beyond, it begins anew, and writes a use down that was written before.
    pub KEY_USES_KNOWN_MAX: usize = 10_000, "keys";
}

/// The last use of each API key: what this process has seen, and what all of them have written down.
pub struct LastUses {
    written: Arc<dyn KeyUses>,
    seen: Mutex<Seen>,
    /// One task writes at a time, so that a database that is slow has one connection waiting for it and no more.
    pen: Arc<Semaphore>,
}

#[derive(Default)]
struct Seen {
    uses: HashMap<ApiKeyId, Instant>,
    /// Those of them that are to be written.
    waiting: HashMap<ApiKeyId, Instant>,
}

impl fmt::Debug for LastUses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LastUses").finish_non_exhaustive()
    }
}

impl LastUses {
    /// Written down there.
    pub fn new(written: Arc<dyn KeyUses>) -> Self {
        Self { written, seen: Mutex::default(), pen: Arc::new(Semaphore::new(1)) }
    }

    /// The key opened a door. Costs a look into memory; what is new is written beside the request, which does not wait for it. A
    /// use that cannot be written is told to the log and to nobody else.
    pub(super) fn note(self: &Arc<Self>, key: ApiKeyId, now: Instant) {
        let mut seen = self.seen();
        if seen.uses.get(&key).is_some_and(|at| is_recent(*at, now)) {
            return;
        }
        if seen.uses.len() >= KEY_USES_KNOWN_MAX {
            seen.uses.clear();
        }
        seen.uses.insert(key, now);
        seen.waiting.insert(key, now);
        // Whoever writes already takes this one too.
        if let Ok(pen) = Arc::clone(&self.pen).try_acquire_owned() {
            tokio::spawn(Arc::clone(self).write(pen));
        }
    }

    async fn write(self: Arc<Self>, pen: OwnedSemaphorePermit) {
        loop {
            let uses = {
                let mut seen = self.seen();
                let uses = mem::take(&mut seen.waiting);
                if uses.is_empty() {
                    // Within the lock: a use that comes now finds the pen free.
                    drop(pen);
                    return;
                }
                uses
            };
            if let Err(fault) = self.written.note(&uses).await {
                tracing::warn!(%fault, private = fault.private, keys = uses.len(), "the last use of API keys could not be written down");
            }
        }
    }

    /// When these keys were last used, those that ever were.
    pub async fn of(&self, keys: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, Instant>, Fault> {
        let mut uses = self.written.last(keys).await?;
        let seen = self.seen();
        for key in keys {
            if let Some(at) = seen.uses.get(key).copied() {
                uses.entry(*key).and_modify(|known| *known = at.max(*known)).or_insert(at);
            }
        }
        Ok(uses)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back makes nothing recent for longer.
fn is_recent(at: Instant, now: Instant) -> bool {
    (0..KEY_USE_SECONDS).contains(&(now - at).num_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Uses;
    use chrono::{DateTime, TimeDelta};
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    use uuid::Uuid;

    /// A database that is away for a while.
    #[derive(Default)]
    struct Flaky {
        kept: Uses,
        is_away: AtomicBool,
    }

    #[async_trait::async_trait]
    impl KeyUses for Flaky {
        async fn note(&self, uses: &HashMap<ApiKeyId, Instant>) -> Result<(), Fault> {
            if self.is_away.load(SeqCst) {
                return Err(Fault::unavailable("store/unavailable", "The database is away.", "gone"));
            }
            self.kept.note(uses).await
        }

        async fn last(&self, keys: &[ApiKeyId]) -> Result<HashMap<ApiKeyId, Instant>, Fault> {
            self.kept.last(keys).await
        }
    }

    fn key(number: usize) -> ApiKeyId {
        ApiKeyId(Uuid::from_u128(number as u128))
    }

    fn at(seconds: i64) -> Instant {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[tokio::test]
    async fn a_use_that_could_not_be_written_is_known_here_and_the_next_one_is_written() {
        let written = Arc::new(Flaky::default());
        let uses = Arc::new(LastUses::new(written.clone()));
        written.is_away.store(true, SeqCst);
        uses.note(key(1), at(0));
        tokio::task::yield_now().await;
        assert_eq!(uses.of(&[key(1)]).await.unwrap(), HashMap::from([(key(1), at(0))]));
        assert_eq!(written.last(&[key(1)]).await.unwrap(), HashMap::new());
        written.is_away.store(false, SeqCst);
        uses.note(key(1), at(KEY_USE_SECONDS));
        tokio::task::yield_now().await;
        let last = HashMap::from([(key(1), at(KEY_USE_SECONDS))]);
        assert_eq!(written.last(&[key(1)]).await.unwrap(), last, "the pen was put down");
    }

    #[tokio::test]
    async fn more_keys_than_are_remembered_are_all_written() {
        let written = Arc::new(Flaky::default());
        let uses = Arc::new(LastUses::new(written.clone()));
        for number in 0..=KEY_USES_KNOWN_MAX {
            uses.note(key(number), at(0));
        }
        tokio::task::yield_now().await;
        let (first, last) = (key(0), key(KEY_USES_KNOWN_MAX));
        assert!(uses.seen().uses.len() <= KEY_USES_KNOWN_MAX);
        assert_eq!(uses.of(&[first, last]).await.unwrap(), HashMap::from([(first, at(0)), (last, at(0))]));
    }
}
