//! Answers kept for repeats.

use super::{Log, lock};
use crate::{
    Fault,
    port::replies::{Begun, Replies, Reply},
};
use async_trait::async_trait;
use domain::id::{CustomerId, Instant};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// A request that began under a key.
struct Started {
    hash: String,
    answer: Option<Reply>,
    is_running: bool,
    /// The key is its for good: it may have recorded something.
    is_bound: bool,
    /// Its answer is not to be kept.
    is_unkept: bool,
}

/// [`Replies`] in memory.
pub struct Kept {
    log: Arc<Log>,
    /// By customer and key.
    begun: Mutex<BTreeMap<(CustomerId, String), Started>>,
}

impl Kept {
    pub(super) fn new(log: Arc<Log>) -> Self {
        Self { log, begun: Mutex::default() }
    }

    fn change(&self, customer: CustomerId, key: &str, change: impl FnOnce(&mut Started)) {
        if let Some(started) = lock(&self.begun).get_mut(&(customer, key.to_owned())) {
            change(started);
        }
    }
}

#[async_trait]
impl Replies for Kept {
    async fn begin(&self, customer: CustomerId, key: &str, hash: &str, _: Instant) -> Result<Begun, Fault> {
        let mut begun = lock(&self.begun);
        let Some(started) = begun.get_mut(&(customer, key.to_owned())) else {
            let hash = hash.to_owned();
            let started = Started { hash, answer: None, is_running: true, is_bound: false, is_unkept: false };
            begun.insert((customer, key.to_owned()), started);
            return Ok(Begun::Go);
        };
        Ok(match &started.answer {
            _ if started.hash != hash => Begun::Mismatch,
            Some(reply) => Begun::Answered(reply.clone()),
            None if started.is_running => Begun::InFlight,
            None => {
                (started.is_running, started.is_bound) = (true, true);
                Begun::Go
            }
        })
    }

    async fn finish(&self, customer: CustomerId, key: &str, reply: &Reply) -> Result<(), Fault> {
        self.change(customer, key, |started| {
            started.is_running = false;
            if started.is_unkept && !reply.is_bare {
                started.is_bound = true;
            } else {
                started.answer.get_or_insert_with(|| reply.clone());
            }
        });
        Ok(())
    }

    async fn release(&self, customer: CustomerId, key: &str, command: Uuid) -> Result<(), Fault> {
        let recorded = self.log.since(0).iter().any(|one| one.meta.causation_id == Some(command));
        let mut begun = lock(&self.begun);
        let place = (customer, key.to_owned());
        match begun.get_mut(&place) {
            Some(started) if started.answer.is_none() && (recorded || started.is_bound) => {
                (started.is_running, started.is_bound) = (false, true);
            }
            Some(started) if started.answer.is_none() => {
                begun.remove(&place);
            }
            _ => {}
        }
        Ok(())
    }

    async fn forget_running(&self, customer: CustomerId) -> Result<(), Fault> {
        let mut begun = lock(&self.begun);
        for ((owner, _), started) in begun.iter_mut() {
            if *owner == customer && started.answer.is_none() {
                started.is_unkept = true;
            }
        }
        Ok(())
    }

    async fn hold(&self, customer: CustomerId, key: &str) -> Result<(), Fault> {
        self.change(customer, key, |started| (started.is_running, started.is_bound) = (false, true));
        Ok(())
    }
}
