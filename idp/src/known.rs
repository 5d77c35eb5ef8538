//! What is known of a provider: its document and its keys, fetched when they are needed and kept for a while.

use crate::{
    fault,
    http::{CallError, Http},
    jwk::{KeySet, Published},
    metadata::{Document, Metadata},
};
use app::{Fault, port::Clock};
use chrono::TimeDelta;
use domain::id::Instant;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

domain::limits! {
    /// How long a provider's document and keys are used without asking again.
    FRESH_SECONDS: i64 = 10 * 60, "seconds";
    /// How long they are used while the provider is away. After that nobody signs in and no token is believed before it is back.
    pub(crate) USABLE_SECONDS_MAX: i64 = 4 * 60 * 60, "seconds";
    /// How long after asking a provider that is known already it is asked again: when it was away, or for a key that is not known.
    pub(crate) AGAIN_SECONDS_MIN: i64 = 60, "seconds";
    /// How long a provider that never answered is left alone.
    RETRY_SECONDS_MIN: i64 = 5, "seconds";
}

/// A provider at one time.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) metadata: Metadata,
    pub(crate) keys: KeySet,
}

#[derive(Default)]
struct Memory {
    provider: Option<(Arc<Provider>, Instant)>,
    asked_at: Option<Instant>,
    /// What was wrong the last time.
    failure: Option<String>,
}

/// What is known of a provider.
pub(crate) struct Known {
    issuer: String,
    document: Url,
    http: Http,
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
    /// Whoever asks the provider holds this, so that one asks for all.
    asking: tokio::sync::Mutex<()>,
}

impl Known {
    /// Nothing yet.
    pub(crate) fn new(issuer: &str, document: Url, http: Http, clock: Arc<dyn Clock>) -> Self {
        let (memory, asking) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { issuer: issuer.to_owned(), document, http, clock, memory, asking }
    }

    /// The provider as it was last seen, however long ago.
    pub(crate) fn last(&self) -> Option<Arc<Provider>> {
        self.recall(|memory| memory.provider.as_ref().map(|(provider, _)| Arc::clone(provider)))
    }

    /// The provider, as far as it can be relied on.
    pub(crate) async fn current(&self) -> Result<Arc<Provider>, Fault> {
        if let Some(provider) = self.younger_than(FRESH_SECONDS) {
            return Ok(provider);
        }
        let Some(aged) = self.younger_than(USABLE_SECONDS_MAX) else {
            let _turn = self.asking.lock().await;
            return match self.younger_than(FRESH_SECONDS) {
                Some(provider) => Ok(provider),
                None if self.asked_within(RETRY_SECONDS_MIN) => Err(fault::unreachable(self.failure())),
                None => self.ask().await.map_err(fault::unreachable),
            };
        };
        // One looks whether there is something newer; all others go on with what there is.
        if let Ok(_turn) = self.asking.try_lock()
            && !self.asked_within(AGAIN_SECONDS_MIN)
            && let Ok(provider) = self.ask().await
        {
            return Ok(provider);
        }
        Ok(aged)
    }

    /// A provider that may know a key that this one did not; at most once a minute. `None` if there is none newer.
    pub(crate) async fn newer(&self, than: &Arc<Provider>) -> Result<Option<Arc<Provider>>, Fault> {
        let _turn = self.asking.lock().await;
        if let Some(other) = self.last().filter(|last| !Arc::ptr_eq(last, than)) {
            return Ok(Some(other));
        }
        if !self.asked_within(AGAIN_SECONDS_MIN) {
            return self.ask().await.map(Some).map_err(fault::unreachable);
        }
        match self.recall(|memory| memory.failure.clone()) {
            Some(failure) => Err(fault::unreachable(failure)),
            None => Ok(None),
        }
    }

    /// Asks the provider and remembers what came of it.
    async fn ask(&self) -> Result<Arc<Provider>, CallError> {
        let asked_at = self.clock.now();
        let fetched = self.fetch().await.map(Arc::new);
        if let Err(error) = &fetched {
            tracing::warn!(issuer = self.issuer, %error, "idp.provider.failed");
        }
        self.recall(|memory| {
            memory.asked_at = Some(asked_at);
            memory.failure = fetched.as_ref().err().map(ToString::to_string);
            if let Ok(provider) = &fetched {
                memory.provider = Some((Arc::clone(provider), asked_at));
            }
        });
        fetched
    }

    async fn fetch(&self) -> Result<Provider, CallError> {
        let document: Document = self.http.get(&self.document).await?.json()?;
        let metadata = Metadata::checked(document, &self.issuer)?;
        let published: Published = self.http.get(&metadata.keys).await?.json()?;
        let keys = KeySet::of(published);
        if keys.is_empty() {
            return Err(CallError::Unreachable(
                "the provider publishes no key that is understood".to_owned(),
            ));
        }
        Ok(Provider { metadata, keys })
    }

    fn younger_than(&self, seconds: i64) -> Option<Arc<Provider>> {
        let now = self.clock.now();
        self.recall(|memory| {
            let (provider, at) = memory.provider.as_ref()?;
            (now - *at < TimeDelta::seconds(seconds)).then(|| Arc::clone(provider))
        })
    }

    fn asked_within(&self, seconds: i64) -> bool {
        let now = self.clock.now();
        self.recall(|memory| memory.asked_at.is_some_and(|at| now - at < TimeDelta::seconds(seconds)))
    }

    fn failure(&self) -> String {
        self.recall(|memory| memory.failure.clone()).unwrap_or_default()
    }

    fn recall<T>(&self, look: impl FnOnce(&mut Memory) -> T) -> T {
        look(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
