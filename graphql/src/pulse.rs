//! The rhythm of subscriptions: one look at the read models for all tenants that follow something, however many subscribe.
//!
//! A subscription sleeps until something of its tenant has changed, and then takes its turn: at most a few of one tenant
//! look for their news at the same time, so that a thousand of them cost another tenant nothing. What is asked about each
//! piece of news takes a place like a query ([`Asking::begin_answer`]).

use crate::{House, asking::Asking};
use app::{Fault, FaultKind, Principal, customer::still_works};
use domain::id::{CustomerId, OperationId};
use futures::{StreamExt as _, future, stream};
use projections::{Cursor, ProjectionError, operation::Operation};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

domain::limits! {
    /// How often somebody looks whether a tenant that follows something has news.
    pub(crate) SUBSCRIPTION_POLL_MILLISECONDS: u64 = 250, "milliseconds";
    /// How often it is asked whether the API keys of those who follow still work; besides with every news of their tenant.
    pub(crate) SUBSCRIPTION_POLLS_PER_KEY_CHECK: u32 = 40, "polls";
    /// Subscriptions of one tenant that read at the same time.
    pub(crate) SUBSCRIPTION_READS_PER_TENANT_MAX: usize = 2, "subscriptions";
    /// API keys of those who follow that are looked up at the same time.
    pub(crate) KEYS_CHECKED_AT_ONCE: usize = 4, "keys";
}

/// Everybody who follows something, by tenant.
#[derive(Debug, Default)]
pub(crate) struct Pulses(Mutex<Followed>);

#[derive(Debug, Default)]
struct Followed {
    tenants: HashMap<CustomerId, Weak<Tenant>>,
    is_watched: bool,
}

/// What subscriptions of one tenant share.
#[derive(Debug)]
struct Tenant {
    customer: CustomerId,
    stands: watch::Sender<Stand>,
    needs: Mutex<Needs>,
    turns: Arc<Semaphore>,
}

/// What somebody is waiting for, each with how many do.
#[derive(Debug, Default)]
struct Needs {
    operations: HashMap<OperationId, usize>,
    keys: HashMap<Uuid, (usize, Principal)>,
}

/// How a tenant's things stand, as far as anybody waits for them.
#[derive(Debug, Clone, Default, PartialEq)]
struct Stand {
    /// The newest change of a deed.
    changed: Option<Cursor>,
    operations: HashMap<OperationId, Operation>,
    /// Keys and sessions that work no more, each with what its holder is told.
    refused: HashMap<Uuid, Fault>,
}

/// What a beat tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct News {
    /// The place of the tenant's newest change of a deed; `None` if nothing ever happened.
    pub(crate) changed: Option<Cursor>,
}

/// One subscription's ear.
#[derive(Debug)]
pub(crate) struct Beat {
    asking: Arc<Asking>,
    tenant: Arc<Tenant>,
    stands: watch::Receiver<Stand>,
    seen: Option<Cursor>,
    operation: Option<OperationId>,
    shown: Option<Operation>,
}

/// Leave to read; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn(
    #[expect(dead_code, reason = "held until it is dropped")] Option<OwnedSemaphorePermit>,
);

impl Beat {
    /// Waits for changes of this ledger operation only.
    pub(crate) fn watch(&mut self, operation: OperationId) {
        self.unwatch();
        *self.tenant.needs().operations.entry(operation).or_default() += 1;
        self.operation = Some(operation);
    }

    fn unwatch(&mut self) {
        if let Some(operation) = self.operation.take() {
            less(&mut self.tenant.needs().operations, &operation, |count| count);
        }
        self.shown = None;
    }

    /// Returns when something that is followed may have changed since the last time. Fault once the API key or the session
    /// works no more: what [`still_works`] said of it.
    pub(crate) async fn next(&mut self) -> Result<News, Fault> {
        loop {
            if self.stands.changed().await.is_err() {
                // The sender lives as long as `tenant` does.
                std::future::pending::<()>().await;
            }
            if let Some(news) = self.news()? {
                return Ok(news);
            }
        }
    }

