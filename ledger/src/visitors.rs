//! Answers about the ledger for callers without an API key: the same answers, at less cost to the node.
//!
//! Whoever asks for what somebody else is already asking for waits for one question for all of them, which begins after the
//! last of them came: nobody gets an answer that is older than his question. What does not exist is remembered for a
//! moment, unless this Studio wrote something under that DID: whoever just wrote must read it, in whichever process.

use app::{
    Fault,
    port::{
        Estate, Resolver,
        resolver::{Freshness, ResolvedDid, ResolvedResource, ResourceMetadata, WebDid},
    },
};
use async_trait::async_trait;
use domain::id::Did;
use moka::future::Cache;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

domain::limits! {
    /// How long it is remembered for callers without an API key that a DID or resource does not exist.
    pub MISS_KEPT_SECONDS: u64 = 3, "seconds";
    /// How many such things are remembered.
    pub MISSES_MAX: u64 = 10_000, "things";
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Question {
    Did(Option<String>),
    Versions,
    Resource(String),
    Latest(String, String),
    Resources,
}

type Key = (Did, Freshness, Question);

#[derive(Debug, Clone)]
enum Found {
    Did(Option<Arc<ResolvedDid>>),
    Versions(Arc<Vec<ResolvedDid>>),
    Resource(Option<Arc<ResolvedResource>>),
    Resources(Arc<Vec<ResourceMetadata>>),
}

impl Found {
    /// Whether it says that there is no such thing. A DID without resources is something.
    fn is_absence(&self) -> bool {
        match self {
            Self::Did(found) => found.is_none(),
            Self::Resource(found) => found.is_none(),
            Self::Versions(versions) => versions.is_empty(),
            Self::Resources(_) => false,
        }
    }
}

/// One question that several ask.
#[derive(Default)]
struct Shared {
    /// Counts who comes and which question begins.
    moments: Mutex<u64>,
    /// When the last question began, and its answer. Locked while one is being asked.
    last: tokio::sync::Mutex<Option<(u64, Result<Found, Fault>)>>,
}

impl Shared {
    fn moment(&self) -> u64 {
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        *moments += 1;
        *moments
    }
}

/// See the module.
pub struct VisitorsResolver {
    inner: Arc<dyn Resolver>,
    estate: Arc<dyn Estate>,
    misses: Cache<(Did, Question), Found>,
    shared: Mutex<HashMap<Key, Arc<Shared>>>,
}

impl VisitorsResolver {
    /// Over the resolver of those with a key.
    pub fn new(inner: Arc<dyn Resolver>, estate: Arc<dyn Estate>) -> Self {
        let misses = Cache::builder()
            .max_capacity(MISSES_MAX)
            .time_to_live(Duration::from_secs(MISS_KEPT_SECONDS))
            .build();
        Self { inner, estate, misses, shared: Mutex::default() }
    }

    fn shared(&self) -> MutexGuard<'_, HashMap<Key, Arc<Shared>>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(
        &self,
        did: &Did,
        freshness: Freshness,
        question: Question,
        ask: impl Future<Output = Result<Found, Fault>>,
    ) -> Result<Found, Fault> {
        let miss = (did.clone(), question);
        if let Some(absence) = self.misses.get(&miss).await
            // If nobody can say whether it is ours, the node can say whether it is there.
            && !self.estate.is_ours(did).await.unwrap_or(true)
        {
            return Ok(absence);
        }
        let key = (did.clone(), freshness, miss.1.clone());
        let shared = Arc::clone(self.shared().entry(key.clone()).or_default());
        let asking = Asking { resolver: self, key, shared };
        let found = asking.answer(ask).await?;
        if found.is_absence() {
            self.misses.insert(miss, found.clone()).await;
        }
        Ok(found)
    }
}

/// Somebody who asks; forgets the question with the last of them.
struct Asking<'a> {
    resolver: &'a VisitorsResolver,
    key: Key,
    shared: Arc<Shared>,
}

impl Asking<'_> {
    async fn answer(&self, ask: impl Future<Output = Result<Found, Fault>>) -> Result<Found, Fault> {
        let came = self.shared.moment();
        let mut last = self.shared.last.lock().await;
        if let Some((began, answer)) = &*last
            && *began > came
        {
            return answer.clone();
        }
        let began = self.shared.moment();
        let answer = ask.await;
        *last = Some((began, answer.clone()));
        answer
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut all = self.resolver.shared();
        // Ours goes while the table is locked: of two who leave together the second one sees that he is the last.
        self.shared = Arc::default();
        if all.get(&self.key).is_some_and(|shared| Arc::strong_count(shared) == 1) {
            all.remove(&self.key);
        }
    }
}

#[async_trait]
impl Resolver for VisitorsResolver {
    async fn did(
        &self,
        did: &Did,
        version_id: Option<&str>,
        freshness: Freshness,
    ) -> Result<Option<ResolvedDid>, Fault> {
        let question = Question::Did(version_id.map(str::to_lowercase));
        let ask = async {
            let found = self.inner.did(did, version_id, freshness).await?;
            Ok(Found::Did(found.map(Arc::new)))
        };
        match self.answer(did, freshness, question, ask).await? {
            Found::Did(found) => Ok(found.map(|found| ResolvedDid::clone(&found))),
            _ => Err(mixed_up()),
        }
    }

    async fn did_versions(&self, did: &Did) -> Result<Vec<ResolvedDid>, Fault> {
        let ask = async { Ok(Found::Versions(Arc::new(self.inner.did_versions(did).await?))) };
        match self.answer(did, Freshness::Fresh, Question::Versions, ask).await? {
            Found::Versions(found) => Ok(Vec::clone(&found)),
            _ => Err(mixed_up()),
        }
    }

    async fn resource(&self, did: &Did, id: &str) -> Result<Option<ResolvedResource>, Fault> {
        let ask = async { Ok(Found::Resource(self.inner.resource(did, id).await?.map(Arc::new))) };
        let question = Question::Resource(id.to_lowercase());
        match self.answer(did, Freshness::Fresh, question, ask).await? {
            Found::Resource(found) => Ok(found.map(|found| ResolvedResource::clone(&found))),
            _ => Err(mixed_up()),
        }
    }

    async fn latest_resource(
        &self,
        did: &Did,
        name: &str,
        resource_type: &str,
        freshness: Freshness,
    ) -> Result<Option<ResolvedResource>, Fault> {
        let ask = async {
            let found = self.inner.latest_resource(did, name, resource_type, freshness).await?;
            Ok(Found::Resource(found.map(Arc::new)))
        };
        let question = Question::Latest(name.to_owned(), resource_type.to_owned());
        match self.answer(did, freshness, question, ask).await? {
            Found::Resource(found) => Ok(found.map(|found| ResolvedResource::clone(&found))),
            _ => Err(mixed_up()),
        }
    }

    async fn resources(&self, did: &Did, freshness: Freshness) -> Result<Vec<ResourceMetadata>, Fault> {
        let ask = async { Ok(Found::Resources(Arc::new(self.inner.resources(did, freshness).await?))) };
        match self.answer(did, freshness, Question::Resources, ask).await? {
            Found::Resources(found) => Ok(Vec::clone(&found)),
            _ => Err(mixed_up()),
        }
    }

    async fn web(&self, did: &WebDid) -> Result<Option<Value>, Fault> {
        self.inner.web(did).await
    }
}

fn mixed_up() -> Fault {
    Fault::bug("a question got the answer to another one")
}

#[cfg(test)]
mod tests;