    /// Returns once the API key works no more. What is dropped before then loses nothing: the next call says the same.
    pub(crate) async fn refused(&mut self) {
        while self.refusal().is_none() {
            if self.stands.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn refusal(&self) -> Option<Fault> {
        let key = self.asking.caller.credential()?;
        self.stands.borrow().refused.get(&key).cloned()
    }

    /// What is new of what is followed, if anything is.
    fn news(&mut self) -> Result<Option<News>, Fault> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let stand = self.stands.borrow_and_update();
        let is_new = match self.operation {
            Some(operation) => {
                let shown = stand.operations.get(&operation);
                let is_new = shown.is_some() && shown != self.shown.as_ref();
                self.shown = shown.cloned();
                is_new
            }
            None => stand.changed != self.seen,
        };
        self.seen = stand.changed;
        Ok(is_new.then_some(News { changed: self.seen }))
    }

    /// Waits for leave to read.
    pub(crate) async fn turn(&self) -> Turn {
        Turn(Arc::clone(&self.tenant.turns).acquire_owned().await.ok())
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.unwatch();
        if let Some(key) = self.asking.caller.credential() {
            less(&mut self.tenant.needs().keys, &key, |(count, _)| count);
        }
    }
}

/// One less that waits for it.
fn less<K: Eq + std::hash::Hash, V>(needs: &mut HashMap<K, V>, key: &K, count: fn(&mut V) -> &mut usize) {
    if let Some(need) = needs.get_mut(key) {
        let count = count(need);
        *count = count.saturating_sub(1);
        if *count == 0 {
            needs.remove(key);
        }
    }
}

impl Tenant {
    fn needs(&self) -> MutexGuard<'_, Needs> {
        self.needs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pulses {
    fn followed(&self) -> MutexGuard<'_, Followed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pulse of a caller's tenant.
    pub(crate) fn of(self: &Arc<Self>, asking: &Arc<Asking>) -> Beat {
        let tenant = self.tenant(&asking.house, asking.customer());
        if let Some(key) = asking.caller.credential() {
            let mut needs = tenant.needs();
            needs.keys.entry(key).or_insert_with(|| (0, asking.caller.clone())).0 += 1;
        }
        let mut stands = tenant.stands.subscribe();
        let seen = stands.borrow_and_update().changed;
        Beat { asking: Arc::clone(asking), tenant, stands, seen, operation: None, shown: None }
    }

    fn tenant(self: &Arc<Self>, house: &Arc<House>, customer: CustomerId) -> Arc<Tenant> {
        let mut followed = self.followed();
        if !followed.is_watched {
            followed.is_watched = true;
            tokio::spawn(watch(Arc::downgrade(self), Arc::clone(house)));
        }
        if let Some(tenant) = followed.tenants.get(&customer).and_then(Weak::upgrade) {
            return tenant;
        }
        let tenant = Arc::new(Tenant {
            customer,
            stands: watch::Sender::default(),
            needs: Mutex::default(),
            turns: Arc::new(Semaphore::new(SUBSCRIPTION_READS_PER_TENANT_MAX)),
        });
        followed.tenants.insert(customer, Arc::downgrade(&tenant));
        tenant
    }

    /// Those that still have somebody who follows; none ends the watch.
    fn living(&self) -> Vec<Arc<Tenant>> {
        let mut followed = self.followed();
        followed.tenants.retain(|_, tenant| tenant.strong_count() > 0);
        let living: Vec<_> = followed.tenants.values().filter_map(Weak::upgrade).collect();
        followed.is_watched = !living.is_empty();
        living
    }
}

/// A watch that panicked must not be the last one.
struct Watched(Weak<Pulses>);

impl Drop for Watched {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(pulses) = self.0.upgrade()
        {
            pulses.followed().is_watched = false;
        }
    }
}

/// Looks again and again until nobody follows anything.
async fn watch(pulses: Weak<Pulses>, house: Arc<House>) {
    let _watched = Watched(Weak::clone(&pulses));
    let mut polls: u32 = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(SUBSCRIPTION_POLL_MILLISECONDS)).await;
        let Some(pulses) = pulses.upgrade() else { return };
        let living = pulses.living();
        drop(pulses);
        if living.is_empty() {
            return;
        }
        polls = (polls + 1) % SUBSCRIPTION_POLLS_PER_KEY_CHECK;
        if let Err(error) = look(&house, &living, polls == 0).await {
            // Whoever follows goes on as soon as there is something to read again.
            tracing::warn!(%error, "subscriptions could not look for news");
        }
    }
}

async fn look(house: &House, tenants: &[Arc<Tenant>], with_keys: bool) -> Result<(), ProjectionError> {
    let customers: Vec<_> = tenants.iter().map(|tenant| tenant.customer).collect();
    let newest = house.views.activities().newest_changes(&customers).await?;
    let watched: Vec<_> = tenants.iter().flat_map(|tenant| operations_of(tenant)).collect();
    let rows = house.views.operations().of_anybody(&watched).await?;
    let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.operation_id, row)).collect();
    for tenant in tenants {
        let changed = newest.get(&tenant.customer).copied();
        let mut stand = tenant.stands.borrow().clone();
        if with_keys || stand.changed != changed {
            stand.refused = refused_keys(house, tenant).await;
        }
        stand.changed = changed;
        let own = operations_of(tenant).into_iter().filter_map(|id| rows.remove(&id));
        stand.operations = own.map(|row| (row.operation_id, row)).collect();
        tenant.stands.send_if_modified(|known| {
            let is_new = *known != stand;
            *known = stand;
            is_new
        });
    }
    Ok(())
}

fn operations_of(tenant: &Tenant) -> Vec<OperationId> {
    tenant.needs().operations.keys().copied().collect()
}

/// Keys of those who follow that work no more. A database that is away says nothing about a key.
async fn refused_keys(house: &House, tenant: &Tenant) -> HashMap<Uuid, Fault> {
    let keys: Vec<_> = tenant.needs().keys.iter().map(|(key, (_, caller))| (*key, caller.clone())).collect();
    // Side by side, so that a tenant with many keys holds up the others behind him less.
    let checks = keys.into_iter().map(async |(key, caller)| {
        let fault = still_works(&house.studio, &caller).await.err()?;
        matches!(fault.kind, FaultKind::Unauthenticated | FaultKind::Forbidden).then_some((key, fault))
    });
    stream::iter(checks).buffer_unordered(KEYS_CHECKED_AT_ONCE).filter_map(future::ready).collect().await
}

#[cfg(test)]
mod tests;
